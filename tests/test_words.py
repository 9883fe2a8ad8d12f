"""The words of a command line, read strictly: what is not understood is refused in a sentence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Period
from hbtui.model.order import OrderType, Side
from hbtui.words import BadRequest, read_number, read_order_key, read_period, read_symbol, read_type


@pytest.mark.parametrize("text", ["dogeusdt", "DOGE/USDT", " doge-usdt ", "Doge_Usdt"])
def test_a_pair_is_read_as_people_write_it(text: str) -> None:
    """Capitals, separators and blanks around do not matter."""
    assert read_symbol(text) == "dogeusdt"


@pytest.mark.parametrize(
    "text", ["", "d", "../etc", "doge usdt", "ｄoge", "doge\x1b[2J", "x" * 21, "doge?usdt", "\udcff"]
)
def test_what_cannot_be_a_pair_is_refused(text: str) -> None:
    """Paths, look-alikes of other scripts, escapes and undecodable bytes never reach a request."""
    with pytest.raises(BadRequest, match="not a symbol"):
        read_symbol(text)


@given(st.text(max_size=70))
def test_only_what_can_be_an_order_id_is_asked_for(text: str) -> None:
    """Any text is either an id of 1 to 64 plain characters or refused; the refusal itself can be shown."""
    try:
        key = read_order_key(text)
    except BadRequest as error:
        assert str(error).isprintable()  # noqa: PT017 - both ends of the law are looked at
    else:
        assert key.isascii()
        assert 1 <= len(key) <= 64
        assert set(key) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@pytest.mark.parametrize(
    "value", ["1e5", "-1", "0", "+1", "1,5", "１２", "NaN", "Infinity", "", "9" * 31, "1_000", "0x1"]
)
def test_what_is_no_plain_number_is_refused(value: str) -> None:
    """Nothing that two people could read differently is taken for a number."""
    with pytest.raises(BadRequest, match="plain number above zero"):
        read_number("amount", value)


@pytest.mark.parametrize("value", [0.1, 1.0, True, None, Decimal("NaN"), Decimal(-1)])
def test_a_float_is_never_money(value: object) -> None:
    """Floats, truth values and numbers without a value are refused with the name of what they were meant for."""
    with pytest.raises(BadRequest, match="price"):
        read_number("price", value)  # type: ignore[arg-type]  # the point of the test


def test_periods_and_types_are_those_of_the_exchange() -> None:
    """Bars of one second are made here and cannot be asked for; a type names its side."""
    assert read_period("60min") is Period.HOUR
    assert read_period(Period.DAY) is Period.DAY
    with pytest.raises(BadRequest, match="1min"):
        read_period("1sec")
    assert read_type("sell-limit-maker") == (Side.SELL, OrderType.POST_ONLY)
    assert read_type("BUY-fok") == (Side.BUY, OrderType.FOK)
    assert read_type("sell-stop-limit-fok") == (Side.SELL, OrderType.STOP_LIMIT_FOK)
    for text in ("limit", "hold-limit", "buy-", "buy-stop", "stop-limit", ""):
        with pytest.raises(BadRequest, match="buy-limit"):
            read_type(text)
