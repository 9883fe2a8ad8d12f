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
    BalanceChanged,
    BookStale,
    BookUpdated,
    CandleUpdated,
    Link,
    LinkChanged,
    LinkState,
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


def say(engine: Engine, exchange: ScriptedExchange, *events: object) -> None:
    """Let the streams say something, on the engine's loop."""
    account_kinds = (OrderUpdated, OrderFilled, BalanceChanged)
    for event in events:
        is_private = isinstance(event, account_kinds) or (isinstance(event, LinkChanged) and event.link is Link.ACCOUNT)
        feed = exchange.account if is_private else exchange.market
        assert feed is not None
        eventually_sync(lambda feed=feed: feed.emit is not None, what="the stream being open")
        engine._thread.call(feed.say, event)


def go_live(engine: Engine, exchange: ScriptedExchange) -> None:
    """Bring all streams up and wait until orders can be sent."""
    say(engine, exchange, *(LinkChanged(link=link, state=LinkState.LIVE) for link in Link))
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
        say(engine, exchange, OrderUpdated(report("1001", OrderState.FILLED, client_order_id=key, filled="100")))
        eventually_sync(lambda: engine.view.orders.history, what="history")
        assert engine.view.orders.history[0].state is OrderState.FILLED
        assert len(exchange.placed) == 1
