"""The watchlist: what is seen of each symbol, and how one is chosen."""

from dataclasses import replace
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.events import MouseScrollDown, MouseScrollUp

from hbtui.trading.views import WatchRow
from hbtui.ui.widgets.watchlist import Watchlist
from tests.support.host import count_drawings, hosted
from tests.support.screens import widget_text
from tests.support.views import instruments, live_view, quote

PAIRS = instruments()
ROWS = live_view().watchlist


async def shown(rows: tuple[WatchRow, ...], width: int = 26, active: str = "dogeusdt") -> str:
    """What is seen of some rows."""
    pane = Watchlist()
    async with hosted(pane, size=(width, 10)) as stage:
        pane.show(rows, PAIRS, active)
        await stage.pilot.pause()
        return widget_text(pane)


@pytest.mark.parametrize("width", [20, 26, 32, 44, 70])
async def test_what_is_seen_at_each_width(width: int, snapshot: SnapshotAssertion) -> None:
    """Names get shorter before prices do, and the small lines come where there is room."""
    assert await shown(ROWS, width) == snapshot


async def test_unknown_and_unlisted_are_said() -> None:
    """No quote yet is a dash; a symbol that the exchange does not have is named as such, without a price."""
    rows = (WatchRow("btcusdt"), WatchRow("foousdt", quote("btcusdt"), is_listed=False))
    text = await shown(rows, 32)
    assert "—" in text.splitlines()[1]
    assert "FOOUSDT" in text
    assert "not listed" in text
    assert "67,012" not in text
    assert "0" not in text


async def test_direction_is_said_by_an_arrow() -> None:
    """Rise and fall differ without colour."""
    text = await shown(ROWS, 32)
    assert "▲2.3" in text
    assert "▼1.2" in text


async def test_up_down_and_enter_choose_a_symbol() -> None:
    """The keys move from the active symbol, stop at the ends, and Enter posts the symbol under the cursor."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(ROWS, PAIRS, "dogeusdt")
        await stage.pilot.press("up", "enter", "home", "up", "enter", "end", "j", "enter", "k", "enter")
        await stage.pilot.pause()
        chosen = [message.symbol for message in stage.heard(Watchlist.Chosen)]
        assert chosen == ["ethusdt", "btcusdt", "xrpusdt", "solusdt"]


async def test_a_click_chooses_what_was_clicked() -> None:
    """The row under the mouse, not the one under the cursor; the empty space below chooses nothing."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 12)) as stage:
        pane.show(ROWS, PAIRS, "dogeusdt")
        await stage.pilot.pause()
        await stage.pilot.click(pane, offset=(5, 2))
        await stage.pilot.click(pane, offset=(5, 9))
        await stage.pilot.pause()
        assert [message.symbol for message in stage.heard(Watchlist.Chosen)] == ["ethusdt"]


async def test_a_long_list_scrolls_with_the_cursor_and_says_what_is_below() -> None:
    """The cursor is always in sight, and a click in a scrolled list means the row that is seen."""
    rows = tuple(replace(ROWS[0], symbol=f"sym{number:02}") for number in range(30))
    pane = Watchlist()
    async with hosted(pane, size=(30, 8)) as stage:
        pane.show(rows, {}, "sym00")
        await stage.pilot.pause()
        assert "24 more ↓" in widget_text(pane)
        await stage.pilot.press("end")
        await stage.pilot.pause()
        text = widget_text(pane)
        assert "SYM29" in text
        assert "more" not in text
        await stage.pilot.click(pane, offset=(5, 1))
        await stage.pilot.pause()
        assert stage.heard(Watchlist.Chosen)[-1].symbol == "sym24"


async def test_the_wheel_moves_the_cursor() -> None:
    """Scrolling goes through the symbols one by one."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(ROWS, PAIRS, "btcusdt")
        await stage.pilot.pause()
        for kind in (MouseScrollDown, MouseScrollDown, MouseScrollDown, MouseScrollUp):
            await stage.pilot._post_mouse_events([kind], widget=pane, offset=(3, 3))
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.heard(Watchlist.Chosen)[-1].symbol == "dogeusdt"


async def test_the_same_rows_cost_nothing() -> None:
    """Only a new tuple of rows, other pairs or another active symbol makes it draw."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(ROWS, PAIRS, "dogeusdt")
        await stage.pilot.pause()
        drawings = count_drawings(pane)
        pane.show(ROWS, PAIRS, "dogeusdt")
        await stage.pilot.pause()
        assert drawings() == 0
        pane.show((*ROWS[:1], replace(ROWS[1], quote=quote("ethusdt", "3500.00")), *ROWS[2:]), PAIRS, "dogeusdt")
        await stage.pilot.pause()
        assert drawings() == 1
        assert "3,500.00" in widget_text(pane)


async def test_an_empty_list_says_so_and_chooses_nothing() -> None:
    """Enter on nothing posts nothing."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 8)) as stage:
        await stage.pilot.press("enter", "down")
        await stage.pilot.pause()
        assert "no symbols yet" in widget_text(pane)
        assert not stage.heard(Watchlist.Chosen)


async def test_fewer_rows_than_before_keep_the_cursor_on_one() -> None:
    """When the list shrinks, Enter still means a row that is there."""
    pane = Watchlist()
    async with hosted(pane, size=(30, 10)) as stage:
        pane.show(ROWS, PAIRS, "xrpusdt")
        pane.show(ROWS[:2], PAIRS, "xrpusdt")
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.heard(Watchlist.Chosen)[-1].symbol == "ethusdt"


async def test_a_price_is_never_cut() -> None:
    """In any width the last price is there in full, without trailing zeros, or compact, or as an ellipsis."""
    forms = {"0.0000019420", "0.000001942", "0.00000194", "…"}
    for width in range(16, 40):
        line = next(line for line in (await shown(ROWS, width)).splitlines() if "HTX" in line)
        words = [word for word in line.strip("│ ").replace("▸", "").split() if word[0] in "0<…"]
        assert set(words) <= forms, width
    assert Decimal("0.0000019420") == PAIRS["htxusdt"].tick_size * 19420
