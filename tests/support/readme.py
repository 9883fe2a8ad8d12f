"""The README's commands, tables and example, so that what it promises is what is run.

``python -m tests.support.readme open|test`` prints a command; ``… write`` renews the tables.
"""

import argparse
import re
import sys
from pathlib import Path

from hbtui.cli import ExitCode, build_parser
from hbtui.ui.keys import Area, lines

__all__ = ["README", "block", "command", "example", "renewed", "tables"]

_SHARED = {"help", "demo", "live", "exchange", "env", "seed", "verbose"}
README = Path(__file__).resolve().parents[2] / "README.md"


def command(name: str) -> str:
    """Return the one-line command that stands under ``<!-- command: name -->``."""
    text = README.read_text(encoding="utf-8")
    found = re.search(rf"<!-- command: {re.escape(name)} -->\s*```(?:sh|bash)\n(.+?)\n```", text, re.DOTALL)
    if found is None or "\n" in found[1]:
        message = f"the README has no one-line command named {name}"
        raise LookupError(message)
    return found[1]


def example(name: str = "example") -> str:
    """Return a Python example by the name that stands before it."""
    found = re.search(rf"<!-- {name} -->\s*```python\n(.+?)\n```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def block(name: str) -> str:
    """Return the text of the block under ``<!-- name -->``."""
    found = re.search(
        rf"<!-- {re.escape(name)} -->\s*```[a-z]*\n(.+?)\n```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return found[1]


def tables() -> dict[str, str]:
    """Make every table of the README from the program itself."""
    return {"keys": _keys(), "commands": _commands(), "archive": _commands("archive"), "exit codes": _exit_codes()}


def renewed(text: str) -> str:
    """Put the tables into the README's text."""
    for name, table in tables().items():
        start, end = f"<!-- table: {name} -->\n", f"<!-- end: {name} -->"
        before, rest = text.split(start, 1)
        text = before + start + table + end + rest.split(end, 1)[1]
    return text


def _table(heads: list[str], rows: list[list[str]]) -> str:
    cells = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in cells)


def _keys() -> str:
    rows = []
    for area in Area:
        rows += [[f"`{line.written}`", line.help, area.value] for line in lines(area) if line.is_told]
    return _table(["key", "what it does", "where"], rows)


def _commands(of: str = "") -> str:
    """The commands of the program, or of one of its commands."""
    parser = build_parser()
    if of:
        parser = _choices(parser)[of]
    rows = []
    for name, one in _choices(parser).items():
        usage = " ".join(_words(action) for action in one._actions if _words(action))
        whole = " ".join(word for word in ("hbtui", of, name, usage) if word)
        rows.append([f"`{whole}`", str(one.description)])
    return _table(["command", "what it does"], rows)


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return dict(next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction)).choices)


def _words(action: argparse.Action) -> str:
    if not action.option_strings:
        return {"?": f"[{action.metavar}]", "*": f"[{action.metavar} …]"}.get(str(action.nargs), str(action.metavar))
    if (action.dest in _SHARED and action.default == argparse.SUPPRESS) or action.dest == "json":
        return ""
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest[0].upper()}"
    text = action.option_strings[0] + value
    if isinstance(action, argparse._AppendAction):
        return f"[{text}]…"
    return text if action.required else f"[{text}]"


def _exit_codes() -> str:
    source = (Path(sys.modules[ExitCode.__module__].__file__ or "")).read_text(encoding="utf-8")
    rows = []
    for code in ExitCode:
        found = re.search(rf'    {code.name} = {code.value}\n    """(.+?)"""', source, re.DOTALL)
        assert found is not None
        rows.append([str(code.value), " ".join(found[1].split())])
    return _table(["code", "meaning"], rows)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(command(sys.argv[1]))
