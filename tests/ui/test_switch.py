"""The dead man's switch: honest words before, a countdown while, sentences when it fails, a question at the end."""

import pytest

from hbtui.trading.views import SwitchView
from hbtui.ui.switching import failure_words, switch_words
from hbtui.ui.widgets.switch import SwitchDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import AppPilot, asked, base_screen, running_app, screen_text, widget_text
from tests.support.views import NOW_MS, live_view

ARMED = SwitchView(timeout_s=60, trigger_ms=NOW_MS + 47_400)


def text(pilot: AppPilot) -> str:
    """What a person sees of the question on top, or of the whole screen, on one line."""
    box = pilot.app.screen.query("VerticalScroll").first() if pilot.app.screen.is_modal else None
    return " ".join((widget_text(box) if box else screen_text(pilot.app)).replace("│", " ").split())


async def test_the_dialog_says_all_that_the_switch_does() -> None:
    """Every spot order, also those placed elsewhere, if this terminal is silent; and what it does not do."""
    async with running_app(ScriptedFront()) as pilot:
        await pilot.press("D")
        await asked(pilot)
        for words in (
            "cancels every spot order of this account, also those placed elsewhere, if this terminal is silent",
            "It closes no position and sends no order.", "Now: off.", "off 30 s 60 s 120 s 300 s",
        ):  # fmt: skip
            assert words in text(pilot)


@pytest.mark.parametrize(
    ("keys", "seconds"),
    [((), 60), (("left", "left"), 0), (("right", "right"), 300)],
)
async def test_the_arrows_choose_and_y_sets(keys: tuple[str, ...], seconds: int) -> None:
    """It begins with a minute; off is one of the choices."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("D")
        await asked(pilot)
        await pilot.press(*keys)
        assert front.armed == []
        await pilot.press("y")
        await pilot.pause()
        assert front.armed == [seconds]


async def test_going_back_changes_nothing_and_it_begins_with_what_is_armed() -> None:
    """Looking at the switch is not setting it."""
    front = ScriptedFront(live_view(switch=SwitchView(timeout_s=300, trigger_ms=NOW_MS + 1, failures=2)))
    async with running_app(front) as pilot:
        await pilot.press("D")
        dialog = await asked(pilot)
        assert isinstance(dialog, SwitchDialog)
        assert "Now: armed, 300 s. Not answered 2 times in a row." in text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert front.armed == []
        await pilot.press("D")
        await asked(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert front.armed == [300]


async def test_the_header_counts_down_while_it_is_armed_and_failures_have_a_line() -> None:
    """Seen on the screen all the time; a failure is a sentence under the header."""
    front = ScriptedFront(live_view(switch=ARMED))
    async with running_app(front, (170, 48)) as pilot:
        await eventually(lambda: "dead man's switch 0:47" in screen_text(pilot.app))
        front.change(switch=SwitchView(timeout_s=60, trigger_ms=NOW_MS + 20_000, failures=3, problem="[/x] no answer"))
        await eventually(lambda: "dead man's switch 0:20 !" in screen_text(pilot.app))
        told = "Dead man's switch: putting it off was not answered 3 times in a row · [/x] no answer"
        await eventually(lambda: told in text(pilot), what="the line, which is drawn in a turn of its own")
        front.change(switch=SwitchView())
        await eventually(lambda: "witch" not in screen_text(pilot.app))


def test_what_is_not_known_is_not_counted() -> None:
    """Off without a problem says nothing; off with one is not known; an unknown moment is a question mark."""
    assert switch_words(SwitchView(), NOW_MS) == ()
    assert switch_words(SwitchView(problem="no answer"), NOW_MS)[0] == "dead man's switch: not known"
    assert switch_words(SwitchView(timeout_s=60), NOW_MS)[0] == "dead man's switch ?"
    assert switch_words(ARMED, NOW_MS) == ("dead man's switch 0:47", "switch 0:47")
    assert switch_words(ARMED, NOW_MS + 99_000)[0] == "dead man's switch 0:00"
    assert failure_words(ARMED) == ""
    assert "not answered once" in failure_words(SwitchView(timeout_s=60, failures=1))


# leaving


async def test_leaving_while_armed_asks_and_disarms_first() -> None:
    """D disarms, and hbtui ends only when the exchange has said that it is off."""
    front = ScriptedFront(live_view(switch=ARMED))
    async with running_app(front) as pilot:
        await pilot.press("q")
        await asked(pilot)
        assert "The dead man's switch is armed (60 s)." in text(pilot)
        assert "cancels every spot order of this account, also those placed elsewhere" in text(pilot)
        await pilot.press("d")
        await eventually(lambda: not pilot.app.is_running)
        assert front.armed == [0]


async def test_leaving_it_armed_is_a_choice_and_staying_another() -> None:
    """L leaves without touching it; esc stays."""
    front = ScriptedFront(live_view(switch=ARMED))
    async with running_app(front) as pilot:
        await pilot.press("q")
        await asked(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)
        await pilot.press("q")
        await asked(pilot)
        await pilot.press("L")
        await eventually(lambda: not pilot.app.is_running)
        assert front.armed == []


async def test_a_disarm_that_is_not_known_to_be_done_is_said_and_asked_about() -> None:
    """Never does it end as if the switch were off: try again, leave, or stay."""
    front = ScriptedFront(live_view(switch=ARMED))
    front.arm_switch = lambda seconds: front.change(  # type: ignore[method-assign]  # an exchange that does not answer
        switch=SwitchView(timeout_s=60, problem=f"[/x] no answer to {seconds}")
    )
    async with running_app(front) as pilot:
        await pilot.press("q")
        await asked(pilot)
        await pilot.press("d")
        await eventually(lambda: "Not surely disarmed" in text(pilot))
        assert "It is not known whether the dead man's switch is off: [/x] no answer to 0" in text(pilot)
        await asked(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.is_running
        await pilot.press("q")
        await asked(pilot)
