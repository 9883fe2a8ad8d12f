"""The three tellings of one truth: what is pushed, what is read and what is owned always agree."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.sim.exact import minus, plus, sum_of, times
from hbtui.sim.order_views import fill_row, order_row
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject
from tests.sim.clients import Caller, Message, caller_for, market_socket
from tests.sim.test_matching import KINDS, act
from tests.sim.test_ws_market import hurried_clock
from tests.sim.venues import place, venue
from tests.support.exchange import running_exchange

steps = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "cancel", "print"]),
        st.sampled_from(KINDS),
        st.booleans(),
        st.integers(-250, 250),
        st.integers(1, 300),
    ),
    min_size=1,
    max_size=12,
)


class Reader:
    """A client that knows nothing but the pushes."""

    def __init__(self, source: Venue) -> None:
        self.states: dict[int, str] = {}
        self.executed: dict[int, Decimal] = {}
        self.volumes: dict[int, list[Decimal]] = {}
        self.cleared: dict[int, list[JsonObject]] = {}
        self.money: dict[str, tuple[Decimal, Decimal]] = {}
        self.topics: list[str] = []
        source.listeners.append(self.take)

    def take(self, topic: str, scope: str, data: Any) -> None:
        """Believe one push."""
        self.topics.append(topic)
        if topic == "accounts":
            self.money[scope] = (Decimal(data["available"]), Decimal(data["balance"]))
        elif topic == "clearing" and data["eventType"] == "trade":
            self.cleared.setdefault(data["orderId"], []).append(data)
        elif topic == "orders" and "orderId" in data:
            self.states[data["orderId"]] = data["orderStatus"]
            if data["eventType"] == "trade":
                self.executed[data["orderId"]] = Decimal(data["execAmt"])
                self.volumes.setdefault(data["orderId"], []).append(Decimal(data["tradeVolume"]))


def played(history: list[tuple[str, str, bool, int, int]]) -> tuple[Venue, Reader]:
    """A venue after a random history, and somebody who listened."""
    at = venue()
    reader = Reader(at)
    for action, kind, buy, distance, size in history:
        act(at, action, kind, (buy, distance, size))
    return at, reader


@settings(max_examples=60)
@given(steps)
def test_pushes_and_reads_agree_about_orders(history: list[tuple[str, str, bool, int, int]]) -> None:
    """Who only heard the pushes knows of each order what a read would say: its state and what was executed."""
    at, reader = played(history)
    for order in at.orders.values():
        row = order_row(order)
        if order.state == "created" or (order.request.stop_price is not None and order.id not in reader.states):
            continue
        assert reader.states[order.id] == row["state"]
        assert sum_of(reader.volumes.get(order.id, [])) == Decimal(str(row["field-amount"]))
        assert reader.executed.get(order.id, Decimal(0)) == order.executed


@settings(max_examples=60)
@given(steps)
def test_pushes_and_reads_agree_about_money(history: list[tuple[str, str, bool, int, int]]) -> None:
    """The last push about a currency is its balance, and what is frozen is what open orders need."""
    at, reader = played(history)
    for currency, (available, total) in reader.money.items():
        balance = at.ledger.balance(currency)
        assert (available, total) == (balance.available, balance.total)
    needs = {"usdt": Decimal(0), "btc": Decimal(0)}
    for order in at.open_orders():
        remaining = order.remaining
        needed = times(remaining, order.request.price or Decimal(1)) if order.request.buy else remaining
        needs[order.request.frozen_currency] = plus(needs[order.request.frozen_currency], needed)
    assert needs == {name: at.ledger.balance(name).frozen for name in needs}


@settings(max_examples=60)
@given(steps)
def test_clearing_and_matchresults_agree_about_fees(history: list[tuple[str, str, bool, int, int]]) -> None:
    """Each fill has the same id, price, size, role and fee wherever it is told."""
    at, reader = played(history)
    for order in at.orders.values():
        told = reader.cleared.get(order.id, [])
        rows = [fill_row(order, fill) for fill in order.fills]
        assert [push["tradeId"] for push in told] == [row["trade-id"] for row in rows]
        assert [push["transactFee"] for push in told] == [row["filled-fees"] for row in rows]
        assert [push["feeCurrency"] for push in told] == [row["fee-currency"] for row in rows]
        assert [push["aggressor"] for push in told] == [row["role"] == "taker" for row in rows]


@settings(max_examples=60)
@given(steps)
def test_an_order_push_comes_before_its_money_and_its_clearing(
    history: list[tuple[str, str, bool, int, int]],
) -> None:
    """No clearing was ever told before the order's own push, and none without money having moved between."""
    _, reader = played(history)
    for at, topic in enumerate(reader.topics):
        if topic == "clearing":
            before = reader.topics[:at]
            assert "orders" in before
            assert len(before) - before[::-1].index("orders") <= at
    assert reader.topics.count("clearing") <= reader.topics.count("orders")


@settings(max_examples=60)
@given(steps)
def test_every_final_order_has_its_times(history: list[tuple[str, str, bool, int, int]]) -> None:
    """Finished orders say when; open ones say zero; cancelled ones say when and why."""
    at, _ = played(history)
    for order in at.orders.values():
        row = order_row(order)
        assert (row["finished-at"] != 0) is order.is_final
        assert (row["canceled-at"] != 0) is (order.state in {"canceled", "partial-canceled"})
        assert ("canceled-source" in row) is (order.state in {"canceled", "partial-canceled"})
        assert row["role"] in {"none", "taker", "maker", "taker,maker"}


@settings(max_examples=40)
@given(steps)
def test_the_ledger_file_tells_each_life_in_order(history: list[tuple[str, str, bool, int, int]]) -> None:
    """Accepted once, then fills, then at most one cancel, and the fills sum to what was executed."""
    at, _ = played(history)
    for order in at.orders.values():
        events = [event for event in at.recorder.events if event["order_id"] == str(order.id)]
        names = [event["event"] for event in events]
        assert names[0] == "accepted"
        assert set(names[1:-1]) <= {"filled"}
        assert names.count("cancelled") == int(order.state in {"canceled", "partial-canceled"})
        filled = sum_of(Decimal(str(event["amount"])) for event in events if event["event"] == "filled")
        assert filled == order.filled


async def test_a_minute_of_trades_is_its_bar() -> None:
    """Whoever collects the tape for a whole minute holds exactly the bar that REST serves for it afterwards."""
    async with running_exchange(clock=hurried_clock) as exchange:
        async with market_socket(exchange) as socket, caller_for(exchange) as caller:
            await socket.ask({"sub": "market.btcusdt.trade.detail", "id": 1})
            first = (hurried_clock() // 60_000 + 1) * 60_000
            trades: dict[int, Message] = {}
            while not trades or max(trade["ts"] for trade in trades.values()) < first + 60_000:
                message = await socket.until(lambda item: "ch" in item)
                trades |= {trade["tradeId"]: trade for trade in message["tick"]["data"]}
            minute = [trades[key] for key in sorted(trades) if first <= trades[key]["ts"] < first + 60_000]
            bars = (await caller.get("/market/history/kline", symbol="btcusdt", period="1min", size=10))["data"]
            bar = next(item for item in bars if item["id"] == first // 1000)
            prices = [trade["price"] for trade in minute]
            assert (bar["open"], bar["high"], bar["low"], bar["close"]) == (
                prices[0],
                max(prices),
                min(prices),
                prices[-1],
            )
            assert bar["amount"] == sum(trade["amount"] for trade in minute)
            assert bar["vol"] == sum(trade["amount"] * trade["price"] for trade in minute)
            assert bar["count"] == len(minute)


async def test_many_at_once() -> None:
    """Thirty orders placed at the same time from several connections are thirty orders, and no cent is missing."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        price = str(exchange.best("ethusdt")[0] - 10)

        async def one(number: int) -> str:
            return await caller.placed("buy-limit", "ethusdt", "0.01", price, client_order_id=f"n{number}")

        ids = await asyncio.gather(*(one(number) for number in range(30)))
        assert len(set(ids)) == 30
        assert exchange.balances()["usdt"][1] == times(Decimal(price), Decimal("0.3"))
        await asyncio.gather(*(cancelled(caller, order_id) for order_id in ids))
        assert exchange.balances()["usdt"] == (Decimal(10_000), Decimal(0))


async def cancelled(caller: Caller, order_id: str) -> None:
    """Cancel an order that must be open."""
    assert (await caller.post(f"/v1/order/orders/{order_id}/submitcancel"))["status"] == "ok"


@pytest.mark.parametrize("symbol", ["btcusdt", "dogeusdt", "htxusdt", "shibusdt", "ethbtc"])
def test_a_round_trip_costs_spread_and_fees(symbol: str) -> None:
    """Buying and selling back leaves less than before: the spread and two fees, whatever the pair's precision."""
    funds = {"usdt": Decimal(10**6), "btc": Decimal(10)}
    at = venue(balances=funds)
    quote = "btc" if symbol == "ethbtc" else "usdt"
    bought = place(at, "buy-market", "0.01" if quote == "btc" else "100", symbol=symbol)
    base = bought.request.pair.base
    held = minus(at.ledger.balance(base).available, funds.get(base, Decimal(0)))
    lots = held.quantize(Decimal(1).scaleb(-bought.request.pair.amount_places), rounding="ROUND_DOWN")
    sold = place(at, "sell-market", str(lots), symbol=symbol)
    lost = minus(funds[quote], at.ledger.balance(quote).available)
    assert sold.state == "filled"
    assert times(bought.cash, Decimal("0.0038")) < lost < times(bought.cash, Decimal("0.03"))
