"""A question with several answers, each by a key of its own that counts only after a quiet moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Static

__all__ = ["Choice", "ChoiceDialog"]

_QUIET_S = 0.3
"""A key or click counts only after so long without one, so that a held key or a doubled click answers nothing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: what it is called on its button, and the keys that give it, the first of which is shown."""

    answer: str
    words: str
    keys: tuple[str, ...]


class ChoiceDialog(ModalScreen[str | None]):
    """Asks once and answers with the name of a choice, or ``None`` for going back, which has the focus.

    Every text is plain, never markup.
    """

    DEFAULT_CSS = """
    ChoiceDialog {
        align: center middle;
        & > VerticalScroll {
            width: 72;
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
        .act { background: $warning; color: $badge-text; }
        .act:disabled { background: $panel; color: $muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,escape", "answer('')", "Back", show=False),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str], choices: Sequence[Choice], *, back: str = "Back") -> None:
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._choices = tuple(choices)
        self._back = back
        self._is_answered = False
        self._is_armed = False
        self._quiet: Timer | None = None

    def compose(self) -> ComposeResult:
        """The question, what it is about, and the answers."""
        with VerticalScroll(can_focus=False) as box:
            box.border_title = Content(self._title)
            yield Static(Content("\n".join(self._lines)))
            yield from self.compose_more()
            with Horizontal():
                yield Button(Content(f"{self._back} (esc)"), id="back")
                for choice in self._choices:
                    label = Content(f"{choice.words} ({choice.keys[0]})")
                    yield Button(label, id=choice.answer, classes="act", disabled=True)

    def compose_more(self) -> Iterable[Widget]:
        """What stands between the words and the answers: nothing, of a mere question."""
        return ()

    def on_mount(self) -> None:
        """Start on the harmless answer, deaf to what is still being pressed."""
        self.query_one("#back").focus()
        self._listen_later()

    @property
    def is_armed(self) -> bool:
        """Whether keys and clicks count."""
        return self._is_armed

    def _listen_later(self) -> None:
        self._is_armed = False
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(_QUIET_S, self._listen)

    def _listen(self) -> None:
        self._is_armed = True
        for button in self.query(".act").results(Button):
            button.disabled = False

    def on_key(self, event: events.Key) -> None:
        """Take the key of an answer, if keys count by now."""
        found = next((choice for choice in self._choices if event.key in choice.keys), None)
        if found is None:
            return
        event.stop()
        event.prevent_default()
        if self._is_armed:
            self.action_answer(found.answer)
        else:
            self._listen_later()

    @on(Button.Pressed)
    def take_button(self, event: Button.Pressed) -> None:
        """Answer as the button says, if clicks count by now."""
        event.stop()
        if not self._is_armed:
            self._listen_later()
        else:
            self.action_answer("" if event.button.id == "back" else event.button.id or "")

    def action_answer(self, answer: str) -> None:
        """Answer, once; empty is going back."""
        if not self._is_answered:
            self._is_answered = True
            self.dismiss(answer or None)
