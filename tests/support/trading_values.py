"""Plain values that trading tests start from."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hbtui.model.account import Balance, Mode
from hbtui.model.candle import Candle
from hbtui.model.instrument import Instrument
from hbtui.model.order import Fill, Intent, OrderReport, OrderRequest, OrderState, OrderType, Side
from hbtui.storage.journal import Journal
from hbtui.trading.archiving import History
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.ports import Exchange
from hbtui.trading.ports import Journal as JournalPort
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.views import Caps, OpenSession, VenueView

__all__ = ["DOGE", "Session", "balances", "bar", "fill", "intent", "report", "request", "sessions"]

ACCOUNT_ID = 7
NOW_MS = 1_700_000_000_000

DOGE = Instrument(
    symbol="dogeusdt",
    base="doge",
    quote="usdt",
    price_precision=4,
    amount_precision=2,
    value_precision=8,
    min_value=Decimal(5),
    max_value=Decimal(100_000),
    limit_min_amount=Decimal(1),
    limit_max_amount=Decimal(1_000_000),
    limit_max_buy_amount=Decimal(900_000),
    market_sell_min_amount=Decimal(2),
    market_sell_max_amount=Decimal(500_000),
    market_buy_max_value=Decimal(50_000),
    buy_price_ratio_max=Decimal("1.1"),
    sell_price_ratio_min=Decimal("0.9"),
)


def request(
    side: Side = Side.BUY,
    kind: OrderType = OrderType.LIMIT,
    amount: str = "100",
    price: str | None = "0.1",
    symbol: str = "dogeusdt",
) -> OrderRequest:
    """Ask to buy 100 DOGE at 0.1 USDT, or what is said instead."""
    named = None if kind is OrderType.MARKET or price is None else Decimal(price)
    return OrderRequest(account_id=ACCOUNT_ID, symbol=symbol, side=side, type=kind, amount=Decimal(amount), price=named)


def intent(asked: OrderRequest | None = None, created_ms: int = NOW_MS, seed: bytes = b"0123456789") -> Intent:
    """Make an intent whose id follows from ``seed``."""
    key = new_client_order_id(Mode.DEMO, created_ms, lambda count: seed[:count])
    return Intent(
        client_order_id=key,
        request=asked or request(),
        body=b'{"amount":"100"}',
        created_ms=created_ms,
        host="scripted.test",
        mode="demo",
    )


def report(
    order_id: str = "1",
    state: OrderState | None = OrderState.SUBMITTED,
    *,
    client_order_id: str = "",
    filled: str = "0",
    spent: str = "0",
    updated_ms: int = NOW_MS,
) -> OrderReport:
    """Report the order of :func:`request` in some state."""
    return OrderReport(
        order_id=order_id,
        client_order_id=client_order_id,
        account_id=ACCOUNT_ID,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        venue_type="buy-limit",
        state=state,
        amount=Decimal(100),
        price=Decimal("0.1"),
        filled_base=Decimal(filled),
        filled_quote=Decimal(spent),
        created_ms=NOW_MS,
        updated_ms=updated_ms,
    )


def fill(trade_id: int = 1, amount: str = "40", *, order_id: str = "1", fee: str | None = None) -> Fill:
    """Report one trade of the order of :func:`request`."""
    return Fill(
        trade_id=trade_id,
        order_id=order_id,
        symbol="dogeusdt",
        side=Side.BUY,
        price=Decimal("0.1"),
        amount=Decimal(amount),
        ts_ms=NOW_MS + trade_id,
        fee=None if fee is None else Decimal(fee),
        fee_currency="" if fee is None else "doge",
    )


def balances(usdt: str = "1000", doge: str = "500") -> tuple[Balance, ...]:
    """Hold some USDT and some DOGE, all available."""
    return (Balance("doge", Decimal(doge), Decimal(0)), Balance("usdt", Decimal(usdt), Decimal(0)))


def bar(open_ms: int, close: str = "0.1", trades: int = 1) -> Candle:
    """Make a bar that never moved."""
    price = Decimal(close)
    return Candle(open_ms, price, price, price, price, Decimal(trades), price * trades, trades)


@dataclass(frozen=True)
class Session:
    """An open exchange with its journal."""

    exchange: Exchange
    journal: JournalPort
    venue: VenueView
    caps: Caps = field(default_factory=Caps)
    opened: list[int] = field(default_factory=list)
    """The accounts whose journal was asked for."""
    shared: list[SharedDesk] = field(default_factory=list)
    """What was lent to other processes."""
    history: History | None = None

    async def open_journal(self, account_id: int) -> None:
        """Note the account: the journal is open already."""
        self.opened.append(account_id)

    def share(self, desk: SharedDesk) -> None:
        """Keep what is lent."""
        self.shared.append(desk)


def sessions(
    exchange: Exchange, path: Path, mode: Mode = Mode.DEMO, caps: Caps | None = None
) -> Callable[[], AbstractAsyncContextManager[OpenSession]]:
    """Open sessions on this exchange with a real journal."""

    @asynccontextmanager
    async def open_session() -> AsyncIterator[OpenSession]:
        async with Journal.open(path) as journal:
            yield Session(exchange, journal, VenueView(mode, exchange.host), caps or Caps())

    return open_session
