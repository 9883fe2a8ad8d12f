"""The chart scrolls back without end: older bars are asked for once, told of at the edge, and move nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import islice
from typing import Any

import pytest

from hbtui.model.candle import Candle, Period
from hbtui.trading.views import CandlesView
from hbtui.ui.charting.picture import Scene, draw_chart
from hbtui.ui.charting.window import ZOOMS, Sight, columns_of, is_near_oldest
from hbtui.ui.widgets.chart import CandleChart
from tests.support.front import ScriptedFront
from tests.support.host import Stage, hosted
from tests.support.screens import AppPilot, running_app, widget_text
from tests.support.views import candles_view, instrument, live_view
from tests.ui.bars import pair, rising

SIZE = (70, 22)
LOADING = "loading older bars…"
BEGINNING = "the exchange's bars begin here"


def newest(view: CandlesView, count: int, **changes: object) -> CandlesView:
    """The same market, with its newest bars only."""
    return replace(view, candles=view.candles[-count:], **changes)  # type: ignore[arg-type]  # the callers name its fields


async def press(stage: Stage, *keys: str) -> None:
    """Press keys one after another, each after the chart was drawn."""
    for key in keys:
        await stage.pilot.press(key)
        await stage.pilot.pause()


async def shown(stage: Stage, pane: CandleChart, view: CandlesView) -> str:
    """Show a view, and give what is seen of it."""
    pane.show(view, pair())
    await stage.pilot.pause()
    return widget_text(pane)


def asked(stage: Stage) -> int:
    """How often older bars were asked for."""
    return len(stage.heard(CandleChart.OlderWanted))


@pytest.mark.parametrize("key", ["home", "pageup", "minus"])
async def test_coming_near_the_oldest_bar_asks_once(key: str) -> None:
    """Whichever way a person gets there; not before, and not again while the bars are the same."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        text = await shown(stage, pane, rising(150))
        assert asked(stage) == 0
        assert LOADING not in text
        await press(stage, key)
        assert asked(stage) == 1
        await press(stage, key, key, "home", "left")
        assert asked(stage) == 1
        assert LOADING in widget_text(pane)


async def test_the_crosshair_at_the_edge_asks_too() -> None:
    """Left, left, left, as far as the bars reach and one farther."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, rising(8))
        await press(stage, *["left"] * 8)
        assert asked(stage) == 0
        await press(stage, "left")
        assert asked(stage) == 1


async def test_far_from_the_oldest_bar_nothing_is_asked() -> None:
    """There is another page before this one."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, rising(400))
        await press(stage, "pageup", "pageup", "left", "pagedown", "end", "plus")
        assert asked(stage) == 0


@pytest.mark.parametrize(
    "view",
    [
        rising(50, Period.SECOND),
        replace(rising(50), is_at_beginning=True),
        replace(rising(50), is_loading_older=True),
        rising(0),
    ],
)
async def test_where_nothing_older_can_come_nothing_is_asked(view: CandlesView) -> None:
    """Bars built from trades, the beginning, what is on its way already, and no bars at all."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, view)
        await press(stage, "home", "pageup", "minus")
        assert asked(stage) == 0


async def test_the_sight_does_not_jump_when_older_bars_come() -> None:
    """Every column that was seen is where it was; the words go; the next key asks for more."""
    whole = rising(900)
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, newest(whole, 200))
        await press(stage, "home")
        before, plot = widget_text(pane).splitlines(), pane._picture.plot
        assert any(LOADING in line for line in before)
        sight = pane.sight
        text = await shown(stage, pane, newest(whole, 500))
        after = pane._picture.plot
        assert plot is not None
        assert after is not None
        assert [column and column.open_ms for column in after.columns] == [
            column and column.open_ms for column in plot.columns
        ]
        assert (after.scale, after.left, pane.sight) == (plot.scale, plot.left, sight)
        assert LOADING not in text
        # but for the title's number of bars, the words, and the averages, which now reach to the edge
        assert [line[-14:] for line in text.splitlines()[2:]] == [line[-14:] for line in before[2:]]
        await press(stage, "home")
        assert asked(stage) == 2


async def test_a_far_zoom_goes_on_until_the_page_is_full() -> None:
    """Bars come in helpings: a person who zoomed out is not left to ask for each."""
    whole = rising(9000)
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, newest(whole, 200))
        await press(stage, *["minus"] * 5)
        assert asked(stage) == 1
        for count in (1200, 2200, 3200):
            await shown(stage, pane, newest(whole, count))
        assert asked(stage) == 4
        await shown(stage, pane, newest(whole, 9000))
        assert asked(stage) == 4


async def test_bars_that_come_unasked_ask_for_nothing() -> None:
    """The first answer at a start is followed by a longer one; nobody went back in time."""
    whole = rising(120)
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, newest(whole, 10))
        await shown(stage, pane, newest(whole, 80))
        assert asked(stage) == 0


async def test_after_a_failure_another_key_asks_again() -> None:
    """The engine showed that it was at it, and then that it is not; the bars are the same."""
    view = rising(50)
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, view)
        await press(stage, "home")
        assert LOADING in await shown(stage, pane, replace(view, is_loading_older=True))
        ended = replace(view, candles=(*view.candles[:-1], view.candles[-1]))
        assert LOADING not in await shown(stage, pane, ended)
        await press(stage, "home")
        assert asked(stage) == 2


async def test_another_symbol_begins_anew() -> None:
    """What was asked of one market says nothing of the next."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        await shown(stage, pane, rising(50))
        await press(stage, "home")
        text = await shown(stage, pane, candles_view("btcusdt", count=60))
        assert LOADING not in text
        await press(stage, "home")
        assert asked(stage) == 2


async def test_the_beginning_is_told_where_it_is_in_sight() -> None:
    """At the left edge, and nowhere else."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        view = replace(rising(300), is_at_beginning=True)
        assert BEGINNING not in await shown(stage, pane, view)
        await press(stage, "home")
        line = next(line for line in widget_text(pane).splitlines() if BEGINNING in line)
        assert line.startswith(f"│ {BEGINNING}")
        few = await shown(stage, pane, replace(rising(5), is_at_beginning=True))
        assert BEGINNING in few


@pytest.mark.parametrize("level", range(len(ZOOMS)))
def test_the_oldest_bar_can_be_seen_at_every_zoom(level: int) -> None:
    """Groups keep to the clock, and the first one may be short: it is in sight all the same."""
    for count in (1, 40, 399, 5000):
        view = rising(count)
        oldest = Sight(level).panned(view.candles, -(10**6), 30)
        first = columns_of(view, oldest, 30)[0]
        assert first is not None
        assert first.open_ms == view.candles[0].open_ms
        assert is_near_oldest(view, oldest, 30)


class Counted(tuple[Candle, ...]):
    """Bars that count how many of them are looked at."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        """Count one bar, or those of a slice."""
        found = super().__getitem__(index)
        Counted.looks += len(found) if isinstance(index, slice) else 1
        return found

    def __iter__(self) -> Iterator[Candle]:
        """Count all of them."""
        Counted.looks += len(self)
        return super().__iter__()


@pytest.mark.parametrize("level", [0, 5])
@pytest.mark.parametrize("steps", [0, -(10**6)])
def test_a_frame_walks_only_what_is_seen_of_100_000_bars(level: int, steps: int) -> None:
    """However much was scrolled back to, a frame costs what its columns cost."""
    view = candles_view(period=Period.MINUTE, count=200)
    bars: Sequence[Candle] = view.candles
    many = Counted(bars[number % 200]._replace(open_ms=bars[0].open_ms + number * 60_000) for number in range(100_000))
    long = replace(view, candles=many)
    sight = Sight(level).panned(long.candles, steps, 80)
    Counted.looks = 0
    assert draw_chart(Scene(long, instrument(), (), sight, UTC), 100, 30).plot is not None
    seen = 100 * sight.zoom.bars
    assert 0 < Counted.looks < 4 * seen + 100 * 2 * 25 + 100 * 20


def front_with(count: int) -> ScriptedFront:
    """A front with so many bars."""
    return ScriptedFront(live_view(candles=candles_view(count=count)))


async def drawn(pilot: AppPilot) -> str:
    """What is seen of the chart."""
    await pilot.pause()
    return widget_text(pilot.app.screen.query_one(CandleChart))


async def test_the_screen_asks_the_front_and_shows_what_comes() -> None:
    """Real keys on the trade screen: once, words meanwhile, more bars, then the beginning."""
    whole = candles_view(count=400)
    front = ScriptedFront(live_view(candles=newest(whole, 100)))
    async with running_app(front) as pilot:
        assert front.older_wanted == 0
        await pilot.press("home", "pageup", "pageup")
        assert LOADING in await drawn(pilot)
        assert front.older_wanted == 1
        front.change(candles=replace(whole, is_at_beginning=True))
        await pilot.pause(0.2)
        assert "400 bars" in await drawn(pilot)
        assert LOADING not in await drawn(pilot)
        await pilot.press("home")
        assert BEGINNING in await drawn(pilot)
        assert front.older_wanted == 1


def test_counting_looks_counts_slices_and_walks() -> None:
    """The measure of the test above measures."""
    Counted.looks = 0
    some = Counted(rising(10).candles)
    assert len(some[2:5]) == 3
    assert some[0].open_ms
    assert len(list(islice(iter(some), 2))) == 2
    assert Counted.looks == 3 + 1 + 10


async def test_keys_before_the_first_drawing_move_nothing() -> None:
    """Nobody can mean a page that was never seen: the chart begins at the newest bar."""
    pane = CandleChart(zone=UTC)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(rising(100), pair())
        pane.action_oldest()
        pane.action_pan(-1)
        assert pane.sight == Sight()
        await stage.pilot.pause()
        assert asked(stage) == 0
