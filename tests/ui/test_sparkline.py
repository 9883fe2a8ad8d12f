"""The kline sparkline as a pane of its own."""

from dataclasses import replace
from decimal import Decimal

from hbtui.model.candle import Period
from hbtui.trading.views import CandlesView
from hbtui.ui.widgets.sparkline import KlineSparkline
from tests.support.host import count_drawings, hosted
from tests.support.screens import screen_text
from tests.support.views import candles_view, instrument

DOGE = instrument()
VIEW = candles_view()


async def test_a_tick_changes_it() -> None:
    """The last block and the last price are those of the forming bar; the same bars cost nothing."""
    pane = KlineSparkline()
    async with hosted(pane, size=(40, 3)) as stage:
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        line = screen_text(stage.pilot.app).splitlines()[0]
        assert len(line) == 40
        assert line.endswith(" 0.081230")
        drawings = count_drawings(pane)
        pane.show(VIEW, DOGE)
        await stage.pilot.pause()
        assert drawings() == 0
        highest = VIEW.candles[-1]._replace(close=Decimal("0.09"))
        pane.show(replace(VIEW, candles=(*VIEW.candles[:-1], highest)), DOGE)
        await stage.pilot.pause()
        assert screen_text(stage.pilot.app).splitlines()[0].endswith("█ 0.090000")


async def test_unknown_and_stale_are_said() -> None:
    """No bars are a dash, old bars say that they are."""
    pane = KlineSparkline()
    async with hosted(pane, size=(40, 3)) as stage:
        pane.show(CandlesView("dogeusdt", Period.MINUTE), DOGE)
        await stage.pilot.pause()
        assert screen_text(stage.pilot.app).splitlines()[0] == "—"
        pane.show(replace(VIEW, is_stale=True), DOGE)
        await stage.pilot.pause()
        assert screen_text(stage.pilot.app).splitlines()[0].endswith("0.081230 stale")
