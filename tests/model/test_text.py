"""Foreign text made harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.text import clean


@given(st.text(max_size=400))
def test_cleaned_text_cannot_act(text: str) -> None:
    """No control, bidirectional, private or surrogate character survives, on one line of bounded length."""
    cleaned = clean(text, 100)
    assert len(cleaned) <= 100
    for char in cleaned:
        assert unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
        assert char == " " or not char.isspace()


@given(st.text(max_size=200))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Cleaned text stays as it is."""
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Order total cannot be lower than: 1 USDT", "Order total cannot be lower than: 1 USDT"),
        ("\x1b]0;owned\x07", "·]0;owned·"),
        ("a\r\nb\tc", "a b c"),
        ("btс\u202eusdt", "btс·usdt"),
        ("x" * 400, "x" * 299 + "…"),
        (42, "42"),
        ("系统异常:", "系统异常:"),
        ("[red]not markup[/x]", "[red]not markup[/x]"),
    ],
)
def test_examples(text: object, cleaned: str) -> None:
    """Escape sequences, line ends, direction marks and endless texts lose their power; words stay."""
    assert clean(text) == cleaned
