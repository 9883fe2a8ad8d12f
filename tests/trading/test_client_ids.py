"""Client order ids."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Mode
from hbtui.trading.client_ids import _checksum, given_id, is_own, made_ms, new_client_order_id

NOW_MS = 1_700_000_000_000
OWN = new_client_order_id(Mode.DEMO, 1, bytes)


@given(
    st.sampled_from(list(Mode)), st.integers(min_value=0, max_value=(1 << 48) - 1), st.binary(min_size=10, max_size=10)
)
def test_shape(mode: Mode, now_ms: int, random: bytes) -> None:
    """Every id has 32 letters and digits, names its mode, and is known again as own."""
    key = new_client_order_id(mode, now_ms, lambda _: random)
    assert re.fullmatch(r"hb1[LPD][0-9A-HJKMNP-TV-Z]{28}", key)
    assert key[3] == mode.name[0]
    assert is_own(key)


@given(st.integers(min_value=4, max_value=31), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_changed_character_is_noticed(place: int, char: str) -> None:
    """An id with one character changed is no own id: the checksum does not fit."""
    key = new_client_order_id(Mode.DEMO, NOW_MS, lambda _: b"0123456789")
    changed = key[:place] + char + key[place + 1 :]
    assert is_own(changed) is (changed == key)


@pytest.mark.parametrize("key", ["", "hb1", "AA03022abc", "x" * 32, "hb1D" + "0" * 28, "hb1D\N{SNOWMAN}" + "0" * 27])
def test_foreign_ids_are_foreign(key: str) -> None:
    """What others call their orders is never taken for own."""
    assert not is_own(key)


def test_ids_are_new_and_sort_by_time() -> None:
    """A thousand ids of one millisecond differ, and a later one sorts behind."""
    assert len({new_client_order_id(Mode.LIVE, NOW_MS) for _ in range(1000)}) == 1000
    assert new_client_order_id(Mode.LIVE, NOW_MS) < new_client_order_id(Mode.LIVE, NOW_MS + 1)


@pytest.mark.parametrize(
    "text", ["a", "A-1_b", "x" * 64, "hb", "hb2D0", "HB1-mine", new_client_order_id(Mode.DEMO, 1, bytes)]
)
def test_a_scripts_id_is_taken_as_it_is(text: str) -> None:
    """What HTX takes is taken, and so is an id that this program made for the script."""
    assert given_id(text) == text


@pytest.mark.parametrize("text", ["", " a", "a ", "a\n", "a.b", "\u00e4", "\uff11", "x" * 65, "a/b", 'a"b', "a\x00"])
def test_what_htx_does_not_take_is_refused(text: str) -> None:
    """Letters, digits, underscore and hyphen, at most 64, and nothing behind them."""
    with pytest.raises(ValueError, match="1 to 64 letters"):
        given_id(text)


@pytest.mark.parametrize(
    "text", ["hb1", "hb1-mine", "hb1D" + "0" * 28, new_client_order_id(Mode.LIVE, 1, bytes)[:-1] + "U"]
)
def test_a_look_alike_of_an_own_id_is_refused(text: str) -> None:
    """An id that seems ours but bears no checksum of ours would be taken for an order that was never meant."""
    with pytest.raises(ValueError, match="made by hbtui itself"):
        given_id(text)


@given(st.text(max_size=70))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    """No text at all breaks the check, and none is changed by it."""
    try:
        assert given_id(text) == text
    except ValueError:
        is_plain = re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) is not None
        assert not is_plain or text.startswith("hb1")


@given(st.sampled_from(list(Mode)), st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_an_own_id_tells_when_it_was_made(mode: Mode, now_ms: int, random: bytes) -> None:
    """To the millisecond; any other text tells nothing."""
    key = new_client_order_id(mode, now_ms, lambda _: random)
    assert made_ms(key) == now_ms
    assert made_ms(key[:-1]) is None
    assert made_ms(key.lower()) is None


def test_an_id_of_other_letters_tells_no_time() -> None:
    """A checksum can be right over letters that no own id has."""
    stem = "hb1D" + "U" * 26
    key = stem + _checksum(stem)
    assert is_own(key)
    assert made_ms(key) is None
