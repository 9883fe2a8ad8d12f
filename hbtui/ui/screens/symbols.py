"""Search over all symbols: typing narrows the list, Enter chooses."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from hbtui.model.book import Quote
from hbtui.model.instrument import Instrument
from hbtui.trading.views import View
from hbtui.ui.text import percent, price
from hbtui.ui.widgets.rows import Cell, Column, Row, RowList

__all__ = ["SymbolDialog", "matching"]

_COLUMNS = (
    Column("symbol", 14, is_elastic=True),
    Column("last", 16, is_right=True),
    Column("24 h", 9, is_right=True),
    Column("state", 10, rank=1),
)


def matching(typed: str, instruments: Mapping[str, Instrument], first: Mapping[str, int]) -> list[Instrument]:
    """Choose the pairs that contain what was typed: exact ones and those whose base begins with it come first.

    ``/`` and blanks do not matter; among equals those of ``first`` lead, in its order, then by name.
    """
    wanted = typed.strip().lower().replace("/", "").replace(" ", "")

    def rank(instrument: Instrument) -> tuple[int, int, str]:
        if wanted in {instrument.symbol, instrument.base}:
            closeness = 0
        else:
            closeness = 1 if instrument.base.startswith(wanted) else 2
        return closeness, first.get(instrument.symbol, len(first)), instrument.symbol

    return sorted((each for each in instruments.values() if wanted in each.symbol), key=rank)


class SymbolDialog(ModalScreen[str | None]):
    """Answers the symbol that was chosen, or ``None``."""

    CSS_PATH = "symbols.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", key_display="esc"),
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
    ]

    def __init__(self, view: Callable[[], View]) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """A field to type in, over the list."""
        with Vertical(id="symbols-box") as box:
            box.border_title = Content("Symbol")
            yield Input(placeholder="type a part of its name", max_length=20, id="symbols-input")
            yield RowList(_COLUMNS, id="symbols-rows")

    def on_mount(self) -> None:
        """Begin with the whole list, the watched ones first."""
        self.query_one(RowList).can_focus = False
        self._fill("")
        self.set_interval(0.5, lambda: self._fill(self.query_one(Input).value))

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Follow what is typed."""
        event.stop()
        self._fill(event.value)
        self.query_one(RowList).action_move(-(10**6))

    @on(Input.Submitted)
    def choose_selected(self, event: Input.Submitted) -> None:
        """Enter chooses the row under the cursor."""
        event.stop()
        self.query_one(RowList).action_choose()

    @on(RowList.Chosen)
    def choose(self, event: RowList.Chosen) -> None:
        """Answer."""
        event.stop()
        self.dismiss(event.key)

    def action_move(self, step: int) -> None:
        """Move through the list while typing goes on."""
        self.query_one(RowList).action_move(step)

    def _fill(self, typed: str) -> None:
        view = self._view()
        watched = {row.symbol: number for number, row in enumerate(view.watchlist)}
        quotes = {row.symbol: row.quote for row in view.watchlist}
        rows = [_row(each, quotes.get(each.symbol)) for each in matching(typed, view.instruments, watched)]
        empty = "no symbol has this in its name" if view.instruments else "loading…"
        self.query_one(RowList).show(rows, empty=empty)


def _row(instrument: Instrument, quote: Quote | None) -> Row:
    last = quote.last if quote else None
    change = quote.change if quote else None
    tone = "dim" if not change else "buy" if change > 0 else "sell"
    state = Cell("") if instrument.is_tradable else Cell(instrument.state, "warning")
    cells = (Cell(instrument.name, "strong"), Cell(price(last, instrument)), Cell(percent(change), tone), state)
    return Row(instrument.symbol, cells)
