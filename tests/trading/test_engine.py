"""The engine on its own thread, against a scripted exchange and a real journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.account import Balance, BalanceChange, KeyInfo, Mode
from hbtui.model.book import Book, Level, Quote, Trade
from hbtui.model.candle import Period
from hbtui.model.errors import AuthenticationError, NetworkError
from hbtui.model.events import (
    AccountEvent,
    BalanceChanged,
    BookStale,
    BookUpdated,
    CandleUpdated,
    Link,
    LinkChanged,
    LinkState,
    MarketEvent,
    OrderFilled,
    OrderUpdated,
    QuoteUpdated,
    SubscriptionRefused,
    Topic,
    TopicKind,
    TradesPrinted,
)
from hbtui.model.order import OrderState, Refused, Side, Unknown
from hbtui.trading.engine import Engine
from hbtui.trading.views import Denied
from tests.support.eventually import eventually_sync
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import DOGE, NOW_MS, balances, bar, fill, report, request, sessions

MINUTE_MS = 60_000


def scripted() -> ScriptedExchange:
    """Make an exchange that lists DOGE, holds money and knows some bars."""
    exchange = ScriptedExchange()
    exchange.listed = (DOGE,)
    exchange.held = balances()
    first = Period.MINUTE.open_ms(NOW_MS) - 9 * MINUTE_MS
    exchange.bars = tuple(bar(first + number * MINUTE_MS) for number in range(10))
    return exchange


@contextmanager
def running(exchange: ScriptedExchange, folder: Path, mode: Mode = Mode.DEMO) -> Iterator[Engine]:
    """Run an engine on the exchange until the test has seen enough."""
    engine = Engine(mode, watchlist=["dogeusdt", "nousdt"], symbol="dogeusdt")
    engine.start(sessions(exchange, folder / "journal.sqlite", mode))
    try:
        yield engine
    finally:
        assert engine.stop(5), "the engine did not stop in time"


def say(engine: Engine, exchange: ScriptedExchange, *events: MarketEvent) -> None:
    """Let the market's stream say something, on the engine's loop."""
    eventually_sync(lambda: exchange.public.emit is not None, what="the market's stream being open")
    engine._thread.call(exchange.public.say, *events)


def tell(engine: Engine, exchange: ScriptedExchange, *events: AccountEvent) -> None:
    """Let the private stream say something, on the engine's loop."""
    eventually_sync(lambda: exchange.private.emit is not None, what="the private stream being open")
    engine._thread.call(exchange.private.say, *events)


def live(link: Link) -> LinkChanged:
    """Say that a link is up."""
    return LinkChanged(link=link, state=LinkState.LIVE)


def go_live(engine: Engine, exchange: ScriptedExchange) -> None:
    """Bring all streams up and wait until orders can be sent."""
    say(engine, exchange, live(Link.MARKET), live(Link.BOOK))
    tell(engine, exchange, live(Link.ACCOUNT))
    levels = (Level(Decimal("0.0999"), Decimal(10)),), (Level(Decimal("0.1001"), Decimal(10)),)
    say(engine, exchange, BookUpdated(Book("dogeusdt", *levels, NOW_MS)))
    say(engine, exchange, QuoteUpdated(Quote(symbol="dogeusdt", last=Decimal("0.1"), ts_ms=NOW_MS)))
    eventually_sync(lambda: not engine.view.blocked and engine.view.quote, what="trading")


def test_start_to_order_to_fill(tmp_path: Path) -> None:
    """An order goes from the gate through sending and acceptance to a fill, and the view follows each step."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.open, what="a row")
        row = engine.view.orders.open[0]
        assert (row.key, row.amount) == (key, Decimal(100))
        eventually_sync(lambda: engine.view.orders.open[0].order_id == "1001", what="the venue's id")
        tell(engine, exchange, OrderUpdated(report("1001", OrderState.FILLED, client_order_id=key, filled="100")))
        eventually_sync(lambda: engine.view.orders.history, what="history")
        assert engine.view.orders.history[0].state is OrderState.FILLED
        assert len(exchange.placed) == 1
