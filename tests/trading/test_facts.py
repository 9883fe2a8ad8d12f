"""What facts add up to: one state, by a table that a person can read."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hbtui.model.order import Accepted, OrderState, OrderType, Outcome, Refused, Side, Unknown
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


def stop(kind: OrderType = OrderType.STOP_LIMIT) -> OrderFacts:
    """An own stop order that waits for 0.09 or less."""
    made = OrderFacts()
    made.add_intent(intent(replace(request(kind=kind), stop_price=Decimal("0.09"), stop_operator="lte")))
    return made


@pytest.mark.parametrize(
    ("kind", "changes", "differs"),
    [
        (OrderType.STOP_LIMIT, {"type": OrderType.STOP_LIMIT}, ()),
        (OrderType.STOP_LIMIT, {"type": OrderType.LIMIT}, ()),
        (OrderType.STOP_LIMIT, {"type": OrderType.FOK}, ("type",)),
        (OrderType.STOP_LIMIT_FOK, {"type": OrderType.FOK}, ()),
        (OrderType.STOP_LIMIT_FOK, {"type": OrderType.LIMIT}, ("type",)),
        (OrderType.STOP_LIMIT, {"type": None, "stop_price": Decimal("0.09"), "stop_operator": "lte"}, ()),
        (OrderType.STOP_LIMIT, {"type": None, "stop_price": Decimal("0.08")}, ("stop_price",)),
        (OrderType.STOP_LIMIT, {"type": None, "stop_operator": "gte"}, ("stop_operator",)),
    ],
)
def test_a_stop_order_is_known_again(kind: OrderType, changes: dict[str, Any], differs: tuple[str, ...]) -> None:
    """A stop order may be told as what it became; another trigger than was asked for is a difference."""
    made = stop(kind)
    made.add_report(replace(report("1"), **changes))
    assert made.differences == differs


@pytest.mark.parametrize(
    ("meant", "told", "is_other"),
    [
        ("spot-api", "spot-api", False),
        ("spot-api", "api", False),
        ("spot-api", "spot-web", False),
        ("spot-api", "spot-stop", False),
        ("spot-api", "sys", False),
        ("spot-api", "fl-sys", False),
        ("spot-api", "", False),
        ("spot-api", "margin-api", True),
        ("spot-api", "super-margin-api", True),
        ("margin-api", "margin-stop", False),
        ("margin-api", "spot-api", True),
        ("margin-api", "api", True),
        ("super-margin-api", "super-margin-stop", False),
        ("super-margin-api", "margin-api", True),
        ("c2c-margin-api", "c2c-margin-api", False),
        ("c2c-margin-api", "spot", True),
    ],
)
def test_the_kind_of_account_must_be_the_one_asked_for(meant: str, told: str, is_other: object) -> None:
    """HTX has several words for one source; only another kind of account is a difference."""
    made = OrderFacts()
    made.add_intent(intent(replace(request(), source=meant)))
    made.add_report(replace(report("1"), source=told))
    assert made.differences == (("source",) if is_other else ())


def test_a_market_order_has_no_price_to_differ_in() -> None:
    """The venue names some price for a market order; it was never asked for."""
    made = OrderFacts()
    made.add_intent(intent(request(kind=OrderType.MARKET, amount="100")))
    made.add_report(replace(report("1"), type=OrderType.MARKET, price=Decimal(0)))
    assert made.differences == ()
    assert OrderFacts().differences == ()


def test_an_order_that_is_over_without_a_word_is_unproven() -> None:
    """Over at the venue, without a record: unproven, until an end is named; never a second time."""
    made = facts(Accepted("1"), states=(OrderState.SUBMITTED,))
    made.is_closed = True
    assert state_of(made) is OrderState.UNPROVEN
    made.add_report(report("1", OrderState.CANCELED))
    assert state_of(made) is OrderState.CANCELED
    again = facts(SILENCE, states=(OrderState.SUBMITTED,), proofs=(OrderState.UNPROVEN,))
    again.is_closed = True
    assert state_of(again) is OrderState.CONFLICT


def test_the_latest_word_on_a_field_stands() -> None:
    """Of several words the one with the latest stamp is shown, of equally late ones the greatest; fees go by filled."""
    made = OrderFacts()
    for updated_ms, cause in ((5, "b"), (7, "a"), (7, "c"), (6, "z")):
        made.add_report(replace(report("1", updated_ms=updated_ms), cause=cause))
    assert made.word("cause", str) == "c"
    assert made.word("cause", int) is None
    assert made.word("nothing", str) is None
    made.add_report(replace(report("1", filled="40", updated_ms=9), fees=Decimal("0.4")))
    made.add_report(replace(report("1", filled="20", updated_ms=10), fees=Decimal("0.2")))
    made.add_report(replace(report("1", updated_ms=11), fees=Decimal("0.9"), filled_base=None))
    assert made.word("fees", Decimal) == Decimal("0.4")


def test_a_report_without_times_is_told_at_its_making() -> None:
    """Where a report names no time of change its time of making counts, and where it names neither, none."""
    made = OrderFacts()
    made.add_report(replace(report("1"), created_ms=3, updated_ms=None, cause="early"))
    assert (made.created_ms, made.updated_ms) == (3, 3)
    made.add_report(replace(report("1"), created_ms=None, updated_ms=None, cause="zero"))
    assert (made.created_ms, made.updated_ms, made.word("cause", str)) == (3, 3, "early")
    made.add_report(replace(report("1"), created_ms=2, updated_ms=9))
    assert (made.created_ms, made.updated_ms) == (2, 9)


def test_joining_takes_everything_over() -> None:
    """A record that joins another knows all that either knew, down to the intent, trades and sign-offs."""
    one, other = OrderFacts(), facts(SILENCE, REFUSAL, states=(OrderState.SUBMITTED,), proofs=(OrderState.UNPROVEN,))
    other.add_fill(fill(1, "40", fee="0.1"))
    other.add_report(replace(report("1", filled="50", spent="5"), cause="x"))
    other.contradictions.add("odd")
    other.signed_off.add(OrderState.UNPROVEN)
    other.is_cancel_requested = other.is_closed = other.is_unrecorded = True
    one.join(other)
    assert one == other
    one.join(OrderFacts())
    assert one == other


def test_two_tellings_of_a_trade_are_one_trade() -> None:
    """Of two tellings the fee, the role, the id and the earlier time stay; other numbers are a contradiction."""
    first = replace(fill(1, "40"), client_order_id="a", ts_ms=9, is_maker=False)
    second = replace(fill(1, "40", fee="0.1"), client_order_id="b", ts_ms=5, is_maker=True)
    for tellings in ((first, second), (second, first)):
        made = OrderFacts()
        for told in tellings:
            made.add_fill(told)
        assert made.fills == {1: replace(second, client_order_id="b", ts_ms=5, is_maker=True)}
        assert made.contradictions == set()
    for change in ({"price": Decimal(1)}, {"amount": Decimal(1)}, {"side": Side.SELL}):
        made = OrderFacts()
        made.add_fill(first)
        made.add_fill(replace(first, **change))
        assert made.contradictions == {"trade 1 was told with two different numbers"}


def test_a_trade_alone_names_pair_and_side() -> None:
    """What a trade says of the order counts where the order itself was not told, and gives way where it was."""
    alone = OrderFacts()
    alone.add_fill(replace(fill(1, "40", order_id=""), side=Side.SELL))
    assert (alone.word("symbol", str), alone.word("side", Side), alone.order_ids) == ("dogeusdt", Side.SELL, set())
    for symbol, updated_ms in (("xrpusdt", None), ("adausdt", 1)):
        told = OrderFacts()
        told.add_report(replace(report("1"), symbol=symbol, side=Side.SELL, created_ms=None, updated_ms=updated_ms))
        told.add_fill(fill(1, "40"))
        assert (told.word("symbol", str), told.word("side", Side)) == (symbol, Side.SELL)


def test_what_is_left_empty_says_nothing() -> None:
    """A later message without an id, a pair or a cause takes nothing back of what an earlier one said."""
    made = OrderFacts()
    made.add_report(replace(report("1"), cause="too late"))
    made.add_report(replace(report("", updated_ms=NOW_MS + 1), symbol="", venue_type="", cause=""))
    assert made.order_ids == {"1"}
    assert [made.word(name, str) for name in ("symbol", "venue_type", "cause")] == ["dogeusdt", "buy-limit", "too late"]


def test_a_source_that_is_not_known_contradicts_nothing() -> None:
    """A word of the venue for where an order came from, new since this was written, is no other account."""
    made = facts()
    made.add_report(replace(report("1", client_order_id=made.client_order_id), source="margin-robot"))
    assert made.differences == ()


def test_tellings_that_contradict_each_other_add_up_the_same_in_either_order() -> None:
    """Of two prices of a trade, and of two fees, the same one stays whichever was told first."""
    first = fill(1, "40", fee="0.1")
    for other in (replace(first, price=Decimal("0.2")), replace(first, fee=Decimal("0.2"))):
        one, two = OrderFacts(), OrderFacts()
        for made, tellings in ((one, (first, other)), (two, (other, first))):
            for told in tellings:
                made.add_fill(told)
        assert one.fills == two.fills


def test_a_rejected_order_that_traded_is_a_conflict() -> None:
    """What traded was not rejected."""
    made = facts(states=(OrderState.REJECTED,))
    assert state_of(made) is OrderState.REJECTED
    made.add_fill(fill(1, "40"))
    assert state_of(made) is OrderState.CONFLICT


@pytest.mark.parametrize("state", [OrderState.CREATED, OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED])
def test_a_trade_makes_an_open_order_partly_filled(state: OrderState) -> None:
    """A trade may be told before the state that it leads to; a cancel under way stays one."""
    made = facts(states=(state,))
    made.add_fill(fill(1, "40"))
    assert state_of(made) is OrderState.PARTIALLY_FILLED
    made.states.add(OrderState.CANCELING)
    assert state_of(made) is OrderState.CANCELING


def test_a_report_may_bring_trades_and_no_state() -> None:
    """The stream tells a trade inside a report, and a report may leave the state out: neither is lost or invented."""
    made = facts(Accepted("1"))
    made.add_report(replace(report("1", None), fills=(fill(1, "40"),)))
    assert (made.states, set(made.fills), made.traded, made.is_seen) == (set(), {1}, Decimal(40), True)
    assert state_of(made) is OrderState.PARTIALLY_FILLED
