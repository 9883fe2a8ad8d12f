"""The series of the archive: one line each with its coverage, and a second one while something is fetched of it."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from hbtui.model.instrument import Instrument
from hbtui.model.series import Series
from hbtui.trading.archive_views import ArchiveRow, ArchiveView
from hbtui.ui import text
from hbtui.ui.widgets.coverage_lines import (
    Layout,
    download_line,
    heading,
    lacking_line,
    legend,
    origin_words,
    row_line,
    series_name,
)
from hbtui.ui.widgets.panes import Line, LinePane

__all__ = ["CoverageList"]

_LOW = 6
"""With no more lines the details of the selected series leave their one to the series."""
_EMPTY = "Nothing is kept here yet. n begins a download; bars of watched pairs are kept as they close."


class CoverageList(LinePane, can_focus=True):
    """Shows what is kept, scrolled so that the selected series is in sight; the cursor stays with its series."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Series above", show=False),
        Binding("down", "move(1)", "Series below", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("home", "move(-100000)", "First series", show=False),
        Binding("end", "move(100000)", "Last series", show=False),
        Binding("space", "screen.turn_download", "Pause or go on", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._view = ArchiveView()
        self._instruments: Mapping[str, Instrument] = {}
        self._now_ms = 0
        self._cursor = 0
        self._awaited: Series | None = None
        self._first = 0
        self._above = 1
        """Lines above the first series: the heading, and a problem."""
        self._lines_of: list[int] = []
        """For each line below the heading, the index of the series that it belongs to."""

    def show(self, view: ArchiveView, instruments: Mapping[str, Instrument], now_ms: int) -> None:
        """Show these series; the cursor follows the one that it is on."""
        selected = self.selected
        self._view, self._instruments, self._now_ms = view, instruments, now_ms
        kept = [row.summary.series for row in self._rows]
        if selected is not None and selected.summary.series in kept:
            self._cursor = kept.index(selected.summary.series)
        self._cursor = max(0, min(self._cursor, len(kept) - 1))
        self._select_awaited()
        self._entitle(self.size.width)
        self.redraw()

    def _entitle(self, width: int) -> None:
        whose = f" of {origin_words(self._view.origin)}" if self._view.origin else ""
        self.entitle_soon(f"Archive{whose}", legend(width - 2) if self._rows else "")

    @property
    def _rows(self) -> tuple[ArchiveRow, ...]:
        return self._view.rows or ()

    @property
    def selected(self) -> ArchiveRow | None:
        """The series under the cursor; ``None`` where there is none."""
        return self._rows[self._cursor] if self._rows else None

    def select(self, series: Series) -> None:
        """Put the cursor on a series, as soon as it is there."""
        self._awaited = series
        self._select_awaited()

    def _select_awaited(self) -> None:
        kept = [row.summary.series for row in self._rows]
        if self._awaited in kept:
            self._move_to(kept.index(self._awaited))
            self._awaited = None

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the lines in sight."""
        if not self._rows:
            self._lines_of = []
            return self._in_words(width, height)
        problem = f"The archive cannot be read: {self._view.problem}" if self._view.problem else ""
        above: list[Line] = [[(text.fitted(problem, width), "warning")]] if problem else []
        self._lines_of = [index for index, row in enumerate(self._rows) for _ in range(1 + (row.download is not None))]
        names = [series_name(row.summary.series.symbol, self._instruments) for row in self._rows]
        layout = Layout.of(width, names)
        below = lacking_line(self._rows[self._cursor], names[self._cursor], width) if height > _LOW else []
        room = max(1, height - len(above) - 1 - bool(below))
        self._scroll(room)
        shown = self._lines_of[self._first : self._first + room]
        drawn = {index: self._series_lines(index, layout, names[index], width) for index in set(shown)}
        lines = [drawn[index][at - self._lines_of.index(index)] for at, index in enumerate(shown, self._first)]
        self._above = len(above) + 1
        self._entitle(width)
        free: list[Line] = [[]] * (room - len(lines))
        return [*above, heading(layout), *lines, *(free if below else ()), *([below] if below else ())]

    def _in_words(self, width: int, height: int) -> list[Line]:
        view, ink = self._view, "muted"
        if view.problem:
            words, ink = f"The archive cannot be read: {view.problem}", "warning"
        else:
            words = "reading the archive …" if view.rows is None else _EMPTY
        return [[(line, ink)] for line in text.in_the_middle(words, width, height)]

    def _scroll(self, room: int) -> None:
        top = self._lines_of.index(self._cursor)
        bottom = top + self._lines_of.count(self._cursor) - 1
        self._first = min(max(self._first, bottom - room + 1), top)
        self._first = max(0, min(self._first, len(self._lines_of) - room))

    def _series_lines(self, index: int, layout: Layout, name: str, width: int) -> list[Line]:
        row, is_selected = self._rows[index], index == self._cursor
        ground = "cursor" if is_selected and self.has_focus else ""
        line = row_line(row, layout, name, self._now_ms, is_selected=is_selected, ground=ground)
        lines: list[Line] = [[*line, (" " * width, ground)]]
        if row.download is not None:
            lines.append([*download_line(row.download, width, ground), (" " * width, ground)])
        return lines

    def action_move(self, step: int) -> None:
        """Move the cursor by so many series."""
        self._awaited = None
        self._move_to(self._cursor + step)

    def _move_to(self, index: int) -> None:
        cursor = max(0, min(index, len(self._rows) - 1))
        if cursor != self._cursor:
            self._cursor = cursor
            self.refresh_bindings()
            self.redraw()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the series that was clicked."""
        offset = event.get_content_offset(self)
        at = -1 if offset is None else offset.y - self._above + self._first
        if offset is not None and offset.y >= self._above and at < len(self._lines_of):
            event.stop()
            self._move_to(self._lines_of[at])

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.action_move(-1)

    def on_focus(self) -> None:
        """Show that the keys go here."""
        self.redraw()

    def on_blur(self) -> None:
        """Show that they go elsewhere."""
        self.redraw()
