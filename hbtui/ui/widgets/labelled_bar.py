"""A choice of words behind a label."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.words import Words

__all__ = ["LabelledBar"]


class LabelledBar(Horizontal):
    """One line of a form: what is chosen, and from what. The bar inside has the name that is given."""

    DEFAULT_CSS = """
    LabelledBar { height: 1; & > Words { height: 1; color: $muted; } }
    """

    def __init__(self, label: str, words: Mapping[str, str], *, bar: str, id: str, width: int) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._label = Words()
        self._label.say(Content(label))
        self._label.styles.width = width
        self._bar = WordBar(words, line="", id=bar)

    def compose(self) -> ComposeResult:
        """Label and bar."""
        yield self._label
        yield self._bar
