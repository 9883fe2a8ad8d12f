"""What the engine does by itself as time passes, on a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from hbtui.model.account import Mode
from hbtui.model.book import Book, Quote
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import AuthenticationError, NetworkError, VenueError
from hbtui.model.events import (
    AccountEvent,
    BookUpdated,
    CandleUpdated,
    Link,
    LinkChanged,
    LinkState,
    MarketEvent,
    OrderUpdated,
    QuotesUpdated,
    Topic,
    TopicKind,
)
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import Confirmation, OrderRequest, OrderState, Unknown
from hbtui.storage.journal import Journal
from hbtui.trading.approved import Approved
from hbtui.trading.board import Board
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.guard import Guard
from hbtui.trading.running import RunningEngine
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import BookView, CandlesView, Severity, TapeView, VenueView, View, WatchRow
from tests.support.eventually import eventually
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import DOGE, NOW_MS, Session, balances, bar, fill, report, request
from tests.support.virtual_clock import VirtualClock, settle

FIRST_MS = Period.MINUTE.open_ms(NOW_MS)
IMAGES = Topic(TopicKind.DEPTH, "dogeusdt")


@dataclass
class Rig:
    """An engine on the test's own loop."""

    exchange: ScriptedExchange
    clock: VirtualClock
    board: Board
    engine: RunningEngine
    session: Session

    def shown(self) -> View:
        """The view as it is now."""
        self.board.flush()
        return self.board.view

    async def hear(self, *events: MarketEvent) -> None:
        """Let the market's stream say something."""
        self.exchange.public.say(*events)
        await settle()

    async def be_told(self, *events: AccountEvent) -> None:
        """Let the private stream say something."""
        self.exchange.private.say(*events)
        await settle()

    def approved(self, asked: OrderRequest) -> Approved:
        """An order that has just passed the gate."""
        now_ms = self.clock.now_ms()
        return Approved(
            client_order_id=new_client_order_id(Mode.DEMO, now_ms),
            request=asked,
            confirmation=Confirmation(at_ms=now_ms, by="key"),
            given_s=self.clock.monotonic_s(),
        )

    def count(self, call: str) -> int:
        """How often something was asked."""
        return self.exchange.calls.count(call)


@asynccontextmanager
async def running(folder: Path, exchange: ScriptedExchange | None = None) -> AsyncIterator[Rig]:
    """Run an engine on a clock of the test's."""
    exchange = exchange or ScriptedExchange()
    exchange.listed = (DOGE,)
    exchange.held = balances()
    exchange.bars = (bar(FIRST_MS - 60_000), bar(FIRST_MS))
    clock = VirtualClock()
    view = View(
        venue=VenueView(Mode.DEMO, ""),
        watchlist=(WatchRow("dogeusdt"),),
        symbol="dogeusdt",
        candles=CandlesView("dogeusdt", Period.MINUTE),
        book=BookView("dogeusdt"),
        tape=TapeView("dogeusdt"),
    )
    async with Journal.open(folder / "journal.sqlite") as journal:
        board = Board(view, lambda _: None, clock)
        async with Supervisor(lambda _name, _error: None) as tasks:
            session = Session(exchange, journal, VenueView(Mode.DEMO, exchange.host))
            engine = RunningEngine(
                session,
                mode=Mode.DEMO,
                watchlist=["dogeusdt"],
                board=board,
                tasks=tasks,
                clock=clock,
                guard=Guard(),
                on_failed=lambda: None,
            )
            engine.start()
            await settle()
            yield Rig(exchange, clock, board, engine, session)


def link(name: Link, state: LinkState = LinkState.LIVE) -> LinkChanged:
    """Say how a link is."""
    return LinkChanged(link=name, state=state)


async def go_live(rig: Rig) -> None:
    """Bring every stream up and wait for the first reading."""
    await rig.hear(link(Link.MARKET), link(Link.BOOK))
    await rig.be_told(link(Link.ACCOUNT))
    await eventually(lambda: not rig.shown().blocked, what="trading")


async def test_the_account_is_polled_while_its_stream_is_away(tmp_path: Path) -> None:
    """While the stream is away orders and balances are read, after 25 seconds every five; live again, less."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.be_told(link(Link.ACCOUNT, LinkState.RECONNECTING))
        before = rig.count("open_orders 7")
        await rig.clock.advance(24)
        assert rig.count("open_orders 7") - before <= 1
        rig.exchange.reports = {"1": report("1")}
        await rig.clock.advance(12)
        assert rig.count("open_orders 7") - before in {2, 3}
        assert [order.key for order in rig.shown().orders.open] == ["1"]
        assert rig.shown().orders.is_stale
        assert rig.shown().blocked
        await rig.be_told(link(Link.ACCOUNT))
        assert not rig.shown().orders.is_stale
        polled = rig.count("open_orders 7")
        await rig.clock.advance(9)
        assert rig.count("open_orders 7") == polled


async def test_a_live_account_is_read_again_now_and_then(tmp_path: Path) -> None:
    """Transfers are not pushed and an event may be lost, so a live account is read three times a minute."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        before = rig.count("balances 7")
        rig.exchange.held = balances(usdt="5000")
        await rig.clock.advance(61)
        assert rig.count("balances 7") == before + 3
        assert rig.shown().balances.total is not None
        assert rig.shown().balances.of("usdt") == balances(usdt="5000")[1]


async def test_reading_that_fails_is_tried_again(tmp_path: Path) -> None:
    """A reading that is not answered is told and repeated; until it was answered nothing can be sent."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.failing["finished_orders"] = NetworkError("No answer.")
        await rig.be_told(link(Link.ACCOUNT, LinkState.RECONNECTING), link(Link.ACCOUNT))
        await rig.clock.advance(5)
        assert rig.shown().blocked == "orders and balances cannot be read: No answer."
        assert any("No answer." in notice.text for notice in rig.shown().notices)
        rig.exchange.failing.clear()
        await rig.clock.advance(20)
        assert rig.shown().blocked == ""


async def test_the_book_comes_as_images_after_three_seconds(tmp_path: Path) -> None:
    """Where the fast book does not come within three seconds, images are watched, until the fast one is live."""
    async with running(tmp_path) as rig:
        await rig.hear(link(Link.MARKET))
        await rig.clock.advance(2.9)
        assert IMAGES not in rig.exchange.public.topics
        await rig.clock.advance(0.2)
        assert IMAGES in rig.exchange.public.topics
        await rig.hear(BookUpdated(Book("dogeusdt", (), (), NOW_MS)))
        assert rig.shown().book.book is not None
        await rig.hear(link(Link.MARKET, LinkState.RECONNECTING))
        assert rig.shown().book.is_stale
        await rig.hear(link(Link.MARKET), link(Link.BOOK))
        assert IMAGES not in rig.exchange.public.topics


async def test_a_lost_book_is_replaced_by_images(tmp_path: Path) -> None:
    """When the fast book is lost its pane is stale at once, and images take over after three seconds."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.hear(BookUpdated(Book("dogeusdt", (), (), NOW_MS)))
        await rig.hear(link(Link.BOOK, LinkState.RECONNECTING))
        assert rig.shown().book.is_stale
        await rig.clock.advance(3.1)
        assert IMAGES in rig.exchange.public.topics
        await rig.hear(BookUpdated(Book("dogeusdt", (), (), NOW_MS + 1)))
        assert not rig.shown().book.is_stale


async def test_another_symbols_book_is_not_taken(tmp_path: Path) -> None:
    """A book of another symbol, or an older image, does not change what is shown."""
    async with running(tmp_path) as rig:
        await rig.hear(BookUpdated(Book("dogeusdt", (), (), NOW_MS)))
        await rig.hear(
            BookUpdated(Book("btcusdt", (), (), NOW_MS + 5)), BookUpdated(Book("dogeusdt", (), (), NOW_MS - 5))
        )
        assert rig.shown().book.book == Book("dogeusdt", (), (), NOW_MS)


async def test_a_gap_in_the_bars_is_filled(tmp_path: Path) -> None:
    """A tick that jumps over bars is shown with its gap, the bars are asked for, and the gap closes."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        jumped = bar(FIRST_MS + 300_000, trades=3)
        before = rig.count("candles dogeusdt 1min")
        rig.exchange.bars = tuple(bar(FIRST_MS + number * 60_000) for number in range(6))
        rig.exchange.public.say(CandleUpdated("dogeusdt", Period.MINUTE, jumped, NOW_MS))
        assert rig.shown().candles.gaps == ((FIRST_MS + 60_000, FIRST_MS + 300_000),)
        await settle()
        assert rig.count("candles dogeusdt 1min") > before
        shown = rig.shown().candles
        assert (shown.gaps, len(shown.candles), shown.candles[-1]) == ((), 7, jumped)


async def test_what_an_outage_left_open_is_a_gap_from_the_reconnection_until_it_is_answered(tmp_path: Path) -> None:
    """Before any tick says so the bars that closed meanwhile are marked as missing; the answer ends that."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.hear(link(Link.MARKET, LinkState.RECONNECTING))
        await rig.clock.advance(600)
        assert rig.shown().candles.is_stale
        rig.exchange.failing["candles dogeusdt 1min"] = NetworkError("No answer.")
        await rig.hear(link(Link.MARKET))
        now_ms = Period.MINUTE.open_ms(rig.clock.now_ms())
        assert rig.shown().candles.gaps == ((FIRST_MS + 60_000, now_ms),)
        await rig.hear(CandleUpdated("dogeusdt", Period.MINUTE, bar(now_ms + 60_000), rig.clock.now_ms()))
        assert rig.shown().candles.gaps == ((FIRST_MS + 60_000, now_ms + 60_000),), "the tick knows better"
        rig.exchange.bars = tuple(bar(FIRST_MS + number * 60_000) for number in range(13))
        rig.exchange.failing.clear()
        await rig.clock.advance(30)
        shown = rig.shown().candles
        assert (shown.gaps, shown.is_stale, len(shown.candles)) == ((), False, 14)


async def test_an_answer_that_is_older_than_the_gap_is_asked_for_again(tmp_path: Path) -> None:
    """REST may lag behind the stream: the gap stays marked, and the next answer fills it without another tick."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.hear(CandleUpdated("dogeusdt", Period.MINUTE, bar(FIRST_MS + 300_000), NOW_MS))
        assert rig.shown().candles.gaps == ((FIRST_MS + 60_000, FIRST_MS + 300_000),)
        rig.exchange.bars = tuple(bar(FIRST_MS + number * 60_000) for number in range(6))
        await rig.clock.advance(4)
        assert (rig.shown().candles.gaps, len(rig.shown().candles.candles)) == ((), 7)


class _Slow(ScriptedExchange):
    """An exchange whose next answer with minutes is made at once, and kept back."""

    kept_back: asyncio.Event | None = None

    async def candles(self, symbol: str, period: Period, size: int = 300) -> tuple[Candle, ...]:
        """Answer late with what was true when it was asked."""
        answer = await super().candles(symbol, period, size)
        if period is Period.MINUTE and (kept_back := self.kept_back) is not None:
            self.kept_back = None
            await kept_back.wait()
        return answer


async def test_an_answer_from_before_an_outage_closes_no_gap(tmp_path: Path) -> None:
    """Asked for before the stream was lost again and told after it was back, it is not taken; the next one is."""
    exchange = _Slow()
    async with running(tmp_path, exchange) as rig:
        await go_live(rig)
        exchange.kept_back = answer = asyncio.Event()
        for _ in range(2):
            await rig.hear(link(Link.MARKET, LinkState.RECONNECTING))
            await rig.clock.advance(300)
            await rig.hear(link(Link.MARKET))
            await rig.clock.advance(0.1)
        exchange.bars = tuple(bar(FIRST_MS + number * 60_000) for number in range(12))
        answer.set()
        await rig.clock.advance(1)
        shown = rig.shown().candles
        assert (shown.gaps, shown.is_stale, shown.candles[-1]) == ((), False, exchange.bars[-1])


async def test_bars_that_do_not_come_are_a_problem_in_words(tmp_path: Path) -> None:
    """Until bars come the chart says why not, and asks again by itself."""
    exchange = ScriptedExchange()
    exchange.failing["candles dogeusdt 1min"] = NetworkError("No answer.")
    async with running(tmp_path, exchange) as rig:
        assert rig.shown().candles.problem == "No answer."
        exchange.failing.clear()
        await rig.clock.advance(2)
        assert rig.shown().candles.problem == ""
        assert len(rig.shown().candles.candles) == 2


async def test_upkeep_follows_the_venue(tmp_path: Path) -> None:
    """Every half minute the venue's state is read; a halt blocks, its end unblocks, and an error changes nothing."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.status = MarketStatus(code=2)
        await rig.clock.advance(31)
        assert rig.shown().blocked == "the exchange takes no new orders now"
        rig.exchange.failing["market_status"] = NetworkError("No answer.")
        await rig.clock.advance(31)
        assert rig.shown().blocked == "the exchange takes no new orders now"
        rig.exchange.failing.clear()
        rig.exchange.status = MarketStatus(code=1)
        await rig.clock.advance(31)
        assert rig.shown().blocked == ""


async def test_currencies_off_the_watchlist_are_valued_by_the_list_of_prices(tmp_path: Path) -> None:
    """What is held but not watched gets its price from the venue's list, and from all-symbol pushes."""
    async with running(tmp_path) as rig:
        rig.exchange.tickers = (Quote(symbol="dogeusdt", last=Decimal("0.5")),)
        await eventually(lambda: rig.shown().balances.balances, what="the balances")
        await rig.clock.advance(31)
        assert rig.shown().balances.values["doge"] == Decimal(250)
        await rig.hear(QuotesUpdated((Quote(symbol="dogeusdt", last=Decimal(1), ts_ms=NOW_MS),)))
        assert rig.shown().balances.values["doge"] == Decimal(500)


async def test_missing_fees_are_asked_for_after_five_seconds(tmp_path: Path) -> None:
    """The stream gets five seconds to tell trades and fees, then they are asked for, once."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.own_fills = (fill(1, "100", fee="0.2"),)
        await rig.be_told(OrderUpdated(report("1", OrderState.FILLED, filled="100", spent="10")))
        await rig.clock.advance(4.9)
        assert rig.count("fills_of 1") == 0
        await rig.clock.advance(0.2)
        assert rig.count("fills_of 1") == 1
        (order,) = rig.shown().orders.history
        assert (order.fees, len(rig.shown().orders.fills)) == (Decimal("0.2"), 1)


async def test_links_keep_their_story(tmp_path: Path) -> None:
    """A link's view keeps since when it is as it is, the last latency, and why it went."""
    async with running(tmp_path) as rig:
        await rig.hear(LinkChanged(link=Link.MARKET, state=LinkState.LIVE, latency_ms=34))
        await rig.clock.advance(2)
        await rig.hear(link(Link.MARKET))
        shown = rig.shown().links[Link.MARKET]
        assert (shown.since_ms, shown.latency_ms) == (NOW_MS, 34)
        await rig.hear(LinkChanged(link=Link.MARKET, state=LinkState.RECONNECTING, attempt=1, reason="reset"))
        shown = rig.shown().links[Link.MARKET]
        assert (shown.state, shown.attempt, shown.reason) == (LinkState.RECONNECTING, 1, "reset")
        assert shown.since_ms == rig.clock.now_ms()


async def test_a_refused_private_stream_says_why(tmp_path: Path) -> None:
    """Where the venue refuses the private stream, its reason is why nothing can be sent."""
    async with running(tmp_path) as rig:
        await rig.be_told(LinkChanged(link=Link.ACCOUNT, state=LinkState.REFUSED, reason="invalid.ip: bind 1.2.3.4"))
        await eventually(lambda: rig.shown().blocked == "invalid.ip: bind 1.2.3.4", what="the reason")


async def test_a_key_that_is_revoked_stops_trading(tmp_path: Path) -> None:
    """When the venue no longer takes the key, nothing more can be sent, and the reason is the venue's."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.failing["balances 7"] = AuthenticationError("api-signature-not-valid", "The key has expired.")
        await rig.clock.advance(70)
        assert rig.shown().blocked == "orders and balances cannot be read: The key has expired."
        assert rig.shown().balances.is_stale
        rig.exchange.failing.clear()
        await rig.clock.advance(70)
        assert rig.shown().blocked == ""


async def test_two_truths_raise_an_alarm_and_are_read_again(tmp_path: Path) -> None:
    """A contradiction is told once, in words that name the order, and the venue is asked for it again."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.be_told(OrderUpdated(report("1", OrderState.FILLED)), OrderUpdated(report("1", OrderState.CANCELED)))
        await rig.be_told(OrderUpdated(report("1", OrderState.PARTIALLY_CANCELED)))
        (notice,) = rig.shown().notices
        assert notice.severity is Severity.ERROR
        assert notice.text.startswith("buy 100 dogeusdt @ 0.1: ")
        assert rig.count("order 1") == 1
        assert [order.state for order in rig.shown().orders.uncertain] == [OrderState.CONFLICT]


async def test_how_a_doubt_ended_is_told(tmp_path: Path) -> None:
    """When an uncertain order is proven absent, or found, the person hears it."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.outcomes = [Unknown("no answer in time"), Unknown("no answer in time")]
        await rig.engine.account.send(rig.approved(request()))
        asked = rig.approved(request(amount="200"))
        key = asked.client_order_id
        await rig.engine.account.send(asked)
        rig.exchange.reports["9"] = replace(report("9", client_order_id=key), amount=Decimal(200))
        await rig.clock.advance(1)
        assert rig.shown().notices[-1].text == "buy 200 dogeusdt @ 0.1: it exists, and is submitted."
        await rig.clock.advance(450)
        assert rig.shown().notices[-1].text == "buy 100 dogeusdt @ 0.1: it was never placed, and no longer can be."
        assert [order.state for order in rig.shown().orders.history] == [OrderState.NOT_PLACED]


async def test_fees_that_are_not_told_are_no_obstacle(tmp_path: Path) -> None:
    """An exchange that names no fees is traded on, with a word of it."""
    exchange = ScriptedExchange()
    exchange.failing["fee_rates"] = VenueError("1002", "Forbidden.")
    async with running(tmp_path, exchange) as rig:
        await go_live(rig)
        assert [notice.title for notice in rig.shown().notices] == ["The fees are not known"]
        assert dict(rig.shown().fees) == {}


async def test_a_cancel_pressed_before_quitting_goes_out(tmp_path: Path) -> None:
    """Closing gives a cancel that was just asked for the moment that it needs, and takes no new orders meanwhile."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.be_told(OrderUpdated(report("1")))
        rig.engine.cancel("1")
        await rig.engine.close(2)
        assert rig.exchange.cancelled == ["1"]
        assert rig.shown().blocked == "closing"


async def test_a_clock_that_steps_stops_trading_until_all_is_read_again(tmp_path: Path) -> None:
    """After a sleep every stream is begun anew and every list read; until then nothing is sent, with the reason."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        reads = rig.count("open_orders 7")
        clock_reads = rig.count("server_time_ms")
        rig.clock.step_ms = 1_800_000
        await rig.clock.advance(1.1)
        assert rig.shown().blocked == "this computer was asleep, or its clock was set ahead, by 1800 s"
        assert rig.shown().links[Link.ACCOUNT].state is LinkState.RECONNECTING
        assert "asleep" in rig.shown().links[Link.MARKET].reason
        assert (rig.exchange.public.runs, rig.exchange.private.runs) == (1, 1)
        await rig.clock.advance(1.1)
        assert (rig.exchange.public.runs, rig.exchange.private.runs) == (2, 2)
        assert rig.shown().orders.is_stale
        await go_live(rig)
        assert rig.count("open_orders 7") > reads
        assert rig.count("server_time_ms") >= clock_reads + 5


async def test_an_engine_that_stood_still_trusts_nothing(tmp_path: Path) -> None:
    """A loop that was held up for more than five seconds is as bad as a sleep: an order confirmed before is denied."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        approved = rig.approved(request())
        rig.clock.hold(7)
        await rig.engine.account.send(approved)
        assert rig.exchange.placed == []
        assert "it was confirmed 7 s ago" in rig.shown().notices[-1].text
        await rig.clock.advance(0.1)
        assert rig.shown().blocked == "hbtui stood still for 7 s"


async def test_the_clock_is_read_several_times_at_the_start(tmp_path: Path) -> None:
    """One answer that is wrong by an hour cannot set the clock, since it is outvoted by the others."""
    async with running(tmp_path) as rig:
        assert rig.count("server_time_ms") >= 5


async def test_other_pairs_are_traded_soon_after_the_link_is_back(tmp_path: Path) -> None:
    """However long the outage was, everything is read and trading goes on within ten seconds of its end."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        rig.exchange.failing["open_orders 7"] = NetworkError("No answer.")
        await rig.be_told(link(Link.ACCOUNT, LinkState.RECONNECTING), link(Link.ACCOUNT))
        await rig.clock.advance(300)
        assert rig.shown().blocked == "orders and balances cannot be read: No answer."
        rig.exchange.failing.clear()
        await rig.clock.advance(10)
        assert rig.shown().blocked == ""


async def test_a_lost_event_is_made_good_by_the_next_reading(tmp_path: Path) -> None:
    """What the stream never told is shown half a minute later at the latest."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        await rig.be_told(OrderUpdated(report("1")))
        rig.exchange.reports = {"1": report("1", OrderState.FILLED, filled="100", spent="10")}
        rig.exchange.own_fills = (fill(1, "100", fee="0.2"),)
        await rig.clock.advance(30)
        (order,) = rig.shown().orders.history
        assert (order.state, order.fees) == (OrderState.FILLED, Decimal("0.2"))


async def test_the_desk_is_lent_once_the_account_is_taken_up(tmp_path: Path) -> None:
    """Other processes get the one desk and the one guard, with why nothing can be sent, as it is at that moment."""
    async with running(tmp_path) as rig:
        await eventually(lambda: rig.session.shared, what="the desk")
        (shared,) = rig.session.shared
        assert (shared.desk, shared.account_id) == (rig.engine.account.desk, 7)
        assert shared.blocked() == "the account's stream is not connected"
        await go_live(rig)
        assert shared.blocked() == ""
        shared.guard.halt()
        assert shared.blocked().startswith("HALTED")
        assert rig.session.opened == [7]


async def test_the_rules_are_read_again_every_hour(tmp_path: Path) -> None:
    """The venue's rules are never older than an hour, and the view says when they were read."""
    async with running(tmp_path) as rig:
        await go_live(rig)
        first_ms = rig.shown().instruments_ms
        assert first_ms == NOW_MS
        await rig.clock.advance(3700)
        assert rig.count("instruments") == 2
        assert rig.shown().instruments_ms >= first_ms + 3_600_000
