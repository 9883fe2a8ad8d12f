"""The real journal as the program under test sees it: counted, watched, and cut off when the program dies."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hbtui.model.entry import JournalEntry
from hbtui.model.order import Intent, Order, OrderState, Outcome
from hbtui.trading.ports import Journal
from tests.explorer.virtual_loop import VirtualLoop

__all__ = ["Committed", "WatchedJournal"]

_T = TypeVar("_T")


@dataclass
class Committed:
    """The intents that were on the disk, over all lives of the program, with the second at which they were."""

    intents: dict[str, Intent] = field(default_factory=dict)
    at_s: dict[str, float] = field(default_factory=dict)


class WatchedJournal:
    """Passes everything on; holds virtual time while the writer's thread works."""

    def __init__(
        self, inner: Journal, loop: VirtualLoop, committed: Committed, dies_at: Callable[[str, str], bool]
    ) -> None:
        self._inner = inner
        self._loop = loop
        self._committed = committed
        self._dies_at = dies_at
        self.is_dead = False

    async def record_intent(self, intent: Intent) -> None:
        """See ``Journal``."""
        await self._survive("before the intent", intent.client_order_id)
        await self._seen_through(lambda: self._inner.record_intent(intent))
        self._note(intent)
        await self._survive("after the intent", intent.client_order_id)

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """See ``Journal``."""
        await self._seen_through(lambda: self._inner.record_intents(intents))
        for intent in intents:
            self._note(intent)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """See ``Journal``."""
        await self._survive("before the outcome", client_order_id)
        await self._seen_through(lambda: self._inner.record_outcome(client_order_id, outcome, at_ms))

    async def record_order(self, order: Order, at_ms: int) -> None:
        """See ``Journal``."""
        await self._seen_through(lambda: self._inner.record_order(order, at_ms))

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """See ``Journal``."""
        await self._seen_through(lambda: self._inner.record_cancel(key, at_ms))

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """See ``Journal``."""
        await self._seen_through(lambda: self._inner.record_sign_off(client_order_id, at_ms))

    async def unresolved(self) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._seen_through(self._inner.unresolved)

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """See ``Journal``."""
        return await self._seen_through(self._inner.questionable)

    async def cancels_wanted(self) -> frozenset[str]:
        """See ``Journal``."""
        return await self._seen_through(self._inner.cancels_wanted)

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._seen_through(lambda: self._inner.unfinished(client_order_ids))

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """See ``Journal``."""
        return await self._seen_through(lambda: self._inner.sent_since(since_ms))

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``Journal``."""
        return await self._seen_through(lambda: self._inner.audit(key))

    async def _survive(self, point: str, key: str) -> None:
        """Come back, unless the program dies at this point: then nobody ever does."""
        if self._dies_at(point, key):
            await self._loop.create_future()

    def _note(self, intent: Intent) -> None:
        self._committed.intents[intent.client_order_id] = intent
        self._committed.at_s[intent.client_order_id] = self._loop.time()

    async def _seen_through(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Do it, and let no time pass before it is done, even where nobody waits for it any longer."""
        if self.is_dead:
            raise asyncio.CancelledError

        async def held() -> _T:
            with self._loop.thread_at_work():
                return await work()

        return await asyncio.shield(asyncio.ensure_future(held()))
