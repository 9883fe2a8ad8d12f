"""The engine as a screen sees it: plain calls in, frozen views out, and a thread of its own behind them."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.order import OrderRequest
from hbtui.model.text import clean
from hbtui.trading.board import Board
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.clock import SystemClock
from hbtui.trading.ports import Clock
from hbtui.trading.risk import findings, gate_context
from hbtui.trading.running import RunningEngine
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import (
    BookView,
    CandlesView,
    Denied,
    Finding,
    OpenSession,
    Severity,
    TapeView,
    VenueView,
    View,
    WatchRow,
)
from hbtui.trading.worker import EngineThread

__all__ = ["Engine"]

_log = logging.getLogger("hbtui.engine")
_RECENT = 20
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
        self._placing = threading.Lock()
        self._recent: deque[tuple[OrderRequest, int]] = deque(maxlen=_RECENT)
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
        self._timeout_s = timeout_s
        self._thread.call(self._ask_to_stop)
        return self._thread.join(timeout_s + 1.0)

    def watch(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones."""
        self._active = (symbol, period)
        self._thread.call(self._on_running, lambda running: running.choose(*self._active))

    def check(self, request: OrderRequest) -> tuple[Finding, ...]:
        """What the pre-trade gate says now; pure on the newest view."""
        return findings(request, gate_context(self._view, request, self._clock.now_ms(), self._recent.copy()))

    def place(self, request: OrderRequest) -> str:
        """Take one confirmed order and return its client order id; its row shows once the intent is on disk.

        Raises ``Denied`` where the gate says no; then nothing was recorded and nothing sent.
        """
        with self._placing:
            against = self.check(request)
            if any(finding.severity is Severity.ERROR for finding in against):
                raise Denied(against)
            now_ms = self._clock.now_ms()
            client_order_id = new_client_order_id(self._mode, now_ms)
            if not self._thread.call(self._on_running, lambda running: running.send(client_order_id, request)):
                raise Denied((Finding("CLOSED", "the engine is closed", Severity.ERROR),))
            self._recent.append((request, now_ms))
        return client_order_id

    def cancel(self, key: str) -> None:
        """Ask to cancel one order, by client order id or the venue's id."""
        self._thread.call(self._on_running, lambda running: running.cancel(key))

    def cancel_all(self, symbol: str | None = None) -> None:
        """Ask to cancel every open order, of one symbol or of all."""
        self._thread.call(self._on_running, lambda running: running.cancel_all(symbol))

    def look_now(self, key: str) -> None:
        """Look an uncertain order up at once instead of at its next check."""
        self._thread.call(self._on_running, lambda running: running.look_now(key))

    def _on_running(self, act: Callable[[RunningEngine], None]) -> None:
        if self._running is not None:
            act(self._running)

    def _publish(self, view: View) -> None:
        self._view = view

    def _ask_to_stop(self) -> None:
        self._is_over = True
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
        board.view = replace(board.view, venue=session.venue)
        async with Supervisor(lambda name, _: self._tell_broken(board, name)) as tasks:
            running = RunningEngine(
                session,
                mode=self._mode,
                watchlist=self._watchlist,
                board=board,
                tasks=tasks,
                clock=self._clock,
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
            board.flush()

    def _tell_broken(self, board: Board, name: str) -> None:
        board.tell(Severity.ERROR, "Something went wrong inside hbtui", f"The part “{name}” ended; see the log file.")

    def _broken(self, _name: str, error: Exception) -> None:
        # the project's own errors are worded for people (a missing key, a port in use); others show their kind
        is_own = type(error).__module__.startswith("hbtui.")
        self._fail(str(error) if is_own else f"hbtui could not start ({type(error).__name__}); see the log file.")

    def _fail(self, text: str) -> None:
        self._view = replace(self._view, blocked=clean(text, 500), is_failed=True)
