"""Makes the gate's findings; pure."""

from hbtui.trading.views import Finding, Severity

__all__ = ["error", "warning"]


def error(code: str, text: str, field: str = "", phrase: str = "") -> Finding:
    """What forbids the order; with a ``phrase``, unless a person types it."""
    return Finding(code, text, Severity.ERROR, field, phrase)


def warning(code: str, text: str) -> Finding:
    """What a person should see before sending."""
    return Finding(code, text, Severity.WARNING)
