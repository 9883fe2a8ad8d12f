"""What may be traded, and within which limits."""

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Instrument", "MarketStatus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One trading pair with the venue's rules for it; a limit of ``None`` means that the venue named none.

    Source: HTX ``/v1/settings/common/market-symbols``, or ``/v1/common/symbols``.
    """

    symbol: str
    """Lower case, no separator: ``dogeusdt``."""
    base: str
    """Currency that is bought and sold, lower case."""
    quote: str
    """Currency that prices and values are in, lower case."""
    price_precision: int
    """Digits behind the point that a price may have; one tick is the last of them."""
    amount_precision: int
    """Digits behind the point of an amount in base."""
    value_precision: int
    """Digits behind the point of a value in quote (the amount of a market buy)."""
    state: str = "online"
    """``online``, ``offline``, ``suspend``, ``pre-online`` … ; only ``online`` trades."""
    api_trading: bool = True
    min_value: Decimal | None = None
    """Least price × amount of a limit order and least value of a market buy, in quote."""
    max_value: Decimal | None = None
    limit_min_amount: Decimal | None = None
    limit_max_amount: Decimal | None = None
    limit_max_buy_amount: Decimal | None = None
    limit_max_sell_amount: Decimal | None = None
    market_sell_min_amount: Decimal | None = None
    market_sell_max_amount: Decimal | None = None
    market_buy_max_value: Decimal | None = None
    buy_price_ratio_max: Decimal | None = None
    """A buy above last price × this is refused by the venue (``blmlt``)."""
    sell_price_ratio_min: Decimal | None = None
    """A sell below last price × this is refused by the venue (``slmgt``)."""
    market_buy_slippage_max: Decimal | None = None
    market_sell_slippage_max: Decimal | None = None
    tags: str = ""

    @property
    def name(self) -> str:
        """The pair as a person reads it: ``DOGE/USDT``."""
        return f"{self.base.upper()}/{self.quote.upper()}"

    @property
    def tick_size(self) -> Decimal:
        """The least step between two prices, in quote."""
        return Decimal(1).scaleb(-self.price_precision)

    @property
    def is_tradable(self) -> bool:
        """Whether the venue takes orders for this pair over its API now."""
        return self.state == "online" and self.api_trading


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStatus:
    """Whether the venue trades at all. Source: HTX ``/v2/market-status``."""

    code: int
    """1 normal, 2 halted (no orders, no cancels), 3 cancel only."""
    halt_start_ms: int | None = None
    halt_end_ms: int | None = None
    reason: int | None = None
    affected_symbols: str = ""

    @property
    def takes_orders(self) -> bool:
        """Whether new orders are accepted."""
        return self.code == 1

    @property
    def takes_cancels(self) -> bool:
        """Whether cancels are accepted."""
        return self.code in {1, 3}
