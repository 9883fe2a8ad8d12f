"""Opens the journal that a process is to use: the account's own, or one that refuses, with the reason."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, Order, OrderState, Outcome
from hbtui.storage.database import Database
from hbtui.storage.files import JournalDamaged, JournalHeld, set_aside
from hbtui.storage.journal import Journal

__all__ = ["DamagedJournal", "HaltedJournal", "HeldJournal", "open_journal", "remove_unheld", "set_aside"]


class HaltedJournal:
    """Stands in where no journal can be opened: nothing can be sent, and what is read or cancelled goes on.

    Every method raises ``JournalError`` with the reason.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        """Why, as a sentence."""

    async def record_intent(self, intent: Intent) -> None:
        """Refuse: what cannot be written down is not sent."""
        raise JournalError(self.reason)

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """Refuse."""
        raise JournalError(self.reason)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Refuse."""
        raise JournalError(self.reason)

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Refuse."""
        raise JournalError(self.reason)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Refuse; a cancel does not wait for it."""
        raise JournalError(self.reason)

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """Refuse."""
        raise JournalError(self.reason)

    async def unresolved(self) -> tuple[Intent, ...]:
        """Refuse: what an earlier run left open is not known."""
        raise JournalError(self.reason)

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """Refuse, as above."""
        raise JournalError(self.reason)

    async def cancels_wanted(self) -> frozenset[str]:
        """Refuse, as above."""
        raise JournalError(self.reason)

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """Refuse, as above."""
        raise JournalError(self.reason)

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """Refuse, as above."""
        raise JournalError(self.reason)

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Refuse, as above."""
        raise JournalError(self.reason)


class HeldJournal(HaltedJournal):
    """Another process works with the account's journal: this one only reads and cancels."""


class DamagedJournal(HaltedJournal):
    """What lies in its place is no whole journal: a person may look at it, and have it set aside."""


@asynccontextmanager
async def open_journal(path: Path, *, former: Sequence[Path] = ()) -> AsyncIterator[Journal | HaltedJournal]:
    """Open ``path``; where that cannot be, yield a halted journal that says why: held, damaged, newer or unwritable.

    Journals that other processes left beside it are taken over, and so is the account's own under a ``former`` name,
    so that no intent is ever forgotten; where that one is held or damaged, so is the account.
    """
    async with AsyncExitStack() as stack:
        yield await _opened(stack, path, former)


async def _opened(stack: AsyncExitStack, path: Path, former: Sequence[Path]) -> Journal | HaltedJournal:
    now_ms = time.time_ns() // 1_000_000
    beside = [found for one in (*former, path) for found in sorted(one.parent.glob(f"{one.stem}.beside-*.sqlite"))]
    there = [one for one in former if one.exists()]
    try:
        return await stack.enter_async_context(Journal.open(path, now_ms, former=there, left_behind=beside))
    except JournalHeld as error:
        return HeldJournal(str(error))
    except JournalDamaged as error:
        return DamagedJournal(str(error))
    except JournalError as error:
        return HaltedJournal(str(error))


async def remove_unheld(path: Path) -> None:
    """Delete a journal that nobody needs any more, unless a process works with it."""
    database = Database(path)
    try:
        with suppress(JournalError):
            await database.open()
            await database.remove()
    finally:
        await database.close()
