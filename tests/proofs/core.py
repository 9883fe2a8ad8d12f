"""The modules on which an order's safety hangs, and the tests that must reach and kill everything in them."""

from dataclasses import dataclass

__all__ = ["MODULES", "PARTS", "TESTS", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """Modules that do one thing together, and the tests that hold them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


_TRADING = ("tests/trading",)
PARTS = (
    Part("signing", ("hbtui/htx/signing.py",), ("tests/htx/test_signing.py",)),
    Part(
        "journal",
        tuple(
            f"hbtui/storage/{name}.py"
            for name in (
                "adoption",
                "carrying",
                "chain",
                "database",
                "files",
                "inspection",
                "journal",
                "opening",
                "records",
                "schema",
            )
        ),
        tuple(
            f"tests/storage/test_{name}.py"
            for name in ("audit", "chain", "damage", "journal", "migrations", "opening", "secrets", "writer")
        ),
    ),
    Part("risk", ("hbtui/trading/risk.py",), _TRADING),
    Part("reconcile", ("hbtui/trading/reconcile.py",), _TRADING),
    Part("tracker", ("hbtui/trading/facts.py", "hbtui/trading/tracker.py"), _TRADING),
    Part("desk", tuple(f"hbtui/trading/{name}.py" for name in ("cancelling", "desk", "posting")), _TRADING),
)
MODULES = tuple(module for part in PARTS for module in part.modules)
TESTS = tuple(dict.fromkeys(test for part in PARTS for test in part.tests))
