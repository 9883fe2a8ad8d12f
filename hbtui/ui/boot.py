"""The first frame: what is being opened, in the colours of what follows, with as little loaded as possible."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from hbtui.model.account import Mode
    from hbtui.trading.views import Front

__all__ = ["BootScreen", "Opening"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What there is to say before anything is known, and how to go on."""

    mode: "Mode"
    symbol: str
    open_front: Callable[[], "Front"]
    """Called once, on the screen's thread, when the first frame is out; may import what it likes."""
    when_calm: Callable[[], None] = lambda: None
    """Called once, seconds later, when the start is over."""


class BootScreen(Screen[None]):
    """Shows the header's first words where the header will be, and keeps the keys that are pressed meanwhile."""

    DEFAULT_CSS = """
    BootScreen {
        background: $background;
        & > Static { height: 1; dock: top; background: $surface; color: $muted; }
    }
    """

    def __init__(self, opening: Opening, when_drawn: Callable[[], object]) -> None:
        super().__init__()
        self._opening = opening
        self._when_drawn = when_drawn
        self.typed: list[events.Key] = []
        """The keys that were pressed so far, oldest first."""

    def compose(self) -> ComposeResult:
        """Say the mode, the pair, and that nothing is known yet."""
        mode = self._opening.mode.value
        yield Static(
            Content.assemble(
                (f" {mode.upper()} ", f"bold $badge-text on ${mode}"),
                "  ",
                (self._opening.symbol.upper(), "bold $foreground"),
                "  opening …",
            )
        )

    def on_mount(self) -> None:
        """Go on once this is painted."""
        self.call_after_refresh(self._when_drawn)

    def on_key(self, event: events.Key) -> None:
        """Keep the key for the screen that follows."""
        event.stop()
        event.prevent_default()
        self.typed.append(event)
