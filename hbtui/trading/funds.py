"""Whether the account holds what the order needs, with every order in doubt taken at its worst; pure."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.numbers import EXACT, plain
from hbtui.model.order import Order, OrderRequest, Side
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error
from hbtui.trading.quantities import is_bounded, is_usable
from hbtui.trading.views import Finding

__all__ = ["funds_against"]


def funds_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Compare what would leave the balance with what is there; the request's numbers must be usable."""
    given = context.quote if request.side is Side.BUY else context.base
    if given is None or not is_bounded(given.available):
        yield error("BALANCE", "the balance is not known yet")
        return
    reserved = _reserved(request, context, given.currency)
    need = _need(request)
    if need > EXACT.subtract(given.available, reserved):
        unit = given.currency.upper()
        text = f"{plain(need)} {unit} needed, {plain(given.available)} available"
        if reserved:
            text += f", of which uncertain orders may hold {plain(reserved)}"
        yield error("BALANCE", text, "total" if request.side is Side.BUY and request.type.has_price else "amount")


def _need(request: OrderRequest) -> Decimal:
    """What leaves the balance, at most."""
    if request.side is Side.BUY and request.type.has_price and request.price is not None:
        return EXACT.multiply(request.price, request.amount)
    return request.amount


def _reserved(request: OrderRequest, context: GateContext, currency: str) -> Decimal:
    """What other orders of the same account may hold that the balance does not show yet."""
    total = Decimal(0)
    for order in context.pending:
        if order.account_id in {None, request.account_id}:
            total = EXACT.add(total, _held(order, currency))
    for one in context.in_flight:
        asked = one.request
        if asked.account_id == request.account_id and _is_given(asked.symbol, asked.side, currency):
            need = _need(asked)
            total = EXACT.add(total, need)
    return total


def _held(order: Order, currency: str) -> Decimal:
    if not is_bounded(order.amount) or not _is_given(order.symbol, order.side, currency):
        return Decimal(0)
    if order.side is Side.SELL or order.is_amount_in_quote:
        return order.amount
    return EXACT.multiply(order.price, order.amount) if is_usable(order.price) else Decimal(0)


def _is_given(symbol: str, side: Side, currency: str) -> bool:
    """Whether an order of the pair and side gives the currency away."""
    return symbol.endswith(currency) if side is Side.BUY else symbol.startswith(currency)
