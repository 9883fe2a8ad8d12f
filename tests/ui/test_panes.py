"""What all live panes promise: one drawing a change, every cell styled, no markup, the theme's colours."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from textual.color import Color

from hbtui.ui.theme import THEMES
from hbtui.ui.widgets.panes import Line, LinePane
from tests.support.host import count_drawings, hosted
from tests.support.screens import widget_text


class Lines(LinePane, can_focus=True):
    """Draws the lines it was given."""

    def __init__(self, *lines: Line) -> None:
        super().__init__()
        self.lines: Sequence[Line] = lines

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Draw them as they are."""
        return self.lines


async def test_nothing_is_drawn_twice_without_a_change() -> None:
    """Any number of lines asked for costs one drawing; any number of changes between two looks as well."""
    pane = Lines([("hello", "")])
    async with hosted(pane) as stage:
        drawings = count_drawings(pane)
        for _ in range(3):
            pane.refresh()
            await stage.pilot.pause()
        assert drawings() == 0
        for _ in range(500):
            pane.redraw()
        await stage.pilot.pause()
        assert drawings() == 1


async def test_a_new_size_draws_anew() -> None:
    """The lines always are of the pane's own size."""
    pane = Lines([("hello", "")])
    async with hosted(pane, size=(40, 10)) as stage:
        drawings = count_drawings(pane)
        await stage.pilot.resize_terminal(60, 12)
        await stage.pilot.pause()
        assert drawings() >= 1
        assert pane.render_line(0).cell_length == pane.size.width
        assert pane.render_line(pane.size.height - 1).cell_length == pane.size.width


async def test_short_lines_are_filled_long_ones_cut_and_missing_ones_blank() -> None:
    """Whatever a pane draws, each line has the width of the content, with a ground under every cell."""
    pane = Lines([("a", "bid"), ("b" * 200, "ask")], [], [("表" * 100, "")])
    async with hosted(pane):
        width, height = pane.size
        for y in range(height + 3):
            strip = pane.render_line(y)
            assert strip.cell_length == width
            assert all(segment.style is not None and segment.style.bgcolor is not None for segment in strip)


async def test_runs_of_one_ink_become_one_segment() -> None:
    """Neighbouring segments always differ in style."""
    pane = Lines([("a", "bid"), ("b", "bid"), ("c", ""), ("d", ""), ("e", "bid bid-bar"), ("f", "bid bid-bar")])
    async with hosted(pane):
        segments = list(pane.render_line(0))
        assert [segment.text.strip() for segment in segments][:3] == ["ab", "cd", "ef"]
        assert all(left.style != right.style for left, right in pairwise(segments))


async def test_a_second_ink_adds_its_ground_and_keeps_the_first_ones_colour() -> None:
    """Text on a bar has the text's colour and the bar's ground."""
    pane = Lines([("x", "muted")], [("x", "muted ask-bar")], [("x", "strong up")])
    async with hosted(pane):
        plain, barred, strong = (next(iter(pane.render_line(y))).style for y in range(3))
        assert plain is not None
        assert barred is not None
        assert strong is not None
        assert plain.color == barred.color
        assert barred.bgcolor != plain.bgcolor
        assert strong.bold
        colours = THEMES[0].variables
        assert strong.color is not None
        assert strong.color.get_truecolor() == Color.parse(colours["up"]).rgb


async def test_foreign_text_is_never_markup() -> None:
    """Brackets in lines, titles and remarks stand as they are and break nothing."""
    pane = Lines([("[/x] [red]loud[/red]", "")])
    async with hosted(pane) as stage:
        pane.entitle("[/x] title", "[b]remark")
        await stage.pilot.pause()
        shown = widget_text(pane)
        assert "[/x] [red]loud[/red]" in shown
        assert "[/x] title" in shown
        assert "[b]remark" in shown


@pytest.mark.parametrize("name", [theme.name for theme in THEMES])
async def test_a_theme_switch_drops_what_was_drawn(name: str) -> None:
    """The next look has the new theme's colours, from any theme to any other."""
    pane = Lines([("x", "bid")])
    other = next(theme.name for theme in THEMES if theme.name != name)
    async with hosted(pane, theme=other) as stage:
        before = next(iter(pane.render_line(0))).style
        stage.pilot.app.theme = name
        await stage.pilot.pause()
        after = next(iter(pane.render_line(0))).style
        assert before is not None
        assert after is not None
        assert before.color != after.color


async def test_a_stale_pane_is_pale_but_its_warnings_are_not() -> None:
    """Everything moves halfway to the ground; the word that says why stays bright."""
    pane = Lines([("x", "bid"), ("stale", "warning")])
    async with hosted(pane):
        bright = [segment.style for segment in pane.render_line(0)]
        pane.is_faded = True
        pane.redraw()
        pale = [segment.style for segment in pane.render_line(0)]
        assert bright[0] != pale[0]
        assert bright[1] == pale[1]


async def test_named_colours_fade_by_the_terminals_own_dim() -> None:
    """In the terminal's sixteen colours nothing can be mixed."""
    pane = Lines([("x", "bid")])
    async with hosted(pane, theme="hbtui-ansi"):
        pane.is_faded = True
        pane.redraw()
        style = next(iter(pane.render_line(0))).style
        assert style is not None
        assert style.dim


async def test_a_terminal_without_utf8_gets_ascii_only() -> None:
    """Lines and titles are drawn with what there is; the frame gets its twins as it is written."""
    pane = Lines([("▲ 2.31% ┃", "up")])
    pane.is_ascii = True
    async with hosted(pane, size=(30, 6)) as stage:
        pane.entitle("DOGE/USDT · 5min", "3 more ↓")
        await stage.pilot.pause()
        shown = widget_text(pane)
        assert shown.translate(dict.fromkeys(map(ord, "╭─╮│╰╯"))).isascii()
        assert "+ 2.31% #" in shown
        assert "DOGE/USDT . 5min" in shown


async def test_red_up_reaches_what_is_drawn() -> None:
    """The same pane paints rises in the colour that falls have elsewhere."""
    inks = []
    for red_up in (False, True):
        pane = Lines([("x", "up")], [("x", "down")])
        async with hosted(pane, red_up=red_up):
            inks.append([style.color for y in (0, 1) if (style := next(iter(pane.render_line(y))).style)])
    assert inks[0] == inks[1][::-1]
    assert inks[0][0] != inks[0][1]


@pytest.mark.parametrize("name", [theme.name for theme in THEMES])
async def test_every_ink_exists_in_every_theme(name: str) -> None:
    """No pane can name an ink that some theme leaves without a style."""
    inks = sorted(each.removeprefix("pane--") for each in LinePane.INKS)
    pane = Lines([(ink, ink) for ink in inks])
    async with hosted(pane, theme=name, size=(400, 5)):
        assert "".join(segment.text for segment in pane.render_line(0)).strip() == "".join(inks)
