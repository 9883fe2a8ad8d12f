"""Moving averages of closing prices."""

from collections.abc import Sequence
from decimal import Decimal

from hbtui.model.numbers import EXACT

__all__ = ["moving_average"]


def moving_average(numbers: Sequence[Decimal], length: int) -> list[Decimal | None]:
    """Give the mean of each number and the ``length - 1`` before it; ``None`` where there are not as many yet."""
    averages: list[Decimal | None] = []
    total = Decimal(0)
    for index, number in enumerate(numbers):
        total = EXACT.add(total, number)
        if index >= length:
            total = EXACT.subtract(total, numbers[index - length])
        averages.append(EXACT.divide(total, Decimal(length)) if index >= length - 1 else None)
    return averages
