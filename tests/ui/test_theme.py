"""The themes: every colour that a stylesheet names, legible, and the directions the right way round."""

import pytest
from textual.color import Color
from textual.theme import Theme

from hbtui import cli
from hbtui.cli import parse
from hbtui.ui.theme import DEFAULT_THEME, THEMES, VARIABLE_DEFAULTS, direction_colours, themes

NAMES = [theme.name for theme in THEMES]
TRUE_COLOUR = [theme for theme in THEMES if not theme.ansi]


def contrast(ink: str, ground: str) -> float:
    """The WCAG contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [part / 255 for part in Color.parse(colour).rgb]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(ink), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def test_the_default_is_dark_and_there_is_one_for_every_eye() -> None:
    """The first theme is the default; a light one, one without red and green, and one of the terminal's own follow."""
    assert NAMES == [DEFAULT_THEME, "hbtui-light", "hbtui-blue-orange", "hbtui-ansi"]
    assert THEMES[0].dark
    assert not THEMES[1].dark
    assert THEMES[3].ansi


@pytest.mark.parametrize("theme", THEMES, ids=NAMES)
def test_every_theme_defines_every_colour_that_stylesheets_use(theme: Theme) -> None:
    """No theme leaves a variable of ours to the defaults, and each one can be read as a colour."""
    ours = [name for name in VARIABLE_DEFAULTS if name != "block-cursor-text-style"]
    theirs = {name for name in ours if name.startswith(("footer", "block", "input", "scrollbar"))}
    for name in ours:
        if name in theirs and theme.ansi:
            continue
        assert Color.parse(theme.variables[name]), name


@pytest.mark.parametrize("theme", TRUE_COLOUR, ids=[theme.name for theme in TRUE_COLOUR])
def test_text_is_legible_on_its_ground(theme: Theme) -> None:
    """Contrast is at least 4.5 for prices, 3.8 for them on their bars, 7 for amounts there, 4 for labels and badges."""
    colours, ground = theme.variables, str(theme.background)
    for side in ("bid", "ask"):
        assert contrast(colours[side], ground) >= 4.5
        assert contrast(colours[side], colours[f"{side}-bar"]) >= 3.8
        assert contrast(str(theme.foreground), colours[f"{side}-bar"]) >= 7
    assert contrast(colours["muted"], ground) >= 4
    for mode in ("live", "demo", "paper"):
        assert contrast(colours["badge-text"], colours[mode]) >= 4


@pytest.mark.parametrize("theme", THEMES, ids=NAMES)
def test_the_modes_do_not_look_alike(theme: Theme) -> None:
    """Demo, paper and live have three colours, and live has neither direction's."""
    colours = theme.variables
    modes = {colours["demo"], colours["paper"], colours["live"]}
    assert len(modes) == 3
    assert colours["live"] not in {colours["bid"], colours["ask"]}


@pytest.mark.parametrize("name", NAMES)
def test_red_up_exchanges_the_directions_and_nothing_else(name: str) -> None:
    """Under the same name, bids and rises take the colour of asks and falls, bars with them."""
    green = next(theme for theme in themes() if theme.name == name).variables
    red = next(theme for theme in themes(red_up=True) if theme.name == name).variables
    swapped = {"bid": "ask", "bid-bar": "ask-bar", "up": "down", "up-bar": "down-bar"}
    swapped |= {other: one for one, other in swapped.items()}
    assert red == {key: green[swapped.get(key, key)] for key in green}


def test_rises_have_the_colour_of_bids() -> None:
    """A candle and a bid agree on what buying looks like, whichever way round."""
    for red_up in (False, True):
        colours = direction_colours(THEMES[0].variables, red_up=red_up)
        assert colours["up"] == colours["bid"] != colours["down"] == colours["ask"]


def test_the_command_line_names_every_theme() -> None:
    """A theme that the screen has can be asked for, and one that it has not is refused before the screen opens."""
    assert {parse(["--theme", name]).theme for name in cli.THEMES} == {theme.name for theme in THEMES}
    assert parse([]).theme is None
    with pytest.raises(SystemExit) as stopped:
        parse(["--theme", "nope"])
    assert stopped.value.code == cli.ExitCode.USAGE
