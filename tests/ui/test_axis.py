"""Round prices and round times."""

from datetime import UTC, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Period
from hbtui.ui.charting.axis import price_ticks, round_step, time_label, time_ticks
from hbtui.ui.charting.scale import PriceScale
from tests.ui.bars import START_MS

HOUR_MS = 3_600_000
LOWS = st.decimals(min_value="0.01", max_value=90_000, places=2)
SPANS = st.decimals(min_value="0.01", max_value=9000, places=2)


def opens(period: Period, count: int, start_ms: int = START_MS) -> list[int | None]:
    """Opening times of bars that follow each other."""
    found: list[int | None] = []
    at = period.open_ms(start_ms)
    for _ in range(count):
        found.append(at)
        at = period.next_open_ms(at)
    return found


@pytest.mark.parametrize(
    ("least", "tick", "step"),
    [
        ("0.013", "0.001", "0.02"),
        ("0.02", "0.01", "0.02"),
        ("0.021", "0.001", "0.025"),
        ("0.021", "0.01", "0.05"),
        ("7", "0.01", "10"),
        ("0.0001", "0.01", "0.01"),
        ("260", "0.01", "500"),
    ],
)
def test_a_step_is_round_and_can_be_traded(least: str, tick: str, step: str) -> None:
    """Steps are 1, 2, 2.5 or 5 times a power of ten, never finer than a tick, never between ticks."""
    assert round_step(Decimal(least), Decimal(tick)) == Decimal(step)


@given(LOWS, SPANS, st.integers(4, 50))
def test_price_ticks_are_round_within_and_in_order(low: Decimal, span: Decimal, rows: int) -> None:
    """Ticks are multiples of one step, inside the scale, each on a row of its own, the highest first."""
    tick = Decimal("0.01")
    scale = PriceScale.around(low, low + span, rows, tick)
    ticks = price_ticks(scale, tick)
    assert all(scale.holds(each.price) for each in ticks)
    assert all(not each.price % tick for each in ticks)
    assert [each.row for each in ticks] == sorted({each.row for each in ticks})
    steps = {above.price - below.price for above, below in pairwise(ticks)}
    assert len(steps) <= 1


def test_minutes_are_labelled_at_round_times_of_the_zone() -> None:
    """Five-minute bars get full hours or halves, in the zone that the person lives in."""
    ticks = time_ticks(opens(Period.MINUTES_5, 40), 1, Period.MINUTES_5, UTC)
    assert [(each.text, each.x) for each in ticks] == [("10:00", 12), ("11:00", 24)]
    india = timezone(timedelta(hours=5, minutes=30))
    assert time_ticks(opens(Period.MINUTES_5, 40), 1, Period.MINUTES_5, india)[0].text == "15:00"


def test_a_new_day_and_a_new_year_are_named() -> None:
    """Where the date changes, the label says the date; where the year does, the year."""
    evening = START_MS + 12 * HOUR_MS
    assert "10 Oct" in [
        each.text for each in time_ticks(opens(Period.MINUTES_15, 60, evening), 1, Period.MINUTES_15, UTC)
    ]
    days = [each.text for each in time_ticks(opens(Period.DAY, 120), 1, Period.DAY, UTC)]
    assert "2026" in days
    years = [each.text for each in time_ticks(opens(Period.MONTH, 80), 1, Period.MONTH, UTC)]
    assert years
    assert all(each.isdigit() for each in years)


def test_days_are_dated_as_the_exchange_opens_them() -> None:
    """A day's bar opens at midnight of GMT+8: its date is the one there, not that of the evening before in UTC."""
    open_ms = Period.DAY.open_ms(START_MS)
    assert time_label(open_ms, Period.DAY, UTC) == "09 Oct 2025"
    assert time_label(Period.MONTH.open_ms(START_MS), Period.MONTH, UTC) == "Oct 2025"
    assert time_label(Period.YEAR.open_ms(START_MS), Period.YEAR, UTC) == "2025"
    assert time_label(START_MS, Period.MINUTE, UTC) == "09 Oct 09:00"
    assert time_label(START_MS + 5000, Period.SECOND, UTC) == "09 Oct 09:00:05"


@given(st.sampled_from(list(Period)), st.integers(2, 150), st.sampled_from([1, 2, 4]))
def test_time_labels_never_touch_or_leave_the_axis(period: Period, count: int, cells: int) -> None:
    """Between two labels there is a blank, and none runs out of the chart."""
    ticks = time_ticks(opens(period, count), cells, period, UTC)
    for left, right in pairwise(ticks):
        assert left.x + len(left.text) < right.x
    assert all(each.x >= 0 and each.x + len(each.text) <= count * cells for each in ticks)


def test_gaps_and_single_bars_have_no_label() -> None:
    """A hole in the data has no time; one bar alone has no axis."""
    assert time_ticks([None, START_MS, None], 1, Period.MINUTE, UTC) == ()
    with_gap = [*opens(Period.MINUTES_5, 20), None, *opens(Period.MINUTES_5, 20, START_MS + 20 * 300_000)]
    assert time_ticks(with_gap, 1, Period.MINUTES_5, UTC)
