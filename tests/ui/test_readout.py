"""The line that reads a bar out."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.ui.charting.readout import read_out
from hbtui.ui.charting.window import Column
from tests.ui.bars import START_MS

COLUMN = Column(START_MS, Decimal(100), Decimal(104), Decimal(98), Decimal(101), Decimal(12_500), 0, START_MS)
AVERAGES = {"average-fast": ("MA7", Decimal("100.5"))}


def price(number: Decimal) -> str:
    """Two decimals."""
    return f"{number:.2f}"


def words(room: int) -> str:
    """What is read out in so much room."""
    return "".join(run for run, _ in read_out(COLUMN, AVERAGES, price, room, "strong"))


def test_everything_is_said_where_there_is_room() -> None:
    """Open, high, low, close, volume, change, then the averages."""
    assert words(90) == "O 100.00  H 104.00  L 98.00  C 101.00  V 12.5K  ▲ 1.00%  MA7 100.50"


def test_it_moves_together_before_anything_goes() -> None:
    """In little room the blanks go first, and the averages."""
    assert words(48) == "O100.00 H104.00 L98.00 C101.00 V12.5K ▲1.00%"


@given(st.integers(0, 120))
def test_it_never_cuts_a_number_and_never_overflows(room: int) -> None:
    """In any room it is a beginning of what it says in more."""
    said = words(room)
    assert len(said) <= room
    whole = words(120).split() if "O " in said else words(54).split()
    assert said.split() == whole[: len(said.split())]


def test_a_bar_without_an_open_has_no_change() -> None:
    """A zero open (never a sound bar) divides by nothing."""
    broken = Column(START_MS, Decimal(0), Decimal(1), Decimal(0), Decimal(1), Decimal(1), 0, START_MS)
    assert "—" in "".join(run for run, _ in read_out(broken, {}, price, 90, ""))
