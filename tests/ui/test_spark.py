"""The small line of closes."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.ui.charting.spark import spark

PRICES = st.lists(st.decimals(min_value="0.0000001", max_value=100_000, places=7), max_size=60)


def numbers(*values: int) -> tuple[Decimal, ...]:
    """Build prices."""
    return tuple(map(Decimal, values))


def test_it_runs_from_the_lowest_to_the_highest_block() -> None:
    """The least number takes the lowest block, the greatest the highest."""
    assert spark(numbers(0, 1, 2, 3, 4, 5, 6, 7), 8) == "▁▂▃▄▅▆▇█"


def test_it_shows_the_newest_numbers() -> None:
    """What does not fit is left out at the old end."""
    assert spark(numbers(9, 9, 1, 2), 2) == "▁█"


def test_few_equal_or_no_numbers() -> None:
    """A level line for numbers that are alike, nothing for none, nothing without room."""
    assert spark(numbers(5, 5, 5), 8) == "▄▄▄"
    assert spark((), 8) == ""
    assert spark(numbers(1, 2), 0) == ""
    assert spark(numbers(1, 2), -3) == ""


@given(PRICES, st.integers(0, 40))
def test_its_width_is_what_there_is_to_show(prices: list[Decimal], width: int) -> None:
    """It is never wider than asked for, and never misses a number that fits."""
    assert len(spark(prices, width)) == min(len(prices), width)


@given(PRICES.filter(lambda prices: len(prices) > 1))
def test_a_higher_number_never_has_a_lower_block(prices: list[Decimal]) -> None:
    """The order of the blocks is the order of the numbers."""
    line = spark(prices, len(prices))
    pairs = sorted(zip(prices, line, strict=True))
    assert [block for _, block in pairs] == sorted(line)
