"""The gate: every reason against an order, each with a code."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest

from hbtui.model.account import Balance, Mode
from hbtui.model.book import Book, Level, Quote
from hbtui.model.candle import Period
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.risk import GateContext, findings, gate_context
from hbtui.trading.views import (
    BalancesView,
    BookView,
    CandlesView,
    OrdersView,
    Severity,
    TapeView,
    VenueView,
    View,
    WatchRow,
)
from tests.support.trading_values import ACCOUNT_ID, DOGE, NOW_MS, balances, request

CONTEXT = GateContext(
    now_ms=NOW_MS,
    account_id=ACCOUNT_ID,
    instrument=DOGE,
    market_status=MarketStatus(code=1),
    best_bid=Decimal("0.0999"),
    best_ask=Decimal("0.1001"),
    last=Decimal("0.1"),
    base=Balance("doge", Decimal(500), Decimal(0)),
    quote=Balance("usdt", Decimal(1000), Decimal(0)),
    clock_offset_ms=0,
)


def doubtful(state: OrderState, amount: str = "100", side: Side = Side.BUY, symbol: str = "dogeusdt") -> Order:
    """Make an own order whose end is not known."""
    return Order(
        client_order_id="hb1",
        order_id=None,
        account_id=ACCOUNT_ID,
        symbol=symbol,
        side=side,
        type=OrderType.LIMIT,
        venue_type=f"{side.value}-limit",
        state=state,
        amount=Decimal(amount),
        price=Decimal("0.1"),
    )


def codes(context: GateContext, asked: OrderRequest | None = None) -> dict[str, Severity]:
    """Which codes stand against the order, and how much they matter."""
    return {finding.code: finding.severity for finding in findings(asked or request(), context)}


def test_nothing_stands_against_a_good_order() -> None:
    """A good order on a live market passes without a word, whatever its type."""
    for kind in (OrderType.LIMIT, OrderType.MARKET, OrderType.IOC, OrderType.FOK, OrderType.POST_ONLY):
        for side in Side:
            assert codes(CONTEXT, request(side, kind)) == {}


@pytest.mark.parametrize(
    ("context", "asked", "code", "severity"),
    [
        (replace(CONTEXT, blocked="the link is lost"), None, "BLOCKED", Severity.ERROR),
        (replace(CONTEXT, market_status=MarketStatus(code=2)), None, "MARKET_STATUS", Severity.ERROR),
        (replace(CONTEXT, market_status=MarketStatus(code=3)), None, "MARKET_STATUS", Severity.ERROR),
        (replace(CONTEXT, account_id=None), None, "ACCOUNT", Severity.ERROR),
        (replace(CONTEXT, account_id=8), None, "ACCOUNT", Severity.ERROR),
        (replace(CONTEXT, clock_offset_ms=-10_001), None, "CLOCK_SKEW", Severity.ERROR),
        (replace(CONTEXT, clock_offset_ms=2_001), None, "CLOCK_SKEW", Severity.WARNING),
        (replace(CONTEXT, instrument=None), None, "SYMBOL_STATE", Severity.ERROR),
        (replace(CONTEXT, instrument=replace(DOGE, state="suspend")), None, "SYMBOL_STATE", Severity.ERROR),
        (replace(CONTEXT, instrument=replace(DOGE, api_trading=False)), None, "SYMBOL_STATE", Severity.ERROR),
        (CONTEXT, request(amount="100.001"), "PRECISION", Severity.ERROR),
        (CONTEXT, request(amount="10"), "MIN_VALUE", Severity.ERROR),
        (CONTEXT, request(price="0.2"), "PRICE_BAND", Severity.ERROR),
        (CONTEXT, request(amount="-5"), "AMOUNT", Severity.ERROR),
        (CONTEXT, request(amount="NaN"), "AMOUNT", Severity.ERROR),
        (CONTEXT, request(price="Infinity"), "PRICE", Severity.ERROR),
        (replace(CONTEXT, is_book_stale=True), request(kind=OrderType.MARKET), "STALE_BOOK", Severity.ERROR),
        (replace(CONTEXT, is_book_stale=True), request(kind=OrderType.IOC), "STALE_BOOK", Severity.ERROR),
        (replace(CONTEXT, is_book_stale=True), request(), "STALE_BOOK", Severity.WARNING),
        (CONTEXT, request(price="0.1031"), "PRICE_COLLAR", Severity.WARNING),
        (CONTEXT, request(Side.SELL, price="0.0969"), "PRICE_COLLAR", Severity.WARNING),
        (replace(CONTEXT, quote=None), None, "BALANCE", Severity.ERROR),
        (replace(CONTEXT, base=None), request(Side.SELL), "BALANCE", Severity.ERROR),
        (CONTEXT, request(amount="10001"), "BALANCE", Severity.ERROR),
        (CONTEXT, request(Side.SELL, amount="501"), "BALANCE", Severity.ERROR),
        (CONTEXT, request(kind=OrderType.MARKET, amount="1000.01"), "BALANCE", Severity.ERROR),
        (replace(CONTEXT, recent=((request(), NOW_MS - 1999),)), None, "DUPLICATE", Severity.ERROR),
        (replace(CONTEXT, pending=(doubtful(OrderState.UNCERTAIN),)), None, "UNCERTAIN_PENDING", Severity.ERROR),
        (replace(CONTEXT, pending=(doubtful(OrderState.CONFLICT),)), None, "UNCERTAIN_PENDING", Severity.ERROR),
        (replace(CONTEXT, pending=(doubtful(OrderState.UNPROVEN),)), None, "UNCERTAIN_PENDING", Severity.WARNING),
        (replace(CONTEXT, pending=(doubtful(OrderState.SENDING, "9901"),)), None, "BALANCE", Severity.ERROR),
    ],
)
def test_each_reason_has_its_code(
    context: GateContext, asked: OrderRequest | None, code: str, severity: Severity
) -> None:
    """Every reason against an order is found, says so in words, and matters as much as it should."""
    found = {finding.code: finding for finding in findings(asked or request(), context)}
    assert found[code].severity is severity
    assert len(found[code].text) > 10


@pytest.mark.parametrize(
    ("context", "asked"),
    [
        (CONTEXT, request(price="0.0901")),
        (CONTEXT, request(Side.SELL, price="0.11")),
        (CONTEXT, request(price="0.103")),
        (replace(CONTEXT, recent=((request(), NOW_MS - 2000),)), request()),
        (replace(CONTEXT, recent=((request(amount="101"), NOW_MS),)), request()),
        (replace(CONTEXT, recent=((request(Side.SELL), NOW_MS),)), request()),
        (replace(CONTEXT, pending=(doubtful(OrderState.UNCERTAIN, side=Side.SELL),)), request()),
        (replace(CONTEXT, pending=(doubtful(OrderState.UNCERTAIN, symbol="btcusdt"),)), request()),
        (replace(CONTEXT, clock_offset_ms=None, market_status=None), request()),
    ],
)
def test_what_is_harmless_passes(context: GateContext, asked: OrderRequest) -> None:
    """Prices far away on the harmless side, other orders and old ones are nobody's business."""
    assert codes(context, asked) == {}


def test_money_of_orders_in_doubt_is_not_spent_twice() -> None:
    """What an order in doubt may hold is kept aside, also when it buys another pair with the same money."""
    held = replace(CONTEXT, pending=(doubtful(OrderState.UNCERTAIN, "9950", symbol="btcusdt"),))
    (finding,) = findings(request(), held)
    assert (finding.code, finding.field) == ("BALANCE", "total")
    assert "uncertain orders may hold 995" in finding.text


def test_without_any_price_a_market_order_is_refused() -> None:
    """Where nothing is known of the market, a limit order is warned of and a market order refused."""
    blind = replace(CONTEXT, best_bid=None, best_ask=None, last=None)
    assert codes(blind) == {"PRICE_COLLAR": Severity.WARNING}
    assert codes(blind, request(kind=OrderType.MARKET)) == {"PRICE_COLLAR": Severity.ERROR}


def test_what_blocks_stands_first() -> None:
    """Errors are told before warnings."""
    found = findings(request(price="0.109", amount="1"), replace(CONTEXT, clock_offset_ms=3000))
    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, key=lambda severity: severity is not Severity.ERROR)
    assert {Severity.ERROR, Severity.WARNING} == set(severities)


def view() -> View:
    """Make a view on which an order can be judged."""
    book = Book("dogeusdt", (Level(Decimal("0.0999"), Decimal(1)),), (Level(Decimal("0.1001"), Decimal(1)),), NOW_MS)
    return View(
        venue=VenueView(Mode.DEMO, "scripted.test", ACCOUNT_ID),
        instruments=MappingProxyType({"dogeusdt": DOGE, "shibusdt": replace(DOGE, symbol="shibusdt", base="shib")}),
        watchlist=(WatchRow("shibusdt", Quote(symbol="shibusdt", last=Decimal("0.2"), bid=Decimal("0.19"))),),
        symbol="dogeusdt",
        quote=Quote(symbol="dogeusdt", last=Decimal("0.1")),
        candles=CandlesView("dogeusdt", Period.MINUTE),
        book=BookView("dogeusdt", book),
        tape=TapeView("dogeusdt"),
        balances=BalancesView(balances()),
        orders=OrdersView(
            uncertain=(doubtful(OrderState.UNCERTAIN), replace(doubtful(OrderState.CONFLICT), is_external=True)),
            open=(doubtful(OrderState.SENDING), doubtful(OrderState.SUBMITTED)),
        ),
        blocked="",
    )


def test_the_context_is_taken_from_the_view() -> None:
    """The gate judges by what the screen shows: book, quote, balances and own orders in doubt."""
    context = gate_context(view(), request(), NOW_MS)
    assert (context.best_bid, context.best_ask, context.last) == (Decimal("0.0999"), Decimal("0.1001"), Decimal("0.1"))
    assert [order.state for order in context.pending] == [OrderState.UNCERTAIN, OrderState.SENDING]
    assert context.quote == balances()[1]
    assert not context.is_book_stale


def test_another_symbol_is_judged_by_its_own_prices() -> None:
    """A symbol of the watchlist is judged by its quote, and one that is nowhere by nothing."""
    context = gate_context(view(), request(symbol="shibusdt"), NOW_MS)
    assert (context.last, context.best_bid, context.best_ask) == (Decimal("0.2"), Decimal("0.19"), None)
    assert context.base == Balance("shib", Decimal(0), Decimal(0))
    unknown = gate_context(view(), request(symbol="nousdt"), NOW_MS)
    assert (unknown.instrument, unknown.last, unknown.base) == (None, None, None)


def test_a_stale_book_gives_no_prices() -> None:
    """Prices of a book that is not now are not compared with."""
    shown = view()
    stale = replace(shown, book=replace(shown.book, is_stale=True))
    context = gate_context(stale, request(), NOW_MS)
    assert context.is_book_stale
    assert (context.best_bid, context.best_ask) == (None, None)
