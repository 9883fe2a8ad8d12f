"""The first frame: what it says, that the trade screen takes its place, and that no key is lost on the way."""

import asyncio
import contextlib
import io
import signal
from collections.abc import Callable

import pytest
from rich.console import Console
from textual import events

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.ui.app import HbtuiApp
from hbtui.ui.boot import BootScreen, Opening
from hbtui.ui.screens.trade import TradeScreen
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import USUAL, screen_text
from tests.support.views import NOW_MS


class Boot:
    """An app that opens a scripted front, and what there was to see at that moment."""

    def __init__(self, mode: Mode = Mode.DEMO, meanwhile: Callable[[HbtuiApp], object] = lambda app: None) -> None:
        self.front = ScriptedFront()
        self.first_frame = ""
        self.calm = 0
        self._meanwhile = meanwhile
        opening = Opening(mode=mode, symbol="dogeusdt", open_front=self._open, when_calm=self._grow_calm)
        self.app = HbtuiApp(opening, now_ms=lambda: NOW_MS)

    @property
    def is_filled(self) -> bool:
        """Whether the trade screen is there and shows the front's view."""
        return isinstance(self.app.screen, TradeScreen) and self.app.frames.is_settled

    def _open(self) -> ScriptedFront:
        self.first_frame = screen_text(self.app)
        self._meanwhile(self.app)
        return self.front

    def _grow_calm(self) -> None:
        self.calm += 1


def type_at_boot(app: HbtuiApp, *keys: str) -> None:
    """Press keys while the first frame is all there is."""
    assert isinstance(app.screen, BootScreen)
    for key in keys:
        app.screen.on_key(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_first_frame_says_where_one_is_and_nothing_else(mode: Mode) -> None:
    """Mode and pair stand where the header will have them, and no number is shown before one is known."""
    boot = Boot(mode)
    async with boot.app.run_test(size=USUAL):
        await eventually(lambda: boot.is_filled, what="the trade screen")
        lines = [line for line in boot.first_frame.splitlines() if line.strip()]
        assert lines == [f" {mode.value.upper()}   DOGEUSDT  opening …"]
        header = screen_text(boot.app).splitlines()[0]
        assert header.index("DOGE") == lines[0].index("DOGE") or mode is not Mode.DEMO


async def test_the_trade_screen_takes_its_place() -> None:
    """The front's view is shown, once, and going back never leads to the first frame."""
    boot = Boot()
    async with boot.app.run_test(size=USUAL) as pilot:
        await eventually(lambda: boot.is_filled, what="the trade screen")
        shown = screen_text(boot.app)
        assert "opening …" not in shown
        assert all(word in shown for word in ("Watchlist", "Balances", "spread"))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(boot.app.screen, TradeScreen)
        await eventually(lambda: boot.calm, what="the end of the start")
        assert boot.calm == 1


async def test_no_key_is_lost_and_none_overtakes_another() -> None:
    """What is typed at the first frame comes before what is typed while the rest is loaded, and all of it counts."""

    def meanwhile(app: HbtuiApp) -> None:
        for number, key in enumerate(("5", "2"), 1):
            typed = events.Key(key, key)
            typed.time += number * 0.05  # as fingers are: keys in one instant are a paste
            app.post_message(typed)
        type_at_boot(app, "7", "3")

    boot = Boot(meanwhile=meanwhile)
    async with boot.app.run_test(size=USUAL):
        await eventually(lambda: boot.is_filled, what="the trade screen")
        await eventually(lambda: len(boot.front.watched) == 4, what="four periods")
        periods = [period for _, period in boot.front.watched]
        assert periods == [Period.DAY, Period.MINUTES_15, Period.HOUR, Period.MINUTES_5]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_at_the_first_frame_quits(key: str) -> None:
    """Who changes their mind at once need not press it twice."""
    boot = Boot(meanwhile=lambda app: app.post_message(events.Key(key, None)))
    async with boot.app.run_test(size=USUAL):
        await eventually(lambda: not boot.app.is_running, what="the end")
    assert boot.app.return_code == 0


async def test_leaving_before_anything_is_opened_opens_nothing() -> None:
    """With nothing open there is nothing to ask about."""
    boot = Boot()
    boot.app.call_later(boot.app.action_quit)
    async with boot.app.run_test(size=USUAL):
        await eventually(lambda: not boot.app.is_running, what="the end")
    assert boot.app.return_code == 0


async def test_a_signal_at_the_first_frame_ends_the_program() -> None:
    """The signal is listened to before the rest is loaded, and ends in the same way as later."""
    boot = Boot(meanwhile=lambda _: signal.raise_signal(signal.SIGTERM))
    async with boot.app.run_test(size=USUAL):
        await eventually(lambda: not boot.app.is_running, what="the end")
    assert boot.app.return_code == 128 + signal.SIGTERM


async def test_what_cannot_be_opened_ends_in_a_sentence() -> None:
    """An error while the rest is loaded leaves the screen as any other does: with words, not with a traceback."""

    def fail(_app: HbtuiApp) -> None:
        raise RuntimeError

    boot, shown = Boot(meanwhile=fail), io.StringIO()
    boot.app.error_console = Console(file=shown, width=200)
    with contextlib.suppress(RuntimeError):
        async with boot.app.run_test():
            await eventually(lambda: not boot.app.is_running)
            boot.app._print_error_renderables()
            await asyncio.sleep(0)
    assert "hbtui had to stop" in shown.getvalue()
    assert boot.app.return_code == 1
