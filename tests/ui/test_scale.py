"""Prices to rows and back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.ui.charting.scale import PriceScale

TICK = Decimal("0.01")
PRICES = st.decimals(min_value="0.01", max_value=100_000, places=2)
ROWS = st.integers(3, 60)


def test_the_highest_price_is_on_top() -> None:
    """Rows count from the top, and halves and thirds of a row as well."""
    scale = PriceScale(Decimal(0), Decimal(10), 5)
    assert [scale.row(Decimal(price)) for price in (10, 9, 5, 1, 0)] == [0, 0, 2, 4, 4]
    assert scale.part(Decimal("8.5"), 2) == 1
    assert scale.part(Decimal(0), 3) == 14


def test_prices_outside_stop_at_the_edges() -> None:
    """A price beyond the scale is not held, and its row is the nearest one."""
    scale = PriceScale(Decimal(10), Decimal(20), 5)
    assert not scale.holds(Decimal(21))
    assert scale.holds(Decimal(20))
    assert scale.row(Decimal(99)) == 0
    assert scale.row(Decimal(1)) == 4


@given(PRICES, PRICES, ROWS)
def test_a_scale_around_two_prices_holds_both(one: Decimal, other: Decimal, rows: int) -> None:
    """Whatever the prices, equal ones too, the scale is not empty and has both inside."""
    low, high = sorted((one, other))
    scale = PriceScale.around(low, high, rows, TICK)
    assert scale.low < scale.high
    assert scale.holds(low)
    assert scale.holds(high)


@given(PRICES, PRICES, ROWS, st.data())
def test_the_price_of_a_row_is_in_that_row(one: Decimal, other: Decimal, rows: int, data: st.DataObject) -> None:
    """What a click on a row gives stands in the same row."""
    scale = PriceScale.around(min(one, other), max(one, other), rows, TICK)
    row = data.draw(st.integers(0, rows - 1))
    assert scale.row(scale.price_at(row)) == row


@given(PRICES, PRICES, PRICES, PRICES, ROWS)
def test_a_higher_price_is_never_lower(one: Decimal, other: Decimal, low: Decimal, high: Decimal, rows: int) -> None:
    """Rows keep the order of prices."""
    scale = PriceScale.around(min(low, high), max(low, high), rows, TICK)
    assert scale.row(max(one, other)) <= scale.row(min(one, other))
