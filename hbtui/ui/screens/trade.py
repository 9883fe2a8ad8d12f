"""The trade screen: watchlist and balances, chart, book and ticket, orders; hands each pane its part of the view."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from hbtui.model.candle import Period
from hbtui.model.order import Order, Side
from hbtui.trading.views import Front
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.keys import Area, bindings
from hbtui.ui.order_ends import OrderEnds, end_words
from hbtui.ui.screens.order_commands import OrderCommands
from hbtui.ui.screens.parts import trade_panes
from hbtui.ui.screens.symbols import SymbolDialog
from hbtui.ui.widgets.alarms import StateLines
from hbtui.ui.widgets.balances import BalancesPane
from hbtui.ui.widgets.chart import CandleChart
from hbtui.ui.widgets.header import HeaderBar
from hbtui.ui.widgets.keybar import KeyBar
from hbtui.ui.widgets.ladder import DepthLadder
from hbtui.ui.widgets.orders import OrdersPane
from hbtui.ui.widgets.review import ReviewDialog
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.tape import TradesTape
from hbtui.ui.widgets.ticket import OrderTicket
from hbtui.ui.widgets.watchlist import Watchlist

__all__ = ["TradeScreen"]

_TABS = {
    "chart": "Chart",
    "order": "Order",
    "book": "Book",
    "orders": "Orders",
    "balances": "Balances",
    "markets": "Watchlist",
}
_MIN_SIZE = (60, 18)
_TABBED_BELOW = (110, 36)
_COLUMNS = [(0, "-too-narrow"), (_MIN_SIZE[0], "-narrow"), (_TABBED_BELOW[0], "-medium"), (160, "-wide")]
_ROWS = [(0, "-too-low"), (_MIN_SIZE[1], "-low"), (23, "-middling"), (_TABBED_BELOW[1], "-high")]
_MOST_TOLD = 3
"""Of orders that end at once, so many are told one by one."""
_TURN_HINT = ", . turn "


def _size_classes(columns: int, rows: int) -> dict[str, bool]:
    """Name the classes of a size as the library does when it changes: the largest step that fits, of each side."""
    sides = (columns, _COLUMNS), (rows, _ROWS)
    fitting = {max(step for step in steps if step[0] <= size) for size, steps in sides}
    return {step[1]: step in fitting for _, steps in sides for step in steps}


class TradeScreen(OrderCommands):
    """Where a person trades; on small terminals one tab at a time, the ticket always one key away."""

    CSS_PATH = "trade.tcss"
    AUTO_FOCUS = "CandleChart"
    HORIZONTAL_BREAKPOINTS = _COLUMNS
    VERTICAL_BREAKPOINTS = _ROWS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.TRADE, Area.LISTS)]

    def __init__(self, front: Front, now_ms: Callable[[], int], *, zone: tzinfo | None) -> None:
        super().__init__(front, now_ms, zone=zone)
        self._panes: tuple[Pane, ...] = ()
        self._tab = "chart"
        self._ends = OrderEnds()

    def compose(self) -> ComposeResult:
        """Every pane, once; the stylesheet says which are seen at which size."""
        # set before there is a pane: with the first resize, every pane would be styled a second time
        self.update_classes(_size_classes(*self.app.size))
        yield HeaderBar(id="header")
        yield WordBar(_TABS, hint=_TURN_HINT, id="tabs")
        yield StateLines()
        with Horizontal(id="body"):
            with Vertical(id="west"):
                with Horizontal(id="market"):
                    with Vertical(id="lists"):
                        yield Watchlist(id="watchlist")
                        yield BalancesPane(id="balances")
                    yield CandleChart(zone=self._zone, id="chart")
                yield OrdersPane(self._zone, id="orders")
            yield TradesTape(zone=self._zone, id="tape")
            with Vertical(id="east"):
                yield DepthLadder(id="ladder")
                yield OrderTicket(id="ticket")
        yield Static(id="failed")
        yield Static(id="too-small")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the chart."""
        self._panes = trade_panes(self, self._front, self._show_state, self._tell_ends, self._zone)

    # the view comes down

    def panes(self) -> Sequence[Pane]:
        """Every pane with the parts of the view that it shows."""
        return self._panes

    def _show_state(self, now: Moment) -> None:
        """Say that nothing will come any more, and why; what cannot be done is greyed out."""
        view = now.view
        self.set_class(view.is_failed, "-failed")
        self.query_one("#failed", Static).update(
            Content(f"hbtui could not start trading.\n\n{view.blocked}\n\nPress q to leave; nothing was sent.")
        )
        self.refresh_bindings()

    def _tell_ends(self, now: Moment) -> None:
        """Tell of each order that ended; of many at once, how many."""
        ended = self._ends.newly(now.view.orders)
        if len(ended) > _MOST_TOLD:
            self.tell(f"{len(ended)} orders ended: o turns to their history.")
            return
        for order in ended:
            title, text, severity = end_words(order, now.view.instruments)
            self.notify(text, title=title, severity=severity, markup=False)

    def on_resize(self) -> None:
        """Show one tab or all; say what is needed where the terminal is too small for any of it."""
        self._show_tab(self._tab)
        columns, rows = self.size
        self.query_one("#too-small", Static).update(
            Content(
                f"The terminal is too small.\nhbtui needs {_MIN_SIZE[0]}×{_MIN_SIZE[1]}, this one has {columns}×{rows}."
            )
        )

    # commands go down

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done now; cancelling never is, as long as there is something to cancel."""
        if action == "open_ticket":
            return None if self._front.view.blocked or self._front.view.is_halted else True
        if action in {"show_period", "turn_pane"} and self.query_one(OrderTicket).has_focus_within:
            # the digits and the point of a price that was begun beside its field
            return False
        return self._is_tabbed if action == "turn_pane" else True

    def action_open_ticket(self, side: str) -> None:
        """Let the person type an order."""
        self._show_tab("order")
        self.query_one(OrderTicket).open_for(Side(side))

    def action_search_symbol(self) -> None:
        """Let the person choose another symbol."""
        self.app.push_screen(SymbolDialog(lambda: self._front.view), self._watch_symbol)

    def action_show_period(self, period: str) -> None:
        """Show bars of another period."""
        self._front.watch(self._front.view.symbol, Period(period))

    def action_step_period(self, step: int) -> None:
        """Show bars of the next longer or shorter period."""
        periods = list(Period)
        at = periods.index(self._front.view.candles.period) + step
        if 0 <= at < len(periods):
            self._front.watch(self._front.view.symbol, periods[at])

    @property
    def selected_order(self) -> Order | None:
        """The order under the cursor of the orders pane."""
        return self.order_of(self.query_one(OrdersPane).selected_key)

    def action_show_orders(self) -> None:
        """Open the screen that has nothing but orders."""
        from hbtui.ui.screens.orders import OrdersScreen

        self.app.push_screen(OrdersScreen(self._front, self._now_ms, zone=self._zone))

    def action_next_orders_tab(self) -> None:
        """Turn to the orders, and through their tabs."""
        pane = self.query_one(OrdersPane)
        is_there = pane.has_focus_within
        self._show_tab("orders")
        if is_there:
            pane.next_tab()
        else:
            pane.take_focus()

    def action_turn_pane(self, step: int) -> None:
        """Turn to the next pane on a small terminal, and let its keys work at once."""
        names = list(_TABS)
        name = names[(names.index(self._tab) + step) % len(names)]
        self._show_tab(name)
        self.call_after_refresh(self._take_focus, name)

    def _take_focus(self, tab: str) -> None:
        """Give a tab's pane the focus; never a field, which would take the next key as text."""
        if tab == "orders":
            self.query_one(OrdersPane).take_focus()
        else:
            panes: dict[str, type[Widget]] = {"chart": CandleChart, "balances": BalancesPane, "markets": Watchlist}
            self.query_one(panes.get(tab, DepthLadder)).focus()

    def action_hide_balances(self) -> None:
        """Hide the balances, or show them again."""
        pane = self.query_one(BalancesPane)
        pane.hidden = not pane.hidden

    def action_go_back(self) -> None:
        """Leave the field, or go back to the chart."""
        self._show_tab("chart")
        self.query_one(CandleChart).focus()

    # the panes say what the person did

    @on(WordBar.Chosen, "#tabs")
    def turn_to(self, event: WordBar.Chosen) -> None:
        """Show another pane on a small terminal."""
        event.stop()
        self._show_tab(event.name)

    @on(Watchlist.Chosen)
    def watch_chosen(self, event: Watchlist.Chosen) -> None:
        """Show the symbol that was chosen."""
        event.stop()
        self._watch_symbol(event.symbol)

    @on(CandleChart.OlderWanted)
    def load_older(self, event: CandleChart.OlderWanted) -> None:
        """Have the bars before the chart's first one brought."""
        event.stop()
        self._front.load_older()

    @on(CandleChart.PriceChosen)
    @on(DepthLadder.PriceChosen)
    def fill_price(self, event: CandleChart.PriceChosen | DepthLadder.PriceChosen) -> None:
        """Write the picked price into the ticket."""
        event.stop()
        self.query_one(OrderTicket).fill_price(event.price)

    @on(OrderTicket.Submitted)
    def review(self, event: OrderTicket.Submitted) -> None:
        """Let the person see the whole order before it is sent."""
        event.stop()
        instrument = self._front.view.instruments.get(event.request.symbol)
        if instrument is None or isinstance(self.app.screen, ReviewDialog):
            return
        ticket = self.query_one(OrderTicket)
        dialog = ReviewDialog(self._front, event.request, lambda: ticket.preview, instrument, self._now_ms)
        self.app.push_screen(dialog, self._placed)

    @on(OrdersPane.CancelRequested)
    def cancel_chosen(self, event: OrdersPane.CancelRequested) -> None:
        """Ask whether to cancel the order that was chosen."""
        event.stop()
        self.ask_cancel(event.order)

    # what follows

    def _placed(self, client_order_id: str | None) -> None:
        """Show the row of an order that was sent; the ticket forgets the amount, so that it is not sent again."""
        if client_order_id is None:
            return
        self._ends.follow(client_order_id)
        self.query_one(OrderTicket).clear()
        orders = self.query_one(OrdersPane)
        orders.show(self._front.view, self._now_ms())
        self._show_tab("orders")
        orders.select(client_order_id)
        orders.take_focus()

    def _watch_symbol(self, symbol: str | None) -> None:
        if symbol is not None and symbol != self._front.view.symbol:
            self._front.watch(symbol, self._front.view.candles.period)
        if symbol is not None and self._is_tabbed:
            self.action_go_back()

    @property
    def _is_tabbed(self) -> bool:
        return self.size.width < _TABBED_BELOW[0] or self.size.height < _TABBED_BELOW[1]

    def _show_tab(self, name: str) -> None:
        """Choose what a small terminal shows; a large one shows all of it anyway, and is not styled anew for it."""
        self._tab = name
        if self._is_tabbed:
            self.update_classes({f"-tab-{each}": each == name for each in _TABS})
        self.query_one("#tabs", WordBar).chosen = name
