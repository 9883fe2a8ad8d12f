"""The tape: newest first, the taker's side in an arrow."""

from datetime import UTC
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.book import Trade
from hbtui.model.order import Side
from hbtui.trading.views import TapeView
from hbtui.ui.widgets.tape import TradesTape
from tests.support.host import count_drawings, hosted
from tests.support.screens import widget_text
from tests.support.views import NOW_MS, instrument, live_view

DOGE = instrument()
TAPE = live_view().tape


async def shown(tape: TapeView, size: tuple[int, int] = (38, 8)) -> str:
    """What is seen of a tape."""
    pane = TradesTape(zone=UTC)
    async with hosted(pane, size=size) as stage:
        pane.show(tape, DOGE)
        await stage.pilot.pause()
        return widget_text(pane)


@pytest.mark.parametrize("width", [24, 30, 38, 60])
async def test_what_is_seen_at_each_width(width: int, snapshot: SnapshotAssertion) -> None:
    """Time goes first where room is scarce."""
    assert await shown(TAPE, (width, 8)) == snapshot


async def test_the_arrow_is_the_takers_side() -> None:
    """A buyer's trade points up, a seller's down."""
    trades = (
        Trade("dogeusdt", 2, Decimal("0.09"), Decimal(5), Side.BUY, NOW_MS),
        Trade("dogeusdt", 1, Decimal("0.08"), Decimal("7.5"), Side.SELL, NOW_MS),
    )
    lines = (await shown(TapeView("dogeusdt", trades))).splitlines()
    assert lines[2].split()[1:] == ["09:00:00", "0.090000", "▲", "5.0", "│"]
    assert lines[3].split()[1:] == ["09:00:00", "0.080000", "▼", "7.5", "│"]


async def test_no_trades_yet_is_said() -> None:
    """An empty tape is not an empty pane."""
    assert "no trades yet" in await shown(TapeView("dogeusdt"))


async def test_the_same_tape_costs_nothing() -> None:
    """Only another tape makes it draw."""
    pane = TradesTape(zone=UTC)
    async with hosted(pane, size=(38, 8)) as stage:
        pane.show(TAPE, DOGE)
        await stage.pilot.pause()
        drawings = count_drawings(pane)
        pane.show(TAPE, DOGE)
        await stage.pilot.pause()
        assert drawings() == 0
        pane.show(TapeView("dogeusdt", TAPE.trades[1:]), DOGE)
        await stage.pilot.pause()
        assert drawings() == 1
