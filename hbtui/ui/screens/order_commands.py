"""What can be done with own orders from every screen that shows them."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from hbtui.model.order import Order, OrderState
from hbtui.trading.views import Front
from hbtui.ui.keys import Area, bindings
from hbtui.ui.widgets.order_rows import order_sentence

__all__ = ["OrderCommands"]

_NO_ORDER = "There is no open order to cancel."
_RACE = "What fills before the exchange gets to it stays filled."
_WHEN_FOUND = "It is cancelled when found: as soon as the exchange shows it, a cancel is sent."


class OrderCommands(Screen[None]):
    """Cancels, looks up, signs off and audits the selected order; asks before anything is done that matters."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.ORDERS)]

    def __init__(self, front: Front, now_ms: Callable[[], int], *, zone: tzinfo | None) -> None:
        super().__init__()
        self._front = front
        self._now_ms = now_ms
        self._zone = zone

    @property
    def selected_order(self) -> Order | None:
        """The order under the cursor, whatever became of it; ``None`` where there is none."""
        raise NotImplementedError

    def order_of(self, key: str | None) -> Order | None:
        """Find an own order by its key or, as a fill names it, by the venue's id."""
        orders = self._front.view.orders
        every = (*orders.uncertain, *orders.open, *orders.history)
        return next((order for order in every if key and key in {order.key, order.order_id}), None)

    def tell(self, sentence: str) -> None:
        """Say something once; plain text, never markup."""
        self.notify(sentence, markup=False)

    # one order

    def action_cancel_order(self) -> None:
        """Ask whether to cancel the selected order."""
        orders, order = self._front.view.orders, self.selected_order
        if order is None or (order.is_final and order not in orders.uncertain):
            is_none = orders.is_known and not orders.open and not orders.uncertain
            self.tell(_NO_ORDER if is_none else "Select an open order first (o turns to the orders).")
            return
        self.ask_cancel(order)

    def ask_cancel(self, order: Order) -> None:
        """Ask whether to cancel an order."""
        from hbtui.ui.widgets.confirm import ConfirmDialog

        is_uncertain = order in self._front.view.orders.uncertain
        lines = [order_sentence(order, self._front.view.instruments), _WHEN_FOUND if is_uncertain else _RACE]
        act = "Cancel when found" if is_uncertain else "Cancel order"

        def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - the library calls it with the answer alone
            if is_yes:
                self._front.cancel(order.key)

        self.app.push_screen(ConfirmDialog("Cancel this order?", lines, act=act), answered)

    def action_look_now(self) -> None:
        """Look the selected uncertain order up at once."""
        order = self.selected_order
        if order is None or order not in self._front.view.orders.uncertain:
            self.tell("Select an uncertain order first.")
            return
        self._front.look_now(order.key)

    def action_show_audit(self) -> None:
        """Show what the journal holds of the selected order."""
        from hbtui.ui.screens.audit import AuditScreen

        order = self.selected_order
        if order is None:
            self.tell("Select an order first (o turns to the orders).")
            return
        title = order_sentence(order, self._front.view.instruments)
        self.app.push_screen(AuditScreen(self._front, order.key, title, zone=self._zone))

    def action_sign_off(self) -> None:
        """Ask whether an order of which nothing can be proven any more, or two truths were told, is settled."""
        from hbtui.ui.widgets.choice import Choice, ChoiceDialog

        order = self.selected_order
        if order is None or order.state not in {OrderState.UNPROVEN, OrderState.CONFLICT} or order.is_signed_off:
            self.tell("Only an UNPROVEN order or a CONFLICT is signed off: select one first.")
            return

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._front.sign_off(order.key)

        is_unproven = order.state is OrderState.UNPROVEN
        why = _unproven_lines(order) if is_unproven else _conflict_lines(order)
        lines = [order_sentence(order, self._front.view.instruments), "", *why]
        title = f"Sign off {'an unproven' if is_unproven else 'a contradictory'} order?"
        self.app.push_screen(ChoiceDialog(title, lines, [Choice("sign-off", "Sign off", ("y",))]), answered)

    # all orders

    def action_cancel_all(self) -> None:
        """Ask whether to cancel every open order, of every symbol or of the active one."""
        from hbtui.ui.widgets.choice import Choice, ChoiceDialog

        view = self._front.view
        orders = (*view.orders.uncertain, *view.orders.open)
        if view.orders.is_known and not orders:
            self.tell(_NO_ORDER)
            return
        instrument = view.instruments.get(view.symbol)
        pair = instrument.name if instrument else view.symbol.upper()
        here = [order for order in orders if order.symbol == view.symbol]
        choices = [Choice("all", f"Cancel {self._count(orders)}", ("C", "y"))]
        if here and len(here) < len(orders):
            choices.append(Choice("symbol", f"{pair} only: {len(here)}", ("S",)))

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._front.cancel_all(None if answer == "all" else view.symbol)

        self.app.push_screen(ChoiceDialog("Cancel all", self._question(orders), choices), answered)

    def _count(self, orders: Sequence[Order]) -> str:
        return str(len(orders)) if self._front.view.orders.is_known else "all"

    def _question(self, orders: Sequence[Order]) -> list[str]:
        uncertain = self._front.view.orders.uncertain
        what = f"{self._count(orders)} open order{'' if len(orders) == 1 else 's'}"
        question = [f"Cancel {what}, of every symbol? C a second time does it.", _RACE]
        if uncertain:
            question.append(f"{len(uncertain)} uncertain: cancelled when found.")
        return question


def _unproven_lines(order: Order) -> list[str]:
    """Say what was looked for, and what was and was not found."""
    found = "Nothing of it was found: it is not open, and no fill of it is known."
    if order.filled_base or order.fills:
        found = "A part of it was found filled; what became of the rest is not known."
    return [
        found,
        "The exchange's records of it no longer reach back, so that it can never be proven that it was not placed.",
        *([f"Last answer: {order.cause}"] if order.cause else []),
        "Look at the exchange's own page first. Signed off, it is settled: it is not looked up again.",
    ]


def _conflict_lines(order: Order) -> list[str]:
    """Say what does not fit together, and what it means to leave it at that."""
    return [
        f"Two truths were told of it: {order.cause or 'its journal has them (a)'}.",
        "Look at the exchange's own page first, and cancel there what may still be open.",
        "Signed off, it is settled: it no longer keeps orders of this pair back.",
    ]
