"""What the market did: bounded series of bars, the tape, and prices that follow every tick."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from hbtui.model.book import Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.numbers import EXACT
from hbtui.trading.joined_bars import JoinedBars

__all__ = ["Closes", "Series", "Tape", "merged_quote", "ticked_quote"]

_MOST_BARS = 2000
_SLACK = 200
_MOST_OLDER = 200_000
_TAPE = 200
_MOST_IDS = 8000


class Series:
    """The bars of one symbol and period, oldest first, each opening time once, at most about 2,000."""

    def __init__(self, symbol: str, period: Period) -> None:
        self.symbol = symbol
        self.period = period
        self.is_loaded = False
        self.is_at_beginning = False
        """Whether the venue has nothing older."""
        self.is_loading_older = False
        self._older: tuple[Candle, ...] = ()
        self._bars: list[Candle] = []
        self._gaps: list[tuple[int, int]] = []
        self._unheard: tuple[int, int] | None = None

    @property
    def bars(self) -> Sequence[Candle]:
        """The newest 2,000 bars, and before them what a person has scrolled back to."""
        return JoinedBars(self._older, tuple(self._bars)) if self._older else tuple(self._bars[-_MOST_BARS:])

    @property
    def first(self) -> Candle | None:
        """The oldest bar."""
        bars = self._older or self._bars
        return bars[0] if bars else None

    @property
    def is_full(self) -> bool:
        """Whether no older bars are taken any more: the memory is not for all of them."""
        return len(self._older) >= _MOST_OLDER

    def put_before(self, older: Sequence[Candle]) -> None:
        """Put bars (rising) before the first one; what does not lie before it is left out."""
        first = self.first
        if first is not None and not self.is_full:
            self._older = (*(bar for bar in older if bar.open_ms < first.open_ms), *self._older)

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """Ranges [from, to) in UTC ms that nobody was listening to, or that a jump of the stream left open."""
        return (*self._gaps, self._unheard) if self._unheard is not None else tuple(self._gaps)

    @property
    def last(self) -> Candle | None:
        """The bar that is forming."""
        return self._bars[-1] if self._bars else None

    def expect_until(self, time_ms: int) -> None:
        """Take every bar after the last one that is over by a time for missing, until the venue is asked.

        The stream was off: whether and what it would have told nobody knows.
        """
        if self.last is not None and self.period.is_from_venue:
            start_ms, end_ms = self.period.next_open_ms(self.last.open_ms), self.period.open_ms(time_ms)
            self._unheard = (start_ms, end_ms) if start_ms < end_ms else None

    def apply(self, candle: Candle) -> bool:
        """Take one tick of the stream; ``True`` where it jumped over bars, which then are to be asked for."""
        last = self.last
        is_jump = last is not None and candle.open_ms > self.period.next_open_ms(last.open_ms)
        if last is not None and candle.open_ms > last.open_ms:
            self._unheard = None  # how far it reaches is known by now
        if is_jump and last is not None and self.period.is_from_venue:
            self._gaps.append((self.period.next_open_ms(last.open_ms), candle.open_ms))
        self._put(candle)
        self._trim()
        return is_jump and self.period.is_from_venue

    def load(self, candles: Sequence[Candle]) -> None:
        """Merge what the venue answered (rising); gaps that it reaches over are closed, with bars or as truly empty.

        What lies before the answer and is not joined to it is let go: whoever scrolls back is brought all of it.
        """
        self.is_loaded, self._unheard = True, None
        if not candles:
            return
        first_ms, newest_ms = candles[0].open_ms, candles[-1].open_ms
        self._gaps = [gap for gap in self._gaps if gap[1] > newest_ms or gap[0] < first_ms]
        if self._is_apart_from(first_ms):
            self._bars = [bar for bar in self._bars if bar.open_ms >= first_ms]
            self._gaps = [gap for gap in self._gaps if gap[1] > newest_ms]
            self._older, self.is_at_beginning = (), False
        merged = {bar.open_ms: bar for bar in self._bars}
        for candle in candles:
            known = merged.get(candle.open_ms)
            merged[candle.open_ms] = candle if known is None else _fuller(known, candle)
        self._bars = [merged[open_ms] for open_ms in sorted(merged)]
        self._older = self._older[: bisect_left(self._older, self._bars[0].open_ms, key=_open_ms)]
        self._trim()

    def _is_apart_from(self, first_ms: int) -> bool:
        """Whether bars may be missing between those that are known and an answer that begins at a time."""
        before = bisect_left(self._bars, first_ms, key=_open_ms)
        if any(start_ms < first_ms for start_ms, _ in self._gaps):
            return True
        is_joined = before < len(self._bars) or not before
        return not is_joined and self.period.next_open_ms(self._bars[-1].open_ms) < first_ms

    def add_trades(self, trades: Iterable[Trade]) -> None:
        """Build bars from trades that were not seen before (periods that the venue does not serve)."""
        for trade in trades:
            open_ms = self.period.open_ms(trade.ts_ms)
            place = bisect_left(self._bars, open_ms, key=_open_ms)
            known = self._bars[place] if place < len(self._bars) else None
            bar = known if known is not None and known.open_ms == open_ms else None
            self._put(_grown(bar, trade, open_ms))
        self._trim()

    def _put(self, candle: Candle) -> None:
        if not self._bars or candle.open_ms > self._bars[-1].open_ms:
            self._bars.append(candle)
            return
        place = bisect_left(self._bars, candle.open_ms, key=_open_ms)
        if self._bars[place].open_ms == candle.open_ms:
            self._bars[place] = candle
        else:
            self._bars.insert(place, candle)

    def _trim(self) -> None:
        if len(self._bars) > _MOST_BARS + _SLACK:
            if self._older:  # what was scrolled back to and what is new stay one series
                self._older += tuple(self._bars[:-_MOST_BARS])
            del self._bars[:-_MOST_BARS]


def _open_ms(candle: Candle) -> int:
    return candle.open_ms


def _fuller(one: Candle, other: Candle) -> Candle:
    """Of two tellings of one bar the one with more in it (a bar only grows)."""
    return other if (other.trades, other.base_volume) >= (one.trades, one.base_volume) else one


def _grown(bar: Candle | None, trade: Trade, open_ms: int) -> Candle:
    value = EXACT.multiply(trade.price, trade.amount)
    if bar is None:
        return Candle(open_ms, trade.price, trade.price, trade.price, trade.price, trade.amount, value, 1)
    return Candle(
        open_ms,
        bar.open,
        max(bar.high, trade.price),
        min(bar.low, trade.price),
        trade.price,
        bar.base_volume + trade.amount,
        bar.quote_volume + value,
        bar.trades + 1,
    )


class Tape:
    """The last public trades, each once."""

    def __init__(self) -> None:
        self._trades: deque[Trade] = deque(maxlen=_TAPE)
        self._known: dict[int, None] = {}

    @property
    def newest_first(self) -> tuple[Trade, ...]:
        """At most 200 trades, the newest first."""
        return tuple(reversed(self._trades))

    def add(self, trades: Iterable[Trade]) -> list[Trade]:
        """Take trades, oldest first; return those that were not known (on subscription the venue repeats one)."""
        fresh = []
        for trade in trades:
            if trade.trade_id not in self._known:
                self._known[trade.trade_id] = None
                fresh.append(trade)
        is_late = bool(fresh and self._trades) and fresh[0].ts_ms < self._trades[-1].ts_ms
        self._trades.extend(fresh)
        if is_late:
            self._trades = deque(sorted(self._trades, key=lambda trade: trade.ts_ms), maxlen=_TAPE)
        if len(self._known) > _MOST_IDS:
            self._known = dict.fromkeys(list(self._known)[_MOST_IDS // 2 :])
        return fresh


class Closes:
    """Recent closing prices of one symbol for a small line: loaded once, then carried on by its price."""

    def __init__(self, period: Period, most: int) -> None:
        self._period = period
        self._closes: deque[tuple[int, Decimal]] = deque(maxlen=most)

    @property
    def prices(self) -> tuple[Decimal, ...]:
        """The closes, oldest first, the last one still moving."""
        return tuple(price for _, price in self._closes)

    def load(self, candles: Iterable[Candle]) -> None:
        """Replace all by the venue's bars."""
        self._closes.clear()
        self._closes.extend((candle.open_ms, candle.close) for candle in candles)

    def follow(self, price: Decimal, ts_ms: int) -> None:
        """Let the newest close follow the price; begin a new one where its bar is over."""
        open_ms = self._period.open_ms(ts_ms)
        if self._closes and open_ms <= self._closes[-1][0]:
            self._closes[-1] = (self._closes[-1][0], price)
        elif self._closes:
            self._closes.append((open_ms, price))


def merged_quote(known: Quote | None, told: Quote) -> Quote:
    """Lay a newer telling over what is known: what it leaves open stays, and an older price undoes no newer one."""
    if known is None:
        return told
    newer, older = (told, known) if told.ts_ms >= known.ts_ms else (known, told)
    return Quote(
        symbol=told.symbol,
        last=newer.last if newer.last is not None else older.last,
        open=newer.open if newer.open is not None else older.open,
        high=newer.high if newer.high is not None else older.high,
        low=newer.low if newer.low is not None else older.low,
        base_volume=newer.base_volume if newer.base_volume is not None else older.base_volume,
        quote_volume=newer.quote_volume if newer.quote_volume is not None else older.quote_volume,
        bid=newer.bid if newer.bid is not None else older.bid,
        ask=newer.ask if newer.ask is not None else older.ask,
        ts_ms=newer.ts_ms,
    )


def ticked_quote(known: Quote | None, symbol: str, price: Decimal, ts_ms: int) -> Quote:
    """Let the last price follow a trade or a bar's close; high and low widen with it."""
    if known is None:
        return Quote(symbol=symbol, last=price, ts_ms=ts_ms)
    if ts_ms < known.ts_ms or price == known.last:
        return known
    high = max(known.high, price) if known.high is not None else None
    low = min(known.low, price) if known.low is not None else None
    return replace(known, last=price, high=high, low=low, ts_ms=ts_ms)
