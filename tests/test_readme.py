"""The README is a promise: its tables are the program's own, its example runs, its picture is there."""

import asyncio
import re

import pytest

from tests.support.exchange import running_exchange
from tests.support.readme import README, command, example, renewed


def test_every_table_is_the_programs_own() -> None:
    """Keys, commands and exit codes stand in the README exactly as the program has them."""
    text = README.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m tests.support.readme write"


def test_two_one_line_commands_do_the_set_up() -> None:
    """One line opens the program and one passes the tests, each from nothing but Python and pip."""
    assert command("open").startswith("python3 -m venv")
    assert command("open").endswith("hbtui")
    assert "pytest" in command("test")


def test_every_picture_is_there() -> None:
    """No picture of the README is missing."""
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).is_file(), target


async def test_the_example_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """The Python example, unchanged but for where it connects, prints balances, a price, and a cancelled order."""
    async with running_exchange() as exchange:
        code = compile(
            example().replace("hbtui.connect()", f"hbtui.connect(exchange={exchange.rest!r})"), "README", "exec"
        )
        await asyncio.to_thread(exec, code, {"__name__": "example"})
    said = capsys.readouterr().out
    assert "usdt" in said
    assert "average of 25" in said
    assert "now" in said
