"""Decimal text and rounding: the only door between typed or wire text and a number.

Money never passes through ``float``. A number that cannot be read exactly is refused, never guessed.
"""

from decimal import ROUND_DOWN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from re import compile as pattern

__all__ = ["EXACT", "decimal_places", "parse_plain", "plain", "ratio", "rounded", "shortly", "truncated"]

EXACT = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow])
"""Wide enough that products of two 18-decimal amounts are exact; traps instead of NaN or Infinity."""

_PLAIN = pattern(r"[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30}", 0)


def parse_plain(text: str) -> Decimal | None:
    """Read a number as a person types it: ASCII digits and at most one point; anything else is ``None``.

    No sign, exponent, grouping, locale comma or full-width digit is accepted, so nothing can be misread.
    """
    stripped = text.strip()
    return Decimal(stripped) if _PLAIN.fullmatch(stripped) else None


def plain(number: Decimal) -> str:
    """Write a number without exponent and without trailing zeros: ``Decimal("1E+3")`` → ``"1000"``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def decimal_places(number: Decimal) -> int:
    """Count the digits behind the point that carry value: ``1.10`` has one, ``100`` has none."""
    text = plain(number)
    return len(text) - text.index(".") - 1 if "." in text else 0


def truncated(number: Decimal, places: int) -> Decimal:
    """Cut a number to ``places`` digits behind the point, always towards zero (never promises more than there is)."""
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN, context=EXACT)


def shortly(number: Decimal, places: int = 8) -> str:
    """Write what somebody has without the dust that fees leave: cut, so that it never promises more than there is.

    What is less than a unit of the last place is written whole: it is not nothing.
    """
    return plain(truncated(number, places) or number)


def rounded(number: Decimal, places: int) -> Decimal:
    """Round half to even at ``places`` digits behind the point: for showing, never for sending."""
    return number.quantize(Decimal(1).scaleb(-places), context=EXACT)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Divide, or say ``None`` where the divisor is zero."""
    return EXACT.divide(part, whole) if whole else None
