"""A row of numbers as one line of eighth blocks."""

from collections.abc import Sequence
from decimal import Decimal

__all__ = ["spark"]

_BLOCKS = "▁▂▃▄▅▆▇█"


def spark(closes: Sequence[Decimal], width: int) -> str:
    """Draw the last ``width`` numbers between their least and their greatest, one cell each, oldest first.

    Fewer numbers give a shorter line; numbers that are all alike give a level one.
    """
    shown = closes[-width:] if width > 0 else ()
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return _BLOCKS[3] * len(shown)
    span = float(high - low)
    return "".join(_BLOCKS[min(7, int(float(number - low) / span * 8))] for number in shown)
