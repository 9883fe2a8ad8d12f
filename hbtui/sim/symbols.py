"""The pairs that trade here: real HTX symbols with plausible precisions, minimums and sizes."""

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["CURRENCIES", "PAIRS", "Pair"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One symbol: its rules, and what its synthetic market looks like.

    ``typical_price`` and ``daily_amount`` (base currency) are the middle of what the synthetic market does.
    """

    base: str
    quote: str
    price_places: int
    amount_places: int
    typical_price: Decimal
    daily_amount: Decimal
    trades_a_minute: int
    min_amount: Decimal
    max_amount: Decimal
    min_value: Decimal = Decimal(5)
    max_market_value: Decimal = Decimal(1_000_000)
    value_places: int = 8
    leverage: Decimal | None = None

    @property
    def symbol(self) -> str:
        """HTX's name of the pair, lower case and without a separator."""
        return self.base + self.quote

    @property
    def typical_ticks(self) -> int:
        """The typical price in price steps."""
        return int(self.typical_price.scaleb(self.price_places))

    @property
    def daily_lots(self) -> int:
        """The typical volume of a day in amount steps."""
        return int(self.daily_amount.scaleb(self.amount_places))


def _pair(name: str, places: str, market: str, bounds: str, leverage: str | None = None) -> Pair:
    base, quote = name.split("/")
    price_places, amount_places = (int(part) for part in places.split("/"))
    price, amount, trades = market.split()
    smallest, largest = bounds.split()
    in_btc = quote == "btc"
    return Pair(
        base=base,
        quote=quote,
        price_places=price_places,
        amount_places=amount_places,
        typical_price=Decimal(price),
        daily_amount=Decimal(amount),
        trades_a_minute=int(trades),
        min_amount=Decimal(smallest),
        max_amount=Decimal(largest),
        min_value=Decimal("0.0001" if in_btc else 5),
        max_market_value=Decimal(20 if in_btc else 1_000_000),
        leverage=Decimal(leverage) if leverage else None,
    )


_ALL = (
    _pair("btc/usdt", "2/6", "67000 5200 44", "0.00001 1000", "5"),
    _pair("eth/usdt", "2/4", "3400 41000 38", "0.001 10000", "5"),
    _pair("doge/usdt", "6/2", "0.0812 310000000 22", "1 20000000", "5"),
    _pair("htx/usdt", "10/2", "0.0000019 900000000000 18", "1000 50000000000"),
    _pair("xrp/usdt", "5/2", "0.58 42000000 22", "1 5000000", "5"),
    _pair("sol/usdt", "4/4", "152 260000 26", "0.01 50000", "3"),
    _pair("ada/usdt", "6/4", "0.43 21000000 16", "1 5000000", "3"),
    _pair("trx/usdt", "6/2", "0.162 130000000 20", "1 20000000", "3"),
    _pair("ltc/usdt", "2/4", "84.5 92000 16", "0.01 20000", "3"),
    _pair("dot/usdt", "4/4", "6.4 800000 14", "0.1 500000", "3"),
    _pair("link/usdt", "4/2", "14.2 410000 14", "0.1 200000", "3"),
    _pair("shib/usdt", "10/2", "0.0000243 900000000000 18", "1000 50000000000"),
    _pair("avax/usdt", "4/4", "27.5 210000 14", "0.01 100000"),
    _pair("bch/usdt", "2/4", "472 21000 14", "0.001 5000", "3"),
    _pair("eth/btc", "6/4", "0.0507 2600 12", "0.001 10000"),
)

PAIRS: dict[str, Pair] = {pair.symbol: pair for pair in _ALL}

CURRENCIES: tuple[str, ...] = tuple(dict.fromkeys(["usdt", "btc", *(pair.base for pair in _ALL)]))
