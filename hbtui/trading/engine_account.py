"""The engine's account side: balances and orders as the venue tells them, re-read whenever the stream was away."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hbtui.model.account import Mode
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.events import (
    AccountEvent,
    BalanceChanged,
    Link,
    LinkChanged,
    LinkState,
    OrderFilled,
    OrderUpdated,
)
from hbtui.model.numbers import plain
from hbtui.model.order import Order, OrderState
from hbtui.trading.approved import Approved
from hbtui.trading.board import Board
from hbtui.trading.cancelling import CancelReport
from hbtui.trading.changes import Part
from hbtui.trading.desk import Desk, NotSettled
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.holdings import Holdings
from hbtui.trading.orders_view import listed
from hbtui.trading.outage import Outage
from hbtui.trading.ports import Clock
from hbtui.trading.recall import Recall
from hbtui.trading.recording import Recording
from hbtui.trading.resync import Resync
from hbtui.trading.retry import until_answered
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.valuation import valued
from hbtui.trading.views import OpenSession, Severity, View

__all__ = ["AccountSide"]

_POLL_S = 5.0
_REREAD_S = 15.0
"""A live stream may have lost an event: what the venue knows is shown half a minute later at the latest."""
_LONGEST_PAUSE_S = 4.0
_FILLS_AFTER_S = 5.0
_KEPT = 2000
_DAY_MS = 24 * 3600 * 1000
_OPENING = "the journal is being opened"
_ENDS_OF_DOUBT = {
    OrderState.NOT_PLACED: "it was never placed, and no longer can be",
    OrderState.NOT_SENT: "it did not leave this computer",
    OrderState.REFUSED: "the exchange refused it",
    OrderState.UNPROVEN: "the exchange's records no longer tell; no economic effect was found",
}


class AccountSide:
    """Orders, fills and balances of the accounts in use; one loop's own.

    ``price_of`` values the balances; ``blocked`` says why no order can be sent now.
    """

    def __init__(
        self,
        *,
        session: OpenSession,
        mode: Mode,
        clock: Clock,
        board: Board,
        tasks: Supervisor,
        guard: Guard,
        price_of: Callable[[str], Decimal | None],
        blocked: Callable[[], str],
    ) -> None:
        self._session = session
        self._exchange = session.exchange
        self._journal = session.journal
        self._clock = clock
        self._board = board
        self._tasks = tasks
        self._guard = guard
        self._price_of = price_of
        self._blocked = blocked
        self._holdings = Holdings(session.exchange)
        self._tracker = OrderTracker()
        self._resync = Resync(session.exchange, self._tracker, clock)
        self._recall = Recall(session.journal, self._tracker, self.changed)
        self.desk = self._desk(mode)
        self._wanted = asyncio.Event()
        self._recording = Recording(session.journal, clock, self.journal_broken)
        self._stream = Outage(self._tracker, clock)
        self.account_id: int | None = None
        self.is_synced = False
        self.journal_problem = _OPENING
        self.problem = ""
        """Why orders and balances cannot be read, or empty."""
        self._alarmed: set[str] = set()
        self._refusals_told: dict[int, str] = {}
        self._takers: dict[type, Callable[[Any], None]] = {
            OrderUpdated: lambda event: self.desk.learned(self._tracker.merge_report(event.report)),
            OrderFilled: lambda event: self.desk.learned(self._tracker.merge_fill(event.fill)),
            BalanceChanged: self._take_balance,
            LinkChanged: self._take_link,
        }
        board.paint(Part.ORDERS, self._draw_orders)
        board.paint(Part.BALANCES, self._draw_balances)

    def _desk(self, mode: Mode) -> Desk:
        return Desk(
            exchange=self._exchange,
            journal=self._journal,
            clock=self._clock,
            mode=mode,
            tracker=self._tracker,
            halted=lambda: self._guard.is_halted,
            on_alarm=self._stop,
            on_change=self.changed,
            on_journal_broken=self.journal_broken,
            link_up_since_s=lambda: self._stream.live_since_s,
        )

    async def begin(self, account_ids: Sequence[int]) -> None:
        """Take up the accounts, the spot account first: unresolved intents, then all that the venue knows."""
        self.account_id = account_ids[0]
        self._holdings.use(account_ids)
        self._tasks.keep("sync", self._keep_synced, self._clock.sleep)
        self._tasks.keep("poll", self._poll, self._clock.sleep)
        self._wanted.set()
        await self._session.open_journal(account_ids[0])
        self._tasks.keep("write", self._recording.run, self._clock.sleep)
        try:
            for intent in await self.desk.recover():
                self.follow(intent.client_order_id)
            earlier = await self._journal.sent_since(self._clock.now_ms() - _DAY_MS)
            await self._recall.run()  # what was read before the journal was there
        except JournalError as error:
            self.journal_problem = f"orders cannot be written down, so none is sent: {error}"
            self._board.tell(Severity.WARNING, "This hbtui only reads and cancels", str(error))
        else:
            self._guard.restore(Sent(intent.request, intent.created_ms, intent.value) for intent in earlier)
            self.journal_problem = ""
        self._board.mark(Part.STATUS)

    def follow(self, client_order_id: str) -> None:
        """Stay with a sent order to its end, once at a time."""
        self._tasks.once(f"follow-{client_order_id}", lambda: self._follow(client_order_id))

    def doubt(self) -> None:
        """Take nothing for true until it was read again."""
        self._wanted.set()
        self._away()

    def receive(self, event: AccountEvent) -> None:
        """Take one event of the private stream."""
        if (take := self._takers.get(type(event))) is not None:
            take(event)

    def changed(self, key: str) -> None:
        """Hear that an order changed: it is drawn anew, an own one is written down, missing trades are asked for."""
        self._board.mark(Part.ORDERS)
        order = self._tracker.find(key)
        if order is None:
            return
        if self._tracker.intent_of(key) is not None:
            self._recording.note(order)
        self.desk.noticed(key)
        if order.order_id and self._tracker.lacks_fills(key):
            self._tasks.once(f"fills-{key}", lambda: self._complete_fills(key))
        if order.state is OrderState.CONFLICT and key not in self._alarmed:
            self._alarmed.add(key)
            self._board.tell(Severity.ERROR, "Two truths about one order", f"{_named(order)}: {order.cause}.")
            self._tasks.once(f"reread-{key}", lambda: self.desk.reread(key))

    async def send(self, approved: Approved) -> None:
        """Send one order that has passed the gate, and stay with it to its end; what happens shows in its row.

        The gate looked at it on another thread: here, right before it is written down, it must still be so.
        """
        if against := approved.too_old(self._clock) or self._blocked():
            self._board.tell(Severity.ERROR, "The order was not sent", f"It was not written down either: {against}.")
            return
        key = approved.client_order_id
        try:
            order = await self.desk.send(
                key, approved.request, approved.confirmation, gate=approved.gate, value=approved.value
            )
        except JournalError as error:
            self._board.tell(Severity.ERROR, "The order was not sent", str(error))
            return
        finally:
            self.follow(key)  # whatever broke: an order that may have left is looked for
        if order.state in {OrderState.REFUSED, OrderState.NOT_SENT}:
            title = "The order was refused" if order.state is OrderState.REFUSED else "The order was not sent"
            self._board.tell(Severity.ERROR, title, order.cause)

    async def cancel(self, key: str) -> None:
        """Cancel one order."""
        outcome = await self.desk.cancel(key)
        if outcome.text and not ((order := self._tracker.find(key)) and order.is_final):
            self._board.tell(Severity.WARNING, "The cancel was not taken", outcome.text)

    async def cancel_all(self, symbol: str | None) -> None:
        """Cancel all open orders, and say how it ended."""
        if self.account_id is None:
            self._board.tell(Severity.WARNING, "Nothing was cancelled", "The account is not known yet.")
            return
        report = await self.desk.cancel_all(self._holdings.account_ids, symbol)
        self._board.tell(*_told_of(report))

    async def sign_off(self, key: str) -> None:
        """Settle an order, because a person knows what became of it."""
        try:
            await self.desk.sign_off(key)
        except (NotSettled, JournalError) as error:
            self._board.tell(Severity.ERROR, "The order was not signed off", str(error))

    async def close(self) -> None:
        """Stop listening for late answers, and write down what is left; the next start takes up what is uncertain."""
        await self.desk.close()
        await self._recording.write_down()

    def journal_broken(self, text: str) -> None:
        """Stop trading for good: what cannot be written down must not be sent. One that is not open yet is awaited."""
        if not self.journal_problem:
            self.journal_problem = f"the journal is broken: {text}"
            self._board.mark(Part.STATUS)
            self._board.tell(Severity.ERROR, "The journal cannot be written", text)

    def _stop(self, why: str) -> None:
        """Let no order follow one whose answer was an alarm, until a person has looked and resumes."""
        self._guard.halt(why)
        self._board.tell(Severity.ERROR, "Trading is stopped", f"{why} Cancels go out; H resumes.")
        self._board.mark(Part.STATUS)

    def _take_balance(self, event: BalanceChanged) -> None:
        if self._holdings.apply(event.change):
            self._board.mark(Part.BALANCES)

    def _take_link(self, event: LinkChanged) -> None:
        if event.link is not Link.ACCOUNT:
            return
        if event.state is not LinkState.LIVE:
            self._away()
        elif self._stream.note(is_live=True):
            self._holdings.forget_sequences()
            self._wanted.set()
            self._board.mark(Part.ORDERS, Part.BALANCES)

    def _away(self) -> None:
        if self._stream.note(is_live=False):
            self.is_synced = False
            self._board.mark(Part.ORDERS, Part.BALANCES)

    async def _keep_synced(self) -> None:
        """Re-read everything whenever it is wanted, until it is answered."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            was_live = self._stream.is_live
            try:
                await until_answered(self._read_all, self._clock, self._trouble, longest_s=_LONGEST_PAUSE_S)
            except ExchangeError as error:
                self._trouble(error, 0)
                self.is_synced = False  # what cannot be read is not known to be so
                self._board.mark(Part.ORDERS, Part.BALANCES)
                continue
            self.problem = ""
            if not self.is_synced:
                self.desk.look_ups.wake()  # back again: what is in doubt is looked for at once
            self.is_synced = was_live and self._stream.is_live
            self._board.mark(Part.ORDERS, Part.BALANCES)
            if self.is_synced and (told := self._stream.end()):
                self._board.tell(Severity.INFO, "Account stream", told)
            self._tracker.forget_finished(_KEPT)

    def _trouble(self, error: ExchangeError, pause_s: float) -> None:
        self.problem = str(error)
        again = f" Next try in {pause_s:.0f} s." if pause_s else ""
        self._board.tell(Severity.WARNING, "Orders and balances cannot be read", f"{error}{again}")

    async def _read_all(self) -> None:
        await self._holdings.read()
        self._board.mark(Part.BALANCES)
        await self._resync.run(self._holdings.account_ids, self.desk.learned)
        await self._recall.run()
        for account_id, text in {**self._holdings.refusals, **self._resync.refusals}.items():
            if self._refusals_told.get(account_id) != text:
                self._refusals_told[account_id] = text
                self._board.tell(Severity.WARNING, f"The account {account_id} cannot be read", text)

    async def _poll(self) -> None:
        """Ask by REST: often while the stream is away, now and then while it is there (transfers are not pushed)."""
        last_s = self._clock.monotonic_s()
        while True:
            await self._clock.sleep(_POLL_S)
            now_s = self._clock.monotonic_s()
            if self._stream.is_silent or now_s - last_s > _REREAD_S:
                last_s = now_s
                self._wanted.set()

    async def _complete_fills(self, key: str) -> None:
        """Give the stream time to tell the trades and their fees, then ask for what it left out."""
        await self._clock.sleep(_FILLS_AFTER_S)
        order = self._tracker.find(key)
        if order is None or not order.order_id or not self._tracker.lacks_fills(key):
            return
        try:
            fills = await until_answered(lambda: self._exchange.fills_of(order.order_id or ""), self._clock)
        except ExchangeError:
            return  # the venue keeps no trades of it (any longer): its own sums stand
        for fill in fills:
            self.desk.learned(self._tracker.merge_fill(fill))

    async def _follow(self, client_order_id: str) -> None:
        """Stay with an order, and tell how a doubt ended."""
        order = self._tracker.find(client_order_id)
        was_doubtful = order is not None and order.state is OrderState.UNCERTAIN
        await self.desk.follow(client_order_id)
        order = self._tracker.find(client_order_id)
        if not was_doubtful or order is None or order.state is OrderState.CONFLICT:
            return
        ended = _ENDS_OF_DOUBT.get(order.state, f"it exists, and is {order.state.value}")
        self._board.tell(Severity.INFO, "An uncertain order is known", f"{_named(order)}: {ended}.")

    def _draw_orders(self, view: View) -> View:
        is_known = self._resync.is_done
        drawn = listed(self._tracker, is_known=is_known, is_stale=is_known and not self.is_synced)
        return view if drawn == view.orders else replace(view, orders=drawn)

    def _draw_balances(self, view: View) -> View:
        balances, others = self._holdings.spot, self._holdings.others
        drawn = valued(balances, self._price_of, is_stale=balances is not None and not self.is_synced)
        if (drawn, others) == (view.balances, view.holdings):
            return view
        return replace(view, balances=drawn, holdings=others if others != view.holdings else view.holdings)


def _told_of(report: CancelReport) -> tuple[Severity, str, str]:
    """How cancelling everything ended, as a notice."""
    if report.problem:
        return Severity.ERROR, "Cancel all: the open orders are not known", report.problem
    if report.remaining:
        return Severity.ERROR, "Cancel all", f"{report.remaining} orders are still open."
    return Severity.INFO, "Cancel all", f"{report.asked} asked to go, none is open now."


def _named(order: Order) -> str:
    """Call an order by what a person knows it by."""
    amount = plain(order.amount) if order.amount is not None else "?"
    price = f" @ {plain(order.price)}" if order.price is not None else ""
    return f"{order.side.value} {amount} {order.symbol}{price}"
