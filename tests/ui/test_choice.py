"""A question with several answers: each key counts once, and only after a quiet moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Button

from hbtui.ui.widgets.choice import Choice, ChoiceDialog
from tests.support.eventually import eventually
from tests.support.host import Host
from tests.support.screens import screen_text

CHOICES = (Choice("all", "Cancel 3", ("C", "y")), Choice("symbol", "DOGE only: 1", ("S",)))


class Question:
    """An open question and its answers."""

    def __init__(self, pilot: Pilot[None], dialog: ChoiceDialog) -> None:
        self.pilot = pilot
        self.dialog = dialog
        self.answers: list[str | None] = []

    async def armed(self) -> None:
        """Wait until keys and clicks count."""
        await eventually(lambda: self.dialog.is_armed)
        await self.pilot.pause()


@asynccontextmanager
async def question(lines: tuple[str, ...] = ("Cancel 3 open orders?",)) -> AsyncIterator[Question]:
    """Ask."""
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        it = Question(pilot, ChoiceDialog("Cancel all", lines, CHOICES))
        app.push_screen(it.dialog, it.answers.append)
        await eventually(lambda: app.screen is it.dialog and it.dialog.query("#all"))
        await pilot.pause()
        yield it


@pytest.mark.parametrize(
    ("key", "answer"), [("C", "all"), ("y", "all"), ("S", "symbol"), ("n", None), ("escape", None), ("enter", None)]
)
async def test_each_key_gives_its_answer(key: str, answer: str | None) -> None:
    """The first and every other key of a choice; n, esc and Enter go back."""
    async with question() as it:
        await it.armed()
        await it.pilot.press(key)
        await eventually(lambda: it.answers == [answer])


@pytest.mark.parametrize("key", ["c", "s", "x", "Y"])
async def test_no_other_key_answers(key: str) -> None:
    """A small letter is not the large one."""
    async with question() as it:
        await it.armed()
        await it.pilot.press(key)
        assert it.answers == []


async def test_a_held_key_answers_nothing() -> None:
    """Each key that comes too early begins the quiet moment anew."""
    async with question() as it:
        it.dialog._listen_later()
        first = it.dialog._quiet
        for _ in range(20):
            it.pilot.app.post_message(Key("C", "C"))
        await it.pilot.pause()
        assert it.answers == []
        assert it.dialog._quiet is not first
        await it.armed()
        await it.pilot.press("C")
        await eventually(lambda: it.answers == ["all"])


async def test_a_doubled_answer_is_given_once() -> None:
    """The second key finds nothing to answer."""
    async with question() as it:
        await it.armed()
        for _ in range(3):
            it.pilot.app.post_message(Key("C", "C"))
        await eventually(lambda: it.answers)
        await it.pilot.pause()
        assert it.answers == ["all"]


async def test_i6_a_click_counts_only_after_the_quiet_moment() -> None:
    """A dialog that opens under the pointer is not answered by the click that opened it."""
    async with question() as it:
        it.dialog._listen_later()
        it.dialog.post_message(Button.Pressed(it.dialog.query_one("#all", Button)))
        await it.pilot.pause()
        assert it.answers == []
        await it.armed()
        await it.pilot.click("#symbol")
        await eventually(lambda: it.answers == ["symbol"])


async def test_foreign_text_is_no_markup() -> None:
    """Brackets in a question show as they are."""
    async with question(("[/x] [bold]loud",)) as it:
        assert "[/x] [bold]loud" in screen_text(it.pilot.app)
