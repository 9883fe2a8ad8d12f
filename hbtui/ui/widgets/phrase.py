"""A phrase to be typed letter by letter, by which a person overrides one objection; a paste is not typing."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from hbtui.ui.widgets.words import Words

__all__ = ["PhraseField"]

_LONGEST = 80
_TYPED_APART_S = 0.005
"""Keys that come closer together than this came from no finger."""


class _TypedInput(Input):
    """Takes single keys only: what is pasted, whichever way, leaves it empty."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Go on", key_display="⏎", id="phrase.enter")]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__(max_length=_LONGEST, id=id)
        self._last_key_s = 0.0

    def on_key(self, event: events.Key) -> None:
        """Let the library take a typed key; a key out of a burst empties the field."""
        is_burst = event.time - self._last_key_s < _TYPED_APART_S
        self._last_key_s = event.time
        if is_burst and event.is_printable:
            event.stop()
            event.prevent_default()
            self.value = ""

    def on_paste(self, event: events.Paste) -> None:
        """Take nothing."""
        event.stop()
        event.prevent_default()

    def action_paste(self) -> None:
        """Do nothing."""


class PhraseField(Vertical):
    """Says which objection a phrase overrides; it is overridden while exactly that phrase stands in the field."""

    DEFAULT_CSS = """
    PhraseField {
        height: auto;
        & > Words { height: auto; color: $warning; }
        & > Input { width: 1fr; }
        &.-typed > Words { color: $success; }
    }
    """

    class Changed(Message):
        """The phrase was completed, or is no longer complete."""

    class Entered(Message):
        """The person pressed Enter in the field."""

        def __init__(self, field: "PhraseField") -> None:
            super().__init__()
            self.field = field

    def __init__(self, code: str, phrase: str) -> None:
        super().__init__()
        self.code = code
        self.phrase = phrase
        self._was_typed = False

    def compose(self) -> ComposeResult:
        """The words, and the field under them."""
        words = Words()
        words.say(self._words)
        yield words
        yield _TypedInput()

    @property
    def is_typed(self) -> bool:
        """Whether exactly the phrase stands in the field."""
        inputs = self.query(_TypedInput)
        return bool(inputs) and inputs.first().value.strip() == self.phrase

    @property
    def _words(self) -> Content:
        if self._was_typed:
            return Content(f"✓ {self.code} is overridden by what you typed")
        return Content(f"to override {self.code} type: {self.phrase}")

    def take_focus(self) -> None:
        """Let the person type here."""
        self.query_one(_TypedInput).focus()

    @on(Input.Changed)
    def follow(self, event: Input.Changed) -> None:
        """Say whether the phrase stands there."""
        event.stop()
        if self.is_typed is not self._was_typed:
            self._was_typed = self.is_typed
            self.set_class(self._was_typed, "-typed")
            self.query_one(Words).say(self._words)
            self.post_message(self.Changed())

    @on(Input.Submitted)
    def go_on(self, event: Input.Submitted) -> None:
        """Pass Enter on."""
        event.stop()
        self.post_message(self.Entered(self))
