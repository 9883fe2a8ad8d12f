"""The watchlist: last price, change and a small line of each symbol; choosing one makes it the active one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import decimal_places
from hbtui.trading.views import WatchRow
from hbtui.ui import text
from hbtui.ui.charting.spark import spark
from hbtui.ui.widgets.panes import Line, LinePane, Run

__all__ = ["Watchlist"]

_LEAST_SPARK, _MOST_SPARK = 6, 24
_FULL_NAMES = 26


class Watchlist(LinePane, can_focus=True):
    """Shows one line for each symbol, scrolled so that the chosen one is in sight."""

    HELP = """\
    # Watchlist

    Up and down choose a symbol, Enter (or a click) shows its market.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Symbol above", id="watchlist.up", show=False),
        Binding("down,j", "move(1)", "Symbol below", id="watchlist.down", show=False),
        Binding("home", "move(-1000)", "First symbol", id="watchlist.first", show=False),
        Binding("end", "move(1000)", "Last symbol", id="watchlist.last", show=False),
        Binding("enter", "choose", "Show the market", id="watchlist.choose", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """A symbol was picked."""

        symbol: str

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: tuple[WatchRow, ...] = ()
        self._instruments: Mapping[str, Instrument] = {}
        self._active = ""
        self._cursor = 0
        self._first = 0
        self.entitle("Watchlist")

    def show(self, rows: tuple[WatchRow, ...], instruments: Mapping[str, Instrument], active_symbol: str) -> None:
        """Show these rows; the cursor follows a new active symbol."""
        if rows is self._rows and instruments is self._instruments and active_symbol == self._active:
            return
        symbols = [row.symbol for row in rows]
        if active_symbol != self._active and active_symbol in symbols:
            self._cursor = symbols.index(active_symbol)
        self._rows, self._instruments, self._active = rows, instruments, active_symbol
        self._cursor = min(self._cursor, max(0, len(rows) - 1))
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the rows in sight."""
        if not self._rows:
            return [[("no symbols yet", "muted")]]
        self._first = min(max(self._first, self._cursor - height + 1), self._cursor)
        self._first = max(0, min(self._first, len(self._rows) - height))
        shown = self._rows[self._first : self._first + height]
        below = len(self._rows) - self._first - len(shown)
        self.entitle_soon("Watchlist", f"{below} more ↓" if below else "")
        names = self._names(shown, width)
        changes = [text.signed_percent(self._change(row)) if row.is_listed else "" for row in shown]
        rest = width - 1 - max(map(len, names)) - max(map(len, changes)) - 2
        prices = [self._price(row, rest) for row in shown]
        widths = max(map(len, names)), max(map(len, prices)), max(map(len, changes))
        cells = zip(shown, names, prices, changes, strict=True)
        return [self._line(row, words, widths, width, index) for index, (row, *words) in enumerate(cells, self._first)]

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        cursor = min(max(0, self._cursor + step), max(0, len(self._rows) - 1))
        if cursor != self._cursor:
            self._cursor = cursor
            self.redraw()

    def action_choose(self) -> None:
        """Make the row under the cursor the active one."""
        if self._rows:
            self.post_message(self.Chosen(self._rows[self._cursor].symbol))

    def on_click(self, event: events.Click) -> None:
        """Make the clicked row the active one."""
        offset = event.get_content_offset(self)
        if offset is not None and self._first + offset.y < len(self._rows):
            event.stop()
            self._cursor = self._first + offset.y
            self.redraw()
            self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down."""
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up."""
        event.stop()
        self.action_move(-1)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.redraw()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw()

    def _names(self, rows: tuple[WatchRow, ...], width: int) -> list[str]:
        """Name the pairs in full, or by their base alone where room is scarce and all have the same quote."""
        known = [self._instruments.get(row.symbol) for row in rows]
        quotes = {instrument.quote for instrument in self._instruments.values() if instrument in known}
        if width < _FULL_NAMES and len(quotes) == 1:
            return [each.base.upper() if each else row.symbol.upper() for each, row in zip(known, rows, strict=True)]
        return [each.name if each else row.symbol.upper() for each, row in zip(known, rows, strict=True)]

    def _price(self, row: WatchRow, room: int) -> str:
        if not row.is_listed:
            return text.first_fitting(("not listed", "unlisted"), room)
        last = row.quote.last if row.quote else None
        exact = text.price(last, self._instruments.get(row.symbol))
        if len(exact) <= room or last is None:
            return exact
        # fewer decimals before none at all, but never fewer than three digits that say something
        places = range(decimal_places(last), max(-1, 1 - last.adjusted()), -1)
        unit = (text.compact(last),) if last >= 1000 else ()
        return text.first_fitting((*(text.grouped(last, each) for each in places), *unit), room)

    def _change(self, row: WatchRow) -> Decimal | None:
        return row.quote.change if row.quote is not None and row.is_listed else None

    def _line(self, row: WatchRow, words: list[str], widths: tuple[int, int, int], width: int, index: int) -> Line:
        name, price, change = words
        rise = self._change(row)
        is_active = row.symbol == self._active
        ground = "cursor" if self.has_focus and index == self._cursor else ""
        room = width - 1 - sum(widths) - 1
        small = spark(row.closes, min(room - 2, _MOST_SPARK)) if room - 2 >= _LEAST_SPARK else ""
        runs: list[Run] = [
            ("▸" if is_active else " ", "active"),
            (text.fitted(name, widths[0]), "active" if is_active else ""),
            (f" {small}".ljust(max(0, room)), _trend(row)),
            (price.rjust(widths[1]), "" if row.is_listed else "muted"),
            (" " + change.rjust(widths[2]), "muted" if not rise else "up" if rise > 0 else "down"),
            (" " * width, ""),
        ]
        return [(run, f"{ink} {ground}".strip()) for run, ink in runs]


def _trend(row: WatchRow) -> str:
    return "up" if row.closes and row.closes[-1] >= row.closes[0] else "down"
