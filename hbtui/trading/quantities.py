"""Which numbers may be reckoned with: what is not one of these is refused before anything is compared; pure."""

from decimal import Decimal
from typing import TypeGuard

__all__ = ["is_bounded", "is_usable", "places_of"]

_LARGEST = 20
_SMALLEST = -30


def is_bounded(number: Decimal | None) -> TypeGuard[Decimal]:
    """Whether a number is finite and of a size that money has: then neither sums nor quotients of two can fail."""
    if number is None or not number.is_finite():
        return False
    return places_of(number) <= -_SMALLEST and number.adjusted() <= _LARGEST


def places_of(number: Decimal) -> int:
    """How many digits behind the point a finite number is written with, zeros included; negative for ``1E+3``."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def is_usable(number: Decimal | None) -> TypeGuard[Decimal]:
    """Whether a number can be a price or an amount: bounded and more than 0."""
    return is_bounded(number) and number > 0
