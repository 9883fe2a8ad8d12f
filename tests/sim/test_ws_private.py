"""The account socket over real connections."""

from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.sim.clients import Message, caller_for, market_socket, private_socket, sign_in
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange

ALL = ("orders#*", "accounts.update#2", "trade.clearing#*#1")


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still."""
    async with running_exchange(frozen=True) as running:
        yield running


def is_push(message: Message) -> bool:
    """Whether it is a push and no acknowledgement."""
    return message.get("action") == "push" and message["data"].get("changeType", "x") is not None


def short(message: Message) -> str:
    """A push in one word."""
    data = message["data"]
    return f"{message['ch']}:{data.get('eventType') or data['changeType']}"


async def test_signing_in(exchange: RunningExchange) -> None:
    """The right signature is answered with 200 and empty data, a wrong one with 2002 and HTX's words."""
    async with private_socket(exchange, secret="") as socket:
        assert await sign_in(socket, exchange, "wrong") == {
            "action": "req",
            "code": 2002,
            "ch": "auth",
            "message": "auth.fail",
        }
        assert (await sign_in(socket, exchange, exchange.secret_key, path="/ws/v1"))["code"] == 2002
        assert await sign_in(socket, exchange, exchange.secret_key) == {
            "action": "req",
            "code": 200,
            "ch": "auth",
            "data": {},
        }


async def test_nothing_without_signing_in(exchange: RunningExchange) -> None:
    """Subscribing first is refused as invalid.auth.state."""
    async with private_socket(exchange, secret="") as socket:
        answer = await socket.subscribe("orders#*")
        assert (answer["code"], answer["message"]) == (2002, "invalid.auth.state")


@pytest.mark.parametrize(
    ("channel", "code", "words"),
    [
        ("orders#btcusdt", 200, None),
        ("orders#*", 200, None),
        ("accounts.update", 200, None),
        ("accounts.update#1", 200, None),
        ("trade.clearing#btcusdt", 200, None),
        ("trade.clearing#*#0", 200, None),
        ("orders#2ltcusdt", 2001, "invalid.symbol"),
        ("trade.clearing#*#2", 2001, "invalid.ch"),
        ("accounts.update#3", 2001, "invalid.ch"),
        ("accounts", 2001, "invalid.ch"),
    ],
)
async def test_channels(exchange: RunningExchange, channel: str, code: int, words: str | None) -> None:
    """Known channels are acknowledged with empty data, others refused with a code."""
    async with private_socket(exchange) as socket:
        answer = await socket.subscribe(channel)
        wanted: Message = {"action": "sub", "code": code, "ch": channel}
        ending: Message = {"data": {}} if words is None else {"message": words}
        assert answer == wanted | ending


async def test_nonsense_is_answered(exchange: RunningExchange) -> None:
    """No JSON, and an unknown action, have codes of their own."""
    async with private_socket(exchange) as socket:
        await socket.connection.send("{")
        assert (await socket.receive())["message"] == "invalid.json"
        await socket.send({"action": "dance", "ch": "orders#*"})
        assert (await socket.receive())["message"] == "invalid.action"


async def test_balances_come_first(exchange: RunningExchange) -> None:
    """After the acknowledgement, one push a currency with what there is, and neither cause nor time."""
    async with private_socket(exchange, ("accounts.update#2",)) as socket:
        first = await socket.receive()
        assert first == {
            "action": "push",
            "ch": "accounts.update#2",
            "data": {
                "currency": "usdt",
                "accountId": 100009,
                "balance": "10000",
                "available": "10000",
                "changeType": None,
                "accountType": "trade",
                "seqNum": "0",
                "changeTime": None,
            },
        }


async def test_a_market_order_in_full(exchange: RunningExchange) -> None:
    """Order before account before clearing, each with HTX's fields, decimals as text, ids as numbers."""
    async with caller_for(exchange) as caller, private_socket(exchange, ALL) as socket:
        order_id = int(await caller.placed("buy-market", "btcusdt", "10", client_order_id="c-1"))
        pushes = [await socket.until(is_push) for _ in range(7)]
        assert [short(push) for push in pushes] == [
            "orders#*:creation",
            "accounts.update#2:order.place",
            "orders#*:trade",
            "accounts.update#2:order.match",
            "accounts.update#2:order.match",
            "accounts.update#2:order.refund",
            "trade.clearing#*#1:trade",
        ]
        creation, trade, clearing = pushes[0]["data"], pushes[2]["data"], pushes[6]["data"]
        assert set(creation) == {
            "eventType", "symbol", "accountId", "orderId", "clientOrderId", "orderSource", "orderValue", "type",
            "orderStatus", "orderCreateTime",
        }  # fmt: skip
        assert (creation["orderId"], creation["orderValue"], creation["orderStatus"]) == (order_id, "10", "submitted")
        assert set(trade) == {
            "eventType", "symbol", "orderId", "clientOrderId", "orderSource", "orderValue", "type", "tradePrice",
            "tradeVolume", "tradeId", "tradeTime", "aggressor", "remainAmt", "execAmt", "totalTradeAmount",
            "orderStatus",
        }  # fmt: skip
        assert (trade["aggressor"], trade["orderStatus"]) == (True, "filled")
        assert set(clearing) == {
            "eventType", "symbol", "orderId", "orderSide", "orderType", "accountId", "source", "clientOrderId",
            "orderCreateTime", "orderValue", "tradePrice", "tradeVolume", "aggressor", "tradeId", "tradeTime",
            "transactFee", "feeCurrency", "feeDeduct", "feeDeductType", "orderStatus",
        }  # fmt: skip
        assert (clearing["tradeId"], clearing["feeCurrency"]) == (trade["tradeId"], "btc")


async def test_a_cancel_in_full(exchange: RunningExchange) -> None:
    """The cancellation tells what is left, when and why; the money comes back after it; the clearing comes last."""
    async with caller_for(exchange) as caller, private_socket(exchange, ALL) as socket:
        price = str(exchange.best("btcusdt")[0] - 100)
        order_id = await caller.placed("buy-limit", "btcusdt", "0.01", price)
        await caller.post(f"/v1/order/orders/{order_id}/submitcancel")
        pushes = [await socket.until(is_push) for _ in range(5)]
        assert [short(push) for push in pushes] == [
            "orders#*:creation",
            "accounts.update#2:order.place",
            "orders#*:cancellation",
            "accounts.update#2:order.cancel",
            "trade.clearing#*#1:cancellation",
        ]
        cancelled = pushes[2]["data"]
        assert (cancelled["remainAmt"], cancelled["execAmt"], cancelled["orderStatus"]) == ("0.01", "0", "canceled")
        assert isinstance(cancelled["lastActTime"], int)


async def test_a_channel_hears_only_its_symbol(exchange: RunningExchange) -> None:
    """Another symbol's orders are not pushed; mode 0 of the clearing leaves cancellations out."""
    channels = ("orders#ethusdt", "trade.clearing#*#0")
    async with caller_for(exchange) as caller, private_socket(exchange, channels) as socket:
        price = str(exchange.best("btcusdt")[0] - 100)
        order_id = await caller.placed("buy-limit", "btcusdt", "0.01", price)
        await caller.post(f"/v1/order/orders/{order_id}/submitcancel")
        await caller.placed("buy-market", "ethusdt", "10")
        pushes = [await socket.until(is_push) for _ in range(3)]
        assert [short(push) for push in pushes] == [
            "orders#ethusdt:creation",
            "orders#ethusdt:trade",
            "trade.clearing#*#0:trade",
        ]


async def test_the_modes_of_the_account(exchange: RunningExchange) -> None:
    """Mode 0 tells totals when they change, mode 1 both in messages of their own."""
    async with caller_for(exchange) as caller:
        price = str(exchange.best("btcusdt")[0] - 100)
        for channel, wanted in (
            ("accounts.update#0", [("order.match", "balance"), ("order.match", "balance")]),
            (
                "accounts.update#1",
                [("order.place", "available"), ("order.match", "balance"), ("order.match", "available")],
            ),
        ):
            async with private_socket(exchange, (channel,)) as socket:
                await caller.placed("buy-limit", "btcusdt", "0.01", price)
                exchange.print_trade("btcusdt", price, "0.01")
                pushes = [await socket.until(is_push) for _ in wanted]
                found = [(p["data"]["changeType"], *({"balance", "available"} & set(p["data"]))) for p in pushes]
                assert found == wanted


async def test_what_is_subscribed_is_known(exchange: RunningExchange) -> None:
    """A test can wait for a client's subscriptions, on whichever socket."""
    async with private_socket(exchange, ALL) as socket, market_socket(exchange) as market:
        await market.ask({"sub": "market.btcusdt.bbo", "id": 1})
        assert sorted(exchange.channels()) == sorted([*ALL, "market.btcusdt.bbo"])
        await socket.send({"action": "unsub", "ch": ALL[0]})
        await socket.until(lambda message: message["action"] == "unsub")
        assert ALL[0] not in exchange.channels()


async def test_unsubscribed_means_silent(exchange: RunningExchange) -> None:
    """After unsub, nothing of the channel comes any more."""
    async with caller_for(exchange) as caller, private_socket(exchange, ("orders#*",)) as socket:
        await socket.send({"action": "unsub", "ch": "orders#*"})
        assert (await socket.receive())["action"] == "unsub"
        await caller.placed("buy-market", "btcusdt", "10")
        await socket.subscribe("trade.clearing#*#0")
        await caller.placed("buy-market", "btcusdt", "10")
        assert short(await socket.until(is_push)) == "trade.clearing#*#0:trade"


async def test_pings_come_and_want_an_answer() -> None:
    """The same number comes back as a pong; two unanswered pings end the connection."""
    async with running_exchange(frozen=True, private_ping_s=0.05) as exchange:
        async with private_socket(exchange) as socket:
            socket.answers_pings = False
            with pytest.raises(ConnectionClosed):
                await socket.receive()
            assert [set(ping["data"]) for ping in socket.pings] == [{"ts"}, {"ts"}]
            await eventually(lambda: exchange.sockets("private") == 0)
