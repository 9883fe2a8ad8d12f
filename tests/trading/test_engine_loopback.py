"""The engine through the real client and real sockets, on an embedded exchange: the truth is what that one knows."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.events import Link, LinkState
from hbtui.model.numbers import EXACT, truncated
from hbtui.model.order import OrderRequest, OrderState, OrderType, Side
from hbtui.model.secret import Credentials, Secret
from hbtui.storage.journal import Journal
from hbtui.trading.engine import Engine
from hbtui.trading.views import Denied, OpenSession, VenueView
from tests.support.eventually import eventually_sync
from tests.support.exchange import RunningExchange, exchange_in_thread
from tests.support.trading_values import Session

SYMBOL = "dogeusdt"


@contextmanager
def trading(exchange: RunningExchange, folder: Path) -> Iterator[Engine]:
    """Run an engine on the exchange until orders can be sent and after."""

    @asynccontextmanager
    async def open_session() -> AsyncIterator[OpenSession]:
        hosts = Hosts.from_ready_line(exchange.ready_line)
        pair = Credentials(Secret(str(exchange.access_key)), Secret(str(exchange.secret_key)))
        async with Journal.open(folder / "journal.sqlite") as journal, HtxExchange.open(hosts, pair) as client:
            yield Session(client, journal, VenueView(Mode.DEMO, client.host))

    engine = Engine(Mode.DEMO, watchlist=["btcusdt", SYMBOL], symbol=SYMBOL, period=Period.MINUTE)
    engine.start(open_session)
    try:
        eventually_sync(
            lambda: not engine.view.blocked and engine.view.book.book and engine.view.quote, 40, what="trading"
        )
        yield engine
    finally:
        assert engine.stop(5)


def limit_buy(engine: Engine, share: str = "0.98", amount: str = "1000") -> OrderRequest:
    """Ask to buy below the market, where the order rests."""
    view = engine.view
    assert view.quote is not None
    assert view.quote.last is not None
    assert view.venue.account_id is not None
    price = truncated(EXACT.multiply(view.quote.last, Decimal(share)), view.instruments[SYMBOL].price_precision)
    return OrderRequest(
        account_id=view.venue.account_id,
        symbol=SYMBOL,
        side=Side.BUY,
        type=OrderType.LIMIT,
        amount=Decimal(amount),
        price=price,
    )


def test_everything_a_screen_needs_arrives(tmp_path: Path) -> None:
    """Bars, book, tape, quotes, small lines, balances with values, fees and live links come from a real exchange."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        eventually_sync(lambda: len(engine.view.candles.candles) == 2000 and engine.view.tape.trades, what="bars")
        eventually_sync(lambda: all(row.closes and row.quote for row in engine.view.watchlist), what="the watchlist")
        eventually_sync(lambda: engine.view.balances.total and not engine.view.balances.unvalued, what="values")
        eventually_sync(lambda: set(engine.view.fees) == {"btcusdt", SYMBOL}, what="fees")
        view = engine.view
        assert {link.state for link in view.links.values()} == {LinkState.LIVE}
        assert not view.candles.is_stale
        assert not view.book.is_stale
        opens = [bar.open_ms for bar in view.candles.candles]
        assert opens == sorted(set(opens))
        assert all(bar.is_sound() for bar in view.candles.candles)


def test_a_limit_order_rests_fills_and_moves_the_balance(tmp_path: Path) -> None:
    """An order rests, fills when the price comes to it, and order, trade, fee and balance are the exchange's own."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        before = engine.view.balances.of("doge")
        asked = limit_buy(engine)
        key = engine.place(asked)
        eventually_sync(lambda: [one.state for one in engine.view.orders.open] == [OrderState.SUBMITTED], what="a rest")
        assert asked.price is not None
        cost = asked.price * asked.amount
        eventually_sync(
            lambda: (held := engine.view.balances.of("usdt")) and held.frozen == cost, what="money being frozen"
        )
        exchange.print_trade(SYMBOL, str(asked.price), "5000")
        eventually_sync(lambda: engine.view.orders.history, what="the fill")
        order = engine.view.orders.history[0]
        assert (order.key, order.state, order.filled_base) == (key, OrderState.FILLED, Decimal(1000))
        eventually_sync(lambda: engine.view.orders.history[0].fees is not None, what="the fee")
        truth = exchange.balances()
        eventually_sync(
            lambda: all(
                (held := engine.view.balances.of(name)) and (held.available, held.frozen) == truth[name]
                for name in ("doge", "usdt")
            ),
            what="the balances being the exchange's",
        )
        after = engine.view.balances.of("doge")
        fees = engine.view.orders.history[0].fees
        assert before is not None
        assert after is not None
        assert fees is not None
        assert after.total == before.total + 1000 - fees


def test_a_market_buy_spends_what_was_said(tmp_path: Path) -> None:
    """A market buy of 50 USDT spends 50 USDT, and the row keeps both units apart."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        assert engine.view.venue.account_id is not None
        engine.place(
            OrderRequest(
                account_id=engine.view.venue.account_id,
                symbol=SYMBOL,
                side=Side.BUY,
                type=OrderType.MARKET,
                amount=Decimal(50),
            )
        )
        eventually_sync(lambda: engine.view.orders.history, what="the fill")
        order = engine.view.orders.history[0]
        assert (order.state, order.amount, order.is_amount_in_quote) == (OrderState.FILLED, Decimal(50), True)
        assert truncated(order.filled_quote + Decimal("1e-8"), 6) == Decimal(50)
        assert order.filled_base > 100


def test_a_reply_that_never_comes_is_uncertain_and_then_the_truth(tmp_path: Path) -> None:
    """The order is accepted but its answer is lost: doubt is shown, then what the exchange has, and one order it is."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        lost = exchange.fault("/v1/order/orders/place", "drop-answer")
        exchange.fault("orders", "withhold", times=None)
        key = engine.place(limit_buy(engine))
        eventually_sync(lambda: engine.view.orders.uncertain, what="doubt")
        assert engine.view.orders.uncertain[0].key == key
        eventually_sync(lambda: [one.key for one in engine.view.orders.open] == [key], what="the truth")
        eventually_sync(lambda: engine.view.orders.open[0].order_id, what="the venue's id")
        assert (lost.struck, len(exchange.orders())) == (1, 1)


def test_a_dropped_socket_is_seen_resynced_and_live_again(tmp_path: Path) -> None:
    """While the private stream is cut an order fills; stale is shown, then the fill, then live, with a word of it."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        asked = limit_buy(engine)
        engine.place(asked)
        eventually_sync(lambda: [one.state for one in engine.view.orders.open] == [OrderState.SUBMITTED], what="a rest")
        exchange.close_sockets("private")
        exchange.print_trade(SYMBOL, str(asked.price), "5000")
        eventually_sync(lambda: engine.view.orders.history and not engine.view.blocked, what="live again")
        assert engine.view.orders.history[0].state is OrderState.FILLED
        eventually_sync(lambda: engine.view.notices, what="a word of it")
        assert "1 order updated" in engine.view.notices[-1].text


def test_lost_market_sockets_come_back(tmp_path: Path) -> None:
    """Cut market sockets are shown as lost, and everything is live and fresh again by itself."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        seen: set[bool] = set()
        exchange.close_sockets("ws")
        exchange.close_sockets("feed")
        eventually_sync(lambda: engine.view.links[Link.MARKET].state is not LinkState.LIVE, what="the loss")
        seen.add(engine.view.candles.is_stale)
        eventually_sync(lambda: not engine.view.blocked, 40, what="live again")
        eventually_sync(lambda: not engine.view.candles.is_stale and not engine.view.book.is_stale, 40, what="fresh")
        assert seen == {True}


def is_placed(engine: Engine, request: OrderRequest) -> bool:
    """Place it unless the gate asks for a pause between orders."""
    try:
        engine.place(request)
    except Denied as denied:
        if {finding.code for finding in denied.findings} != {"RATE"}:
            raise
        return False
    return True


def test_cancel_all_leaves_nothing_open(tmp_path: Path) -> None:
    """Several resting orders are gone at the exchange after one call, and the screen says so."""
    with exchange_in_thread() as exchange, trading(exchange, tmp_path) as engine:
        for number in range(3):
            asked = limit_buy(engine, amount=str(1000 + number))
            eventually_sync(lambda asked=asked: is_placed(engine, asked), what="placing")  # type: ignore[misc]  # mypy does not infer defaults of lambdas
        eventually_sync(lambda: len(exchange.orders()) == 3, what="the orders")
        engine.cancel_all(SYMBOL)
        eventually_sync(lambda: len(engine.view.orders.history) == 3, what="the end")
        assert {str(order["state"]) for order in exchange.orders()} == {"canceled"}
        eventually_sync(lambda: engine.view.notices, what="the word")
        assert engine.view.notices[-1].text == "3 asked to go, none is open now."


def test_the_next_start_knows_the_orders_of_the_last(tmp_path: Path) -> None:
    """An order placed in one run is own, not external, in the next, and can be cancelled there."""
    with exchange_in_thread() as exchange:
        with trading(exchange, tmp_path) as engine:
            key = engine.place(limit_buy(engine))
            eventually_sync(lambda: engine.view.orders.open and engine.view.orders.open[0].order_id, what="a rest")
        with trading(exchange, tmp_path) as engine:
            eventually_sync(lambda: engine.view.orders.open, what="the order")
            assert (engine.view.orders.open[0].key, engine.view.orders.open[0].is_external) == (key, False)
            engine.cancel(key)
            eventually_sync(lambda: engine.view.orders.history, what="the end")
