"""Gunzip within a cap."""

import gzip

import pytest

from hbtui.htx.inflate import INFLATED_LIMIT, gunzipped


def test_a_frame_is_inflated() -> None:
    """What was packed comes out, up to the very cap."""
    assert gunzipped(gzip.compress(b'{"ping":1}')) == b'{"ping":1}'
    assert len(gunzipped(gzip.compress(bytes(INFLATED_LIMIT)))) == INFLATED_LIMIT


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"", "cut short"),
        (b"plain", "damaged"),
        (gzip.compress(b"x" * 100)[:-9], "cut short"),
        (gzip.compress(b"x") + gzip.compress(b"y"), "more than one"),
        (gzip.compress(bytes(INFLATED_LIMIT + 1)), "too large"),
    ],
    ids=["empty", "plain", "cut", "double", "one byte too many"],
)
def test_what_is_not_one_whole_frame_is_refused(frame: bytes, why: str) -> None:
    """Damage, haste and excess each have their word."""
    with pytest.raises(ValueError, match=why):
        gunzipped(frame)


def test_a_bomb_stops_at_the_cap() -> None:
    """300 MB in 300 KB are refused without ever being held."""
    import tracemalloc

    bomb = gzip.compress(bytes(300 << 20), 9)
    tracemalloc.start()
    with pytest.raises(ValueError, match="too large"):
        gunzipped(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * INFLATED_LIMIT
