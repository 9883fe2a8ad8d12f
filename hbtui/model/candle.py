"""Bars, their periods, and where a period begins."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

__all__ = ["VENUE_ZONE", "Candle", "Period"]

VENUE_ZONE = timezone(timedelta(hours=8))
"""Days, weeks, months and years begin at midnight of GMT+8 (HTX docs, kline)."""

_EPOCH_MONDAY_S = 345_600  # 1970-01-05, the first Monday of the epoch
_OFFSET_S = 8 * 3600

_SECONDS = {
    "1sec": 1,
    "1min": 60,
    "5min": 300,
    "15min": 900,
    "30min": 1800,
    "60min": 3600,
    "4hour": 14_400,
    "1day": 86_400,
    "1week": 604_800,
    "1mon": 2_592_000,
    "1year": 31_536_000,
}


class Period(Enum):
    """The length of a bar; the value is HTX's name for it, except ``SECOND`` which is built here from trades."""

    SECOND = "1sec"
    MINUTE = "1min"
    MINUTES_5 = "5min"
    MINUTES_15 = "15min"
    MINUTES_30 = "30min"
    HOUR = "60min"
    HOURS_4 = "4hour"
    DAY = "1day"
    WEEK = "1week"
    MONTH = "1mon"
    YEAR = "1year"

    def __init__(self, word: str) -> None:
        # kept on the member: archives ask for them millions of times, and an enum is slow to look up by
        self._length_s = _SECONDS[word]
        self.is_even = word not in {"1mon", "1year"}
        """Whether every bar has the same length."""
        self.settles_ms = 5_000 if self._length_s < 86_400 else 600_000
        """So long after its end a bar is taken for final: until then the venue may add to it, or correct a day."""
        self._origin_s = {"1week": _EPOCH_MONDAY_S - _OFFSET_S, "1day": -_OFFSET_S}.get(word, 0)

    @property
    def is_from_venue(self) -> bool:
        """Whether the venue serves bars of this period."""
        return self is not Period.SECOND

    @property
    def seconds(self) -> int:
        """Length in seconds; of a month and a year the usual 30 and 365 days (see :meth:`next_open_ms`)."""
        return self._length_s

    def open_ms(self, time_ms: int) -> int:
        """The opening time, UTC ms, of the bar that ``time_ms`` falls into."""
        seconds = time_ms // 1000
        if not self.is_even:
            local = datetime.fromtimestamp(seconds, VENUE_ZONE)
            first = datetime(local.year, 1 if self is Period.YEAR else local.month, 1, tzinfo=VENUE_ZONE)
            return int(first.timestamp()) * 1000
        return ((seconds - self._origin_s) // self._length_s * self._length_s + self._origin_s) * 1000

    def next_open_ms(self, open_ms: int) -> int:
        """The opening time of the bar behind the one that opens at ``open_ms``."""
        if self.is_even:
            return open_ms + self._length_s * 1000
        local = datetime.fromtimestamp(open_ms // 1000, VENUE_ZONE)
        months = 12 if self is Period.YEAR else 1
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        return int(datetime(year, month + 1, 1, tzinfo=VENUE_ZONE).timestamp()) * 1000


class Candle(NamedTuple):
    """One bar. Prices in quote. Source: HTX kline (``amount`` is base volume there, ``vol`` quote volume).

    A tuple: a chart is made of thousands at a time, and a frozen dataclass takes five times as long to make.
    """

    open_ms: int
    """Opening time, UTC ms."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    quote_volume: Decimal
    trades: int

    @property
    def opened_at(self) -> datetime:
        """The opening time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.open_ms / 1000, UTC)

    def is_sound(self) -> bool:
        """Whether the four prices can belong to one bar: positive, low ≤ open, close ≤ high."""
        return 0 < self.low <= min(self.open, self.close) and max(self.open, self.close) <= self.high
