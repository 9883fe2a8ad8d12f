"""Candles and volume as characters."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.trading.views import CandlesView
from hbtui.ui.charting.bars import draw_candle, draw_volume
from hbtui.ui.charting.raster import Raster
from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.charting.window import Column, Sight, columns_of
from tests.ui.bars import bars

SCALE = PriceScale(Decimal(0), Decimal(10), 5)
"""Two prices to a row, one to each half."""


def column(prices: str) -> Column:
    """Build a column of one bar."""
    view: CandlesView = bars(prices)
    found = columns_of(view, Sight(), 1)[0]
    assert found is not None
    return found


def drawn(prices: str, cells: int = 1) -> list[str]:
    """Draw one candle."""
    raster = Raster(max(1, cells - 1), 5)
    draw_candle(raster, column(prices), 0, top=0, cells=cells, scale=SCALE)
    return raster.text().split("\n")


@pytest.mark.parametrize(
    ("prices", "rows"),
    [
        ("2.5 9.5 0.5 7.5", ["│", "║", "║", "║", "│"]),
        ("7.5 9.5 0.5 2.5", ["│", "┃", "┃", "┃", "│"]),
        ("8.5 9.5 3.5 5.5", ["╽", "┃", "╿", "╵", ""]),
        ("4.5 4.5 4.5 4.5", ["", "", "╻", "", ""]),
        ("6.5 7.5 5.5 6.5", ["", "╽", "╵", "", ""]),
    ],
    ids=["rising is hollow", "falling is filled", "halves", "one price", "a doji"],
)
def test_thin_candles_have_half_row_resolution(prices: str, rows: list[str]) -> None:
    """Heavy or double is the body, light the wick, and a half row can be either."""
    assert drawn(prices) == rows


@pytest.mark.parametrize(
    ("prices", "rows"),
    [
        ("2.5 9.5 0.5 7.5", [" │", "┌┴┐", "│ │", "└┬┘", " │"]),
        ("2.5 7.5 2.5 7.5", ["", "┌─┐", "│ │", "└─┘", ""]),
        ("7.5 9.5 0.5 2.5", [" │", "███", "███", "███", " │"]),
        ("4.2 9.5 0.5 4.4", [" │", " │", "╞═╡", " │", " │"]),
        ("4.4 9.5 0.5 4.2", [" │", " │", "▀▀▀", " │", " │"]),
    ],
    ids=["rising", "rising without wicks", "falling", "barely rising", "barely falling"],
)
def test_wide_candles_are_boxes_and_blocks(prices: str, rows: list[str]) -> None:
    """With room for it, what rose is an empty box and what fell a full one."""
    assert drawn(prices, cells=4) == rows


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4), st.sampled_from([1, 2, 4]))
def test_a_candle_reaches_from_its_high_to_its_low(numbers: list[int], cells: int) -> None:
    """No row between high and low is empty, none outside is drawn, and rise and fall never look alike."""
    low, one, other, high = (Decimal(number) / 10 for number in sorted(numbers))
    rise, fall = drawn(f"{one} {high} {low} {other}", cells), drawn(f"{other} {high} {low} {one}", cells)
    first, last = SCALE.row(high), SCALE.row(low)
    for rows in (rise, fall):
        assert [bool(row.strip()) for row in rows] == [first <= index <= last for index in range(5)]
    if SCALE.row(other) + 1 < SCALE.row(one):
        assert rise != fall


@pytest.mark.parametrize(
    ("volume", "rows"),
    [("16", ["█", "█"]), ("8", ["", "█"]), ("12", ["▄", "█"]), ("0.001", ["", "▁"]), ("0", ["", ""])],
)
def test_volume_grows_upwards_in_eighths(volume: str, rows: list[str]) -> None:
    """The most is full height, the least that is not nothing is seen, nothing is nothing."""
    raster = Raster(1, 2)
    one = column("1 1 1 1")
    bar = Column(one.open_ms, one.open, one.high, one.low, one.close, Decimal(volume), 0, one.last_ms)
    draw_volume(raster, bar, 0, bottom=1, rows=2, cells=1, most=Decimal(16))
    assert raster.text().split("\n") == rows


def test_without_any_volume_nothing_is_drawn() -> None:
    """A market without trades divides by nothing."""
    raster = Raster(1, 2)
    draw_volume(raster, column("1 1 1 1"), 0, bottom=1, rows=2, cells=1, most=Decimal(0))
    assert raster.text().strip() == ""
