"""Both feeds over real sockets: coming up, going down, coming back, and what must never be followed or followed up."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.model.candle import Period
from hbtui.model.errors import NetworkError, NotFound
from hbtui.model.events import (
    BookUpdated,
    CandleUpdated,
    FrameDropped,
    Link,
    LinkChanged,
    LinkState,
    OrderUpdated,
    Topic,
    TopicKind,
    TradesPrinted,
)
from tests.htx.opened import opened, spilled
from tests.support.eventually import eventually
from tests.support.scripted_server import redirect, scripted_server
from tests.support.scripted_socket import Peer, scripted_socket
from tests.support.virtual_clock import VirtualClock

TRADES = Topic(TopicKind.TRADES, "btcusdt")
CANDLES = Topic(TopicKind.CANDLES, "btcusdt", Period.MINUTE)
BOOK = Topic(TopicKind.BOOK, "btcusdt")
KLINE = {"id": 1700000040, "open": 1, "close": 2, "low": 1, "high": 2, "amount": 3, "vol": 4, "count": 5}


class Seen(list[Any]):
    """Every event that was emitted, and in which batches."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def take(self, events: Sequence[Any]) -> None:
        """Keep a batch."""
        self.batches += 1
        self.extend(events)

    def states(self, link: Link) -> list[LinkState]:
        """The states of a link in their order, without repetition."""
        states = [event.state for event in self if isinstance(event, LinkChanged) and event.link is link]
        return [state for at, state in enumerate(states) if at == 0 or states[at - 1] is not state]

    def has_retry(self) -> bool:
        """Whether the last news is that a link is tried again later."""
        news = self.of(LinkChanged)
        return bool(news) and news[-1].retry_at_ms is not None

    def of(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self if isinstance(event, kind)]


@asynccontextmanager
async def _running(run: Callable[[Callable[[Sequence[Any]], None]], Any]) -> AsyncIterator[Seen]:
    """Run a feed beside the test; it ends with the block, without a trace."""
    seen = Seen()
    task = asyncio.create_task(run(seen.take))
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _no_wait(**options: Any) -> dict[str, Any]:
    """Back-off without waiting: half of the shortest delay."""
    return {"random": lambda: 0.0} | options


def _push(channel: str, tick: object) -> dict[str, object]:
    return {"ch": channel, "ts": 5, "tick": tick}


async def _is_live(seen: Seen, link: Link) -> None:
    await eventually(lambda: seen.states(link)[-1:] == [LinkState.LIVE], what=f"{link} live")


async def test_nothing_is_connected_before_something_is_watched() -> None:
    """Each socket comes up only when its topics are wanted, and goes when they are not."""
    async with scripted_socket() as server, opened(server.address) as exchange, _running(exchange.market.run) as seen:
        await asyncio.sleep(0)
        assert server.peers == []
        exchange.market.watch(frozenset({TRADES}))
        await _is_live(seen, Link.MARKET)
        assert [peer.path for peer in server.peers] == ["/ws"]
        exchange.market.watch(frozenset({TRADES, BOOK}))
        await _is_live(seen, Link.BOOK)
        assert [peer.path for peer in server.peers] == ["/ws", "/feed"]
        assert seen.states(Link.BOOK) == [LinkState.CONNECTING, LinkState.SYNCING, LinkState.LIVE]
        exchange.market.watch(frozenset({TRADES}))
        await eventually(lambda: seen.states(Link.BOOK)[-1] is LinkState.OFF)
        assert seen.states(Link.MARKET)[-1] is LinkState.LIVE


async def test_what_is_watched_can_change_at_any_time() -> None:
    """New topics are subscribed on the live connection at once, old ones left, and the link stays live."""
    async with scripted_socket() as server, opened(server.address) as exchange, _running(exchange.market.run) as seen:
        exchange.market.watch(frozenset({TRADES}))
        await _is_live(seen, Link.MARKET)
        exchange.market.watch(frozenset({CANDLES}))
        await eventually(lambda: len(server.peers[0].heard) == 3)
        await server.peers[0].say(_push("market.btcusdt.kline.1min", KLINE))
        await eventually(lambda: seen.of(CandleUpdated))
        assert seen.states(Link.MARKET) == [LinkState.CONNECTING, LinkState.SYNCING, LinkState.LIVE]
        assert len(server.peers) == 1


async def test_pings_are_answered_and_timed() -> None:
    """A pong with the same number goes back, and the link's latency is told."""
    clock_ms = 1_700_000_000_000

    class Clock(VirtualClock):
        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    async with scripted_socket() as server, opened(server.address, clock=Clock(clock_ms)) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))
            await _is_live(seen, Link.MARKET)
            await server.peers[0].say({"ping": clock_ms - 34})
            await eventually(lambda: {"pong": clock_ms - 34} in server.peers[0].heard)
            await eventually(lambda: seen.of(LinkChanged)[-1].latency_ms == 34)


async def test_a_dropped_socket_comes_back_and_subscribes_again() -> None:
    """Down is said with the reason and the next attempt, the same topics come back, and trades are not told twice."""
    trade = {"id": 1, "ts": 1, "data": [{"id": 1, "ts": 1, "tradeId": 9, "amount": 1, "price": 2, "direction": "buy"}]}
    push = _push("market.btcusdt.trade.detail", trade)
    async with scripted_socket() as server, opened(server.address, **_no_wait()) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))
            await _is_live(seen, Link.MARKET)
            await server.peers[0].say(push)
            await eventually(lambda: seen.of(TradesPrinted))
            server.peers[0].connection.transport.abort()
            await eventually(lambda: len(server.peers) == 2)
            await _is_live(seen, Link.MARKET)
            down = next(e for e in seen.of(LinkChanged) if e.state is LinkState.RECONNECTING)
            assert (down.attempt, down.reason) == (1, "the connection broke")
            assert down.retry_at_ms is not None
            await server.peers[1].say(push)
            await server.peers[1].say(
                _push(
                    "market.btcusdt.trade.detail",
                    trade | {"data": [{"id": 2, "ts": 2, "tradeId": 10, "amount": 1, "price": 2, "direction": "buy"}]},
                )
            )
            await eventually(lambda: len(seen.of(TradesPrinted)) == 2)
            assert [trade.trade_id for event in seen.of(TradesPrinted) for trade in event.trades] == [9, 10]


async def test_a_polite_goodbye_is_told_in_clean_words() -> None:
    """The venue's reason for closing is shown, without what could act on a terminal."""
    async with scripted_socket() as server, opened(server.address, **_no_wait()) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))
            await _is_live(seen, Link.MARKET)
            await server.peers[0].connection.close(1001, "maintenance \x1b[2J")
            await eventually(lambda: LinkState.RECONNECTING in seen.states(Link.MARKET))
            down = next(e for e in seen.of(LinkChanged) if e.state is LinkState.RECONNECTING)
            assert down.reason == "the venue closed the connection (1001: maintenance ·[2J)"


async def test_attempts_back_off_with_jitter() -> None:
    """Each attempt waits about twice as long as the one before, never in step, and never longer than 30 s."""
    clock = VirtualClock()
    rolls = iter([0.0, 1.0] * 20)
    async with opened("http://127.0.0.1:1", clock=clock, random=lambda: next(rolls)) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))
            waits: list[float] = []

            def told(attempt: int) -> bool:
                return seen.has_retry() and seen.of(LinkChanged)[-1].attempt == attempt

            for attempt in range(1, 10):
                await eventually(partial(told, attempt))
                waits.append((seen.of(LinkChanged)[-1].retry_at_ms - clock.now_ms()) / 1000)
                await clock.advance(waits[-1])
    assert waits == [0.25, 1.0, 1.0, 4.0, 4.0, 16.0, 15.0, 30.0, 15.0]


async def test_silence_is_noticed() -> None:
    """A socket that stays open and says nothing is given up after its limit."""
    clock = VirtualClock()
    async with scripted_socket() as server, opened(server.address, clock=clock) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))

            async def lives() -> bool:
                await clock.advance(0.02)
                return seen.states(Link.MARKET)[-1:] == [LinkState.LIVE]

            await eventually(lives)
            await clock.advance(16)
            await eventually(lambda: LinkState.RECONNECTING in seen.states(Link.MARKET))
            assert seen.of(LinkChanged)[-1].reason == "nothing was heard for 15 s"


async def test_junk_on_the_wire_is_counted_and_five_in_a_row_reconnect() -> None:
    """Corrupted, bombed, foreign and text frames are dropped; the line is made anew, and works."""
    async with scripted_socket() as server, opened(server.address, **_no_wait()) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({CANDLES}))
            await _is_live(seen, Link.MARKET)
            bomb = gzip.compress(bytes(100 << 20), 9)
            for junk in (b"junk", bomb, gzip.compress(b"[" * 100_000), gzip.compress(b"<html>"), b"\x00\xff"):
                await server.peers[0].say(junk)
            await eventually(lambda: len(server.peers) == 2)
            assert len(seen.of(FrameDropped)) == 5
            await _is_live(seen, Link.MARKET)
            await server.peers[1].say(_push("market.btcusdt.kline.1min", KLINE))
            await eventually(lambda: seen.of(CandleUpdated))


async def test_a_frame_above_the_cap_ends_the_connection_not_the_program() -> None:
    """Two megabytes in one compressed frame are not read at all."""
    async with scripted_socket() as server, opened(server.address, **_no_wait()) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({CANDLES}))
            await _is_live(seen, Link.MARKET)
            await server.peers[0].say(bytes(2 << 20))
            await eventually(lambda: len(server.peers) == 2)
            await _is_live(seen, Link.MARKET)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_of_the_handshake_is_never_followed(status: int) -> None:
    """Neither the market's nor the account's socket goes where a redirect points: the other side hears nothing."""
    async with scripted_socket() as trap:
        elsewhere = trap.address.replace("http:", "ws:") + "/ws/v2"
        async with scripted_server(otherwise=redirect(status, elsewhere)) as server:
            async with opened(server.address, **_no_wait()) as exchange:
                assert exchange.account is not None
                async with _running(exchange.market.run) as market, _running(exchange.account.run) as account:
                    exchange.market.watch(frozenset({TRADES}))
                    await eventually(lambda: market.has_retry() and account.has_retry())
                    assert "redirect" in market.of(LinkChanged)[-1].reason
                    assert "redirect" in account.of(LinkChanged)[-1].reason
        assert trap.peers == []


async def test_a_flood_is_drained_in_batches() -> None:
    """Two thousand frames arrive whole, in order, in far fewer batches than frames, and images are conflated."""
    count = 2000
    depth = Topic(TopicKind.DEPTH, "btcusdt")
    async with scripted_socket() as server, opened(server.address) as exchange, _running(exchange.market.run) as seen:
        exchange.market.watch(frozenset({TRADES, depth}))
        await _is_live(seen, Link.MARKET)
        for number in range(1, count + 1):
            row = {"id": number, "ts": number, "tradeId": number, "amount": 1, "price": 2, "direction": "buy"}
            await server.peers[0].say(_push("market.btcusdt.trade.detail", {"id": 1, "ts": 1, "data": [row]}))
            await server.peers[0].say(_push("market.btcusdt.depth.step0", {"bids": [[number, 1]], "asks": []}))
        await eventually(lambda: sum(len(event.trades) for event in seen.of(TradesPrinted)) == count)
        await eventually(lambda: seen.of(BookUpdated)[-1].book.bids[0].price == count)
        assert [trade.trade_id for event in seen.of(TradesPrinted) for trade in event.trades] == list(
            range(1, count + 1)
        )
        assert seen.batches < count / 4
        assert len(seen.of(BookUpdated)) < count / 4


async def test_a_span_of_bars_over_the_socket() -> None:
    """``req`` asks 300 bars at a time, both ends included; the answers are put together, oldest first."""

    async def history(peer: Peer, frame: dict[str, Any]) -> None:
        if "req" in frame:
            first, last = frame["from"], frame["to"]
            rows = [KLINE | {"id": at} for at in range(first, last + 1, 60)]
            await peer.say({"id": frame["id"], "rep": frame["req"], "status": "ok", "data": rows})
        else:
            await peer.say({"id": frame["id"], "status": "ok", "subbed": frame["sub"], "ts": 1})

    async with scripted_socket() as server, opened(server.address) as exchange, _running(exchange.market.run) as seen:
        server.answer = history
        with pytest.raises(NetworkError, match="not connected"):
            await exchange.candles_between("btcusdt", Period.MINUTE, start_ms=0, end_ms=60_000)
        exchange.market.watch(frozenset({TRADES}))
        await _is_live(seen, Link.MARKET)
        start = 1_501_174_800_000
        bars = await exchange.candles_between("btcusdt", Period.MINUTE, start_ms=start, end_ms=start + 500 * 60_000)
        assert [bar.open_ms for bar in bars] == [start + n * 60_000 for n in range(501)]
        asked = [frame for frame in server.peers[0].heard if "req" in frame]
        assert [(frame["to"] - frame["from"]) // 60 + 1 for frame in asked] == [300, 201]


async def test_a_span_that_is_refused_or_cut_off_is_an_error() -> None:
    """A refusal is the venue's error, a lost connection a network error: nobody waits for ever."""

    async def refuse(peer: Peer, frame: dict[str, Any]) -> None:
        if "req" in frame and frame["req"].startswith("market.nosuch"):
            await peer.say(
                {"id": frame["id"], "status": "error", "err-code": "bad-request", "err-msg": "invalid symbol"}
            )
        elif "req" in frame:
            peer.connection.transport.abort()
        else:
            await peer.say({"id": frame["id"], "status": "ok", "subbed": frame["sub"], "ts": 1})

    async with scripted_socket() as server, opened(server.address) as exchange, _running(exchange.market.run) as seen:
        server.answer = refuse
        exchange.market.watch(frozenset({TRADES}))
        await _is_live(seen, Link.MARKET)
        with pytest.raises(NotFound):
            await exchange.candles_between("nosuchpair", Period.MINUTE, start_ms=0, end_ms=0)
        with pytest.raises(NetworkError, match="lost"):
            await exchange.candles_between("btcusdt", Period.MINUTE, start_ms=0, end_ms=0)


async def test_the_account_is_live_only_after_every_confirmation(caplog: pytest.LogCaptureFixture) -> None:
    """Signed in, three topics confirmed, then live; pushes follow; and no key stands in any log."""
    caplog.set_level(logging.DEBUG)
    held = asyncio.Event()

    async def slowly(peer: Peer, frame: dict[str, Any]) -> None:
        if frame.get("ch") == "trade.clearing#*#0":
            await held.wait()
        await peer.say({"action": frame["action"], "code": 200, "ch": frame["ch"], "data": {}})

    async with scripted_socket() as server, opened(server.address) as exchange:
        assert exchange.account is not None
        server.answer = slowly
        async with _running(exchange.account.run) as seen:
            await eventually(lambda: server.peers and len(server.peers[0].heard) == 4)
            assert seen.states(Link.ACCOUNT) == [LinkState.CONNECTING, LinkState.SYNCING]
            held.set()
            await _is_live(seen, Link.ACCOUNT)
            order = {
                "eventType": "creation",
                "symbol": "btcusdt",
                "orderId": 5,
                "type": "buy-limit",
                "orderStatus": "submitted",
            }
            await server.peers[0].say({"action": "push", "ch": "orders#*", "data": order})
            await eventually(lambda: seen.of(OrderUpdated))
            await server.peers[0].say({"action": "ping", "data": {"ts": 7}})
            await eventually(lambda: {"action": "pong", "data": {"ts": 7}} in server.peers[0].heard)
    assert spilled(caplog.text) == []
    assert [frame["ch"] for frame in server.peers[0].heard[1:4]] == [
        "orders#*",
        "accounts.update#2",
        "trade.clearing#*#0",
    ]


async def test_a_refused_key_says_so_and_does_not_hammer() -> None:
    """The state is its own, the reason says what to do, and the next attempt is half a minute away at least."""
    clock = VirtualClock()

    async def refuse(peer: Peer, _frame: dict[str, Any]) -> None:
        await peer.say({"action": "req", "code": 2002, "ch": "auth", "message": "auth.fail"})

    async with scripted_socket() as server, opened(server.address, clock=clock) as exchange:
        assert exchange.account is not None
        server.answer = refuse
        async with _running(exchange.account.run) as seen:
            await eventually(lambda: LinkState.REFUSED in seen.states(Link.ACCOUNT))
            refused = seen.of(LinkChanged)[-1]
            assert "does not accept the key" in refused.reason
            assert (refused.retry_at_ms or 0) - clock.now_ms() >= 30_000
            assert len(server.peers) == 1


async def test_a_dropped_account_socket_signs_in_again() -> None:
    """A new connection begins with a new signature."""
    async with scripted_socket() as server, opened(server.address, **_no_wait()) as exchange:
        assert exchange.account is not None
        async with _running(exchange.account.run) as seen:
            await _is_live(seen, Link.ACCOUNT)
            server.peers[0].connection.transport.abort()
            await eventually(lambda: len(server.peers) == 2)
            await _is_live(seen, Link.ACCOUNT)
            assert server.peers[1].heard[0]["ch"] == "auth"


async def test_the_end_is_a_polite_goodbye() -> None:
    """Cancelling a feed closes its socket with 1000, and leaves no task behind."""
    before = asyncio.all_tasks()
    async with scripted_socket() as server, opened(server.address) as exchange:
        async with _running(exchange.market.run) as seen:
            exchange.market.watch(frozenset({TRADES}))
            await _is_live(seen, Link.MARKET)
        await eventually(lambda: server.peers[0].connection.close_code is not None)
        assert server.peers[0].connection.close_code == 1000
    await eventually(lambda: len(asyncio.all_tasks()) <= len(before))


def test_the_feeds_are_what_the_engine_asks_for() -> None:
    """The client fits the ports structurally: the type checker holds it, and the names are there."""
    from hbtui.trading.ports import Exchange as Port

    wanted = {name for name in dir(Port) if not name.startswith("_")}
    assert wanted <= set(dir(HtxExchange)) | {"host", "market", "account"}
