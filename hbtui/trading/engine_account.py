"""The engine's account side: balances and orders as the venue tells them, re-read whenever the stream was away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
from hbtui.model.order import Order, OrderRequest, OrderState
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.desk import Desk
from hbtui.trading.ports import Clock
from hbtui.trading.resync import Resync
from hbtui.trading.retry import until_answered
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.valuation import valued
from hbtui.trading.views import OpenSession, OrdersView, Severity, View
from hbtui.trading.wallet import Wallet

__all__ = ["AccountSide"]

_SILENCE_S = 25.0
_POLL_S = 5.0
_REREAD_S = 60.0
_FILLS_AFTER_S = 5.0
_SHOWN = 500
_KEPT = 2000
_ENDS_OF_DOUBT = {
    OrderState.NOT_PLACED: "it was never placed, and no longer can be",
    OrderState.REFUSED: "the exchange refused it",
    OrderState.UNPROVEN: "the exchange's records no longer tell; no economic effect was found",
}
_DOUBTFUL = frozenset({OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


@dataclass(slots=True)
class _Stream:
    """The private stream's ups and downs, seconds on the monotonic clock."""

    down_since_s: float | None
    live_since_s: float | None = None
    was_live: bool = False
    before: dict[str, tuple[OrderState, Decimal]] = field(default_factory=dict)
    """How far each order was when the stream was lost."""

    @property
    def is_live(self) -> bool:
        """Whether it is up now."""
        return self.live_since_s is not None


class AccountSide:
    """Orders, fills and balances of the account in use; one loop's own. ``price_of`` values the balances."""

    def __init__(
        self,
        *,
        session: OpenSession,
        mode: Mode,
        clock: Clock,
        board: Board,
        tasks: Supervisor,
        price_of: Callable[[str], Decimal | None],
    ) -> None:
        self._session = session
        self._exchange = session.exchange
        self._journal = session.journal
        self._clock = clock
        self._board = board
        self._tasks = tasks
        self._price_of = price_of
        self._wallet = Wallet()
        self._tracker = OrderTracker()
        self._resync = Resync(session.exchange, self._tracker, clock)
        self.desk = Desk(
            exchange=session.exchange,
            journal=session.journal,
            clock=clock,
            mode=mode,
            tracker=self._tracker,
            on_change=self.changed,
            on_journal_broken=self.journal_broken,
            link_up_since_s=lambda: self._stream.live_since_s,
        )
        self._wanted = asyncio.Event()
        self._unwritten: dict[str, Order] = {}
        self._has_unwritten = asyncio.Event()
        self.account_id: int | None = None
        self.is_synced = False
        self.journal_problem = ""
        self.problem = ""
        """Why orders and balances cannot be read, or empty."""
        self._alarmed: set[str] = set()
        self._stream = _Stream(down_since_s=clock.monotonic_s())
        self._takers: dict[type, Callable[[Any], None]] = {
            OrderUpdated: lambda event: self._noted(self._tracker.merge_report(event.report)),
            OrderFilled: lambda event: self._noted(self._tracker.merge_fill(event.fill)),
            BalanceChanged: self._take_balance,
            LinkChanged: self._take_link,
        }
        board.paint(Part.ORDERS, self._draw_orders)
        board.paint(Part.BALANCES, self._draw_balances)

    async def begin(self, account_id: int) -> None:
        """Take up the account: unresolved intents first, then all that the venue knows, and stay in step with it."""
        self.account_id = account_id
        await self._session.open_journal(account_id)
        try:
            for intent in await self.desk.recover():
                self._tasks.spawn("follow", self._follow, intent.client_order_id)
        except JournalError as error:
            self.journal_broken(str(error))
        self._tasks.spawn("write", self._write)
        self._tasks.spawn("sync", self._keep_synced)
        self._tasks.spawn("poll", self._poll)
        self._wanted.set()

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
            self._unwritten[key] = order
            self._has_unwritten.set()
        if order.order_id and self._tracker.lacks_fills(key):
            self._tasks.once(f"fills-{key}", lambda: self._complete_fills(key))
        if order.state is OrderState.CONFLICT and key not in self._alarmed:
            self._alarmed.add(key)
            self._board.tell(Severity.ERROR, "Two truths about one order", f"{_named(order)}: {order.cause}.")
            self._tasks.once(f"reread-{key}", lambda: self.desk.reread(key))

    async def send(self, client_order_id: str, request: OrderRequest) -> None:
        """Send one order that has passed the gate, and stay with it to its end; what happens shows in its row."""
        try:
            order = await self.desk.send(client_order_id, request)
        except JournalError as error:
            self._board.tell(Severity.ERROR, "The order was not sent", str(error))
            return
        if order.state in {OrderState.REFUSED, OrderState.NOT_SENT}:
            title = "The order was refused" if order.state is OrderState.REFUSED else "The order was not sent"
            self._board.tell(Severity.ERROR, title, order.cause)
        self._tasks.spawn("follow", self._follow, client_order_id)

    async def cancel(self, key: str) -> None:
        """Cancel one order."""
        outcome = await self.desk.cancel(key)
        order = self._tracker.find(key)
        if outcome.text and (order is None or not order.is_final):
            self._board.tell(Severity.WARNING, "The cancel was not taken", outcome.text)

    async def cancel_all(self, symbol: str | None) -> None:
        """Cancel all open orders, and say how it ended."""
        if self.account_id is None:
            self._board.tell(Severity.WARNING, "Nothing was cancelled", "The account is not known yet.")
            return
        report = await self.desk.cancel_all(self.account_id, symbol)
        if report.problem:
            self._board.tell(Severity.ERROR, "Cancel all: the open orders are not known", report.problem)
        elif report.remaining:
            self._board.tell(Severity.ERROR, "Cancel all", f"{report.remaining} orders are still open.")
        else:
            self._board.tell(Severity.INFO, "Cancel all", f"{report.asked} asked to go, none is open now.")

    async def write_down(self) -> None:
        """Write what changed of own orders since the last time."""
        while self._unwritten:
            key = next(iter(self._unwritten))
            order = self._unwritten.pop(key)
            try:
                await self._journal.record_order(order, self._clock.now_ms())
            except JournalError as error:
                self.journal_broken(str(error))
                return

    def journal_broken(self, text: str) -> None:
        """Stop trading for good: what cannot be written down must not be sent."""
        if not self.journal_problem:
            self.journal_problem = text
            self._board.tell(Severity.ERROR, "The journal cannot be written", text)

    def _noted(self, key: str | None) -> None:
        if key is not None:
            self.changed(key)

    def _take_balance(self, event: BalanceChanged) -> None:
        if event.change.account_id == self.account_id and self._wallet.apply(event.change):
            self._board.mark(Part.BALANCES)

    def _take_link(self, event: LinkChanged) -> None:
        is_live = event.state is LinkState.LIVE
        if event.link is not Link.ACCOUNT or is_live == self._stream.is_live:
            return
        now_s = self._clock.monotonic_s()
        self._stream.live_since_s = now_s if is_live else None
        if is_live:
            self._wallet.forget_sequences()
            self._wanted.set()
        else:
            self.is_synced = False
            self._stream.down_since_s = now_s
            self._stream.before = self._standing()
        self._board.mark(Part.ORDERS, Part.BALANCES)

    async def _keep_synced(self) -> None:
        """Re-read everything whenever it is wanted, until it is answered."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            was_live = self._stream.is_live
            try:
                await until_answered(self._read_all, self._clock, self._trouble)
            except ExchangeError as error:
                self._trouble(error, 0)
                self.is_synced = False  # what cannot be read is not known to be so
                self._board.mark(Part.ORDERS, Part.BALANCES)
                continue
            self.problem = ""
            self.desk.look_ups.wake()
            self.is_synced = was_live and self._stream.is_live
            self._board.mark(Part.ORDERS, Part.BALANCES)
            self._say_back()
            self._tracker.forget_finished(_KEPT)

    def _trouble(self, error: ExchangeError, pause_s: float) -> None:
        self.problem = str(error)
        again = f" Next try in {pause_s:.0f} s." if pause_s else ""
        self._board.tell(Severity.WARNING, "Orders and balances cannot be read", f"{error}{again}")

    def _say_back(self) -> None:
        stream = self._stream
        if not self.is_synced or stream.down_since_s is None:
            return
        away_s = self._clock.monotonic_s() - stream.down_since_s
        if stream.was_live:
            count = len(self._standing().items() - stream.before.items())
            orders = f"{count} order{'' if count == 1 else 's'} updated"
            self._board.tell(Severity.INFO, "Account stream", f"back after {away_s:.0f} s, {orders}")
        stream.down_since_s, stream.was_live = None, True

    def _standing(self) -> dict[str, tuple[OrderState, Decimal]]:
        """How far each order is, in what a person would call news."""
        return {order.key: (order.state, order.filled_base) for order in self._tracker}

    async def _read_all(self) -> None:
        if self.account_id is None:
            return
        await self._read_balances(self.account_id)
        await self._resync.run(self.account_id, self._noted)

    async def _read_balances(self, account_id: int) -> None:
        self._wallet.begin_snapshot()
        self._wallet.end_snapshot(await self._exchange.balances(account_id))
        self._board.mark(Part.BALANCES)

    async def _poll(self) -> None:
        """Ask by REST: often while the stream is away, now and then while it is there (transfers are not pushed)."""
        last_s = self._clock.monotonic_s()
        while True:
            await self._clock.sleep(_POLL_S)
            now_s = self._clock.monotonic_s()
            down_s = self._stream.down_since_s
            is_silent = not self._stream.is_live and down_s is not None and now_s - down_s > _SILENCE_S
            if is_silent or now_s - last_s > _REREAD_S:
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
            self._noted(self._tracker.merge_fill(fill))

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

    async def _write(self) -> None:
        while True:
            await self._has_unwritten.wait()
            self._has_unwritten.clear()
            await self.write_down()

    def _draw_orders(self, view: View) -> View:
        orders = sorted(self._tracker, key=lambda order: (order.created_ms, order.key), reverse=True)
        uncertain = tuple(order for order in orders if order.state in _DOUBTFUL)
        sending = (order for order in orders if order.state is OrderState.SENDING)
        fills = sorted((fill for order in orders for fill in order.fills), key=lambda fill: fill.ts_ms, reverse=True)
        finished = sorted((one for one in orders if one.is_final), key=lambda one: one.updated_ms, reverse=True)
        drawn = OrdersView(
            uncertain=uncertain,
            open=(*sending, *(order for order in orders if order.is_open)),
            history=tuple(finished[:_SHOWN]),
            fills=tuple(fills[:_SHOWN]),
            is_known=self._resync.is_done,
            is_stale=self._resync.is_done and not self.is_synced,
        )
        return view if drawn == view.orders else replace(view, orders=drawn)

    def _draw_balances(self, view: View) -> View:
        balances = self._wallet.balances
        drawn = valued(balances, self._price_of, is_stale=balances is not None and not self.is_synced)
        return view if drawn == view.balances else replace(view, balances=drawn)


def _named(order: Order) -> str:
    """Call an order by what a person knows it by."""
    amount = plain(order.amount) if order.amount is not None else "?"
    price = f" @ {plain(order.price)}" if order.price is not None else ""
    return f"{order.side.value} {amount} {order.symbol}{price}"
