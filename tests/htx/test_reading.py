"""Single values from outside: numbers in bounds, symbols and ids that cannot be anything else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.reading import currency, exact, id_text, is_order_id, is_symbol, positive, symbol, word


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "0E-18",
        "9.121E-7",
        "8.18E8",
        "123140716701236887569077664",
        "-0.5",
        "90090730.707133525077464434840000000000000000",
        "0." + "0" * 35 + "4",
    ],
)
def test_what_htx_sends_is_kept_to_the_digit(text: str) -> None:
    """Numbers as they were recorded pass unchanged, exponents and trailing zeros included."""
    assert exact(Decimal(text)).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-Infinity",
        "1E+999999999",
        "1E-999999999",
        "0E-999999",
        "1E+41",
        "9" * 61,
        "0." + "1" * 61,
    ],
)
def test_what_cannot_be_written_is_refused(text: str) -> None:
    """A number that is no number, or whose plain form would fill the memory, does not come in."""
    with pytest.raises(ValueError, match="a number is"):
        exact(Decimal(text))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**15), max_value=10**15))
def test_every_amount_of_money_passes(number: Decimal) -> None:
    """Eighteen places and fifteen digits in front of them are always within bounds."""
    assert exact(number) is number


def test_a_price_is_positive() -> None:
    """Zero and below are no price."""
    assert positive(Decimal("1E-18")) > 0
    for text in ("0", "-1", "NaN"):
        with pytest.raises(ValueError, match=r"a (number|price)"):
            positive(Decimal(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "BTCUSDT",
        "btc-usdt",
        "btc/usdt",
        "btсusdt",
        "btcusdt ",
        "btcusdt\n",
        "../accounts",
        "btc%2fusdt",
        "btcusdt?x",
        "a" * 21,
        "１inchusdt",
    ],
)
def test_a_symbol_is_nothing_else(text: str) -> None:
    """Look-alikes, separators, white space and path tricks are no symbols."""
    assert not is_symbol(text)
    with pytest.raises(ValueError, match="is not a symbol"):
        symbol(text)


@given(st.from_regex(r"[a-z0-9]{2,20}", fullmatch=True))
def test_a_symbol_passes(text: str) -> None:
    """Two to twenty small letters and digits are a symbol."""
    assert symbol(text) == text


@pytest.mark.parametrize("value", ["", "-1", "1.0", "1e3", "١٢٣", "1" * 21, "12/../34", -5])
def test_an_order_id_is_digits(value: int | str) -> None:
    """Anything but one to twenty ASCII digits is no order id."""
    assert not is_order_id(str(value))
    with pytest.raises(ValueError, match="is not an order id"):
        id_text(value)


def test_ids_and_words() -> None:
    """Ids have one spelling; words are cleaned; nothing said is an empty word."""
    assert id_text(1180298630694853) == id_text("1180298630694853") == "1180298630694853"
    assert word(None) == ""
    assert word(116) == "116"
    assert "\x1b" not in word("a\x1b]0;title\x07")
    assert len(word("x" * 500)) == 80


@pytest.mark.parametrize("text", ["", "us dt", "usdt\x1b", "ｕsdt", "a" * 21])
def test_a_currency_is_a_plain_name(text: str) -> None:
    """A balance under a name that cannot be is refused."""
    with pytest.raises(ValueError, match="is not a currency"):
        currency(text)
