"""The chart as a person uses it: keys, mouse, and a market that goes on meanwhile."""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.candle import Period
from hbtui.model.order import Side
from hbtui.trading.views import CandlesView
from hbtui.ui.charting.window import ZOOMS, Sight
from hbtui.ui.widgets.chart import CandleChart
from tests.support.host import Stage, count_drawings, hosted
from tests.support.screens import widget_text
from tests.support.views import candles_view, instrument
from tests.ui.bars import bar, pair, rising

VIEW = candles_view()
DOGE = instrument()
SIZE = (70, 22)


def chart() -> CandleChart:
    """A chart in UTC."""
    return CandleChart(zone=UTC)


def one_more(view: CandlesView) -> CandlesView:
    """The same market, one bar later."""
    return replace(view, candles=(*view.candles, bar(len(view.candles), "5 6 4 5")))


async def press(stage: Stage, *keys: str) -> None:
    """Press keys one after another, each after the chart was drawn."""
    for key in keys:
        await stage.pilot.press(key)
        await stage.pilot.pause()


@pytest.mark.parametrize("size", [(58, 24), (80, 20)])
async def test_what_is_seen(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    """Title, read-out, candles, volume and both axes, in the pane's border."""
    pane = chart()
    async with hosted(pane, size=size) as stage:
        pane.show(VIEW, DOGE, ((Decimal("0.0805"), Side.BUY),))
        await stage.pilot.pause()
        assert widget_text(pane) == snapshot


async def test_a_gap_is_said_in_the_border_too() -> None:
    """Also where the gap itself is out of sight, until it is filled; with "stale", where it is that as well."""
    pane = chart()
    last_ms = VIEW.candles[-1].open_ms
    gapped = replace(VIEW, gaps=((last_ms + 300_000, last_ms + 600_000),))
    async with hosted(pane, size=SIZE) as stage:
        for view, said in (
            (gapped, "─ gap: 1 bar being asked for ─"),
            (replace(gapped, is_stale=True), "─ stale · gap: 1 bar being asked for ─"),
        ):
            pane.show(view, DOGE)
            await press(stage, "home")
            assert said in widget_text(pane).splitlines()[-1]
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        assert "gap" not in widget_text(pane)


async def test_the_title_names_pair_period_averages_and_bars() -> None:
    """What is looked at stands above it."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        assert "DOGE/USDT · 5min · MA7 MA25 · 200 bars" in widget_text(pane)
        pane.show(candles_view("btcusdt", Period.DAY), None)
        await stage.pilot.pause()
        assert "BTCUSDT · 1day" in widget_text(pane)


async def test_a_tick_moves_the_last_bar_and_its_label() -> None:
    """The forming bar is drawn as it stands now."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        assert "►0.081230" in widget_text(pane)
        last = VIEW.candles[-1]._replace(close=Decimal("0.081333"))
        pane.show(replace(VIEW, candles=(*VIEW.candles[:-1], last)), DOGE)
        await stage.pilot.pause()
        assert "►0.081333" in widget_text(pane)


async def test_thousands_of_ticks_cost_one_drawing_a_frame() -> None:
    """Views are taken as they come, drawn only when looked at; the same view is not even that."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        drawings = count_drawings(pane)
        pane.show(VIEW, DOGE, ())
        await stage.pilot.pause()
        assert drawings() == 0
        for _ in range(5000):
            pane.show(replace(VIEW), DOGE)
        await stage.pilot.pause()
        assert drawings() == 1


async def test_zoom_and_place_survive_new_bars() -> None:
    """A person who looks at the past is not pulled away from it."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "plus", "pageup")
        before, sight = widget_text(pane).splitlines()[3:], pane.sight
        pane.show(one_more(view), pair())
        await stage.pilot.pause()
        assert pane.sight == sight
        assert sight.anchor_ms is not None
        # the read-out is of the last bar in sight, so nothing at all moves but the title's number of bars
        assert widget_text(pane).splitlines()[3:] == before


async def test_following_means_the_newest_bar_is_at_the_right() -> None:
    """Without panning, a new bar comes in at the edge."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        pane.show(one_more(view), pair())
        await stage.pilot.pause()
        assert pane.sight.anchor_ms is None
        assert "C 5.00" in widget_text(pane)


async def test_home_and_end_go_to_the_oldest_and_the_newest() -> None:
    """End follows again."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "home")
        assert pane._picture.plot is not None
        first = pane._picture.plot.columns[0]
        assert first is not None
        assert first.open_ms == view.candles[0].open_ms
        await press(stage, "end")
        assert pane.sight == Sight()


async def test_zoom_keys_and_wheel() -> None:
    """Plus and minus, equals and underscore for other keyboards, and the wheel; the ends stop."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        usual = pane.sight.zoom
        await press(stage, "plus")
        assert pane.sight.zoom.cells > usual.cells
        await press(stage, "minus")
        assert pane.sight.zoom == usual
        await press(stage, *["minus"] * 12)
        assert pane.sight.zoom == ZOOMS[0]
        await press(stage, *["equals_sign"] * 12)
        assert pane.sight.zoom == ZOOMS[-1]


async def test_another_symbol_or_period_starts_at_the_newest_with_the_same_zoom() -> None:
    """Place and crosshair belong to what was looked at, zoom to the person."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "minus", "pageup", "left", "left")
        level = pane.sight.zoom_level
        assert pane.sight != Sight(level)
        pane.show(rising(300, Period.HOUR), pair())
        assert pane.sight == Sight(level)


async def test_the_crosshair_walks_bar_by_bar_and_scrolls_at_the_edge() -> None:
    """Left begins at the newest bar, each press goes one further, and the chart follows beyond its edge."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=(40, 16)) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "left")
        assert pane.sight.cursor_ms == view.candles[-1].open_ms
        await press(stage, "left", "left", "right")
        assert pane.sight.cursor_ms == view.candles[-2].open_ms
        assert "C 399.00" in widget_text(pane) or "C399.00" in widget_text(pane)
        await press(stage, *["left"] * 40)
        assert pane.sight.cursor_ms == view.candles[-42].open_ms
        assert pane.sight.anchor_ms is not None
        assert pane._picture.plot is not None
        assert pane._picture.plot.column_of(view.candles[-42].open_ms) is not None


async def test_the_crosshair_stops_at_the_first_and_the_last_bar() -> None:
    """There is nothing beyond them."""
    pane = chart()
    view = rising(8)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "left", "right", "right")
        assert pane.sight.cursor_ms == view.candles[-1].open_ms
        await press(stage, *["left"] * 12)
        assert pane.sight.cursor_ms == view.candles[0].open_ms


async def test_a_crosshair_stays_on_its_bar_while_bars_come() -> None:
    """It is a place in time, not on the screen."""
    pane = chart()
    view = rising(300)
    async with hosted(pane, size=SIZE) as stage:
        pane.show(view, pair())
        await stage.pilot.pause()
        await press(stage, "left", "left", "left")
        pointed = pane.sight.cursor_ms
        pane.show(one_more(view), pair())
        await stage.pilot.pause()
        assert pane.sight.cursor_ms == pointed == view.candles[-3].open_ms


async def test_escape_ends_the_crosshair_and_is_left_to_others_without_one() -> None:
    """The key belongs to the chart only while it has something to end."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        assert not pane.check_action("clear", ())
        await press(stage, "left")
        assert pane.check_action("clear", ())
        await press(stage, "escape")
        assert pane.sight.cursor_ms is None
        assert not pane.check_action("choose", ())


async def test_the_keyboard_can_choose_a_price() -> None:
    """Up and down begin at the last price; Enter posts the row's price, rounded to the pair's tick."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        await press(stage, "up", "enter", "up", "up", "enter", "down", "enter")
        first, second, third = (message.price for message in stage.heard(CandleChart.PriceChosen))
        assert abs(first - Decimal("0.08123")) < Decimal("0.0001")
        assert first < third < second
        for price in (first, second, third):
            assert price == price.quantize(DOGE.tick_size)


async def test_a_click_chooses_the_price_under_it() -> None:
    """A row further up is a higher price; beside the prices nothing is chosen."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        await stage.pilot.click(pane, offset=(20, 5))
        await stage.pilot.click(pane, offset=(20, 9))
        await stage.pilot.click(pane, offset=(20, 1))
        await stage.pilot.pause()
        high, low = (message.price for message in stage.heard(CandleChart.PriceChosen))
        assert high > low


async def test_the_mouse_brings_a_crosshair_and_takes_it_away() -> None:
    """Hovering reads the bar out; leaving ends it, focus or not; one set by keys stays."""
    pane, below = chart(), CandleChart()
    pane.styles.height = 14
    async with hosted(pane, below, size=(70, 30)) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        await stage.pilot.hover(pane, offset=(20, 6))
        await stage.pilot.pause()
        assert pane.sight.cursor_ms is not None
        assert pane.sight.cursor_row == 4
        await stage.pilot.hover(below, offset=(5, 5))
        await stage.pilot.pause()
        assert pane.sight == Sight()
        pane.focus()
        await press(stage, "left")
        pane.on_leave()
        assert pane.sight.cursor_ms is not None


async def test_keys_before_the_first_bar_do_nothing() -> None:
    """Every key is harmless on an empty chart."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        await press(stage, "left", "up", "enter", "plus", "pageup", "home", "end")
        pane.show(CandlesView("dogeusdt", Period.MINUTE), DOGE)
        await press(stage, "left", "up", "enter", "pagedown", "home", "end", "escape")
        await stage.pilot.click(pane, offset=(20, 5))
        await stage.pilot.pause()
        assert "loading bars" in widget_text(pane)
        assert not stage.heard(CandleChart.PriceChosen)


async def test_stale_bars_are_pale_and_named() -> None:
    """In the title's remark and in the read-out, and the candles lose half their colour."""
    pane = chart()
    async with hosted(pane, size=SIZE) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        bright = list(pane.render_line(8))
        pane.show(replace(VIEW, is_stale=True), DOGE)
        await stage.pilot.pause()
        assert widget_text(pane).count("stale") == 2
        assert list(pane.render_line(8)) != bright
