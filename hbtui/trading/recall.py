"""Knows the orders of earlier runs again: what the journal meant is this program's own, whatever id it bears."""

from collections.abc import Iterator

from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, Order
from hbtui.trading.ports import Journal
from hbtui.trading.tracker import OrderTracker

__all__ = ["Recall"]

_EARLY_MS, _LATE_MS = 60_000, 360_000
"""By so much the venue may call an order older than its intent (clocks), and younger (the life of a signature)."""


class Recall:
    """Asks the journal for each order that is told without an intent, of a stranger's once. One loop's own."""

    def __init__(self, journal: Journal, tracker: OrderTracker) -> None:
        self._journal = journal
        self._tracker = tracker
        self._asked: frozenset[str] = frozenset()

    async def run(self) -> tuple[str, ...]:
        """Give every such order its intent; say which changed. Without a journal nobody's order is known again."""
        strangers = {order.order_id: order for order in self._strangers() if order.order_id}
        keys = frozenset(order.client_order_id for order in strangers.values())
        try:
            meant = await self._journal.unfinished(tuple(keys - self._asked)) if keys - self._asked else ()
        except JournalError:
            return ()
        intents = {intent.client_order_id: intent for intent in meant}
        self._asked = keys - intents.keys()
        changed = [
            self._tracker.adopt(intents[order.client_order_id], order_id)
            for order_id, order in strangers.items()
            if order.client_order_id in intents and _is_of(order, intents[order.client_order_id])
        ]
        return tuple(key for key in changed if key is not None)

    def _strangers(self) -> Iterator[Order]:
        for order in self._tracker:
            if order.client_order_id and self._tracker.intent_of(order.key) is None:
                yield order


def _is_of(order: Order, intent: Intent) -> bool:
    """Whether the venue took the order when the intent was sent: other programs may use an id of a script again."""
    return -_EARLY_MS <= order.created_ms - intent.created_ms <= _LATE_MS
