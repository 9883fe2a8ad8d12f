"""``python -m tests.proofs coverage|mutation [PART ...]``: how much of the core the tests reach, and what they miss.

Both work in a copy of the tree, on a disk in memory where there is one, and leave nothing behind. ``coverage`` ends
with 0 where every branch of the core is taken. ``mutation`` puts small faults into it, one at a time, and ends with 0
where the tests have met all of them and found at least 90 % in each module; what they did not find is printed. It takes
about an hour, of which a core works for half; a part (``risk``, ``journal`` …) takes some minutes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.proofs.core import MODULES, PARTS, TESTS
from tests.proofs.faults import Tally, measure, table

_ROOT = Path(__file__).parents[2]
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
_LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", ".hypothesis")


def main() -> int:
    """Measure what was asked for; the exit code says whether it is enough."""
    what, *names = sys.argv[1:]
    return _coverage() if what == "coverage" else _mutation(names)


def _coverage() -> int:
    with tempfile.TemporaryDirectory(prefix="hbtui-proofs-", dir=_disk()) as folder:
        copy = _copy(folder)
        # the copy is what is measured, wherever the package is installed from
        environ = os.environ | {"PYTHONPATH": str(copy), "COVERAGE_FILE": str(copy / ".coverage"), "TMPDIR": folder}

        def run(*words: str) -> int:
            command = [sys.executable, "-m", "coverage", *words]
            return subprocess.run(command, cwd=copy, env=environ, check=False).returncode

        tests = run("run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
        run("combine", "-q")
        return tests or run("report", "-m", f"--include={','.join(MODULES)}", "--fail-under=100")


def _mutation(names: list[str]) -> int:
    tallies: list[Tally] = []
    for part in PARTS:
        if not names or part.name in names:
            with tempfile.TemporaryDirectory(prefix="hbtui-proofs-", dir=_disk()) as folder:
                tallies += measure(_copy(folder), part)
    print(table(tallies), flush=True)
    return 0 if tallies and all(tally.is_enough for tally in tallies) else 1


def _disk() -> Path | None:
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


def _copy(folder: str) -> Path:
    return Path(shutil.copytree(_ROOT, Path(folder) / "hbtui", ignore=_LEFT_OUT))


if __name__ == "__main__":
    sys.exit(main())
