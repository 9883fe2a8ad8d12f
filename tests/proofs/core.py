"""The modules on which an order's safety hangs, and the tests that must reach and kill everything in them."""

from dataclasses import dataclass

__all__ = ["MODULES", "PARTS", "TESTS", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """Modules that do one thing together, and the tests that hold them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _part(name: str, folder: str, modules: str, tests: str) -> Part:
    return Part(
        name,
        tuple(f"hbtui/{folder}/{module}.py" for module in modules.split()),
        tuple(f"tests/{folder}/test_{test}.py" for test in tests.split()),
    )


PARTS = (
    _part("signing", "htx", "signing", "signing"),
    _part("risk", "trading", "risk", "risk risk_context risk_laws risk_values guard"),
    _part("reconcile", "trading", "reconcile", "reconcile resync schedules"),
    _part("tracker", "trading", "facts tracker", "facts tracker tracker_laws"),
    _part("desk", "trading", "cancelling desk posting", "cancelling desk posting switch together schedules"),
    _part(
        "journal",
        "storage",
        "adoption carrying chain database files inspection journal opening records schema stamps",
        "audit chain damage journal migrations opening secrets writer",
    ),
)
MODULES = tuple(module for part in PARTS for module in part.modules)
TESTS = tuple(dict.fromkeys(test for part in PARTS for test in part.tests))
