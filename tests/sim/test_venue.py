"""The life of an order as the account socket and the reads tell it."""

from decimal import Decimal

import pytest

from hbtui.sim.codes import Refused
from hbtui.sim.exact import times
from hbtui.sim.orders import Order
from hbtui.sim.venue import Venue
from tests.sim.venues import NOW_MS, Told, best, last, place, venue

TICK = Decimal("0.01")
TWO_HOURS = 2 * 3600 * 1000


class Clock:
    """A clock in the test's hands."""

    def __init__(self) -> None:
        self.now = NOW_MS

    def __call__(self) -> int:
        """The time, UTC ms."""
        return self.now


def below(at: Venue, distance: int = 100) -> Decimal:
    """A price that no seller asks."""
    return best(at)[0] - distance


def test_a_market_buy_is_told_in_the_order_of_htx() -> None:
    """Creation, money set aside, fill, both currencies, what is left over, and last the clearing with the fee."""
    at = venue()
    told = Told(at)
    order = place(at, "buy-market", "100")
    assert told.story == [
        "orders:creation",
        "accounts:order.place:usdt",
        "orders:trade",
        "accounts:order.match:usdt",
        "accounts:order.match:btc",
        "accounts:order.refund:usdt",
        "clearing:trade",
    ]
    assert order.state == "filled"
    assert Decimal(100) - order.cash < Decimal("1e-12")


def test_a_resting_order_is_told_when_it_rests_fills_and_ends() -> None:
    """Creation and reservation; then for each fill the order, the money and the clearing, in that order."""
    at = venue()
    told = Told(at)
    order = place(at, "buy-limit", "0.01", below(at), client_order_id="mine")
    assert told.story == ["orders:creation", "accounts:order.place:usdt"]
    at.print_trade("btcusdt", below(at), Decimal("0.004"), buy=False)
    assert order.state == "partial-filled"
    at.cancel(order)
    assert (order.state, order.filled, order.canceled_source) == ("partial-canceled", Decimal("0.004"), "api")
    assert told.story[2:] == [
        "orders:trade",
        "accounts:order.match:usdt",
        "accounts:order.match:btc",
        "clearing:trade",
        "orders:cancellation",
        "accounts:order.cancel:usdt",
        "clearing:cancellation",
    ]
    trade = told.events[2][2]
    assert (trade["remainAmt"], trade["execAmt"], trade["aggressor"]) == ("0.006", "0.004", False)
    assert trade["clientOrderId"] == "mine"


def test_balances_follow_the_order() -> None:
    """A buy freezes price times amount; the fill pays it, less nothing; the cancel frees the rest."""
    at = venue()
    price = below(at)
    order = place(at, "buy-limit", "0.01", price)
    usdt = at.ledger.balance("usdt")
    assert (usdt.available, usdt.frozen) == (10_000 - times(price, Decimal("0.01")), times(price, Decimal("0.01")))
    at.print_trade("btcusdt", price, Decimal("0.004"), buy=False)
    assert usdt.frozen == times(price, Decimal("0.006"))
    assert at.ledger.balance("btc").available == Decimal("0.25") + Decimal("0.004") * Decimal("0.998")
    at.cancel(order)
    assert (usdt.available, usdt.frozen) == (10_000 - times(price, Decimal("0.004")), Decimal(0))


def test_a_finished_order_cannot_be_cancelled() -> None:
    """The refusal names the state by its number: 6 filled, 7 cancelled."""
    at = venue()
    filled = place(at, "buy-limit", "0.01", best(at)[1])
    resting = place(at, "buy-limit", "0.01", below(at))
    at.cancel(resting)
    for order, number in ((filled, 6), (resting, 7)):
        with pytest.raises(Refused, match="order-orderstate-error") as refusal:
            at.cancel(order)
        assert refusal.value.extra == {"order-state": number}


def test_a_stop_waits_without_a_push_and_then_becomes_a_limit_order() -> None:
    """Waiting tells nothing but the reserved money; the trigger is a creation of type buy-limit; then it fills."""
    at = venue()
    told = Told(at)
    stop = last(at) + 50
    order = place(at, "buy-stop-limit", "0.001", stop + 20, stop_price=str(stop), operator="gte")
    assert order.state == "created"
    assert told.story == ["accounts:order.place:usdt"]
    at.print_trade("btcusdt", stop - TICK, Decimal("0.01"), buy=True)
    assert order.state == "created"
    at.print_trade("btcusdt", stop, Decimal("0.01"), buy=True)
    assert order.state == "filled"
    creation = next(data for topic, _, data in told.events if topic == "orders")
    assert (creation["eventType"], creation["type"]) == ("creation", "buy-limit")


def test_a_stop_that_never_fired_is_deleted() -> None:
    """Cancelled before its trigger, it is a deletion, not a cancellation, and its money is free again."""
    at = venue()
    told = Told(at)
    stop = last(at) - 50
    order = place(at, "sell-stop-limit", "0.001", stop, stop_price=str(stop), operator="lte")
    at.cancel(order)
    assert "orders:deletion" in told.story
    assert order.state == "canceled"
    assert at.ledger.balance("btc").available == Decimal("0.25")


def test_a_trade_at_the_price_serves_the_queue_in_front_first() -> None:
    """An order at a price where others already stand is reached only after what stood there has traded."""
    clock = Clock()
    at = venue(frozen=False, clock=clock)
    bid, offered = at.market("btcusdt").depth(at.now(), 1)[0][0]
    order = place(at, "buy-limit", "0.001", bid)
    assert order.queue_ahead == offered


def test_the_moving_market_fills_what_it_reaches() -> None:
    """As the tape goes on, a buy at the market's price is filled in time, at its own price, as a maker."""
    clock = Clock()
    at = venue(frozen=False, clock=clock)
    orders: list[Order] = [place(at, "buy-limit", "0.001", best(at)[0] - TICK * step * 400) for step in range(5)]
    for _ in range(240):
        clock.now += 5000
        at.advance("btcusdt")
    filled = [order for order in orders if order.state == "filled"]
    assert filled
    for order in filled:
        assert {(fill.price, fill.taker) for fill in order.fills} == {(order.request.price, False)}


def test_fills_are_on_the_tape() -> None:
    """Every fill is a public trade with the same id, price and amount, and every bar of that minute counts it."""
    at = venue()
    tape = at.market("btcusdt").tape
    before = tape.latest_bars("1min", 1, at.now())[0]
    day_before = tape.latest_bars("1day", 1, at.now())[0]
    order = place(at, "buy-market", "500")
    printed = {trade.id: trade for trade in tape.recent(50, at.now())}
    for fill in order.fills:
        assert (printed[fill.trade_id].price, printed[fill.trade_id].amount) == (fill.price, fill.amount)
    after = tape.latest_bars("1min", 1, at.now())[0]
    day_after = tape.latest_bars("1day", 1, at.now())[0]
    for old, new in ((before, after), (day_before, day_after)):
        assert new.amount - old.amount == order.filled
        assert new.value - old.value == order.cash
        assert new.trades - old.trades == len(order.fills)
        assert new.close == order.fills[-1].price


def test_reads_forget_cancelled_orders_after_two_hours() -> None:
    """What was cancelled without a fill is not known any more after two hours; what was filled stays."""
    clock = Clock()
    at = venue(clock=clock)
    filled = place(at, "buy-limit", "0.01", best(at)[1])
    order = place(at, "buy-limit", "0.01", below(at))
    at.cancel(order)
    clock.now += TWO_HOURS - 1
    assert at.is_queryable(order)
    clock.now += 1
    assert not at.is_queryable(order)
    assert at.is_queryable(filled)


def test_an_exchange_that_runs_for_months_forgets_what_was_finished_first() -> None:
    """Beyond the bound the oldest finished order goes, with its client id; open ones always stay."""
    at = venue(kept_orders=3)
    waiting = place(at, "buy-limit", "0.001", below(at), client_order_id="open")
    for number in range(4):
        place(at, "buy-limit", "0.001", best(at)[1], client_order_id=f"done-{number}")
    assert len(at.orders) == 3
    assert at.orders[waiting.id] is waiting
    assert [at.by_client_id(name) is None for name in ("open", "done-0", "done-1", "done-2", "done-3")] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_the_dead_mans_switch_cancels_everything() -> None:
    """When its time comes, all open orders are cancelled, and the reason says so; before it, nothing happens."""
    clock = Clock()
    at = venue(clock=clock)
    order = place(at, "buy-limit", "0.01", below(at))
    at.cancel_all_at_ms = clock.now + 5000
    at.keep_time()
    assert order.state == "submitted"
    clock.now += 5000
    at.keep_time()
    assert (order.state, order.canceled_source) == ("canceled", "timeout-canceled-order")
    assert at.cancel_all_at_ms == 0


def test_the_ledger_file_has_every_event_of_a_life() -> None:
    """Arrived, accepted, filled with the fill's own size and price, cancelled; refused ones have no order id."""
    at = venue()
    price = below(at)
    order = place(at, "buy-limit", "0.01", price, client_order_id="life")
    at.print_trade("btcusdt", price, Decimal("0.004"), buy=False)
    at.cancel(order)
    found = [(event["event"], event["amount"], event["price"]) for event in at.recorder.events]
    whole = ("0.01", str(price))
    assert found == [("arrived", *whole), ("accepted", *whole), ("filled", "0.004", str(price)), ("cancelled", *whole)]
    assert [event["order_id"] for event in at.recorder.events] == [None, *[str(order.id)] * 3]
    assert {event["client_order_id"] for event in at.recorder.events} == {"life"}


def test_the_money_of_one_pair_serves_another() -> None:
    """What a sell brings in one pair can be spent in another."""
    at = venue(balances={"btc": Decimal("0.1")})
    place(at, "sell-market", "0.1")
    order = place(at, "buy-market", "1000", symbol="ethusdt")
    assert order.state == "filled"
    assert at.ledger.balance("eth").available == times(order.filled, Decimal("0.998"))
