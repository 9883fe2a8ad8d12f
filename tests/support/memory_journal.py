"""A journal that keeps what it was told across desks, and forgets nothing."""

from collections.abc import Sequence

from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError
from hbtui.model.order import FINAL, Intent, Order, OrderState, Outcome, Refused, Unknown

__all__ = ["MemoryJournal"]

_DOUBTFUL = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


class MemoryJournal:
    """Durable for the length of a test: a crash of the desk leaves it as it is."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}
        self.outcomes: dict[str, list[Outcome]] = {}
        self.orders: dict[str, list[Order]] = {}
        self.cancels: list[str] = []
        self.sign_offs: list[str] = []
        self.entries: list[JournalEntry] = []
        self.reason = ""
        """While it is not empty nothing can be written, and this is what is said."""

    async def record_intent(self, intent: Intent) -> None:
        """Keep an intent; an id comes once."""
        await self.record_intents((intent,))

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """Keep all of them, or none."""
        self._require_writable()
        keys = [intent.client_order_id for intent in intents]
        assert len(set(keys)) == len(keys), "an id was used twice"
        assert not set(keys) & self.intents.keys(), "an id was used twice"
        for intent in intents:
            self.intents[intent.client_order_id] = intent
            self._note(intent.created_ms, "intent", intent.client_order_id, body=intent.body.decode())

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Keep an outcome; there is an intent before it."""
        self._require_writable()
        assert at_ms >= self.intents[client_order_id].created_ms
        self.outcomes.setdefault(client_order_id, []).append(outcome)
        self._note(at_ms, "outcome", client_order_id, outcome=type(outcome).__name__.lower())

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Keep an order's state."""
        self._require_writable()
        assert at_ms > 0
        self.orders.setdefault(order.client_order_id, []).append(order)
        self._note(at_ms, "order", order.client_order_id, state=order.state.value, order_id=order.order_id or "")

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Keep that a cancel was asked for."""
        self._require_writable()
        assert at_ms > 0
        self.cancels.append(key)
        self._note(at_ms, "cancel", key)

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """Keep that a person settled it; there is an intent before it."""
        self._require_writable()
        assert at_ms >= self.intents[client_order_id].created_ms
        self.sign_offs.append(client_order_id)
        self._note(at_ms, "sign-off", client_order_id)

    async def unresolved(self) -> tuple[Intent, ...]:
        """What the real one would say at the next start."""
        return tuple(intent for key, intent in self.intents.items() if not self._is_resolved(key))

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """Tell those with an id whose last state is no answer."""
        last = {key: states[-1] for key, states in self.orders.items() if key not in self.sign_offs}
        return tuple(
            (self.intents[key], order.order_id, order.state)
            for key, order in last.items()
            if order.order_id and order.state in {OrderState.UNPROVEN, OrderState.CONFLICT} and self._is_resolved(key)
        )

    async def cancels_wanted(self) -> frozenset[str]:
        """Tell which of the unresolved were asked to be cancelled."""
        return frozenset(intent.client_order_id for intent in await self.unresolved()) & frozenset(self.cancels)

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """Tell those of the ids whose end was not kept."""
        self._require_writable()
        return tuple(self.intents[key] for key in client_order_ids if key in self.intents and not self._is_over(key))

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """Tell every intent from then on, oldest first."""
        meant = [intent for intent in self.intents.values() if intent.created_ms >= since_ms]
        return tuple(sorted(meant, key=lambda intent: intent.created_ms))

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Tell all that was kept of one order, by either of its ids."""
        own = {entry.client_order_id for entry in self.entries if entry.facts.get("order_id") == key} | {key}
        return tuple(entry for entry in self.entries if entry.client_order_id in own)

    def _require_writable(self) -> None:
        if self.reason:
            raise JournalError(self.reason)

    def _note(self, at_ms: int, kind: str, client_order_id: str, **facts: str) -> None:
        self.entries.append(JournalEntry(len(self.entries) + 1, at_ms, kind, client_order_id, facts))

    def _is_over(self, key: str) -> bool:
        is_refused = any(isinstance(outcome, Refused) for outcome in self.outcomes.get(key, []))
        return key in self.sign_offs or is_refused or any(one.state in FINAL for one in self.orders.get(key, []))

    def _is_resolved(self, key: str) -> bool:
        if key in self.sign_offs or any(not isinstance(outcome, Unknown) for outcome in self.outcomes.get(key, [])):
            return True
        return any(
            order.state in FINAL or (order.order_id is not None and order.state not in _DOUBTFUL)
            for order in self.orders.get(key, [])
        )
