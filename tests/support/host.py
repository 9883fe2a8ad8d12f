"""A tiny app that mounts panes in our themes, as they would be on a screen, and what is said in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from hbtui.ui.theme import DEFAULT_THEME, VARIABLE_DEFAULTS, themes
from hbtui.ui.widgets.panes import LinePane

__all__ = ["Host", "Stage", "count_drawings", "hosted"]

Kind = TypeVar("Kind", bound=Message)


class Host(App[None]):
    """Mounts the given widgets below each other."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, theme: str = DEFAULT_THEME, red_up: bool = False) -> None:
        super().__init__()
        self._mounted = widgets
        self.animation_level = "none"
        for each in themes(red_up=red_up):
            self.register_theme(each)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Know our colours under every theme."""
        return dict(VARIABLE_DEFAULTS)

    def compose(self) -> ComposeResult:
        """Mount what was given."""
        yield from self._mounted


@dataclass
class Stage:
    """A running host: the pilot to press keys with, and every message since it runs."""

    pilot: Pilot[None]
    messages: list[Message] = field(default_factory=list)

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """The messages of one kind, in order; one that bubbles is counted once."""
        return list({id(message): message for message in self.messages if isinstance(message, kind)}.values())


@asynccontextmanager
async def hosted(
    *widgets: Widget, size: tuple[int, int] = (80, 24), theme: str = DEFAULT_THEME, red_up: bool = False
) -> AsyncIterator[Stage]:
    """Run a host with these widgets until the block ends."""
    messages: list[Message] = []
    app = Host(*widgets, theme=theme, red_up=red_up)
    async with app.run_test(size=size, message_hook=messages.append) as pilot:
        await pilot.pause()
        yield Stage(pilot, messages)


def count_drawings(pane: LinePane) -> Callable[[], int]:
    """Count from now on how often a pane computes its lines."""
    drawings: list[tuple[int, int]] = []
    draw = pane.draw

    def counted(width: int, height: int) -> object:
        drawings.append((width, height))
        return draw(width, height)

    object.__setattr__(pane, "draw", counted)
    return lambda: len(drawings)
