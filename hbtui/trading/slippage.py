"""How far a market order would walk into the visible book; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.book import Level
from hbtui.model.numbers import EXACT, plain, rounded
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error
from hbtui.trading.quantities import is_usable, places_of
from hbtui.trading.views import Finding

__all__ = ["SLIPPAGE", "THIN_BOOK", "Walk", "slippage_against", "walked"]

SLIPPAGE = Decimal("0.01")
"""A market order takes any price: beyond 1 % of the best one it is rather a mistyped amount than a wish."""
THIN_BOOK = "thin book"
"""What a person types to send a market order that the visible book cannot fill."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What an order would take from the book."""

    taken: Decimal
    """In the order's own unit: base, or of a market buy quote."""
    average: Decimal
    worst: Decimal


def walked(levels: Sequence[Level], amount: Decimal, *, is_value: bool) -> Walk | None:
    """Walk the levels, the best first, until the amount in base, or the value in quote, is used up or they end.

    ``None`` where there is no level to begin with; a level that cannot be reckoned with ends the walk.
    """
    left, base, quote, worst = amount, Decimal(0), Decimal(0), None
    for level in levels:
        if left <= 0 or not is_usable(level.price) or not is_usable(level.amount):
            break
        worst = level.price
        held = EXACT.multiply(level.price, level.amount) if is_value else level.amount
        taken = min(left, held)
        left = EXACT.subtract(left, taken)
        base = EXACT.add(base, EXACT.divide(taken, level.price) if is_value else taken)
        quote = EXACT.add(quote, taken if is_value else EXACT.multiply(taken, level.price))
    if worst is None:
        return None
    return Walk(EXACT.subtract(amount, left), EXACT.divide(quote, base), worst)


def slippage_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge a market order by what it would take; the amount must be usable. A stale book is told elsewhere."""
    if request.type is not OrderType.MARKET or context.is_book_stale:
        return
    is_buy = request.side is Side.BUY
    levels = (context.asks if is_buy else context.bids) or ()
    walk = walked(levels, request.amount, is_value=request.is_amount_in_quote)
    if walk is None:
        yield error("SLIPPAGE", "the order book does not show what a market order would cost", "amount")
        return
    if walk.taken < request.amount:
        text = (
            f"the visible book holds only {plain(walk.taken)} of {plain(request.amount)}, down to {plain(walk.worst)}"
        )
        yield error("SLIPPAGE", text, "amount", THIN_BOOK)
        return
    best = levels[0].price
    distance = EXACT.subtract(EXACT.divide(walk.worst, best), Decimal(1)).copy_abs()
    if distance > SLIPPAGE:
        share = plain(rounded(EXACT.multiply(distance, Decimal(100)), 1))
        average = plain(rounded(walk.average, places_of(best)))
        text = f"the order would reach {plain(walk.worst)}, {share} % from the best price (on average {average})"
        yield error("SLIPPAGE", text, "amount", plain(walk.worst))
