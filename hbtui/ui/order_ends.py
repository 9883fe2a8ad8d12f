"""How orders end while somebody watches: which ones just did, and in which words they are told."""

from collections.abc import Mapping, Sequence

from textual.notifications import SeverityLevel

from hbtui.model.instrument import Instrument
from hbtui.model.order import Order, OrderState
from hbtui.trading.views import OrdersView
from hbtui.ui.text import UNKNOWN, price
from hbtui.ui.widgets.order_rows import order_sentence

__all__ = ["OrderEnds", "end_words"]

_TITLES: dict[OrderState, tuple[str, SeverityLevel]] = {
    OrderState.FILLED: ("Filled", "information"),
    OrderState.CANCELED: ("Cancelled, nothing filled", "warning"),
    OrderState.PARTIALLY_CANCELED: ("The rest was cancelled", "warning"),
    OrderState.REJECTED: ("Rejected", "error"),
}
"""Refusals and doubts are told by trading itself."""


class OrderEnds:
    """Follows orders from open to ended, whichever pane is seen: an order that fills at once never rests in a list."""

    def __init__(self) -> None:
        self._watched: frozenset[str] = frozenset()

    def follow(self, key: str) -> None:
        """Wait for the end of an order that was just sent."""
        self._watched |= {key}

    def newly(self, orders: OrdersView) -> Sequence[Order]:
        """Give the orders that ended since the last look, without those that ended as the person asked."""
        ended = [order for order in orders.history if order.key in self._watched]
        gone = {order.key for order in (*ended, *orders.uncertain)}
        self._watched = (self._watched | {order.key for order in orders.open}) - gone
        return [order for order in ended if order.state in _TITLES and not _is_as_asked(order)]


def _is_as_asked(order: Order) -> bool:
    return order.is_cancel_requested and order.state is OrderState.CANCELED


def end_words(order: Order, instruments: Mapping[str, Instrument]) -> tuple[str, str, SeverityLevel]:
    """Say how an order ended: a title, a sentence and how grave it is."""
    title, severity = _TITLES[order.state]
    parts = [order_sentence(order, instruments)]
    if order.filled_base:
        average = price(order.average_price, instruments.get(order.symbol))
        parts.append(f"average price {average if order.filled_quote else UNKNOWN}")
    if order.cause:
        parts.append(f"reason: {order.cause}")
    return title, " · ".join(parts), severity
