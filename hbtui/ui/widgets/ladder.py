"""The order book: asks above, bids below, the spread between, own orders marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from hbtui.model.book import Book
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import ratio
from hbtui.model.order import Side
from hbtui.trading.views import BookView
from hbtui.ui import text
from hbtui.ui.charting.depth import DepthRow, depth_rows, group_price
from hbtui.ui.widgets.ladder_lines import LadderColumns
from hbtui.ui.widgets.panes import Line, LinePane

__all__ = ["DepthLadder"]

_GROUPS = (1, 10, 50, 100, 500, 1000)


class DepthLadder(LinePane, can_focus=True):
    """Shows as many levels a side as find room, the best ones next to the spread; a bar shows a level's size."""

    HELP = """\
    # Order book

    Asks above, bids below. Up and down choose a level, Enter (or a click) takes its price into the ticket.
    `g` groups the prices to coarser steps. ◂ marks your own orders.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Level above", id="book.up", show=False),
        Binding("down,j", "move(1)", "Level below", id="book.down", show=False),
        Binding("enter", "choose", "Take the price", id="book.choose", show=False),
        Binding("g", "group", "Group prices", id="book.group", show=False),
        Binding("escape", "clear", "No level", id="book.clear", show=False),
    ]

    @dataclass
    class PriceChosen(Message):
        """A level's price was picked; ``side`` is the side that rests there (``SELL`` for an ask)."""

        price: Decimal
        side: Side

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._view: BookView | None = None
        self._instrument: Instrument | None = None
        self._orders: tuple[tuple[Decimal, Side], ...] = ()
        self._last: Decimal | None = None
        self._direction = ""
        self._group = 0
        self._cursor: int | None = None
        """Level counted from the spread: -1 is the best ask, 1 the best bid."""
        self._levels: dict[int, tuple[Side, DepthRow]] = {}
        """What stands on which line, as drawn: a click means what was seen."""
        self._spread_line = 0
        self.entitle("Order book")

    def show(
        self,
        book: BookView,
        instrument: Instrument | None,
        order_prices: tuple[tuple[Decimal, Side], ...] = (),
        last: Decimal | None = None,
    ) -> None:
        """Show this book, own orders in it, and the last price between its sides."""
        if (
            book is self._view
            and instrument is self._instrument
            and order_prices == self._orders
            and last == self._last
        ):
            return
        if self._view is not None and self._view.symbol != book.symbol:
            self._cursor, self._group, self._last, self._direction = None, 0, None, ""
        if last is not None and self._last is not None and last != self._last:
            self._direction = "up" if last > self._last else "down"
        self._view, self._instrument, self._orders, self._last = book, instrument, order_prices, last
        self.is_faded = book.is_stale
        self._entitle()
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the levels around the spread."""
        self._levels = {}
        book = self._view.book if self._view is not None else None
        if book is None or height < 4:
            return self._in_words(width, height)
        count = (height - 2) // 2
        step = self._step()
        asks = depth_rows(book.asks, Side.SELL, step, count)
        bids = depth_rows(book.bids, Side.BUY, step, count)
        self._spread_line = 1 + count
        columns = LadderColumns.fitting((*asks, *bids), self._instrument, width)
        lines: list[Line] = [columns.head(self._instrument)]
        lines += [[] for _ in range(count - len(asks))]
        lines += self._side_lines(Side.SELL, asks[::-1], columns, len(lines))
        lines.append(self._spread(book, width))
        lines += self._side_lines(Side.BUY, bids, columns, len(lines))
        return lines

    def action_move(self, step: int) -> None:
        """Move to the next level up or down, from the spread at first."""
        if not self._levels:
            return
        here = self._spread_line + (self._cursor or 0) + step
        if here == self._spread_line:
            here += step
        if here in self._levels:
            self._cursor = here - self._spread_line
            self.redraw()

    def action_choose(self) -> None:
        """Take the chosen level's price."""
        self._choose(self._spread_line + (self._cursor or 0))

    def action_clear(self) -> None:
        """Choose no level."""
        self._cursor = None
        self.redraw()

    def action_group(self) -> None:
        """Group prices to the next coarser step, or not at all after the coarsest."""
        self._group = (self._group + 1) % len(_GROUPS)
        self._cursor = None
        self._entitle()
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Escape and Enter to others while no level is chosen."""
        return self._cursor is not None if action in {"choose", "clear"} else super().check_action(action, parameters)

    def on_click(self, event: events.Click) -> None:
        """Choose the price that was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y in self._levels:
            event.stop()
            self._choose(offset.y)

    def _choose(self, line: int) -> None:
        if line in self._levels:
            side, row = self._levels[line]
            self.post_message(self.PriceChosen(row.price, side))

    def _step(self) -> Decimal | None:
        if self._instrument is None or not self._group:
            return None
        return self._instrument.tick_size * _GROUPS[self._group]

    def _entitle(self) -> None:
        step = self._step()
        remarks = [(f"by {step:f}", "")] if step is not None else []
        if self._view is not None and self._view.is_stale:
            remarks.append((" stale" if remarks else "stale", "$warning"))
        self.entitle("Order book", remarks)

    def _in_words(self, width: int, height: int) -> list[Line]:
        view = self._view
        words, ink = "loading order book …", "muted"
        if view is not None and view.problem:
            words, ink = view.problem, "warning"
        elif view is not None and view.book is not None:
            words = "too small for a book"
        return [[(line, ink)] for line in text.in_the_middle(words, width, height)]

    def _side_lines(self, side: Side, rows: Sequence[DepthRow], columns: LadderColumns, first: int) -> list[Line]:
        step = self._step()
        own = {
            price if step is None else group_price(price, step, side)
            for price, order_side in self._orders
            if order_side is side
        }
        lines: list[Line] = []
        for line, row in enumerate(rows, first):
            self._levels[line] = side, row
            is_chosen = line - self._spread_line == self._cursor
            lines.append(columns.line(side, row, is_own=row.price in own, is_chosen=is_chosen))
        return lines

    def _spread(self, book: Book, width: int) -> Line:
        if self._view is not None and self._view.is_stale:
            return [("── ", "faint"), ("stale", "warning"), (" " + "─" * max(0, width - 9), "faint")]
        last = text.price(self._last, self._instrument)
        arrow = {"up": " ▲", "down": " ▼", "": ""}[self._direction]
        spread, mid = book.spread, book.mid
        share = ratio(spread, mid) if spread is not None and mid is not None else None
        relative = text.UNKNOWN if share is None else f"{text.grouped(share * 100, 2)}%"
        absolute = text.price(spread, self._instrument)
        room = width - len(last) - len(arrow) - 2
        words = text.first_fitting(
            (
                f"spread {absolute} {relative}  mid {_mid(mid, self._instrument)}",
                f"spread {absolute} {relative}",
                f"spread {relative}",
                relative,
            ),
            room,
        )
        return [(last + arrow, f"strong {self._direction}".strip()), (words.rjust(room + 2), "muted")]


def _mid(mid: Decimal | None, instrument: Instrument | None) -> str:
    """The middle between two ticks needs one digit more than a price."""
    if mid is None or instrument is None:
        return text.price(mid, instrument)
    return text.grouped(mid, instrument.price_precision + 1)
