"""Levels as rows with running totals."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.book import Level
from hbtui.model.order import Side
from hbtui.ui.charting.depth import DepthRow, depth_rows, group_price

LEVELS = st.lists(
    st.tuples(st.decimals("0.01", 1000, places=2), st.decimals("0.01", 1000, places=2)),
    max_size=30,
    unique_by=lambda level: level[0],
)


def levels(*pairs: tuple[str, str]) -> list[Level]:
    """Build levels, best first."""
    return [Level(Decimal(price), Decimal(amount)) for price, amount in pairs]


def row(price: str, amount: str, total: str) -> DepthRow:
    """Build a row."""
    return DepthRow(Decimal(price), Decimal(amount), Decimal(total))


def test_each_level_is_a_row_with_the_total_so_far() -> None:
    """The total counts from the best price outwards."""
    rows = depth_rows(levels(("10", "1"), ("9", "2"), ("8", "4")), Side.BUY, None, 2)
    assert rows == (row("10", "1", "1"), row("9", "2", "3"))


def test_groups_never_look_better_than_they_are() -> None:
    """Bids are rounded down and asks up, prices on a step stay."""
    tenth = Decimal("0.1")
    assert group_price(Decimal("1.29"), tenth, Side.BUY) == Decimal("1.2")
    assert group_price(Decimal("1.21"), tenth, Side.SELL) == Decimal("1.3")
    assert group_price(Decimal("1.2"), tenth, Side.BUY) == group_price(Decimal("1.2"), tenth, Side.SELL)


def test_a_group_is_complete_before_the_next_one_begins() -> None:
    """The last row that fits holds all of its levels, not only those that came before the limit was reached."""
    asks = levels(("1.01", "1"), ("1.09", "2"), ("1.11", "4"), ("1.15", "8"), ("1.21", "16"))
    rows = depth_rows(asks, Side.SELL, Decimal("0.1"), 2)
    assert rows == (row("1.1", "3", "3"), row("1.2", "12", "15"))


@given(LEVELS, st.sampled_from([None, Decimal("0.1"), Decimal(5)]), st.sampled_from(list(Side)))
def test_grouping_loses_nothing(pairs: list[tuple[Decimal, Decimal]], step: Decimal | None, side: Side) -> None:
    """However coarse, the amounts of all rows are the amounts of all levels, and the last total says so."""
    book = sorted((Level(*pair) for pair in pairs), reverse=side is Side.BUY)
    rows = depth_rows(book, side, step, 1000)
    assert sum(each.amount for each in rows) == sum(level.amount for level in book)
    assert not rows or rows[-1].total == sum(level.amount for level in book)
    assert len({each.price for each in rows}) == len(rows)
