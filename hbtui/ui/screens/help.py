"""All keys and what they do, made from the one table."""

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hbtui.ui.keys import TABLE, Area, KeyLine

__all__ = ["HelpScreen", "help_text"]

_KEY_WIDTH = 7
_NOTES = (
    "Colours never stand alone: ▲ ▼, BUY and SELL say the same. — means: not known (never 0).",
    "A letter typed into a field is text; esc leaves the field and the keys work again.",
    "Nothing is sent before the review, and then exactly what it shows, once.",
    "? UNCERTAIN means: the answer was lost and the order may be live. It is looked up until that is known.",
)


def help_text() -> Content:
    """Write the help."""
    parts: list[tuple[str, str]] = []
    order = list(Area)
    by_area = sorted(TABLE, key=lambda line: order.index(line.area))
    for area, group in groupby(by_area, key=lambda line: line.area):
        parts.append((f"{area.value}\n", "bold"))
        for line in group:
            parts += [(f"  {_key(line):<{_KEY_WIDTH}}", "bold $accent"), (f"{line.help}\n", "")]
        parts.append(("\n", ""))
    parts += [(f"{note}\n", "$muted") for note in _NOTES]
    return Content.assemble(*parts).rstrip()


def _key(line: KeyLine) -> str:
    if line.id == "chart.next":
        return "]"
    return line.display or line.key


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
            yield Static(help_text())

    def on_mount(self) -> None:
        """Let the arrows scroll at once."""
        self.query_one("#help-box").focus()
