"""The tracker as a join: order of arrival, repetition and loss change nothing, and nothing that is shown goes back."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hbtui.model.order import (
    FINAL,
    TRANSITIONS,
    Accepted,
    Fill,
    Order,
    OrderReport,
    OrderState,
    Outcome,
    Refused,
    Unknown,
)
from hbtui.trading.tracker import OrderTracker
from tests.support.trading_values import NOW_MS, fill, intent, report

INTENT = intent()
KEY = INTENT.client_order_id
OTHER = intent(seed=b"9876543210")
Step = Callable[[OrderTracker], object]

VENUE_STATES = (
    OrderState.CREATED,
    OrderState.SUBMITTED,
    OrderState.PARTIALLY_FILLED,
    OrderState.CANCELING,
    OrderState.PARTIALLY_CANCELED,
    OrderState.FILLED,
    OrderState.CANCELED,
    OrderState.REJECTED,
)
amounts = st.sampled_from(["0", "40", "60", "100"])
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    [
        Accepted("1"),
        Accepted("2"),
        Refused("order-value-min-error", "too little"),
        Refused("HALTED", "HALTED: did not leave this computer", is_sent=False),
        Unknown("no answer for 3 s, still listening"),
        Unknown("no answer in time"),
    ]
)
reports = st.builds(
    lambda state, filled, order_id, key, late: report(
        order_id, state, client_order_id=key, filled=filled, updated_ms=NOW_MS + late
    ),
    st.none() | st.sampled_from(VENUE_STATES),
    amounts,
    st.sampled_from(["1", "1", "1", "2"]),
    st.sampled_from([KEY, KEY, ""]),
    st.integers(min_value=0, max_value=9),
)
fills = st.builds(
    lambda trade_id, amount, fee, key: replace(fill(trade_id, amount, fee=fee), client_order_id=key),
    st.integers(min_value=1, max_value=3),
    st.sampled_from(["40", "40", "60"]),
    st.sampled_from([None, "0.08"]),
    st.sampled_from([KEY, ""]),
)
signed_off = st.sampled_from([OrderState.UNPROVEN, OrderState.CONFLICT])


def told(said: OrderReport) -> Step:
    """The venue reports."""
    return lambda tracker: tracker.merge_report(said)


def traded(one: Fill) -> Step:
    """The venue tells a trade."""
    return lambda tracker: tracker.merge_fill(one)


def answered(outcome: Outcome) -> Step:
    """The POST is answered."""
    return lambda tracker: tracker.merge_outcome(KEY, outcome, NOW_MS)


def proven(state: OrderState) -> Step:
    """Looking ends."""
    return lambda tracker: tracker.merge_proof(KEY, state)


def settled(state: OrderState) -> Step:
    """A person signs the order off, as it stood then."""
    return lambda tracker: tracker.sign_off(KEY, state)


def wanted(tracker: OrderTracker) -> None:
    """A person asks to cancel."""
    tracker.request_cancel(KEY)


def taken(tracker: OrderTracker) -> None:
    """The venue takes the cancel."""
    tracker.accept_cancel(KEY)


def unrecorded(tracker: OrderTracker) -> None:
    """The second commit fails."""
    tracker.mark_unrecorded(KEY)


def over(tracker: OrderTracker) -> None:
    """The venue says that it is over, without a word on how."""
    tracker.close(KEY)


steps: st.SearchStrategy[Step] = st.one_of(
    outcomes.map(answered),
    reports.map(told),
    fills.map(traded),
    st.sampled_from([OrderState.NOT_PLACED, OrderState.UNPROVEN]).map(proven),
    signed_off.map(settled),
    st.sampled_from([wanted, taken, unrecorded, over]),
)


def shown(history: list[Step]) -> Order:
    """What the tracker shows of the own order after a history."""
    tracker = OrderTracker()
    tracker.add_intent(INTENT)
    for step in history:
        step(tracker)
    order = tracker.find(KEY)
    assert order is not None
    return order


@settings(max_examples=300)
@given(st.lists(steps, max_size=10), st.data())
def test_any_order_of_arrival_with_repetitions_shows_one_order(history: list[Step], data: st.DataObject) -> None:
    """Outcomes, reports, trades, proofs, cancels and sign-offs add up to one order, however they arrive."""
    again = data.draw(st.lists(st.sampled_from(history), max_size=4)) if history else []
    assert shown(data.draw(st.permutations(history + again))) == shown(history)


def lived(trades: int, end: OrderState) -> list[Step]:
    """An order's whole life as the venue tells it, of which any part may be lost."""
    history: list[Step] = [answered(Accepted("1")), told(report("1", client_order_id=KEY))]
    for number in range(1, trades + 1):
        filled = str(number * 20)
        history.append(told(report("1", OrderState.PARTIALLY_FILLED, client_order_id=KEY, filled=filled)))
        history.append(traded(fill(number, "20", fee="0.04")))
    return [*history, wanted, told(report("1", OrderState.CANCELING, client_order_id=KEY)), told(last(trades, end))]


def last(trades: int, end: OrderState) -> OrderReport:
    """The end as the venue tells it."""
    return report("1", end, client_order_id=KEY, filled=str(trades * 20), updated_ms=NOW_MS + 9)


@settings(max_examples=200)
@given(
    st.integers(min_value=0, max_value=5),
    st.sampled_from([OrderState.FILLED, OrderState.CANCELED, OrderState.PARTIALLY_CANCELED]),
    st.data(),
)
def test_whatever_was_lost_a_snapshot_makes_it_right(trades: int, end: OrderState, data: st.DataObject) -> None:
    """Of any part of a life, in any order, the last snapshot and the list of trades make the right end."""
    part = data.draw(st.lists(st.sampled_from(lived(trades, end)), max_size=12))
    snapshot = [told(last(trades, end)), *(traded(fill(one, "20", fee="0.04")) for one in range(1, trades + 1))]
    order = shown([*part, *data.draw(st.permutations(snapshot))])
    assert order.state is end
    assert order.filled_base == Decimal(20 * trades)
    assert [one.trade_id for one in order.fills] == list(range(1, trades + 1))
    assert order.fees == (Decimal("0.04") * trades if trades else None)


class OneOrder(RuleBasedStateMachine):
    """One own order, told of in any way; what is shown only ever takes a step of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = OrderTracker()
        self.tracker.add_intent(INTENT)
        self.before = self.now()
        self.left: set[OrderState] = set()

    def now(self) -> Order:
        """The order as it is shown."""
        order = self.tracker.find(KEY)
        assert order is not None
        return order

    @rule(outcome=outcomes)
    def answer(self, outcome: Outcome) -> None:
        """The POST is answered."""
        answered(outcome)(self.tracker)

    @rule(said=reports)
    def report(self, said: OrderReport) -> None:
        """The venue reports."""
        told(said)(self.tracker)

    @rule(one=fills)
    def trade(self, one: Fill) -> None:
        """The venue tells a trade."""
        traded(one)(self.tracker)

    @rule(step=st.sampled_from([wanted, taken, unrecorded, over]))
    def note(self, step: Step) -> None:
        """Something is asked, taken, not written, or over."""
        step(self.tracker)

    @rule(state=st.sampled_from([OrderState.NOT_PLACED, OrderState.UNPROVEN]))
    def prove(self, state: OrderState) -> None:
        """Looking ends, as it does only while the order is in doubt."""
        if self.before.state in {OrderState.UNCERTAIN, OrderState.UNPROVEN}:
            proven(state)(self.tracker)

    @rule(state=signed_off)
    def settle(self, state: OrderState) -> None:
        """A person signs the order off."""
        settled(state)(self.tracker)

    @invariant()
    def takes_only_known_steps(self) -> None:
        """The state stays, or takes a step of the table, and never comes back to one that it left."""
        after = self.now()
        if after.state is not self.before.state:
            assert after.state in TRANSITIONS[self.before.state]
            self.left.add(self.before.state)
        assert after.state not in self.left
        assert after.filled_base >= self.before.filled_base
        assert after.filled_quote >= self.before.filled_quote
        assert {one.trade_id for one in after.fills} >= {one.trade_id for one in self.before.fills}
        assert after.is_cancel_requested >= self.before.is_cancel_requested
        if self.before.state in FINAL:
            assert after.state in {self.before.state, OrderState.CONFLICT}
        self.before = after


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


@given(st.lists(st.tuples(st.sampled_from([KEY, OTHER.client_order_id]), reports), max_size=6), st.data())
def test_two_own_orders_never_mix(pairs: list[tuple[str, OrderReport]], data: st.DataObject) -> None:
    """What is told of two own orders, each under its own venue's id, adds up to the same two in any order."""
    said = [replace(one, client_order_id=key, order_id="1" if key == KEY else "2") for key, one in pairs]

    def both(reported: list[OrderReport]) -> set[Order]:
        tracker = OrderTracker()
        tracker.add_intent(INTENT)
        tracker.add_intent(OTHER)
        for one in reported:
            tracker.merge_report(one)
        assert len({order.key for order in tracker}) == 2
        return set(tracker)

    assert both(data.draw(st.permutations(said))) == both(said)
