"""The same drawings for terminals that cannot show more than ASCII."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["as_ascii", "needs_ascii"]

_TWINS = {
    "│": "|", "┃": "#", "║": "H", "╿": "#", "╽": "#", "╷": "|", "╵": "|", "╻": "#", "╹": "#", "╏": "H",
    "─": "-", "━": "=", "═": "=", "╌": "-", "┄": "-", "┈": ".", "┊": ":", "┼": "+", "┤": "|", "├": "|",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "┴": "+", "┬": "+", "╞": "[", "╡": "]", "╶": "-", "╴": "-",
    "▁": "_", "▂": "_", "▃": ".", "▄": "o", "▅": "o", "▆": "O", "▇": "O", "█": "#", "▀": "^", "▌": "|", "▐": "|",
    "▲": "+", "▼": "-", "▸": ">", "◂": "<", "◄": "<", "►": ">", "›": ">", "‹": "<", "•": "*", "·": ".",
    "●": "*", "◐": "%", "○": "o", "◌": "o", "—": "-", "–": "-", "≈": "~", "…": ".", "×": "x", "Σ": "S",
    "⠁": "'", "⠂": "-", "⠄": "-", "⡀": ".", "⠉": "'", "⠒": "-", "⠤": "-", "⣀": ".",
    "↑": "^", "↓": "v", "←": "<", "→": ">",
}  # fmt: skip

_TABLE: Mapping[int, str] = MappingProxyType({ord(glyph): twin for glyph, twin in _TWINS.items()})


def as_ascii(text: str) -> str:
    """Exchange every glyph for one ASCII character, so that columns stay where they are; the unknown become ``?``."""
    return text.translate(_TABLE).encode("ascii", "replace").decode("ascii")


def needs_ascii(encoding: str | None) -> bool:
    """Tell whether a terminal's encoding cannot carry the glyphs."""
    try:
        "┃▁▲●≈".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return True
    return False
