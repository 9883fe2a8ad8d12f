"""The value caps: what one order, all that is open, and a day may be worth in USDT; pure."""

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, Decimal

from hbtui.model.numbers import EXACT, plain
from hbtui.model.order import OrderRequest, Side
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error
from hbtui.trading.open_value import usdt_price
from hbtui.trading.quantities import is_bounded, is_usable
from hbtui.trading.views import Finding

__all__ = ["UNKNOWN_VALUE", "caps_against", "value_of"]

UNKNOWN_VALUE = "unknown value"
"""What a person types to send an order that no price tells the worth of."""


def value_of(request: OrderRequest, context: GateContext) -> Decimal | None:
    """What the order is worth in USDT, at most; ``None`` where no price tells.

    A sale is taken at the best price known, since it fetches the market's where that is better than its own.
    """
    rate = usdt_price(context.instrument.quote, context.prices) if context.instrument is not None else None
    price = _price(request, context)
    if rate is None or price is None or not is_usable(request.amount):
        return None
    return EXACT.multiply(EXACT.multiply(request.amount, price), rate)


def caps_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Name every cap that the order would pass; what it is worth is typed to pass it all the same."""
    caps, value = context.caps, value_of(request, context)
    if caps.order_value is caps.open_value is caps.session_value is None:
        return
    if value is None:
        text = "what the order is worth in USDT is not known, so that no limit can be kept"
        yield error("MAX_ORDER_VALUE", text, phrase=UNKNOWN_VALUE)
        return
    session = _sum(one.value for one in context.sent)
    for code, cap, total, text in (
        ("MAX_ORDER_VALUE", caps.order_value, value, "the order is worth {}"),
        ("MAX_OPEN_VALUE", caps.open_value, _sum((context.open_value, value)), "with it orders worth {} would be open"),
        ("MAX_SESSION_VALUE", caps.session_value, _sum((session, value)), "with it {} would be sent in 24 hours"),
    ):
        if cap is not None:
            yield from _cap(code, cap, total, text)


def _cap(code: str, cap: Decimal, total: Decimal | None, text: str) -> Iterator[Finding]:
    most = cap if is_bounded(cap) else Decimal(0)
    limit = f"the limit is {plain(most)} USDT"
    if total is None:
        yield error(code, f"{text.format('an unknown value')}: {limit}", phrase=UNKNOWN_VALUE)
    elif total > most:
        # rounded up, so that what is shown is never within the limit
        shown = plain(total.to_integral_value(ROUND_CEILING))
        yield error(code, f"{text.format(shown + ' USDT')}: {limit}", phrase=shown)


def _price(request: OrderRequest, context: GateContext) -> Decimal | None:
    """The quote that one of ``amount`` is worth at most."""
    if request.is_amount_in_quote:
        return Decimal(1)
    if request.side is Side.BUY:
        return request.price if is_usable(request.price) else None
    own = (request.price, request.stop_price) if request.type.has_price else ()
    return max((one for one in (*own, context.best_bid, context.last) if is_usable(one)), default=None)


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for value in values:
        if not is_bounded(value) or value < 0:
            return None
        total = EXACT.add(total, value)
    return total
