"""A tiny app that mounts panes in our themes, as they would be on a screen."""

from textual.app import App, ComposeResult
from textual.widget import Widget

from hbtui.ui.theme import DEFAULT_THEME, VARIABLE_DEFAULTS, themes

__all__ = ["Host"]


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
