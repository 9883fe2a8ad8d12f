"""Reads the words of a command line or a script: symbols, periods, types, numbers; each refusal is a sentence."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from re import compile as pattern
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hbtui.model.candle import Period
from hbtui.model.numbers import parse_plain
from hbtui.model.order import OrderType, Side
from hbtui.model.text import clean

__all__ = [
    "BadRequest",
    "read_moment",
    "read_number",
    "read_order_key",
    "read_period",
    "read_symbol",
    "read_type",
    "read_zone",
]

_TYPES = {"fok": OrderType.FOK, "post-only": OrderType.POST_ONLY} | {kind.value: kind for kind in OrderType}
_DISTANCE = pattern(r"(?P<sign>[+-])(?P<hours>[01]?[0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?", 0)
_ORDER_KEY = pattern(r"[A-Za-z0-9_-]{1,64}", 0)


class BadRequest(ValueError):
    """Words or values that make no sense; ``str()`` says which and what would; nothing was sent."""


def read_zone(text: str) -> tzinfo:
    """Read a time zone by its name (``UTC``, ``Asia/Shanghai``) or distance (``+08:00``); raise ``BadRequest``."""
    name = text.strip()
    if found := _DISTANCE.fullmatch(name):
        sign = -1 if found["sign"] == "-" else 1
        return timezone(sign * timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0)))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{clean(text, 60)!r} is not a time zone; one looks like UTC, Asia/Shanghai or +08:00."
        raise BadRequest(message) from None


def read_moment(text: str, zone: tzinfo = UTC) -> int:
    """Read a date (``2026-01-31``) or a date and time (``2026-01-31 12:00``) as UTC ms; raise ``BadRequest``.

    In ``zone`` unless the text names its own distance from UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        placed = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
        return int(placed.timestamp()) * 1000
    except (ValueError, OverflowError, OSError):
        message = f"{clean(text, 60)!r} is not a date; one looks like 2026-01-31 or 2026-01-31T12:00."
        raise BadRequest(message) from None


def read_symbol(text: str) -> str:
    """Read a pair as people write it (``DOGE/USDT``, ``doge-usdt``) into HTX's form; raise ``BadRequest``."""
    symbol = text.strip().lower()
    for mark in "/-_":
        symbol = symbol.replace(mark, "")
    if not (symbol.isascii() and symbol.isalnum() and 2 <= len(symbol) <= 20):
        message = f"{text!r} is not a symbol; one looks like dogeusdt or DOGE/USDT."
        raise BadRequest(message)
    return symbol


def read_order_key(text: str) -> str:
    """Read an order id or a client order id; raise ``BadRequest`` for what can be neither."""
    key = text.strip()
    if _ORDER_KEY.fullmatch(key) is None:
        message = f"{clean(text, 80)!r} is not the id of an order: one has 1 to 64 letters, digits, '-' or '_'."
        raise BadRequest(message)
    return key


def read_period(text: str | Period) -> Period:
    """Read a bar's period by HTX's name; raise ``BadRequest``."""
    served = [period.value for period in Period if period.is_from_venue]
    name = text.value if isinstance(text, Period) else text.strip()
    if name not in served:
        message = f"{name!r} is not a period; HTX has {', '.join(served)}."
        raise BadRequest(message)
    return Period(name)


def read_type(text: str) -> tuple[Side, OrderType]:
    """Read HTX's word for side and type together (``buy-limit``); raise ``BadRequest``."""
    side, _, kind = text.strip().lower().partition("-")
    if side not in {"buy", "sell"} or kind not in _TYPES:
        known = ", ".join(f"buy-{kind.value}" for kind in OrderType)
        message = f"{text!r} is not a type of order; there are {known}, and the same with sell-."
        raise BadRequest(message)
    return Side(side), _TYPES[kind]


def read_number(name: str, value: str | Decimal | int) -> Decimal:
    """Take an exact number above zero; a ``float`` is refused, since it is rarely the number that was meant."""
    if isinstance(value, bool) or not isinstance(value, (str, Decimal, int)):
        message = f"{name} must be text or Decimal, not {type(value).__name__}: a float is rarely what was meant."
        raise BadRequest(message)
    number = parse_plain(value if isinstance(value, str) else format(value, "f"))
    if number is None or number <= 0:
        message = f"{name} must be a plain number above zero, such as 0.25, not {str(value)!r}."
        raise BadRequest(message)
    return number
