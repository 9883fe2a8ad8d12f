"""Round prices for the price axis and round times for the time axis."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from hbtui.model.candle import VENUE_ZONE, Period
from hbtui.model.numbers import EXACT
from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.text import local_time

__all__ = ["PriceTick", "TimeTick", "price_ticks", "round_step", "time_label", "time_ticks"]

_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_STEPS_S = (
    *(1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200),
    *(86_400 * days for days in (1, 2, 7, 14)),
)
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH_S = 2_629_800


class PriceTick(NamedTuple):
    """A round price and its row."""

    row: int
    price: Decimal


class TimeTick(NamedTuple):
    """A label that starts at column ``x``; ``mark`` is the column that it speaks of."""

    x: int
    text: str
    mark: int


def round_step(least: Decimal, tick: Decimal) -> Decimal:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that is neither under ``least`` nor between ticks."""
    least = max(least, tick)
    unit = Decimal(1).scaleb(least.adjusted())
    steps = (nice * unit for nice in _NICE)
    return next(step for step in steps if step >= least and not EXACT.remainder(step, tick))


def price_ticks(scale: PriceScale, tick: Decimal, rows_between: int = 4) -> tuple[PriceTick, ...]:
    """Round prices within a scale, highest first, at least ``rows_between`` rows apart on average."""
    parts = max(1, scale.rows // rows_between)
    step = round_step((scale.high - scale.low) / parts, tick)
    price = EXACT.divide_int(scale.high, step) * step
    ticks: list[PriceTick] = []
    while price >= scale.low and len(ticks) < scale.rows:
        ticks.append(PriceTick(scale.row(price), price))
        price -= step
    return tuple(ticks)


def time_label(open_ms: int, period: Period, zone: tzinfo | None) -> str:
    """A bar's opening time in full, as exact as its period: bars of a day and more open at the venue's midnight."""
    if period.seconds >= 86_400:
        when = local_time(open_ms, VENUE_ZONE)
        shape = {Period.MONTH: "%b %Y", Period.YEAR: "%Y"}.get(period, "%d %b %Y")
        return f"{when:{shape}}"
    when = local_time(open_ms, zone)
    return f"{when:%d %b %H:%M:%S}" if period is Period.SECOND else f"{when:%d %b %H:%M}"


def time_ticks(
    opens: Sequence[int | None], cells: int, period: Period, zone: tzinfo | None, apart: int = 11
) -> tuple[TimeTick, ...]:
    """Labels for columns of ``cells`` cells whose bars open at ``opens`` (``None`` is a gap), never overlapping."""
    known = [open_ms for open_ms in opens if open_ms is not None]
    if len(known) < 2:
        return ()
    zone = VENUE_ZONE if period.seconds >= 86_400 else zone
    usual_s = min(b - a for a, b in pairwise(known)) // 1000
    rule = _Rule.of(max(1, usual_s * apart // cells))
    ticks: list[TimeTick] = []
    before: datetime | None = None
    free = 0
    for index, open_ms in enumerate(opens):
        if open_ms is None:
            continue
        when = local_time(open_ms, zone)
        mark = index * cells
        if before is not None and rule.bucket(when) != rule.bucket(before):
            text = rule.label(when, before)
            if mark >= free and mark + len(text) <= len(opens) * cells:
                ticks.append(TimeTick(mark, text, mark))
                free = mark + len(text) + 2
        before = when
    return tuple(ticks)


class _Rule(NamedTuple):
    """Which times are round: multiples of ``seconds`` of local time, or else of ``months``."""

    seconds: int
    months: int

    @classmethod
    def of(cls, least_s: int) -> "_Rule":
        """The finest rule whose times are at least so many seconds apart."""
        for seconds in _STEPS_S:
            if seconds >= least_s:
                return cls(seconds, 0)
        months = next((step for step in _STEPS_MONTHS if step * _MONTH_S >= least_s), _STEPS_MONTHS[-1])
        return cls(0, months)

    def bucket(self, when: datetime) -> int:
        """Number the stretch between two round times that a time falls into."""
        if self.months:
            return (when.year * 12 + when.month - 1) // self.months
        offset = when.utcoffset()
        return (int(when.timestamp()) + (int(offset.total_seconds()) if offset else 0)) // self.seconds

    def label(self, when: datetime, before: datetime) -> str:
        """Write a time with no more than what is new beside the one before it."""
        if self.months:
            return f"{when:%Y}" if self.months >= 12 or when.year != before.year else f"{when:%b}"
        if when.year != before.year:
            return f"{when:%Y}"
        if self.seconds >= 86_400 or when.date() != before.date():
            return f"{when:%d %b}"
        return f"{when:%H:%M:%S}" if self.seconds < 60 else f"{when:%H:%M}"
