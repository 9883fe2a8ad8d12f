"""Leaving: what is still open is said first, and the dead man's switch is not left behind unasked."""

from collections.abc import Callable

from textual.app import App

from hbtui.model.order import OrderState
from hbtui.trading.views import Front, View
from hbtui.ui.widgets.choice import Choice, ChoiceDialog

__all__ = ["Leaving"]

_ARMED = (
    "The dead man's switch is armed ({} s). Left armed, it strikes once we are gone: the exchange then cancels every "
    "spot order of this account, also those placed elsewhere."
)
_LOOK_S = 0.1
_PATIENCE = 50
"""So many looks at whether the switch is off by now."""


class Leaving:
    """Asks what has to be asked and then ends the app; one at a time."""

    def __init__(self, app: App[None], front: Front, when_staying: Callable[[], None]) -> None:
        self._app = app
        self._front = front
        self._when_staying = when_staying

    def begin(self) -> None:
        """End at once where nothing is open, else ask."""
        view = self._front.view
        lines = _open_lines(view)
        if view.switch.timeout_s:
            lines += ["", _ARMED.format(view.switch.timeout_s)] if lines else [_ARMED.format(view.switch.timeout_s)]
            choices = [Choice("disarm", "Disarm, leave", ("d",)), Choice("leave", "Leave it armed", ("L",))]
        else:
            choices = [Choice("leave", "Leave", ("y",))]
        if not lines:
            self._app.exit()
            return
        self._app.push_screen(ChoiceDialog("Leave hbtui?", lines, choices, back="Stay"), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "leave":
            self._app.exit()
        elif answer == "disarm":
            self._front.arm_switch(0)
            self._app.notify("Disarming the dead man's switch …", markup=False)
            self._await_disarmed(_PATIENCE)
        else:
            self._when_staying()

    def _await_disarmed(self, looks_left: int) -> None:
        switch = self._front.view.switch
        if not switch.timeout_s and not switch.problem:
            self._app.exit()
        elif looks_left and not switch.problem:
            self._app.set_timer(_LOOK_S, lambda: self._await_disarmed(looks_left - 1))
        else:
            told = switch.problem or "the exchange has not answered yet"
            lines = [
                f"It is not known whether the dead man's switch is off: {told}",
                "If it is not, the exchange cancels every spot order of this account soon.",
            ]
            choices = [Choice("disarm", "Try again", ("d",)), Choice("leave", "Leave", ("L",))]
            self._app.push_screen(ChoiceDialog("Not surely disarmed", lines, choices, back="Stay"), self._answered)


def _open_lines(view: View) -> list[str]:
    orders = view.orders
    sending = sum(order.state is OrderState.SENDING for order in orders.open)
    lines = []
    if orders.uncertain:
        lines.append(f"{len(orders.uncertain)} uncertain: may be live at the exchange.")
    if sending:
        lines.append(f"{sending} being sent right now.")
    if lines:
        lines.append("They are written down, and looked up again at the next start.")
    return lines
