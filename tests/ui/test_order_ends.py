"""Which ends of orders are told, and in which words: each once, and none that the person asked for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.order import Order, OrderState, OrderType
from hbtui.trading.views import OrdersView
from hbtui.ui.order_ends import OrderEnds, end_words
from tests.support.views import instruments, order

RESTING = order(1)


def ended(state: OrderState, **changes: object) -> Order:
    """The same order at its end."""
    return replace(RESTING, state=state, **changes)  # type: ignore[arg-type]  # the callers name fields of the order


def test_what_ended_before_anybody_looked_is_not_told() -> None:
    """The history of yesterday is no news at a start."""
    ends = OrderEnds()
    assert ends.newly(OrdersView(history=(ended(OrderState.FILLED),), is_known=True)) == []


def test_an_open_order_that_ends_is_told_once() -> None:
    """At the first look that finds it in the history, and never again."""
    ends, filled = OrderEnds(), ended(OrderState.FILLED)
    assert ends.newly(OrdersView(open=(RESTING,), is_known=True)) == []
    assert ends.newly(OrdersView(history=(filled,), is_known=True)) == [filled]
    assert ends.newly(OrdersView(history=(filled,), is_known=True)) == []


def test_an_order_that_was_sent_and_never_rested_is_told() -> None:
    """A market order may be filled before the first look."""
    ends, filled = OrderEnds(), ended(OrderState.FILLED)
    ends.follow(RESTING.key)
    assert ends.newly(OrdersView(is_known=True)) == []
    assert ends.newly(OrdersView(history=(filled,), is_known=True)) == [filled]


def test_a_cancel_that_was_asked_for_is_no_news_but_a_fill_before_it_is() -> None:
    """The row leaves as the person wanted; what filled first is another matter."""
    for state, is_told in ((OrderState.CANCELED, False), (OrderState.PARTIALLY_CANCELED, True)):
        ends = OrderEnds()
        ends.follow(RESTING.key)
        last = ended(state, is_cancel_requested=True)
        assert bool(ends.newly(OrdersView(history=(last,), is_known=True))) is is_told


@pytest.mark.parametrize("state", [OrderState.REFUSED, OrderState.NOT_SENT, OrderState.NOT_PLACED, OrderState.CONFLICT])
def test_what_trading_tells_itself_is_not_told_twice(state: OrderState) -> None:
    """Refusals and contradictions have notices of their own."""
    ends = OrderEnds()
    ends.follow(RESTING.key)
    assert ends.newly(OrdersView(history=(ended(state),), is_known=True)) == []


def test_the_end_of_a_doubt_is_left_to_trading() -> None:
    """An order that was uncertain in between is told by whoever resolved it."""
    ends = OrderEnds()
    ends.newly(OrdersView(open=(RESTING,), is_known=True))
    ends.newly(OrdersView(uncertain=(ended(OrderState.UNCERTAIN),), is_known=True))
    assert ends.newly(OrdersView(history=(ended(OrderState.FILLED),), is_known=True)) == []


def test_the_words_say_what_filled_and_what_not() -> None:
    """The average price only where something filled; the exchange's cause where it gave one."""
    filled = ended(OrderState.FILLED, filled_base=Decimal(1000), filled_quote=Decimal("79.5"))
    assert end_words(filled, instruments()) == (
        "Filled", "BUY 1,000 DOGE @ 0.08 · average price 0.079500", "information",
    )  # fmt: skip
    post = ended(OrderState.CANCELED, type=OrderType.POST_ONLY, cause="would have filled at once")
    assert end_words(post, instruments()) == (
        "Cancelled, nothing filled", "BUY 1,000 DOGE @ 0.08 · reason: would have filled at once", "warning",
    )  # fmt: skip
