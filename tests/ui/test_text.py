"""Numbers and times as text: exact, aligned, and never a zero that is none."""

from datetime import UTC, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hbtui.ui import text
from tests.ui.bars import START_MS, pair

NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=12
)
POSITIVE = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=Decimal("1e17"), places=10)
SCALES = {"K": 3, "M": 6, "B": 9, "T": 12}


def read(words: str) -> Decimal:
    """Read a compact number back."""
    unit = SCALES.get(words[-1], 0)
    return Decimal(words.rstrip("KMBT").replace(",", "")).scaleb(unit)


def says_zero(words: str) -> bool:
    """Whether a text claims that something is exactly nothing."""
    return not any(digit in words for digit in "123456789")


@pytest.mark.parametrize(
    ("number", "places", "words"),
    [
        ("67012.5", 2, "67,012.50"),
        ("0.08123", 6, "0.081230"),
        ("1234567890.1", 0, "1,234,567,890"),
        ("-1204.1", 2, "-1,204.10"),
        ("0", 2, "0.00"),
        ("-0", 2, "0.00"),
        ("0.001", 2, "<0.01"),
        ("-0.001", 2, ">-0.01"),
        ("0.3", 0, "<1"),
        ("1E+3", 0, "1,000"),
    ],
)
def test_grouped_numbers_have_fixed_decimals_and_commas(number: str, places: int, words: str) -> None:
    """Each number is written as a trader writes it, in every size and with either sign."""
    assert text.grouped(Decimal(number), places) == words


@given(NUMBERS, st.integers(0, 10))
def test_a_number_that_is_not_zero_never_looks_like_zero(number: Decimal, places: int) -> None:
    """Whatever is rounded away, something stays to be seen; and zero itself has no sign."""
    words = text.grouped(number, places)
    assert says_zero(words) == (number == 0)
    assert number != 0 or "-" not in words


@given(NUMBERS, st.integers(0, 10))
def test_a_grouped_number_is_within_half_a_unit(number: Decimal, places: int) -> None:
    """What is shown as a plain number is the nearest one with that many decimals."""
    words = text.grouped(number, places)
    if words[0] not in "<>":
        assert abs(Decimal(words.replace(",", "")) - number) <= Decimal("0.5").scaleb(-places)


@given(POSITIVE)
def test_an_amount_never_promises_more_than_there_is(number: Decimal) -> None:
    """Amounts and holdings are cut, not rounded."""
    for words in (text.amount(number, pair()), text.quantity(number)):
        if words[0] != "<":
            assert Decimal(words.replace(",", "")) <= number


def test_price_and_amount_follow_the_pair_and_do_without_it() -> None:
    """With a pair the decimals are fixed, without one the number is as exact as it is."""
    assert text.price(Decimal("0.5"), pair()) == "0.50"
    assert text.price(Decimal("0.5"), None) == "0.5"
    assert text.amount(Decimal("12.999"), pair()) == "12.99"
    assert text.amount(Decimal("12.999"), None) == "12.999"


def test_what_is_unknown_is_a_dash_everywhere() -> None:
    """No function invents a zero."""
    written = [
        text.price(None, pair()),
        text.amount(None, pair()),
        text.worth(None),
        text.quantity(None),
        text.compact(None),
        text.percent(None),
        text.signed_percent(None),
        text.clock(None),
        text.ago(None),
    ]
    assert written == [text.UNKNOWN] * len(written)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1204.1", "1,204.10"),
        ("0.00012", "0.00012"),
        ("12000", "12,000.00"),
        ("0.000000001", "<0.00000001"),
        ("0", "0.00"),
    ],
)
def test_a_holding_keeps_its_digits(number: str, words: str) -> None:
    """A holding shows its own digits up to eight, and at least two."""
    assert text.quantity(Decimal(number)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1234567890", "1.2B"),
        ("44100", "44.1K"),
        ("999949", "999.9K"),
        ("999951", "1.0M"),
        ("999.99", "1.0K"),
        ("-1500", "-1.5K"),
        ("12.34", "12.3"),
        ("999", "999"),
        ("0.001234", "0.00123"),
        ("0.0000001", "<0.000001"),
        ("0", "0"),
        ("3200000000000", "3.2T"),
    ],
)
def test_compact_numbers(number: str, words: str) -> None:
    """Large numbers take a unit, small ones keep three digits, and rounding up changes the unit."""
    assert text.compact(Decimal(number)) == words


@given(NUMBERS)
def test_a_compact_number_is_within_its_rounding(number: Decimal) -> None:
    """Reading it back gives the number up to half of the last digit shown, and zero only for zero."""
    words = text.compact(number)
    assert says_zero(words) == (number == 0)
    if words[0] not in "<>":
        shown = read(words)
        allowed = max(abs(number) * Decimal("0.05"), Decimal("0.000001"))
        assert abs(shown - number) <= allowed
        assert len(words) <= 9


@pytest.mark.parametrize(
    ("ratio", "words", "short"),
    [
        ("0.0231", "▲ 2.31%", "▲2.3"),
        ("-0.012", "▼ 1.20%", "▼1.2"),
        ("0", "0.00%", "0.0"),
        ("0.00001", "▲ <0.01%", "▲<0.1"),
        ("-12.3456", "▼ 1,234.56%", "▼1,234.6"),
    ],
)
def test_changes_have_an_arrow_and_never_only_a_colour(ratio: str, words: str, short: str) -> None:
    """The arrow says the direction; exactly no change has none."""
    assert text.percent(Decimal(ratio)) == words
    assert text.signed_percent(Decimal(ratio)) == short


def test_times_are_of_the_zone_that_is_asked_for() -> None:
    """The same moment is read in its own zone each."""
    assert text.clock(START_MS, UTC) == "09:00:00"
    assert text.clock(START_MS, timezone(timedelta(hours=8))) == "17:00:00"
    assert text.local_time(START_MS, UTC).isoformat() == "2025-10-09T09:00:00+00:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d"),
        (-5, "0 s"),
    ],
)
def test_lengths_of_time_are_told_in_their_usual_units(seconds: int, words: str) -> None:
    """From seconds to days; a clock that stepped back gives none, not a negative one."""
    assert text.ago(seconds * 1000) == words


@given(st.text(max_size=40), st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_fitted_text_has_exactly_the_width_asked_for(words: str, width: int, align: str) -> None:
    """Wide characters and long texts come out as wide as the column, to the cell."""
    printable = "".join(letter for letter in words if letter.isprintable())
    assert cell_len(text.fitted(printable, width, align)) == width


def test_a_long_text_says_that_it_was_cut() -> None:
    """The ellipsis takes the last cell."""
    assert text.fitted("watchlist", 6) == "watch…"
    assert text.fitted("7", 3, "right") == "  7"


def test_a_number_is_replaced_by_a_shorter_one_but_never_cut() -> None:
    """The first form that fits is taken; where none fits, an ellipsis stands for it."""
    assert text.first_fitting(("1,204.10", "1.2K"), 8) == "1,204.10"
    assert text.first_fitting(("1,204.10", "1.2K"), 7) == "1.2K"
    assert text.first_fitting(("1,204.10", "1.2K"), 3) == "…"
    assert text.first_fitting(("1.2K",), 0) == ""


@given(st.lists(POSITIVE, max_size=8), st.integers(1, 24))
def test_numbers_in_a_column_line_up(numbers: list[Decimal], width: int) -> None:
    """All are as wide as the column, and those that are not compact have their points under each other."""
    texts = text.column(tuple(numbers), 4, width)
    assert all(len(words) == width for words in texts)
    points = {words.rfind(".") for words in texts if "." in words and not set("KMBT<…") & set(words)}
    assert len(points) <= 1 or any(set("KMBT…") & set(words) for words in texts)


def test_a_column_keeps_only_the_decimals_that_are_used() -> None:
    """Whole amounts have no point, and the widest number says how many decimals there is room for."""
    assert text.column((Decimal(1000), Decimal(25)), 2, 6) == (" 1,000", "    25")
    assert text.column((Decimal("1000.25"), Decimal("25.5")), 2, 8) == ("1,000.25", "   25.50")
    assert text.column((Decimal("1000.25"), Decimal("25.5")), 2, 7) == ("1,000.2", "   25.5")
    assert text.column((Decimal(123_456_789),), 2, 7) == (" 123.5M",)
    assert text.column((), 2, 7) == ()


def test_a_sentence_is_wrapped_in_the_middle() -> None:
    """Long words of the exchange take as many lines as they need, and no more than there are."""
    assert text.in_the_middle("not listed", 20, 3) == ["", "     not listed"]
    lines = text.in_the_middle("the exchange does not list this pair any more", 16, 6)
    assert " ".join(line.strip() for line in lines).strip() == "the exchange does not list this pair any more"
    assert len(text.in_the_middle("one two three four five six", 5, 2)) == 2
