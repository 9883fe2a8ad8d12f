"""The orders as a screen lists them: what is uncertain on top, what is open, what is over, and every trade."""

from collections.abc import Iterable

from hbtui.model.order import Order, OrderState
from hbtui.trading.views import OrdersView

__all__ = ["listed"]

_SHOWN = 500
_DOUBTFUL = frozenset({OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


def listed(orders: Iterable[Order], *, is_known: bool, is_stale: bool) -> OrdersView:
    """Sort orders into their lists, newest first; what a person signed off counts as over."""
    ordered = sorted(orders, key=lambda order: (order.created_ms, order.key), reverse=True)
    uncertain = tuple(order for order in ordered if order.state in _DOUBTFUL and not order.is_signed_off)
    sending = (order for order in ordered if order.state is OrderState.SENDING)
    over = sorted(
        (order for order in ordered if order.is_final or order.is_signed_off),
        key=lambda order: order.updated_ms,
        reverse=True,
    )
    fills = sorted((fill for order in ordered for fill in order.fills), key=lambda fill: fill.ts_ms, reverse=True)
    return OrdersView(
        uncertain=uncertain,
        open=(*sending, *(order for order in ordered if order.is_open)),
        history=tuple(over[:_SHOWN]),
        fills=tuple(fills[:_SHOWN]),
        is_known=is_known,
        is_stale=is_stale,
    )
