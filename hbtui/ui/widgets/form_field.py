"""One line of a dialog's form that takes any text: label, input, and words under it."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input

from hbtui.ui.widgets.words import Words

__all__ = ["FormField"]


class FormField(Vertical):
    """Shows an error under what was typed, else the hint that it was made with; plain text, never markup."""

    DEFAULT_CSS = """
    FormField {
        height: auto;
        & > Horizontal { height: 1; }
        .label { width: 8; height: 1; color: $muted; }
        Input { width: 1fr; }
        .under { height: auto; min-height: 1; padding-left: 9; color: $muted; }
        &.-wrong .under { color: $error; }
        &.-wrong Input { background: $ask-bar; }
    }
    """

    def __init__(self, label: str, value: str, hint: str, *, longest: int, id: str) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._hint = hint
        self._label = Words(classes="label")
        self._label.say(Content(label))
        self._input = Input(value, max_length=longest)
        self._under = Words(classes="under")
        self._under.say(Content(hint))

    def compose(self) -> ComposeResult:
        """Label and input in one line, words below."""
        with Horizontal():
            yield self._label
            yield self._input
        yield self._under

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self._input.value

    @property
    def said(self) -> str:
        """The words under the field."""
        return self._under.said

    def show_error(self, error: str) -> None:
        """Put an error under the field, or the hint again."""
        self._under.say(Content(error or self._hint))
        self.set_class(bool(error), "-wrong")

    def take_focus(self) -> None:
        """Let the person type here."""
        self._input.focus()
