"""The lists of orders."""

from dataclasses import replace

from hbtui.model.order import Order, OrderState
from hbtui.trading.orders_view import listed
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.views import OrdersView
from tests.support.trading_values import NOW_MS, fill, report


def order(state: OrderState, number: int = 1, **changes: object) -> Order:
    """An order in some state; a higher number is a newer one."""
    tracker = OrderTracker()
    tracker.merge_report(report(str(number)))
    tracker.merge_fill(fill(number, order_id=str(number)))
    (made,) = tracker
    made = replace(made, state=state, created_ms=NOW_MS + number, updated_ms=NOW_MS + number)
    return replace(made, **changes)  # type: ignore[arg-type]  # names and values are written out in the tests below


def keys(orders: tuple[Order, ...]) -> list[str]:
    """Which orders, in their order."""
    return [one.key for one in orders]


def shown(*orders: Order) -> OrdersView:
    """The lists of these orders."""
    return listed(orders, is_known=True, is_stale=False)


def test_every_state_has_one_list() -> None:
    """An order in any state is in exactly one list, whatever the state."""
    places = {
        state: [
            name
            for name, found in (("uncertain", view.uncertain), ("open", view.open), ("history", view.history))
            if found
        ]
        for state in OrderState
        for view in [shown(order(state))]
    }
    doubtful = {OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT}
    assert {state for state, names in places.items() if names == ["uncertain"]} == doubtful
    assert all(len(names) == 1 for names in places.values())
    assert places[OrderState.SENDING] == places[OrderState.CANCELING] == ["open"]
    assert places[OrderState.NOT_SENT] == ["history"]


def test_what_a_person_signed_off_is_over() -> None:
    """A settled order leaves the uncertain ones for the history."""
    view = shown(order(OrderState.UNPROVEN, is_signed_off=True), order(OrderState.UNPROVEN, 2))
    assert (keys(view.uncertain), keys(view.history)) == (["2"], ["1"])


def test_the_newest_comes_first_and_what_is_being_sent_on_top() -> None:
    """Each list begins with the newest; an order on its way stands above the open ones."""
    view = shown(
        order(OrderState.SUBMITTED, 1),
        order(OrderState.SUBMITTED, 2),
        order(OrderState.SENDING, 0),
        order(OrderState.CANCELED, 3),
        order(OrderState.FILLED, 4),
    )
    assert (keys(view.open), keys(view.history)) == (["0", "2", "1"], ["4", "3"])
    assert [one.trade_id for one in view.fills] == [4, 3, 2, 1, 0]


def test_the_history_is_bounded_and_doubt_is_not() -> None:
    """At most 500 finished orders and trades are listed; every uncertain order is."""
    many = [order(OrderState.CANCELED, number) for number in range(520)]
    doubtful = [order(OrderState.UNCERTAIN, number) for number in range(600, 1200)]
    view = listed([*many, *doubtful], is_known=False, is_stale=True)
    assert (len(view.history), len(view.fills), len(view.uncertain)) == (500, 500, 600)
    assert view.history[0].key == "519"
    assert (view.is_known, view.is_stale) == (False, True)
