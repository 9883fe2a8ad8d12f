"""A tiny app that mounts panes in our themes and keeps the messages that come out of them."""

from collections.abc import Sequence
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from hbtui.ui.theme import DEFAULT_THEME, VARIABLE_DEFAULTS, themes

__all__ = ["Host"]

Kind = TypeVar("Kind", bound=Message)


class Host(App[None]):
    """Mounts the given widgets as they are; ``styles`` are the screen's."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, theme: str = DEFAULT_THEME, red_up: bool = False, layout: str = "") -> None:
        super().__init__()
        self._mounted = widgets
        self._layout = layout
        self.animation_level = "none"
        for each in themes(red_up=red_up):
            self.register_theme(each)
        self.theme = theme
        self.heard: list[Message] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Know our colours under every theme."""
        return dict(VARIABLE_DEFAULTS)

    def compose(self) -> ComposeResult:
        """Mount what was given."""
        yield from self._mounted

    def on_mount(self) -> None:
        """Lay the widgets out side by side where asked for."""
        if self._layout:
            self.screen.styles.layout = self._layout

    async def on_event(self, event: Message) -> None:
        """Keep what bubbles up to the app."""
        await super().on_event(event)  # type: ignore[arg-type]  # as above

    def said(self, kind: type[Kind]) -> Sequence[Kind]:
        """The messages of one kind that came out of the widgets."""
        return [message for message in self.heard if isinstance(message, kind)]
