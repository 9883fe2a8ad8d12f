"""JSON as HTX writes it."""

import gzip
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.sim.exact import minus, plus, quotient_down, sum_of, text, times, units
from hbtui.sim.wire import decode, encode, gzipped, number

amounts = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal("1e15"), places=18, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("710", "710.0"),
        ("710.00", "710.0"),
        ("0", "0.0"),
        ("0.001", "0.001"),
        ("0.00096", "9.6E-4"),
        ("0.0002", "2.0E-4"),
        ("9.121E-7", "9.121E-7"),
        ("9999999", "9999999.0"),
        ("10000000", "1.0E7"),
        ("818000000", "8.18E8"),
        ("818158859.8785326", "8.181588598785326E8"),
        ("49785.90", "49785.9"),
        ("1E+2", "100.0"),
    ],
)
def test_numbers_have_javas_form(value: str, written: str) -> None:
    """A point always; an exponent below a thousandth and from ten million on, as in HTX's recorded frames."""
    assert encode(number(Decimal(value))) == written.encode()


@given(amounts)
def test_no_digit_is_lost(value: Decimal) -> None:
    """Whatever the form, reading it back gives the same number."""
    assert Decimal(encode(number(value)).decode()) == value


@given(st.binary(max_size=2000))
def test_frames_are_gzip(document: bytes) -> None:
    """Any gzip reader reads a frame."""
    assert gzip.decompress(gzipped(document)) == document


def test_wide_ids_stay_whole() -> None:
    """A 27-digit id is written as an integer without quotes."""
    assert encode({"id": 123456789012345678901234567}) == b'{"id":123456789012345678901234567}'


@pytest.mark.parametrize("document", ["", "{", "nul", "[1,]", '"\\x"', "[" * 100_000, b"\xff", '{"a":1}x'])
def test_what_is_no_json_is_a_value_error(document: str | bytes) -> None:
    """Bad text, bad bytes and bottomless nesting are all one kind of error."""
    with pytest.raises(ValueError):  # noqa: PT011 -- its words are those of the JSON library
        decode(document)


def test_numbers_are_read_exactly() -> None:
    """A fraction is a Decimal, never a float on its way."""
    assert decode('{"amount":0.1,"price":1e-7,"n":3}') == {"amount": Decimal("0.1"), "price": Decimal("1E-7"), "n": 3}


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()))
def test_documents_survive(document: dict[str, object]) -> None:
    """What is encoded is what any JSON reader gets."""
    assert json.loads(encode(document)) == document


@given(amounts, amounts)
def test_sums_and_products_are_exact(one: Decimal, other: Decimal) -> None:
    """Adding and taking away again gives the same number, and a product has every digit."""
    assert minus(plus(one, other), other) == one
    assert sum_of([one, other, one]) == plus(plus(one, one), other)


@given(amounts, amounts.filter(lambda price: price > Decimal("1e-6")), st.integers(0, 18))
def test_what_a_value_buys_never_costs_more(value: Decimal, price: Decimal, places: int) -> None:
    """A quotient is cut, never rounded up; one step more would cost too much."""
    amount = quotient_down(value, price, places)
    step = Decimal(1).scaleb(-places)
    assert times(amount, price) <= value < times(plus(amount, step), price)


def test_small_words() -> None:
    """Nothing is written as 0.0 where HTX does so, and units become their Decimal."""
    assert (text(Decimal(0)), text(Decimal("1.50")), units(150, 2)) == ("0.0", "1.5", Decimal("1.50"))
