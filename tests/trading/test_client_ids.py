"""Client order ids."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Mode
from hbtui.trading.client_ids import is_own, new_client_order_id

NOW_MS = 1_700_000_000_000


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
