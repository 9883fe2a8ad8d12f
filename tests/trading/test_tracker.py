"""The tracker: whatever arrives, in whatever order and however often, adds up to one truth."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.order import (
    TRANSITIONS,
    Accepted,
    Fill,
    Order,
    OrderReport,
    OrderState,
    OrderType,
    Outcome,
    Refused,
    Side,
    Unknown,
)
from hbtui.trading.tracker import OrderTracker
from tests.support.trading_values import NOW_MS, fill, intent, report, request

INTENT = intent()
KEY = INTENT.client_order_id
Step = Callable[[OrderTracker], object]


def own(state: OrderState | None, filled: str = "0", spent: str = "0", *, order_id: str = "1", late: int = 0) -> Step:
    """The venue reports the own order."""
    said = report(order_id, state, client_order_id=KEY, filled=filled, spent=spent, updated_ms=NOW_MS + late)
    return lambda tracker: tracker.merge_report(said)


def traded(trade_id: int, amount: str, fee: str | None = None, *, is_named: bool = True) -> Step:
    """The venue tells a trade of the own order, with the client order id or without."""
    one = replace(fill(trade_id, amount, fee=fee), client_order_id=KEY if is_named else "")
    return lambda tracker: tracker.merge_fill(one)


def answered(outcome: Outcome) -> Step:
    """The POST is answered."""
    return lambda tracker: tracker.merge_outcome(KEY, outcome, NOW_MS)


def sent(tracker: OrderTracker) -> None:
    """The intent is durable."""
    tracker.add_intent(INTENT)


def ask_cancel(tracker: OrderTracker) -> None:
    """A person asks to cancel."""
    tracker.request_cancel(KEY)


def take_cancel(tracker: OrderTracker) -> None:
    """The venue takes the cancel."""
    tracker.accept_cancel(KEY)


def prove(state: OrderState) -> Step:
    """Looking proves something."""
    return lambda tracker: tracker.merge_proof(KEY, state)


def shown(steps: list[Step]) -> Order:
    """What the tracker shows of the own order after the steps."""
    tracker = OrderTracker()
    sent(tracker)
    for step in steps:
        step(tracker)
    order = tracker.find(KEY)
    assert order is not None
    return order


HISTORIES: dict[str, list[Step]] = {
    "fills in two": [
        answered(Accepted("1")),
        own(OrderState.SUBMITTED),
        own(OrderState.PARTIALLY_FILLED, "40", "4", late=1),
        traded(1, "40"),
        traded(1, "40", "0.08", is_named=False),
        own(OrderState.FILLED, "100", "10", late=2),
        traded(2, "60", "0.12", is_named=False),
    ],
    "cancelled after a fill": [
        answered(Unknown("no answer in time")),
        own(OrderState.SUBMITTED),
        traded(1, "40", is_named=False),
        ask_cancel,
        take_cancel,
        own(OrderState.PARTIALLY_CANCELED, "40", "4", late=5),
        own(OrderState.CANCELING, "40", "4", late=4),
    ],
    "refused late": [answered(Unknown("no answer in time")), answered(Refused("order-value-min-error", "too little"))],
    "never placed": [answered(Unknown("no answer in time")), prove(OrderState.NOT_PLACED)],
    "accepted and unseen": [answered(Accepted("1"))],
    "did not leave": [answered(Refused("", "no network", is_sent=False))],
    "two ends": [own(OrderState.FILLED, "100"), own(OrderState.CANCELED)],
    "two orders for one id": [own(OrderState.SUBMITTED), own(OrderState.SUBMITTED, order_id="2")],
    "refused and yet there": [answered(Refused("order-value-min-error", "too little")), own(OrderState.SUBMITTED)],
    "other numbers": [
        lambda tracker: tracker.merge_report(replace(report("1", client_order_id=KEY), price=Decimal(9)))
    ],
    "a trade told twice, differently": [traded(1, "40"), traded(1, "41"), own(OrderState.PARTIALLY_FILLED, "41")],
}
ENDS = {
    "fills in two": OrderState.FILLED,
    "cancelled after a fill": OrderState.PARTIALLY_CANCELED,
    "refused late": OrderState.REFUSED,
    "never placed": OrderState.NOT_PLACED,
    "accepted and unseen": OrderState.ACCEPTED,
    "did not leave": OrderState.NOT_SENT,
    "two ends": OrderState.CONFLICT,
    "two orders for one id": OrderState.CONFLICT,
    "refused and yet there": OrderState.CONFLICT,
    "other numbers": OrderState.CONFLICT,
    "a trade told twice, differently": OrderState.CONFLICT,
}


@pytest.mark.parametrize("name", HISTORIES)
def test_where_histories_end(name: str) -> None:
    """Each history ends in the state that it means; contradictions are shown as such, with a cause in words."""
    order = shown(HISTORIES[name])
    assert order.state is ENDS[name]
    if order.state in {OrderState.CONFLICT, OrderState.REFUSED, OrderState.NOT_SENT}:
        assert order.cause


@settings(max_examples=400)
@given(st.sampled_from(sorted(HISTORIES)), st.randoms(use_true_random=False), st.data())
def test_order_of_arrival_and_repetition_do_not_matter(name: str, random: object, data: st.DataObject) -> None:
    """Any permutation of a history, with any of it repeated, shows the same order in the end."""
    assert random is not None
    steps = HISTORIES[name]
    again = data.draw(st.lists(st.sampled_from(steps), max_size=4))
    shuffled = data.draw(st.permutations(steps + again))
    assert shown(shuffled) == shown(steps)


pool = st.sampled_from([step for name, steps in HISTORIES.items() for step in steps if name != "never placed"])


@settings(max_examples=400)
@given(st.lists(pool, max_size=8))
def test_every_shown_step_is_a_known_transition(steps: list[Step]) -> None:
    """Whatever the venue says, even nonsense, the shown state only ever takes steps of the table; filled only grows."""
    tracker = OrderTracker()
    sent(tracker)
    before = tracker.find(KEY)
    assert before is not None
    for step in steps:
        step(tracker)
        after = tracker.find(KEY)
        assert after is not None
        assert after.state is before.state or after.state in TRANSITIONS[before.state]
        assert after.filled_base >= before.filled_base
        assert len(after.fills) >= len(before.fills)
        before = after


@given(st.lists(pool, max_size=8), st.data())
def test_any_two_orders_of_arrival_agree(steps: list[Step], data: st.DataObject) -> None:
    """Even contradictory words add up to one order, however they arrive."""
    assert shown(data.draw(st.permutations(steps))) == shown(steps)


def test_the_first_row_is_sending() -> None:
    """From the durable intent on there is a row, with the numbers as asked."""
    order = shown([])
    assert order.state is OrderState.SENDING
    assert (order.amount, order.price, order.side, order.is_external) == (Decimal(100), Decimal("0.1"), Side.BUY, False)


def test_an_order_known_by_its_trade_alone_becomes_own() -> None:
    """A trade that names only the venue's id waits as an external order, and joins the own one once the id is known."""
    tracker = OrderTracker()
    tracker.merge_fill(fill(1, "40"))
    sent(tracker)
    assert {order.is_external for order in tracker} == {True, False}
    answered(Accepted("1"))(tracker)
    (order,) = tracker
    assert (order.key, order.filled_base, order.state) == (KEY, Decimal(40), OrderState.PARTIALLY_FILLED)
    assert tracker.find("1") == order


def test_external_orders_are_told_apart_by_the_venues_id() -> None:
    """Two external orders with one client order id (HTX allows it) are two orders, keyed by the venue's ids."""
    tracker = OrderTracker()
    tracker.merge_report(report("1", client_order_id="bot-1"))
    tracker.merge_report(report("2", client_order_id="bot-1"))
    assert {(order.key, order.state, order.is_external) for order in tracker} == {
        ("1", OrderState.SUBMITTED, True),
        ("2", OrderState.SUBMITTED, True),
    }


def test_a_market_buy_keeps_its_units() -> None:
    """A market buy's amount stays in quote, its dust of a remainder hides no fill, and it has no price."""
    tracker = OrderTracker()
    asked = intent(request(kind=OrderType.MARKET, amount="50"))
    tracker.add_intent(asked)
    tracker.merge_report(
        OrderReport(
            order_id="1",
            client_order_id=asked.client_order_id,
            account_id=7,
            symbol="dogeusdt",
            side=Side.BUY,
            type=OrderType.MARKET,
            state=OrderState.FILLED,
            amount=Decimal(50),
            price=Decimal(0),
            filled_base=Decimal(500),
            filled_quote=Decimal("49.999999999999999768"),
        )
    )
    (order,) = tracker
    assert (order.state, order.price, order.is_amount_in_quote) == (OrderState.FILLED, None, True)
    assert (order.filled_base, order.filled_quote) == (Decimal(500), Decimal("49.999999999999999768"))


def test_fees_come_from_trades_once_all_are_known() -> None:
    """The venue's own sum stands until every trade is known with its fee; then the trades' sum does."""
    tracker = OrderTracker()
    tracker.merge_report(replace(report("1", OrderState.FILLED, filled="100", spent="10"), fees=Decimal("0.2")))
    tracker.merge_fill(fill(1, "40", fee="0.08"))
    assert tracker.lacks_fills("1")
    assert [order.fees for order in tracker] == [Decimal("0.2")]
    tracker.merge_fill(fill(2, "60", fee="0.13"))
    assert not tracker.lacks_fills("1")
    assert [order.fees for order in tracker] == [Decimal("0.21")]


def test_nothing_new_is_no_change() -> None:
    """A merge that teaches nothing says so, and the shown order stays the same object."""
    tracker = OrderTracker()
    assert tracker.merge_report(report("1")) == "1"
    before = tracker.find("1")
    assert tracker.merge_report(report("1")) is None
    assert tracker.find("1") == before


def test_what_nobody_knows_is_not_touched() -> None:
    """A word about an order that is not known changes nothing and makes no order; an answer waits for its intent."""
    tracker = OrderTracker()
    for touch in (tracker.request_cancel, tracker.accept_cancel, tracker.close):
        assert touch("nothing") is None
    assert tracker.sign_off("nothing", OrderState.UNPROVEN) is None
    assert tracker.set_next_check("nothing", NOW_MS) is None
    assert not tracker.lacks_fills("nothing")
    assert not tracker.is_seen("nothing")
    assert tracker.order_ids("nothing") == ()
    assert tracker.intent_of("nothing") is None
    assert list(tracker) == []
    assert tracker.merge_outcome(KEY, Accepted("1"), NOW_MS) is None
    assert list(tracker) == []
    assert tracker.add_intent(INTENT) == KEY
    assert [order.state for order in tracker] == [OrderState.ACCEPTED]
    assert tracker.add_intent(INTENT) == KEY


def test_each_word_about_an_order_is_shown() -> None:
    """A wish to cancel, its acceptance, a doubt about the journal and a sign-off each show, and name the order."""
    tracker = OrderTracker()
    sent(tracker)
    assert tracker.request_cancel(KEY) == KEY
    assert tracker.mark_unrecorded(KEY) == KEY
    assert tracker.merge_outcome(KEY, Accepted("1"), NOW_MS) == KEY
    assert not tracker.is_seen(KEY)
    assert tracker.accept_cancel("1") == KEY
    assert tracker.is_seen("1")
    (order,) = tracker
    assert (order.state, order.is_cancel_requested) == (OrderState.CANCELING, True)
    assert order.cause == "not recorded: the journal could not be written"
    assert tracker.close("1") == KEY
    (order,) = tracker
    assert order.cause == (
        "the exchange closed it long ago, and no longer says how it ended; "
        "not recorded: the journal could not be written"
    )
    assert tracker.sign_off("1", OrderState.UNPROVEN) == KEY
    (order,) = tracker
    assert order.is_signed_off
    assert tracker.order_ids(KEY) == ("1",)
    assert tracker.intent_of("1") == INTENT


def test_an_orders_numbers_are_the_ones_asked_for() -> None:
    """An own order shows its intent's words in every field; an external one the venue's."""
    asked = replace(
        request(kind=OrderType.STOP_LIMIT), stop_price=Decimal("0.09"), stop_operator="lte", source="margin-api"
    )
    tracker = OrderTracker()
    meant = intent(asked)
    tracker.add_intent(meant)
    tracker.merge_outcome(meant.client_order_id, Unknown("no answer"), NOW_MS + 5)
    (own_order,) = tracker
    assert own_order == Order(
        client_order_id=meant.client_order_id,
        order_id=None,
        account_id=7,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.STOP_LIMIT,
        venue_type="buy-stop-limit",
        state=OrderState.UNCERTAIN,
        amount=Decimal(100),
        price=Decimal("0.1"),
        stop_price=Decimal("0.09"),
        stop_operator="lte",
        created_ms=NOW_MS,
        updated_ms=NOW_MS + 5,
        cause="no answer",
    )
    tracker = OrderTracker()
    tracker.merge_report(
        OrderReport(
            order_id="5",
            client_order_id="web-1",
            account_id=9,
            symbol="btcusdt",
            side=Side.SELL,
            type=OrderType.STOP_LIMIT_FOK,
            venue_type="sell-stop-limit-fok",
            state=OrderState.CANCELED,
            amount=Decimal(2),
            price=Decimal(3),
            stop_price=Decimal(4),
            stop_operator="gte",
            filled_base=Decimal(1),
            filled_quote=Decimal(3),
            fees=Decimal("0.01"),
            created_ms=NOW_MS - 5,
            updated_ms=NOW_MS,
            cause="Cancelled in the app",
        )
    )
    (external,) = tracker
    assert external == Order(
        client_order_id="web-1",
        order_id="5",
        account_id=9,
        symbol="btcusdt",
        side=Side.SELL,
        type=OrderType.STOP_LIMIT_FOK,
        venue_type="sell-stop-limit-fok",
        state=OrderState.CANCELED,
        amount=Decimal(2),
        price=Decimal(3),
        stop_price=Decimal(4),
        stop_operator="gte",
        filled_base=Decimal(1),
        filled_quote=Decimal(3),
        fees=Decimal("0.01"),
        created_ms=NOW_MS - 5,
        updated_ms=NOW_MS,
        is_external=True,
        cause="Cancelled in the app",
    )


def test_an_order_known_by_a_trade_alone_has_the_trades_time() -> None:
    """Where nobody said when an order was made, its first trade stands for it; the side is the trade's."""
    tracker = OrderTracker()
    tracker.merge_fill(replace(fill(3, "40", order_id="5"), side=Side.SELL))
    (order,) = tracker
    assert (order.created_ms, order.updated_ms, order.side) == (NOW_MS + 3, NOW_MS + 3, Side.SELL)
    assert (order.filled_quote, order.fees, order.order_id) == (Decimal("4.0"), None, "5")


def test_trades_are_listed_by_their_time() -> None:
    """Whatever their order of arrival, trades stand in the order in which they happened."""
    tracker = OrderTracker()
    for number in (3, 1, 2):
        tracker.merge_fill(fill(number, "10", fee="0.02"))
    (order,) = tracker
    assert [one.trade_id for one in order.fills] == [1, 2, 3]
    assert order.fees == Decimal("0.06")
    tracker.merge_fill(replace(fill(4, "10", fee="0.02"), fee_currency="htx"))
    (order,) = tracker
    assert order.fees is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": Decimal(101)}, "another amount"),
        ({"price": Decimal(9)}, "another price"),
        ({"side": Side.SELL}, "another side"),
        ({"symbol": "btcusdt"}, "another symbol"),
        ({"account_id": 8}, "another account id"),
        ({"type": OrderType.POST_ONLY}, "another type"),
        ({"source": "margin-api"}, "another source"),
    ],
)
def test_a_hit_with_other_numbers_is_a_conflict(change: dict[str, Any], words: str) -> None:
    """An order under our id that differs in anything from what was asked for is a contradiction, in words."""
    tracker = OrderTracker()
    sent(tracker)
    tracker.merge_report(replace(report("1", client_order_id=KEY), **change))
    (order,) = tracker
    assert order.state is OrderState.CONFLICT
    assert order.cause == f"the exchange reports {words} than was asked for"


def test_several_contradictions_are_all_told() -> None:
    """A conflict says everything that does not fit."""
    tracker = OrderTracker()
    sent(tracker)
    tracker.merge_report(replace(report("1", client_order_id=KEY), amount=Decimal(101), side=Side.SELL))
    tracker.merge_report(report("2", client_order_id=KEY))
    (order,) = tracker
    assert order.cause == (
        "the exchange reports another side than was asked for; "
        "the exchange reports another amount than was asked for; "
        "the exchange has 2 orders under one client order id: 1, 2"
    )
    tracker = OrderTracker()
    tracker.merge_report(report("1", OrderState.FILLED))
    tracker.merge_report(report("1", OrderState.CANCELED))
    (order,) = tracker
    assert order.cause == "what is known of the order does not fit together"


def test_the_next_check_shows_only_while_in_doubt() -> None:
    """The time of the next look-up belongs to an uncertain order and goes with the doubt."""
    tracker = OrderTracker()
    sent(tracker)
    answered(Unknown("no answer in time"))(tracker)
    tracker.set_next_check(KEY, NOW_MS + 300)
    assert tracker.find(KEY) is not None
    assert [order.next_check_ms for order in tracker] == [NOW_MS + 300]
    own(OrderState.SUBMITTED)(tracker)
    assert [order.next_check_ms for order in tracker] == [None]


def test_old_finished_orders_are_forgotten() -> None:
    """Beyond the bound the oldest finished orders go; open ones stay whatever their age."""
    tracker = OrderTracker()
    tracker.merge_report(report("1", OrderState.SUBMITTED, updated_ms=1))
    for number in range(2, 12):
        tracker.merge_report(report(str(number), OrderState.CANCELED, updated_ms=number))
    tracker.forget_finished(keep=3)
    assert {order.key for order in tracker} == {"1", "9", "10", "11"}
    assert tracker.find("2") is None


def test_one_venue_id_under_two_own_ids_is_a_conflict() -> None:
    """An order that the venue calls by two of our client order ids is shown as a contradiction on both."""
    tracker = OrderTracker()
    other = intent(seed=b"9876543210")
    tracker.add_intent(INTENT)
    tracker.add_intent(other)
    tracker.merge_report(report("1", client_order_id=KEY))
    tracker.merge_report(report("1", client_order_id=other.client_order_id))
    assert {order.state for order in tracker} == {OrderState.CONFLICT}


@pytest.mark.parametrize("is_maker", [(True, None), (None, True), (False, None), (None, None)])
def test_a_trade_told_twice_keeps_what_either_telling_knew(is_maker: tuple[bool | None, bool | None]) -> None:
    """Role and fee may come in different messages; both stay."""
    first: Fill = replace(fill(1, "40"), is_maker=is_maker[0])
    second: Fill = replace(fill(1, "40", fee="0.08"), is_maker=is_maker[1])
    tracker = OrderTracker()
    tracker.merge_fill(first)
    tracker.merge_fill(second)
    (order,) = tracker
    known = [role for role in is_maker if role is not None]
    assert order.fills[0].is_maker is (known[0] if known else None)
    assert (order.fills[0].fee, order.fills[0].fee_currency) == (Decimal("0.08"), "doge")


def test_trades_are_missing_until_all_that_was_filled_is_told() -> None:
    """One unit less than the sum is missing, as is a fee; the sum itself is not."""
    tracker = OrderTracker()
    tracker.merge_report(report("1", OrderState.FILLED, filled="100"))
    tracker.merge_fill(fill(1, "99.5", fee="0.1"))
    assert tracker.lacks_fills("1")
    tracker.merge_fill(fill(2, "0.5"))
    assert tracker.lacks_fills("1")
    tracker.merge_fill(fill(2, "0.5", fee="0.1"))
    assert not tracker.lacks_fills("1")


def test_the_next_check_can_be_taken_back() -> None:
    """A look-up that is given up leaves no time behind, and giving up twice is giving up once."""
    tracker = OrderTracker()
    sent(tracker)
    answered(Unknown("no answer in time"))(tracker)
    assert tracker.set_next_check(KEY, NOW_MS) == KEY
    assert tracker.set_next_check(KEY, None) == KEY
    assert [order.next_check_ms for order in tracker] == [None]
    assert tracker.set_next_check(KEY, None) is None


def test_forgetting_goes_by_age_and_spares_what_is_kept() -> None:
    """Own and external orders are forgotten alike, the oldest first, and none as long as there are few."""
    tracker = OrderTracker()
    sent(tracker)
    own(OrderState.FILLED, "100", late=1)(tracker)
    tracker.merge_report(report("2", OrderState.CANCELED, updated_ms=NOW_MS + 2))
    for keep in (3, 2):
        tracker.forget_finished(keep)
        assert {order.key for order in tracker} == {KEY, "2"}
        assert tracker.find(KEY) is not None
    tracker.forget_finished(keep=1)
    assert {order.key for order in tracker} == {"2"}
    assert (tracker.find(KEY), tracker.find("1")) == (None, None)
    own(OrderState.FILLED, "100", late=1)(tracker)
    assert {order.key for order in tracker} == {KEY, "2"}


def test_an_id_that_a_script_gave_is_own_as_well() -> None:
    """An intent under any id is own, and what the venue says under that id belongs to it."""
    tracker = OrderTracker()
    tracker.add_intent(replace(INTENT, client_order_id="my-bot_1"))
    tracker.merge_report(report("1", client_order_id="my-bot_1"))
    tracker.merge_report(report("2", client_order_id="my-bot_2"))
    assert {(order.key, order.order_id, order.is_external) for order in tracker} == {
        ("my-bot_1", "1", False),
        ("2", "2", True),
    }


@pytest.mark.parametrize("steps", list(permutations(range(4))))
def test_an_id_that_a_script_gave_is_one_order_whatever_is_told_first(steps: tuple[int, ...]) -> None:
    """What the venue says under a script's id before the intent is known to this process is no second order."""
    tracker = OrderTracker()
    told: list[Callable[[], object]] = [
        lambda: tracker.add_intent(replace(INTENT, client_order_id="my-bot_1")),
        lambda: tracker.merge_report(report("1", client_order_id="my-bot_1")),
        lambda: tracker.merge_outcome("my-bot_1", Accepted("1"), NOW_MS),
        lambda: tracker.merge_fill(fill(1, "40")),
    ]
    for number in steps:
        told[number]()
    ((order),) = tracker
    assert (order.key, order.order_id, order.state) == ("my-bot_1", "1", OrderState.PARTIALLY_FILLED)
    assert (order.is_external, order.cause) == (False, "")
    assert tracker.find("1") == order


def test_two_orders_under_a_scripts_id_are_a_conflict_whenever_the_intent_is_known() -> None:
    """HTX takes one id twice: both of its orders are shown as one contradiction, though they were told before it."""
    tracker = OrderTracker()
    tracker.merge_report(report("1", client_order_id="my-bot_1"))
    tracker.merge_report(report("2", client_order_id="my-bot_1"))
    tracker.add_intent(replace(INTENT, client_order_id="my-bot_1"))
    ((order),) = tracker
    assert order.state is OrderState.CONFLICT
    assert order.cause == "the exchange has 2 orders under one client order id: 1, 2"


def test_an_end_that_is_told_after_all_needs_no_excuse() -> None:
    """An order that was over without a record, and is then told as filled, is filled and nothing else."""
    tracker = OrderTracker()
    sent(tracker)
    own(OrderState.SUBMITTED)(tracker)
    tracker.close(KEY)
    assert [(order.state, bool(order.cause)) for order in tracker] == [(OrderState.UNPROVEN, True)]
    own(OrderState.FILLED, "100", late=1)(tracker)
    assert [(order.state, order.cause) for order in tracker] == [(OrderState.FILLED, "")]


def test_what_nobody_said_is_empty() -> None:
    """Of an order of which only a state was told the pair and the venue's word for its type are empty."""
    tracker = OrderTracker()
    tracker.merge_report(replace(report("1"), symbol="", venue_type=""))
    ((order),) = tracker
    assert (order.symbol, order.venue_type) == ("", "")


def test_a_trade_that_names_the_own_id_may_be_the_first_word() -> None:
    """Before any report or answer a trade under the client order id belongs to the order that was meant."""
    tracker = OrderTracker()
    sent(tracker)
    traded(1, "40")(tracker)
    assert [(order.key, order.order_id, order.state) for order in tracker] == [(KEY, "1", OrderState.PARTIALLY_FILLED)]


def test_every_contradiction_is_told() -> None:
    """A trade with two prices and an amount that nobody asked for are both named."""
    tracker = OrderTracker()
    tracker.add_intent(INTENT)
    tracker.merge_report(replace(report("1", client_order_id=KEY), amount=Decimal(101)))
    tracker.merge_fill(fill(1, "40"))
    tracker.merge_fill(replace(fill(1, "40"), price=Decimal("0.2")))
    ((order),) = tracker
    assert order.cause == (
        "trade 1 was told with two different numbers; the exchange reports another amount than was asked for"
    )


def test_an_order_known_by_its_answer_and_a_trade_has_its_own_id() -> None:
    """Where the intent was not told, as to a program that only reads, the answer's id is the order's all the same."""
    tracker = OrderTracker()
    tracker.merge_outcome(KEY, Accepted("1"), NOW_MS)
    tracker.merge_fill(fill(1, "40"))
    ((order),) = tracker
    assert (order.client_order_id, order.symbol, order.side) == (KEY, "dogeusdt", Side.BUY)


def test_the_smallest_trade_makes_an_order_partly_filled() -> None:
    """Less than one unit is a fill as well, and what was never told is worth nothing."""
    tracker = OrderTracker()
    tracker.merge_report(replace(report("1", filled="0.5"), filled_quote=None, updated_ms=None, created_ms=None))
    (order,) = tracker
    assert (order.state, order.filled_quote) == (OrderState.PARTIALLY_FILLED, Decimal(0))
    assert (order.created_ms, order.updated_ms) == (0, 0)


def test_an_own_orders_words_stand_over_the_venues() -> None:
    """In a conflict the order is shown as it was meant; a market order shows no price that the venue names."""
    tracker = OrderTracker()
    tracker.add_intent(intent(request(Side.SELL)))
    tracker.merge_report(report("1", client_order_id=KEY))
    (order,) = tracker
    assert (order.state, order.side) == (OrderState.CONFLICT, Side.SELL)
    external = OrderTracker()
    external.merge_report(replace(report("1"), type=OrderType.MARKET))
    (order,) = external
    assert order.price is None


def test_an_order_is_known_again_by_its_intent() -> None:
    """What was external becomes the intent's own order, once, whatever was told before and is told afterwards."""
    meant = replace(INTENT, client_order_id="grid-1")
    said = report("1", OrderState.SUBMITTED, client_order_id="grid-1", filled="0", spent="0", updated_ms=NOW_MS)
    later = replace(said, state=OrderState.PARTIALLY_FILLED, filled_base=Decimal(3), filled_quote=Decimal("0.3"))
    seen = []
    for first, last in ((said, later), (later, said)):
        tracker = OrderTracker()
        tracker.merge_report(first)
        (external,) = tracker
        assert (external.key, external.is_external) == ("1", True)
        assert tracker.adopt(meant, "1") == "grid-1"
        assert tracker.adopt(meant, "1") is None
        tracker.merge_report(last)
        (order,) = tracker
        assert (order.key, order.is_external, order.state) == ("grid-1", False, OrderState.PARTIALLY_FILLED)
        assert tracker.find("1") == order
        seen.append(order)
    assert seen[0] == seen[1]


def test_an_intent_that_comes_after_the_venues_words_is_no_second_id() -> None:
    """An external order whose id turns out to be ours is joined, not taken for one that was told under two ids."""
    tracker = OrderTracker()
    said = report("1", OrderState.SUBMITTED, client_order_id="grid-1", filled="0", spent="0", updated_ms=NOW_MS)
    tracker.merge_report(said)
    tracker.add_intent(replace(INTENT, client_order_id="grid-1"))
    tracker.merge_report(said)
    (order,) = tracker
    assert (order.key, order.state) == ("grid-1", OrderState.SUBMITTED)
