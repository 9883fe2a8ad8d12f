"""Exact arithmetic: every product and sum of money is done in a context that cannot round it."""

from collections.abc import Iterable
from decimal import Decimal

from hbtui.model.numbers import EXACT, plain

__all__ = ["ZERO", "minus", "plus", "quotient_down", "sum_of", "text", "times", "units"]

ZERO = Decimal(0)


def times(left: Decimal, right: Decimal) -> Decimal:
    """Multiply exactly."""
    return EXACT.multiply(left, right)


def plus(left: Decimal, right: Decimal) -> Decimal:
    """Add exactly."""
    return EXACT.add(left, right)


def minus(left: Decimal, right: Decimal) -> Decimal:
    """Subtract exactly."""
    return EXACT.subtract(left, right)


def sum_of(parts: Iterable[Decimal]) -> Decimal:
    """Add all parts exactly; zero when there are none."""
    total = ZERO
    for part in parts:
        total = EXACT.add(total, part)
    return total


def quotient_down(value: Decimal, price: Decimal, places: int) -> Decimal:
    """How much ``value`` buys at ``price``, cut to ``places`` digits so that it never costs more than ``value``."""
    scaled = EXACT.scaleb(value, places)
    return EXACT.scaleb(EXACT.divide_int(scaled, price), -places)


def units(number: int, places: int) -> Decimal:
    """Turn a whole number of smallest units into its Decimal."""
    return EXACT.scaleb(Decimal(number), -places)


def text(number: Decimal) -> str:
    """Write a private amount as HTX does: plain digits, and ``0.0`` for nothing."""
    return plain(number) if number else "0.0"
