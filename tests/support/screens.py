"""What a person sees of the app, as text, and a way to run it on canned views."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from hbtui.ui.app import HbtuiApp, UiSettings
from hbtui.ui.widgets.choice import ChoiceDialog
from hbtui.ui.widgets.ticket import OrderTicket
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.views import NOW_MS

__all__ = [
    "NARROW",
    "USUAL",
    "WIDE",
    "AppPilot",
    "asked",
    "base_screen",
    "running_app",
    "screen_text",
    "ticket_of",
    "type_text",
    "widget_text",
]

NARROW = (80, 24)
USUAL = (120, 40)
WIDE = (170, 48)

AppPilot = Pilot[None]


def screen_text(app: App[None], screen: Screen[object] | None = None) -> str:
    """Join what stands on a screen (the one on top, its background left out), line by line."""
    shown = screen or app.screen
    # the only way to read the finished screen: the library offers pictures alone
    strips = shown._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def widget_text(widget: Widget) -> str:
    """Cut one widget out of the screen's text."""
    region = widget.region
    lines = screen_text(widget.app, widget.screen).splitlines()
    return "\n".join(line[region.x : region.right].rstrip() for line in lines[region.y : region.bottom])


def ticket_of(app: App[None]) -> OrderTicket:
    """The order ticket."""
    return base_screen(app).query_one(OrderTicket)


def base_screen(app: App[None]) -> Screen[object]:
    """The trade screen, whatever lies on top of it."""
    return app.screen_stack[1]


async def asked(pilot: AppPilot) -> ChoiceDialog:
    """Wait until a question stands there and counts keys, and give it."""
    await eventually(
        lambda: isinstance(pilot.app.screen, ChoiceDialog) and pilot.app.screen.is_armed, what="a question"
    )
    await pilot.pause()
    dialog = pilot.app.screen
    assert isinstance(dialog, ChoiceDialog)
    return dialog


@asynccontextmanager
async def running_app(
    front: ScriptedFront, size: tuple[int, int] = USUAL, settings: UiSettings | None = None
) -> AsyncIterator[AppPilot]:
    """Run the app on a scripted front with the clock held, until its first frame is drawn."""
    app = HbtuiApp(front, now_ms=lambda: NOW_MS, zone=UTC, settings=settings)
    async with app.run_test(size=size, notifications=True) as pilot:
        await eventually(lambda: len(app.screen_stack) == 2 and app.frames.is_settled, what="the first frame")
        await pilot.pause()
        yield pilot


async def type_text(pilot: AppPilot, text: str) -> None:
    """Press one key for each letter."""
    names = {".": "full_stop", ",": "comma", "/": "slash", " ": "space", "-": "minus"}
    await pilot.press(*(names.get(letter, letter) for letter in text))
