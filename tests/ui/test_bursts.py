"""I2: a paste, marked by the terminal or not, presses no keys and types nothing outside fields."""

import time
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.widgets import Input

from hbtui.ui.bursts import BurstGuard, Verdict
from hbtui.ui.widgets.chart import CandleChart
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.front import ScriptedFront
from tests.support.screens import AppPilot, running_app, ticket_of
from tests.support.views import live_view


def key(name: str, at_s: float, letter: str | None = None) -> Key:
    """A key that was read at a moment."""
    made = Key(name, letter or (name if len(name) == 1 else None))
    made.time = at_s
    return made


def burst(pilot: AppPilot, text: str) -> None:
    """Send letters as a terminal does that does not mark a paste: all in one moment."""
    at_s = time.monotonic()
    for letter in text:
        pilot.app.post_message(key({"\n": "enter", "\t": "tab"}.get(letter, letter), at_s, letter))


def verdicts(keys: list[Key], *, is_in_text: bool = False) -> list[Verdict]:
    """What becomes of keys that were all read before any was looked at."""
    guard = BurstGuard()
    return [guard.judge(one, following, is_last=following is None, is_in_text=is_in_text)
            for one, following in zip(keys, [*keys[1:], None], strict=True)]  # fmt: skip


@given(gaps=st.lists(st.floats(0.006, 2), max_size=20))
def test_keys_of_fingers_always_count(gaps: list[float]) -> None:
    """However fast somebody types or a key repeats, no key is lost."""
    assert set(verdicts([key("y", at_s) for at_s in accumulate([1.0, *gaps])])) == {Verdict.ACT}


@given(text=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=2, max_size=30))
def test_every_key_of_a_burst_is_dropped(text: str) -> None:
    """Where no field was typed in, nothing of it acts, its first key neither, and nothing becomes text."""
    keys = [key(letter, 1 + number / 10_000) for number, letter in enumerate(text)]
    assert set(verdicts(keys)) == {Verdict.DROP}


def test_a_key_waits_until_it_is_known_to_stand_alone() -> None:
    """Before that it does nothing, afterwards it acts; in a field, and for keys that no text has, nothing waits."""
    guard = BurstGuard()
    for is_last, verdict in ((False, Verdict.WAIT), (False, Verdict.WAIT), (True, Verdict.ACT)):
        assert guard.judge(key("b", 1), None, is_last=is_last, is_in_text=False) is verdict
    assert guard.judge(key("7", 2), None, is_last=False, is_in_text=True) is Verdict.ACT
    assert guard.judge(key("down", 3), None, is_last=False, is_in_text=False) is Verdict.ACT


def test_a_burst_into_a_field_is_text_without_its_enter() -> None:
    """Pasting a number into a field stays possible; going on to the review is an act of its own."""
    keys = [key("0", 1), key("1", 1.0001), key("enter", 1.0002), key("enter", 1.1)]
    assert verdicts(keys, is_in_text=True) == [Verdict.ACT, Verdict.ACT, Verdict.DROP, Verdict.ACT]


def test_arrows_are_never_taken_for_a_paste() -> None:
    """A held arrow on a slow line comes in bunches, and means every one of them."""
    assert set(verdicts([key("down", 1 + number / 10_000) for number in range(9)])) == {Verdict.ACT}


@pytest.mark.parametrize("text", ["b0.08\t1000\ny", "cyy", "CCyS", "xxy", "llll", "ssyy\n", "bbb", "OOcCy"])
async def test_i2_a_paste_into_the_main_screen_sends_and_cancels_nothing(text: str) -> None:
    """Nothing is placed, cancelled, signed off or looked up, and no review is open."""
    front = ScriptedFront(live_view())
    async with running_app(front) as pilot:
        pilot.app.post_message(Paste(text))
        await pilot.pause()
        burst(pilot, text)
        await pilot.pause()
        asked_for = (front.placed, front.cancelled, front.cancelled_all, front.signed_off, front.looked, front.armed)
        assert asked_for == ([], [], [], [], [], [])
        assert not isinstance(pilot.app.screen, ReviewDialog)
        assert ticket_of(pilot.app).form.price == ""
        assert pilot.app.is_running


@pytest.mark.parametrize("text", ["b12345", "5", "t12", "/doge", "Hyy", "qq", "OO", "AA", "DDy"])
async def test_i2_no_key_of_a_paste_acts_not_even_its_first(text: str) -> None:
    """No ticket, no other chart, no screen and no HALT: all is as it was, and a key of a finger counts at once."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        burst(pilot, text * 2)
        time_lost = time.monotonic() + 0.02
        while time.monotonic() < time_lost:
            pass  # a screen that is busy looks at the first key when all of them are old
        await pilot.pause()
        assert ticket_of(pilot.app).form.price == ""
        assert (front.watched, front.halts, len(pilot.app.screen_stack)) == ([], [], 2)
        assert isinstance(pilot.app.focused, CandleChart)
        await pilot.press("b", "7")
        assert ticket_of(pilot.app).form.price == "7"


async def test_a_number_pasted_into_a_field_is_typed_and_reviews_nothing() -> None:
    """Where the terminal does not mark it, its Enter is not one."""
    async with running_app(ScriptedFront()) as pilot:
        await pilot.press("b")
        burst(pilot, "0.08\n")
        await pilot.pause()
        assert ticket_of(pilot.app).form.price == "0.08"
        ticket_of(pilot.app).query_one("#amount-input", Input).focus()
        burst(pilot, "1000\n")
        await pilot.pause()
        assert ticket_of(pilot.app).form.amount == "1000"
        assert not isinstance(pilot.app.screen, ReviewDialog)
