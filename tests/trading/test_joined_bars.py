"""A long row of bars behaves as the tuple that it stands for, and is not copied."""

from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.trading.joined_bars import JoinedBars
from hbtui.trading.market import Series
from tests.support.trading_values import bar

MINUTE_MS = 60_000
BARS = tuple(bar(number * MINUTE_MS) for number in range(40))
SPLITS = st.integers(0, 20), st.integers(0, 20)
PLACES = st.none() | st.integers(-50, 50)


def joined(older: int, newer: int) -> tuple[JoinedBars, tuple[Candle, ...]]:
    """The first bars, in two pieces and in one."""
    return JoinedBars(BARS[:older], BARS[older : older + newer]), BARS[: older + newer]


@given(*SPLITS, PLACES, PLACES, st.sampled_from([None, 1, 2, -1, -3]))
def test_every_slice_is_that_of_the_tuple(
    older: int, newer: int, start: int | None, stop: int | None, step: int | None
) -> None:
    """Across the joint too, backwards too, and past both ends."""
    row, whole = joined(older, newer)
    assert row[start:stop:step] == whole[start:stop:step]


@given(*SPLITS, st.integers(-50, 50))
def test_every_index_is_that_of_the_tuple(older: int, newer: int, index: int) -> None:
    """The same bar, or the same error."""
    row, whole = joined(older, newer)
    assert (len(row), list(row), bool(row)) == (len(whole), list(whole), bool(whole))
    try:
        expected = whole[index]
    except IndexError:
        expected = None
    try:
        found = row[index]
    except IndexError:
        found = None
    assert found is expected


@given(*SPLITS, *SPLITS)
def test_equal_bars_are_equal_wherever_they_are_joined(older: int, newer: int, other: int, rest: int) -> None:
    """To a tuple as well, and then with the same hash."""
    row, whole = joined(older, newer)
    again, other_whole = joined(other, rest)
    assert (row == again) is (whole == other_whole)
    assert row == whole
    assert hash(row) == hash(whole)
    assert row != list(whole)


def test_it_says_how_long_it_is() -> None:
    """A log is not flooded with bars."""
    assert repr(JoinedBars(BARS[:3], BARS[3:5])) == "JoinedBars(3 + 2)"


def test_a_tick_copies_none_of_the_bars_that_were_scrolled_back_to() -> None:
    """Every view shares them."""
    series = Series("dogeusdt", Period.MINUTE)
    series.load(BARS[30:])
    series.put_before(BARS[:30])
    before = series.bars
    series.apply(bar(39 * MINUTE_MS, close="0.2"))
    after = series.bars
    assert isinstance(before, JoinedBars)
    assert isinstance(after, JoinedBars)
    assert before._older is after._older
    assert before != after
    assert before[-1] == BARS[-1]


def test_a_fresh_answer_takes_the_place_of_what_it_overlaps() -> None:
    """Bars that were scrolled back to and are told again are not there twice."""
    series = Series("dogeusdt", Period.MINUTE)
    series.load(BARS[30:])
    series.put_before(BARS[:30])
    series.load(BARS[20:])
    assert series.bars == BARS
