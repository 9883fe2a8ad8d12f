"""What stands under a cell."""

from dataclasses import replace
from decimal import Decimal

from hbtui.ui.charting.plot import Plot
from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.charting.window import ZOOMS, Sight, columns_of
from tests.ui.bars import START_MS, rising

PLOT = Plot(PriceScale(Decimal(0), Decimal(10), 4), columns_of(rising(3), Sight(), 3), 2, 4, 1)
"""Three columns of two cells from cell 4 on, four rows from line 1 on."""


def test_cells_belong_to_columns() -> None:
    """Each column owns its cells; beside them is nothing."""
    opens = [None if (column := PLOT.column_at(x)) is None else column.open_ms for x in (3, 4, 5, 6, 9, 10)]
    minute = 60_000
    assert opens == [None, START_MS, START_MS, START_MS + minute, START_MS + 2 * minute, None]


def test_lines_belong_to_rows() -> None:
    """Only the prices' lines have rows."""
    assert [PLOT.row_at(y) for y in (0, 1, 4, 5)] == [None, 0, 3, None]


def test_a_time_is_found_in_the_column_that_holds_it() -> None:
    """A bar inside a column of several is under that column; times before and behind are out of sight."""
    grouped = Plot(PLOT.scale, columns_of(rising(8), Sight(ZOOMS.index((4, 1))), 9), 1, 0, 1)
    column = grouped.column_of(START_MS + 5 * 60_000)
    assert column is not None
    assert column.open_ms == START_MS + 4 * 60_000
    assert grouped.x_of(START_MS + 5 * 60_000) == 1
    assert grouped.column_of(START_MS - 1) is None
    assert grouped.x_of(START_MS + 8 * 60_000) is None
    assert replace(PLOT, cells=4).x_of(START_MS) == 5
