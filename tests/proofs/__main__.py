"""``python -m tests.proofs coverage|mutation``: how much of the core the tests reach, and how much they would miss.

Both work in a copy of the tree, and leave nothing behind. ``coverage`` ends with 0 where every branch of the core is
taken; ``mutation`` where at least 90 % of the small faults put into it are found.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.proofs.core import MODULES, TESTS

_ROOT = Path(__file__).parents[2]
_LEAST = 0.9
_MUTMUT = """
[tool.mutmut]
source_paths = {modules}
also_copy = ["hbtui", "tests", "README.md"]
pytest_add_cli_args_test_selection = {tests}
"""


def main() -> int:
    """Measure what was asked for; the exit code says whether it is enough."""
    proofs = {"coverage": _coverage, "mutation": _mutation}
    with tempfile.TemporaryDirectory(prefix="hbtui-proofs-") as folder:
        copy = Path(folder) / "hbtui"
        shutil.copytree(_ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache", ".hypothesis"))
        return proofs[sys.argv[1]](copy)


def _run(copy: Path, *words: str) -> int:
    # the copy is what is measured, wherever the package is installed from
    environ = os.environ | {"PYTHONPATH": str(copy), "COVERAGE_FILE": str(copy / ".coverage")}
    return subprocess.run([sys.executable, "-m", *words], cwd=copy, env=environ, check=False).returncode


def _coverage(copy: Path) -> int:
    tests = _run(copy, "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    _run(copy, "coverage", "combine", "-q")
    told = _run(copy, "coverage", "report", "-m", f"--include={','.join(MODULES)}", "--fail-under=100")
    return tests or told


def _mutation(copy: Path) -> int:
    with (copy / "pyproject.toml").open("a") as settings:
        settings.write(_MUTMUT.format(modules=json.dumps(MODULES), tests=json.dumps(TESTS)))
    if code := _run(copy, "mutmut", "run"):
        return code
    _run(copy, "mutmut", "export-cicd-stats")
    told = json.loads((copy / "mutants" / "mutmut-cicd-stats.json").read_text())
    found = told["killed"] + told["timeout"]
    share = found / told["total"]
    print(f"{found} of {told['total']} small faults were found: {share:.1%} (at least {_LEAST:.0%})")
    return 0 if share >= _LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
