"""The engine's market side: what is watched, what came of it, and what a screen may see of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from hbtui.model.book import Quote
from hbtui.model.candle import Period
from hbtui.model.errors import ArchiveError, ExchangeError
from hbtui.model.events import (
    BookStale,
    BookUpdated,
    CandleUpdated,
    Link,
    LinkChanged,
    LinkState,
    MarketEvent,
    QuotesUpdated,
    QuoteUpdated,
    SubscriptionRefused,
    Topic,
    TopicKind,
    TradesPrinted,
)
from hbtui.model.instrument import Instrument
from hbtui.model.series import Series as BarSeries
from hbtui.trading.board import Board
from hbtui.trading.book_source import BookSource
from hbtui.trading.changes import Part
from hbtui.trading.looked_at import LookedAt
from hbtui.trading.market import Series, Tape, merged_quote, ticked_quote
from hbtui.trading.older_bars import Older, put_older
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.retry import until_answered
from hbtui.trading.small_lines import SmallLines
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import CandlesView, Severity, TapeView, View
from hbtui.trading.waiting import happened

__all__ = ["MarketSide"]

_FIRST_BARS, _ALL_BARS = 300, 2000
_FIRST_TRADES = 200
_AGAIN_S = 3.0
_STREAM_PATIENCE_S = 1.0
"""What is read before the stream is live has to be read again then, so it is waited for, though not for long."""


class MarketSide:
    """Bars, book, tape and quotes of the active symbol, and the watchlist; one loop's own."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        clock: Clock,
        board: Board,
        tasks: Supervisor,
        watchlist: Sequence[str],
        symbol: str,
        period: Period,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._board = board
        self._tasks = tasks
        self._watchlist = tuple(watchlist)
        self.symbol = symbol
        self.period = period
        self._instruments: dict[str, Instrument] | None = None
        self._series = LookedAt()
        self._problems: dict[Topic, str] = {}
        self._quotes: dict[str, Quote] = {}
        redraw = partial(board.mark, Part.WATCHLIST)
        self._lines = SmallLines(self._watchlist, exchange=exchange, clock=clock, on_change=redraw)
        self._tape = Tape()
        self._live = asyncio.Event()
        self._outages = 0
        self._book = BookSource(
            symbol,
            clock=clock,
            tasks=tasks,
            on_book=lambda: board.mark(Part.BOOK),
            on_topics=self._watch,
            look=lambda name: exchange.book(name, 5),
        )
        self._takers: dict[type, Callable[[Any], None]] = {
            TradesPrinted: self._take_trades,
            BookUpdated: self._book.take,
            BookStale: self._book.take_break,
            CandleUpdated: self._take_candle,
            QuoteUpdated: lambda event: self._take_quote(event.quote),
            QuotesUpdated: self._take_quotes,
            SubscriptionRefused: self._take_refusal,
            LinkChanged: self._take_link,
        }
        self._be_drawn()

    def _be_drawn(self) -> None:
        for part, draw in (
            (Part.CANDLES, self._draw_candles),
            (Part.BOOK, lambda view: self._book.draw(view, is_listed=self._is_listed(self.symbol))),
            (Part.TAPE, self._draw_tape),
            (Part.QUOTE, self._draw_quote),
            (Part.WATCHLIST, self._draw_watchlist),
        ):
            self._board.paint(part, draw)

    def start(self) -> None:
        """Watch and load the first symbol, and the watchlist's small lines behind it."""
        self._watch()
        self._book.expect()
        self._tasks.spawn("book-look", self._book.keep_confirmed)
        self._load()
        self._tasks.spawn("closes", self._lines.load, self._is_listed)

    def know(self, instruments: dict[str, Instrument]) -> None:
        """Take the venue's list; symbols that are not on it are shown as such and no longer asked for."""
        self._instruments = instruments
        self._watch()
        self._board.mark(Part.WATCHLIST, Part.CANDLES, Part.BOOK)

    def choose(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones; the screen sees it at once, empty or with what is known."""
        if (symbol, period) == (self.symbol, self.period):
            return
        is_other = symbol != self.symbol
        self._series.age((self.symbol, self.period))  # its stream ends here
        self.symbol, self.period = symbol, period
        if is_other:
            self._tape = Tape()
            self._book.choose(symbol)
            self._board.mark(Part.BOOK, Part.TAPE, Part.QUOTE)
        self._board.mark(Part.CANDLES)
        self._board.flush()
        self._watch()
        self._load(with_trades=is_other)

    def last_price(self, symbol: str) -> Decimal | None:
        """The symbol's last price on the streams, if any came."""
        quote = self._quotes.get(symbol)
        return quote.last if quote is not None else None

    def kept_series(self) -> list[BarSeries]:
        """What is worth keeping of what is watched: minutes of every listed pair, and the chart's own bars."""
        kept = [BarSeries(name, Period.MINUTE) for name in (self.symbol, *self._watchlist)]
        if self.period.is_from_venue:
            kept.append(BarSeries(self.symbol, self.period))
        return [series for series in dict.fromkeys(kept) if self._is_listed(series.symbol)]

    async def load_older(self, older: Older) -> None:
        """Put what ``older`` has before the chart's first bar; at the beginning of all bars that is noted."""
        try:
            await put_older(self._series[self.symbol, self.period], older)
        except (ArchiveError, ExchangeError) as error:
            self._board.tell(Severity.WARNING, "No older bars", str(error))
            return
        self._board.mark(Part.CANDLES)

    def receive(self, event: MarketEvent) -> None:
        """Take one event of the market's feed."""
        if (take := self._takers.get(type(event))) is not None:
            take(event)

    def _take_trades(self, event: TradesPrinted) -> None:
        if event.symbol != self.symbol:
            return
        fresh = self._tape.add(event.trades)
        if not fresh:
            return
        seconds = self._series[self.symbol, Period.SECOND]
        seconds.is_loaded = True
        seconds.add_trades(fresh)
        self._board.mark(Part.TAPE)
        if self.period is Period.SECOND:
            self._board.mark(Part.CANDLES)
        self._tick(event.symbol, fresh[-1].price, fresh[-1].ts_ms)

    def _take_candle(self, event: CandleUpdated) -> None:
        if (event.symbol, event.period) != (self.symbol, self.period):
            return
        series = self._series[event.symbol, event.period]
        if series.apply(event.candle):
            self._load_series(series)
        self._board.mark(Part.CANDLES)
        self._tick(event.symbol, event.candle.close, event.ts_ms)

    def _take_quote(self, quote: Quote) -> None:
        known = self._quotes.get(quote.symbol)
        merged = self._quotes[quote.symbol] = merged_quote(known, quote)
        if merged != known:
            self._priced(merged)

    def _take_quotes(self, event: QuotesUpdated) -> None:
        for quote in event.quotes:
            self._take_quote(quote)

    def _tick(self, symbol: str, price: Decimal, ts_ms: int) -> None:
        known = self._quotes.get(symbol)
        quote = self._quotes[symbol] = ticked_quote(known, symbol, price, ts_ms)
        if quote is not known:
            self._priced(quote)

    def _priced(self, quote: Quote) -> None:
        """Let everything that shows a price follow it."""
        self._lines.follow(quote)
        self._board.mark(Part.WATCHLIST, Part.BALANCES)
        if quote.symbol == self.symbol:
            self._board.mark(Part.QUOTE)

    def _take_refusal(self, event: SubscriptionRefused) -> None:
        self._problems[event.topic] = event.reason
        self._book.take_refusal(event.topic, event.reason)
        self._board.mark(Part.CANDLES)

    def _take_link(self, event: LinkChanged) -> None:
        self._book.take_link(event)
        is_live = event.state is LinkState.LIVE
        if event.link is not Link.MARKET or is_live == self._is_live:
            return
        if is_live:
            self._live.set()
            self._load()
        else:
            self._live.clear()
            self._outages += 1
            self._series.age()
            self._board.mark(Part.CANDLES)

    @property
    def _is_live(self) -> bool:
        return self._live.is_set()

    def _is_listed(self, symbol: str) -> bool:
        return self._instruments is None or symbol in self._instruments

    def _watch(self) -> None:
        """Tell the feed what is wanted now."""
        topics = {Topic(TopicKind.QUOTE, name) for name in (*self._watchlist, self.symbol) if self._is_listed(name)}
        if self._is_listed(self.symbol):
            topics |= {Topic(TopicKind.TRADES, self.symbol), *self._book.topics}
            if self.period.is_from_venue:
                topics.add(Topic(TopicKind.CANDLES, self.symbol, self.period))
        self._exchange.market.watch(frozenset(topics))

    def _load(self, *, with_trades: bool = True) -> None:
        """Ask for what came before the stream: bars and trades; the book comes by itself, or else as whole images."""
        if with_trades:
            self._tasks.once(f"trades-{self.symbol}", self._load_trades)
        series = self._series[self.symbol, self.period]
        series.expect_until(self._clock.now_ms() + (self._exchange.clock_offset_ms or 0))
        self._board.mark(Part.CANDLES)
        self._load_series(series)

    def _load_series(self, series: Series) -> None:
        if series.period.is_from_venue:
            self._tasks.once(f"bars-{series.symbol}-{series.period.value}", lambda: self._load_bars(series))

    async def _load_bars(self, series: Series) -> None:
        """Load few bars first, so that there is something to see, then all; and again while a gap is left."""
        sizes = (_ALL_BARS,) if series.is_loaded else (_FIRST_BARS, _ALL_BARS)
        for size in sizes:
            if not await self._load_last(series, size):
                return
        while series.gaps:
            # the answer was older than the tick that showed the gap
            await self._clock.sleep(_AGAIN_S)
            if not await self._load_last(series, _ALL_BARS):
                return

    async def _load_last(self, series: Series, size: int) -> bool:
        """Load so many of the last bars; false where nobody looks at them any longer, or there is no hope."""
        if size == _ALL_BARS:
            await happened(self._live, self._clock, _STREAM_PATIENCE_S)
        if (series.symbol, series.period) != (self.symbol, self.period) or not self._series.has(series):
            return False
        topic, outages = Topic(TopicKind.CANDLES, series.symbol, series.period), self._outages
        try:
            bars = await until_answered(
                lambda: self._exchange.candles(series.symbol, series.period, size),
                self._clock,
                lambda error, _: self._problem(topic, str(error)),
            )
        except ExchangeError as error:
            self._problem(topic, str(error))
            return False
        if outages != self._outages:  # asked for before the stream was lost, it knows nothing of what closed meanwhile
            return await self._load_last(series, size)
        self._problems.pop(topic, None)
        series.load(bars)
        if self._is_live:
            self._series.refresh(series)
        self._board.mark(Part.CANDLES)
        return True

    async def _load_trades(self) -> None:
        await happened(self._live, self._clock, _STREAM_PATIENCE_S)
        symbol = self.symbol
        try:
            trades = await until_answered(lambda: self._exchange.trades(symbol, _FIRST_TRADES), self._clock)
        except ExchangeError:
            return  # the stream fills the tape as trades happen
        self._take_trades(TradesPrinted(symbol, trades))

    def _problem(self, topic: Topic, text: str) -> None:
        self._problems[topic] = text
        self._board.mark(Part.CANDLES)

    def _draw_candles(self, view: View) -> View:
        key = (self.symbol, self.period)
        series = self._series[key]
        is_stale = not self._is_live if self.period is Period.SECOND else not self._series.is_fresh(key)
        problem = self._problems.get(Topic(TopicKind.CANDLES, *key), "")
        if not self._is_listed(self.symbol):
            problem = f"the exchange does not list {self.symbol}"
        candles = _candles_view(series, is_stale=is_stale, problem=problem)
        return replace(view, symbol=self.symbol, candles=candles)

    def _draw_tape(self, view: View) -> View:
        return replace(view, tape=TapeView(self.symbol, self._tape.newest_first))

    def _draw_quote(self, view: View) -> View:
        return replace(view, symbol=self.symbol, quote=self._quotes.get(self.symbol))

    def _draw_watchlist(self, view: View) -> View:
        watchlist = self._lines.rows(self._quotes, self._is_listed, view.watchlist)
        return view if watchlist == view.watchlist else replace(view, watchlist=watchlist)


def _candles_view(series: Series, *, is_stale: bool, problem: str) -> CandlesView:
    return CandlesView(
        symbol=series.symbol,
        period=series.period,
        candles=series.bars,
        is_loading=not series.is_loaded and not problem,
        is_stale=is_stale and series.is_loaded,
        gaps=series.gaps,
        problem=problem,
        is_at_beginning=series.is_at_beginning,
        is_loading_older=series.is_loading_older,
    )
