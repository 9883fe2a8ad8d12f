"""What orders that nobody is sure of may hold of each currency, taken at its worst; pure."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from hbtui.model.numbers import EXACT
from hbtui.model.order import Order, OrderState, Side
from hbtui.trading.views import View

__all__ = ["reserved"]


def reserved(view: View) -> Mapping[str, Decimal]:
    """Sum by currency what uncertain orders and those being sent may hold of the spot account."""
    sending = (order for order in view.orders.open if order.state is OrderState.SENDING)
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in (*view.orders.uncertain, *sending):
        instrument = view.instruments.get(order.symbol)
        is_here = order.account_id in {None, view.venue.account_id}
        if instrument is None or not is_here or order.is_external:
            continue
        currency = instrument.quote if order.side is Side.BUY else instrument.base
        held[currency] += _rest(order)
    return {currency: amount for currency, amount in held.items() if amount > 0}


def _rest(order: Order) -> Decimal:
    """What the unfilled part costs, in the currency that is given."""
    if order.amount is None:
        return Decimal(0)
    if order.is_amount_in_quote:
        return order.amount - order.filled_quote
    rest = order.amount - order.filled_base
    return rest if order.side is Side.SELL else EXACT.multiply(order.price or Decimal(0), rest)
