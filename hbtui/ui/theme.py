"""Colours: our themes, the meaning-bearing variables in them, and which colour is up.

Stylesheets use ``$bid $ask $up $down`` and their ``-bar`` (a tint to lie under text), ``$muted`` (labels),
``$faint`` (grid), ``$line`` and ``$line-focus`` (borders), ``$own`` (own orders), ``$average-fast``,
``$average-slow``, ``$cursor-bar``, the modes' ``$live $demo $paper``, and ``$badge-text`` to stand on those.
Words and arrows say the same everywhere.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from textual.theme import Theme

__all__ = ["DEFAULT_THEME", "THEMES", "VARIABLE_DEFAULTS", "direction_colours", "themes"]

DEFAULT_THEME = "hbtui-dark"

_DARK = {
    "bid": "#45b58c",
    "ask": "#e0707a",
    "bid-bar": "#12261f",
    "ask-bar": "#2b1a20",
    "muted": "#788294",
    "faint": "#2a313c",
    "line": "#262d38",
    "line-focus": "#56719f",
    "own": "#e8c37b",
    "average-fast": "#c9a063",
    "average-slow": "#8286cf",
    "cursor-bar": "#222b3a",
    "live": "#ff9d5c",
    "demo": "#7aa7f0",
    "paper": "#b79bf0",
    "badge-text": "#0e1116",
    "border": "#56719f",
    "border-blurred": "#262d38",
    "footer-background": "#0e1116",
    "footer-key-foreground": "#7aa7f0",
    "footer-description-foreground": "#788294",
    "block-cursor-background": "#26324a",
    "block-cursor-foreground": "#e6eaf0",
    "block-cursor-text-style": "none",
    "input-selection-background": "#3a5683",
    "scrollbar": "#2a313c",
    "scrollbar-hover": "#3a4454",
    "scrollbar-active": "#56719f",
    "scrollbar-background": "#0e1116",
    "scrollbar-background-hover": "#0e1116",
    "scrollbar-background-active": "#0e1116",
    "scrollbar-corner-color": "#0e1116",
}

_SAFE = {
    **_DARK,
    "bid": "#5aa7f2",
    "ask": "#eb9a4e",
    "bid-bar": "#162c45",
    "ask-bar": "#402a17",
    "own": "#f2e6a0",
    "average-fast": "#b9b06a",
    "average-slow": "#a48bcb",
    "live": "#ffe45c",
    "demo": "#a9b6c9",
    "paper": "#cf9be8",
}

_LIGHT = {
    "bid": "#11805b",
    "ask": "#c03a4b",
    "bid-bar": "#d5ebe1",
    "ask-bar": "#f6dcdd",
    "muted": "#6d7583",
    "faint": "#dcdfe0",
    "line": "#cfd3d6",
    "line-focus": "#6b8fc4",
    "own": "#8a6100",
    "average-fast": "#a86f14",
    "average-slow": "#5b5fb5",
    "cursor-bar": "#e2e9f3",
    "live": "#c94f08",
    "demo": "#2f66c4",
    "paper": "#7a4fc0",
    "badge-text": "#ffffff",
    "border": "#6b8fc4",
    "border-blurred": "#cfd3d6",
    "footer-background": "#fafaf8",
    "footer-key-foreground": "#2f66c4",
    "footer-description-foreground": "#6d7583",
    "block-cursor-background": "#d6e2f4",
    "block-cursor-foreground": "#20252d",
    "block-cursor-text-style": "none",
    "input-selection-background": "#bcd2f2",
    "scrollbar": "#d3d7da",
    "scrollbar-hover": "#bfc5ca",
    "scrollbar-active": "#6b8fc4",
    "scrollbar-background": "#fafaf8",
    "scrollbar-background-hover": "#fafaf8",
    "scrollbar-background-active": "#fafaf8",
    "scrollbar-corner-color": "#fafaf8",
}

_ANSI = {
    "bid": "ansi_green",
    "ask": "ansi_red",
    # sixteen colours have no tint that every text can be read on, so there are no bars
    "bid-bar": "ansi_default",
    "ask-bar": "ansi_default",
    "muted": "ansi_bright_black",
    "faint": "ansi_bright_black",
    "line": "ansi_bright_black",
    "line-focus": "ansi_cyan",
    "own": "ansi_yellow",
    "average-fast": "ansi_yellow",
    "average-slow": "ansi_magenta",
    "cursor-bar": "ansi_blue",
    "live": "ansi_yellow",
    "demo": "ansi_cyan",
    "paper": "ansi_magenta",
    "badge-text": "ansi_black",
    "border": "ansi_cyan",
    "border-blurred": "ansi_bright_black",
    "footer-key-foreground": "ansi_cyan",
    # named in the library's own stylesheets, which only its own ansi themes define
    "ansi-background": "ansi_black",
    "ansi-foreground": "ansi_white",
}


def direction_colours(palette: Mapping[str, str], *, red_up: bool) -> dict[str, str]:
    """Give the colours of both directions: ``$up`` is ``$bid`` and ``$down`` is ``$ask``.

    ``red_up`` exchanges the two of a theme: buying and rising are red then, as in mainland China and Japan.
    """
    rise, fall = ("ask", "bid") if red_up else ("bid", "ask")
    chosen = {"bid": palette[rise], "ask": palette[fall]}
    bars = {"bid-bar": palette[f"{rise}-bar"], "ask-bar": palette[f"{fall}-bar"]}
    directions = {"up": palette[rise], "down": palette[fall]}
    return {**chosen, **bars, **directions, "up-bar": bars["bid-bar"], "down-bar": bars["ask-bar"]}


def _variables(palette: Mapping[str, str], *, red_up: bool = False) -> dict[str, str]:
    return {**palette, **direction_colours(palette, red_up=red_up)}


_DARK_THEME = Theme(
    name=DEFAULT_THEME,
    primary="#7aa7f0",
    secondary="#56719f",
    accent="#8fb4f2",
    foreground="#cfd5df",
    background="#0e1116",
    surface="#13171e",
    panel="#191e27",
    success="#45b58c",
    warning="#e8b45c",
    error="#e0707a",
    variables=_DARK,
)

_PALETTES = (
    _DARK_THEME,
    Theme(
        name="hbtui-light",
        primary="#2f66c4",
        secondary="#6b8fc4",
        accent="#2f66c4",
        foreground="#2a3038",
        background="#fafaf8",
        surface="#f2f3f1",
        panel="#e9ebea",
        success="#11805b",
        warning="#9a6200",
        error="#c03a4b",
        dark=False,
        variables=_LIGHT,
    ),
    replace(_DARK_THEME, name="hbtui-blue-orange", success="#5aa7f2", error="#eb9a4e", variables=_SAFE),
    Theme(
        name="hbtui-ansi",
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_blue",
        accent="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        success="ansi_green",
        warning="ansi_yellow",
        error="ansi_red",
        variables=_ANSI,
    ),
)


def themes(*, red_up: bool = False) -> tuple[Theme, ...]:
    """Give our themes, dark first, with rising in green (or blue), or in red (or orange) where ``red_up``.

    The names are the same either way: register them again, and refresh the stylesheet, to change the direction.
    """
    return tuple(replace(theme, variables=_variables(theme.variables, red_up=red_up)) for theme in _PALETTES)


THEMES: tuple[Theme, ...] = themes()
"""Our themes with rising in green (or blue): dark, light, blue and orange for colour-blind eyes, the terminal's own."""

VARIABLE_DEFAULTS: Mapping[str, str] = MappingProxyType(_variables(_DARK))
"""For ``App.get_theme_variable_defaults``: every variable above, so that other people's themes work too."""
