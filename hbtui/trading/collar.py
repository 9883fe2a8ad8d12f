"""Prices that hurt: far beyond the market on the harmful side, or no longer what was displayed; pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from hbtui.model.numbers import EXACT, plain, rounded
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error
from hbtui.trading.quantities import is_usable
from hbtui.trading.views import Finding

__all__ = ["COLLAR", "MOVED", "NEEDS_A_PRICE", "NO_REFERENCE", "collar_against", "moved_against"]

COLLAR = Decimal("0.03")
"""A price 3 % beyond the market that would be met at once is a slip of the finger more often than a plan."""
MOVED = Decimal("0.01")
"""What meets the market at once was meant at the price displayed: 1 % from there it was not meant."""
NO_REFERENCE = "no reference"
"""What a person types to send a price that can be compared with nothing."""
NEEDS_A_PRICE = frozenset({OrderType.MARKET, OrderType.IOC, OrderType.FOK})
"""Types that meet the book the moment they arrive."""


def collar_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Look for a price beyond both mid and last on the side that hurts: a buy above, a sell below.

    A market order's price is the best one that it meets. A stop order is compared with its stop price, since that is
    where the market stands when it begins to act.
    """
    market = _usable(_market(context))
    if request.type.has_price:
        price = request.price
        if not market:
            yield error("PRICE_COLLAR", "there is no market price to compare with", "price", NO_REFERENCE)
            return
    else:
        price = _opposite(request, context)
    known = _usable([request.stop_price]) if request.type.has_stop else market
    if not is_usable(price) or not known:
        return
    if request.side is Side.BUY:
        reference, word = max(known), "above"
        distance = EXACT.subtract(EXACT.divide(price, reference), Decimal(1))
    else:
        reference, word = min(known), "below"
        distance = EXACT.subtract(Decimal(1), EXACT.divide(price, reference))
    if distance > COLLAR:
        share = plain(rounded(EXACT.multiply(distance, Decimal(100)), 1))
        against = "the stop price" if request.type.has_stop else "the market"
        yield error("PRICE_COLLAR", f"the price is {share} % {word} {against}", "price", plain(price))


def moved_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Hold the order to what was displayed when it was confirmed: pair, side and, where it is met at once, price."""
    meant = context.confirmation
    if meant is None:
        return
    if (meant.symbol or request.symbol, meant.side or request.side) != (request.symbol, request.side):
        yield error("PRICE_MOVED", "another pair or side was displayed when this was confirmed: look again")
        return
    if request.type not in NEEDS_A_PRICE or meant.reference is None:
        return
    now = _opposite(request, context)
    if not is_usable(now) or not is_usable(meant.reference):
        yield error("PRICE_MOVED", "the price that was displayed cannot be compared with one now: look again")
        return
    change = EXACT.subtract(EXACT.divide(now, meant.reference), Decimal(1))
    if change.copy_abs() > MOVED:
        share = plain(rounded(EXACT.multiply(change, Decimal(100)), 1))
        text = f"the price moved by {share} % to {plain(now)} since it was displayed: look again"
        yield error("PRICE_MOVED", text)


def _opposite(request: OrderRequest, context: GateContext) -> Decimal | None:
    return context.best_ask if request.side is Side.BUY else context.best_bid


def _market(context: GateContext) -> Iterator[Decimal | None]:
    """Middle of the book, and last."""
    if is_usable(context.best_bid) and is_usable(context.best_ask):
        yield EXACT.divide(EXACT.add(context.best_bid, context.best_ask), Decimal(2))
    yield context.last


def _usable(prices: Iterable[Decimal | None]) -> list[Decimal]:
    return [price for price in prices if is_usable(price)]
