"""What facts add up to: one state, by a table that a person can read."""

from decimal import Decimal

import pytest

from hbtui.model.order import Accepted, OrderState, Outcome, Refused, Unknown
from hbtui.trading.facts import OrderFacts, state_of
from tests.support.trading_values import NOW_MS, fill, intent, report, request

REFUSAL = Refused("order-value-min-error", "too little")
NO_NETWORK = Refused("", "no network", is_sent=False)
SILENCE = Unknown("no answer in time")


def facts(*outcomes: Outcome, states: tuple[OrderState, ...] = (), proofs: tuple[OrderState, ...] = ()) -> OrderFacts:
    """An own order with these outcomes, words of the venue and proofs."""
    made = OrderFacts()
    made.add_intent(intent())
    for outcome in outcomes:
        made.add_outcome(outcome, NOW_MS)
    for state in states:
        made.add_report(report("1", state, client_order_id=made.client_order_id))
    made.proofs.update(proofs)
    return made


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (facts(), OrderState.SENDING),
        (facts(SILENCE), OrderState.UNCERTAIN),
        (facts(REFUSAL), OrderState.REFUSED),
        (facts(SILENCE, REFUSAL), OrderState.REFUSED),
        (facts(NO_NETWORK), OrderState.NOT_SENT),
        (facts(NO_NETWORK, REFUSAL), OrderState.CONFLICT),
        (facts(SILENCE, NO_NETWORK), OrderState.NOT_SENT),
        (facts(SILENCE, proofs=(OrderState.NOT_PLACED,)), OrderState.NOT_PLACED),
        (facts(SILENCE, proofs=(OrderState.UNPROVEN,)), OrderState.UNPROVEN),
        (facts(SILENCE, proofs=(OrderState.UNPROVEN, OrderState.NOT_PLACED)), OrderState.NOT_PLACED),
        (facts(SILENCE, REFUSAL, proofs=(OrderState.NOT_PLACED,)), OrderState.CONFLICT),
        (facts(SILENCE, REFUSAL, proofs=(OrderState.UNPROVEN,)), OrderState.CONFLICT),
        (facts(Accepted("1")), OrderState.ACCEPTED),
        (facts(Accepted("1"), SILENCE), OrderState.ACCEPTED),
        (facts(Accepted("1"), Accepted("2")), OrderState.CONFLICT),
        (facts(Accepted("2"), states=(OrderState.SUBMITTED,)), OrderState.CONFLICT),
        (facts(SILENCE, states=(OrderState.CREATED,)), OrderState.CREATED),
        (facts(states=(OrderState.SUBMITTED, OrderState.CREATED)), OrderState.SUBMITTED),
        (facts(states=(OrderState.CANCELING, OrderState.PARTIALLY_FILLED)), OrderState.CANCELING),
        (facts(states=(OrderState.FILLED, OrderState.CANCELING)), OrderState.FILLED),
        (facts(states=(OrderState.CANCELED, OrderState.SUBMITTED)), OrderState.CANCELED),
        (facts(states=(OrderState.CANCELED, OrderState.FILLED)), OrderState.CONFLICT),
        (facts(REFUSAL, states=(OrderState.SUBMITTED,)), OrderState.CONFLICT),
        (facts(SILENCE, states=(OrderState.SUBMITTED,), proofs=(OrderState.NOT_PLACED,)), OrderState.CONFLICT),
        (facts(SILENCE, states=(OrderState.FILLED,), proofs=(OrderState.UNPROVEN,)), OrderState.FILLED),
        (facts(states=(OrderState.REJECTED,)), OrderState.REJECTED),
    ],
)
def test_what_facts_add_up_to(known: OrderFacts, state: OrderState) -> None:
    """Each set of facts has one state, and facts that cannot both be true are a conflict."""
    assert state_of(known) is state


@pytest.mark.parametrize(
    ("named", "state"),
    [
        (OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED),
        (None, OrderState.PARTIALLY_FILLED),
        (OrderState.CANCELING, OrderState.CANCELING),
        (OrderState.CANCELED, OrderState.CANCELED),
        (OrderState.REJECTED, OrderState.CONFLICT),
    ],
)
def test_a_trade_counts_whatever_the_venue_calls_the_state(named: OrderState | None, state: OrderState) -> None:
    """A trade makes a resting order partly filled; no trade alone makes an end; rejected with a trade is a conflict."""
    known = facts(states=() if named is None else (named,))
    known.add_fill(fill(1, "100"))
    assert state_of(known) is state
    assert known.traded == Decimal(100)
    assert known.is_seen


def test_the_same_number_written_otherwise_is_no_difference() -> None:
    """1.10 is 1.1: trailing zeros contradict nothing."""
    known = OrderFacts()
    known.add_intent(intent(request(amount="100.00", price="0.1000")))
    known.add_report(report("1", client_order_id=known.client_order_id))
    assert known.differences == ()
    assert state_of(known) is OrderState.SUBMITTED


def test_an_older_word_does_not_replace_a_newer_one() -> None:
    """Of what the venue says of one thing at different times the latest counts, whenever it arrives."""
    known = OrderFacts()
    for updated_ms, order_id in ((5, "1"), (9, "1"), (7, "1")):
        said = report(order_id, updated_ms=updated_ms)
        known.add_report(said)
        known._tell("cause", updated_ms, f"at {updated_ms}")
    assert known.word("cause", str) == "at 9"
    assert known.word("cause", int) is None
    assert known.word("nothing", str) is None


def test_an_id_alone_is_not_seen() -> None:
    """An order id says that the venue took the order, not that it was seen."""
    known = facts(Accepted("1"))
    assert not known.is_seen
    assert known.order_ids == {"1"}
