"""Zoom, position and crosshair: what a person chose stays, whatever the market does."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Period
from hbtui.ui.charting.window import ZOOMS, Sight, columns_of, last_index, missing_bars
from tests.ui.bars import START_MS, bar, rising

MINUTE_MS = 60_000


def zoomed(bars: int, cells: int = 1) -> Sight:
    """A sight with so many bars to a column."""
    return Sight(zoom_level=ZOOMS.index((bars, cells)))


def test_the_newest_bars_are_shown_oldest_first() -> None:
    """By default each bar has a column and the last one stands at the right."""
    view = rising(10)
    columns = columns_of(view, Sight(), 4)
    assert [column.open_ms for column in columns if column] == [candle.open_ms for candle in view.candles[-4:]]
    assert [column.last_index for column in columns if column] == [6, 7, 8, 9]


def test_there_may_be_fewer_bars_than_columns_or_none() -> None:
    """Nothing is made up."""
    assert len(columns_of(rising(3), Sight(), 10)) == 3
    assert columns_of(rising(0), Sight(), 10) == ()
    assert columns_of(rising(3), Sight(), 0) == ()


def test_a_column_of_several_bars_is_one_bar_of_them() -> None:
    """Open of the first, close of the last, extremes of all, volumes added."""
    view = rising(8)
    column = columns_of(view, zoomed(4), 10)[0]
    assert column is not None
    first, last = view.candles[0], view.candles[3]
    assert (column.open, column.close) == (first.open, last.close)
    assert (column.high, column.low) == (last.high, first.low)
    assert column.base_volume == 40
    assert (column.open_ms, column.last_ms) == (first.open_ms, last.open_ms)


def test_groups_do_not_shimmer_when_a_bar_begins() -> None:
    """Full columns are the same before and after another bar came."""
    before = columns_of(rising(30), zoomed(4), 50)
    after = columns_of(rising(31), zoomed(4), 50)
    assert before[:-1] == after[: len(before) - 1]


def test_a_gap_takes_a_column_of_its_own() -> None:
    """Where data is missing the chart says so, instead of letting two bars touch."""
    view = rising(6)
    kept = (*view.candles[:2], *view.candles[4:])
    missing = (view.candles[2].open_ms, view.candles[4].open_ms)
    columns = columns_of(replace(view, candles=kept, gaps=(missing,)), Sight(), 10)
    assert [column is None for column in columns] == [False, False, True, False, False]
    grouped = columns_of(replace(view, candles=kept, gaps=(missing,)), zoomed(32), 10)
    assert None in grouped


def test_what_is_missing_behind_the_newest_bar_has_its_column_at_the_right() -> None:
    """It is there while the newest bar is in sight, and not where somebody looks at older ones."""
    view = rising(6)
    end_ms = view.candles[-1].open_ms
    gapped = replace(view, gaps=((end_ms + MINUTE_MS, end_ms + 5 * MINUTE_MS),))
    for sight in (Sight(), zoomed(32)):
        columns = columns_of(gapped, sight, 10)
        assert columns[-1] is None
        assert all(columns[:-1])
    assert all(columns_of(gapped, Sight(anchor_ms=view.candles[3].open_ms), 10))
    assert missing_bars(gapped) == 4


def test_zoom_stops_at_its_ends() -> None:
    """Zooming on and on neither fails nor turns around."""
    assert Sight().zoomed(100).zoom == ZOOMS[-1]
    assert Sight().zoomed(-100).zoom == ZOOMS[0]
    assert Sight().zoomed(1).zoomed(-1) == Sight()


def test_a_panned_sight_stays_where_it_is() -> None:
    """New bars change nothing of what is looked at."""
    view = rising(50)
    sight = Sight().panned(view.candles, -10, 20)
    more = replace(view, candles=(*view.candles, bar(50, "1 1 1 1"), bar(51, "1 1 1 1")))
    assert columns_of(view, sight, 20) == columns_of(more, sight, 20)
    assert sight.anchor_ms == view.candles[39].open_ms


def test_panning_ends_with_a_full_page_and_follows_again_at_the_newest() -> None:
    """The oldest page is a whole one; back at the right edge, new bars move the chart again."""
    view = rising(50)
    oldest = Sight().panned(view.candles, -1000, 20)
    assert columns_of(view, oldest, 20)[0] == columns_of(view, Sight(), 50)[0]
    assert len(columns_of(view, oldest, 20)) == 20
    assert oldest.panned(view.candles, 1000, 20).anchor_ms is None
    assert Sight().panned((), -5, 20) == Sight()


def test_an_anchor_between_or_before_all_bars_is_understood() -> None:
    """A bar that vanished (another period's, a cleaned history) leaves the one before it, or the first."""
    candles = rising(5).candles
    assert last_index(candles, START_MS + 90_000) == 1
    assert last_index(candles, START_MS - 1) == 0
    assert last_index(candles, None) == 4


@given(st.integers(1, 120), st.integers(1, 60), st.integers(0, len(ZOOMS) - 1), st.integers(-200, 200))
def test_columns_are_in_order_and_share_no_bar(count: int, columns: int, level: int, steps: int) -> None:
    """At every zoom and place, columns follow each other in time and cover a row of bars without overlap."""
    view = rising(count, Period.MINUTES_5)
    sight = Sight(level).panned(view.candles, steps, columns)
    shown = [column for column in columns_of(view, sight, columns) if column]
    assert 0 < len(shown) <= columns
    for left, right in pairwise(shown):
        assert left.last_ms < right.open_ms
        assert right.open_ms == view.candles[left.last_index + 1].open_ms


@pytest.mark.parametrize("row", [None, 3])
def test_pointing_moves_nothing_else(row: int | None) -> None:
    """The crosshair comes and goes without changing zoom or place."""
    sight = Sight(2, START_MS)
    pointed = sight.pointed(START_MS, row)
    assert (pointed.cursor_ms, pointed.cursor_row) == (START_MS, row)
    assert pointed.pointed(None) == sight
