"""What orders are worth in USDT, as far as prices are known; pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT
from hbtui.model.order import Order, Side
from hbtui.trading.quantities import is_bounded, is_usable

__all__ = ["open_value_of", "usdt_price"]

_UNIT = "usdt"


def usdt_price(currency: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """What one of a currency is worth in USDT by the last price of its pair with USDT; only USDT itself is 1."""
    if currency == _UNIT:
        return Decimal(1)
    price = prices.get(currency + _UNIT)
    return price if is_usable(price) else None


def open_value_of(
    orders: Iterable[Order], instruments: Mapping[str, Instrument], prices: Mapping[str, Decimal]
) -> Decimal | None:
    """What is left to fill of some orders, in USDT, at their worst; ``None`` where a price for one is missing."""
    total = Decimal(0)
    for order in orders:
        instrument = instruments.get(order.symbol)
        rate = usdt_price(instrument.quote, prices) if instrument is not None else None
        left = _left(order, prices.get(order.symbol))
        if rate is None or left is None:
            return None
        total = EXACT.add(total, EXACT.multiply(left, rate))
    return total


def _left(order: Order, last: Decimal | None) -> Decimal | None:
    """What is left in quote; a sale fetches the market's price where that is better than its own."""
    done = order.filled_quote if order.is_amount_in_quote else order.filled_base
    if not is_bounded(order.amount) or not is_bounded(done):
        return None
    left = max(EXACT.subtract(order.amount, done), Decimal(0))
    if order.is_amount_in_quote:
        return left
    asked = (order.price, last) if order.side is Side.SELL else (order.price,)
    price = max((one for one in asked if is_usable(one)), default=None)
    return None if price is None else EXACT.multiply(left, price)
