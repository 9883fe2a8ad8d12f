"""I2: a paste, marked by the terminal or not, presses no keys and types nothing outside fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.widgets import Input

from hbtui.ui.bursts import BurstGuard
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.front import ScriptedFront
from tests.support.screens import AppPilot, running_app, ticket_of
from tests.support.views import live_view


def key(name: str, at_s: float) -> Key:
    """A key that was read at a moment."""
    made = Key(name, name if len(name) == 1 else None)
    made.time = at_s
    return made


def burst(pilot: AppPilot, text: str) -> None:
    """Send letters as a terminal does that does not mark a paste: all in one moment."""
    for letter in text:
        pilot.app.post_message(Key({"\n": "enter", "\t": "tab"}.get(letter, letter), letter))


@given(gaps=st.lists(st.floats(0.006, 2), max_size=20))
def test_keys_of_fingers_always_count(gaps: list[float]) -> None:
    """However fast somebody types or a key repeats, no key is lost."""
    guard, at_s = BurstGuard(), 1.0
    for gap in gaps:
        at_s += gap
        assert not guard.is_pasted(key("y", at_s), is_in_text=False)


@given(text=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=2, max_size=30))
def test_all_but_the_first_key_of_a_burst_is_dropped(text: str) -> None:
    """Where no field was typed in, the rest neither acts nor becomes text of a field that opened meanwhile."""
    guard = BurstGuard()
    dropped = [guard.is_pasted(key(letter, 1 + number / 10_000), is_in_text=number > 0)
               for number, letter in enumerate(text)]  # fmt: skip
    assert dropped == [False, *[True] * (len(text) - 1)]


def test_a_burst_into_a_field_is_text_without_its_enter() -> None:
    """Pasting a number into a field stays possible; going on to the review is an act of its own."""
    guard = BurstGuard()
    assert not guard.is_pasted(key("0", 1), is_in_text=True)
    assert not guard.is_pasted(key("1", 1.0001), is_in_text=True)
    assert guard.is_pasted(key("enter", 1.0002), is_in_text=True)
    assert not guard.is_pasted(key("enter", 1.1), is_in_text=True)


def test_arrows_are_never_taken_for_a_paste() -> None:
    """A held arrow on a slow line comes in bunches, and means every one of them."""
    guard = BurstGuard()
    assert not any(guard.is_pasted(key("down", 1 + number / 10_000), is_in_text=False) for number in range(9))


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


async def test_i2_the_rest_of_a_paste_is_no_text_of_the_ticket_that_it_opened() -> None:
    """The b opens the ticket as a pressed b does; what follows in the same moment is dropped."""
    async with running_app(ScriptedFront()) as pilot:
        burst(pilot, "b12345")
        await pilot.pause()
        assert ticket_of(pilot.app).form.price == ""
        await pilot.press("7")
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
