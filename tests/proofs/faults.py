"""Puts small faults into modules, one at a time, and counts those that the tests find; mutmut makes and runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant

from tests.proofs.core import Part

__all__ = ["Tally", "measure", "table"]

_LEAST = 0.9
# a fault that makes a test hang must not take a night, and a fault need not be shown with the smallest example
_SETTINGS = """
[tool.mutmut]
source_paths = {modules}
also_copy = ["hbtui", "tests", "README.md"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "--timeout=20", "--hypothesis-profile=faults"]
pytest_add_cli_args_test_selection = {tests}
timeout_constant = 60.0
timeout_multiplier = 3.0
"""
# what mutmut writes down of a fault: the exit code of its tests, or that they ran out of time, or that there are none
_FOUND = frozenset({1, 3, 24, -24, 36, 152})
_MISSED = frozenset({0, 5, 33})


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the faults in one module."""

    module: str
    faults: int
    found: int
    missed: int
    no_fault: int
    """Changes that were left out of the count: SQL in other letters, which means the same."""

    @property
    def unchecked(self) -> int:
        """Faults of which nobody knows whether they would be found."""
        return self.faults - self.found - self.missed

    @property
    def score(self) -> float:
        """The share that was found."""
        return self.found / self.faults if self.faults else 1.0

    @property
    def is_enough(self) -> bool:
        """Whether the tests met every fault and found enough of them."""
        return not self.unchecked and self.score >= _LEAST


def measure(copy: Path, part: Part) -> list[Tally]:
    """Try every fault of a part in a copy of the tree, print those that were missed, and count."""
    print(f"\n{part.name}", flush=True)
    with (copy / "pyproject.toml").open("a") as settings:
        settings.write(_SETTINGS.format(modules=json.dumps(part.modules), tests=json.dumps(part.tests)))
    # processes that the tests start must meet the faulty copy too; a folder that is not there yet is never looked into
    (copy / "mutants").mkdir()
    (copy.parent / "tmp").mkdir()
    environ = os.environ | {"PYTHONPATH": str(copy / "mutants"), "TMPDIR": str(copy.parent / "tmp")}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children=1"]
    subprocess.run(command, cwd=copy, env=environ, check=False)
    with chdir(copy):
        return [_tally(module) for module in part.modules]


def table(tallies: Sequence[Tally]) -> str:
    """Write the counts as a person reads them."""
    lines = [f"{'module':34}{'mutants':>9}{'killed':>9}{'survived':>10}{'not checked':>13}{'score':>9}"]
    for tally in tallies:
        counts = f"{tally.faults:>9}{tally.found:>9}{tally.missed:>10}{tally.unchecked:>13}"
        lines.append(f"{tally.module:34}{counts}{tally.score:>9.1%}{'' if tally.is_enough else '  too few'}")
    left_out = sum(tally.no_fault for tally in tallies)
    return "\n".join(["", *lines, f"{left_out} more wrote a statement of SQL in other letters, which means the same"])


def _tally(module: str) -> Tally:
    ends = _ends(module)
    missed = no_fault = 0
    for name in [name for name, end in ends.items() if end in _MISSED]:
        changed = list(_changed(get_diff_for_mutant(name, path=module)))
        if _is_same_sql(changed):
            no_fault += 1
        else:
            missed += 1
            print("\n".join([name, *changed]), flush=True)
    found = sum(end in _FOUND for end in ends.values())
    return Tally(module, len(ends) - no_fault, found, missed, no_fault)


def _ends(module: str) -> dict[str, int | None]:
    noted = Path("mutants", f"{module}.meta")
    if not noted.exists():
        return {"": None}
    ends: dict[str, int | None] = json.loads(noted.read_text())["exit_code_by_key"]
    return ends


def _changed(diff: str) -> Iterator[str]:
    for line in diff.splitlines():
        if line.startswith(("-", "+")) and not line.startswith(("---", "+++")):
            yield line


def _is_same_sql(changed: Sequence[str]) -> bool:
    """Tell whether nothing but the case of letters changed in a statement, and none within a text of its own."""
    if len(changed) != 2 or not all('.execute("' in line for line in changed):
        return False
    one, other = ([part if at % 2 else part.lower() for at, part in enumerate(line[1:].split("'"))] for line in changed)
    return one == other
