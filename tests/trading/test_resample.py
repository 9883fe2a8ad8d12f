"""Longer bars from shorter ones, with the embedded exchange's own bars as the judge."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.sim.history import History
from hbtui.sim.periods import next_open, open_of
from hbtui.sim.symbols import PAIRS
from hbtui.sim.tape import Bar, Tape
from hbtui.trading.resample import fits_into, resampled

PAIR = PAIRS["dogeusdt"]
TAPE = Tape(PAIR, History(PAIR, 3))
LONGER = [period for period in Period if period.is_from_venue and period is not Period.MINUTE]
SOURCES = {Period.WEEK: Period.HOUR, Period.MONTH: Period.HOURS_4, Period.YEAR: Period.DAY}
"""Of the longest periods: a year of minutes would take minutes."""
LONG_AGO_S = 1_600_000_000
NOW_MS = 1_790_000_000_000


def candle(bar: Bar | None) -> Candle:
    """The exchange's bar as ours."""
    assert bar is not None
    prices = (bar.open, bar.high, bar.low, bar.close)
    return Candle(bar.id * 1000, *prices, bar.amount, bar.value, bar.trades)


def told(period: Period, start_s: int, end_s: int) -> Iterator[Candle]:
    """The exchange's own bars of a stretch."""
    at = start_s
    while at < end_s:
        yield candle(TAPE.bar(period.value, at, NOW_MS))
        at = next_open(period.value, at)


@settings(max_examples=40)
@given(st.sampled_from(LONGER), st.integers(LONG_AGO_S, LONG_AGO_S + 150_000_000))
def test_bars_made_from_shorter_ones_are_the_exchanges_own(period: Period, second: int) -> None:
    """For every period, at any time, the joined bar equals the exchange's to the last digit, boundaries included."""
    start_s = open_of(period.value, second)
    end_s = next_open(period.value, start_s)
    shorter = told(SOURCES.get(period, Period.MINUTE), start_s, end_s)
    assert list(resampled(shorter, period)) == [candle(TAPE.bar(period.value, start_s, NOW_MS))]


@pytest.mark.parametrize("period", [Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR])
def test_days_weeks_months_and_years_turn_at_midnight_of_gmt_8(period: Period) -> None:
    """Two days on either side of a boundary fall into two bars, as the exchange has them."""
    boundary_s = open_of(period.value, 1_735_700_000)
    around = told(Period.HOUR, boundary_s - 86_400, boundary_s + 86_400)
    made = list(resampled(around, period))
    assert [one.open_ms // 1000 for one in made] == [open_of(period.value, boundary_s - 1), boundary_s]


def test_a_stretch_with_holes_is_joined_from_what_there_is() -> None:
    """Minutes without a trade are no bars: what is there makes the longer bar, and an empty stretch makes none."""
    one = Decimal(1)
    bars = [Candle(at * 60_000, one, one + at, one, one, one, one, 1) for at in (0, 3, 11)]
    made = list(resampled(bars, Period.MINUTES_5))
    assert [(bar.open_ms, bar.high, bar.base_volume, bar.trades) for bar in made] == [
        (0, Decimal(4), Decimal(2), 2),
        (600_000, Decimal(12), Decimal(1), 1),
    ]
    assert list(resampled([], Period.DAY)) == []


def test_only_what_never_lies_in_two_bars_fits() -> None:
    """Judged by the grids themselves: no bar of the shorter period may reach over a boundary of the longer one."""
    for longer in LONGER:
        for shorter in [Period.MINUTE, *LONGER]:
            at, reaches_over = shorter.open_ms(1_600_000_000_000), shorter.seconds >= longer.seconds
            for _ in range(200):
                following = shorter.next_open_ms(at)
                reaches_over |= longer.open_ms(at) != longer.open_ms(following - 1)
                at = following
            is_rare = longer.seconds > 200 * shorter.seconds
            assert is_rare or fits_into(shorter, longer) is not reaches_over, (shorter, longer)
