"""Prices to rows and back."""

from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.numbers import EXACT

__all__ = ["PriceScale"]


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Maps prices from ``low`` to ``high`` onto ``rows`` rows of cells, counted from the top; ``low < high``."""

    low: Decimal
    high: Decimal
    rows: int

    @classmethod
    def around(cls, low: Decimal, high: Decimal, rows: int, tick: Decimal) -> "PriceScale":
        """Take in both prices with a little air; equal ones get a few ticks on either side."""
        air = (high - low) * Decimal("0.02") if high > low else max(tick * 4, high * Decimal("0.001"))
        return cls(low - air, high + air, rows)

    def holds(self, price: Decimal) -> bool:
        """Whether a price is within the scale."""
        return self.low <= price <= self.high

    def part(self, price: Decimal, parts: int) -> int:
        """The part of a row, of ``parts`` in each, that a price falls into; those outside stop at the edge."""
        last = self.rows * parts - 1
        share = float(self.high - price) / float(self.high - self.low)
        return min(last, max(0, int(share * (last + 1))))

    def row(self, price: Decimal) -> int:
        """The row of a price."""
        return self.part(price, 1)

    def price_at(self, row: int) -> Decimal:
        """The price in the middle of a row, exactly; rounding it to a tick is the asker's business."""
        share = EXACT.divide(Decimal(2 * row + 1), Decimal(2 * self.rows))
        return self.high - (self.high - self.low) * share
