"""A journal that is not open yet: it belongs to an account, and that is known only once the venue answered."""

from collections.abc import Sequence

from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, Order, OrderState, Outcome
from hbtui.trading.ports import Journal

__all__ = ["LateJournal"]


class LateJournal:
    """Passes everything on to the journal it is bound to; until then nothing can be written, so nothing is sent."""

    def __init__(self) -> None:
        self._journal: Journal | None = None

    def bind(self, journal: Journal) -> None:
        """Use this journal from now on."""
        self._journal = journal

    @property
    def _bound(self) -> Journal:
        if self._journal is None:
            message = "The account is not known yet, and with it its journal."
            raise JournalError(message)
        return self._journal

    async def record_intent(self, intent: Intent) -> None:
        """See ``Journal``."""
        await self._bound.record_intent(intent)

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """See ``Journal``."""
        await self._bound.record_intents(intents)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """See ``Journal``."""
        await self._bound.record_outcome(client_order_id, outcome, at_ms)

    async def record_order(self, order: Order, at_ms: int) -> None:
        """See ``Journal``."""
        await self._bound.record_order(order, at_ms)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """See ``Journal``."""
        await self._bound.record_cancel(key, at_ms)

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """See ``Journal``."""
        await self._bound.record_sign_off(client_order_id, at_ms)

    async def unresolved(self) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._bound.unresolved()

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """See ``Journal``."""
        return await self._bound.questionable()

    async def cancels_wanted(self) -> frozenset[str]:
        """See ``Journal``."""
        return await self._bound.cancels_wanted()

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._bound.unfinished(client_order_ids)

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._bound.sent_since(since_ms)

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``Journal``."""
        return await self._bound.audit(key)
