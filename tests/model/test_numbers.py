"""Decimal text and rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.numbers import decimal_places, parse_plain, plain, ratio, rounded, shortly, truncated

amounts = st.decimals(min_value=0, max_value=Decimal("1e24"), places=18, allow_nan=False, allow_infinity=False)
numbers = st.decimals(
    min_value=Decimal("-1e24"), max_value=Decimal("1e24"), places=18, allow_nan=False, allow_infinity=False
)


@given(amounts)
def test_written_numbers_read_back_exactly(number: Decimal) -> None:
    """What is written plainly is read back as the same number, without exponent or trailing zeros."""
    text = plain(number)
    assert parse_plain(text) == number
    assert "E" not in text
    assert "." not in text or not text.endswith(("0", "."))


@given(numbers, st.integers(min_value=0, max_value=18))
def test_truncating_never_grows_a_number(number: Decimal, places: int) -> None:
    """A cut number is never further from zero, loses less than one step, and has no more digits than asked for."""
    cut = truncated(number, places)
    assert abs(cut) <= abs(number)
    assert abs(number) - abs(cut) < Decimal(1).scaleb(-places)
    assert decimal_places(cut) <= places


@given(numbers, st.integers(min_value=0, max_value=17))
def test_rounding_stays_within_half_a_step(number: Decimal, places: int) -> None:
    """A rounded number is at most half a step away."""
    assert abs(rounded(number, places) - number) <= Decimal(1).scaleb(-places) / 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e5",
        "-1",
        "+1",
        "1,000",
        "1.000,5",
        "１２",
        "٣",
        "0x1f",
        "NaN",
        "inf",
        "1_000",
        ".",
        "1.2.3",
        "9" * 31,
    ],
)
def test_what_could_be_misread_is_no_number(text: str) -> None:
    """Signs, exponents, grouping, other scripts' digits and over-long texts are refused, never guessed."""
    assert parse_plain(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none(text: str) -> None:
    """No text whatever makes the reader raise, and what it reads is a finite number that is not negative."""
    number = parse_plain(text)
    assert number is None or (number.is_finite() and number >= 0)


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [("1E+3", 0, "1000"), ("1.10", 1, "1.1"), ("0E-18", 0, "0"), ("-0", 0, "0"), ("100", 0, "100"), ("1E-8", 8, None)],
)
def test_examples(number: str, places: int, text: str | None) -> None:
    """Trailing zeros and exponents carry no value."""
    assert decimal_places(Decimal(number)) == places
    assert text is None or plain(Decimal(number)) == text


def test_ratio_of_nothing_is_unknown() -> None:
    """Dividing by zero is unknown, not zero and no error."""
    assert ratio(Decimal(1), Decimal(0)) is None
    assert ratio(Decimal(1), Decimal(4)) == Decimal("0.25")


@pytest.mark.parametrize(
    ("number", "written"),
    [("8340.000000000000013714", "8340"), ("0.123456789", "0.12345678"), ("0.000000001", "0.000000001"), ("0", "0")],
)
def test_what_is_there_is_told_without_dust_and_never_as_more(number: str, written: str) -> None:
    """Digits behind the eighth are cut, and what has no others is written whole instead of as nothing."""
    assert shortly(Decimal(number)) == written
