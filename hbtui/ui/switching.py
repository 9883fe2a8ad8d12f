"""The dead man's switch in a few words, for the header and the line below it; pure."""

from hbtui.trading.views import SwitchView
from hbtui.ui.text import countdown

__all__ = ["failure_words", "switch_words"]


def switch_words(switch: SwitchView, now_ms: int) -> tuple[str, ...]:
    """Say the state of the switch, the fullest form first; none while it is off and nothing is wrong."""
    problem = bool(switch.problem or switch.failures)
    if not switch.timeout_s:
        return ("dead man's switch: not known", "switch ?") if problem else ()
    left = "?" if switch.trigger_ms is None else countdown(switch.trigger_ms - now_ms)
    mark = " !" if problem else ""
    return f"dead man's switch {left}{mark}", f"switch {left}{mark}"


def failure_words(switch: SwitchView) -> str:
    """Say in a sentence what goes wrong with the switch; empty where nothing does."""
    if not switch.problem and not switch.failures:
        return ""
    times = "once" if switch.failures == 1 else f"{switch.failures} times in a row"
    failed = f"putting it off was not answered {times}" if switch.failures else ""
    told = " · ".join(filter(None, (failed, switch.problem)))
    return f"Dead man's switch: {told} · if it strikes, every spot order is cancelled"
