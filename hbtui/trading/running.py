"""Everything that lives while a session is open: both sides, the links, the start-up and the upkeep."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from hbtui.model.account import SOURCES, Account, KeyInfo, Mode
from hbtui.model.candle import Period
from hbtui.trading.approved import Approved
from hbtui.trading.archive_side import ArchiveSide
from hbtui.trading.audit import AuditReading
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.engine_account import AccountSide
from hbtui.trading.engine_market import MarketSide
from hbtui.trading.guard import Guard
from hbtui.trading.key_rules import refusal_of, warning_of
from hbtui.trading.links import Links
from hbtui.trading.obstacles import obstacles
from hbtui.trading.ports import Clock
from hbtui.trading.pulse import Pulse
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.switch import DeadMansSwitch
from hbtui.trading.venue_facts import VenueFacts
from hbtui.trading.views import OpenSession, Severity, View
from hbtui.trading.waits import Waits

__all__ = ["RunningEngine"]

_CANCEL_GRACE_S = 1.0  # a cancel pressed just before quitting is still to go out
_HALTED = "new orders are stopped, cancels go out"
_DISARM_S = 1.5
_log = logging.getLogger("hbtui.engine")


class RunningEngine:
    """Joins the sides on one loop; ``on_failed`` hears that it cannot go on."""

    def __init__(
        self,
        session: OpenSession,
        *,
        mode: Mode,
        watchlist: Sequence[str],
        board: Board,
        tasks: Supervisor,
        clock: Clock,
        guard: Guard,
        on_failed: Callable[[], None],
    ) -> None:
        self._session = session
        self._exchange = session.exchange
        self._mode = mode
        self._board = board
        self._tasks = tasks
        self._clock = clock
        self._guard = guard
        self._on_failed = on_failed
        self._venue = session.venue
        self._accounts: tuple[Account, ...] = ()
        self._waits = Waits(clock, lambda: board.mark(Part.STATUS))
        self._jump = ""
        self._failure = ""
        self._audit = AuditReading(session.journal, lambda: board.mark(Part.AUDIT))
        self._switch = DeadMansSwitch(session.exchange, clock, lambda: board.mark(Part.SWITCH))
        self.market = MarketSide(
            exchange=session.exchange,
            clock=clock,
            board=board,
            tasks=tasks,
            watchlist=watchlist,
            symbol=board.view.symbol,
            period=board.view.candles.period,
        )
        self.account = AccountSide(
            session=session,
            mode=mode,
            clock=clock,
            board=board,
            tasks=tasks,
            guard=guard,
            price_of=self._price_of,
            blocked=self.blocked,
        )
        self._join()

    def _join(self) -> None:
        """Put the feeds, the venue's own facts and the archive beside both sides, and all of it on the board."""
        session, board, clock, tasks = self._session, self._board, self._clock, self._tasks
        self.archive = ArchiveSide(
            history=session.history,
            exchange=session.exchange,
            clock=clock,
            board=board,
            tasks=tasks,
            watched=self.market.kept_series,
        )
        self._facts = VenueFacts(
            session.exchange,
            clock=clock,
            board=board,
            on_instruments=self.market.know,
            fee_symbols=lambda: (self.market.symbol, *(row.symbol for row in board.view.watchlist)),
        )
        self._links = Links(
            session.exchange,
            clock=clock,
            board=board,
            tasks=tasks,
            on_market=self.market.receive,
            on_account=self.account.receive,
        )
        board.paint(Part.VENUE, lambda view: replace(view, venue=self._venue, caps=self._guard.caps))
        board.paint(Part.ACCOUNTS, lambda view: replace(view, accounts=self._accounts))
        board.paint(Part.SWITCH, lambda view: replace(view, switch=self._switch.view))
        board.paint(Part.AUDIT, lambda view: replace(view, audit=self._audit.view))
        board.finish(self._draw_blocked)

    def start(self) -> None:
        """Connect, load and begin; all of it goes on by itself."""
        self._board.mark(Part.VENUE)
        self.market.start()
        self._links.start()
        self.archive.start()
        self._tasks.keep("pulse", Pulse(self._clock, self._board.beat, self._jumped).run, self._clock.sleep)
        self._tasks.keep("switch", self._switch.run, self._clock.sleep)
        self._tasks.spawn("start", self._start_up)

    def blocked(self) -> str:
        """Why no order can be sent now, in plain words; empty when one can."""
        return next(self._reasons(self._board.view), "")

    def choose(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones."""
        self.market.choose(symbol, period)
        if symbol not in self._board.view.fees and self.account.account_id is not None:
            self._tasks.once("fees", self._facts.read_fees)

    def send(self, approved: Approved) -> None:
        """Send one order that has passed the gate."""
        self._tasks.spawn("send", self.account.send, approved)

    def cancel(self, key: str) -> None:
        """Cancel one order, once at a time."""
        self._tasks.once(f"cancel-{key}", lambda: self.account.cancel(key))

    def cancel_all(self, symbol: str | None) -> None:
        """Cancel all open orders, once at a time."""
        self._tasks.once(f"cancel-all-{symbol or ''}", lambda: self.account.cancel_all(symbol))

    def look_now(self, key: str) -> None:
        """Look an uncertain order up at once, and read any other again."""
        self.account.desk.look_ups.wake(key)
        self._tasks.once(f"reread-{key}", lambda: self.account.desk.reread(key))

    def sign_off(self, key: str) -> None:
        """Settle an unproven order, or one in conflict."""
        self._tasks.once(f"sign-off-{key}", lambda: self.account.sign_off(key))

    def mark_halted(self) -> None:
        """Show that new orders were stopped, or are taken again."""
        self._board.mark(Part.STATUS)

    def arm_switch(self, seconds: int) -> None:
        """Arm the dead man's switch, or disarm it with 0."""
        try:
            self._switch.arm(seconds)
        except ValueError as error:
            self._board.tell(Severity.ERROR, "The dead man's switch is as it was", str(error))

    def load_older(self) -> None:
        """Put older bars before the chart's first, once at a time."""
        self._tasks.once("older", lambda: self.market.load_older(self.archive.older))

    def read_audit(self, key: str) -> None:
        """Read the journal's entries of one order into the view."""
        self._tasks.spawn("audit", self._audit.read, key)

    async def close(self, timeout_s: float) -> None:
        """Let orders on their way be answered, within the time, then end every task and write down what is left."""
        self._waits.close()
        self._board.flush()
        await self._tasks.settle("send", timeout_s)
        await self._tasks.settle("cancel", min(timeout_s / 2, _CANCEL_GRACE_S))
        await self._tasks.cancel()
        await self.archive.close()
        await self.account.close()
        if unsure := await self._switch.close(min(timeout_s, _DISARM_S)):
            _log.warning("%s", unsure)
            self._board.tell(Severity.ERROR, "The dead man's switch", unsure)

    async def _start_up(self) -> None:
        """Learn the account; the market's own facts are learnt beside it, so that neither waits for the other."""
        self._tasks.keep("rules", self._learn_rules, self._clock.sleep)
        self._waits.note("start", "")
        clock = self._tasks.spawn("clock", self._waits.step, "the exchange's clock", self._facts.read_clock)
        if self._mode is Mode.LIVE:
            await clock  # signed requests carry its time; an exchange on this computer has this computer's
        await self._open_account()
        account_id = self._venue.account_id
        if account_id is None or self._failure:
            return
        await self.account.begin([one.account_id for one in self._accounts])
        self._session.share(
            SharedDesk(
                desk=self.account.desk,
                guard=self._guard,
                account_id=account_id,
                blocked=self.blocked,
                follow=self.account.follow,
            )
        )
        await self._facts.read_fees()

    async def _learn_rules(self) -> None:
        """Learn what is traded and whether; prices are shown meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._waits.step("whether the exchange trades", self._facts.read_status))
            await self._waits.step("the list of symbols", self._facts.read_instruments)
            if self.account.account_id is not None:
                group.create_task(self._facts.read_fees())
        await self._facts.keep()

    async def _open_account(self) -> None:
        """Find the accounts that can be traded from, and judge the key."""
        if self._exchange.account is None:
            self._waits.note("start", "no API key: prices only")
            return
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(self._waits.step("the account", self._exchange.accounts))
            key_asked = group.create_task(self._waits.step("what the key may do", self._exchange.key_info))
        spot = next((one for one in asked.result() if one.type == "spot"), None)
        key = key_asked.result()
        if spot is None:
            self._fail("The exchange names no spot account for this key.")
        elif key is None or self._is_welcome(key):
            others = (one for one in asked.result() if one.type in SOURCES and one.state == "working" and one != spot)
            self._accounts = (spot, *others)
            self._venue = replace(self._venue, account_id=spot.account_id, key=key)
            self._board.mark(Part.VENUE, Part.ACCOUNTS)

    def _is_welcome(self, key: KeyInfo) -> bool:
        """Judge the key: one that could move money away is refused where there is money."""
        if self._mode is not Mode.LIVE:
            return True
        if refusal := refusal_of(key):
            self._fail(refusal)
            return False
        if warning := warning_of(key):
            self._board.tell(Severity.WARNING, "Anyone may use the key", warning)
        return True

    def _jumped(self, text: str) -> None:
        """Take nothing for true that was known before time jumped: every stream, list and clock is read afresh."""
        self._jump = text
        self._board.tell(Severity.WARNING, "Time has jumped", f"{text}: everything is read again before trading.")
        self.account.doubt()
        self._links.restart(text)
        self._tasks.once("clock", lambda: self._waits.step("the exchange's clock", self._facts.read_clock))
        self._board.mark(Part.STATUS)

    def _fail(self, text: str) -> None:
        self._failure = text
        self._board.mark(Part.STATUS)
        self._board.flush()
        self._on_failed()

    def _price_of(self, symbol: str) -> Decimal | None:
        price = self.market.last_price(symbol)
        return price if price is not None else self._facts.price(symbol)

    def _draw_blocked(self, view: View) -> View:
        """Say the first reason why no order can be sent now."""
        reasons = tuple(self._reasons(view))
        if not any(reason != self._jump for reason in reasons):
            self._jump, reasons = "", ()
        drawn = (reasons[0] if reasons else "", bool(self._failure), self._guard.is_halted)
        if drawn == (view.blocked, view.is_failed, view.is_halted):
            return view
        return replace(view, blocked=drawn[0], is_failed=drawn[1], is_halted=drawn[2])

    def _reasons(self, view: View) -> Iterator[str]:
        account = self.account
        told = (
            self._failure,
            f"HALTED: {self._guard.why_halted or _HALTED}" if self._guard.is_halted else "",
            self._jump,
            *self._waits.texts,
            *obstacles(
                view, is_synced=account.is_synced, problem=account.problem, journal_problem=account.journal_problem
            ),
        )
        yield from filter(None, told)
