"""The door for single values from outside: a number in bounds, a symbol, an id, a word; or ``ValueError``."""

from decimal import Clamped, Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Underflow
from re import compile as pattern

from hbtui.model.text import clean

__all__ = [
    "currency",
    "exact",
    "exact_or_none",
    "id_text",
    "is_order_id",
    "is_symbol",
    "moment",
    "pair_name",
    "positive",
    "symbol",
    "word",
]

# wide enough for everything seen (36 digits behind the point), narrow enough that no number can eat the memory
# when it is written without exponent: 1E+999999999 is nine characters on the wire and a gigabyte on the screen
_BOUNDS = Context(prec=60, Emax=40, Emin=-40, traps=[InvalidOperation, Overflow, Underflow, Inexact, Clamped])
_LAST_MS = 10**14
"""In the year 5138; later ones fit no calendar."""
_SYMBOL = pattern(r"[a-z0-9]{2,20}", 0)
_ORDER_ID = pattern(r"[0-9]{1,20}", 0)


def exact(number: Decimal) -> Decimal:
    """Return the number unchanged; raise ``ValueError`` for NaN, Infinity and what has no plain way to be written."""
    if not number.is_finite():
        message = "a number is not finite"
        raise ValueError(message)
    try:
        _BOUNDS.plus(number)
    except DecimalException:
        message = "a number is out of bounds"
        raise ValueError(message) from None
    return number


def positive(number: Decimal) -> Decimal:
    """Return the number unchanged if it can be a price: in bounds and above zero."""
    if exact(number) <= 0:
        message = "a price is not positive"
        raise ValueError(message)
    return number


def exact_or_none(number: Decimal | None) -> Decimal | None:
    """Return the number unchanged, or ``None`` where nothing was said."""
    return None if number is None else exact(number)


def is_symbol(text: str) -> bool:
    """Whether the text can be a pair's name in a path, a topic or a query."""
    return _SYMBOL.fullmatch(text) is not None


def symbol(text: str) -> str:
    """Return a pair's name unchanged; raise ``ValueError`` for look-alikes, separators and anything else."""
    if not is_symbol(text):
        message = f"{clean(text, 40)!r} is not a symbol"
        raise ValueError(message)
    return text


def moment(time_ms: int | None) -> int | None:
    """A time as an order or a trade is told with it, UTC ms; ``None`` for one that no calendar has, as for no word.

    The order is there all the same: it may not be lost with its time, nor the time stop whoever writes it as a date.
    """
    return time_ms if time_ms is not None and 0 <= time_ms < _LAST_MS else None


def pair_name(text: str) -> str:
    """A pair's name as an order or a trade is told with it: a symbol unchanged, any other spelling made harmless.

    What was spelt otherwise never reads as a symbol afterwards: nothing can be asked or placed under such a name.
    """
    if is_symbol(text):
        return text
    shown = clean(text, 40)
    return shown if shown and not is_symbol(shown.lower()) else f"?{shown}"


def currency(text: str) -> str:
    """Return a currency's name unchanged; raise ``ValueError`` for what cannot be one."""
    if not (text.isascii() and text.isalnum() and len(text) <= 20):
        message = f"{clean(text, 40)!r} is not a currency"
        raise ValueError(message)
    return text


def is_order_id(text: str) -> bool:
    """Whether the text can be HTX's id of an order: decimal digits only."""
    return _ORDER_ID.fullmatch(text) is not None


def id_text(value: int | str) -> str:
    """Write an order id, which HTX sends as number or as text, in the one way used here."""
    text = str(value)
    if not is_order_id(text):
        message = f"{clean(text, 40)!r} is not an order id"
        raise ValueError(message)
    return text


def word(text: str | int | None, limit: int = 80) -> str:
    """A cleaned short text; ``""`` where nothing was said."""
    return "" if text is None else clean(text, limit)
