"""What the gate judges by is what the screen shows, the halt, the caps, and what was sent a moment ago."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.account import Balance, KeyInfo
from hbtui.model.book import Book
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import Order, OrderState, OrderType, Side
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.risk import findings, gate_context
from hbtui.trading.views import BalancesView, BookView, Caps, LinkView, OrdersView, View
from tests.support.trading_values import ACCOUNT_ID, DOGE, NOW_MS, balances, request
from tests.trading.gate_values import ACCOUNTS, CAPS, confirmed, doubtful, levels, sent, view


def test_the_context_is_taken_from_the_view() -> None:
    """The gate judges by what the screen shows: book, quote, balances, ages and own orders in doubt."""
    shown = view(
        orders=OrdersView(
            uncertain=(doubtful(), doubtful(OrderState.CONFLICT, is_external=True)),
            open=(doubtful(OrderState.SENDING), doubtful(OrderState.SUBMITTED)),
            is_known=True,
        ),
        accounts=ACCOUNTS,
        clock_offset_ms=0,
        market_status=MarketStatus(code=3),
    )
    key = KeyInfo(frozenset({"trade"}), (), 1, "normal")
    shown = replace(shown, venue=replace(shown.venue, key=key))
    meant = confirmed()
    context = gate_context(shown, request(), NOW_MS, confirmation=meant)
    assert (context.best_bid, context.best_ask, context.last) == (Decimal("0.0999"), Decimal("0.1001"), Decimal("0.1"))
    assert (context.bids, context.asks) == (levels(("0.0999", "500")), levels(("0.1001", "500")))
    assert [order.state for order in context.pending] == [OrderState.UNCERTAIN, OrderState.SENDING]
    assert (context.base, context.quote) == balances()
    assert (context.mode, context.host, context.account_id) == (shown.venue.mode, shown.venue.host, ACCOUNT_ID)
    assert (context.accounts, context.instrument, context.caps) == (ACCOUNTS, DOGE, CAPS)
    assert (context.engine_age_ms, context.rules_age_ms, context.book_age_ms) == (4, 5, 0)
    assert (context.private_age_ms, context.clock_offset_ms) == (None, 0)
    assert (context.blocked, context.reconciling, context.is_halted, context.is_book_stale) == ("", "", False, False)
    assert (context.open_value, context.sent, context.in_flight) == (Decimal(30), (), ())
    assert context.confirmation is meant
    assert (context.key, context.market_status) == (key, shown.market_status)
    assert dict(context.prices) == {"shibusdt": Decimal("0.2"), "btcusdt": Decimal(60000), "dogeusdt": Decimal("0.1")}


def test_a_good_order_on_a_good_view_passes() -> None:
    """Nothing stands against an order on a view where all is well."""
    assert findings(request(), gate_context(view(), request(), NOW_MS, Guard(CAPS))) == ()


def test_another_symbol_is_judged_by_its_own_prices() -> None:
    """A symbol of the watchlist is judged by its quote, and one that is nowhere by nothing."""
    context = gate_context(view(), request(symbol="shibusdt"), NOW_MS)
    assert (context.last, context.best_bid, context.best_ask) == (Decimal("0.2"), Decimal("0.19"), None)
    assert (context.base, context.bids, context.book_age_ms) == (Balance("shib", Decimal(0), Decimal(0)), None, None)
    assert not context.is_book_stale
    unknown = gate_context(view(), request(symbol="nousdt"), NOW_MS)
    assert (unknown.instrument, unknown.last, unknown.base, unknown.quote) == (None, None, None, None)
    assert gate_context(view(), request(symbol="ethusdt"), NOW_MS).last is None


def test_a_stale_book_gives_no_prices() -> None:
    """Prices of a book that is not now, or of the symbol before, are not compared with."""
    shown = view()
    for book in (replace(shown.book, is_stale=True), BookView("dogeusdt"), replace(shown.book, symbol="btcusdt")):
        context = gate_context(replace(shown, book=book), request(), NOW_MS)
        assert context.is_book_stale
        assert (context.best_bid, context.best_ask, context.bids, context.book_age_ms) == (None, None, None, None)
    assert shown.quote is not None
    other = replace(shown, quote=replace(shown.quote, symbol="btcusdt"))
    assert gate_context(other, request(), NOW_MS).last is None


def test_an_empty_side_of_the_book_leaves_the_quote() -> None:
    """Where nobody offers, the venue's last word on bid and ask stands in; no visible level is claimed."""
    shown = view()
    assert shown.quote is not None
    empty = replace(
        shown,
        book=BookView("dogeusdt", Book("dogeusdt", (), (), NOW_MS)),
        quote=replace(shown.quote, bid=Decimal(3), ask=Decimal(4)),
    )
    context = gate_context(empty, request(), NOW_MS)
    assert (context.best_bid, context.best_ask, context.bids, context.asks) == (Decimal(3), Decimal(4), (), ())
    bare = gate_context(replace(empty, quote=None), request(), NOW_MS)
    assert (bare.best_bid, bare.best_ask) == (None, None)


@pytest.mark.parametrize(
    ("offset_ms", "age_ms", "expected"),
    [(None, 700, 700), (500, 700, 1200), (-500, 700, 200), (-900, 700, 0)],
)
def test_a_books_age_is_by_the_venues_clock(offset_ms: int | None, age_ms: int, expected: int) -> None:
    """A clock that is off ages no book, and no book is younger than now."""
    context = gate_context(view(clock_offset_ms=offset_ms), request(), NOW_MS + age_ms)
    assert context.book_age_ms == expected


def test_a_book_that_the_venue_confirmed_is_as_old_as_the_confirmation() -> None:
    """A quiet book counts from when the venue had the same best prices, by the own clock, unless it changed since."""
    quiet = view(clock_offset_ms=500)
    confirmed = replace(quiet, book=replace(quiet.book, confirmed_ms=NOW_MS + 9_000))
    assert gate_context(confirmed, request(), NOW_MS + 10_000).book_age_ms == 1_000
    late = replace(quiet, book=replace(quiet.book, confirmed_ms=NOW_MS - 9_000))
    assert gate_context(late, request(), NOW_MS + 100).book_age_ms == 600


def test_ages_that_are_not_told_are_not_judged() -> None:
    """Before the engine's first sign of life, and without a time of the rules, nothing is said of either."""
    context = gate_context(view(heart_ms=0, instruments_ms=0, links={}), request(), NOW_MS)
    assert (context.engine_age_ms, context.rules_age_ms, context.private_age_ms) == (None, None, None)


def test_an_account_stream_that_is_away_ages() -> None:
    """It counts from when it went."""
    links = {Link.ACCOUNT: LinkView(Link.ACCOUNT, LinkState.RECONNECTING, NOW_MS - 30_000)}
    assert gate_context(view(links=links), request(), NOW_MS).private_age_ms == 30_000


@pytest.mark.parametrize(
    ("orders", "blocked", "expected"),
    [
        (OrdersView(is_known=True), "the link is lost", ("the link is lost", "")),
        (OrdersView(is_known=True, is_stale=True), "the link is lost", ("", "the link is lost")),
        (OrdersView(), "", ("", "orders and balances are being read")),
        (OrdersView(is_known=True, is_stale=True), "", ("", "orders and balances are being read")),
    ],
)
def test_while_own_orders_are_not_known_that_is_the_reason(
    orders: OrdersView, blocked: str, expected: tuple[str, str]
) -> None:
    """An unknown is told by itself, whatever else blocks."""
    context = gate_context(view(orders=orders, blocked=blocked), request(), NOW_MS)
    assert (context.blocked, context.reconciling) == expected


def test_each_account_has_its_own_money() -> None:
    """The balances are those of the account that the order names."""
    held = {8: (Balance("usdt", Decimal(3), Decimal(0)),)}
    shown = view(holdings=held)
    own = gate_context(shown, replace(request(), account_id=8), NOW_MS)
    assert own.quote == held[8][0]
    assert own.base == Balance("doge", Decimal(0), Decimal(0))
    unread = gate_context(shown, replace(request(), account_id=9), NOW_MS)
    assert (unread.base, unread.quote) == (None, None)
    assert gate_context(view(balances=BalancesView()), request(), NOW_MS).quote is None


def test_the_guards_halt_and_caps_and_memory_count() -> None:
    """What only the guard knows is judged by; without a guard the view's halt and caps are."""
    guard = Guard(Caps(order_value=Decimal(7)))
    guard.note(sent())
    context = gate_context(view(), request(), NOW_MS, guard)
    assert (context.caps, context.sent, context.is_halted) == (guard.caps, (sent(),), False)
    guard.halt()
    assert gate_context(view(), request(), NOW_MS, guard).is_halted
    guard.resume()
    assert gate_context(view(is_halted=True), request(), NOW_MS, guard).is_halted
    assert gate_context(view(is_halted=True), request(), NOW_MS).is_halted


def known(one: Sent, state: OrderState = OrderState.SUBMITTED, late_ms: int = 10) -> Order:
    """Show what was sent as an order."""
    asked = one.request
    return doubtful(
        state, amount=asked.amount, price=asked.price, side=asked.side, type=asked.type,
        created_ms=one.at_ms + late_ms, account_id=asked.account_id,
    )  # fmt: skip


def guarded(*notes: Sent) -> Guard:
    """Make a guard that remembers."""
    guard = Guard()
    for note in notes:
        guard.note(note)
    return guard


def flying(shown: View, *notes: Sent) -> tuple[Sent, ...]:
    """What was sent and does not show."""
    return gate_context(shown, request(), NOW_MS, guarded(*notes)).in_flight


def test_what_was_sent_and_does_not_show_yet_is_in_flight() -> None:
    """A view is a moment behind: an order that it does not show still holds its money, once for each time sent."""
    first, second, old = sent(3_000), sent(400), sent(10_000)
    assert flying(view(), old, first, second) == (first, second)
    for place in ("uncertain", "open", "history"):
        orders = OrdersView(is_known=True, **{place: (known(first),)})  # type: ignore[arg-type]  # a field by its name
        assert flying(view(orders=orders), first, second) == (second,)
    both = OrdersView(is_known=True, open=(known(first), known(second, late_ms=-300)))
    assert flying(view(orders=both), first, second) == ()
    earlier = OrdersView(is_known=True, open=(known(first, late_ms=-2_001),))
    assert flying(view(orders=earlier), first) == (first,)
    edge = OrdersView(is_known=True, open=(known(first, late_ms=-2_000),))
    assert flying(view(orders=edge), first) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(78)},
        {"price": Decimal(1)},
        {"side": Side.SELL},
        {"symbol": "btcusdt"},
        {"account_id": 9},
        {"type": OrderType.IOC},
        {"is_external": True},
    ],
)
def test_another_order_does_not_stand_in_for_what_was_sent(changes: Mapping[str, object]) -> None:
    """Only the very same order shows that what was sent has arrived."""
    one = sent(500)
    other = replace(known(one), **changes)  # type: ignore[arg-type]  # the table names fields of an order
    assert flying(view(orders=OrdersView(is_known=True, open=(other,))), one) == (one,)


def test_what_is_in_flight_counts_as_open_and_as_spent() -> None:
    """Two orders in one frame cannot both spend the last of the money, nor both pass the cap."""
    guard = guarded(sent(500, request(amount="9900"), "990"))
    context = gate_context(view(), request(amount="200"), NOW_MS, guard)
    assert context.open_value == Decimal(990)
    (finding,) = findings(request(amount="200"), context)
    assert (finding.code, finding.field) == ("BALANCE", "total")
    assert finding.text == "20 USDT needed, 1000 available, of which uncertain orders may hold 990"
    unknown = gate_context(view(), request(), NOW_MS, guarded(sent(500, value=None)))
    assert unknown.open_value is None


def test_the_worth_of_what_is_open_is_own_orders_alone() -> None:
    """What others placed is not counted against this program's caps; what has no price makes the sum unknown."""
    orders = OrdersView(
        uncertain=(doubtful(),),
        open=(doubtful(OrderState.SUBMITTED, is_external=True, amount=None),),
        is_known=True,
    )
    assert gate_context(view(orders=orders), request(), NOW_MS).open_value == Decimal(10)
    nowhere = replace(orders, open=(doubtful(OrderState.SUBMITTED, symbol="nousdt"),))
    assert gate_context(view(orders=nowhere), request(), NOW_MS).open_value is None
    assert gate_context(view(orders=nowhere), request(), NOW_MS, guarded(sent(1))).open_value is None


def test_the_books_levels_are_of_the_symbol() -> None:
    """The watched symbol's book says nothing of another one's market order."""
    context = gate_context(view(), request(symbol="shibusdt", kind=OrderType.MARKET), NOW_MS)
    found = {finding.code for finding in findings(request(symbol="shibusdt", kind=OrderType.MARKET), context)}
    assert "SLIPPAGE" in found
