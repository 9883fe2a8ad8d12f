"""All keys and what they do, made from the one table."""

from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hbtui.ui.keys import Area, lines

__all__ = ["HelpScreen", "help_text"]

_LEAD = 9
_LEAST = 20
_WIDEST, _FRAME = 84, 7
"""The box's width, and what border, padding and scrollbar take of it."""
_NOTES = (
    "Colours never stand alone: ▲ ▼, BUY and SELL say the same. — means: not known (never 0).",
    "A letter typed into a field is text; esc leaves the field and the keys work again.",
    "Nothing is sent before the review, and then exactly what it shows, once.",
    "? UNCERTAIN means: the answer was lost and the order may be live. It is looked up until that is known.",
)


def help_text(width: int) -> Content:
    """Write the help for so many columns: what does not fit into a line goes on under its own column."""
    parts: list[tuple[str, str]] = []
    for area in Area:
        parts.append((f"{area.value}\n", "bold"))
        for line in lines(area):
            if line.is_told:
                told = _hanging(line.help, width, _LEAD)
                parts += [(f"  {line.written:<{_LEAD - 2}}", "bold $accent"), (f"{told}\n", "")]
        parts.append(("\n", ""))
    parts += [(f"{_hanging(note, width, 0)}\n", "$muted") for note in _NOTES]
    return Content.assemble(*parts).rstrip()


def _hanging(words: str, width: int, lead: int) -> str:
    """Wrap words that begin behind ``lead`` columns, or at the first where nothing stands before them."""
    return ("\n" + " " * lead).join(wrap(words, max(_LEAST, width - lead)))


class HelpScreen(ModalScreen[None]):
    """Scrolls with the arrows; any way back closes it."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "Back", key_display="esc"),
    ]

    def compose(self) -> ComposeResult:
        """One text to scroll through."""
        with VerticalScroll(id="help-box") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content("esc closes")
            yield Static(help_text(self._room), id="help-text")

    def on_mount(self) -> None:
        """Let the arrows scroll at once."""
        self.query_one("#help-box").focus()

    def on_resize(self) -> None:
        """Wrap the lines anew."""
        self.query_one("#help-text", Static).update(help_text(self._room))

    @property
    def _room(self) -> int:
        return min(self.app.size.width, _WIDEST) - _FRAME
