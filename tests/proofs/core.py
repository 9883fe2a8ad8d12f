"""The modules on which an order's safety hangs, and the tests that must reach and kill everything in them."""

__all__ = ["MODULES", "TESTS"]

MODULES = (
    "hbtui/storage/journal.py",
    "hbtui/trading/desk.py",
    "hbtui/trading/posting.py",
    "hbtui/trading/cancelling.py",
    "hbtui/trading/facts.py",
    "hbtui/trading/tracker.py",
    "hbtui/trading/reconcile.py",
    "hbtui/trading/risk.py",
    "hbtui/htx/signing.py",
)
TESTS = ("tests/storage", "tests/trading", "tests/htx/test_signing.py")
