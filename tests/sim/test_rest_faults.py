"""Faults of single requests: what arrives, what is answered instead, and that the truth stays within reach."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from hbtui.sim.broken import BROKEN, bomb
from hbtui.sim.faults import ACTIONS, EVENTS, FRAMES, REST, Fault, Faults
from tests.sim.clients import Caller, caller_for
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange

PLACE = "/v1/order/orders/place"
AT = {"account-id": "100009", "symbol": "btcusdt"}


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


async def _resting(exchange: RunningExchange, caller: Caller, name: str = "rest") -> str:
    price = str(exchange.best("btcusdt")[0] - 100)
    return await caller.placed("buy-limit", "btcusdt", "0.01", price, client_order_id=name)


@pytest.mark.parametrize(("seconds", "is_taken"), [(290, True), (301, False)])
async def test_an_arrival_is_held_by_the_exchanges_clock(seconds: float, *, is_taken: bool) -> None:
    """The signature is judged when the order arrives: within five minutes it is taken, after them it is refused."""
    ahead = [0]
    async with running_exchange(frozen=True, clock=lambda: time.time_ns() // 1_000_000 + ahead[0]) as exchange:
        async with caller_for(exchange) as caller:
            exchange.fault(PLACE, "hold", seconds=seconds)
            placing = asyncio.create_task(caller.place("buy-market", "btcusdt", "10"))
            await eventually(lambda: exchange.call(lambda: exchange._server.faults._rules[0].struck) == 1)
            assert exchange.orders() == []
            ahead[0] = round(seconds * 1000)
            answer = await placing
            assert (answer["status"] == "ok") is is_taken
            assert len(exchange.orders()) == int(is_taken)
            assert is_taken or answer["err-code"] == "api-signature-not-valid"


async def test_a_held_order_arrives_though_its_sender_has_gone() -> None:
    """The client gave up long ago; the bytes are still on their way, and the order comes to exist."""
    ahead = [0]
    async with running_exchange(frozen=True, clock=lambda: time.time_ns() // 1_000_000 + ahead[0]) as exchange:
        async with caller_for(exchange) as caller:
            fault = exchange.fault(PLACE, "hold", seconds=100.0)
            placing = asyncio.create_task(caller.place("buy-market", "btcusdt", "10"))
            await eventually(lambda: fault.struck == 1)
            placing.cancel()
            await asyncio.gather(placing, return_exceptions=True)
            ahead[0] = 100_000
            await eventually(lambda: len(exchange.orders()) == 1)


@pytest.mark.parametrize(("action", "orders"), [("redirect", 0), ("redirect-after", 1)])
@pytest.mark.parametrize("status", [200, 301, 302, 303, 307, 308])
async def test_a_redirect(exchange: RunningExchange, caller: Caller, action: str, orders: int, status: int) -> None:
    """The location is another host with the same path; a status that is no redirect becomes 307."""
    exchange.fault(PLACE, action, status=status, location="http://127.0.0.1:1")
    answer = await caller.http.post(
        PLACE, params=caller.signed("POST", PLACE, {}), json={**AT, "type": "buy-market", "amount": "10"}
    )
    assert answer.status_code == (307 if status == 200 else status)
    assert answer.headers["location"] == f"http://127.0.0.1:1{PLACE}"
    assert len(exchange.orders()) == orders


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_documents(exchange: RunningExchange, caller: Caller, name: str) -> None:
    """Each document of the corpus comes as it is, after the order was placed."""
    exchange.fault(PLACE, "bad-json", body=name)
    answer = await caller.http.post(
        PLACE, params=caller.signed("POST", PLACE, {}), json={**AT, "type": "buy-market", "amount": "10"}
    )
    assert answer.content == BROKEN[name]()
    assert len(exchange.orders()) == 1


async def test_a_bomb_is_valid_gzip_and_valid_json(exchange: RunningExchange, caller: Caller) -> None:
    """Megabytes of one document come in kilobytes, made on the fly, and the order was placed."""
    packed = b"".join(bomb(3))
    assert len(packed) < 10_000
    assert len(json.loads(gzip.decompress(packed))["data"]) == 3 << 20
    exchange.fault(PLACE, "bomb", megabytes=200)
    params = caller.signed("POST", PLACE, {})
    body = {**AT, "type": "buy-market", "amount": "10"}
    async with caller.http.stream("POST", PLACE, params=params, json=body) as answer:
        size = sum([len(piece) async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert size < 300_000
    assert len(exchange.orders()) == 1


async def test_an_answer_that_trickles(exchange: RunningExchange, caller: Caller) -> None:
    """Byte after byte, whole in the end; a client that leaves is let go."""
    exchange.fault("/v1/common/timestamp", "trickle", seconds=0.001)
    assert (await caller.get("/v1/common/timestamp"))["status"] == "ok"
    fault = exchange.fault("/v1/common/timestamp", "trickle", seconds=30.0)
    with pytest.raises(httpx.ReadTimeout):
        await caller.http.get("/v1/common/timestamp", timeout=0.2)
    assert fault.struck == 1
    assert (await caller.get("/v1/common/timestamp"))["status"] == "ok"


async def test_an_order_that_is_taken_twice(exchange: RunningExchange, caller: Caller) -> None:
    """One POST, one answer, two orders under one client order id: look-ups show the latest."""
    exchange.fault(PLACE, "twice")
    first = await _resting(exchange, caller, "twin")
    orders = exchange.orders()
    assert [order["client-order-id"] for order in orders] == ["twin", "twin"]
    assert str(orders[0]["id"]) == first
    found = await caller.signed_get("/v1/order/orders/getClientOrder", {"clientOrderId": "twin"})
    assert found["data"]["id"] == orders[1]["id"]
    third = exchange.place(symbol="btcusdt", type="buy-limit", amount="0.01", price="60000", client_order_id="twin")
    found = await caller.signed_get("/v1/order/orders/getClientOrder", {"clientOrderId": "twin"})
    assert str(found["data"]["id"]) == third


async def test_look_ups_that_find_nothing_for_a_while(exchange: RunningExchange, caller: Caller) -> None:
    """Twenty times there is no record, by either id, while lists and placing are not touched; then there is."""
    order_id = await _resting(exchange, caller, "hidden")
    for match in ("/v1/order/orders/getClientOrder", "/v1/order/orders/{id}"):
        exchange.fault(match, "error", times=20, code="base-record-invalid", message="record invalid")
    for _ in range(20):
        by_name = await caller.signed_get("/v1/order/orders/getClientOrder", {"clientOrderId": "hidden"})
        by_id = await caller.signed_get(f"/v1/order/orders/{order_id}")
        assert by_name["err-code"] == by_id["err-code"] == "base-record-invalid"
    assert (await caller.order(order_id))["client-order-id"] == "hidden"
    exchange.fault("/v1/order/orders/{id}", "drop", times=None)
    assert (await caller.signed_get(f"/v1/order/orders/{order_id}/matchresults"))["data"] == []
    assert await _resting(exchange, caller, "other")


async def test_a_look_up_that_shows_another_order(exchange: RunningExchange, caller: Caller) -> None:
    """Fields of the answer are other than the truth, or missing; in lists only the rows that are meant."""
    order_id = await _resting(exchange, caller, "mine")
    other = await _resting(exchange, caller, "theirs")
    path = "/v1/order/orders/getClientOrder"
    exchange.fault(path, "edit", fields={"amount": "9", "symbol": "ethusdt"}, without=("price",))
    found = (await caller.signed_get(path, {"clientOrderId": "mine"}))["data"]
    assert (found["id"], found["amount"], found["symbol"], "price" in found) == (int(order_id), "9", "ethusdt", False)
    exchange.fault("/v1/order/openOrders", "edit", where={"id": int(other)}, fields={"state": "partial-filled"})
    rows = (await caller.signed_get("/v1/order/openOrders"))["data"]
    assert {row["client-order-id"]: row["state"] for row in rows} == {"mine": "submitted", "theirs": "partial-filled"}
    assert (await caller.order(order_id))["amount"] == "0.01"


async def test_symbols_that_lose_a_field_or_change_their_precision(exchange: RunningExchange, caller: Caller) -> None:
    """One row of the list is spoilt, the others are as ever, and so is the next answer."""
    path = "/v1/settings/common/market-symbols"
    exchange.fault(path, "edit", where={"symbol": "btcusdt"}, without=("ap",))
    exchange.fault(path, "edit", where={"symbol": "dogeusdt"}, fields={"pp": 4})
    first, second, third = [{row["symbol"]: row for row in (await caller.get(path))["data"]} for _ in range(3)]
    assert "ap" not in first["btcusdt"]
    assert first["ethusdt"] == second["ethusdt"] == third["ethusdt"]
    assert (second["dogeusdt"]["pp"], third["dogeusdt"]["pp"]) == (4, 6)
    assert second["btcusdt"] == third["btcusdt"]


@pytest.mark.parametrize("state", [-1, 5, 6, 7, 10])
async def test_a_cancel_that_is_refused_with_each_state(exchange: RunningExchange, caller: Caller, state: int) -> None:
    """The order-state stands beside the code, as HTX writes it, and the order stays open."""
    order_id = await _resting(exchange, caller)
    match = "/v1/order/orders/{id}/submitcancel"
    exchange.fault(match, "error", code="order-orderstate-error", message="x", fields={"order-state": state})
    answer = await caller.post(f"/v1/order/orders/{order_id}/submitcancel")
    assert (answer["err-code"], answer["order-state"]) == ("order-orderstate-error", state)
    assert (await caller.order(order_id))["state"] == "submitted"


@pytest.mark.parametrize(("action", "state"), [("cancel-lost", "submitted"), ("cancel-fills", "filled")])
async def test_a_cancel_that_is_taken_and_does_not_happen(
    exchange: RunningExchange, caller: Caller, action: str, state: str
) -> None:
    """HTX says that it will cancel, by either id, and the order goes on or is filled."""
    by_id, by_name = await _resting(exchange, caller, "a"), await _resting(exchange, caller, "b")
    exchange.fault("/v1/order/orders/{id}/submitcancel", action)
    assert await caller.post(f"/v1/order/orders/{by_id}/submitcancel") == {"status": "ok", "data": by_id}
    exchange.fault("/v1/order/orders/submitCancelClientOrder", action)
    named = "/v1/order/orders/submitCancelClientOrder"
    assert await caller.post(named, {"client-order-id": "b"}) == {"status": "ok", "data": 10}
    assert [(await caller.order(one))["state"] for one in (by_id, by_name)] == [state, state]
    exchange.fault("/v1/order/orders/{id}/submitcancel", action)
    assert (await caller.post("/v1/order/orders/7/submitcancel"))["err-code"] == "base-record-invalid"


async def test_five_hundred_open_orders_and_one_between_two_pages(exchange: RunningExchange, caller: Caller) -> None:
    """Many orders are opened at once; while they are listed, another comes into being."""
    assert len(exchange.open_many("dogeusdt", 501)) == 501
    page = {"account-id": "100009", "symbol": "dogeusdt", "size": "500"}
    fields = {"symbol": "dogeusdt", "type": "buy-limit", "amount": "300", "price": "0.05"}
    exchange.fault("/v1/order/openOrders", "meanwhile", after=1, fields=fields)
    first = (await caller.signed_get("/v1/order/openOrders", page))["data"]
    more = page | {"from": str(first[-1]["id"]), "direct": "next"}
    second = (await caller.signed_get("/v1/order/openOrders", more))["data"]
    assert (len(first), len(second)) == (500, 1)
    assert len(exchange.orders()) == 502


async def test_a_time_that_is_wrong_once(exchange: RunningExchange, caller: Caller) -> None:
    """One answer is an hour ahead; the next is not."""
    exchange.fault("/v1/common/timestamp", "shift", seconds=3600.0)
    wrong, right = [(await caller.get("/v1/common/timestamp"))["data"] for _ in range(2)]
    assert 3_590_000 < wrong - right < 3_610_000


async def test_limits_with_their_headers(exchange: RunningExchange, caller: Caller) -> None:
    """A 429 carries the headers that were asked for."""
    exchange.fault("/v1/common", "answer", status=429, headers={"X-HB-RateLimit-Requests-Remain": "0"})
    answer = await caller.http.get("/v1/common/timestamp")
    assert (answer.status_code, answer.headers["x-hb-ratelimit-requests-remain"]) == (429, "0")


async def test_orders_from_elsewhere_over_the_control_port(exchange: RunningExchange, caller: Caller) -> None:
    """Placed, opened by the hundred, filled and cancelled without a signature; mistakes are told."""

    async def post(what: str, body: dict[str, Any]) -> httpx.Response:
        return await caller.http.post(f"/_control/{what}", json=body)

    body = {"symbol": "btcusdt", "type": "buy-limit", "amount": "0.01", "price": "60000", "client-order-id": "web"}
    placed = (await post("place", body)).json()["order-id"]
    assert (await caller.order(placed))["client-order-id"] == "web"
    assert (await post("fill", {"order-id": placed})).json() == {"ok": True}
    assert (await caller.order(placed))["state"] == "filled"
    (opened,) = (await post("open-orders", {"symbol": "dogeusdt", "count": 1})).json()["order-ids"]
    assert (await post("cancel", {"order-id": opened})).json() == {"ok": True}
    assert (await caller.order(opened))["canceled-source"] == "spot-web"
    rule = {"match": "/v1/common", "action": "edit", "without": ["data"], "probability": 0.5, "times": None}
    assert (await post("faults", rule)).json() == {"ok": True}
    wrongs: list[tuple[str, dict[str, Any]]] = [
        ("place", {"symbol": "btcusdt"}),
        ("open-orders", {"symbol": "nope", "count": 1}),
        ("open-orders", {"symbol": "btcusdt", "count": 0}),
        ("fill", {"order-id": "7"}),
        ("cancel", {"order-id": placed}),
        ("cancel", {}),
    ]
    for what, wrong in wrongs:
        assert (await post(what, wrong)).status_code == 400


def test_a_probability_is_a_seeded_draw() -> None:
    """Three in ten, always the same three for one seed, others for another."""

    def struck(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Fault("orders", "withhold", times=None, probability=0.3, seed=seed))
        return [faults.strike("orders:trade") is not None for _ in range(1000)]

    assert struck(1) == struck(1) != struck(2)
    assert 250 < sum(struck(1)) < 350


def test_every_action_is_explained() -> None:
    """The three tables together are all actions, each with a sentence."""
    assert {*REST, *FRAMES, *EVENTS} == ACTIONS
    assert all(words and not words.endswith(".") for words in (*REST.values(), *FRAMES.values(), *EVENTS.values()))


def test_an_endpoint_with_an_id_is_meant_exactly() -> None:
    """A rule for one order's look-up strikes neither placing nor cancelling."""
    fault = Fault("/v1/order/orders/{id}", "drop")
    assert fault.fits("/v1/order/orders/5", "/v1/order/orders/{id}")
    assert not fault.fits("/v1/order/orders/5/submitcancel", "/v1/order/orders/{id}/submitcancel")
    assert not fault.fits(PLACE, PLACE)
    assert Decimal(str(fault.draw())) < 1
