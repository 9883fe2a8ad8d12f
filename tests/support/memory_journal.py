"""A journal that keeps what it was told across desks, and forgets nothing."""

from hbtui.model.order import FINAL, Intent, Order, OrderState, Outcome, Unknown

__all__ = ["MemoryJournal"]

_DOUBTFUL = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


class MemoryJournal:
    """Durable for the length of a test: a crash of the desk leaves it as it is."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.outcomes: dict[str, list[Outcome]] = {}
        self.orders: dict[str, list[Order]] = {}
        self.cancels: list[str] = []

    async def record_intent(self, intent: Intent) -> None:
        """Keep an intent; an id comes once."""
        assert intent.client_order_id not in self.intents, "an id was used twice"
        self.intents[intent.client_order_id] = intent

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Keep an outcome; there is an intent before it."""
        assert at_ms >= self.intents[client_order_id].created_ms
        self.outcomes.setdefault(client_order_id, []).append(outcome)

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Keep an order's state."""
        assert at_ms > 0
        self.orders.setdefault(order.client_order_id, []).append(order)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Keep that a cancel was asked for."""
        assert at_ms > 0
        self.cancels.append(key)

    async def unresolved(self) -> tuple[Intent, ...]:
        """What the real one would say at the next start."""
        return tuple(intent for key, intent in self.intents.items() if not self._is_resolved(key))

    def _is_resolved(self, key: str) -> bool:
        if any(not isinstance(outcome, Unknown) for outcome in self.outcomes.get(key, [])):
            return True
        return any(
            order.state in FINAL or (order.order_id is not None and order.state not in _DOUBTFUL)
            for order in self.orders.get(key, [])
        )
