"""Whether the account holds what the order needs, with every order in doubt taken at its worst; pure."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.numbers import EXACT, plain, shortly
from hbtui.model.order import OrderRequest, Side
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
        text = f"{plain(need)} {unit} needed, {shortly(given.available)} available"
        if reserved:
            text += f", of which uncertain orders may hold {plain(reserved)}"
        yield error("BALANCE", text, "total" if request.side is Side.BUY and request.type.has_price else "amount")


def _need(request: OrderRequest) -> Decimal:
    """What leaves the balance, at most; nothing where a number is none."""
    price = request.price if request.side is Side.BUY and request.type.has_price else Decimal(1)
    return _cost(request.amount, price)


def _reserved(request: OrderRequest, context: GateContext, currency: str) -> Decimal:
    """What other orders of the same account may hold that the balance does not show yet."""
    total = Decimal(0)
    for order in context.pending:
        if order.account_id in {None, request.account_id} and _is_given(order.symbol, order.side, currency):
            is_in_base = order.side is Side.BUY and not order.is_amount_in_quote
            total = EXACT.add(total, _cost(order.amount, order.price if is_in_base else Decimal(1)))
    for one in context.in_flight:
        asked = one.request
        if asked.account_id == request.account_id and _is_given(asked.symbol, asked.side, currency):
            total = EXACT.add(total, _need(asked))
    return total


def _cost(amount: Decimal | None, price: Decimal | None) -> Decimal:
    return EXACT.multiply(amount, price) if is_usable(amount) and is_usable(price) else Decimal(0)


def _is_given(symbol: str, side: Side, currency: str) -> bool:
    """Whether an order of the pair and side gives the currency away."""
    return symbol.endswith(currency) if side is Side.BUY else symbol.startswith(currency)
