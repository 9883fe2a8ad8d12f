"""What has traded so far: the synthetic history up to now, and on top of it what users' orders caused."""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from hbtui.sim.cells import Cell
from hbtui.sim.exact import ZERO, plus, times, units
from hbtui.sim.history import LEVELS, History
from hbtui.sim.periods import GENESIS_S, OFFSET_S, next_open, open_of, previous_open
from hbtui.sim.prints import Print
from hbtui.sim.symbols import Pair

__all__ = ["Bar", "Tape", "Trade"]

_DAY_S = 86_400
_RECENT = 2000


class Trade(NamedTuple):
    """A public trade; ``buy`` is the taker's side. The id is unique within the symbol and grows with time."""

    id: int
    time_ms: int
    price: Decimal
    amount: Decimal
    buy: bool


class Bar(NamedTuple):
    """A bar as HTX serves it: opening second, prices, base volume, quote volume, number of trades."""

    id: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    amount: Decimal
    value: Decimal
    trades: int


@dataclass(slots=True)
class _Extra:
    """What users caused within one minute."""

    first: Trade
    last: Trade
    high: Decimal
    low: Decimal
    amount: Decimal = ZERO
    value: Decimal = ZERO
    count: int = 0

    def add(self, trade: Trade) -> None:
        """Count one more trade of this minute."""
        self.last = trade
        self.high = max(self.high, trade.price)
        self.low = min(self.low, trade.price)
        self.amount = plus(self.amount, trade.amount)
        self.value = plus(self.value, times(trade.amount, trade.price))
        self.count += 1


class Tape:
    """The trades and bars of one pair up to any moment; ``stopped_ms`` ends the synthetic part there for good."""

    def __init__(self, pair: Pair, history: History, stopped_ms: int | None = None) -> None:
        self.pair = pair
        self._history = history
        self._stopped = stopped_ms
        self._extras: dict[int, _Extra] = {}
        self._minutes: list[int] = []
        self._caused: deque[Trade] = deque(maxlen=_RECENT)
        self._last_id = 0

    def synthetic(self, after_ms: int, until_ms: int) -> list[Trade]:
        """The synthetic trades with ``after_ms < time <= until_ms``, oldest first."""
        until = self._held(until_ms)
        return [self._trade(item) for item in self._history.trades(after_ms, until)] if until > after_ms else []

    def cause(self, time_ms: int, price: Decimal, amount: Decimal, *, buy: bool) -> Trade:
        """Print a trade that a user's order caused, and count it into every bar."""
        self._last_id = max(self._last_id + 1, time_ms * 1000 + 1)
        trade = Trade(self._last_id, time_ms, price, amount, buy)
        self._caused.append(trade)
        minute = time_ms // 60_000
        extra = self._extras.get(minute)
        if extra is None:
            extra = self._extras[minute] = _Extra(trade, trade, price, price)
            insort(self._minutes, minute)
        extra.add(trade)
        return trade

    def last(self, now_ms: int) -> Trade:
        """The latest trade, synthetic or caused."""
        latest = self._trade(self._history.last_trade(self._held(now_ms)))
        return max(latest, self._caused[-1]) if self._caused else latest

    def recent(self, count: int, now_ms: int) -> list[Trade]:
        """The latest trades, newest first."""
        until = self._held(now_ms)
        minute, found = until // 60_000, list(self._caused)
        while len(found) < count + len(self._caused):
            found += self.synthetic(minute * 60_000 - 1, min(until, minute * 60_000 + 59_999))
            minute -= 1
        return sorted(found, reverse=True)[:count]

    def latest_bars(self, period: str, size: int, now_ms: int, upto_s: int | None = None) -> list[Bar]:
        """The latest ``size`` bars that exist (and open no later than ``upto_s``), newest (still forming) first."""
        second = now_ms // 1000
        opened = open_of(period, second if upto_s is None else min(second, upto_s))
        bars: list[Bar] = []
        while len(bars) < size and opened >= open_of(period, GENESIS_S):
            bar = self.bar(period, opened, now_ms)
            if bar is not None:
                bars.append(bar)
            opened = previous_open(period, opened)
        return bars

    def bars(self, period: str, span: tuple[int, int], limit: int, now_ms: int) -> list[Bar]:
        """The first ``limit`` bars that open within ``span`` (seconds, both ends included), oldest first."""
        opened = open_of(period, max(span[0], GENESIS_S))
        if opened < span[0]:
            opened = next_open(period, opened)
        bars: list[Bar] = []
        while len(bars) < limit and opened <= min(span[1], now_ms // 1000):
            bar = self.bar(period, opened, now_ms)
            if bar is not None:
                bars.append(bar)
            opened = next_open(period, opened)
        return bars

    def bar(self, period: str, opened: int, now_ms: int) -> Bar | None:
        """The bar that opens at a second, as far as it has come; ``None`` when nothing has traded in it."""
        if period in LEVELS and opened >= GENESIS_S:
            length = LEVELS[period]
            if (opened + length) * 1000 <= self._held(now_ms):
                cell = self._history.cell(length, (opened + OFFSET_S) // length)
                return self._bar(cell, opened, opened, opened + length)
        return self.between(opened, next_open(period, opened), now_ms)

    def day(self, now_ms: int) -> Bar:
        """The rolling 24 hours, from the minute in which they began."""
        start = now_ms // 60_000 * 60 - _DAY_S
        bar = self.between(start, now_ms // 1000 + 60, now_ms)
        if bar is None:
            price = self.last(now_ms).price
            return Bar(start, price, price, price, price, ZERO, ZERO, 0)
        return bar

    def between(self, start: int, end: int, now_ms: int) -> Bar | None:
        """All that traded from a whole minute up to ``end`` (seconds) or now, whichever is earlier."""
        until_ms = min(end * 1000 - 1, self._held(now_ms))
        minute = (until_ms + 1) // 60_000
        cell = self._history.bar(start, min(minute * 60, end))
        rest = self._history.trades(max(minute * 60_000, start * 1000) - 1, until_ms)
        if rest:
            piece = _gathered(rest)
            cell = piece if cell is None else _followed(cell, piece)
        return self._bar(cell, start, start, end)

    def _held(self, now_ms: int) -> int:
        return now_ms if self._stopped is None else min(now_ms, self._stopped)

    def _trade(self, item: Print) -> Trade:
        price = units(item.price, self.pair.price_places)
        return Trade(item.time_ms * 1000, item.time_ms, price, units(item.lots, self.pair.amount_places), item.buy)

    def _bar(self, cell: Cell | None, opened: int, start: int, end: int) -> Bar | None:
        minutes = self._minutes[bisect_left(self._minutes, start // 60) : bisect_left(self._minutes, -(-end // 60))]
        if cell is None:
            return self._only_caused(opened, minutes)
        places, lots = self.pair.price_places, self.pair.amount_places
        opening, high, low, close = (units(price, places) for price in cell[:4])
        bar = Bar(
            opened, opening, high, low, close, units(cell.lots, lots), units(cell.turnover, places + lots), cell.trades
        )
        for minute in minutes:
            bar = self._with_extra(bar, self._extras[minute], start, end)
        return bar

    def _only_caused(self, opened: int, minutes: list[int]) -> Bar | None:
        bar: Bar | None = None
        for minute in minutes:
            extra = self._extras[minute]
            if bar is None:
                price = extra.first.price
                bar = Bar(opened, price, price, price, price, ZERO, ZERO, 0)
            bar = _widened(bar, extra)._replace(close=extra.last.price)
        return bar

    def _with_extra(self, bar: Bar, extra: _Extra, start: int, end: int) -> Bar:
        minute = extra.first.time_ms // 60_000
        widened = _widened(bar, extra)
        if minute == start // 60 and self._history.minute_trades(minute)[0].time_ms >= extra.first.time_ms:
            widened = widened._replace(open=extra.first.price)
        ended = min(end * 1000 - 1, self._held(end * 1000 - 1))
        if extra.last.time_ms >= self._history.last_trade(ended).time_ms:
            widened = widened._replace(close=extra.last.price)
        return widened


def _widened(bar: Bar, extra: _Extra) -> Bar:
    return bar._replace(
        high=max(bar.high, extra.high),
        low=min(bar.low, extra.low),
        amount=plus(bar.amount, extra.amount),
        value=plus(bar.value, extra.value),
        trades=bar.trades + extra.count,
    )


def _gathered(trades: list[Print]) -> Cell:
    prices = [trade.price for trade in trades]
    lots = sum(trade.lots for trade in trades)
    turnover = sum(trade.lots * trade.price for trade in trades)
    return Cell(prices[0], max(prices), min(prices), prices[-1], lots, turnover, len(trades))


def _followed(cell: Cell, piece: Cell) -> Cell:
    return Cell(
        cell.open,
        max(cell.high, piece.high),
        min(cell.low, piece.low),
        piece.close,
        cell.lots + piece.lots,
        cell.turnover + piece.turnover,
        cell.trades + piece.trades,
    )
