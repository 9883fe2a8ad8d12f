"""What all live panes share: lines drawn once for a change, served from a cache, and coloured by the theme."""

import sys
from collections.abc import Sequence
from typing import ClassVar

from rich.color import Color, blend_rgb
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.strip import Strip
from textual.widget import Widget

from hbtui.ui.charting.plain import as_ascii, needs_ascii

__all__ = ["Line", "LinePane", "Run"]

Run = tuple[str, str]
"""A text and its inks: names of component classes without ``pane--``, separated by a space; empty is plain text."""
Line = Sequence[Run]

_INKS = (
    *("active", "ask", "ask-bar", "average-fast", "average-slow", "bid", "bid-bar", "cursor", "cursor-line", "demo"),
    *("down", "faint", "grid", "label-cursor", "label-down", "label-up", "live", "muted", "order-buy", "order-sell"),
    *("body-down", "line-buy", "line-down", "line-sell", "line-up"),
    *("own", "paper", "strong", "up", "volume-down", "volume-up", "warning"),
)


def _faded(style: Style, ground: Style) -> Style:
    """Draw half as far from the ground; named colours, which cannot be mixed, are left to the terminal's own dim."""
    ink, paper, under = style.color, style.bgcolor, ground.bgcolor
    if not (ink and paper and under and ink.triplet and paper.triplet and under.triplet):
        return style + Style(dim=True)
    pale = blend_rgb(under.triplet, paper.triplet, 0.5)
    return style + Style(color=Color.from_triplet(blend_rgb(pale, ink.triplet, 0.5)), bgcolor=Color.from_triplet(pale))


def _runs(words: str | Line) -> Line:
    return [(words, "")] if isinstance(words, str) else words


class LinePane(Widget):
    """A pane that draws all its lines at once, when something changed and somebody looks, and never per line.

    A pane implements :meth:`draw`; it calls :meth:`redraw` when what it shows has changed. Nothing is computed until
    the screen asks for a line, so any number of changes between two frames costs one drawing.
    """

    ALLOW_SELECT = False  # a drag over prices that move selects nothing of use
    INKS: ClassVar[frozenset[str]] = frozenset(f"pane--{ink}" for ink in _INKS)
    """Styled like component classes, but only once one is used: each costs a pass through the whole stylesheet, and
    the library would make that pass for every ink of every pane at each change of style."""

    DEFAULT_CSS = """
    LinePane {
        background: $background;
        color: $foreground;
        border: round $line;
        border-title-color: $muted;
        border-subtitle-color: $muted;
        border-title-background: $background;
        border-subtitle-background: $background;
        padding: 0 1;
        pointer: default;

        &:focus { border: round $line-focus; border-title-color: $foreground; }

        & > .pane--active { color: $accent; text-style: bold; }
        & > .pane--ask { color: $ask; }
        & > .pane--ask-bar { background: $ask-bar; }
        & > .pane--average-fast { color: $average-fast; }
        & > .pane--average-slow { color: $average-slow; }
        & > .pane--bid { color: $bid; }
        & > .pane--bid-bar { background: $bid-bar; }
        & > .pane--body-down { color: $down 75%; }
        & > .pane--cursor { background: $cursor-bar; }
        & > .pane--cursor-line { color: $line-focus; }
        & > .pane--demo { color: $badge-text; background: $demo; text-style: bold; }
        & > .pane--down { color: $down; }
        & > .pane--faint { color: $faint; }
        & > .pane--grid { color: $faint; }
        & > .pane--label-cursor { color: $foreground; background: $line-focus; }
        & > .pane--label-down { color: $background; background: $down; text-style: bold; }
        & > .pane--label-up { color: $background; background: $up; text-style: bold; }
        & > .pane--line-buy { color: $bid 55%; }
        & > .pane--line-down { color: $down 45%; }
        & > .pane--line-sell { color: $ask 55%; }
        & > .pane--line-up { color: $up 45%; }
        & > .pane--live { color: $badge-text; background: $live; text-style: bold; }
        & > .pane--muted { color: $muted; }
        & > .pane--order-buy { color: $bid; text-style: bold; }
        & > .pane--order-sell { color: $ask; text-style: bold; }
        & > .pane--own { color: $own; text-style: bold; }
        & > .pane--paper { color: $badge-text; background: $paper; text-style: bold; }
        & > .pane--strong { color: $foreground; text-style: bold; }
        & > .pane--up { color: $up; }
        & > .pane--volume-down { color: $down 45%; }
        & > .pane--volume-up { color: $up 45%; }
        & > .pane--warning { color: $warning; }
    }
    """

    is_faded = False
    """Whether what is shown is no longer surely so: everything but warnings is drawn pale."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] | None = None
        self._styles_of_ink: dict[tuple[str, bool], Style] = {}
        self._titles: tuple[Line, Line] = ((), ())
        self.is_ascii = needs_ascii(getattr(sys.__stdout__, "encoding", None))

    def draw(self, width: int, height: int) -> Sequence[Line]:
        """Give the lines for a content area of this size; fewer or shorter ones are filled up, longer ones cut."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Let the next look draw anew."""
        self._strips = None
        self.refresh()

    def entitle(self, title: str | Line, remark: str | Line = "") -> None:
        """Put plain text, never markup, into the border: a title above, a remark below; inks are CSS colours."""
        titles = _runs(title), _runs(remark)
        if self._titles != titles:
            self._titles = titles
            above, below = (Content.assemble(*((self._glyphs(words), ink) for words, ink in runs)) for runs in titles)
            self.border_title, self.border_subtitle = above, below

    def entitle_soon(self, title: str | Line, remark: str | Line = "") -> None:
        """Do the same from within :meth:`draw`, where the border of this frame is drawn already."""
        if self._titles != (_runs(title), _runs(remark)):
            self.call_later(self.entitle, title, remark)

    def render_line(self, y: int) -> Strip:
        """Serve a line that already exists, or draw all of them."""
        width, height = self.size
        if self._strips is None or len(self._strips) != height or (height and self._strips[0].cell_length != width):
            lines = self.draw(width, height)[:height]
            self._strips = [self._strip(line, width) for line in lines]
            self._strips += [self._strip((), width)] * (height - len(lines))
        return self._strips[y] if y < len(self._strips) else Strip.blank(width, self.rich_style)

    def _glyphs(self, words: str) -> str:
        return as_ascii(words) if self.is_ascii else words

    def notify_style_update(self) -> None:
        """Forget strips of an earlier theme or focus."""
        super().notify_style_update()
        self._component_styles.clear()
        self._styles_of_ink.clear()
        self._strips = None

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Look the styles of inks up, making those that were not used before."""
        for name in names:
            if name in self.INKS and name not in self._component_styles:
                part = DOMNode(classes=name)
                part._attach(self)  # noqa: SLF001 - as the library makes the node of a component class
                self.app.stylesheet.apply(part)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)

    def _style(self, ink: str) -> Style:
        is_faded = self.is_faded and ink != "warning"
        style = self._styles_of_ink.get((ink, is_faded))
        if style is None:
            style = self._mixed(ink.split())
            self._styles_of_ink[ink, is_faded] = style = _faded(style, self.rich_style) if is_faded else style
        return style

    def _mixed(self, inks: Sequence[str]) -> Style:
        if not inks:
            return self.rich_style
        style = self.get_component_rich_style(f"pane--{inks[0]}")
        for ink in inks[1:]:
            style += self.get_component_rich_style(f"pane--{ink}", partial=True)
        return style

    def _strip(self, line: Line, width: int) -> Strip:
        segments: list[Segment] = []
        blank = self._style("")
        text, style = "", blank
        for run, ink in line:
            inked = self._style(ink)
            if inked is style:
                text += run
                continue
            if text:
                segments.append(Segment(self._glyphs(text), style))
            text, style = run, inked
        if text:
            segments.append(Segment(self._glyphs(text), style))
        return Strip(segments).adjust_cell_length(width, blank)
