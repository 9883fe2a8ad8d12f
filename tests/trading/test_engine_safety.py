"""What the engine does so that no order leaves under false pretences, and no command is dropped in silence."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.account import Account, Mode
from hbtui.model.book import Book, Level, Quote
from hbtui.model.errors import NetworkError, VenueError
from hbtui.model.events import BookUpdated, Link, LinkChanged, LinkState, QuoteUpdated
from hbtui.model.order import Confirmation, OrderState, Unknown
from hbtui.storage.journal import Journal
from hbtui.storage.opening import HeldJournal
from hbtui.trading.engine import Engine
from hbtui.trading.views import Caps, Denied, OpenSession, VenueView
from tests.support.eventually import eventually_sync
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import DOGE, Session, balances, report, request, sessions


def scripted() -> ScriptedExchange:
    """An exchange that lists DOGE and holds money."""
    exchange = ScriptedExchange()
    exchange.listed = (DOGE,)
    exchange.held = balances()
    return exchange


@contextmanager
def running(exchange: ScriptedExchange, folder: Path, caps: Caps | None = None) -> Iterator[Engine]:
    """Run an engine on the exchange until orders can be sent, and after."""
    engine = Engine(Mode.DEMO, watchlist=["dogeusdt"], symbol="dogeusdt")
    engine.start(sessions(exchange, folder / "journal.sqlite", caps=caps))
    try:
        go_live(engine, exchange)
        yield engine
    finally:
        assert engine.stop(5), "the engine did not stop in time"


def go_live(engine: Engine, exchange: ScriptedExchange) -> None:
    """Bring all streams up, with a fresh book, and wait until orders can be sent."""
    eventually_sync(lambda: exchange.public.emit and exchange.private.emit, what="the streams")
    call = engine._thread.call
    call(exchange.public.say, *(LinkChanged(link=link, state=LinkState.LIVE) for link in (Link.MARKET, Link.BOOK)))
    call(exchange.private.say, LinkChanged(link=Link.ACCOUNT, state=LinkState.LIVE))
    refresh(engine, exchange)
    eventually_sync(lambda: not engine.view.blocked and engine.view.quote and engine.view.heart_ms, what="trading")


def refresh(engine: Engine, exchange: ScriptedExchange) -> None:
    """Let the market's stream tell book and price as of now."""
    now_ms = engine._clock.now_ms()
    levels = (Level(Decimal("0.0999"), Decimal(10)),), (Level(Decimal("0.1001"), Decimal(10)),)
    engine._thread.call(exchange.public.say, BookUpdated(Book("dogeusdt", *levels, now_ms)))
    engine._thread.call(exchange.public.say, QuoteUpdated(Quote(symbol="dogeusdt", last=Decimal("0.1"), ts_ms=now_ms)))


def texts(engine: Engine) -> list[str]:
    """What the person was told."""
    return [f"{notice.title}: {notice.text}" for notice in engine.view.notices]


def test_a_halt_stops_orders_and_lets_cancels_pass(tmp_path: Path) -> None:
    """From the call on nothing is placed, the view says so, and cancels go out; resumed, orders are taken again."""
    exchange = scripted()
    exchange.reports = {"1": report("1")}
    with running(exchange, tmp_path) as engine:
        engine.halt()
        with pytest.raises(Denied) as denied:
            engine.place(request())
        assert "HALTED" in {finding.code for finding in denied.value.findings}
        eventually_sync(lambda: engine.view.is_halted, what="the halt on the view")
        assert engine.view.blocked.startswith("HALTED: ")
        engine.cancel("1")
        eventually_sync(lambda: exchange.cancelled == ["1"], what="the cancel")
        engine.resume()
        eventually_sync(lambda: not engine.view.is_halted and not engine.view.blocked, what="trading")
        engine.place(request())
        eventually_sync(lambda: len(exchange.placed) == 1, what="the order")


def test_an_order_that_waited_behind_a_blocked_loop_is_not_sent(tmp_path: Path) -> None:
    """An order confirmed while the engine was held up for seconds is denied in words, and nothing is written of it."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        is_held, free = threading.Event(), threading.Event()

        def hold() -> None:
            is_held.set()
            free.wait(20)

        engine._thread.call(hold)
        assert is_held.wait(5)
        key = engine.place(request(), Confirmation(at_ms=engine._clock.now_ms() - 2_990, by="key"))
        # what the loop was given waits; the order is older than three seconds when its turn comes
        eventually_sync(lambda: engine._clock.now_ms() > placed_ms(key) + 100, what="time passing")
        free.set()
        eventually_sync(lambda: any("was not written down" in text for text in texts(engine)), what="the denial")
        assert "it was confirmed 3 s ago" in texts(engine)[-1]
    assert exchange.placed == []
    assert asyncio.run(meant(tmp_path)) == []


def placed_ms(client_order_id: str) -> int:
    """When an id was made, UTC ms: the ten characters of base 32 behind the prefix."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for char in client_order_id[4:14]:
        number = number * 32 + alphabet.index(char)
    return number


async def meant(folder: Path) -> list[str]:
    """The ids of all intents in the journal."""
    async with Journal.open(folder / "journal.sqlite") as journal:
        return [one.client_order_id for one in await journal.sent_since(0)]


def test_an_order_that_is_halted_on_its_way_is_told(tmp_path: Path) -> None:
    """A halt that comes after the gate and before the engine's turn keeps the order here, and says so."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        is_held, free = threading.Event(), threading.Event()

        def hold() -> None:
            is_held.set()
            free.wait(20)

        engine._thread.call(hold)
        assert is_held.wait(5)
        engine.place(request())
        engine.halt()
        free.set()
        eventually_sync(lambda: any("HALTED" in text for text in texts(engine)), what="the denial")
    assert exchange.placed == []


def test_the_caps_hold_over_a_restart(tmp_path: Path) -> None:
    """What the last 24 hours sent counts in the next run, and a confirmation that names the code overrides it."""
    caps = Caps(session_value=Decimal(15))
    exchange = scripted()
    with running(exchange, tmp_path, caps) as engine:
        assert engine.view.caps == caps
        engine.place(request())
        eventually_sync(lambda: exchange.placed, what="the order")
        assert exchange.placed[0].value == Decimal(10)
    again = scripted()
    with running(again, tmp_path, caps) as engine:
        with pytest.raises(Denied) as denied:
            engine.place(request(amount="90"))
        assert {finding.code for finding in denied.value.findings} == {"MAX_SESSION_VALUE"}
        allowed = Confirmation(
            at_ms=engine._clock.now_ms(), by="key", shown="BUY", allowed=frozenset({"MAX_SESSION_VALUE"})
        )
        engine.place(request(amount="90"), allowed)
        eventually_sync(lambda: again.placed, what="the order")
        assert again.placed[0].confirmation == allowed
        assert any(text.startswith("MAX_SESSION_VALUE: ") for text in again.placed[0].gate)


def test_a_command_to_a_closed_engine_is_answered_in_words(tmp_path: Path) -> None:
    """Neither an order nor a cancel is dropped in silence when nobody is there to take it."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        pass
    with pytest.raises(Denied, match="clos"):
        engine.place(request())
    engine.cancel_all()
    engine.cancel("1")
    engine.arm_switch(60)
    told = [text for text in texts(engine) if text.endswith("hbtui is closing.")]
    assert told[:2] == ["Nothing was cancelled: hbtui is closing."] * 2
    assert told[2] == "The dead man's switch is as it was: hbtui is closing."
    numbers = [notice.number for notice in engine.view.notices]
    assert numbers == sorted(set(numbers))
    early = Engine(Mode.DEMO, watchlist=[], symbol="dogeusdt")
    early.cancel("1")
    assert texts(early) == ["Nothing was cancelled: There is no connection yet."]
    early.look_now("1")
    assert len(texts(early)) == 1


def test_the_heart_beats_and_repaints_nothing(tmp_path: Path) -> None:
    """The view's time moves about once a second, while every pane stays the same object."""
    with running(scripted(), tmp_path) as engine:
        eventually_sync(lambda: engine.view.candles.candles or not engine.view.candles.is_loading, what="bars")
        before = engine.view
        eventually_sync(lambda: engine.view.heart_ms > before.heart_ms, what="a beat")
        after = engine.view
        assert after.orders is before.orders
        assert after.watchlist is before.watchlist
        assert after.book is before.book


def test_an_unproven_order_is_signed_off_for_good(tmp_path: Path) -> None:
    """Signed off, an order leaves the uncertain ones; what may still become known cannot be signed off."""
    exchange = scripted()
    exchange.outcomes = [Unknown("no answer in time")]
    with running(exchange, tmp_path) as engine:
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.uncertain, what="doubt")
        engine.sign_off(key)
        eventually_sync(lambda: any("not signed off" in text for text in texts(engine)), what="the refusal")
        running_engine = engine._running
        assert running_engine is not None
        tracker = running_engine.account.desk.tracker
        engine._thread.call(
            lambda: running_engine.account.changed(tracker.merge_proof(key, OrderState.UNPROVEN) or key)
        )
        eventually_sync(
            lambda: [one.state for one in engine.view.orders.uncertain] == [OrderState.UNPROVEN], what="no proof"
        )
        engine.sign_off(key)
        eventually_sync(lambda: engine.view.orders.history, what="the history")
        assert engine.view.orders.uncertain == ()
        assert engine.view.orders.history[0].is_signed_off
    with running(scripted(), tmp_path) as engine:
        assert engine.view.orders.uncertain == ()


def test_the_journal_of_an_order_can_be_read(tmp_path: Path) -> None:
    """The audit view shows what was written of one order, the intent first."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        key = engine.place(request())
        eventually_sync(lambda: engine.view.orders.open and engine.view.orders.open[0].order_id, what="the order")
        engine.read_audit(key)
        eventually_sync(lambda: engine.view.audit.entries, what="the entries")
        assert (engine.view.audit.key, engine.view.audit.is_loading) == (key, False)
        assert engine.view.audit.entries[0].kind == "intent"


def test_every_account_in_use_is_read_and_one_that_refuses_stops_nothing(tmp_path: Path) -> None:
    """Margin accounts show with their balances and orders; a locked or unknown one does not, and a refusal is told."""
    exchange = scripted()
    exchange.own_accounts = (
        Account(9, "super-margin", "", "working"),
        Account(7, "spot", "", "working"),
        Account(8, "margin", "dogeusdt", "working"),
        Account(10, "margin", "btcusdt", "lock"),
        Account(11, "point", "", "working"),
    )
    exchange.held_elsewhere = {8: balances(usdt="5")}
    exchange.failing["balances 9"] = VenueError("account-get-balance", "Not open.")
    with running(exchange, tmp_path) as engine:
        assert [one.account_id for one in engine.view.accounts] == [7, 9, 8]
        assert set(engine.view.holdings) == {8}
        assert "The account 9 cannot be read: Not open." in texts(engine)
        assert {"open_orders 7", "open_orders 8", "open_orders 9"} <= set(exchange.calls)


def test_the_switch_is_armed_shown_and_disarmed_at_the_end(tmp_path: Path) -> None:
    """Armed by a person alone, with its time on the view; a clean end disarms it."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        engine.arm_switch(5)
        eventually_sync(lambda: any("30 s and more" in text for text in texts(engine)), what="the refusal")
        assert exchange.armed == []
        engine.arm_switch(60)
        eventually_sync(lambda: engine.view.switch.trigger_ms, what="the switch")
        assert engine.view.switch.timeout_s == 60
    assert exchange.armed == [60, 0]
    assert not engine.view.switch.timeout_s


def test_an_end_that_leaves_the_switch_in_doubt_says_so(tmp_path: Path) -> None:
    """Where disarming is not answered, the last view and the log say that it may still strike."""
    exchange = scripted()
    with running(exchange, tmp_path) as engine:
        engine.arm_switch(60)
        eventually_sync(lambda: engine.view.switch.trigger_ms, what="the switch")
        exchange.failing["cancel_all_after"] = NetworkError("No answer.")
    assert any("It is not known whether the switch is off" in text for text in texts(engine))


def test_a_journal_that_another_holds_leaves_reading_and_cancelling(tmp_path: Path) -> None:
    """Where no order can be written down the reason stands on the view, and cancels go out all the same."""
    exchange = scripted()
    exchange.reports = {"1": report("1")}
    reason = "Another hbtui holds the account."

    @asynccontextmanager
    async def open_session() -> AsyncIterator[OpenSession]:
        yield Session(exchange, HeldJournal(reason), VenueView(Mode.DEMO, exchange.host))

    engine = Engine(Mode.DEMO, watchlist=["dogeusdt"], symbol="dogeusdt")
    engine.start(open_session)
    try:
        eventually_sync(lambda: reason in engine.view.blocked, what="the reason")
        eventually_sync(lambda: engine.view.orders.open, what="the order")
        with pytest.raises(Denied):
            engine.place(request())
        engine.cancel("1")
        eventually_sync(lambda: exchange.cancelled == ["1"], what="the cancel")
        assert reason in engine.view.blocked
        assert f"This hbtui only reads and cancels: {reason}" in texts(engine)
    finally:
        assert engine.stop(5)
