"""Trouble on demand: each fault does what it says, as often as it says, and the truth stays within reach."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hbtui.sim.faults import ACTIONS, Fault, Faults
from tests.sim.clients import Caller, Message, caller_for, market_socket, private_socket, sign_in
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange

PLACE = "/v1/order/orders/place"


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still, with the control port open."""
    async with running_exchange(frozen=True, control=True) as running:
        yield running


@pytest.fixture
async def caller(exchange: RunningExchange) -> AsyncIterator[Caller]:
    """A client that signs."""
    async with caller_for(exchange) as found:
        yield found


@pytest.mark.parametrize(("action", "arrives"), [("drop", False), ("drop-answer", True), ("half-answer", True)])
async def test_an_answer_that_never_comes(
    exchange: RunningExchange,
    caller: Caller,
    action: str,
    arrives: bool,  # noqa: FBT001 -- pytest passes it by name
) -> None:
    """The connection ends without a whole answer; whether the order exists depends on when it was cut."""
    fault = exchange.fault(PLACE, action)
    with pytest.raises(httpx.RemoteProtocolError) as error:
        await caller.place("buy-market", "btcusdt", "10", client_order_id="lost")
    assert exchange.secret_key not in str(error.value)
    assert fault.struck == 1
    assert len(exchange.orders()) == int(arrives)
    assert (await caller.place("buy-market", "btcusdt", "10"))["status"] == "ok"


async def test_an_answer_that_hangs(exchange: RunningExchange, caller: Caller) -> None:
    """The order is placed, the answer never comes, and the client's patience ends first."""
    exchange.fault(PLACE, "hang")
    with pytest.raises(httpx.ReadTimeout):
        await caller.http.post(
            PLACE,
            params=caller.signed("POST", PLACE, {}),
            json={"account-id": "100009", "symbol": "btcusdt", "type": "buy-market", "amount": "10"},
            timeout=0.2,
        )
    assert [order["state"] for order in exchange.orders()] == ["filled"]


@pytest.mark.parametrize("action", ["delay", "delay-arrival"])
async def test_a_late_answer(exchange: RunningExchange, caller: Caller, action: str) -> None:
    """The answer comes, and it is the true one; with delay-arrival the order itself comes late too."""
    exchange.fault(PLACE, action, seconds=0.2)
    placing = asyncio.create_task(caller.place("buy-market", "btcusdt", "10"))
    if action == "delay":
        await eventually(lambda: len(exchange.orders()) == 1)
        assert not placing.done()
    assert (await placing)["data"] == str(exchange.orders()[0]["id"])


@pytest.mark.parametrize(("action", "orders"), [("answer", 0), ("answer-after", 1), ("error", 0), ("error-after", 1)])
async def test_another_answer_instead(exchange: RunningExchange, caller: Caller, action: str, orders: int) -> None:
    """A gateway's page or an error code comes instead of the answer, before or after the order was placed."""
    if action.startswith("answer"):
        exchange.fault(PLACE, action, status=502, body="<html>bad gateway</html>", content_type="text/html")
        answer = await caller.http.post(
            PLACE,
            params=caller.signed("POST", PLACE, {}),
            json={"account-id": "100009", "symbol": "btcusdt", "type": "buy-market", "amount": "10"},
        )
        assert (answer.status_code, answer.text) == (502, "<html>bad gateway</html>")
        assert answer.headers["content-type"] == "text/html"
    else:
        exchange.fault(PLACE, action)
        answered = await caller.place("buy-market", "btcusdt", "10")
        assert answered["err-code"] == "gateway-internal-error"
    assert len(exchange.orders()) == orders


async def test_a_fault_strikes_as_often_as_told(exchange: RunningExchange, caller: Caller) -> None:
    """After two that pass, twice, and then never again; others' paths are not touched."""
    fault = exchange.fault("/market/", "error", times=2, after=2, code="invalid-parameter", message="request limit")
    states = [(await caller.get("/market/trade", symbol="btcusdt"))["status"] for _ in range(6)]
    assert states == ["ok", "ok", "error", "error", "ok", "ok"]
    assert fault.struck == 2
    exchange.fault("/v1/", "error", times=None)
    assert (await caller.get("/v1/common/timestamp"))["status"] == "error"
    assert (await caller.get("/v2/market-status"))["code"] == 200
    exchange.clear_faults()
    assert (await caller.get("/v1/common/timestamp"))["status"] == "ok"


def test_an_unknown_action_is_a_mistake() -> None:
    """A misspelled fault must not pass for a test that finds nothing."""
    with pytest.raises(ValueError, match="explode"):
        Fault("/v1", "explode")
    assert "drop-answer" in ACTIONS
    assert Faults().strike("/v1") is None


async def test_a_refused_handshake(exchange: RunningExchange) -> None:
    """The socket is not accepted; the next one is."""
    exchange.fault("ws", "refuse")
    with pytest.raises(InvalidStatus):
        async with market_socket(exchange):
            pass
    async with market_socket(exchange):
        assert exchange.sockets("ws") <= 1


async def test_sockets_are_cut(exchange: RunningExchange) -> None:
    """All of one kind or all of them go at once, without a closing frame."""
    async with market_socket(exchange) as market, private_socket(exchange) as private:
        assert exchange.close_sockets("ws") == 1
        with pytest.raises(ConnectionClosed) as error:
            await market.receive()
        assert error.value.rcvd is None
        assert (await private.subscribe("orders#*"))["code"] == 200
        assert exchange.close_sockets() == 1
        with pytest.raises(ConnectionClosed):
            await private.receive()


async def test_a_silent_socket_is_open_and_says_nothing(exchange: RunningExchange) -> None:
    """Nothing comes any more, not even an answer, though the connection stands."""
    async with market_socket(exchange) as socket:
        fault = exchange.fault("ws", "silence")
        await eventually(lambda: fault.struck == 1)
        await socket.send({"sub": "market.btcusdt.bbo", "id": 1})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.3)
        assert exchange.sockets("ws") == 1


async def test_pings_may_stop() -> None:
    """Data go on, pings do not come."""
    async with running_exchange(frozen=True, market_ping_s=0.03) as exchange, market_socket(exchange) as socket:
        fault = exchange.fault("ws", "no-pings", times=None)
        await eventually(lambda: fault.struck > 3)
        heard = len(socket.pings)
        assert (await socket.ask({"sub": "market.btcusdt.bbo", "id": 1}))["status"] == "ok"
        await eventually(lambda: fault.struck > 6)
        assert len(socket.pings) <= heard + 3


async def test_private_events_are_withheld_and_doubled(exchange: RunningExchange, caller: Caller) -> None:
    """One fill's order event is missing, another's comes twice, and the account events are untouched."""
    async with private_socket(exchange, ("orders#*",)) as socket:
        exchange.fault("orders", "withhold")
        await caller.placed("buy-market", "btcusdt", "10")
        assert (await socket.receive())["data"]["eventType"] == "trade"
        exchange.fault("orders", "duplicate", times=2)
        await caller.placed("buy-market", "btcusdt", "10")
        kinds = [(await socket.receive())["data"]["eventType"] for _ in range(4)]
        assert kinds == ["creation", "creation", "trade", "trade"]


async def test_a_refused_signature_on_demand(exchange: RunningExchange) -> None:
    """The auth frame is refused once, however right it is."""
    exchange.fault("auth", "refuse")
    async with private_socket(exchange, secret="") as socket:
        assert (await sign_in(socket, exchange, exchange.secret_key))["code"] == 2002
        assert (await sign_in(socket, exchange, exchange.secret_key))["code"] == 200


async def test_a_lost_increment_breaks_the_chain(exchange: RunningExchange) -> None:
    """One increment of the book is lost; the next names a predecessor that never came."""
    topic = "market.btcusdt.mbp.20"
    async with market_socket(exchange, feed=True) as socket:
        await socket.ask({"sub": topic, "id": 1})
        number = (await socket.ask({"req": topic, "id": 2}))["data"]["seqNum"]
        lost = exchange.fault("mbp", "skip")
        price = exchange.last_price("btcusdt")

        exchange.print_trade("btcusdt", str(price + 100), "1", side="buy")
        await eventually(lambda: lost.struck == 1)
        exchange.print_trade("btcusdt", str(price + 200), "1", side="buy")
        tick = (await socket.until(lambda message: message.get("ch") == topic))["tick"]
        assert tick["prevSeqNum"] > number


async def test_control_from_another_process(exchange: RunningExchange, caller: Caller) -> None:
    """Faults, trades, dropped sockets, the market's state and the truth, over HTTP."""
    post = caller.http.post
    price = str(exchange.best("btcusdt")[0] - 100)
    await caller.placed("buy-limit", "btcusdt", "0.01", price)
    trade = {"symbol": "btcusdt", "price": price, "amount": "0.004", "side": "sell"}
    assert (await post("/_control/trade", json=trade)).json() == {"ok": True}
    truth = json.loads((await caller.http.get("/_control/ledger")).text)
    assert truth["orders"][0]["state"] == "partial-filled"
    assert [event["event"] for event in truth["events"]] == ["arrived", "accepted", "filled"]
    rule = {"match": "/v1/common", "action": "error", "times": 1, "seconds": 0.5}
    assert (await post("/_control/faults", json=rule)).json() == {"ok": True}
    assert (await caller.get("/v1/common/timestamp"))["status"] == "error"
    assert (await post("/_control/faults", json={"clear": True})).json() == {"ok": True}
    async with market_socket(exchange):
        assert (await post("/_control/close", json={"kind": "feed"})).json() == {"closed": 0}
        assert (await post("/_control/close", json={})).json() == {"closed": 1}
    assert (await post("/_control/market-status", json={"status": 3})).json() == {"ok": True}
    assert (await caller.get("/v2/market-status"))["data"]["marketStatus"] == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_control/trade", {"symbol": "nope", "price": "1"}),
        ("/_control/trade", {"symbol": "btcusdt"}),
        ("/_control/trade", {"symbol": "btcusdt", "price": "NaN"}),
        ("/_control/trade", {"symbol": "btcusdt", "price": "-1"}),
        ("/_control/faults", {"match": "/v1", "action": "explode"}),
        ("/_control/faults", {"nonsense": 1}),
        ("/_control/market-status", {}),
    ],
)
async def test_mistakes_at_the_control_are_told(caller: Caller, path: str, body: Message) -> None:
    """A wrong control is a 400 with a sentence."""
    answer = await caller.http.post(path, json=body)
    assert answer.status_code == 400
    assert "cannot do this" in answer.json()["error"]


async def test_control_is_closed_unless_asked_for() -> None:
    """Without --control nobody on this machine can bend the exchange."""
    async with running_exchange(frozen=True) as plain, caller_for(plain) as caller:
        for path in ("/_control/ledger", "/_control/faults", "/_control/trade"):
            assert (await caller.http.post(path, json={})).status_code == 405


async def test_a_resting_order_is_filled_by_the_market_itself() -> None:
    """On a moving market, an order at the best price is reached without any help."""
    async with running_exchange() as exchange, caller_for(exchange) as caller:
        bid, _ = exchange.best("btcusdt")
        await caller.placed("buy-limit", "btcusdt", "0.001", str(bid))
        exchange.print_trade("btcusdt", str(bid), "0.0004")
        assert Decimal(str(exchange.orders()[0]["field-amount"])) >= Decimal("0.0004")
        assert Decimal(str(exchange.orders()[0]["price"])) == bid
