"""Signed REST over a real socket: accounts, orders, fills, and how each refusal looks."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from hbtui.model.numbers import plain
from hbtui.sim.keys import ACCESS_KEY, USER_ID
from tests.sim.clients import Caller, caller_for
from tests.support.exchange import RunningExchange, running_exchange

PLACE = "/v1/order/orders/place"
AT = {"account-id": "100009", "symbol": "btcusdt"}


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still."""
    async with running_exchange(frozen=True) as running:
        yield running


@pytest.fixture
async def caller(exchange: RunningExchange) -> AsyncIterator[Caller]:
    """A client that signs."""
    async with caller_for(exchange) as found:
        yield found


def below(exchange: RunningExchange, distance: int = 100) -> str:
    """A price that no seller asks."""
    return plain(exchange.best("btcusdt")[0] - distance)


async def test_accounts_and_balances(caller: Caller) -> None:
    """Spot, margin and super-margin; two rows a currency, all text, with the old fields saying invalid."""
    accounts = (await caller.signed_get("/v1/account/accounts"))["data"]
    assert accounts[0] == {"id": 100009, "type": "spot", "subtype": "", "state": "working"}
    assert [row["type"] for row in accounts] == ["spot", "margin", "margin", "super-margin"]
    found = (await caller.signed_get("/v1/account/accounts/100009/balance"))["data"]
    assert (found["id"], found["type"], found["state"]) == (100009, "spot", "working")
    usdt = [row for row in found["list"] if row["currency"] == "usdt"]
    common = {"currency": "usdt", "debt": "invalid", "available": "invalid", "seq-num": "0"}
    assert usdt == [common | {"type": "trade", "balance": "10000"}, common | {"type": "frozen", "balance": "0"}]
    unknown = await caller.signed_get("/v1/account/accounts/1/balance")
    assert unknown["err-code"] == "account-get-accounts-inexistent-error"


async def test_key_user_fee_and_value(caller: Caller) -> None:
    """The start-up questions: who am I, what may the key do, what do trades cost, what is it worth."""
    assert await caller.signed_get("/v2/user/uid") == {"code": 200, "data": USER_ID}
    key = (await caller.signed_get("/v2/user/api-key", {"uid": str(USER_ID), "accessKey": ACCESS_KEY}))["data"][0]
    assert (key["permission"], key["ipAddresses"], key["validDays"]) == ("readOnly,trade", "127.0.0.1", -1)
    assert (key["status"], key["accessKey"]) == ("normal", ACCESS_KEY)
    assert (await caller.signed_get("/v2/user/api-key"))["code"] == 2003
    fee = await caller.signed_get("/v2/reference/transact-fee-rate", {"symbols": "btcusdt,ethusdt"})
    assert [row["symbol"] for row in fee["data"]] == ["btcusdt", "ethusdt"]
    assert {fee["data"][0][name] for name in ("makerFeeRate", "takerFeeRate", "actualMakerRate")} == {"0.002"}
    assert (await caller.signed_get("/v2/reference/transact-fee-rate"))["code"] == 2003
    worth = await caller.signed_get("/v2/account/asset-valuation", {"accountType": "spot", "valuationCurrency": "USD"})
    assert Decimal(worth["data"]["balance"]) > 10_000
    in_btc = await caller.signed_get("/v2/account/asset-valuation", {"accountType": "spot"})
    assert 0 < Decimal(in_btc["data"]["balance"]) < 10


async def test_the_options_of_the_key_are_shown() -> None:
    """Permission, addresses and days left are what the options say, so that a client's warnings can be tested."""
    options = {"permission": "readOnly,trade,withdraw", "ip_addresses": "", "valid_days": 12}
    async with running_exchange(frozen=True, **options) as running, caller_for(running) as caller:
        key = (await caller.signed_get("/v2/user/api-key", {"uid": str(USER_ID)}))["data"][0]
        assert (key["permission"], key["ipAddresses"], key["validDays"]) == tuple(options.values())


async def test_place_and_read_a_resting_order(caller: Caller, exchange: RunningExchange) -> None:
    """The id is text in the answer to placing and a number in every read; open orders say filled, reads say field."""
    price = below(exchange)
    order_id = await caller.placed("buy-limit", "btcusdt", "0.01", price, client_order_id="mine-1")
    row = (await caller.signed_get("/v1/order/openOrders", AT))["data"][0]
    assert row == {
        "id": int(order_id),
        "symbol": "btcusdt",
        "account-id": 100009,
        "client-order-id": "mine-1",
        "amount": "0.01",
        "price": price,
        "created-at": row["created-at"],
        "type": "buy-limit",
        "source": "spot-api",
        "state": "submitted",
        "filled-amount": "0.0",
        "filled-cash-amount": "0.0",
        "filled-fees": "0.0",
    }
    found = await caller.order(order_id)
    assert (found["id"], found["field-amount"], found["finished-at"], found["canceled-at"]) == (
        int(order_id),
        "0.0",
        0,
        0,
    )
    by_client_id = await caller.signed_get("/v1/order/orders/getClientOrder", {"clientOrderId": "mine-1"})
    assert by_client_id["data"] == found


async def test_a_market_buy_by_value(caller: Caller) -> None:
    """Its amount reads back as the value, its price as 0.0, its fills as base; the fee is in the base currency."""
    order_id = await caller.placed("buy-market", "btcusdt", "50")
    found = await caller.order(order_id)
    assert (found["type"], found["amount"], found["price"], found["state"]) == ("buy-market", "50", "0.0", "filled")
    assert Decimal("49.999999999") < Decimal(found["field-cash-amount"]) <= 50
    fills = (await caller.signed_get(f"/v1/order/orders/{order_id}/matchresults"))["data"]
    assert sum(Decimal(fill["filled-amount"]) for fill in fills) == Decimal(found["field-amount"])
    assert {(fill["fee-currency"], fill["role"], fill["order-id"]) for fill in fills} == {
        ("btc", "taker", int(order_id))
    }
    assert all(isinstance(fill[name], int) for fill in fills for name in ("id", "match-id", "trade-id", "created-at"))


async def test_cancelling(caller: Caller, exchange: RunningExchange) -> None:
    """By id, by client id and in a batch; what cannot be cancelled says why, with its state."""
    price = below(exchange)
    first, second, third = [
        await caller.placed("buy-limit", "btcusdt", "0.001", price, client_order_id=f"c{number}") for number in range(3)
    ]
    assert await caller.post(f"/v1/order/orders/{first}/submitcancel") == {"status": "ok", "data": first}
    again = await caller.post(f"/v1/order/orders/{first}/submitcancel", {"symbol": "btcusdt"})
    assert again == {
        "status": "error",
        "err-code": "order-orderstate-error",
        "err-msg": "Incorrect order state",
        "data": None,
        "order-state": 7,
    }
    by_client = "/v1/order/orders/submitCancelClientOrder"
    assert await caller.post(by_client, {"client-order-id": "c1"}) == {"status": "ok", "data": 10}
    assert await caller.post(by_client, {"client-order-id": "c1"}) == {"status": "ok", "data": 7}
    assert await caller.post(by_client, {"client-order-id": "never"}) == {"status": "ok", "data": 0}
    batch = (await caller.post("/v1/order/orders/batchcancel", {"order-ids": [first, third, "12"]}))["data"]
    assert batch["success"] == [third]
    assert [(row["order-id"], row["err-code"], row.get("order-state")) for row in batch["failed"]] == [
        (first, "order-orderstate-error", 7),
        ("12", "base-record-invalid", None),
    ]
    assert (await caller.order(second))["canceled-source"] == "api"
    assert (await caller.post("/v1/order/orders/12/submitcancel"))["err-code"] == "base-record-invalid"
    absent = (await caller.post("/v1/order/orders/batchcancel", {"client-order-ids": ["c0", "z"]}))["data"]["failed"]
    assert [(row["client-order-id"], row["err-code"]) for row in absent] == [
        ("c0", "order-orderstate-error"),
        ("z", "base-not-found"),
    ]


async def test_batches(caller: Caller, exchange: RunningExchange) -> None:
    """Up to ten orders in one go, each with its own outcome, and all is ok even when some are refused."""
    price = below(exchange)
    good = {**AT, "type": "buy-limit", "amount": "0.001", "price": price, "client-order-id": "b1"}
    found = await caller.post("/v1/order/batch-orders", [good, {**good, "price": "1.234", "client-order-id": "b2"}])
    assert found["status"] == "ok"
    assert found["data"][0]["client-order-id"] == "b1"
    assert isinstance(found["data"][0]["order-id"], int)
    assert found["data"][1] == {
        "client-order-id": "b2",
        "err-code": "order-orderprice-precision-error",
        "err-msg": "order price precision error, scale: `2`",
    }
    assert (await caller.post("/v1/order/batch-orders", [good] * 11))["status"] == "error"


async def test_cancel_open_orders_in_pages(caller: Caller, exchange: RunningExchange) -> None:
    """Each call says how many are done and where to go on; minus one means nothing is left."""
    price = below(exchange)
    for number in range(5):
        await caller.placed("buy-limit", "btcusdt", "0.001", price, client_order_id=f"p{number}")
    path = "/v1/order/orders/batchCancelOpenOrders"
    first = (await caller.post(path, {**AT, "size": 3}))["data"]
    assert (first["success-count"], first["failed-count"]) == (3, 0)
    assert first["next-id"] > 0
    assert (await caller.post(path, AT))["data"] == {"success-count": 2, "failed-count": 0, "next-id": -1}
    await caller.placed("buy-limit", "btcusdt", "0.001", price)
    assert await caller.signed_get("/v1/order/cancelAllOrders", {"symbol": "btcusdt"}) == {"status": "ok"}
    assert (await caller.signed_get("/v1/order/openOrders"))["data"] == []


async def test_open_orders_are_filtered_and_paged(caller: Caller, exchange: RunningExchange) -> None:
    """By side and type, newest first, older ones with next, newer ones with prev."""
    price = below(exchange)
    ids = [int(await caller.placed("buy-limit", "btcusdt", "0.001", price)) for _ in range(4)]
    sell = int(await caller.placed("sell-limit-maker", "btcusdt", "0.001", str(exchange.best("btcusdt")[1] + 100)))

    async def listed(**query: str) -> list[int]:
        found = await caller.signed_get("/v1/order/openOrders", {**AT, **query})
        return [row["id"] for row in found["data"]]

    assert await listed() == [sell, *reversed(ids)]
    assert await listed(side="sell") == [sell]
    assert await listed(types="buy-limit", size="2") == [ids[3], ids[2]]
    older = {"from": str(ids[2]), "direct": "next"}
    assert await listed(**older) == [ids[1], ids[0]]
    assert await listed(**{"from": str(ids[2]), "direct": "prev"}) == [sell, ids[3]]
    half = await caller.signed_get("/v1/order/openOrders", {"symbol": "btcusdt"})
    assert half["err-code"] == "require-symbol"


async def test_history_search_and_fills(caller: Caller, exchange: RunningExchange) -> None:
    """Finished orders by time, by state, and fills by time and by record; windows beyond 48 hours are refused."""
    filled = [int(await caller.placed("buy-market", "btcusdt", "10")) for _ in range(3)]
    gone = await caller.placed("buy-limit", "btcusdt", "0.001", below(exchange))
    await caller.post(f"/v1/order/orders/{gone}/submitcancel")
    history = await caller.signed_get("/v1/order/history", {"symbol": "btcusdt"})
    assert [row["id"] for row in history["data"]] == [int(gone), *reversed(filled)]
    page = await caller.signed_get("/v1/order/history", {"size": "2"})
    assert [row["id"] for row in page["data"]] == [int(gone), filled[2]]
    assert page["next-time"] > 0
    search = await caller.signed_get("/v1/order/orders", {"symbol": "btcusdt", "states": "filled"})
    assert [row["id"] for row in search["data"]] == list(reversed(filled))
    assert (await caller.signed_get("/v1/order/orders", {"symbol": "btcusdt"}))["err-code"] == (
        "validation-constraints-required"
    )
    fills = (await caller.signed_get("/v1/order/matchresults", {"symbol": "btcusdt"}))["data"]
    assert [fill["order-id"] for fill in fills] == list(reversed(filled))
    after = await caller.signed_get(
        "/v1/order/matchresults", {"symbol": "btcusdt", "from": str(fills[0]["id"]), "direct": "next"}
    )
    assert after["data"] == fills[1:]
    wide = {"symbol": "btcusdt", "start-time": "1", "end-time": str(49 * 3600 * 1000)}
    assert (await caller.signed_get("/v1/order/matchresults", wide))["err-code"] == "invalid-interval"


async def test_the_dead_mans_switch(caller: Caller) -> None:
    """Armed it names the moment, disarmed zero; less than five seconds and nothing at all are refused."""
    path = "/v2/algo-orders/cancel-all-after"
    armed = await caller.post(path, {"timeout": 60})
    assert (armed["code"], armed["message"]) == (200, "success")
    assert armed["data"]["triggerTime"] == armed["data"]["currentTime"] + 60_000
    assert (await caller.post(path, {"timeout": 0}))["data"]["triggerTime"] == 0
    assert (await caller.post(path, {"timeout": 4}))["code"] == 2002
    assert (await caller.post(path, {}))["code"] == 2003


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (
            "/v1/account/accounts",
            {"status": "error", "err-code": "login-required", "err-msg": "login required", "data": None},
        ),
        ("/v2/user/uid", {"code": 1002, "message": "unauthorized"}),
    ],
)
async def test_unsigned_calls_are_refused_in_their_family(caller: Caller, path: str, wanted: dict[str, Any]) -> None:
    """Without a signature, v1 answers with a status and v2 with a code."""
    assert await caller.get(path) == wanted


async def test_a_wrong_secret_a_foreign_address_and_a_missing_permission(exchange: RunningExchange) -> None:
    """Each is told in HTX's words over the wire; the address that the user must bind is among them."""
    async with caller_for(exchange) as caller:
        query = caller.signed("GET", "/v1/account/accounts", {}) | {"Signature": "AAAA"}
        answer = json.loads((await caller.http.get("/v1/account/accounts", params=query)).text)
        assert answer["err-msg"] == "Signature not valid: Verification failure [校验失败]"
        query = caller.signed("GET", "/v2/user/uid", {}) | {"Signature": "AAAA"}
        answer = json.loads((await caller.http.get("/v2/user/uid", params=query)).text)
        assert answer == {"code": 1003, "message": "invalid signature"}
    async with running_exchange(frozen=True, refused_ip="203.0.113.7") as away, caller_for(away) as caller:
        answer = await caller.signed_get("/v1/account/accounts")
        assert answer["err-msg"] == "Signature not valid: Incorrect IP address [IP地址错误]:203.0.113.7"
    async with running_exchange(frozen=True, permission="readOnly") as reading, caller_for(reading) as caller:
        assert (await caller.signed_get("/v1/account/accounts"))["status"] == "ok"
        assert "no permission" in (await caller.place("buy-market", "btcusdt", "10"))["err-msg"]


async def test_the_name_without_the_port_may_be_signed(caller: Caller) -> None:
    """A client that signs the bare host name is served too."""
    query = caller.signed("GET", "/v1/account/accounts", {}, host="127.0.0.1")
    assert Caller.read(await caller.http.get("/v1/account/accounts", params=query))["status"] == "ok"


@pytest.mark.parametrize("content", [b"{", b"[1", b"\xff\xfe", b"nonsense", b"[" * 5000, b'"text"', b"7"])
async def test_what_is_no_json_object_is_refused(caller: Caller, content: bytes) -> None:
    """A malformed body is HTX's gateway error, and no fault of the exchange."""
    query = caller.signed("POST", PLACE, {})
    answer = await caller.http.post(PLACE, params=query, content=content)
    assert answer.status_code == 200
    assert answer.json()["err-code"] == "gateway-internal-error"


async def test_the_truth_is_within_reach(caller: Caller, exchange: RunningExchange) -> None:
    """What a test may ask of a running exchange: orders with fills, events, balances, and trades at will."""
    price = below(exchange)
    order_id = await caller.placed("buy-limit", "btcusdt", "0.01", price, client_order_id="truth")
    exchange.print_trade("btcusdt", price, "0.004")
    order = exchange.orders()[-1]
    assert (order["id"], order["state"], order["field-amount"]) == (int(order_id), "partial-filled", "0.004")
    assert isinstance(order["fills"], list)
    assert [event["event"] for event in exchange.events()] == ["arrived", "accepted", "filled"]
    assert exchange.balances()["btc"] == (Decimal("0.253992"), Decimal(0))
    assert exchange.last_price("btcusdt") == Decimal(price)
