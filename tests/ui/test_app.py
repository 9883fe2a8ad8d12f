"""The application around the screens: notices, leaving, the palette, themes, and the last resort."""

import asyncio
import contextlib
import io
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest
from rich.console import Console
from textual.command import CommandPalette, DiscoveryHit
from textual.widgets import Button

from hbtui.model.order import OrderState
from hbtui.trading.views import Finding, Notice, OrdersView, Severity
from hbtui.ui.app import HbtuiApp, UiSettings
from hbtui.ui.commands import TableCommands
from hbtui.ui.keys import TABLE, Area
from hbtui.ui.screens.help import HelpScreen
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, AppPilot, asked, base_screen, running_app, screen_text, type_text
from tests.support.views import NOW_MS, live_view, order

ROOT = Path(__file__).resolve().parents[2]


def notice(number: int, text: str = "back after 12 s", severity: Severity = Severity.INFO) -> Notice:
    """Build a notice."""
    return Notice(number, severity, "Link", text, NOW_MS)


# notices


async def test_each_notice_is_shown_once_and_never_as_markup() -> None:
    """Brackets of a venue show as they are; the same tuple again shows nothing."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        front.change(notices=(notice(1, "[/x] refused", Severity.ERROR),))
        await eventually(lambda: "[/x] refused" in screen_text(pilot.app))
        assert len(pilot.app._notifications) == 1
        front.change(notices=(*front.view.notices, notice(2)))
        await eventually(lambda: len(pilot.app._notifications) == 2)
        front.change(notices=tuple(front.view.notices))
        await pilot.pause()
        assert [each.message for each in pilot.app._notifications] == ["Link: [/x] refused", "Link: back after 12 s"]


async def test_of_old_notices_only_the_last_are_shown_at_the_start() -> None:
    """Fifty toasts would hide the screen."""
    front = ScriptedFront(live_view(notices=tuple(notice(number, f"number {number}") for number in range(1, 51))))
    async with running_app(front) as pilot:
        await eventually(lambda: len(pilot.app._notifications) == 3)
        assert [each.message for each in pilot.app._notifications] == [f"Link: number {each}" for each in (48, 49, 50)]


async def test_a_notice_stands_on_the_line_of_the_keys() -> None:
    """It covers neither data nor ticket: at the bottom there are but keys and the frame of the panes."""
    front = ScriptedFront(live_view(notices=(notice(1),)))
    async with running_app(front) as pilot:
        await eventually(lambda: "back after 12 s" in screen_text(pilot.app))
        assert "back after 12 s" in screen_text(pilot.app).splitlines()[-1]


@pytest.mark.parametrize("size", [(60, 18), NARROW, USUAL])
async def test_the_newest_notice_is_seen_and_an_error_outlives_it(size: tuple[int, int]) -> None:
    """However many and however long they are they take two rows; what does not fit ends in an ellipsis."""
    async with running_app(ScriptedFront(), size) as pilot:
        pilot.app.notify("no answer " * 60, title="Refused", severity="error")
        for number in range(3):
            pilot.app.notify(f"number {number}", title="Filled")
        await eventually(lambda: "Filled: number 2" in screen_text(pilot.app).splitlines()[-1], what="the newest")
        assert all("▌" not in line for line in screen_text(pilot.app).splitlines()[:-2])
        error, *others = pilot.app._notifications
        assert error.message.endswith("…")
        assert error.timeout > max(other.timeout for other in others)


# leaving


async def test_q_leaves_at_once_when_nothing_is_open_ended() -> None:
    """Resting orders stay at the exchange; leaving needs no question."""
    async with running_app(ScriptedFront()) as pilot:
        await pilot.press("q")
        await eventually(lambda: not pilot.app.is_running)
        assert pilot.app.return_code == 0


@pytest.mark.parametrize("state", [OrderState.UNCERTAIN, OrderState.SENDING])
async def test_q_asks_while_an_outcome_is_open(state: OrderState) -> None:
    """The question says what is open; staying stays, leaving leaves."""
    doubt = (order(9, state=state),)
    orders = OrdersView(uncertain=doubt, is_known=True) if state is OrderState.UNCERTAIN else OrdersView(open=doubt)
    async with running_app(ScriptedFront(live_view(orders=orders))) as pilot:
        await pilot.press("q", "q")
        await asked(pilot)
        text = screen_text(pilot.app)
        assert ("1 uncertain: may be live" in text) is (state is OrderState.UNCERTAIN)
        assert ("1 being sent right now" in text) is (state is OrderState.SENDING)
        assert len(pilot.app.screen_stack) == 3
        await pilot.press("n")
        await pilot.pause()
        assert pilot.app.is_running
        await pilot.press("ctrl+q")
        await asked(pilot)
        await pilot.press("y")
        await eventually(lambda: not pilot.app.is_running)


# help and palette


async def test_help_opens_closes_and_scrolls() -> None:
    """Once only, however often it is asked for."""
    async with running_app(ScriptedFront(), (80, 24)) as pilot:
        await pilot.press("question_mark")
        await eventually(lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.pause()
        assert "Everywhere" in screen_text(pilot.app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        await pilot.pause()
        assert "Everywhere" not in screen_text(pilot.app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)


async def palette(pilot: AppPilot) -> list[str]:
    """Open the palette and give its commands."""
    await pilot.press("ctrl+p")
    await eventually(lambda: isinstance(pilot.app.screen, CommandPalette))
    provider = TableCommands(base_screen(pilot.app))
    return [str(hit.display) async for hit in provider.discover() if isinstance(hit, DiscoveryHit)]


async def test_the_palette_offers_what_the_table_says_and_nothing_that_reveals() -> None:
    """Every command of the table and the themes; no screenshot, no developer tools."""
    async with running_app(ScriptedFront()) as pilot:
        names = await palette(pilot)
        here = {Area.ANYWHERE, Area.TRADE, Area.LISTS, Area.ORDERS}
        told = [line.help for line in TABLE if line.is_command and line.area in here]
        assert told == names[: -len([n for n in names if "Theme" in n])]
        assert "Theme: light" in names
        assert not [name for name in names if "creenshot" in name or "evtools" in name]


async def test_a_command_is_found_by_a_part_of_its_name_and_run() -> None:
    """Typing and Enter do what the key does."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await palette(pilot)
        await type_text(pilot, "bars of 4hour")
        await eventually(lambda: "Show bars of 4hour" in screen_text(pilot.app))
        await pilot.pause()
        await pilot.press("enter")
        await eventually(lambda: [period.value for _, period in front.watched] == ["4hour"])


async def test_the_palette_does_not_pass_a_block() -> None:
    """What a key may not do now, a command may not do either."""
    front = ScriptedFront(live_view(blocked="closed"))
    async with running_app(front) as pilot:
        await pilot.app.run_action("screen.open_ticket('buy')", base_screen(pilot.app))
        await pilot.pause()
        assert not base_screen(pilot.app).query_one("#ticket").has_focus_within


# looks


@pytest.mark.parametrize("theme", ["hbtui-dark", "hbtui-light", "hbtui-blue-orange", "hbtui-ansi", "nord"])
async def test_every_theme_draws_the_whole_screen(theme: str) -> None:
    """Ours and other people's: no colour is missing."""
    async with running_app(ScriptedFront(), settings=UiSettings(theme=theme)) as pilot:
        assert pilot.app.theme == theme
        assert "Review buy" in screen_text(pilot.app)


async def test_an_unknown_theme_is_the_usual_one() -> None:
    """A wrong word in a setting must not keep a trader from trading."""
    async with running_app(ScriptedFront(), settings=UiSettings(theme="nope")) as pilot:
        assert pilot.app.theme == "hbtui-dark"


async def test_red_up_exchanges_the_two_colours() -> None:
    """Buying in red, as in mainland China."""
    colours = []
    for red_up in (False, True):
        async with running_app(ScriptedFront(), settings=UiSettings(red_up=red_up)) as pilot:
            variables = pilot.app.get_css_variables()
            colours.append((variables["bid"], variables["ask"]))
    assert colours[0] == colours[1][::-1]


async def test_keys_can_be_remapped_by_their_ids() -> None:
    """The id of the table is the name for it."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        pilot.app.set_keymap({"chart.4hour": "f6"})
        await pilot.press("6")
        assert front.watched == []
        await pilot.press("f6")
        assert [period.value for _, period in front.watched] == ["4hour"]


# the last resort


async def test_a_crash_is_one_sentence_without_any_local_value(caplog: pytest.LogCaptureFixture) -> None:
    """Screen and log name the kind of error and the place; no value, no traceback, no message of the error."""
    canary = "CANARY-7f3a"
    shown = io.StringIO()

    def crash() -> None:
        secret = canary
        raise RuntimeError(secret)

    app = HbtuiApp(ScriptedFront(), now_ms=lambda: NOW_MS, settings=UiSettings(log_place="/logs/hbtui.log"))
    app.error_console = Console(file=shown, width=200)
    with caplog.at_level(logging.DEBUG), contextlib.suppress(RuntimeError):
        async with app.run_test() as pilot:
            app.call_later(crash)
            await eventually(lambda: not app.is_running)
            app._print_error_renderables()
            await pilot.pause()
    text = shown.getvalue()
    assert "hbtui had to stop" in text
    assert "/logs/hbtui.log" in text
    assert "RuntimeError" in caplog.text
    assert "crash" in caplog.text
    for place in (text, caplog.text):
        assert canary not in place
        assert "Traceback" not in place
    assert app.return_code == 1


async def test_an_error_that_draws_itself_is_not_drawn() -> None:
    """The library lets an error bring its own picture; ours shows the sentence instead."""

    class Loud(RuntimeError):
        def __rich__(self) -> str:
            return "CANARY"

    shown = io.StringIO()
    app = HbtuiApp(ScriptedFront(), now_ms=lambda: NOW_MS)
    app.error_console = Console(file=shown, width=200)
    with contextlib.suppress(Loud):
        async with app.run_test():
            app._handle_exception(Loud())
            app._print_error_renderables()
    assert "CANARY" not in shown.getvalue()
    assert "hbtui had to stop" in shown.getvalue()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(number: signal.Signals) -> None:
    """The alternate screen is left, and the cursor is back, before the process ends."""
    environ = {**os.environ, "TERM": "xterm-256color"}
    command = ["-m", "tests.support.host_app", "calm"]
    child = pexpect.spawn(sys.executable, command, dimensions=(40, 120), env=environ, cwd=str(ROOT), timeout=40)
    try:
        child.expect_exact("Watchlist")
        child.kill(number)
        child.expect_exact("\x1b[?1049l")
        child.expect_exact("\x1b[?25h")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


def test_nothing_in_the_interface_waits_for_anything() -> None:
    """No worker, no await of ours, no sleep: the interface asks, the engine acts."""
    for path in (ROOT / "hbtui" / "ui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for word in ("@work", "run_worker", "sleep(", "call_from_thread", "asyncio.run", "create_task"):
            assert word not in text, f"{path.name} has {word}"


async def test_the_loop_is_left_as_it_was_found() -> None:
    """After the app is gone no handler of ours listens to a signal."""
    async with running_app(ScriptedFront()):
        pass
    loop = asyncio.get_running_loop()
    assert not loop.remove_signal_handler(signal.SIGTERM)
    assert not loop.remove_signal_handler(signal.SIGHUP)


async def test_a_view_replaced_whole_every_frame_is_drawn_without_end() -> None:
    """A storm of views neither crashes nor lags behind: the last one is what is seen."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        for number in range(60):
            quote = replace(live_view().quote, last=live_view().quote.last + number)  # type: ignore[type-var, union-attr, operator]  # canned: it is there
            front.change(quote=quote, orders=replace(front.view.orders))
            await pilot.pause()
        await eventually(lambda: "59.0812" in screen_text(pilot.app))


@pytest.mark.parametrize("tab", ["b", "full_stop", "o"])
@pytest.mark.parametrize("size", [(60, 18), NARROW, USUAL])
async def test_what_is_told_covers_no_field_no_price_and_no_order(size: tuple[int, int], tab: str) -> None:
    """Whatever is told lies below the last row within every pane's frame, also where panes are tabs."""
    async with running_app(ScriptedFront(), size) as pilot:
        await pilot.press(tab)
        pilot.app.notify("average price 63,111.85 " * 20, title="Filled", timeout=60)
        await eventually(lambda: list(pilot.app.screen.query("Toast")), what="the notice")
        await eventually(lambda: pilot.app.screen.query_one("Toast").region.area > 0, what="its place")
        toast = pilot.app.screen.query_one("Toast").region
        for name in ("ticket", "ladder", "orders", "chart", "watchlist", "balances"):
            pane = base_screen(pilot.app).query_one(f"#{name}")
            assert not pane.display or not toast.overlaps(pane.region.shrink((0, 0, 1, 0))), name


async def test_what_is_told_covers_no_button_of_a_review() -> None:
    """S39: where the review fills the least terminal, a notice lies below the way back and the way on."""
    texts = (f"a long note about the {number}. thing that stands in the way of it" for number in range(9))
    findings = tuple(Finding(code="NOTE", text=text, severity=Severity.WARNING) for text in texts)
    async with running_app(ScriptedFront(live_view(), findings), (60, 18)) as pilot:
        await pilot.press("b")
        await type_text(pilot, "0.08")
        await pilot.press("tab")
        await type_text(pilot, "1000")
        await pilot.press("enter")
        await eventually(lambda: isinstance(pilot.app.screen, ReviewDialog), what="the review")
        pilot.app.notify("average price 63,111.85 " * 20, title="Filled", timeout=60)
        await eventually(lambda: "▌ Filled" in screen_text(pilot.app), what="the notice")
        toast = pilot.app.screen.query_one("Toast").region
        buttons = [button for button in pilot.app.screen.query(Button) if button.display]
        assert len(buttons) == 2
        assert not any(toast.overlaps(button.region) for button in buttons)
