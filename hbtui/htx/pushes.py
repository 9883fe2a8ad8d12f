"""What a batch of market pushes comes to: images conflated to the last, changes and trades kept to the last one."""

from collections import deque
from collections.abc import Callable

import msgspec

from hbtui.htx.answers import JSON_ERRORS
from hbtui.htx.book_sync import BookSync
from hbtui.htx.decode import book_of, candle_of, quote_of_detail, quote_of_ticker, trade_of
from hbtui.htx.wire import BookRow, DetailRow, KlineRow, TickerRow
from hbtui.htx.wire_push import MarketFrame, MbpTick, TradesTick
from hbtui.model.book import Quote, Trade
from hbtui.model.candle import Period
from hbtui.model.events import (
    BookStale,
    BookUpdated,
    CandleUpdated,
    MarketEvent,
    QuotesUpdated,
    QuoteUpdated,
    Topic,
    TopicKind,
    TradesPrinted,
)

__all__ = ["Pushes", "SeenTrades"]

_kline = msgspec.json.Decoder(KlineRow)
_detail = msgspec.json.Decoder(DetailRow)
_depth = msgspec.json.Decoder(BookRow)
_trades = msgspec.json.Decoder(TradesTick)
_tickers = msgspec.json.Decoder(list[TickerRow])
_mbp = msgspec.json.Decoder(MbpTick)


class SeenTrades:
    """Remembers the last trades of each symbol: on every subscription HTX repeats an old one."""

    def __init__(self, kept: int = 512) -> None:
        self._kept = kept
        self._order: dict[str, deque[int]] = {}
        self._ids: dict[str, set[int]] = {}

    def is_new(self, trade: Trade) -> bool:
        """Whether the trade was not seen before; remembers it."""
        ids = self._ids.setdefault(trade.symbol, set())
        if trade.trade_id in ids:
            return False
        order = self._order.setdefault(trade.symbol, deque())
        if len(order) >= self._kept:
            ids.discard(order.popleft())
        order.append(trade.trade_id)
        ids.add(trade.trade_id)
        return True


class Pushes:
    """One batch. :meth:`add` takes a push, raising ``ValueError`` or a JSON error; :meth:`events` gives the sum."""

    def __init__(self, seen: SeenTrades, now_s: float) -> None:
        self._seen = seen
        self._now_s = now_s
        self._last: dict[Topic, MarketFrame] = {}
        self._trades: dict[str, list[Trade]] = {}
        self._books: dict[str, tuple[BookSync, int]] = {}
        self._events: list[MarketEvent] = []

    def add(self, topic: Topic, frame: MarketFrame, sync: BookSync | None) -> None:
        """Take one push of a subscribed topic."""
        if topic.kind is TopicKind.CANDLES:
            # every one counts: the last push of a bar and the first of the next may lie in one batch
            candle = candle_of(_kline.decode(frame.tick))
            self._events.append(CandleUpdated(topic.symbol, topic.period or Period.MINUTE, candle, frame.ts or 0))
        elif topic.kind is TopicKind.TRADES:
            for row in _trades.decode(frame.tick).data:
                trade = trade_of(topic.symbol, row)
                if self._seen.is_new(trade):
                    self._trades.setdefault(topic.symbol, []).append(trade)
        elif sync is not None:
            self._change(sync, frame)
        else:
            self._last[topic] = frame  # decoded at the end: of a flood of images only the last is worth reading

    def book_changed(self, sync: BookSync, ts_ms: int) -> None:
        """Note that a book is whole and new, after a change or an image."""
        self._books[sync.symbol] = (sync, ts_ms)

    def events(self, dropped: Callable[[Exception], None]) -> list[MarketEvent]:
        """Everything of this batch, oldest first; a push that cannot be read goes to ``dropped``."""
        for topic, frame in self._last.items():
            try:
                self._events.append(_image(topic, frame))
            except JSON_ERRORS as error:
                dropped(error)
        for symbol, trades in self._trades.items():
            trades.sort(key=lambda trade: (trade.ts_ms, trade.trade_id))
            self._events.append(TradesPrinted(symbol, tuple(trades)))
        self._events += [BookUpdated(sync.book(ts)) for sync, ts in self._books.values() if sync.is_synced]
        return self._events

    def _change(self, sync: BookSync, frame: MarketFrame) -> None:
        if reason := sync.apply_change(_mbp.decode(frame.tick), self._now_s):
            self._events.append(BookStale(sync.symbol, reason))
        elif sync.is_synced:
            self.book_changed(sync, frame.ts or 0)


def _image(topic: Topic, frame: MarketFrame) -> MarketEvent:
    ts_ms = frame.ts or 0
    if topic.kind is TopicKind.DEPTH:
        return BookUpdated(book_of(topic.symbol, _depth.decode(frame.tick), ts_ms))
    if topic.kind is TopicKind.QUOTE:
        return QuoteUpdated(quote_of_detail(topic.symbol, _detail.decode(frame.tick), ts_ms))
    return QuotesUpdated(_quotes(_tickers.decode(frame.data), ts_ms))


def _quotes(rows: list[TickerRow], ts_ms: int) -> tuple[Quote, ...]:
    quotes: list[Quote] = []
    for row in rows:
        try:
            quotes.append(quote_of_ticker(row, ts_ms))
        except ValueError:  # one symbol that cannot be must not hide the others
            continue
    return tuple(quotes)
