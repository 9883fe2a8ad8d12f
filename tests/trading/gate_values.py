"""What the tests of the gate start from: a calm market on which a good order passes without a word."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hbtui.model.account import Account, Balance, KeyInfo, Mode
from hbtui.model.book import Book, Level, Quote
from hbtui.model.candle import Period
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.guard import Sent
from hbtui.trading.risk import GateContext, findings
from hbtui.trading.views import (
    BalancesView,
    BookView,
    CandlesView,
    Caps,
    Finding,
    LinkView,
    OrdersView,
    TapeView,
    VenueView,
    View,
    WatchRow,
)
from tests.support.trading_values import ACCOUNT_ID, DOGE, NOW_MS, balances, request

__all__ = [
    "ACCOUNTS",
    "CAPS",
    "CONTEXT",
    "EVERY_KIND",
    "against",
    "codes",
    "confirmed",
    "doubtful",
    "levels",
    "sent",
    "stop",
    "view",
]

EVERY_KIND = tuple((side, kind) for side in Side for kind in OrderType)
ACCOUNTS = (
    Account(ACCOUNT_ID, "spot", "", "working"),
    Account(8, "margin", "dogeusdt", "working"),
    Account(9, "super-margin", "", "working"),
    Account(10, "c2c-margin", "", "working"),
    Account(11, "margin", "btcusdt", "working"),
    Account(12, "otc", "", "working"),
    Account(13, "spot", "", "lock"),
)
CAPS = Caps(order_value=Decimal(100), open_value=Decimal(200), session_value=Decimal(300))


def levels(*rows: tuple[str, str]) -> tuple[Level, ...]:
    """Build one side of a book from prices and amounts."""
    return tuple(Level(Decimal(price), Decimal(amount)) for price, amount in rows)


CONTEXT = GateContext(
    now_ms=NOW_MS,
    account_id=ACCOUNT_ID,
    instrument=DOGE,
    mode=Mode.DEMO,
    host="127.0.0.1:18080",
    accounts=ACCOUNTS,
    key=KeyInfo(frozenset({"readOnly", "trade"}), (), -1, "normal"),
    market_status=MarketStatus(code=1),
    book_age_ms=0,
    private_age_ms=0,
    engine_age_ms=0,
    rules_age_ms=0,
    best_bid=Decimal("0.0999"),
    best_ask=Decimal("0.1001"),
    last=Decimal("0.1"),
    bids=levels(("0.0999", "5000"), ("0.0998", "5000"), ("0.0979", "20000")),
    asks=levels(("0.1001", "5000"), ("0.1002", "5000"), ("0.1021", "20000")),
    base=Balance("doge", Decimal(20000), Decimal(0)),
    quote=Balance("usdt", Decimal(2000), Decimal(0)),
    prices=MappingProxyType({"dogeusdt": Decimal("0.1"), "btcusdt": Decimal(60000)}),
    clock_offset_ms=0,
)
"""Everything is known, fresh and within bounds."""


def against(context: GateContext = CONTEXT, asked: OrderRequest | None = None) -> Mapping[str, Finding]:
    """What stands against the order, by code."""
    return {finding.code: finding for finding in findings(asked or request(), context)}


def codes(context: GateContext = CONTEXT, asked: OrderRequest | None = None) -> set[str]:
    """Which codes stand against the order."""
    return set(against(context, asked))


def stop(side: Side, stop_price: str, price: str, operator: str = "gte", **changes: Any) -> OrderRequest:
    """Ask for a stop-limit order of 100 DOGE."""
    asked = request(side, OrderType.STOP_LIMIT, price=price)
    return replace(asked, stop_price=Decimal(stop_price), stop_operator=operator, **changes)


def doubtful(state: OrderState = OrderState.UNCERTAIN, **changes: Any) -> Order:
    """Make an own order whose end is not known: to buy 100 DOGE at 0.1."""
    made = Order(
        client_order_id="hb1",
        order_id=None,
        account_id=ACCOUNT_ID,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        venue_type="buy-limit",
        state=state,
        amount=Decimal(100),
        price=Decimal("0.1"),
    )
    return replace(made, **changes)


def sent(age_ms: int = 5_000, asked: OrderRequest | None = None, value: str | None = "10") -> Sent:
    """Remember an order as sent some time ago."""
    return Sent(asked or request(amount="77"), NOW_MS - age_ms, None if value is None else Decimal(value))


def confirmed(age_ms: int = 0, **changes: Any) -> Confirmation:
    """Mean an order by a key that was pressed some time ago."""
    return replace(Confirmation(at_ms=NOW_MS - age_ms, by="key"), **changes)


def view(**changes: Any) -> View:
    """Make a view on which an order can be judged."""
    book = Book("dogeusdt", levels(("0.0999", "500")), levels(("0.1001", "500")), NOW_MS)
    made = View(
        venue=VenueView(Mode.DEMO, "127.0.0.1:1", ACCOUNT_ID),
        instruments=MappingProxyType(
            {
                "dogeusdt": DOGE,
                "shibusdt": replace(DOGE, symbol="shibusdt", base="shib"),
                "dogebtc": replace(DOGE, symbol="dogebtc", quote="btc"),
            }
        ),
        instruments_ms=NOW_MS - 5,
        watchlist=(
            WatchRow("shibusdt", Quote(symbol="shibusdt", last=Decimal("0.2"), bid=Decimal("0.19"))),
            WatchRow("btcusdt", Quote(symbol="btcusdt", last=Decimal(60000))),
            WatchRow("ethusdt"),
        ),
        symbol="dogeusdt",
        quote=Quote(symbol="dogeusdt", last=Decimal("0.1")),
        candles=CandlesView("dogeusdt", Period.MINUTE),
        book=BookView("dogeusdt", book),
        tape=TapeView("dogeusdt"),
        balances=BalancesView(balances()),
        orders=OrdersView(is_known=True),
        links=MappingProxyType({Link.ACCOUNT: LinkView(Link.ACCOUNT, LinkState.LIVE, NOW_MS - 99_000)}),
        blocked="",
        heart_ms=NOW_MS - 4,
        caps=CAPS,
    )
    return replace(made, **changes)
