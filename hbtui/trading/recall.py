"""Knows the orders of earlier runs again: what the journal meant is this program's own, whatever id it bears."""

from collections.abc import Callable, Iterator

from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, Order
from hbtui.trading.ports import Journal
from hbtui.trading.tracker import OrderTracker

__all__ = ["Recall"]

_EARLY_MS, _LATE_MS = 60_000, 360_000
"""By so much the venue may call an order older than its intent (clocks), and younger (the life of a signature)."""


class Recall:
    """Asks the journal for each order that is told without an intent, of a stranger's once; one loop's own.

    ``on_change`` hears the key of each that is known again: it counts against the caps, and is written down to its end.
    """

    def __init__(self, journal: Journal, tracker: OrderTracker, on_change: Callable[[str], None]) -> None:
        self._journal = journal
        self._tracker = tracker
        self._on_change = on_change
        self._asked: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Give every such order its intent. Without a journal nobody's order is known again."""
        strangers = {order.order_id: order for order in self._strangers() if order.order_id}
        keys = frozenset(order.client_order_id for order in strangers.values())
        try:
            meant = await self._journal.unfinished(tuple(keys - self._asked)) if keys - self._asked else ()
        except JournalError:
            return
        intents = {intent.client_order_id: intent for intent in meant}
        self._asked = keys - intents.keys()
        for order_id, order in strangers.items():
            intent = intents.get(order.client_order_id)
            if intent is not None and _is_of(order, intent) and (key := self._tracker.adopt(intent, order_id)):
                self._on_change(key)

    def _strangers(self) -> Iterator[Order]:
        for order in self._tracker:
            if order.client_order_id and self._tracker.intent_of(order.key) is None:
                yield order


def _is_of(order: Order, intent: Intent) -> bool:
    """Whether the venue took the order when the intent was sent: other programs may use an id of a script again."""
    return -_EARLY_MS <= order.created_ms - intent.created_ms <= _LATE_MS
