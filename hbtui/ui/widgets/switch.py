"""The dead man's switch: what it does in honest words, and for how long it waits."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from hbtui.trading.views import SwitchView
from hbtui.ui.widgets.choice import Choice, ChoiceDialog
from hbtui.ui.widgets.tabs import WordBar

__all__ = ["SwitchDialog"]

_PROMISE = (
    "Armed, it cancels every spot order of this account, also those placed elsewhere, if this terminal is silent for "
    "the time that you choose with ← and →: because it crashed, lost its line or sleeps."
)
_CHOICES = (0, 30, 60, 120, 300)


def _told(switch: SwitchView) -> str:
    if switch.problem:
        return f"Now: {switch.problem}"
    if not switch.timeout_s:
        return "Now: off."
    failed = f" Not answered {switch.failures} times in a row." if switch.failures else ""
    return f"Now: armed, {switch.timeout_s} s.{failed}"


class SwitchDialog(ChoiceDialog):
    """Answers the seconds that were chosen as text, ``0`` for off, or ``None``."""

    DEFAULT_CSS = "SwitchDialog #seconds { margin-bottom: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Shorter", show=False),
        Binding("right", "turn(1)", "Longer", show=False),
    ]

    def __init__(self, switch: SwitchView) -> None:
        lines = [
            _PROMISE,
            "",
            "It closes no position and sends no order. Leaving hbtui asks what becomes of it.",
            "",
            _told(switch),
        ]
        super().__init__("Dead man's switch", lines, [Choice("set", "Set", ("y",))])
        self._seconds = switch.timeout_s

    def compose_more(self) -> Iterable[Widget]:
        """The times to choose from; it begins with what is armed now, or with a minute."""
        names = {str(each): f"{each} s" if each else "off" for each in _CHOICES}
        bar = WordBar(names, line="", id="seconds")
        # the arrows turn it from wherever the focus is
        bar.can_focus = False
        bar.set_reactive(WordBar.chosen, str(self._seconds) if self._seconds in _CHOICES[1:] else "60")
        yield bar

    def action_turn(self, step: int) -> None:
        """Choose the next longer or shorter time."""
        self.query_one("#seconds", WordBar).action_step(step)

    def action_answer(self, answer: str) -> None:
        """Answer with the seconds instead of the name of the choice."""
        super().action_answer(self.query_one("#seconds", WordBar).chosen if answer == "set" else "")
