"""The synthetic market as a pure function of (seed, symbol, time): nothing is stored, everything can be asked.

Days come from noise over days alone; shorter bars come from dividing the day, down to single trades. So the last 2,000
bars of any period cost about 2,000 divisions at most, and every period tells the same story.
"""

from collections.abc import Iterator
from functools import lru_cache

from hbtui.sim.cells import LOTS_A_MINUTE, TRADES_A_MINUTE, Cell, divided, joined, path_mean
from hbtui.sim.noise import Noise
from hbtui.sim.periods import GENESIS_S, OFFSET_S
from hbtui.sim.prints import Print, prints_of
from hbtui.sim.symbols import PAIRS, Pair

__all__ = ["LEVELS", "History"]

LEVELS = {"1day": 86_400, "4hour": 14_400, "60min": 3600, "30min": 1800, "15min": 900, "5min": 300, "1min": 60}
"""The periods that are whole cells, with their seconds, longest first."""

_DIVIDED = {14_400: (86_400, 6), 3600: (14_400, 4), 300: (3600, 12), 60: (300, 5)}
_NEXT = {14_400: 4, 3600: 12, 300: 5, 60: 0}
_GATHERED = {1800: 6, 900: 3}
_DAY_S = 86_400
_DAY_MINUTES = 1440
_SWING_PPM = (7000, 9000, 13_000, 19_000, 27_000, 38_000, 54_000, 70_000, 90_000, 110_000)
"""How far the price swings, in millionths, over 1, 2, 4 … 512 days; their sum bounds the price for ever."""

_PATH, _DAY, _MINUTE = range(3)
_CROSS = {"ethbtc": ("ethusdt", "btcusdt")}
_TRADES_VARY = 700


class History:
    """The bars and trades of one pair for one seed; asking costs time, never state that would change an answer."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self.pair = pair
        self._noise = Noise(seed, pair.symbol)
        legs = _CROSS.get(pair.symbol)
        self._legs = tuple(History(PAIRS[leg], seed) for leg in legs) if legs else ()
        self._day = lru_cache(maxsize=4096)(self._made_day)
        self._division = lru_cache(maxsize=4096)(self._made_division)
        self.minute_trades = lru_cache(maxsize=128)(self._made_trades)

    def cell(self, length: int, index: int) -> Cell:
        """The complete cell number ``index`` of ``length`` seconds (one of ``LEVELS``), from the epoch's GMT+8."""
        if length == _DAY_S:
            return self._day(index)
        pieces = _GATHERED.get(length)
        if pieces is not None:
            return joined([self.cell(300, index * pieces + at) for at in range(pieces)])
        parent, at = divmod(index, _DIVIDED[length][1])
        return self._division(length, parent)[at]

    def bar(self, start_s: int, end_s: int) -> Cell | None:
        """The cell of a stretch that begins and ends on whole minutes; ``None`` when it is empty or before genesis."""
        cells = list(self._cover(max(start_s, GENESIS_S), end_s))
        return joined(cells) if cells else None

    def trades(self, after_ms: int, until_ms: int) -> list[Print]:
        """All trades with ``after_ms < time <= until_ms``, oldest first."""
        found: list[Print] = []
        for minute in range((after_ms + 1) // 60_000, until_ms // 60_000 + 1):
            found += (trade for trade in self.minute_trades(minute) if after_ms < trade.time_ms <= until_ms)
        return found

    def last_trade(self, until_ms: int) -> Print:
        """The latest trade at or before a time."""
        minute = until_ms // 60_000
        for trade in reversed(self.minute_trades(minute)):
            if trade.time_ms <= until_ms:
                return trade
        return self.minute_trades(minute - 1)[-1]

    def _cover(self, start_s: int, end_s: int) -> Iterator[Cell]:
        """The largest cells that fill a stretch exactly, in order."""
        at = start_s
        while at < end_s:
            within = at + OFFSET_S
            length = next(
                length for length in LEVELS.values() if within % length == 0 and (at + length <= end_s or length == 60)
            )
            yield self.cell(length, within // length)
            at += length

    def _made_division(self, length: int, parent: int) -> tuple[Cell, ...]:
        longer, parts = _DIVIDED[length]
        words = (*self._noise.words(length, parent), *self._noise.words(-length, parent))
        return divided(self.cell(longer, parent), parts, length // 60, _NEXT[length], words)

    def _made_trades(self, minute: int) -> tuple[Print, ...]:
        cell = self.cell(60, minute + OFFSET_S // 60)
        return prints_of(cell, minute * 60_000, self._noise.words(_MINUTE, minute))

    def _midnight_ticks(self, day: int) -> int:
        """The price at a day's first moment."""
        if self._legs:
            one, other = (leg._midnight_ticks(day) for leg in self._legs)  # noqa: SLF001 -- another of the same class
            shift = self.pair.price_places + self._legs[1].pair.price_places - self._legs[0].pair.price_places
            return max(100, int(one * 10**shift // other))
        typical = self.pair.typical_ticks
        swing = sum(ppm * self._wave(octave, day) for octave, ppm in enumerate(_SWING_PPM)) >> 31
        return typical * (1_000_000 + swing) // 1_000_000

    def _wave(self, octave: int, day: int) -> int:
        """Noise between ± 2**31 that turns every ``2**octave`` days and goes straight between the turns."""
        span = 1 << octave
        at, within = divmod(day, span)
        here = self._noise.word(_PATH, at << 5 | octave) - (1 << 31)
        if not within:
            return here
        there = self._noise.word(_PATH, (at + 1) << 5 | octave) - (1 << 31)
        return here + (there - here) * within // span

    def _made_day(self, day: int) -> Cell:
        words = self._noise.words(_DAY, day)
        opened, closed = self._midnight_ticks(day), self._midnight_ticks(day + 1)
        high, low = max(opened, closed), min(opened, closed)
        high += high * (20 + words[0] % 256) // 10_000 + 4
        low -= low * (20 + words[1] % 256) // 10_000 + 4
        busy = 50 + words[2] % 100 + (high - low) * 1200 // high
        lots = max(self.pair.daily_lots * busy // 150, LOTS_A_MINUTE * _DAY_MINUTES * 8)
        trades = self.pair.trades_a_minute * _DAY_MINUTES * (_TRADES_VARY + words[3] % 600) // 1000
        turnover = lots * path_mean((opened, high, low, closed), 6, words[4])
        count = max(trades, TRADES_A_MINUTE * _DAY_MINUTES)
        return Cell(opened, high, low, closed, lots, turnover, count, words[4])
