"""The order book's visible levels, single trades, and the 24-hour summary."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hbtui.model.order import Side

__all__ = ["Book", "Level", "Quote", "Trade"]


class Level(NamedTuple):
    """All that rests at one price."""

    price: Decimal
    amount: Decimal
    """In base."""


@dataclass(frozen=True, slots=True)
class Book:
    """Bids from the highest down, asks from the lowest up, as of ``ts_ms`` of the venue's clock."""

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    ts_ms: int
    sequence: int = 0

    @property
    def best_bid(self) -> Level | None:
        """The highest bid, or ``None`` where nobody bids."""
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        """The lowest ask, or ``None`` where nobody offers."""
        return self.asks[0] if self.asks else None

    @property
    def mid(self) -> Decimal | None:
        """Halfway between best bid and best ask, or ``None`` where a side is empty."""
        return (self.bids[0].price + self.asks[0].price) / 2 if self.bids and self.asks else None

    @property
    def spread(self) -> Decimal | None:
        """Best ask less best bid, in quote, or ``None`` where a side is empty."""
        return self.asks[0].price - self.bids[0].price if self.bids and self.asks else None


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade; ``side`` is the taker's."""

    symbol: str
    trade_id: int
    price: Decimal
    amount: Decimal
    side: Side
    ts_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A symbol's last price and rolling 24 hours; ``None`` is not known (never 0)."""

    symbol: str
    last: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    base_volume: Decimal | None = None
    quote_volume: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    ts_ms: int = 0

    @property
    def change(self) -> Decimal | None:
        """The 24-hour change as a ratio of the opening price (0.01 is +1 %), or ``None``."""
        return None if self.last is None or not self.open else (self.last - self.open) / self.open
