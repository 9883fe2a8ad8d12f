"""Stop orders and batches: waiting, triggered, impossible after all, cancelled; and what a batch takes and refuses."""

from decimal import Decimal
from typing import Any

import pytest

from hbtui.sim.codes import Refused
from hbtui.sim.orders import Order
from hbtui.sim.venue import Venue
from tests.sim.clients import caller_for, private_socket
from tests.sim.venues import NOW_MS, Told, last, place, venue
from tests.support.exchange import running_exchange

KINDS = ["stop-limit", "stop-limit-fok"]


def stop(at: Venue, kind: str, operator: str, side: str = "buy", distance: str = "100", **more: Any) -> Order:
    """A stop order that waits for the price to move by a distance, up for gte and down for lte."""
    price = last(at)
    trigger = price + Decimal(distance) if operator == "gte" else price - Decimal(distance)
    limit = trigger + 200 if side == "buy" else trigger - 200
    return place(at, f"{side}-{kind}", "0.001", limit, stop_price=str(trigger), operator=operator, **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("operator", ["gte", "lte"])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_stop_order_waits_and_then_trades(kind: str, operator: str, side: str) -> None:
    """Created without a push, untouched a step before its price, a plain limit order at it, filled within its limit."""
    at = venue()
    told = Told(at)
    order = stop(at, kind, operator, side)
    assert order.state == "created"
    assert told.story == [f"accounts:order.place:{order.request.frozen_currency}"]
    assert order in at.open_orders()
    trigger = order.request.stop_price
    assert trigger is not None
    step = Decimal("0.01") if operator == "lte" else Decimal("-0.01")
    at.print_trade("btcusdt", trigger + step, Decimal("0.001"), buy=operator == "gte")
    assert order.state == "created"
    at.print_trade("btcusdt", trigger, Decimal("0.001"), buy=operator == "gte")
    assert order.state == "filled"
    created = next(data for topic, _, data in told.events if data.get("eventType") == "creation" and topic == "orders")
    assert created["type"] == f"{side}-{kind}".replace("stop-limit", "limit")
    assert order.request.price is not None
    assert all(fill.price <= order.request.price if side == "buy" else True for fill in order.fills)


@pytest.mark.parametrize("operator", ["gte", "lte"])
def test_a_stop_that_is_reached_already_is_refused(operator: str) -> None:
    """At the last price, or beyond it, the order would trigger at once."""
    at = venue()
    for distance in ("0", "-1"):
        with pytest.raises(Refused) as refusal:
            stop(at, "stop-limit", operator, distance=distance)
        assert refusal.value.code == "order-stop-order-hit-trigger"
    assert not at.orders


@pytest.mark.parametrize(
    ("reason", "code"), [("halted", 2003), ("cancel only", 2003), ("same id", 2002), ("price", 3006), ("price", 3007)]
)
def test_a_triggered_order_that_cannot_be_placed_is_rejected(reason: str, code: int) -> None:
    """HTX's trigger event with its code; the money comes back; the order is final and is not cancelled any more."""
    at = venue()
    side = "sell" if code == 3007 else "buy"
    operator = "gte" if side == "sell" or reason != "price" else "lte"
    order = stop(at, "stop-limit", operator, side, client_order_id="mine")
    told = Told(at)
    trigger = order.request.stop_price
    assert trigger is not None
    price = trigger
    if reason == "same id":
        place(at, "buy-limit", "0.001", "60000", client_order_id="mine")
        told.events.clear()
    elif reason == "price":
        price = trigger * Decimal("1.3") if side == "sell" else trigger * Decimal("0.7")
    at.market_status = {"halted": 2, "cancel only": 3}.get(reason, 1)
    at.print_trade("btcusdt", price.quantize(Decimal("0.01")), Decimal("0.001"), buy=operator == "gte")
    assert order.state == "rejected"
    assert order.is_final
    failed = told.events[0][2]
    assert (failed["eventType"], failed["orderStatus"], failed["errCode"]) == ("trigger", "rejected", code)
    assert (failed["clientOrderId"], "orderId" in failed, bool(failed["errMessage"])) == ("mine", False, True)
    assert told.story[1:] == [f"accounts:order.cancel:{order.request.frozen_currency}"]
    assert order.frozen == 0
    assert at.recorder.events[-1]["event"] == "rejected"
    at.market_status = 1
    with pytest.raises(Refused) as refusal:
        at.cancel(order)
    assert refusal.value.extra == {"order-state": -1}


def test_an_id_is_free_again_after_a_day() -> None:
    """The twin of a client order id stops mattering after 24 hours."""
    now = [NOW_MS]
    at = venue(clock=lambda: now[0])
    order = stop(at, "stop-limit", "gte", client_order_id="mine")
    place(at, "buy-limit", "0.001", "60000", client_order_id="mine")
    now[0] += 24 * 3600 * 1000 + 1
    trigger = order.request.stop_price
    assert trigger is not None
    at.print_trade("btcusdt", trigger, Decimal("0.001"), buy=True)
    assert order.state == "filled"


def test_a_waiting_stop_is_deleted() -> None:
    """Cancelled before its trigger: HTX's deletion event without an order id, the money back, and no trigger later."""
    at = venue()
    order = stop(at, "stop-limit", "gte", "sell", client_order_id="mine")
    told = Told(at)
    at.cancel(order)
    assert told.story[:2] == ["orders:deletion", "accounts:order.cancel:btc"]
    deleted = told.events[0][2]
    assert set(deleted) == {"eventType", "symbol", "clientOrderId", "orderSide", "orderStatus", "lastActTime"}
    trigger = order.request.stop_price
    assert trigger is not None
    at.print_trade("btcusdt", trigger, Decimal("0.001"), buy=True)
    assert order.state == "canceled"


async def test_a_stop_over_the_wire() -> None:
    """Read back with its stop price and operator, listed as open, and its events on the socket in their order."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        price = exchange.last_price("btcusdt").quantize(Decimal(1))
        more = {"stop_price": str(price + 100), "operator": "gte", "client_order_id": "wired"}
        async with private_socket(exchange, ("orders#*",)) as socket:
            order_id = await caller.placed("buy-stop-limit", "btcusdt", "0.001", str(price + 300), **more)
            row = await caller.order(order_id)
            assert (row["state"], row["stop-price"], row["operator"]) == ("created", str(price + 100), "gte")
            assert row["type"] == "buy-stop-limit"
            (listed,) = (await caller.signed_get("/v1/order/openOrders"))["data"]
            assert (listed["id"], listed["state"]) == (int(order_id), "created")
            exchange.print_trade("btcusdt", str(price + 100), "0.001", "buy")
            first = await socket.receive()
            assert (first["data"]["eventType"], first["data"]["type"]) == ("creation", "buy-limit")
            assert (await socket.receive())["data"]["eventType"] == "trade"


async def test_batches_of_orders() -> None:
    """One row an order, ids or codes with the client order ids; all may fail; none, eleven and no list are refused."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        price = str(exchange.best("btcusdt")[0] - 100)
        good = {"account-id": "100009", "symbol": "btcusdt", "type": "buy-limit", "amount": "0.001", "price": price}
        bad = good | {"amount": "0.0000001"}
        path = "/v1/order/batch-orders"
        answer = await caller.post(path, [good | {"client-order-id": "a"}, bad | {"client-order-id": "b"}, 5])
        assert answer["status"] == "ok"
        first, second, third = answer["data"]
        assert first == {"order-id": exchange.orders()[0]["id"], "client-order-id": "a"}
        assert isinstance(first["order-id"], int)
        assert (second["client-order-id"], second["err-code"]) == ("b", "order-orderamount-precision-error")
        assert third["err-code"] == "validation-constraints-required"
        all_bad = await caller.post(path, [bad] * 10)
        assert (all_bad["status"], {"order-id" in row for row in all_bad["data"]}) == ("ok", {False})
        mistakes: list[object] = [[], [good] * 11, good, None]
        for wrong in mistakes:
            assert (await caller.post(path, wrong))["status"] == "error"
        assert len(exchange.orders()) == 1
        same = await caller.post(path, [good | {"client-order-id": "twin"}] * 2)
        assert len({row["order-id"] for row in same["data"]}) == 2


async def test_batches_of_cancels() -> None:
    """Taken ids as text, failed ones with code and state; by either kind of id; none and fifty-one are refused."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        ids = exchange.open_many("dogeusdt", 3)
        path = "/v1/order/orders/batchcancel"
        answer = (await caller.post(path, {"order-ids": [ids[0], "77", ids[1]]}))["data"]
        assert answer["success"] == [ids[0], ids[1]]
        assert [(row["order-id"], row["err-code"]) for row in answer["failed"]] == [("77", "base-record-invalid")]
        again = (await caller.post(path, {"order-ids": [ids[0]]}))["data"]
        assert (again["success"], again["failed"][0]["order-state"]) == ([], 7)
        named = exchange.place(symbol="dogeusdt", type="buy-limit", amount="200", price="0.05", client_order_id="named")
        by_name = (await caller.post(path, {"client-order-ids": ["named", "nobody"]}))["data"]
        assert by_name["success"] == ["named"]
        assert by_name["failed"][0]["client-order-id"] == "nobody"
        assert (await caller.order(named))["state"] == "canceled"
        wrongs: list[object] = [{}, {"order-ids": []}, {"order-ids": ["1"] * 51}, {"order-ids": "1"}]
        for refused in wrongs:
            assert (await caller.post(path, refused))["status"] == "error"


async def test_the_dead_mans_switch_strikes_once_and_everywhere() -> None:
    """Armed, refreshed, disarmed, and at last let go: every open order of every account and kind is cancelled."""
    now = [1_763_000_000_000]
    async with running_exchange(frozen=True, clock=lambda: now[0], timestamp_window_s=10**10) as exchange:
        async with caller_for(exchange) as caller:
            path = "/v2/algo-orders/cancel-all-after"
            assert (await caller.post(path, {"timeout": 4}))["code"] == 2002
            assert (await caller.post(path, {}))["code"] == 2003
            armed = (await caller.post(path, {"timeout": 5}))["data"]
            assert armed == {"currentTime": now[0], "triggerTime": now[0] + 5000}
            assert (await caller.post(path, {"timeout": 0}))["data"]["triggerTime"] == 0
            last_price = exchange.last_price("btcusdt").quantize(Decimal(1))
            exchange.open_many("dogeusdt", 2)
            exchange.place(
                symbol="btcusdt", type="sell-stop-limit", amount="0.001", price=str(last_price - 300),
                stop_price=str(last_price - 200), operator="lte", account_id="100010", source="margin-api",
            )  # fmt: skip
            await caller.post(path, {"timeout": 5})
            now[0] += 4999
            exchange.call(exchange._server.pulse)
            assert {order["state"] for order in exchange.orders()} == {"submitted", "created"}
            now[0] += 1
            exchange.call(exchange._server.pulse)
            assert {order["state"] for order in exchange.orders()} == {"canceled"}
            assert {order["canceled-source"] for order in exchange.orders()} == {"timeout-canceled-order"}
