"""Terminals without UTF-8."""

from hypothesis import given
from hypothesis import strategies as st

from hbtui.ui.charting.plain import as_ascii, needs_ascii


def test_glyphs_have_twins_that_still_tell_up_from_down() -> None:
    """Rising and falling, hollow and filled, wick and grid stay different."""
    assert as_ascii("▲▼") == "+-"
    assert as_ascii("║┃│┈") == "H#|."
    assert as_ascii("≈ 1,204.10 …4821 —") == "~ 1,204.10 .4821 -"


@given(st.text(max_size=50))
def test_every_text_becomes_ascii_of_the_same_length(words: str) -> None:
    """Columns stay where they are, whatever comes."""
    shown = as_ascii(words)
    assert shown.isascii()
    assert len(shown) == len(words)


def test_only_encodings_without_the_glyphs_need_it() -> None:
    """UTF-8 and the unknown default draw in full; Latin-1, ASCII and nonsense do not."""
    assert not needs_ascii("utf-8")
    assert not needs_ascii(None)
    assert needs_ascii("iso-8859-1")
    assert needs_ascii("ascii")
    assert needs_ascii("no-such-encoding")
