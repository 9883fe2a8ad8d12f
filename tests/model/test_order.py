"""Orders and which state may follow which."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.order import FINAL, OPEN, TRANSITIONS, Order, OrderState, OrderType, Side
from tests.support.trading_values import request


def reachable(start: OrderState) -> set[OrderState]:
    """Every state that can come after ``start``."""
    seen: set[OrderState] = set()
    ahead = [start]
    while ahead:
        for state in TRANSITIONS[ahead.pop()] - seen:
            seen.add(state)
            ahead.append(state)
    return seen


def test_the_table_is_closed() -> None:
    """Every state has a row, and every row names only states with rows."""
    assert set(TRANSITIONS) == set(OrderState)
    assert {state for row in TRANSITIONS.values() for state in row} <= set(OrderState)


def test_every_state_is_reached_from_sending() -> None:
    """Nothing is in the table that an order cannot come to."""
    assert reachable(OrderState.SENDING) == set(OrderState) - {OrderState.SENDING}


@pytest.mark.parametrize("state", [state for state in OrderState if state in FINAL])
def test_final_states_only_contradict(state: OrderState) -> None:
    """After an end there is nothing but a contradiction."""
    assert TRANSITIONS[state] == {OrderState.CONFLICT}


def test_no_step_leads_back() -> None:
    """No order ever returns to a state it left, so what is shown can only go forward.

    Unproven has two meanings (was it placed; how did it end), so it alone lies on two ways; no order walks both.
    """
    for state in set(OrderState) - {OrderState.UNPROVEN}:
        forward = TRANSITIONS[state] - {OrderState.UNPROVEN}
        seen: set[OrderState] = set()
        while forward:
            step = min(forward, key=lambda one: one.value)
            seen.add(step)
            forward = (forward | TRANSITIONS[step]) - seen - {OrderState.UNPROVEN}
        assert state not in seen


def test_open_and_final_exclude_each_other() -> None:
    """An order is open, final, or in doubt, and never two of these."""
    assert not OPEN & FINAL
    doubt = {OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT}
    assert OPEN | FINAL | doubt == set(OrderState)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", list(OrderType))
def test_only_a_market_buy_is_asked_in_quote(side: Side, kind: OrderType) -> None:
    """The amount is money to spend for a market buy and coins for everything else."""
    asked = replace(request(side, kind), price=None)
    assert asked.is_amount_in_quote is ((side, kind) == (Side.BUY, OrderType.MARKET))
    assert asked.venue_type == f"{side.value}-{kind.value}"
    assert side.opposite is not side
    assert kind.has_price is (kind is not OrderType.MARKET)


def test_keys_of_own_and_external_orders() -> None:
    """An own order is called by its client order id, an external one by the venue's: foreign client ids may repeat."""
    own = Order(
        client_order_id="mine",
        order_id="5",
        account_id=1,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        venue_type="buy-limit",
        state=OrderState.SUBMITTED,
        amount=Decimal(1),
        price=Decimal(1),
    )
    assert own.key == "mine"
    assert replace(own, is_external=True).key == "5"
    assert replace(own, client_order_id="").key == "5"
    assert own.average_price is None
    assert replace(own, filled_base=Decimal(4), filled_quote=Decimal(2)).average_price == Decimal("0.5")
    assert own.is_open
    assert not own.is_final
