"""The bottom line: the keys that work now, made from the bindings in force; a click presses one."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widget import Widget

from hbtui.ui.keys import TABLE

__all__ = ["KeyBar"]

_PLACES = {line.id: place + len(TABLE) * line.is_last for place, line in enumerate(TABLE, 1)}


@dataclass(frozen=True, slots=True)
class _Item:
    key: str
    shown: str
    words: str
    is_enabled: bool
    place: int
    """Where the table has it; what is not in the table belongs to the focused widget and comes first."""

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return cell_len(self.shown) + 1 + cell_len(self.words)


class KeyBar(Widget):
    """Shows as many keys as fit, in the table's order; a key that does nothing now is dimmed."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keybar--key", "keybar--words", "keybar--off"}
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        background: $footer-background;
        & > .keybar--key { color: $footer-key-foreground; text-style: bold; }
        & > .keybar--words { color: $muted; }
        & > .keybar--off { color: $faint; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: tuple[_Item, ...] = ()

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._read)
        self.call_after_refresh(self._read, self.screen)

    def _read(self, screen: Screen[object]) -> None:
        if screen is not self.screen or not self.is_attached:
            return
        focused = screen.focused
        items = []
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.show:
                continue
            shown = self.app.get_key_display(binding)
            typed = shown if len(shown) == 1 and shown.isascii() else key_to_character(binding.key)
            if focused is not None and focused.check_consume_key(binding.key, typed):
                continue  # the field would take it as text
            items.append(
                _Item(binding.key, shown, binding.description, active.enabled, _PLACES.get(binding.id or "", 0))
            )
        items.sort(key=lambda item: item.place)
        if tuple(items) != self._items:
            self._items = tuple(items)
            self.refresh()

    def render(self) -> Content:
        """Draw the keys and their words."""
        key, words, off = (self.get_visual_style(f"keybar--{name}") for name in ("key", "words", "off"))
        parts: list[tuple[str, object]] = [(" ", words)]
        left = 1
        for item in self._items:
            if left + item.width > self.size.width:
                break
            parts += [(item.shown, key if item.is_enabled else off), (" ", words)]
            parts += [(item.words, words if item.is_enabled else off), ("  ", words)]
            left += item.width + 2
        return Content.assemble(*parts)  # type: ignore[arg-type]  # its annotation knows only style names

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        left = 1
        for item in self._items:
            if left <= event.x < left + item.width:
                if item.is_enabled:
                    self.app.simulate_key(item.key)
                return
            left += item.width + 2
