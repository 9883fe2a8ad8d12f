"""Terminals without UTF-8."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hbtui.ui.charting.plain import as_ascii, needs_ascii, write_twins


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


def written(text: str, encoding: str) -> str:
    """Write a text to a terminal of an encoding, and read what arrives."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace", write_through=True)
    write_twins(stream)
    stream.write(text)
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding)


def test_a_terminal_gets_twins_for_what_its_encoding_lacks_and_nothing_else() -> None:
    """ASCII spells frames and bars in one character each, Latin-1 keeps what it has, UTF-8 keeps all."""
    assert written("╭─ Chart │ ▲ é —╮", "ascii") == "+- Chart | + ? -+"
    assert written("▲ é —", "latin-1") == "+ é -"
    assert written("╭─ Chart │ ▲ é —╮", "utf-8") == "╭─ Chart │ ▲ é —╮"


@given(st.text(st.characters(categories=["L", "N", "P", "S"], min_codepoint=128), max_size=30))
def test_a_line_stays_as_wide_as_it_was(words: str) -> None:
    """Wide characters leave two cells, and no escape pushes the rest of the line away."""
    assert len(written(words, "ascii")) == cell_len(words)


def test_what_is_no_stream_is_left_alone() -> None:
    """Where the terminal is something else (a test's buffer), nothing happens."""
    write_twins(io.StringIO())
