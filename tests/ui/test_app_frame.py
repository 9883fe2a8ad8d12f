"""The frame timer: what is drawn when, and what happens when drawing does not keep up."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from hbtui.ui.frame import FrameTimer, LiveScreen, Moment, Pane, is_shown
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.views import NOW_MS, balances_view, live_view, quote


class Watching(Screen[None]):
    """Two panes that write down each time they are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []
        self.listed: tuple[Pane, ...] = ()

    def compose(self) -> ComposeResult:
        """A pane for the price, one for the money."""
        yield Static(id="price")
        yield Static(id="money")

    def on_mount(self) -> None:
        """List the panes."""
        self.listed = (
            Pane(self.query_one("#price"), lambda now: (now.view.quote,), lambda _: self.drawn.append("price")),
            Pane(
                self.query_one("#money"),
                lambda now: (now.view.balances, now.second),
                lambda _: self.drawn.append("money"),
            ),
        )

    def panes(self) -> Sequence[Pane]:
        """Both."""
        return self.listed


class Cover(ModalScreen[None]):
    """A dialog."""


class FrameApp(App[None]):
    """Holds a frame timer that ticks only when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.front = ScriptedFront()
        self.clock_ms = NOW_MS
        self.frames = FrameTimer(self, self.front, lambda: self.clock_ms, fps=20)
        self.watching = Watching()

    def on_mount(self) -> None:
        """Show the live screen; the timer is not started."""
        self.push_screen(self.watching)

    async def frame(self) -> list[str]:
        """Tick once, wait until all turns are over, and say what was drawn."""
        before = len(self.watching.drawn)
        self.frames.tick()
        await eventually(lambda: self.frames.is_settled, what="the frame")
        return self.watching.drawn[before:]


async def test_only_the_pane_whose_part_is_another_object_is_drawn() -> None:
    """The first frame draws all; then a new quote draws the price alone, new balances the money alone."""
    app = FrameApp()
    async with app.run_test():
        assert await app.frame() == ["price", "money"]
        assert await app.frame() == []
        app.front.change(quote=quote(last="0.09"))
        assert await app.frame() == ["price"]
        app.front.change(balances=balances_view(is_stale=True))
        assert await app.frame() == ["money"]


async def test_an_equal_part_that_is_another_object_is_drawn_again() -> None:
    """Identity decides, not equality: comparing two thousand bars would cost more than drawing them."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        same = app.front.view.quote
        assert same is not None
        app.front.change(quote=replace(same))
        assert app.front.view.quote == same
        assert await app.frame() == ["price"]


async def test_a_second_that_passed_draws_what_counts_seconds() -> None:
    """Numbers among the parts are compared by value."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        app.clock_ms += 400
        assert await app.frame() == []
        app.clock_ms += 700
        assert await app.frame() == ["money"]


async def test_a_hidden_pane_waits_until_it_is_seen() -> None:
    """What is not displayed costs nothing, and is drawn with the newest view once it is displayed."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        price = app.watching.query_one("#price")
        price.display = False
        assert not is_shown(price)
        app.front.change(quote=quote(last="0.09"))
        assert await app.frame() == []
        price.display = True
        assert await app.frame() == ["price"]


async def test_a_screen_under_a_dialog_goes_on() -> None:
    """The market still moves while a person looks at a dialog."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        app.push_screen(Cover())
        await eventually(lambda: isinstance(app.screen, Cover))
        app.front.change(quote=quote(last="0.09"))
        assert await app.frame() == ["price"]


async def test_a_screen_that_hides_the_live_one_stops_it() -> None:
    """A whole screen on top: nothing beneath is drawn."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        app.push_screen(Screen())
        await eventually(lambda: app.screen is not app.watching)
        app.front.change(quote=quote(last="0.09"))
        app.frames.tick()
        assert app.frames.is_settled
        assert app.watching.drawn == ["price", "money"]


async def test_frames_give_way_when_drawing_does_not_keep_up() -> None:
    """A tick that finds panes still waiting draws nothing, and halves the rate for a while."""
    app = FrameApp()
    async with app.run_test() as pilot:
        app.frames.tick()
        calm = [app.frames.is_calm]
        app.frames.tick()  # the panes of the first tick have had no turn yet
        calm.append(app.frames.is_calm)
        assert calm == [False, True]
        await eventually(lambda: len(app.watching.drawn) == 2)
        seen = 0
        for _ in range(40):
            before = len(app.watching.drawn)
            app.front.change(quote=quote(last="0.09"))
            app.frames.tick()
            await eventually(lambda: not app.frames.is_waiting)
            await pilot.pause()
            seen += len(app.watching.drawn) - before
        # half of the first twenty or so, all of the rest
        assert 20 <= seen < 40
        assert not app.frames.is_calm


async def test_a_lost_call_back_does_not_stop_the_clockwork() -> None:
    """If a screen goes away between two turns, the remaining panes still get theirs."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        # as if the screen that was asked to call back had been closed: nobody calls
        app.frames._turns.extend([(app.watching.listed[0], Moment(live_view(), NOW_MS))])
        for _ in range(12):
            app.frames.tick()
        await eventually(lambda: app.watching.drawn == ["price", "money", "price"])


async def test_forgetting_draws_everything_again() -> None:
    """New colours need every pane drawn anew."""
    app = FrameApp()
    async with app.run_test():
        await app.frame()
        app.frames.forget()
        assert await app.frame() == ["price", "money"]


async def test_the_timer_ticks_by_itself_once_started() -> None:
    """Started, it follows the view without being asked; stopped, it does not."""
    app = FrameApp()
    async with app.run_test():
        app.frames.start()
        await eventually(lambda: app.watching.drawn == ["price", "money"])
        app.front.change(quote=quote(last="0.09"))
        await eventually(lambda: app.watching.drawn[2:] == ["price"])
        app.frames.stop()
        app.front.change(quote=quote(last="0.10"))
        assert not app.frames.is_waiting


def test_a_live_screen_is_known_by_its_panes() -> None:
    """The protocol can be asked for at run time."""
    assert isinstance(Watching(), LiveScreen)
    assert not isinstance(Cover(), LiveScreen)


@pytest.mark.parametrize(("now_ms", "second"), [(0, 0), (999, 0), (1000, 1), (NOW_MS, NOW_MS // 1000)])
def test_a_moment_knows_its_second(now_ms: int, second: int) -> None:
    """Milliseconds become whole seconds, cut."""
    assert Moment(live_view(), now_ms).second == second
