"""Opens the journal that a process is to use: the account's own, one beside it, or none that can be written."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, Order, Outcome
from hbtui.storage.database import Database, JournalHeld
from hbtui.storage.journal import Journal
from hbtui.storage.schema import migrate

__all__ = ["HaltedJournal", "open_journal", "remove_unheld"]

_ATTEMPTS = 5


class HaltedJournal:
    """Stands in where no journal can be opened: nothing can be sent, and what is read or cancelled goes on.

    Every method raises ``JournalError`` with the reason.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def record_intent(self, intent: Intent) -> None:
        """Refuse: what cannot be written down is not sent."""
        raise JournalError(self._reason)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Refuse."""
        raise JournalError(self._reason)

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Refuse."""
        raise JournalError(self._reason)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Refuse; a cancel does not wait for it."""
        raise JournalError(self._reason)

    async def unresolved(self) -> tuple[Intent, ...]:
        """Refuse: what an earlier run left open is not known."""
        raise JournalError(self._reason)


@asynccontextmanager
async def open_journal(path: Path) -> AsyncIterator[Journal | HaltedJournal]:
    """Open ``path``; where another process holds it, a journal beside it; where neither can be, a halted one.

    Whoever opens takes over the journals beside whose processes are gone, so that no intent is ever forgotten.
    """
    async with AsyncExitStack() as stack:
        yield await _opened(stack, path)


async def _opened(stack: AsyncExitStack, path: Path) -> Journal | HaltedJournal:
    own, problem = path, ""
    for attempt in range(_ATTEMPTS):
        now_ms = time.time_ns() // 1_000_000
        left_behind = sorted(one for one in path.parent.glob(f"{path.stem}.beside-*.sqlite") if one != own)
        try:
            return await stack.enter_async_context(Journal.open(own, now_ms, left_behind=left_behind))
        except JournalError as error:
            problem = str(error)
            # a new one beside may be taken for one left behind, by a process that starts now: then another is made
            if own == path and not isinstance(error, JournalHeld):
                break
            own = path.with_name(f"{path.stem}.beside-{os.getpid()}-{now_ms}-{attempt}.sqlite")
    return HaltedJournal(problem)


async def remove_unheld(path: Path) -> None:
    """Delete a journal that nobody needs any more, unless a process works with it."""
    database = Database(path)
    try:
        with suppress(JournalError):
            await database.open(migrate)
            await database.remove()
    finally:
        await database.close()
