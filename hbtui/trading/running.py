"""Everything that lives while a session is open: both sides, the links, the start-up and the upkeep."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, repeat
from types import MappingProxyType
from typing import TypeVar

from hbtui.model.account import FeeRate, KeyInfo, Mode
from hbtui.model.candle import Period
from hbtui.model.errors import AuthenticationError, ExchangeError
from hbtui.model.events import AccountEvent, Link, LinkChanged, LinkState, MarketEvent
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import OrderRequest
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.engine_account import AccountSide
from hbtui.trading.engine_market import MarketSide
from hbtui.trading.key_rules import refusal_of, warning_of
from hbtui.trading.obstacles import obstacles
from hbtui.trading.ports import Clock
from hbtui.trading.retry import until_answered
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import LinkView, OpenSession, Severity, View

__all__ = ["RunningEngine"]

_UPKEEP_S = 30.0
_FEED_PAUSE_S = 1.0
_CANCEL_GRACE_S = 1.0  # a cancel pressed just before quitting is still to go out
_T = TypeVar("_T")


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
        on_failed: Callable[[], None],
    ) -> None:
        self._exchange = session.exchange
        self._mode = mode
        self._board = board
        self._tasks = tasks
        self._clock = clock
        self._on_failed = on_failed
        self._venue = session.venue
        self._instruments: dict[str, Instrument] = {}
        self._links = {link: LinkView(link) for link in Link}
        self._fees: dict[str, FeeRate] = {}
        self._tickers: dict[str, Decimal] = {}
        self._status: MarketStatus | None = None
        self._waits = {"start": "connecting"}
        self._failure = ""
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
            price_of=self._price_of,
        )
        board.paint(Part.VENUE, lambda view: replace(view, venue=self._venue))
        board.paint(Part.INSTRUMENTS, lambda view: replace(view, instruments=MappingProxyType(self._instruments)))
        board.paint(Part.LINKS, lambda view: replace(view, links=MappingProxyType(dict(self._links))))
        board.paint(Part.FEES, lambda view: replace(view, fees=MappingProxyType(dict(self._fees))))
        board.paint(Part.STATUS, self._draw_status)
        board.finish(self._draw_blocked)

    def start(self) -> None:
        """Connect, load and begin; all of it goes on by itself."""
        self._board.mark(Part.VENUE)
        self.market.start()
        self._tasks.spawn("market-feed", self._feed, Link.MARKET, lambda: self._exchange.market.run(self._on_market))
        account = self._exchange.account
        if account is not None:
            self._tasks.spawn("account-feed", self._feed, Link.ACCOUNT, lambda: account.run(self._on_account))
        self._tasks.spawn("start", self._start_up)

    def choose(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones."""
        self.market.choose(symbol, period)
        if symbol not in self._fees and self.account.account_id is not None:
            self._tasks.once("fees", self._read_fees)

    def send(self, client_order_id: str, request: OrderRequest) -> None:
        """Send one order that has passed the gate."""
        self._tasks.spawn("send", self.account.send, client_order_id, request)

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

    async def close(self, timeout_s: float) -> None:
        """Let orders on their way be answered, within the time, then end every task and write down what is left."""
        self._waits = {"close": "closing"}
        self._board.flush()
        await self._tasks.settle("send", timeout_s)
        await self._tasks.settle("cancel", min(timeout_s / 2, _CANCEL_GRACE_S))
        await self._tasks.cancel()
        await self.account.write_down()

    async def _feed(self, link: Link, run: Callable[[], Awaitable[None]]) -> None:
        """Keep a feed running: it reconnects by itself, and is begun anew should it ever end."""
        while True:
            await self._tasks.spawn(f"{link.value}-stream", run)
            for name in (Link.MARKET, Link.BOOK) if link is Link.MARKET else (Link.ACCOUNT,):
                self._take_link(LinkChanged(link=name, state=LinkState.RECONNECTING, reason="the stream broke off"))
            await self._clock.sleep(_FEED_PAUSE_S)

    def _on_market(self, events: Sequence[MarketEvent]) -> None:
        for event in events:
            if isinstance(event, LinkChanged):
                self._note_link(event)
            self.market.receive(event)

    def _on_account(self, events: Sequence[AccountEvent]) -> None:
        for event in events:
            if isinstance(event, LinkChanged):
                self._note_link(event)
            self.account.receive(event)

    def _take_link(self, event: LinkChanged) -> None:
        self._note_link(event)
        self.market.receive(event)
        self.account.receive(event)

    def _note_link(self, event: LinkChanged) -> None:
        known = self._links[event.link]
        self._links[event.link] = LinkView(
            link=event.link,
            state=event.state,
            since_ms=known.since_ms if known.state is event.state else self._clock.now_ms(),
            attempt=event.attempt,
            retry_at_ms=event.retry_at_ms,
            latency_ms=event.latency_ms if event.latency_ms is not None else known.latency_ms,
            reason=event.reason,
        )
        self._board.mark(Part.LINKS)

    async def _start_up(self) -> None:
        """Learn the account; the market's own facts are learnt beside it, so that neither waits for the other."""
        self._tasks.spawn("rules", self._learn_rules)
        self._wait_for("start", "")
        clock = self._tasks.spawn("clock", self._step, "the exchange's clock", self._exchange.server_time_ms)
        if self._mode is Mode.LIVE:
            await clock  # signed requests carry its time; an exchange on this computer has this computer's
        await self._open_account()
        account_id = self._venue.account_id
        if account_id is None or self._failure:
            return
        await self.account.begin(account_id)
        await self._read_fees()

    async def _learn_rules(self) -> None:
        """Learn what is traded and whether; prices are shown meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._step("whether the exchange trades", self._read_status))
            await self._step("the list of symbols", self._read_instruments)
            if self.account.account_id is not None:
                group.create_task(self._read_fees())
        await self._upkeep()

    async def _open_account(self) -> None:
        """Find the account and judge the key."""
        if self._exchange.account is None:
            self._wait_for("start", "no API key: prices only")
            return
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(self._step("the account", self._exchange.accounts))
            key_asked = group.create_task(self._step("what the key may do", self._exchange.key_info))
        spot = next((one for one in asked.result() if one.type == "spot"), None)
        key = key_asked.result()
        if spot is None:
            self._fail("The exchange names no spot account for this key.")
        elif key is None or self._is_welcome(key):
            self._venue = replace(self._venue, account_id=spot.account_id, key=key)
            self._board.mark(Part.VENUE)

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

    async def _step(self, what: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Ask for one thing of the start-up until it is answered, saying what is waited for and what is in the way.

        Also what asking again cannot mend by itself is asked again, slowly: the person may bind the address, or set
        the clock right, while the prices go on.
        """
        self._wait_for(what, f"reading {what}")

        def troubled(error: ExchangeError, pause_s: float) -> None:
            said = f"{error.title}: {error} {error.advice}".strip()
            self._wait_for(what, f"{said} Next try in {max(pause_s, 1):.0f} s.")

        answer = await until_answered(work, self._clock, troubled, is_patient=True)
        self._wait_for(what, "")
        return answer

    def _wait_for(self, what: str, text: str) -> None:
        """Note why trading waits for something; nothing when ``text`` is empty."""
        if text:
            self._waits[what] = text
        else:
            self._waits.pop(what, None)
        self._board.mark(Part.STATUS)

    def _fail(self, text: str) -> None:
        self._failure = text
        self._board.mark(Part.STATUS)
        self._board.flush()
        self._on_failed()

    async def _upkeep(self) -> None:
        """Keep the clock's offset, the market's status and the prices of everything held fresh."""
        works = (self._read_tickers, self._exchange.server_time_ms, self._read_status)
        for due in chain([works[:1]], repeat(works)):  # the others were read just now
            for work in due:
                try:
                    await work()
                except AuthenticationError as error:
                    self._board.tell(Severity.ERROR, error.title, f"{error} {error.advice}")
                except ExchangeError:
                    continue  # the links tell that the venue is away; the next round asks again
            self._board.mark(Part.STATUS, Part.BALANCES)
            await self._clock.sleep(_UPKEEP_S)

    async def _read_instruments(self) -> None:
        self._instruments = {one.symbol: one for one in await self._exchange.instruments()}
        self.market.know(self._instruments)
        self._board.mark(Part.INSTRUMENTS)

    async def _read_status(self) -> None:
        self._status = await self._exchange.market_status()
        self._board.mark(Part.STATUS)

    async def _read_tickers(self) -> None:
        quotes = await self._exchange.quotes()
        self._tickers = {quote.symbol: quote.last for quote in quotes if quote.last is not None}

    async def _read_fees(self) -> None:
        symbols = [name for name in self._fee_symbols() if name in self._instruments and name not in self._fees]
        if not symbols:
            return
        try:
            rates = await until_answered(lambda: self._exchange.fee_rates(symbols), self._clock)
        except ExchangeError as error:
            self._board.tell(Severity.WARNING, "The fees are not known", str(error))
            return
        self._fees.update((rate.symbol, rate) for rate in rates)
        self._board.mark(Part.FEES)

    def _fee_symbols(self) -> tuple[str, ...]:
        return (self.market.symbol, *(row.symbol for row in self._board.view.watchlist))

    def _price_of(self, symbol: str) -> Decimal | None:
        price = self.market.last_price(symbol)
        return price if price is not None else self._tickers.get(symbol)

    def _draw_status(self, view: View) -> View:
        return replace(view, market_status=self._status, clock_offset_ms=self._exchange.clock_offset_ms)

    def _draw_blocked(self, view: View) -> View:
        """Say the first reason why no order can be sent now."""
        blocked = next((reason for reason in self._reasons(view) if reason), "")
        is_failed = bool(self._failure)
        if (blocked, is_failed) == (view.blocked, view.is_failed):
            return view
        return replace(view, blocked=blocked, is_failed=is_failed)

    def _reasons(self, view: View) -> Iterator[str]:
        yield self._failure
        yield from self._waits.values()
        account = self.account
        yield from obstacles(
            view, is_synced=account.is_synced, problem=account.problem, journal_problem=account.journal_problem
        )
