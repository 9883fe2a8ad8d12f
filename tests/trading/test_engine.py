"""The engine on its own thread, against a scripted exchange and a real journal."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.account import Balance, BalanceChange, KeyInfo, Mode
from hbtui.model.book import Book, Level, Quote, Trade
from hbtui.model.candle import Period
from hbtui.model.errors import AuthenticationError, JournalError, NetworkError
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
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import Intent, OrderState, Outcome, Refused, Side, Unknown
from hbtui.storage.journal import Journal
from hbtui.trading.engine import Engine
from hbtui.trading.views import Denied
from tests.support.eventually import eventually_sync
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import DOGE, NOW_MS, Session, balances, bar, fill, report, request, sessions

MINUTE_MS = 60_000


def scripted(exchange: ScriptedExchange | None = None) -> ScriptedExchange:
    """Let an exchange list DOGE, hold money and know some bars."""
    exchange = exchange or ScriptedExchange()
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


def texts(engine: Engine) -> list[str]:
    """What the person was told."""
    return [f"{notice.title}: {notice.text}" for notice in engine.view.notices]


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


def test_orders_are_sent_on_another_thread(tmp_path: Path) -> None:
    """The POST happens on the engine's thread, never on the caller's, and placing returns at once."""
    threads: list[str] = []

    class Watched(ScriptedExchange):
        async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
            """Note the thread."""
            threads.append(threading.current_thread().name)
            return await super().place(intent, kept_back)

    exchange = scripted(Watched())
    exchange.answer_gate = asyncio.Event()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.open and exchange.placed, what="a row")
        assert (engine.view.orders.open[0].key, engine.view.orders.open[0].state) == (key, OrderState.SENDING)
        engine._thread.call(exchange.answer_gate.set)
        eventually_sync(lambda: engine.view.orders.open[0].state is OrderState.ACCEPTED, what="the answer")
    assert threads == ["hbtui-engine"]


def test_nothing_can_be_sent_until_all_is_known(tmp_path: Path) -> None:
    """Until every stream is live and everything was read, the view says why not and placing is denied."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        assert engine.view.blocked
        eventually_sync(lambda: "stream is not connected" in engine.view.blocked, what="the account's stream as reason")
        with pytest.raises(Denied):
            engine.place(request())
        tell(engine, exchange, live(Link.ACCOUNT))
        eventually_sync(lambda: "market's stream" in engine.view.blocked, what="the market's stream as reason")
        go_live(engine, exchange)
        assert engine.view.venue.account_id == 7
    assert exchange.placed == []


def test_two_presses_are_one_order(tmp_path: Path) -> None:
    """The same order twice within two seconds is one order."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        engine.place(request())
        with pytest.raises(Denied, match="less than two seconds"):
            engine.place(request())
        eventually_sync(lambda: engine.view.orders.open, what="a row")
    assert len(exchange.placed) == 1


def test_a_refusal_is_told_and_kept(tmp_path: Path) -> None:
    """A refused order is told in the venue's words and stands in the history."""
    exchange = scripted()
    exchange.outcomes = [Refused("order-value-min-error", "Order total cannot be lower than: 5 USDT")]
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        engine.place(request())
        eventually_sync(lambda: engine.view.orders.history and engine.view.notices, what="history")
        assert engine.view.orders.history[0].state is OrderState.REFUSED
        assert texts(engine) == ["The order was refused: Order total cannot be lower than: 5 USDT"]


def test_an_unknown_outcome_is_shown_and_looked_up(tmp_path: Path) -> None:
    """An order without an answer is uncertain, blocks its side, and becomes what the venue shows."""
    exchange = scripted()
    exchange.outcomes = [Unknown("no answer in time")]
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.uncertain, what="doubt")
        order = engine.view.orders.uncertain[0]
        assert (order.key, order.cause) == (key, "no answer in time")
        eventually_sync(lambda: engine.view.orders.uncertain[0].next_check_ms, what="the next check")
        assert "UNCERTAIN_PENDING" in {finding.code for finding in engine.check(request(amount="200"))}
        exchange.reports["9"] = report("9", client_order_id=key)
        engine.look_now(key)
        eventually_sync(lambda: engine.view.orders.open, what="the order being found")
        assert engine.view.orders.uncertain == ()


def test_an_earlier_runs_doubt_is_taken_up(tmp_path: Path) -> None:
    """An intent that an earlier run left without an answer is uncertain at once, then what the venue shows."""
    exchange = scripted()
    exchange.outcomes = [Unknown("no answer in time")]
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.uncertain, what="doubt")
    again = scripted()
    with running(again, tmp_path) as engine:
        eventually_sync(lambda: engine.view.orders.uncertain, what="doubt")
        assert engine.view.orders.uncertain[0].key == key
        again.reports["9"] = report("9", OrderState.FILLED, client_order_id=key, filled="100", spent="10")
        engine.look_now(key)
        eventually_sync(lambda: engine.view.orders.history, what="the truth")
    assert again.placed == []


def test_stopping_waits_for_the_answer(tmp_path: Path) -> None:
    """Stopping gives an order on its way the time to be answered, so that the next start has nothing to ask."""
    exchange = scripted()
    exchange.answer_gate = asyncio.Event()
    engine = Engine(Mode.DEMO, watchlist=["dogeusdt"], symbol="dogeusdt")
    engine.start(sessions(exchange, tmp_path / "journal.sqlite"))
    go_live(engine, exchange)
    engine.place(request())
    eventually_sync(lambda: exchange.placed, what="the POST")
    stopper = threading.Thread(target=engine.stop, args=(5,))
    stopper.start()
    engine._thread.call(exchange.answer_gate.set)
    stopper.join(5)
    assert not stopper.is_alive()
    assert asyncio.run(left(tmp_path)) == ()


def test_stopping_without_an_answer_leaves_it_for_the_next_start(tmp_path: Path) -> None:
    """An order that is not answered in time is in the journal for the next start, and stopping still ends."""
    exchange = scripted()
    exchange.answer_gate = asyncio.Event()
    engine = Engine(Mode.DEMO, watchlist=["dogeusdt"], symbol="dogeusdt")
    engine.start(sessions(exchange, tmp_path / "journal.sqlite"))
    go_live(engine, exchange)
    key = engine.place(request())
    eventually_sync(lambda: exchange.placed, what="the POST")
    assert engine.stop(0.2)
    assert [one.client_order_id for one in asyncio.run(left(tmp_path))] == [key]


async def left(folder: Path) -> tuple[Intent, ...]:
    """What the journal holds for the next start."""
    async with Journal.open(folder / "journal.sqlite") as journal:
        return await journal.unresolved()


def test_cancel_and_cancel_all(tmp_path: Path) -> None:
    """One order is cancelled by its key, all by one call, and how it ended is told."""
    exchange = scripted()
    exchange.reports = {"1": report("1"), "2": report("2")}
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: len(engine.view.orders.open) == 2, what="open orders")
        engine.cancel("1")
        eventually_sync(lambda: exchange.cancelled, what="the cancel")
        eventually_sync(
            lambda: {order.state for order in engine.view.orders.open if order.key == "1"} == {OrderState.CANCELING},
            what="canceling",
        )
        tell(engine, exchange, OrderUpdated(report("1", OrderState.CANCELED)))
        exchange.reports["1"] = report("1", OrderState.CANCELED)
        engine.cancel_all()
        eventually_sync(lambda: "2" in exchange.cancelled, what="the other cancel")
        exchange.reports["2"] = report("2", OrderState.CANCELED)
        tell(engine, exchange, OrderUpdated(report("2", OrderState.CANCELED)))
        eventually_sync(lambda: "Cancel all: 1 asked to go, none is open now." in texts(engine), what="the end")
        assert engine.view.orders.open == ()


def test_prices_follow_every_tick(tmp_path: Path) -> None:
    """A bar's tick moves the chart, the header's price and the watchlist; a trade moves tape and price."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: len(engine.view.candles.candles) == 10, what="bars")
        eventually_sync(lambda: engine.view.watchlist[0].closes, what="the small line")
        last = engine.view.candles.candles[-1]
        book = engine.view.book
        tick = bar(last.open_ms, "0.1234", trades=5)
        say(engine, exchange, CandleUpdated("dogeusdt", Period.MINUTE, tick, NOW_MS + 1))
        eventually_sync(lambda: engine.view.candles.candles[-1] == tick, what="the tick")
        assert engine.view.quote is not None
        assert engine.view.quote.last == Decimal("0.1234")
        assert engine.view.watchlist[0].quote == engine.view.quote
        assert engine.view.watchlist[0].closes[-1] == Decimal("0.1234")
        assert engine.view.book is book
        traded = Trade("dogeusdt", 1, Decimal("0.2"), Decimal(3), Side.SELL, NOW_MS + 2)
        say(engine, exchange, TradesPrinted("dogeusdt", (traded,)))
        eventually_sync(lambda: engine.view.tape.trades == (traded,), what="the trade")
        assert engine.view.quote.last == Decimal("0.2")


def test_the_values_of_balances_follow_prices_and_pushes(tmp_path: Path) -> None:
    """Balances are valued by the streams' prices, a push moves them, and another account's push does not."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: engine.view.balances.total == Decimal(1050), what="the value")
        pushed = BalanceChange(7, "usdt", Decimal(900), Decimal(800), 1, None)
        tell(engine, exchange, BalanceChanged(BalanceChange(8, "usdt", Decimal(1), Decimal(1), 9, None)))
        tell(engine, exchange, BalanceChanged(pushed))
        eventually_sync(lambda: engine.view.balances.total == Decimal(950), what="the push")
        assert engine.view.balances.of("usdt") == Balance("usdt", Decimal(800), Decimal(100))


def test_seconds_are_built_from_trades(tmp_path: Path) -> None:
    """The one-second chart needs no bars of the venue: trades make it."""
    exchange = scripted()
    exchange.printed = tuple(
        Trade("dogeusdt", number, Decimal("0.1"), Decimal(1), Side.BUY, NOW_MS + number * 500) for number in range(8)
    )
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        engine.watch("dogeusdt", Period.SECOND)
        eventually_sync(lambda: len(engine.view.candles.candles) == 4, what="bars of a second")
        assert engine.view.candles.period is Period.SECOND
        assert {topic.kind for topic in exchange.public.topics} == {TopicKind.TRADES, TopicKind.BOOK, TopicKind.QUOTE}
        assert not engine.view.candles.is_stale


def test_choosing_another_symbol_shows_it_at_once(tmp_path: Path) -> None:
    """Another symbol is watched instead of the last, without any of the last one's numbers under its name."""
    exchange = scripted()
    exchange.listed = (DOGE, replace(DOGE, symbol="shibusdt", base="shib"))
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        engine.watch("shibusdt", Period.HOUR)
        eventually_sync(lambda: engine.view.symbol == "shibusdt", what="the symbol")
        view = engine.view
        assert (view.book.symbol, view.book.book, view.tape.trades, view.quote) == ("shibusdt", None, (), None)
        wanted = {Topic(TopicKind.CANDLES, "shibusdt", Period.HOUR), Topic(TopicKind.BOOK, "shibusdt")}
        assert wanted <= exchange.public.topics
        assert Topic(TopicKind.BOOK, "dogeusdt") not in exchange.public.topics
        eventually_sync(lambda: "shibusdt" in engine.view.fees, what="the fees")
        eventually_sync(lambda: "candles shibusdt 60min" in exchange.calls, what="bars")


def test_an_unlisted_symbol_degrades_in_words(tmp_path: Path) -> None:
    """A symbol that the venue does not list is named as such, is not asked for, and harms nothing else."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        assert [row.is_listed for row in engine.view.watchlist] == [True, False]
        engine.watch("nousdt", Period.MINUTE)
        eventually_sync(lambda: "does not list nousdt" in engine.view.candles.problem, what="the words")
        assert "does not list nousdt" in engine.view.book.problem
        assert not [topic for topic in exchange.public.topics if topic.symbol == "nousdt"]
        assert engine.view.blocked == ""


def test_the_book_falls_back_to_images_and_returns(tmp_path: Path) -> None:
    """Where the fast book is refused, whole images are watched instead; a broken chain is stale until it is whole."""
    exchange = scripted()
    image = Topic(TopicKind.DEPTH, "dogeusdt")
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        assert image not in exchange.public.topics
        say(engine, exchange, BookStale("dogeusdt", "a gap"))
        eventually_sync(lambda: engine.view.book.is_stale, what="a stale book")
        say(engine, exchange, BookUpdated(Book("dogeusdt", (), (), NOW_MS + 1)))
        eventually_sync(lambda: not engine.view.book.is_stale, what="a fresh book")
        say(engine, exchange, SubscriptionRefused(Topic(TopicKind.BOOK, "dogeusdt"), "invalid topic"))
        eventually_sync(lambda: image in exchange.public.topics, what="images")


def test_a_lost_market_link_is_seen_and_mended(tmp_path: Path) -> None:
    """Without the market's link chart and book are stale and nothing can be sent; back again, bars are re-read."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: not engine.view.candles.is_stale and not engine.view.candles.is_loading, what="bars")
        for link in (Link.MARKET, Link.BOOK):
            say(engine, exchange, LinkChanged(link=link, state=LinkState.RECONNECTING, attempt=2, reason="reset"))
        eventually_sync(lambda: engine.view.candles.is_stale and engine.view.book.is_stale, what="stale panes")
        assert engine.view.links[Link.MARKET].attempt == 2
        assert engine.view.blocked
        asked = exchange.calls.count("candles dogeusdt 1min")
        say(engine, exchange, live(Link.MARKET), live(Link.BOOK))
        eventually_sync(lambda: not engine.view.candles.is_stale, what="fresh bars")
        assert exchange.calls.count("candles dogeusdt 1min") > asked
        assert engine.view.book.is_stale
        say(engine, exchange, BookUpdated(Book("dogeusdt", (), (), NOW_MS + 9)))
        eventually_sync(lambda: not engine.view.book.is_stale and not engine.view.blocked, what="a fresh book")


def test_a_lost_account_link_is_seen_and_mended(tmp_path: Path) -> None:
    """Without the private stream orders and balances are stale; back again they are re-read, and news is counted."""
    exchange = scripted()
    exchange.reports = {"1": report("1")}
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        tell(engine, exchange, LinkChanged(link=Link.ACCOUNT, state=LinkState.RECONNECTING))
        eventually_sync(lambda: engine.view.orders.is_stale and engine.view.balances.is_stale, what="stale panes")
        with pytest.raises(Denied):
            engine.place(request())
        exchange.reports = {"1": report("1", OrderState.FILLED, filled="100", spent="10")}
        exchange.held = balances(usdt="990")
        tell(engine, exchange, live(Link.ACCOUNT))
        eventually_sync(lambda: not engine.view.blocked, what="trading")
        assert engine.view.orders.history[0].state is OrderState.FILLED
        assert engine.view.balances.of("usdt") == Balance("usdt", Decimal(990), Decimal(0))
        assert texts(engine) == ["Account stream: back after 0 s, 1 order updated"]


def test_an_order_missing_from_the_lists_is_asked_for(tmp_path: Path) -> None:
    """Absence is a question: an order that no list names is read by its id, and only the venue's word ends it."""
    exchange = scripted()
    exchange.reports = {"1": report("1")}
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: engine.view.orders.open, what="the order")
        exchange.blind = {"open_orders", "finished_orders"}
        exchange.reports = {"1": report("1", OrderState.CANCELED)}
        tell(engine, exchange, LinkChanged(link=Link.ACCOUNT, state=LinkState.RECONNECTING), live(Link.ACCOUNT))
        eventually_sync(lambda: engine.view.orders.history, what="the end")
        assert "order 1" in exchange.calls


def test_missing_trades_are_fetched(tmp_path: Path) -> None:
    """Trades and fees that the stream left out come from the venue's list."""
    exchange = scripted()
    exchange.reports = {"1": report("1", OrderState.FILLED, filled="100", spent="10")}
    exchange.own_fills = (fill(1, "40", fee="0.08"), fill(2, "60", fee="0.12"))
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        eventually_sync(lambda: len(engine.view.orders.fills) == 2, what="trades")
        assert engine.view.orders.history[0].fees == Decimal("0.20")


def test_external_orders_are_shown(tmp_path: Path) -> None:
    """An order that was placed elsewhere appears by the stream alone, as external."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        tell(engine, exchange, OrderUpdated(report("5", client_order_id="web-1")), OrderFilled(fill(1, order_id="5")))
        eventually_sync(lambda: engine.view.orders.fills, what="the order")
        (order,) = engine.view.orders.open
        assert (order.key, order.is_external, order.state) == ("5", True, OrderState.PARTIALLY_FILLED)


def test_no_network_is_told_and_waited_out(tmp_path: Path) -> None:
    """While the venue cannot be reached the reason stands on the view; when it answers, the start goes on by itself."""
    exchange = scripted()
    exchange.failing["instruments"] = NetworkError("The host name was not found.")
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: "host name was not found" in engine.view.blocked, what="the reason")
        assert not engine.view.is_failed
        exchange.failing.clear()
        go_live(engine, exchange)


@pytest.mark.parametrize("step", ["accounts", "key_info"])
def test_a_wrong_key_blocks_orders_with_its_reason_while_prices_go_on(tmp_path: Path, step: str) -> None:
    """A key that the venue does not accept blocks every order, with the venue's words and what to do; prices stay."""
    exchange = scripted()
    exchange.failing[step] = AuthenticationError("api-signature-not-valid", "The secret is wrong.", advice="Check it.")
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: "The secret is wrong. Check it." in engine.view.blocked, what="the reason")
        eventually_sync(lambda: engine.view.instruments, what="the symbols")
        assert not engine.view.is_failed
        assert "Next try in" in engine.view.blocked


def test_a_key_that_may_withdraw_is_refused_in_live(tmp_path: Path) -> None:
    """Where there is real money, a key that could move it away is refused; in the demo nobody minds."""
    exchange = scripted()
    exchange.key = KeyInfo(frozenset({"readOnly", "trade", "withdraw"}), (), -1, "normal")
    with running(exchange, tmp_path, Mode.LIVE) as engine:
        eventually_sync(lambda: engine.view.is_failed, what="the failure")
        assert "may withdraw" in engine.view.blocked
    assert [call for call in exchange.calls if call.startswith(("balances", "open_orders"))] == []
    with running(scripted(), tmp_path / "demo") as engine:
        eventually_sync(lambda: engine.view.venue.account_id, what="the account")


def test_an_unbound_key_is_warned_of_with_its_days(tmp_path: Path) -> None:
    """A key without a bound address is usable, with a warning that says how long it lasts."""
    exchange = scripted()
    exchange.key = KeyInfo(frozenset({"readOnly", "trade"}), (), 12, "normal")
    with running(exchange, tmp_path, Mode.LIVE) as engine:
        go_live(engine, exchange)
        assert texts(engine) == ["Anyone may use the key: The API key is bound to no IP address. It ends in 12 days."]


def test_a_key_that_only_reads_cannot_trade(tmp_path: Path) -> None:
    """A key without the trade permission shows everything and sends nothing."""
    exchange = scripted()
    exchange.key = KeyInfo(frozenset({"readOnly"}), ("1.2.3.4",), -1, "normal")
    with running(exchange, tmp_path, Mode.LIVE) as engine:
        eventually_sync(lambda: engine.view.blocked == "this API key may not trade", what="the reason")


def test_without_a_key_there_are_prices(tmp_path: Path) -> None:
    """Without an account feed the market is shown, and the reason why nothing can be sent."""
    exchange = scripted()
    exchange.account = None
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: "no API key" in engine.view.blocked, what="the reason")
        eventually_sync(lambda: engine.view.candles.candles, what="bars")
        engine.cancel_all()
        eventually_sync(lambda: "Nothing was cancelled: The account is not known yet." in texts(engine), what="words")


def test_a_halted_market_blocks(tmp_path: Path) -> None:
    """A venue that takes no orders is the reason on the view."""
    exchange = scripted()
    exchange.status = MarketStatus(code=3)
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: engine.view.blocked == "the exchange takes no new orders now", what="the reason")
        assert engine.view.market_status == MarketStatus(code=3)


def test_a_clock_far_off_blocks(tmp_path: Path) -> None:
    """A clock that is more than ten seconds off keeps orders back, and says so."""
    exchange = scripted()
    exchange.clock_offset_ms = 600_000
    with running(exchange, tmp_path) as engine:
        say(engine, exchange, live(Link.MARKET), live(Link.BOOK))
        tell(engine, exchange, live(Link.ACCOUNT))
        eventually_sync(lambda: "clock is 600 s off" in engine.view.blocked, what="the reason")


def test_a_journal_held_by_another_fails_the_start(tmp_path: Path) -> None:
    """A second program on the same journal says who holds it, and does nothing else."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: engine.view.venue.host, what="the first one")
        with running(scripted(), tmp_path) as second:
            eventually_sync(lambda: second.view.is_failed, what="the failure")
            assert "Another hbtui holds the journal" in second.view.blocked
        assert not engine.view.is_failed


def test_a_broken_journal_halts_trading(tmp_path: Path) -> None:
    """When the journal breaks, the order is not sent, the reason stands on the view, and cancels still go out."""
    exchange = scripted()
    exchange.reports = {"1": report("1")}
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        (tmp_path / "journal.sqlite").unlink()
        engine.place(request())
        eventually_sync(lambda: "the journal is broken" in engine.view.blocked, what="the halt")
        assert exchange.placed == []
        assert any("The order was not sent" in text for text in texts(engine))
        engine.cancel("1")
        eventually_sync(lambda: exchange.cancelled == ["1"], what="the cancel")


def test_a_bug_in_one_task_leaves_the_others_alive(tmp_path: Path) -> None:
    """An exception nobody foresaw is told once and ends only the task that it struck."""
    exchange = scripted()
    exchange.failing["quotes"] = ZeroDivisionError("a bug")
    with running(exchange, tmp_path) as engine:
        eventually_sync(lambda: any("inside hbtui" in text for text in texts(engine)), what="the notice")
        assert "a bug" not in "".join(texts(engine))
        go_live(engine, exchange)


def test_junk_from_a_feed_does_not_leave_the_screen_deaf(tmp_path: Path) -> None:
    """A feed that breaks off is begun anew, and its link is shown as away meanwhile."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        go_live(engine, exchange)
        assert exchange.public.runs == 1
        engine._thread.call(exchange.public.break_off)
        eventually_sync(lambda: engine.view.links[Link.MARKET].state is LinkState.RECONNECTING, what="the loss")
        eventually_sync(lambda: exchange.public.runs == 2, what="a new run")
        go_live(engine, exchange)


def test_a_session_that_cannot_open_says_why(tmp_path: Path) -> None:
    """The project's own errors are shown in their words, others by their kind only."""

    @asynccontextmanager
    async def impossible(error: Exception | None) -> AsyncIterator[Session]:
        if error is not None:
            raise error
        yield Session(*[None] * 3)  # type: ignore[arg-type]  # never reached

    for error, words in (
        (JournalError("The journal is damaged."), "The journal is damaged."),
        (NetworkError("The port is in use."), "The port is in use."),
        (KeyError("secret-canary"), "hbtui could not start (KeyError); see the log file."),
    ):
        engine = Engine(Mode.DEMO, watchlist=[], symbol="dogeusdt")
        engine.start(lambda error=error: impossible(error))  # type: ignore[misc]  # mypy does not infer defaults of lambdas
        eventually_sync(lambda engine=engine: engine.view.is_failed, what="the failure")  # type: ignore[misc]  # as above
        assert engine.view.blocked == words
        assert engine.stop(5)
    assert tmp_path.exists()


def test_stopping_before_the_session_is_open(tmp_path: Path) -> None:
    """A start that hangs can be stopped at any time."""

    @asynccontextmanager
    async def hanging() -> AsyncIterator[Session]:
        await asyncio.get_running_loop().create_future()
        yield Session(*[None] * 3)  # type: ignore[arg-type]  # never reached

    engine = Engine(Mode.DEMO, watchlist=[], symbol="dogeusdt")
    engine.start(hanging)
    assert engine.stop(5)
    assert not engine.view.is_failed
    engine.cancel("1")
    engine.watch("dogeusdt", Period.DAY)
    with pytest.raises(Denied):
        engine.place(request())
    assert tmp_path.exists()
