"""A row of words of which one is chosen: tabs, and choices in a form."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

__all__ = ["WordBar"]


class WordBar(Widget, can_focus=True):
    """Words in one line; ← and → or a click choose one. What it shows is plain text, never markup.

    A hint stands at the right end, where there is room for it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"wordbar--word", "wordbar--chosen", "wordbar--line"}
    DEFAULT_CSS = """
    WordBar {
        height: 1;
        width: 1fr;
        pointer: pointer;
        & > .wordbar--word { color: $muted; }
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
        """Change the words (not the names), a number in them for example."""
        if dict(words) != self._words:
            self._words = dict(words)
            self.refresh()

    def render(self) -> Content:
        """Draw the words, the chosen one marked."""
        plain, chosen = self.get_visual_style("wordbar--word"), self.get_visual_style("wordbar--chosen")
        parts: list[Content | tuple[str, object]] = []
        for name, word in self._words.items():
            if parts and self._line:
                parts.append((self._line, self.get_visual_style("wordbar--line")))
            parts.append((f" {word} ", chosen if name == self.chosen else plain))
        room = self.size.width - sum(len(part) if isinstance(part, Content) else cell_len(part[0]) for part in parts)
        if self._hint and room > cell_len(self._hint):
            parts.append((self._hint.rjust(room), plain))
        return Content.assemble(*parts)  # type: ignore[arg-type]  # its annotation knows only style names

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
        left = 0
        for name, word in self._words.items():
            right = left + cell_len(word) + 2
            if left <= event.x < right:
                self.choose(name)
                return
            left = right + cell_len(self._line)
