"""Own orders and fills along the bottom: open, history, fills, uncertain; uncertain ones stand on top of each."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher

from hbtui.model.instrument import Instrument
from hbtui.model.order import Order
from hbtui.trading.views import OrdersView, View
from hbtui.ui.widgets.order_rows import (
    FILL_COLUMNS,
    ORDER_COLUMNS,
    dated,
    fill_row,
    order_row,
    uncertain_row,
)
from hbtui.ui.widgets.rows import Column, Row, RowList
from hbtui.ui.widgets.tabs import WordBar

__all__ = ["EMPTY", "OrdersPane", "rows_of"]


class OrdersPane(Vertical):
    """Four tabs of rows; says what the person wants done with one, and does nothing itself."""

    class CancelRequested(Message):
        """The person wants the order of a row cancelled."""

        def __init__(self, order: Order) -> None:
            super().__init__()
            self.order = order

    def __init__(self, zone: tzinfo | None = None, *, id: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._zone = zone
        self._orders = OrdersView()

    def compose(self) -> ComposeResult:
        """The tabs, and under them the rows of the chosen one."""
        yield WordBar(_titles(self._orders), id="orders-tabs")
        with ContentSwitcher(initial="open"):
            yield RowList(ORDER_COLUMNS, id="open")
            yield RowList(ORDER_COLUMNS, is_log=True, id="history")
            yield RowList(FILL_COLUMNS, is_log=True, id="fills")
            yield RowList(ORDER_COLUMNS, id="uncertain")

    def show(self, view: View, now_ms: int) -> None:
        """Show the view's orders; an empty list is said to be empty only once it is known."""
        self._orders = orders = view.orders
        self.query_one(WordBar).show(_titles(orders))
        if orders.is_stale is not self.has_class("-stale"):
            self.border_subtitle = Content("stale" if orders.is_stale else "")
        self.update_classes({"-stale": orders.is_stale, "-uncertain": bool(orders.uncertain)})
        for name, (lines, columns) in rows_of(orders, view.instruments, now_ms, self._zone).items():
            pinned = len(orders.uncertain) if name != "uncertain" else 0
            empty = EMPTY[name] if orders.is_known else "loading…"
            self._rows(name).show(lines, empty=empty, columns=columns, pinned=pinned)

    @property
    def selected_key(self) -> str | None:
        """The order under the cursor by its key; of a fill by the venue's id of its order."""
        key = self._rows(self.query_one(WordBar).chosen).selected
        return key.partition("/")[0] if key else None

    def next_tab(self) -> None:
        """Turn to the next tab and take the focus there."""
        self.query_one(WordBar).action_step(1)
        self.take_focus()

    def take_focus(self) -> None:
        """Let the arrows move through the rows of the chosen tab."""
        self.call_after_refresh(self._rows(self.query_one(WordBar).chosen).focus)

    def select(self, key: str) -> None:
        """Turn to the open orders and put the cursor on one."""
        self.query_one(WordBar).choose("open")
        self._rows("open").select(key)

    @on(WordBar.Chosen)
    def turn_to(self, event: WordBar.Chosen) -> None:
        """Show the rows of the chosen tab."""
        event.stop()
        self.query_one(ContentSwitcher).current = event.name
        self.refresh_bindings()

    @on(RowList.Chosen)
    def ask_cancel(self, event: RowList.Chosen) -> None:
        """Enter or a double click on an order that may be open asks whether to cancel it."""
        event.stop()
        order = next((each for each in (*self._orders.uncertain, *self._orders.open) if each.key == event.key), None)
        if order is not None:
            self.post_message(self.CancelRequested(order))

    def _rows(self, name: str) -> RowList:
        return self.query_one(f"#{name}", RowList)


EMPTY = {
    "open": "no open orders",
    "history": "no finished orders yet",
    "fills": "no fills yet",
    "uncertain": "no uncertain orders",
}
"""What is said of a list that is known to be empty."""


def rows_of(
    orders: OrdersView, instruments: Mapping[str, Instrument], now_ms: int, zone: tzinfo | None
) -> dict[str, tuple[list[Row], tuple[Column, ...]]]:
    """Write all lists with their columns, the uncertain orders on top of each."""
    uncertain = [uncertain_row(order, instruments, now_ms) for order in orders.uncertain]

    def rows(some: Sequence[Order]) -> tuple[list[Row], tuple[Column, ...]]:
        columns = dated(ORDER_COLUMNS, (order.created_ms for order in some), now_ms, zone)
        return [*uncertain, *(order_row(order, instruments, now_ms, zone) for order in some)], columns

    fills = [*uncertain, *(fill_row(fill, instruments, now_ms, zone) for fill in orders.fills)]
    return {
        "open": rows(orders.open),
        "history": rows(orders.history),
        "fills": (fills, dated(FILL_COLUMNS, (fill.ts_ms for fill in orders.fills), now_ms, zone)),
        "uncertain": (uncertain, ORDER_COLUMNS),
    }


def _titles(orders: OrdersView) -> dict[str, str]:
    def counted(word: str, number: int) -> str:
        return f"{word} {number}" if orders.is_known and number else word

    return {
        "open": counted("Open", len(orders.open) + len(orders.uncertain)),
        "history": "History",
        "fills": "Fills",
        "uncertain": f"Uncertain {len(orders.uncertain)}" if orders.uncertain else "Uncertain",
    }
