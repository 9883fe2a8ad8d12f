"""What a test of the archive screen does and looks at."""

from hbtui.model.candle import Period
from hbtui.model.series import Series
from hbtui.trading.archive_views import ArchiveView
from hbtui.ui.app import HbtuiApp
from hbtui.ui.screens.archive import ArchiveScreen
from hbtui.ui.widgets.coverage_list import CoverageList
from hbtui.ui.widgets.form_field import FormField
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import AppPilot, screen_text
from tests.support.views import live_view
from tests.ui.archive_rows import every_state

__all__ = ["DOGE", "asks", "field", "front_of", "opened", "press", "selected", "settled"]

DOGE = Series("dogeusdt", Period.MINUTES_5)


def front_of(archive: ArchiveView | None = None) -> ScriptedFront:
    """A front with this archive, by default one with a series in each state."""
    return ScriptedFront(live_view(archive=every_state() if archive is None else archive))


async def settled(pilot: AppPilot) -> str:
    """Wait until all is drawn, and give what is seen."""
    app = pilot.app
    assert isinstance(app, HbtuiApp)
    await pilot.pause()
    await eventually(lambda: app.frames.is_settled, what="a drawn screen")
    await pilot.pause()
    return screen_text(app)


async def opened(pilot: AppPilot) -> str:
    """Press A, and give what is seen."""
    await pilot.press("A")
    await eventually(lambda: isinstance(pilot.app.screen, ArchiveScreen), what="the archive's screen")
    return await settled(pilot)


async def press(pilot: AppPilot, *keys: str) -> str:
    """Press keys, and give what is seen then."""
    await pilot.press(*keys)
    return await settled(pilot)


def asks(front: ScriptedFront) -> list[tuple[object, ...]]:
    """What was asked of the archive but for reading it."""
    return [each for each in front.archive.asked if each != ("read",)]


def selected(pilot: AppPilot) -> str:
    """The series under the cursor."""
    row = pilot.app.screen.query_one(CoverageList).selected
    assert row is not None
    return str(row.summary.series)


def field(pilot: AppPilot, name: str) -> FormField:
    """A field of the dialog."""
    return pilot.app.screen.query_one(f"#{name}", FormField)
