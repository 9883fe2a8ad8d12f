"""The engine as a screen sees it: plain calls in, frozen views out, and a thread of its own behind them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.order import Confirmation, OrderRequest
from hbtui.model.text import clean
from hbtui.trading.approved import Approved
from hbtui.trading.archive_side import ArchiveCommands
from hbtui.trading.board import Board
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.clock import SystemClock
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.ports import Clock
from hbtui.trading.risk import blocking, findings, gate_context, value_of
from hbtui.trading.running import RunningEngine
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import (
    BookView,
    CandlesView,
    Denied,
    Finding,
    Notice,
    OpenSession,
    Severity,
    TapeView,
    VenueView,
    View,
    WatchRow,
)
from hbtui.trading.worker import EngineThread

__all__ = ["Engine"]

_ANSWER_SHARE = 0.6


class Engine:
    """Implements ``views.Front``. One engine is started once and stopped once; a new session needs a new engine."""

    def __init__(
        self,
        mode: Mode,
        *,
        watchlist: Sequence[str],
        symbol: str,
        period: Period = Period.MINUTE,
        clock: Clock | None = None,
    ) -> None:
        self._mode = mode
        self._clock = clock if clock is not None else SystemClock()
        self._watchlist = tuple(dict.fromkeys(watchlist))
        self._thread = EngineThread()
        self._running: RunningEngine | None = None
        self._main: asyncio.Task[None] | None = None
        self._is_over = False
        self._stop: Callable[[], object] = lambda: None
        self._timeout_s = 5.0
        self._guard = Guard()
        self._board: Board | None = None
        self._active = (symbol, period)
        self._view = View(
            venue=VenueView(mode, ""),
            watchlist=tuple(WatchRow(name) for name in self._watchlist),
            symbol=symbol,
            candles=CandlesView(symbol, period),
            book=BookView(symbol),
            tape=TapeView(symbol),
        )

    @property
    def view(self) -> View:
        """The newest view; safe from any thread."""
        return self._view

    def start(self, open_session: Callable[[], AbstractAsyncContextManager[OpenSession]]) -> None:
        """Start the thread; ``open_session`` is entered on its loop. What goes wrong is told by the view."""
        self._thread.start(lambda: self._run(open_session))

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Stop: orders on their way get most of the time to be answered, everything is closed in reverse.

        ``False`` where that took longer than the time; what was not answered is in the journal, for the next start.
        """
        self._timeout_s, self._is_over = timeout_s, True
        self._thread.call(self._ask_to_stop)
        return self._thread.join(timeout_s + 1.0)

    def watch(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones."""
        self._active = (symbol, period)
        self._ask("", lambda running: running.choose(*self._active))

    def check(self, request: OrderRequest) -> tuple[Finding, ...]:
        """What the pre-trade gate says now; pure on the newest view."""
        return findings(request, gate_context(self._view, request, self._clock.now_ms(), self._guard))

    def place(self, request: OrderRequest, confirmation: Confirmation | None = None) -> str:
        """Take one confirmed order and return its client order id; its row shows once the intent is on disk.

        Raises ``Denied`` with what forbids it, but for what ``confirmation.allowed`` overrides; then nothing was
        recorded and nothing sent. What forbids it only later, on the engine's own loop, is told by a notice.
        """
        now_ms = self._clock.now_ms()
        confirmation = confirmation or Confirmation(at_ms=now_ms, by="program")
        with self._guard.placing:
            context = gate_context(self._view, request, now_ms, self._guard, confirmation=confirmation)
            found = findings(request, context)
            if forbidding := blocking(found, confirmation.allowed):
                raise Denied(forbidding)
            approved = Approved(
                client_order_id=new_client_order_id(self._mode, now_ms),
                request=request,
                confirmation=confirmation,
                gate=tuple(f"{finding.code}: {finding.text}" for finding in found),
                value=value_of(request, context),
                given_s=self._clock.monotonic_s(),
            )
            if self._is_over or not self._thread.call(self._send, approved):
                raise Denied((Finding("CLOSED", "the engine is closed", Severity.ERROR),))
            self._guard.note(Sent(request, now_ms, approved.value))
        return approved.client_order_id

    def halt(self) -> None:
        """Stop new orders at once, those that are confirmed but have not left this computer included."""
        self._guard.halt()
        self._ask("", RunningEngine.mark_halted)

    def resume(self) -> None:
        """Take new orders again after :meth:`halt`."""
        self._guard.resume()
        self._ask("", RunningEngine.mark_halted)

    def sign_off(self, key: str) -> None:
        """Settle an unproven order: the person knows what became of it; it leaves the uncertain ones."""
        self._ask("The order was not signed off", lambda running: running.sign_off(key))

    def arm_switch(self, seconds: int) -> None:
        """Arm the dead man's switch (30 s and more) and keep putting it off; 0 disarms it."""
        self._ask("The dead man's switch is as it was", lambda running: running.arm_switch(seconds))

    def load_older(self) -> None:
        """Put older bars before the chart's first: from the archive, or fetched into it."""
        self._ask("", lambda running: running.load_older())

    @property
    def archive(self) -> ArchiveCommands:
        """What may be asked of the archive of bars."""
        return ArchiveCommands(lambda otherwise, act: self._ask(otherwise, lambda running: act(running.archive)))

    def read_audit(self, key: str) -> None:
        """Read the journal's entries of one order into ``view.audit``."""
        self._ask("The journal was not read", lambda running: running.read_audit(key))

    def cancel(self, key: str) -> None:
        """Ask to cancel one order, by client order id or the venue's id."""
        self._ask("Nothing was cancelled", lambda running: running.cancel(key))

    def cancel_all(self, symbol: str | None = None) -> None:
        """Ask to cancel every open order, of one symbol or of all."""
        self._ask("Nothing was cancelled", lambda running: running.cancel_all(symbol))

    def look_now(self, key: str) -> None:
        """Look an uncertain order up at once instead of at its next check."""
        self._ask("", lambda running: running.look_now(key))

    def _ask(self, otherwise: str, act: Callable[[RunningEngine], None]) -> None:
        """Have something done on the loop; where nobody is there to do it, tell ``otherwise``, if it says anything."""
        if not self._thread.call(self._on_running, otherwise, act):
            self._refuse(otherwise)

    def _on_running(self, otherwise: str, act: Callable[[RunningEngine], None]) -> None:
        if self._running is not None:
            act(self._running)
        else:
            self._refuse(otherwise)

    def _send(self, approved: Approved) -> None:
        self._on_running("The order was not sent", lambda running: running.send(approved))

    def _refuse(self, title: str) -> None:
        """Tell that a command found nobody to do it: on the board while there is one, else on the last view."""
        text = "hbtui is closing." if self._is_over else "There is no connection yet."
        if not title:
            return
        if self._board is not None:
            self._board.tell(Severity.ERROR, title, text)
            return
        number = self._view.notices[-1].number + 1 if self._view.notices else 1
        told = Notice(number, Severity.ERROR, title, text, self._clock.now_ms())
        self._view = replace(self._view, notices=(*self._view.notices, told))

    def _publish(self, view: View) -> None:
        self._view = view

    def _ask_to_stop(self) -> None:
        self._stop()

    async def _run(self, open_session: Callable[[], AbstractAsyncContextManager[OpenSession]]) -> None:
        """Live until asked to stop or unable to go on; whatever happens ends as words on the view."""
        async with Supervisor(self._broken) as life:
            task = life.spawn("engine", self._live, open_session)
            self._stop = task.cancel
            if self._is_over:
                task.cancel()
            await asyncio.wait({task})

    async def _live(self, open_session: Callable[[], AbstractAsyncContextManager[OpenSession]]) -> None:
        try:
            async with open_session() as session:
                await self._work(session)
        except (ExchangeError, JournalError) as error:
            self._fail(str(error))

    async def _work(self, session: OpenSession) -> None:
        over = asyncio.Event()
        board = Board(self._view, self._publish, self._clock)
        self._guard.caps = session.caps
        board.view = replace(board.view, venue=session.venue, caps=session.caps)
        self._board = board
        async with Supervisor(lambda name, _: self._tell_broken(board, name)) as tasks:
            running = RunningEngine(
                session,
                mode=self._mode,
                watchlist=self._watchlist,
                board=board,
                tasks=tasks,
                clock=self._clock,
                guard=self._guard,
                on_failed=over.set,
            )
            self._running, self._stop = running, over.set
            running.start()
            running.choose(*self._active)
            if self._is_over:
                over.set()
            await over.wait()
            self._running = None
            await running.close(self._timeout_s * _ANSWER_SHARE)
            self._board = None
            board.flush()

    def _tell_broken(self, board: Board, name: str) -> None:
        board.tell(Severity.ERROR, "Something went wrong inside hbtui", f"The part “{name}” ended; see the log file.")

    def _broken(self, _name: str, error: Exception) -> None:
        # the project's own errors are worded for people (a missing key, a port in use); others show their kind
        is_own = type(error).__module__.startswith("hbtui.")
        self._fail(str(error) if is_own else f"hbtui could not start ({type(error).__name__}); see the log file.")

    def _fail(self, text: str) -> None:
        self._view = replace(self._view, blocked=clean(text, 500), is_failed=True)
