"""A list of rows in columns of fixed widths, drawn line by line: orders, fills, symbols."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hbtui.ui.text import first_fitting, fitted

__all__ = ["Cell", "Column", "Row", "RowList", "kept_columns"]

_GAP = 2
_INSET = 1
"""Blank cells at the left and the right of every row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; where the width does not suffice, the columns with the highest ``rank`` go first."""

    title: str
    width: int
    is_right: bool = False
    rank: int = 0
    is_elastic: bool = False
    """Whether it takes what the others leave (the last elastic one does)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Plain text, never markup, and the tone it is shown in."""

    text: str
    tone: str = "plain"
    """One of ``RowList``'s component classes behind ``rows--``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``key`` stays the same for as long as the line means the same thing."""

    key: str
    cells: tuple[Cell, ...]
    banner: Cell | None = None
    """A sentence across the whole width instead of cells."""


def kept_columns(columns: Sequence[Column], width: int) -> dict[int, int]:
    """Choose the columns that fit into ``width`` cells: column index → its width, in order."""
    kept = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[index].width for index in kept) + _GAP * (len(kept) - 1)

    while len(kept) > 1 and needed() > width and max(columns[index].rank for index in kept) > 0:
        # of equal rank the rightmost goes first
        kept.remove(max(kept, key=lambda index: (columns[index].rank, index)))
    widths = {index: columns[index].width for index in kept}
    elastic = [index for index in kept if columns[index].is_elastic]
    if elastic:
        widths[elastic[-1]] = max(4, widths[elastic[-1]] + width - needed())
    return widths


def _cell_text(text: str, width: int, *, is_right: bool) -> str:
    """Give a text exactly ``width`` cells; words that do not fit end in ``…``, and a number is never cut in two."""
    if is_right:
        return fitted(first_fitting((text,), width), width, "right")
    return fitted(text, width)


class RowList(ScrollView, can_focus=True):
    """Shows rows under a heading, with a cursor; only the visible lines are drawn."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--heading",
        "rows--cursor",
        "rows--plain",
        "rows--strong",
        "rows--dim",
        "rows--buy",
        "rows--sell",
        "rows--warning",
        "rows--error",
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .rows--heading { color: $muted; }
        & > .rows--dim { color: $muted; }
        & > .rows--strong { text-style: bold; }
        & > .rows--buy { color: $bid; text-style: bold; }
        & > .rows--sell { color: $ask; text-style: bold; }
        & > .rows--warning { color: $warning; text-style: bold; }
        & > .rows--error { color: $error; }
        & > .rows--cursor { background: $panel; }
        &:focus > .rows--cursor { background: $block-cursor-background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("home", "move(-100000)", "First", show=False),
        Binding("end", "move(100000)", "Last", show=False),
        Binding("enter", "choose", "Choose", show=False),
    ]

    class Chosen(Message):
        """A row was chosen by Enter or by a second click."""

        def __init__(self, rows: "RowList", key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "RowList":
            """The list that was used."""
            return self.rows

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        is_log: bool = False,
        id: str | None = None,  # noqa: A002 - the library's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._is_log = is_log
        self._rows: tuple[Row, ...] = ()
        self._empty = ""
        self._cursor = 0
        self._pinned = 0
        self._wanted: str | None = None
        """A row that was selected before it was there."""
        self._is_moved = False
        """Whether the cursor was ever put anywhere: until then that of a log is on its newest row."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor; ``None`` where there is no row."""
        return self._rows[self._cursor].key if self._rows else None

    def show(
        self, rows: Sequence[Row], *, empty: str = "", columns: Sequence[Column] | None = None, pinned: int = 0
    ) -> None:
        """Show these rows; the cursor stays with its row, and ``empty`` is said where there are none.

        The first ``pinned`` rows stay in sight when the others scroll, as far as there is room for both.
        """
        fresh = tuple(rows)
        fitting = self._columns if columns is None else tuple(columns)
        if (fresh, empty, fitting, pinned) == (self._rows, self._empty, self._columns, self._pinned):
            return
        selected = self._followed
        self._rows, self._empty, self._columns, self._pinned = fresh, empty, fitting, pinned
        keys = [row.key for row in fresh]
        self._cursor = keys.index(selected) if selected in keys else max(0, min(self._cursor, len(fresh) - 1))
        self.virtual_size = Size(self.size.width, len(fresh) + 1)
        if self._wanted in keys:
            self._move_to(keys.index(self._wanted))
        self.refresh()

    @property
    def _followed(self) -> str | None:
        """The row that the cursor goes along with."""
        return self.selected if self._is_moved or self.has_focus or not self._is_log else None

    @property
    def _kept(self) -> int:
        """How many of the pinned rows stay: two rows are left for the others."""
        return max(0, min(self._pinned, self.size.height - 3))

    def _index_at(self, y: int) -> int:
        """Which row stands on a line; the heading stands on the first."""
        return y - 1 if y <= self._kept else y - 1 + self.scroll_offset.y

    def select(self, key: str) -> None:
        """Put the cursor on a row, as soon as it is there, unless the person goes elsewhere first."""
        index = next((index for index, row in enumerate(self._rows) if row.key == key), None)
        if index is None:
            self._wanted = key
        else:
            self._move_to(index)

    def action_move(self, step: int) -> None:
        """Move the cursor by some rows."""
        self._move_to(self._cursor + step)

    def action_choose(self) -> None:
        """Say that the row under the cursor is the one."""
        if (key := self.selected) is not None:
            self.post_message(self.Chosen(self, key))

    def _move_to(self, index: int) -> None:
        self._wanted, self._is_moved = None, True
        self._cursor = max(0, min(index, len(self._rows) - 1))
        page = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if self._cursor < self._kept:
            pass
        elif self._cursor < top + self._kept:
            self.scroll_to(y=self._cursor - self._kept, animate=False)
        elif self._cursor >= top + page:
            self.scroll_to(y=self._cursor - page + 1, animate=False)
        self.refresh()

    def on_resize(self) -> None:
        """Fit the columns anew."""
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the pointer is; a click on the cursor's row chooses it."""
        index = self._index_at(event.y)
        if event.y < 1 or not 0 <= index < len(self._rows):
            return
        if index == self._cursor and event.chain > 1:
            self.action_choose()
        self._move_to(index)

    def render_line(self, y: int) -> Strip:
        """Draw the heading, a row, or the sentence that stands where there are no rows."""
        width = self.size.width
        base = self.rich_style
        if not self._rows:
            text = f" {self._empty}" if y == 0 else ""
            return Strip([Segment(fitted(text, width), base + self._tone("dim"))], width)
        if y == 0:
            return self._line([Cell(column.title, "heading") for column in self._columns], base, width)
        index = self._index_at(y)
        if index >= len(self._rows):
            return Strip.blank(width, base)
        row = self._rows[index]
        style = base + self._tone("cursor") if index == self._cursor else base
        if row.banner is not None:
            text = fitted(" " + row.banner.text, width)
            return Strip([Segment(text, style + self._tone(row.banner.tone))], width)
        return self._line(row.cells, style, width)

    def _line(self, cells: Sequence[Cell], style: Style, width: int) -> Strip:
        segments = [Segment(" " * _INSET, style)]
        used = _INSET
        for index, size in kept_columns(self._columns, width - 2 * _INSET).items():
            if used > _INSET:
                segments.append(Segment(" " * _GAP, style))
                used += _GAP
            cell = cells[index]
            text = _cell_text(cell.text, size, is_right=self._columns[index].is_right)
            segments.append(Segment(text, style + self._tone(cell.tone)))
            used += size
        segments.append(Segment(" " * max(0, width - used), style))
        return Strip(segments, max(used, width)).crop(0, width).simplify()

    def _tone(self, tone: str) -> Style:
        return self.get_component_rich_style(f"rows--{tone}", partial=True)
