"""What a person saw, view by view, and what of it must never have been shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from hbtui.model.order import TRANSITIONS, Order, OrderState
from hbtui.trading.views import OrdersView, View
from tests.support.invariants import shown_orders

__all__ = ["ABSENT", "DOUBTFUL", "Seen", "Told", "Watch"]

ABSENT = frozenset({OrderState.NOT_SENT, OrderState.REFUSED, OrderState.NOT_PLACED})
DOUBTFUL = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


@dataclass(frozen=True)
class Seen:
    """An order's state as it was shown at a second, in one life of the program."""

    at_s: float
    life: int
    state: OrderState
    filled: Decimal
    cause: str


@dataclass(frozen=True)
class Told:
    """A notice as it came up."""

    at_s: float
    life: int
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.at_s:8.3f} s  {self.title}: {self.text}"


@dataclass
class Watch:
    """Looks at every view that is published."""

    now_s: Callable[[], float]
    life: int = 0
    history: dict[str, list[Seen]] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    notices: list[Told] = field(default_factory=list)
    _drawn: OrdersView | None = None
    _orders: dict[str, Order] = field(default_factory=dict)
    _told: int = 0

    def begin(self) -> None:
        """Begin another life: what is known is learnt anew."""
        self.life += 1
        self._drawn, self._told = None, 0
        self._orders.clear()

    def saw(self, view: View) -> None:
        """Take a view."""
        for notice in view.notices:
            if notice.number > self._told:
                self._told = notice.number
                self.notices.append(Told(self.now_s(), self.life, notice.title, notice.text))
        if view.orders is self._drawn:
            return
        self._drawn = view.orders
        for key, order in shown_orders(view).items():
            if (before := self._orders.get(key)) is not order:
                self._orders[key] = order
                self._compare(key, before, order)

    def last(self, key: str) -> Seen | None:
        """How an order was shown last, in whichever life."""
        return self.history.get(key, [None])[-1]

    def ever(self, key: str, states: frozenset[OrderState]) -> Seen | None:
        """When an order was first shown in one of these states."""
        return next((seen for seen in self.history.get(key, []) if seen.state in states), None)

    def _compare(self, key: str, before: Order | None, order: Order) -> None:
        seen = Seen(self.now_s(), self.life, order.state, order.filled_base, order.cause)
        if before is not None:
            if order.filled_base < before.filled_base or len(order.fills) < len(before.fills):
                self.breaches.append(f"J6: {key} had {before.filled_base} filled, then {order.filled_base}")
            if order.state is not before.state and order.state not in TRANSITIONS[before.state]:
                self.breaches.append(f"J6: {key} was {before.state.value}, then {order.state.value}")
            if (order.state, order.filled_base) == (before.state, before.filled_base):
                return
        self.history.setdefault(key, []).append(seen)
