"""All own orders and fills on a screen of their own, newest first, with dates and a filter by symbol."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from hbtui.model.order import Order
from hbtui.trading.views import Front, OrdersView
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.keys import Area, bindings
from hbtui.ui.order_lists import LISTS, counted, filtered, newest_first, wide_rows
from hbtui.ui.screens.order_commands import OrderCommands
from hbtui.ui.screens.parts import header_pane
from hbtui.ui.widgets.alarms import StateLines
from hbtui.ui.widgets.header import HeaderBar
from hbtui.ui.widgets.keybar import KeyBar
from hbtui.ui.widgets.orders import EMPTY
from hbtui.ui.widgets.rows import RowList
from hbtui.ui.widgets.tabs import WordBar

__all__ = ["OrdersScreen"]


class OrdersScreen(OrderCommands):
    """Tabs for uncertain, open and finished orders and for fills; says what is done with one, as the pane does."""

    CSS_PATH = "orders.tcss"
    AUTO_FOCUS = "#orders-rows"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.ORDERS_SCREEN)]

    def __init__(self, front: Front, now_ms: Callable[[], int], *, zone: tzinfo | None) -> None:
        super().__init__(front, now_ms, zone=zone)
        self._shown = OrdersView()
        self._panes: tuple[Pane, ...] = ()

    def compose(self) -> ComposeResult:
        """Header, tabs, the filter, and the rows of the chosen tab."""
        yield HeaderBar(id="header")
        yield StateLines()
        yield WordBar(dict(LISTS), hint="o turns ", id="orders-tabs")
        yield Input(placeholder="a part of the symbol; esc shows all again", max_length=20, id="orders-filter")
        yield RowList((), id="orders-rows")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with what is uncertain, if anything is, else with what is open."""
        tabs = self.query_one("#orders-tabs", WordBar)
        tabs.chosen = "uncertain" if self._front.view.orders.uncertain else "open"
        self._panes = (
            self.query_one(StateLines).pane(),
            Pane(self.query_one(RowList), self._parts, self._draw),
            header_pane(self.query_one(HeaderBar), self._zone),
        )

    def panes(self) -> Sequence[Pane]:
        """The rows with the parts of the view that they show."""
        return self._panes

    def _parts(self, now: Moment) -> tuple[object, ...]:
        orders = now.view.orders
        # an uncertain order counts seconds, and the rest turns into yesterday's once a day
        second = now.second if orders.uncertain else now.second // 60
        return orders, now.view.instruments, second, self._tab, self._typed

    def _draw(self, now: Moment) -> None:
        self._shown = orders = filtered(newest_first(now.view.orders), self._typed)
        tabs = self.query_one("#orders-tabs", WordBar)
        tabs.show({name: counted(word, name, orders) for name, word in LISTS.items()})
        rows, columns = wide_rows(self._tab, orders, now.view.instruments, now.now_ms, self._zone)
        empty = EMPTY[self._tab] if not self._typed else f"{EMPTY[self._tab]} of a symbol with “{self._typed}” in it"
        pinned = len(orders.uncertain) if self._tab != "uncertain" else 0
        listed = self.query_one(RowList)
        listed.set_class(orders.is_stale, "-stale")
        listed.show(rows, empty=empty if orders.is_known else "loading…", columns=columns, pinned=pinned)

    @property
    def _tab(self) -> str:
        return self.query_one("#orders-tabs", WordBar).chosen

    @property
    def _typed(self) -> str:
        return self.query_one("#orders-filter", Input).value

    @property
    def selected_order(self) -> Order | None:
        """The order under the cursor; of a fill the order that it belongs to."""
        key = self.query_one(RowList).selected
        return self.order_of(key.partition("/")[0] if key else None)

    def action_next_orders_tab(self) -> None:
        """Turn to the next tab."""
        self.query_one("#orders-tabs", WordBar).action_step(1)

    def action_filter(self) -> None:
        """Let the person type a part of a symbol."""
        field = self.query_one("#orders-filter", Input)
        field.add_class("-used")
        field.focus()

    def action_leave(self) -> None:
        """Leave the filter, or else the screen."""
        field = self.query_one("#orders-filter", Input)
        if field.has_focus or field.value:
            field.value = ""
            self._leave_filter()
        else:
            self.dismiss()

    @on(WordBar.Chosen)
    def turn_to(self, event: WordBar.Chosen) -> None:
        """Show the chosen tab with the next frame, and let the arrows move through it."""
        event.stop()
        self.query_one(RowList).focus()

    @on(Input.Submitted)
    def use_filter(self, event: Input.Submitted) -> None:
        """Enter keeps the filter and goes to the rows."""
        event.stop()
        self._leave_filter()

    def _leave_filter(self) -> None:
        field = self.query_one("#orders-filter", Input)
        self.query_one(RowList).focus()
        field.set_class(bool(field.value), "-used")

    @on(RowList.Chosen)
    def audit_chosen(self, event: RowList.Chosen) -> None:
        """Enter or a double click shows the journal of the order."""
        event.stop()
        self.action_show_audit()
