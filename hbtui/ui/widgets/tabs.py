"""A row of words of which one is chosen: tabs, and choices in a form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

__all__ = ["WordBar"]


class _Place(NamedTuple):
    """The line of a word and the columns from its first cell to behind its last."""

    name: str
    row: int
    left: int
    right: int


class WordBar(Widget, can_focus=True):
    """Words in one line; ← and → or a click choose one. What it shows is plain text, never markup.

    Where the stylesheet gives it more lines, words that do not fit stand on the next one. A hint stands at the right
    end, where there is room for it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"wordbar--word", "wordbar--chosen", "wordbar--line"}
    DEFAULT_CSS = """
    WordBar {
        height: 1;
        width: 1fr;
        pointer: pointer;
        & > .wordbar--word { color: $muted; }
        &:focus > .wordbar--word { color: $foreground; }
        & > .wordbar--line { color: $line; }
        & > .wordbar--chosen { color: $foreground; text-style: bold; background: $panel; }
        &:focus > .wordbar--chosen { background: $block-cursor-background; text-style: bold underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous", show=False),
        Binding("right,space", "step(1)", "Next", show=False),
    ]
    chosen: reactive[str] = reactive("")

    class Chosen(Message):
        """Another word was chosen by the person."""

        def __init__(self, bar: "WordBar", name: str) -> None:
            super().__init__()
            self.bar = bar
            self.name = name

        @property
        def control(self) -> "WordBar":
            """The bar that was used."""
            return self.bar

    def __init__(
        self,
        words: Mapping[str, str],
        *,
        line: str = "│",
        hint: str = "",
        id: str | None = None,  # noqa: A002 - the library's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._words = dict(words)
        self._line = line
        self._hint = hint
        self.set_reactive(WordBar.chosen, next(iter(self._words)))

    @property
    def names(self) -> Sequence[str]:
        """What can be chosen, from left to right."""
        return tuple(self._words)

    def show(self, words: Mapping[str, str]) -> None:
        """Change the words, a number in them for example; where names change, the chosen one is the caller's affair."""
        if dict(words) != self._words:
            self._words = dict(words)
            self.refresh()

    def render(self) -> Content:
        """Draw the words, the chosen one marked."""
        plain, chosen = self.get_visual_style("wordbar--word"), self.get_visual_style("wordbar--chosen")
        parts: list[tuple[str, object]] = []
        row, used = 0, 0
        for place in self._places():
            if place.row > row:
                parts.append(("\n", plain))
                row, used = place.row, 0
            elif parts and self._line:
                parts.append((self._line, self.get_visual_style("wordbar--line")))
            parts.append((f" {self._words[place.name]} ", chosen if place.name == self.chosen else plain))
            used = place.right
        room = self.size.width - used
        if self._hint and room > cell_len(self._hint):
            parts.append((self._hint.rjust(room), plain))
        return Content.assemble(*parts)  # type: ignore[arg-type]  # its annotation knows only style names

    def _places(self) -> Iterable[_Place]:
        """Where each word stands: a new line is begun where there is one more and this one is full."""
        row = left = 0
        for name, word in self._words.items():
            width = cell_len(word) + 2
            if left and left + width > self.size.width and row + 1 < self.size.height:
                row, left = row + 1, 0
            yield _Place(name, row, left, left + width)
            left += width + cell_len(self._line)

    def action_step(self, step: int) -> None:
        """Choose the next word, or the one before, round and round."""
        names = list(self._words)
        if self.chosen in self._words:
            self.choose(names[(names.index(self.chosen) + step) % len(names)])
        else:
            self.choose(names[0 if step > 0 else -1])

    def choose(self, name: str) -> None:
        """Choose a word as the person would."""
        if name in self._words and name != self.chosen:
            self.chosen = name
            self.post_message(self.Chosen(self, name))

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the pointer."""
        found = (place for place in self._places() if place.row == event.y and place.left <= event.x < place.right)
        if (place := next(found, None)) is not None:
            self.choose(place.name)
