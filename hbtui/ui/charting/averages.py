"""Moving averages of closing prices."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from hbtui.model.candle import Candle
from hbtui.model.numbers import EXACT

__all__ = ["moving_average"]


def moving_average(candles: Sequence[Candle], length: int, indices: Iterable[int]) -> dict[int, Decimal]:
    """Give, by index, the exact mean of a bar's close and the ``length - 1`` before it.

    An index without as many bars before it is left out. Indices in a row cost two additions each.
    """
    averages: dict[int, Decimal] = {}
    total, summed_to = Decimal(0), -1
    for index in indices:
        if index < length - 1:
            continue
        if index == summed_to + 1 and index >= length:
            total = EXACT.add(total, candles[index].close - candles[index - length].close)
        else:
            total = sum((candle.close for candle in candles[index - length + 1 : index + 1]), Decimal(0))
        summed_to = index
        averages[index] = EXACT.divide(total, Decimal(length))
    return averages
