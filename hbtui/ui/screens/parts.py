"""Which part of the view belongs to which pane of the trade screen."""

from collections.abc import Callable
from datetime import tzinfo
from decimal import Decimal

from textual.screen import Screen

from hbtui.model.instrument import Instrument
from hbtui.model.order import Side
from hbtui.trading.ticket import TicketContext
from hbtui.trading.views import Front, View
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.reserves import reserved
from hbtui.ui.widgets.alarms import StateLines
from hbtui.ui.widgets.balances import BalancesPane
from hbtui.ui.widgets.chart import CandleChart
from hbtui.ui.widgets.header import HeaderBar
from hbtui.ui.widgets.keybar import KeyBar
from hbtui.ui.widgets.ladder import DepthLadder
from hbtui.ui.widgets.orders import OrdersPane
from hbtui.ui.widgets.tape import TradesTape
from hbtui.ui.widgets.ticket import OrderTicket
from hbtui.ui.widgets.watchlist import Watchlist

__all__ = ["header_pane", "instrument_of", "order_prices", "ticket_context", "trade_panes"]


def instrument_of(view: View) -> Instrument | None:
    """The active pair, once it is known."""
    return view.instruments.get(view.symbol)


def order_prices(view: View) -> tuple[tuple[Decimal, Side], ...]:
    """Where own orders of the active pair rest, the uncertain ones with them: they may be live."""
    orders = (*view.orders.uncertain, *view.orders.open)
    return tuple(
        (order.price, order.side) for order in orders if order.symbol == view.symbol and order.price is not None
    )


def ticket_context(view: View) -> TicketContext | None:
    """What the ticket is read against; ``None`` until the active pair's rules are known."""
    instrument = instrument_of(view)
    if instrument is None:
        return None
    # a book or a quote of the symbol before this one says nothing of it
    book = view.book.book if view.book.symbol == view.symbol and not view.book.is_stale else None
    quote = view.quote if view.quote is not None and view.quote.symbol == view.symbol else None
    return TicketContext(
        instrument=instrument,
        account_id=view.venue.account_id,
        base=view.balances.of(instrument.base),
        quote=view.balances.of(instrument.quote),
        best_bid=book.best_bid.price if book and book.best_bid else None,
        best_ask=book.best_ask.price if book and book.best_ask else None,
        last=quote.last if quote else None,
        fee=view.fees.get(view.symbol),
        accounts=view.accounts,
        holdings=view.holdings,
    )


def trade_panes(
    screen: Screen[None],
    front: Front,
    show_state: Callable[[Moment], None],
    tell_ends: Callable[[Moment], None],
    zone: tzinfo | None,
) -> tuple[Pane, ...]:
    """List the panes, the most urgent first: what can be done, the money, then the market."""
    return (
        screen.query_one(StateLines).pane(),
        Pane(
            screen.query_one(KeyBar), lambda now: (now.view.blocked, now.view.is_failed, now.view.is_halted), show_state
        ),
        _orders(screen.query_one(OrdersPane)),
        header_pane(screen.query_one(HeaderBar), zone),
        _ticket(screen.query_one(OrderTicket), front),
        _ladder(screen.query_one(DepthLadder)),
        _chart(screen.query_one(CandleChart)),
        _balances(screen.query_one(BalancesPane)),
        _watchlist(screen.query_one(Watchlist)),
        _tape(screen.query_one(TradesTape)),
        # orders end whether or not their pane is seen
        Pane(screen, lambda now: (now.view.orders, now.view.instruments), tell_ends),
    )


def _orders(pane: OrdersPane) -> Pane:
    def parts(now: Moment) -> tuple[object, ...]:
        # an uncertain order counts seconds, and the rest turns into yesterday's once a day
        second = now.second if now.view.orders.uncertain else now.second // 60
        return now.view.orders, now.view.instruments, second

    return Pane(pane, parts, lambda now: pane.show(now.view, now.now_ms))


def header_pane(bar: HeaderBar, zone: tzinfo | None) -> Pane:
    """The line above every screen."""

    def parts(now: Moment) -> tuple[object, ...]:
        view = now.view
        return (
            view.venue, view.symbol, view.quote, view.candles, view.links, view.instruments, view.market_status,
            view.orders, view.blocked, view.is_halted, view.switch, now.second,
        )  # fmt: skip

    return Pane(bar, parts, lambda now: bar.show(now.view, now.now_ms, zone))


def _ticket(ticket: OrderTicket, front: Front) -> Pane:
    def parts(now: Moment) -> tuple[object, ...]:
        view = now.view
        money = (view.balances, view.accounts, view.holdings, view.caps, view.orders)
        return (
            view.symbol, view.instruments, view.fees, view.book, view.venue, view.blocked, view.is_halted, *money,
        )  # fmt: skip

    def draw(now: Moment) -> None:
        blocked = "halted; H asks whether to resume" if now.view.is_halted else now.view.blocked
        ticket.show(ticket_context(now.view), blocked, now.view.caps, front.check)

    return Pane(ticket, parts, draw)


def _ladder(ladder: DepthLadder) -> Pane:
    def draw(now: Moment) -> None:
        last = now.view.quote.last if now.view.quote else None
        ladder.show(now.view.book, instrument_of(now.view), order_prices(now.view), last)

    return Pane(ladder, lambda now: (now.view.book, now.view.instruments, now.view.orders, now.view.quote), draw)


def _chart(chart: CandleChart) -> Pane:
    def draw(now: Moment) -> None:
        chart.show(now.view.candles, instrument_of(now.view), order_prices(now.view))

    return Pane(chart, lambda now: (now.view.candles, now.view.instruments, now.view.orders), draw)


def _balances(pane: BalancesPane) -> Pane:
    def draw(now: Moment) -> None:
        pane.show(now.view.balances, instrument_of(now.view), reserved(now.view))

    def parts(now: Moment) -> tuple[object, ...]:
        return now.view.balances, now.view.instruments, now.view.symbol, now.view.orders

    return Pane(pane, parts, draw)


def _watchlist(watchlist: Watchlist) -> Pane:
    def draw(now: Moment) -> None:
        watchlist.show(now.view.watchlist, now.view.instruments, now.view.symbol)

    return Pane(watchlist, lambda now: (now.view.watchlist, now.view.instruments, now.view.symbol), draw)


def _tape(tape: TradesTape) -> Pane:
    def draw(now: Moment) -> None:
        tape.show(now.view.tape, instrument_of(now.view))

    return Pane(tape, lambda now: (now.view.tape, now.view.instruments), draw)
