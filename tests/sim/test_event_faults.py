"""Faults of private events and of frames: lost, doubled, changed, late, out of order, damaged, too large."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from hbtui.sim.faults import Fault, Faults
from hbtui.sim.spoiled_events import EventLane
from hbtui.sim.spoiled_frames import spoiled_frame
from hbtui.sim.wire import JsonObject, gzipped
from tests.sim.clients import caller_for, market_socket, private_socket, sign_in
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange


class Lane:
    """A lane with a clock in the test's hands, and what came out of it."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.faults = Faults()
        self.told: list[Any] = []
        self._lane = EventLane(self.faults, lambda: self.now_ms, self._take)

    def _take(self, _topic: str, _scope: str, data: JsonObject) -> None:
        self.told.append(data["n"])

    def rule(self, match: str, action: str, **more: Any) -> Fault:
        """Put a rule in force."""
        return self.faults.add(Fault(match, action, **more))

    def take(self, number: object, topic: str = "orders", kind: str = "trade") -> None:
        """Let the venue tell an event."""
        name = "changeType" if topic == "accounts" else "eventType"
        self._lane.take(topic, "btcusdt", {name: kind, "n": number})

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_ms += round(seconds * 1000)
        self._lane.keep_time()


def test_events_pass_untouched_without_a_rule() -> None:
    """What the venue tells is told at once and in its order."""
    lane = Lane()
    for number in range(5):
        lane.take(number)
    assert lane.told == [0, 1, 2, 3, 4]


def test_three_in_ten_are_dropped_by_a_seed() -> None:
    """The same ones for the same seed, and about as many as asked."""
    lanes = [Lane(), Lane()]
    for lane in lanes:
        lane.rule("orders", "withhold", times=None, probability=0.3, seed=7)
        for number in range(200):
            lane.take(number)
    assert lanes[0].told == lanes[1].told
    assert 120 < len(lanes[0].told) < 160


def test_events_are_tripled_and_changed() -> None:
    """Copies come one after the other; fields are set and taken out; only the kind that is meant."""
    lane = Lane()
    lane.rule("orders:trade", "duplicate", times=None, copies=3)
    lane.rule("orders:trade", "edit", fields={"n": "changed"})
    lane.take(1, kind="creation")
    lane.take(2)
    lane.take(3)
    assert lane.told == [1, "changed", "changed", "changed", 3, 3, 3]


def test_events_are_shuffled_within_their_span() -> None:
    """All come, none before its draw nor after the span, in another order than they were told."""
    lane = Lane()
    lane.rule("orders", "shuffle", times=None, seconds=5.0, seed=3)
    for number in range(40):
        lane.take(number)
    lane.advance(0)
    assert len(lane.told) < 5
    lane.advance(2.5)
    assert 5 < len(lane.told) < 35
    lane.advance(2.5)
    assert sorted(lane.told) == list(range(40)) != lane.told


def test_an_event_comes_late() -> None:
    """Held by the exchange's clock, while later ones pass."""
    lane = Lane()
    lane.rule("orders:creation", "late", seconds=3.0)
    lane.take("creation", kind="creation")
    lane.take("trade")
    lane.advance(2.9)
    assert lane.told == ["trade"]
    lane.advance(0.1)
    assert lane.told == ["trade", "creation"]


def test_a_fill_comes_before_its_creation_and_a_cancel_before_its_fill() -> None:
    """An event changes places with the next of its topic; with no next one it comes after its time."""
    lane = Lane()
    lane.rule("orders:creation", "swap")
    lane.rule("clearing:trade", "swap")
    lane.take("creation", kind="creation")
    lane.take("money", topic="accounts", kind="order.place")
    lane.take("trade")
    lane.take("fee", topic="clearing")
    assert lane.told == ["money", "trade", "creation"]
    lane.advance(0.9)
    assert lane.told[-1] == "creation"
    lane.advance(0.1)
    assert lane.told[-1] == "fee"


@pytest.mark.parametrize("action", ["corrupt", "truncate", "wrong-kind"])
def test_damage_to_a_frame(action: str) -> None:
    """A market frame and a text frame are damaged once each, and the next pass whole."""
    faults = Faults()
    faults.add(Fault("ws", action))
    faults.add(Fault("private", action))
    document = json.dumps({"ch": "market.btcusdt.detail", "tick": {"x": "y" * 200}})
    packed = gzipped(document.encode())
    market, text = spoiled_frame(faults, "ws", packed), spoiled_frame(faults, "private", document)
    if action == "wrong-kind":
        assert (market, text) == (document, document.encode())
    elif action == "corrupt":
        assert isinstance(market, bytes)
        with pytest.raises(zlib.error):
            zlib.decompress(market, 31)
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(text)
    else:
        assert isinstance(market, bytes)
        with pytest.raises(UnicodeDecodeError):
            gzip.decompress(market).decode()
        assert document.startswith(str(text))
    assert spoiled_frame(faults, "ws", packed) == packed
    assert spoiled_frame(faults, "private", document) == document


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still."""
    async with running_exchange(frozen=True) as running:
        yield running


async def test_an_auth_frame_without_an_answer(exchange: RunningExchange) -> None:
    """Nothing comes back, and the next try is answered."""
    fault = exchange.fault("auth", "hang")
    async with private_socket(exchange, secret="") as socket:
        signing = asyncio.create_task(sign_in(socket, exchange, exchange.secret_key))
        await eventually(lambda: fault.struck == 1)
        assert not signing.done()
        signing.cancel()
        await asyncio.gather(signing, return_exceptions=True)
        assert (await sign_in(socket, exchange, exchange.secret_key))["code"] == 200


async def test_pongs_that_do_not_count() -> None:
    """A client that answers every ping is cut all the same."""
    async with running_exchange(frozen=True, market_ping_s=0.03) as exchange, market_socket(exchange) as socket:
        exchange.fault("ws", "ignore-pongs", times=None)
        with pytest.raises(ConnectionClosed):
            await socket.receive()
        assert len(socket.pings) >= 2


async def test_confirmations_of_another_symbol(exchange: RunningExchange) -> None:
    """The echo names what was not asked for, on either socket."""
    exchange.fault("ws", "echo", body="ethusdt")
    exchange.fault("private", "echo", body="ethusdt")
    async with market_socket(exchange) as market, private_socket(exchange) as private:
        answer = await market.ask({"sub": "market.btcusdt.detail", "id": 1})
        assert answer["subbed"] == "market.ethusdt.detail"
        await private.send({"action": "sub", "ch": "orders#*"})
        assert (await private.receive())["ch"] == "orders#ethusdt"


async def test_pushes_under_another_name(exchange: RunningExchange) -> None:
    """One push has the symbol of another in its channel."""
    exchange.fault("push", "mislabel", body="ethusdt")
    async with market_socket(exchange) as socket:
        await socket.send({"sub": "market.btcusdt.detail", "id": 1})
        assert (await socket.until(lambda m: "ethusdt" in str(m.get("ch"))))["ch"] == "market.ethusdt.detail"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirected_handshake(exchange: RunningExchange, status: int) -> None:
    """The answer to the handshake is a redirect to wherever it was told."""
    exchange.fault("feed", "redirect", status=status, location="ws://127.0.0.1:1/feed")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    async with caller_for(exchange) as caller:
        answer = await caller.http.get("/feed", headers=upgrade)
    assert answer.status_code == status
    assert answer.headers["Location"] == "ws://127.0.0.1:1/feed"


async def test_floods_bombs_and_cuts(exchange: RunningExchange) -> None:
    """Many copies of what is true, then a frame of megabytes, then the end of the connection."""
    async with market_socket(exchange) as socket:
        await socket.ask({"sub": "market.btcusdt.detail", "id": 1})
        exchange.fault("ws", "flood", copies=300)
        for _ in range(300):
            assert (await socket.receive())["ch"] == "market.btcusdt.detail"
        exchange.fault("ws", "bomb", megabytes=2)
        sizes: list[tuple[int, int]] = []
        while not sizes or sizes[-1][1] < 2 << 20:  # behind what the market itself still tells
            frame = await asyncio.wait_for(socket.connection.recv(), 20)
            assert isinstance(frame, bytes)
            sizes.append((len(frame), len(gzip.decompress(frame))))
        assert sizes[-1][0] < 10_000
        exchange.fault("ws", "huge-frame", megabytes=2)
        while len(await asyncio.wait_for(socket.connection.recv(), 20)) != 2 << 20:
            continue
        exchange.fault("ws", "cut")
        with pytest.raises(ConnectionClosed):
            await socket.receive()
    async with private_socket(exchange) as private:
        exchange.fault("private", "huge-frame", megabytes=1)
        assert await asyncio.wait_for(private.connection.recv(), 20) == " " * (1 << 20)


async def test_swapped_events_over_the_socket(exchange: RunningExchange) -> None:
    """A market order's fill is told before its creation; both are told."""
    async with caller_for(exchange) as caller, private_socket(exchange, ("orders#*",)) as socket:
        exchange.fault("orders:creation", "swap")
        await caller.placed("buy-market", "btcusdt", "10")
        kinds = [(await socket.receive())["data"]["eventType"] for _ in range(2)]
        assert kinds == ["trade", "creation"]
        exchange.fault("orders", "shuffle", times=None, seconds=0.2)
        await caller.placed("buy-market", "btcusdt", "10")
        kinds = [(await socket.receive())["data"]["eventType"] for _ in range(2)]
        assert sorted(kinds) == ["creation", "trade"]
