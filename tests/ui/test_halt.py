"""HALT: one key stops new orders at once wherever one is, and only a question starts them again."""

import pytest
from textual.widgets import Input

from hbtui.ui.screens.audit import AuditScreen
from hbtui.ui.screens.help import HelpScreen
from hbtui.ui.screens.orders import OrdersScreen
from hbtui.ui.screens.symbols import SymbolDialog
from hbtui.ui.widgets.alarms import HALTED
from hbtui.ui.widgets.choice import ChoiceDialog
from hbtui.ui.widgets.confirm import ConfirmDialog
from hbtui.ui.widgets.review import ReviewDialog
from hbtui.ui.widgets.switch import SwitchDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import (
    NARROW,
    USUAL,
    AppPilot,
    asked,
    base_screen,
    running_app,
    screen_text,
    ticket_of,
    type_text,
)
from tests.support.views import live_view

DIALOGS = {
    "question_mark": HelpScreen,
    "c": ConfirmDialog,
    "C": ChoiceDialog,
    "D": SwitchDialog,
    "O": OrdersScreen,
    "a": AuditScreen,
}


async def shows(pilot: AppPilot, words: str) -> None:
    """Wait until words are seen."""
    await eventually(lambda: words in screen_text(pilot.app), what=f"{words} in\n{screen_text(pilot.app)}")


@pytest.mark.parametrize("size", [NARROW, USUAL, (60, 18)])
async def test_h_stops_new_orders_at_once_and_says_so(size: tuple[int, int]) -> None:
    """No question is asked; the banner says what passes and how to go on, and the ticket cannot be opened."""
    front = ScriptedFront()
    async with running_app(front, size) as pilot:
        await pilot.press("H")
        assert front.halts == [True]
        assert pilot.app.screen is base_screen(pilot.app)
        await shows(pilot, HALTED[:50])
        await pilot.press("b")
        await pilot.pause()
        assert not isinstance(pilot.app.focused, Input)


@pytest.mark.parametrize("key", DIALOGS)
async def test_h_works_in_every_dialog_and_on_every_screen(key: str) -> None:
    """Whatever lies on top, the next H stops; nothing is closed by it."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("o", key)
        await eventually(lambda: isinstance(pilot.app.screen, DIALOGS[key]))
        above = pilot.app.screen
        await pilot.press("H")
        await pilot.pause()
        assert front.halts == [True]
        assert pilot.app.screen is above


async def test_h_works_in_the_review_and_in_a_field_for_numbers() -> None:
    """No letter belongs to a number; the review shows what the gate says by then."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("b")
        await type_text(pilot, "0.08")
        await pilot.press("H")
        assert front.halts == [True]
        assert ticket_of(pilot.app).form.price == "0.08"
        front.resume()
        await pilot.press("tab")
        await type_text(pilot, "1000")
        await pilot.press("enter")
        await eventually(lambda: isinstance(pilot.app.screen, ReviewDialog))
        await pilot.press("H")
        assert front.halts == [True, False, True]


async def test_a_field_that_takes_letters_takes_the_h() -> None:
    """A symbol may have an H in it."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("slash")
        await eventually(lambda: isinstance(pilot.app.screen, SymbolDialog))
        await pilot.press("H")
        assert pilot.app.screen.query_one(Input).value == "H"
        assert front.halts == []


async def test_h_again_asks_before_it_resumes() -> None:
    """Y resumes after a quiet moment; going back stays halted."""
    front = ScriptedFront(live_view(is_halted=True))
    async with running_app(front) as pilot:
        await pilot.press("H")
        await asked(pilot)
        assert "Resume trading?" in screen_text(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert front.halts == []
        await pilot.press("H")
        await asked(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert front.halts == [False]
        await eventually(lambda: "HALTED" not in screen_text(pilot.app))


async def test_hammering_h_never_resumes() -> None:
    """Who panics presses it many times: that stays a halt."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press(*"HHHHHH")
        await asked(pilot)
        await pilot.press(*"HHH")
        assert front.halts == [True]
        assert front.view.is_halted


async def test_cancelling_works_while_halted() -> None:
    """Only new orders are stopped."""
    front = ScriptedFront(live_view(is_halted=True))
    async with running_app(front) as pilot:
        await pilot.press("C")
        await asked(pilot)
        await pilot.press("C")
        await pilot.pause()
        assert front.cancelled_all == [None]


async def test_a_block_that_only_says_that_it_is_halted_is_said_once() -> None:
    """Two lines that mean the same would hide a third; another reason keeps its line."""
    front = ScriptedFront(live_view(is_halted=True, blocked="new orders are halted"))
    async with running_app(front) as pilot:
        await shows(pilot, HALTED)
        assert "No new orders now" not in screen_text(pilot.app)
        front.change(blocked="the account's stream is down")
        await shows(pilot, "No new orders now: the account's stream is down")
