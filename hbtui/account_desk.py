"""The desk of an account as commands and programs use it: this process's own, or that of whoever holds the account."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from hbtui.model.account import KeyInfo
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.order import Confirmation, Intent, Order, OrderRequest
from hbtui.runtime import Session
from hbtui.trading.desk import CancelReport, Desk
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.shared_desk import SharedDesk

if TYPE_CHECKING:
    from hbtui.local.ports import CancelEnd, Judged, OrderDesk, Planned

__all__ = ["AccountDesk"]

_DAY_MS = 24 * 3600 * 1000
_MOMENT_MS = 15_000
_ATTEMPTS = 3
_T = TypeVar("_T")


class AccountDesk:
    """Implements ``OrderDesk``. Where the holder ends before it is asked, its place is taken, and nothing is lost."""

    def __init__(self, session: Session, note: Callable[[str], None]) -> None:
        self._session = session
        self._note = note
        self._desks: list[OrderDesk] = []
        """Every desk that was used; the last one is in use."""
        self._opening = asyncio.Lock()
        self._own: Desk | None = None
        self._account_id = 0
        self._key: KeyInfo | None = None
        self._changed: set[str] = set()
        self._follows: dict[str, asyncio.Task[None]] = {}

    @property
    def is_open(self) -> bool:
        """Whether there is a desk to ask."""
        return bool(self._desks)

    async def open(self, account_id: int, key: KeyInfo | None = None) -> None:
        """Take the account's journal, or find who has it, once; ``account_id`` is the spot account's."""
        async with self._opening:
            if not self._desks:
                self._account_id, self._key = account_id, key
                await self._take()

    async def close(self) -> None:
        """Answer what other processes asked, then leave the desk."""
        taken = self._session.taken
        if taken is not None and taken.server is not None:
            await taken.server.close()
        for task in self._follows.values():
            task.cancel()
        await asyncio.gather(*self._follows.values(), return_exceptions=True)
        if self._own is not None:
            await self._own.close()
            await self.write_down()

    async def judge(self, requests: Sequence[OrderRequest]) -> "tuple[Judged, ...]":
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.judge(requests), changes=False)

    async def place(self, planned: "Sequence[Planned]", confirmation: Confirmation) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.place(planned, confirmation))

    def handed_over(self, client_order_id: str) -> Order | None:
        """See ``OrderDesk``."""
        told = (desk.handed_over(client_order_id) for desk in self._desks)
        return next((order for order in told if order is not None), None)

    async def cancel(self, keys: Sequence[str]) -> "tuple[CancelEnd, ...]":
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.cancel(keys))

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None) -> CancelReport:
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.cancel_all(account_ids, symbol))

    async def orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.orders(account_ids, symbol), changes=False)

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``OrderDesk``."""
        return await self._ask(lambda desk: desk.audit(key), changes=False)

    async def write_down(self) -> None:
        """Keep what was learned of own orders, so that the next command need not ask again.

        A journal that fails now changes nothing of what is true of the orders: it is a note.
        """
        while self._changed and self._own is not None:
            order = self._own.tracker.find(self._changed.pop())
            if order is None or self._own.tracker.intent_of(order.key) is None:
                continue
            try:
                await self._session.journal.record_order(order, self._session.clock.now_ms())
            except JournalError as error:
                self._note(str(error))
                return

    async def _ask(self, question: "Callable[[OrderDesk], Awaitable[_T]]", *, changes: bool = True) -> _T:
        """Ask the desk in use; where its process had ended, nothing was asked, and the next one is.

        What changes nothing is asked again also where the process ended before it answered.
        """
        from hbtui.local.client import AnswerLost, Unreachable

        for _ in range(_ATTEMPTS - 1):
            try:
                return await question(self._desks[-1])
            except Unreachable:
                await self._take()
            except AnswerLost:
                if changes:
                    raise
                await self._take()
        return await question(self._desks[-1])

    async def _take(self) -> None:
        """Become the holder, or the guest of whoever is.

        A program is no guest, and nobody is that of a holder who does not answer: then reading and cancelling goes on.
        """
        from hbtui.local.client import LentDesk

        await self._session.open_journal(self._account_id)
        taken = self._session.taken
        if taken is not None and taken.holder is not None and self._session.what == "command":
            self._desks.append(LentDesk(taken.sockets))
            return
        shared = await self._opened()
        own = self._session.own_desk(shared, key=self._key, write_down=self.write_down)
        self._desks.append(own)
        self._session.lend(own)

    async def _opened(self) -> SharedDesk:
        """Set up a desk that knows what earlier runs sent, and what is still in doubt of it."""
        session, guard, problem = self._session, Guard(self._session.caps), ""

        def stop(why: str) -> None:
            """Let no order follow one whose answer was an alarm, as long as this process lasts."""
            guard.halt(why)
            self._note(f"Trading is stopped: {why}")

        self._own = desk = Desk(
            exchange=session.exchange,
            journal=session.journal,
            clock=session.clock,
            mode=session.venue.mode,
            halted=lambda: guard.is_halted,
            on_change=self._changed.add,
            on_journal_broken=self._note,
            on_alarm=stop,
            link_up_since_s=lambda: None,  # there is no stream here, so absence cannot be proven
        )
        try:
            await desk.recover()
            earlier = await session.journal.sent_since(session.clock.now_ms() - _DAY_MS)
            guard.restore(Sent(intent.request, intent.created_ms, intent.value) for intent in earlier)
            await self._see(desk, earlier)
        except JournalError as error:
            self._note(f"No order can be sent: {error}")
            # a journal that cannot be opened refuses intents itself; one that would take them is not to be believed
            problem = "" if self._is_refusing else f"what earlier commands sent cannot be read: {error}"
        return SharedDesk(
            desk=desk, guard=guard, account_id=self._account_id, blocked=lambda: problem, follow=self._follow
        )

    @property
    def _is_refusing(self) -> bool:
        """Whether the journal takes no intent, and says why in its own words."""
        from hbtui.storage.opening import HaltedJournal

        return self._session.taken is not None and isinstance(self._session.taken.journal, HaltedJournal)

    async def _see(self, desk: Desk, earlier: Sequence[Intent]) -> None:
        """Look at what a command sent a moment ago: what is not seen counts as still on its way."""
        exchange, since_ms = self._session.exchange, self._session.clock.now_ms() - _MOMENT_MS
        for intent in earlier:
            if intent.created_ms < since_ms or desk.tracker.find(intent.client_order_id) is not None:
                continue
            with contextlib.suppress(ExchangeError):
                if report := await exchange.order_by_client_id(intent.client_order_id):
                    desk.tracker.add_intent(intent)
                    desk.tracker.merge_report(report)

    def _follow(self, client_order_id: str) -> None:
        """Look for an order in doubt for as long as this process lasts."""
        desk, running = self._own, self._follows.get(client_order_id)
        if desk is not None and (running is None or running.done()):
            self._follows[client_order_id] = asyncio.create_task(desk.follow(client_order_id))
