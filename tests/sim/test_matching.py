"""Matching: who trades with whom, at which price, and that no money is ever made or lost."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.sim.codes import Refused
from hbtui.sim.exact import sum_of, times
from hbtui.sim.matching import planned
from hbtui.sim.options import OPENING
from hbtui.sim.orders import Order, OrderRequest
from hbtui.sim.symbols import CURRENCIES, PAIRS
from hbtui.sim.venue import Venue
from tests.sim.venues import best, body, last, place, venue

TICK = Decimal("0.01")
KINDS = ["market", "limit", "limit", "ioc", "limit-maker", "limit-fok", "stop-limit"]


def assert_conserved(at: Venue) -> None:
    """Check that user, house and fees together hold what they held at the start, and that nothing is negative."""
    for currency in CURRENCIES:
        balance = at.ledger.balance(currency)
        assert at.ledger.whole(currency) == OPENING.get(currency, 0)
        assert balance.available >= 0
        frozen = sum_of(order.frozen for order in at.orders.values() if order.request.frozen_currency == currency)
        assert balance.frozen == frozen


actions = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "cancel", "print"]),
        st.sampled_from(KINDS),
        st.booleans(),
        st.integers(-300, 300),
        st.integers(1, 400),
    ),
    max_size=14,
)


@settings(max_examples=120)
@given(actions)
def test_no_money_is_made_or_lost(steps: list[tuple[str, str, bool, int, int]]) -> None:
    """Over any sequence of orders, cancels and trades of others, every currency sums to what it was, to the digit."""
    at = venue()
    for action, kind, buy, distance, size in steps:
        act(at, action, kind, (buy, distance, size))
        assert_conserved(at)
    at.cancel_many(at.open_orders())
    assert_conserved(at)
    assert all(at.ledger.balance(currency).frozen == 0 for currency in CURRENCIES)


def act(at: Venue, action: str, kind: str, draw: tuple[bool, int, int]) -> None:
    """Do one step of a random history; what the venue refuses is no step."""
    buy, distance, size = draw
    price = last(at) + TICK * distance * 10
    amount = str(Decimal(size).scaleb(-4))
    if action == "print":
        at.print_trade("btcusdt", price, Decimal(size).scaleb(-5), buy=buy)
    elif action == "cancel":
        at.cancel_many(at.open_orders()[: 1 + size % 2])
    else:
        market = kind == "market"
        more = {"stop_price": str(price), "operator": "gte" if distance > 0 else "lte"} if "stop" in kind else {}
        placement = body(
            f"{'buy' if buy else 'sell'}-{kind}",
            str(size) if market and buy else amount,
            None if market else str(price),
            **more,
        )
        try:
            at.place(placement)
        except Refused:
            return


@settings(max_examples=60)
@given(actions)
def test_a_fill_is_never_worse_than_the_limit(steps: list[tuple[str, str, bool, int, int]]) -> None:
    """No order ever trades beyond its own price or more than its amount, and its sums are those of its fills."""
    at = venue()
    for action, kind, buy, distance, size in steps:
        act(at, action, kind, (buy, distance, size))
    for order in at.orders.values():
        limit = order.request.price
        for fill in order.fills:
            assert limit is None or (fill.price <= limit if order.request.buy else fill.price >= limit)
        assert order.filled == sum_of(fill.amount for fill in order.fills)
        assert order.cash == sum_of(times(fill.amount, fill.price) for fill in order.fills)
        assert order.remaining >= 0


def resting(buy: bool, price: str, amount: str, at: int, ahead: str = "0") -> Order:  # noqa: FBT001 -- a test's shorthand
    """A resting order."""
    request = OrderRequest(
        PAIRS["btcusdt"], 100_009, buy, "limit", Decimal(amount), Decimal(price), f"r{at}", "spot-api"
    )
    return Order(at, request, at, state="submitted", queue_ahead=Decimal(ahead))


def incoming(kind: str, amount: str, price: str | None = None, *, buy: bool = True) -> Order:
    """An order that arrives."""
    limit = None if price is None else Decimal(price)
    return Order(99, OrderRequest(PAIRS["btcusdt"], 100_009, buy, kind, Decimal(amount), limit, "", "spot-api"), 99)


def test_the_better_price_trades_first_and_then_the_older_order() -> None:
    """Price before time: the cheaper sell first; of two at one price, the one that was there first."""
    makers = [resting(False, "100", "1", 1), resting(False, "101", "1", 2), resting(False, "101", "1", 3)]
    taken = planned(incoming("limit", "2.5", "102"), [(Decimal("100.5"), Decimal("0.2"))], makers)
    found = [(str(match.price), str(match.amount), match.maker and match.maker.id) for match in taken]
    assert found == [("100", "1", 1), ("100.5", "0.2", None), ("101", "1", 2), ("101", "0.3", 3)]


def test_who_queued_in_front_is_served_in_front() -> None:
    """At one price the market's queue that stood in front of an order trades before it, the rest after it."""
    makers = [resting(False, "101", "1", 1, ahead="0.4")]
    taken = planned(incoming("limit", "2", "101"), [(Decimal(101), Decimal("0.9"))], makers)
    found = [(str(match.amount), match.maker is not None) for match in taken]
    assert found == [("0.4", False), ("1", True), ("0.5", False)]


def test_a_limit_stops_the_taking() -> None:
    """Nothing beyond the limit is taken, however much is offered there."""
    levels = [(Decimal(100), Decimal(1)), (Decimal(101), Decimal(5))]
    assert [match.price for match in planned(incoming("ioc", "3", "100.99"), levels, [])] == [Decimal(100)]
    bids = [(Decimal(99), Decimal(1)), (Decimal(98), Decimal(5))]
    selling = incoming("ioc", "3", "98.5", buy=False)
    assert [match.price for match in planned(selling, bids, [])] == [Decimal(99)]


@given(st.integers(1, 10**9), st.integers(1, 10**7))
def test_a_market_buy_never_spends_more_than_its_value(value: int, price: int) -> None:
    """What a value buys is cut at 18 digits, so it costs at most the value, and misses it by a hair."""
    spend, cost = Decimal(value).scaleb(-2), Decimal(price).scaleb(-2)
    taken = planned(incoming("market", str(spend)), [(cost, Decimal(10**12))], [])
    spent = sum_of(times(match.amount, match.price) for match in taken)
    assert spend - cost.scaleb(-18) < spent <= spend


def test_fill_or_kill_is_all_or_nothing() -> None:
    """What cannot be filled whole is cancelled whole, without a single fill; what can be is filled at once."""
    at = venue()
    bid, ask = best(at)
    assert place(at, "buy-limit-fok", "0.001", ask).state == "filled"
    before = at.ledger.balance("usdt").available
    whole = (
        place(at, "buy-limit-fok", "0.1", ask - TICK) if ask - TICK > bid else place(at, "buy-limit-fok", "0.1", bid)
    )
    assert (whole.state, whole.fills, whole.canceled_source) == ("canceled", [], "fok")
    assert at.ledger.balance("usdt").available == before


@settings(max_examples=40)
@given(st.integers(1, 1400), st.integers(-500, 500))
def test_fill_or_kill_never_ends_between(size: int, distance: int) -> None:
    """Whatever its size and price, such an order ends filled to the last digit or untouched."""
    at = venue()
    price = best(at)[1] + TICK * distance
    order = place(at, "buy-limit-fok", str(Decimal(size).scaleb(-4)), price)
    assert (order.state, order.filled) in {("filled", order.request.amount), ("canceled", Decimal(0))}


@settings(max_examples=40)
@given(st.integers(-500, 500), st.booleans())
def test_post_only_never_takes(distance: int, buy: bool) -> None:  # noqa: FBT001 -- hypothesis passes it by name
    """Whatever its price, such an order rests or is cancelled at once, and no fill of it is ever a taker's."""
    at = venue()
    bid, ask = best(at)
    price = last(at) + TICK * distance
    order = place(at, f"{'buy' if buy else 'sell'}-limit-maker", "0.001", price)
    crosses = price >= ask if buy else price <= bid
    assert order.state == ("canceled" if crosses else "submitted")
    assert order.canceled_source == ("limit_maker" if crosses else None)
    at.print_trade("btcusdt", price, Decimal(1), buy=not buy)
    assert all(not fill.taker for fill in order.fills)
    assert bool(order.fills) is not crosses


def test_the_rest_of_an_ioc_is_cancelled() -> None:
    """An immediate-or-cancel order takes what is there within its limit and lets the rest go."""
    at = venue()
    ask = best(at)[1]
    offered = at.market("btcusdt").depth(at.now(), 1)[1][0][1]
    order = place(at, "buy-ioc", str(offered + Decimal("0.001")), ask)
    assert (order.state, order.canceled_source, order.filled) == ("partial-canceled", "ioc", offered)
    assert place(at, "sell-ioc", "0.001", ask + 500).state == "canceled"


def test_a_better_price_is_given_back() -> None:
    """A buy above the market pays the market's price; what was set aside beyond it is free again."""
    at = venue()
    ask = best(at)[1]
    order = place(at, "buy-limit", "0.01", ask + 300)
    assert order.state == "filled"
    assert at.ledger.balance("usdt").available == Decimal(10_000) - times(order.fills[0].price, Decimal("0.01"))
    assert at.ledger.balance("usdt").frozen == 0


def test_fees_are_taken_from_what_is_received() -> None:
    """A buy pays its fee in the base currency, a sell in the quote currency, 0.2 percent to the last digit."""
    at = venue()
    bought = place(at, "buy-limit", "0.01", best(at)[1])
    assert (bought.fills[0].fee, bought.fills[0].fee_currency) == (Decimal("0.00002"), "btc")
    assert at.ledger.balance("btc").available == Decimal("0.25998")
    sold = place(at, "sell-limit", "0.01", best(at)[0])
    assert sold.fees == times(sold.cash, Decimal("0.002"))
    assert {fill.fee_currency for fill in sold.fills} == {"usdt"}


def test_own_orders_may_meet_unless_it_is_forbidden() -> None:
    """One's own orders trade with each other by default; with self-match-prevent the arriving one stops before."""
    for forbidden in (0, 1):
        at = venue(balances={"usdt": Decimal(10**7), "btc": Decimal(1)})
        ask, offered = at.market("btcusdt").depth(at.now(), 1)[1][0]
        own = place(at, "sell-limit", "0.01", ask)
        order = place(at, "buy-limit", str(offered + Decimal("0.005")), ask, self_match_prevent=forbidden)
        if forbidden:
            assert (order.canceled_source, order.filled, own.filled) == ("self_match_prevent", offered, Decimal(0))
        else:
            assert (order.state, own.state, own.filled) == ("filled", "partial-filled", Decimal("0.005"))
            assert at.ledger.whole("usdt") == 10**7


def test_orders_of_one_price_are_filled_in_the_order_in_which_they_came() -> None:
    """Of three resting buys, two at one price, a seller meets the best price first and then the oldest."""
    at = venue()
    bid = best(at)[0]
    first = place(at, "buy-limit", "0.001", bid - 100)
    second = place(at, "buy-limit", "0.001", bid - 100)
    better = place(at, "buy-limit", "0.001", bid - 50)
    at.print_trade("btcusdt", bid - 100, Decimal("0.0015"), buy=False)
    assert [order.filled for order in (better, first, second)] == [Decimal("0.001"), Decimal("0.0005"), Decimal(0)]
    at.print_trade("btcusdt", bid - 100, Decimal("0.0005"), buy=False)
    assert [order.state for order in (better, first, second)] == ["filled", "filled", "submitted"]
