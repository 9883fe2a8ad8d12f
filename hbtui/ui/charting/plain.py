"""The same drawings for terminals that cannot show more than ASCII."""

import codecs
from collections.abc import Mapping
from io import TextIOWrapper
from types import MappingProxyType

__all__ = ["as_ascii", "needs_ascii", "write_twins"]

_TWINS = {
    "│": "|", "┃": "#", "║": "H", "╿": "#", "╽": "#", "╷": "|", "╵": "|", "╻": "#", "╹": "#", "╏": "H",
    "─": "-", "━": "=", "═": "=", "╌": "-", "┄": "-", "┈": ".", "┊": ":", "┼": "+", "┤": "|", "├": "|",
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "▔": "^", "▎": "|", "▏": "|", "▕": "|",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "┴": "+", "┬": "+", "╞": "[", "╡": "]", "╶": "-", "╴": "-",
    "▁": "_", "▂": "_", "▃": ".", "▄": "o", "▅": "o", "▆": "O", "▇": "O", "█": "#", "▀": "^", "▌": "|", "▐": "|",
    "▓": "=", "▒": "-", "░": ".",
    "▲": "+", "▼": "-", "▸": ">", "◂": "<", "◄": "<", "►": ">", "›": ">", "‹": "<", "•": "*", "·": ".",
    "●": "*", "◐": "%", "○": "o", "◌": "o", "—": "-", "–": "-", "≈": "~", "…": ".", "×": "x", "Σ": "S",
    "⠁": "'", "⠂": "-", "⠄": "-", "⡀": ".", "⠉": "'", "⠒": "-", "⠤": "-", "⣀": ".",
    "↑": "^", "↓": "v", "←": "<", "→": ">",
}  # fmt: skip

_TWINS_ERROR = "hbtui-twins"
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


def write_twins(stream: object) -> None:
    """Have a terminal's stream write twins for what its encoding lacks.

    Whatever reaches it unexchanged (a title, a name in another script) would be spelt out as an escape of six
    characters, and push the rest of its line out of place.
    """
    if isinstance(stream, TextIOWrapper):
        codecs.register_error(_TWINS_ERROR, _twin)
        stream.reconfigure(errors=_TWINS_ERROR)


def _twin(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from rich.cells import cell_len

    lacking = error.object[error.start : error.end]
    return "".join(as_ascii(char).ljust(cell_len(char), "?")[: cell_len(char)] for char in lacking), error.end
