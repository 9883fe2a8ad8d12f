"""The market sockets over real connections: topics, requests, errors, pings, and the book kept from increments."""

import asyncio
import json
import socket as socket_module
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.sim.clients import Message, Socket, caller_for, market_socket
from tests.sim.venues import NOW_MS
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange

STARTED = time.monotonic()
BAR_KEYS = {"id", "open", "close", "low", "high", "amount", "vol", "count"}


def hurried_clock() -> int:
    """A clock that goes thirty times as fast, so that nobody waits for the market."""
    return NOW_MS + int((time.monotonic() - STARTED) * 30_000)


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market moves, and fast."""
    async with running_exchange(clock=hurried_clock) as running:
        yield running


@pytest.fixture
async def still() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still unless told."""
    async with running_exchange(frozen=True) as running:
        yield running


@pytest.mark.parametrize(
    ("topic", "keys"),
    [
        ("market.btcusdt.kline.1min", BAR_KEYS),
        ("market.btcusdt.kline.1year", BAR_KEYS),
        ("market.btcusdt.depth.step0", {"bids", "asks", "version", "ts"}),
        ("market.btcusdt.depth.step5", {"bids", "asks", "version", "ts"}),
        ("market.btcusdt.trade.detail", {"id", "ts", "data"}),
        ("market.btcusdt.detail", BAR_KEYS | {"version"}),
        ("market.btcusdt.bbo", {"seqId", "ask", "askSize", "bid", "bidSize", "quoteTime", "symbol"}),
        (
            "market.btcusdt.ticker",
            BAR_KEYS - {"id"} | {"bid", "bidSize", "ask", "askSize", "lastPrice", "lastSize"},
        ),
        ("market.btcusdt.mbp.refresh.10", {"seqNum", "bids", "asks"}),
    ],
)
async def test_a_subscription_is_acknowledged_and_answered_at_once(
    still: RunningExchange, topic: str, keys: set[str]
) -> None:
    """The acknowledgement names the topic and echoes the id as it came; the first data follow at once."""
    async with market_socket(still) as socket:
        await socket.send({"sub": topic, "id": 7})
        acknowledged = await socket.receive()
        assert acknowledged == {"id": 7, "status": "ok", "subbed": topic, "ts": acknowledged["ts"]}
        first = await socket.receive()
        assert (first["ch"], set(first["tick"])) == (topic, keys)
        assert set(first) == {"ch", "ts", "tick"}
        await socket.send({"unsub": topic, "id": "u"})
        ended = await socket.until(lambda message: "unsubbed" in message)
        assert ended == {"id": "u", "status": "ok", "unsubbed": topic, "ts": ended["ts"]}


async def test_all_tickers_at_once(still: RunningExchange) -> None:
    """The list of all symbols stands under data, not under tick."""
    async with market_socket(still) as socket:
        await socket.ask({"sub": "market.tickers", "id": "t"})
        message = await socket.receive()
        assert (message["ch"], message["status"]) == ("market.tickers", "ok")
        assert len(message["data"]) >= 12


async def test_a_trade_reaches_every_topic(still: RunningExchange) -> None:
    """One printed trade changes the tape, the bars of all periods, the best prices, the ticker and the book."""
    topics = ["trade.detail", "kline.1min", "kline.1day", "bbo", "ticker", "detail", "depth.step0"]
    async with market_socket(still) as socket:
        for topic in topics:
            await socket.send({"sub": f"market.btcusdt.{topic}", "id": topic})
        first: dict[str, Message] = {}
        while len(first) < len(topics):
            message = await socket.until(lambda item: "ch" in item)
            first[message["ch"]] = message
        price = still.last_price("btcusdt") + 250
        still.print_trade("btcusdt", str(price), "0.75", side="buy")
        seen: dict[str, Message] = {}
        while len(seen) < len(topics):
            message = await socket.until(lambda item: "ch" in item)
            seen[message["ch"]] = message["tick"]
        trade = seen["market.btcusdt.trade.detail"]["data"][0]
        assert (trade["price"], trade["amount"], trade["direction"]) == (price, Decimal("0.75"), "buy")
        assert len(str(trade["id"])) == 27
        for period in ("1min", "1day"):
            assert seen[f"market.btcusdt.kline.{period}"]["close"] == price
        assert seen["market.btcusdt.bbo"]["ask"] == price
        assert seen["market.btcusdt.ticker"]["lastPrice"] == price
        assert seen["market.btcusdt.depth.step0"]["asks"][0][0] == price
        before = first["market.btcusdt.detail"]["tick"]["amount"]
        assert seen["market.btcusdt.detail"]["amount"] - before == Decimal("0.75")


async def test_the_market_moves_by_itself(exchange: RunningExchange) -> None:
    """Without any user, best prices change, trades happen, and the forming bar grows."""
    async with market_socket(exchange) as socket:
        for topic in ("bbo", "trade.detail", "kline.1min"):
            await socket.ask({"sub": f"market.btcusdt.{topic}", "id": topic})
        counts: dict[str, int] = {}
        while min(counts.get(f"market.btcusdt.{topic}", 0) for topic in ("bbo", "trade.detail", "kline.1min")) < 3:
            message = await socket.until(lambda item: "ch" in item)
            counts[message["ch"]] = counts.get(message["ch"], 0) + 1


async def test_a_new_subscriber_gets_an_old_trade(still: RunningExchange) -> None:
    """As recorded at HTX: trade.detail begins with the last old trade, which has its own, past time."""
    async with market_socket(still) as socket:
        await socket.ask({"sub": "market.ethusdt.trade.detail", "id": "1"})
        message = await socket.receive()
        assert message["tick"]["ts"] <= message["ts"]
        assert message["tick"]["data"][0]["price"] == still.last_price("ethusdt")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"sub": "market.btcusdt.kline.2min", "id": "a"}, "invalid topic"),
        ({"sub": "market.nopeusdt.bbo", "id": "a"}, "invalid symbol"),
        ({"sub": "market.BTCUSDT.bbo", "id": "a"}, "invalid topic"),
        ({"sub": "market.btcusdt.depth.step6", "id": "a"}, "invalid topic"),
        ({"sub": "market.btcusdt.mbp.5", "id": "a"}, "invalid topic"),
        ({"sub": "market.btcusdt.trade", "id": "a"}, "invalid topic"),
        ({"sub": 5, "id": "a"}, "invalid topic"),
        ({"unsub": "market.btcusdt.bbo", "id": "a"}, "unsub with not subbed topic"),
        ({"req": "market.btcusdt.bbo", "id": "a"}, "invalid topic"),
        ({"req": "market.btcusdt.kline.1min", "from": "x", "id": "a"}, "invalid from or to"),
        ({"nothing": 1, "id": "a"}, "invalid topic"),
    ],
)
async def test_errors_carry_the_id(still: RunningExchange, frame: Message, words: str) -> None:
    """What cannot be done is told with the request's id, HTX's code and words, and the connection lives on."""
    async with market_socket(still) as socket:
        answer = await socket.ask(frame)
        assert (answer["status"], answer["err-code"]) == ("error", "bad-request")
        assert words in answer["err-msg"]
        assert (await socket.ask({"sub": "market.btcusdt.bbo", "id": "b"}))["status"] == "ok"


@pytest.mark.parametrize("text", ["", "{", "5", "[]", "null", "[" * 3000, '{"sub":'])
async def test_what_is_no_json_object_is_told(still: RunningExchange, text: str) -> None:
    """Nonsense is answered, not followed by silence or a cut."""
    async with market_socket(still) as socket:
        await socket.connection.send(text)
        assert (await socket.receive())["err-msg"] == "not json string"


async def test_several_topics_in_one_frame(still: RunningExchange) -> None:
    """An array of topics is taken, one acknowledgement for each."""
    topics = ["market.btcusdt.bbo", "market.ethusdt.bbo"]
    async with market_socket(still) as socket:
        await socket.send({"sub": topics, "id": "many"})
        named = [(await socket.until(lambda message: "subbed" in message))["subbed"] for _ in topics]
        assert named == topics


async def test_requested_klines(still: RunningExchange) -> None:
    """A range of bars comes ascending, both ends included, 300 at most, and equals what REST says."""
    async with market_socket(still) as socket, caller_for(still) as caller:
        rest = (await caller.get("/market/history/kline", symbol="btcusdt", period="15min", size=20))["data"]
        topic = "market.btcusdt.kline.15min"
        answer = await socket.ask({"req": topic, "id": "r", "from": rest[9]["id"], "to": rest[5]["id"]})
        assert (answer["rep"], answer["status"]) == (topic, "ok")
        assert answer["data"] == list(reversed(rest[5:10]))
        whole = await socket.ask({"req": topic, "id": "w", "from": 1_600_000_000, "to": 2_556_115_200})
        assert len(whole["data"]) == 300
        assert whole["data"][0]["id"] == 1_600_000_200
        latest = await socket.ask({"req": topic, "id": "l"})
        assert latest["data"][-1]["id"] == rest[0]["id"]


async def test_other_requests(still: RunningExchange) -> None:
    """Book, trades and the rolling day can be asked for once."""
    async with market_socket(still) as socket:
        depth = await socket.ask({"req": "market.btcusdt.depth.step0", "id": 1})
        assert len(depth["data"]["bids"]) == 150
        trades = await socket.ask({"req": "market.btcusdt.trade.detail", "id": 2})
        assert len(trades["data"]) == 300
        assert {"tradeId", "direction"} <= set(trades["data"][0])
        detail = await socket.ask({"req": "market.btcusdt.detail", "id": 3})
        assert set(detail["data"]) == BAR_KEYS | {"version"}


@pytest.mark.parametrize("levels", [5, 20, 150, 400])
async def test_a_book_kept_from_increments_is_the_book(exchange: RunningExchange, levels: int) -> None:
    """A snapshot and the increments that chain to it make, at every number, a true and uncrossed book."""
    topic = f"market.btcusdt.mbp.{levels}"
    async with market_socket(exchange, feed=True) as socket:
        assert (await socket.ask({"sub": topic, "id": "s"}))["status"] == "ok"
        held = [await socket.until(lambda message: message.get("ch") == topic)]
        await socket.send({"req": topic, "id": "q"})
        while "rep" not in held[-1]:
            held.append(await socket.receive())
        snapshot = held.pop()["data"]
        book = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
        number = snapshot["seqNum"]
        applied = 0
        while applied < 8:
            message = held.pop(0) if held else await socket.receive()
            tick = message["tick"]
            if tick["seqNum"] <= number:
                continue
            assert tick["prevSeqNum"] == number
            assert ({"bids", "asks"} <= set(tick)) or levels < 150
            number, applied = tick["seqNum"], applied + 1
            apply(book, tick)
            assert max(book["bids"]) < min(book["asks"])
            assert len(book["bids"]) == len(book["asks"]) == levels
        again = (await socket.ask({"req": topic, "id": "again"}))["data"]
        assert again["seqNum"] >= number


def apply(book: dict[str, dict[Any, Any]], tick: Message) -> None:
    """Apply one increment: a size of zero deletes."""
    for side in ("bids", "asks"):
        for price, size in tick.get(side, []):
            if size:
                book[side][price] = size
            else:
                book[side].pop(price, None)


async def test_the_feed_serves_books_only(still: RunningExchange) -> None:
    """Klines and the rest are not on /feed, incremental books are not on /ws, refreshed ones are on both."""
    async with market_socket(still, feed=True) as socket:
        assert (await socket.ask({"sub": "market.btcusdt.kline.1min", "id": 1}))["status"] == "error"
        assert (await socket.ask({"sub": "market.btcusdt.mbp.refresh.20", "id": 2}))["status"] == "ok"
        first = await socket.receive()
        assert len(first["tick"]["bids"]) == 20


async def test_pings_come_and_want_an_answer() -> None:
    """A client that answers stays; one that leaves two pings unanswered is closed."""
    async with running_exchange(frozen=True, market_ping_s=0.05) as exchange:
        async with market_socket(exchange) as socket:
            await socket.send({"sub": "market.btcusdt.trade.detail", "id": 1})
            listening = asyncio.create_task(socket.until(lambda message: message.get("ch") == "never"))
            await eventually(lambda: len(socket.pings) >= 6)
            assert all(isinstance(ping["ping"], int) for ping in socket.pings)
            socket.answers_pings = False
            with pytest.raises(ConnectionClosed):
                await listening
            assert exchange.sockets("ws") == 0


async def test_a_client_may_ping_too(still: RunningExchange) -> None:
    """A ping of the client is answered with the same number."""
    async with market_socket(still) as socket:
        await socket.send({"ping": 18212558000})
        assert await socket.receive() == {"pong": 18212558000}


async def test_a_client_that_does_not_read_is_let_go() -> None:
    """Frames for a client that never reads do not pile up: beyond the bound, the connection is cut."""
    async with running_exchange(frozen=True, queue_frames=50) as exchange:
        narrow = socket_module.create_connection(("127.0.0.1", exchange.port))
        narrow.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4096)
        idle = await connect(exchange.market_ws, sock=narrow, compression=None, ping_interval=None, max_queue=1)
        request = json.dumps({"req": "market.btcusdt.kline.1min", "id": 1})
        with suppress(ConnectionClosed):
            for _ in range(2000):
                await idle.send(request)
                if exchange.sockets("ws") == 0:
                    break
        await eventually(lambda: exchange.sockets("ws") == 0)
        idle.transport.abort()


async def test_listeners_leave_nothing_behind(still: RunningExchange) -> None:
    """When the last client goes, its topics are forgotten."""
    async with market_socket(still) as socket:
        await socket.ask({"sub": "market.btcusdt.bbo", "id": 1})
    await eventually(lambda: still.sockets() == 0)
    assert still.call(still._server._hub.symbols) == set()


async def test_two_listeners_hear_the_same(exchange: RunningExchange) -> None:
    """Each message is made once and sent to all."""
    async with market_socket(exchange) as one, market_socket(exchange) as other:
        for socket in (one, other):
            await socket.ask({"sub": "market.btcusdt.mbp.refresh.5", "id": 1})
        heard = [[await next_image(socket) for _ in range(6)] for socket in (one, other)]
        shared = {item["tick"]["seqNum"] for item in heard[0]} & {item["tick"]["seqNum"] for item in heard[1]}
        assert shared
        for number in shared:
            assert [item["tick"] for item in heard[0] if item["tick"]["seqNum"] == number][-1] == [
                item["tick"] for item in heard[1] if item["tick"]["seqNum"] == number
            ][-1]


async def next_image(socket: Socket) -> Message:
    """The next whole image of a book."""
    return await socket.until(lambda message: "ch" in message)
