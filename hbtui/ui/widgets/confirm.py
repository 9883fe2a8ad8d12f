"""A question with two answers; the harmless one has the focus."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

__all__ = ["ConfirmDialog"]


class ConfirmDialog(ModalScreen[bool]):
    """Asks once: ``True`` for the act that the button names, ``False`` for going back.

    Every text is plain, never markup.
    """

    DEFAULT_CSS = """
    ConfirmDialog {
        align: center middle;
        & > Vertical {
            width: 64;
            max-width: 96%;
            height: auto;
            max-height: 96%;
            border: round $warning;
            border-title-color: $warning;
            border-title-style: bold;
            background: $surface;
            padding: 1 2;
        }
        Static { height: auto; margin-bottom: 1; }
        Horizontal { height: auto; align-horizontal: right; }
        Button { margin-left: 2; }
        #act { background: $warning; color: $badge-text; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,escape", "answer(False)", "Back", show=False),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str], *, act: str, back: str = "Back") -> None:
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._act = act
        self._back = back
        self._is_answered = False

    def compose(self) -> ComposeResult:
        """The question, what it is about, and the two answers."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Static(Content("\n".join(self._lines)))
            with Horizontal():
                yield Button(Content(f"{self._back} (esc)"), id="back")
                yield Button(Content(f"{self._act} (y)"), id="act")

    def on_mount(self) -> None:
        """Start on the harmless answer."""
        self.query_one("#back").focus()

    @on(Button.Pressed)
    def take_button(self, event: Button.Pressed) -> None:
        """Answer as the button says."""
        event.stop()
        self.action_answer(event.button.id == "act")

    def action_answer(self, is_yes: bool) -> None:  # noqa: FBT001 - an action's argument has no name
        """Answer, once."""
        if not self._is_answered:
            self._is_answered = True
            self.dismiss(is_yes)
