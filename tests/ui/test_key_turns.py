"""Keys in their turn: what is typed right behind another key goes where that one leads, however fast."""

import time

import pytest
from textual import events
from textual.widgets import Input

from hbtui.model.candle import Period
from hbtui.ui.screens.symbols import SymbolDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, AppPilot, running_app, ticket_of

NAMES = {".": "full_stop", "/": "slash", "\t": "tab", "\n": "enter", "\x1b": "escape"}


def typed_ahead(pilot: AppPilot, text: str) -> None:
    """Queue keys as fingers press them while the screen is busy: all wait by the time the first is looked at."""
    for number, letter in enumerate(text):
        key = events.Key(NAMES.get(letter, letter), letter)
        key.time = time.monotonic() - 60 + number / 100
        pilot.app.post_message(key)


@pytest.mark.parametrize("size", [NARROW, (60, 18), USUAL])
@pytest.mark.parametrize("side", ["b", "s"])
async def test_a_price_typed_right_behind_the_side_reaches_its_field(side: str, size: tuple[int, int]) -> None:
    """No digit of it changes the chart's period and no point turns a pane, on a ticket that was never seen before."""
    front = ScriptedFront()
    async with running_app(front, size) as pilot:
        typed_ahead(pilot, f"{side}0.0712\t340")
        await eventually(lambda: ticket_of(pilot.app).form.amount == "340", what="the amount")
        assert (ticket_of(pilot.app).form.price, front.watched) == ("0.0712", [])


async def test_a_name_typed_right_behind_the_slash_is_searched() -> None:
    """The t of it does not show bars of a second, and the letters keep their order."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        typed_ahead(pilot, "/teth")
        await eventually(lambda: isinstance(pilot.app.screen, SymbolDialog), what="the search")
        await eventually(lambda: pilot.app.screen.query_one(Input).value == "teth", what="the name")
        assert front.watched == []


async def test_keys_behind_an_escape_count_again() -> None:
    """What closes under a key does not hold up the next: out of the field, then a period, then the other side."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        typed_ahead(pilot, "b7\x1b2/doge\x1bs8")
        await eventually(lambda: ticket_of(pilot.app).form.price == "8", what="the price")
        assert [period for _, period in front.watched] == [Period.MINUTES_5]


async def test_digits_beside_the_fields_of_the_ticket_do_nothing() -> None:
    """A price typed while the focus is on a choice of the ticket is not taken for periods of the chart."""
    front = ScriptedFront()
    async with running_app(front, NARROW) as pilot:
        await pilot.press("b", "shift+tab", "6", "full_stop", "0")
        assert (front.watched, ticket_of(pilot.app).has_focus_within) == ([], True)
        await pilot.press("escape", "2")
        assert len(front.watched) == 1
