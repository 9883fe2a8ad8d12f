"""One typed number of a form: label, input, unit, and the error under it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from hbtui.ui.keys import TABLE
from hbtui.ui.widgets.words import Words

__all__ = ["NumberField"]

_LONGEST = 40
_FIRST = frozenset(line.key for line in TABLE if line.is_first)


class _FieldInput(Input):
    takes_letters = False
    """No letter belongs to a number: a command that works in every dialog works here too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Review", key_display="⏎", tooltip="Review the order", id="ticket.enter"),
    ]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave alone what comes before everything."""
        return key not in _FIRST and super().check_consume_key(key, character)


class NumberField(Vertical):
    """A labelled field; it says what the person typed, and shows the words it is given."""

    DEFAULT_CSS = """
    NumberField {
        height: auto;
        & > Horizontal { height: 1; }
        .label { width: 8; height: 1; color: $muted; }
        .unit { width: 6; height: 1; padding-left: 1; color: $muted; text-align: right; }
        Input { width: 1fr; }
        &.-wrong Input { background: $ask-bar; }
        .error { height: auto; min-height: 1; padding-left: 8; color: $error; }
    }
    """

    class Typed(Message):
        """The person changed the text."""

        def __init__(self, field: "NumberField") -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> "NumberField":
            """The field that was typed in."""
            return self.field

    class Entered(Message):
        """The person pressed Enter in the field."""

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._label = Words(classes="label")
        self._label.say(Content(label))
        self._unit = Words(classes="unit")
        self._input = _FieldInput(max_length=_LONGEST, id=f"{id}-input")
        self._error = Words(classes="error")
        self._taken = ""
        """The text that the form has."""

    def compose(self) -> ComposeResult:
        """Label, input and unit in one line; the error under the input."""
        with Horizontal():
            yield self._label
            yield self._input
            yield self._unit
        yield self._error

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self._input.value

    def take(self) -> str:
        """Give what stands in the field now, for the form to have: more may have been typed since that was told."""
        self._taken = self._input.value
        return self._taken

    def put(self, text: str) -> None:
        """Write a text into the field without saying that the person typed it.

        What was typed and not taken yet stays: it is on its way to the form, and a digit of it would be lost.
        """
        if self._input.value == self._taken != text:
            self._taken = text
            with self._input.prevent(Input.Changed):
                self._input.value = text

    def name_it(self, label: str, unit: str) -> None:
        """Change the words before and behind the field."""
        self._label.say(Content(label))
        self._unit.say(Content(unit))

    @property
    def error(self) -> str:
        """The words under the field."""
        return self._error.said

    def show_error(self, text: str) -> None:
        """Put words under the field, or take them away."""
        self._error.say(Content(text))
        self.set_class(bool(text), "-wrong")

    def take_focus(self) -> None:
        """Let the person type here, over what stands here."""
        self._input.focus()

    @property
    def is_typing(self) -> bool:
        """Whether the input has the focus."""
        return self._input.has_focus

    @on(Input.Changed)
    def tell_typed(self, event: Input.Changed) -> None:
        """Pass on what was typed."""
        event.stop()
        self.post_message(self.Typed(self))

    @on(Input.Submitted)
    def tell_entered(self, event: Input.Submitted) -> None:
        """Pass on that Enter was pressed."""
        event.stop()
        self.post_message(self.Entered())
