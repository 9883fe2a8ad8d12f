"""The archive screen as a person sees it and moves on it: real keys and clicks, on canned archives."""

import re
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.content import Content
from textual.events import MouseScrollDown
from textual.widgets import Input

from hbtui.model.archive import SeriesSummary
from hbtui.model.candle import Period
from hbtui.model.series import Series
from hbtui.trading.archive_views import ArchiveRow, ArchiveView
from hbtui.ui.screens.archive import ArchiveScreen
from hbtui.ui.screens.trade import TradeScreen
from hbtui.ui.widgets.coverage_list import CoverageList
from tests.support.eventually import eventually
from tests.support.screens import NARROW, USUAL, running_app, screen_text, type_text
from tests.support.views import NOW_MS
from tests.ui.archive_pilot import front_of, opened, press, selected, settled
from tests.ui.archive_rows import download, every_state, kept

# what is seen


@pytest.mark.parametrize("size", ["narrow", "usual"])
async def test_every_state_of_a_series(size: str, snapshot: SnapshotAssertion) -> None:
    """Whole, with holes, being fetched, paused, empty and failed: each in words and in its strip."""
    async with running_app(front_of(), {"narrow": NARROW, "usual": USUAL}[size]) as pilot:
        assert await opened(pilot) == snapshot


@pytest.mark.parametrize("size", ["narrow", "usual"])
async def test_the_form_of_a_download(size: str, snapshot: SnapshotAssertion) -> None:
    """Errors stand under their fields; every period is seen."""
    async with running_app(front_of(), {"narrow": NARROW, "usual": USUAL}[size]) as pilot:
        await opened(pilot)
        await press(pilot, "n")
        await type_text(pilot, "2025-13-01")
        assert await press(pilot, "enter") == snapshot


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (ArchiveView(), "reading the archive …"),
        (ArchiveView(origin="htx", rows=()), "Nothing is kept here yet. n begins a download"),
        (ArchiveView(problem="the disk is full"), "The archive cannot be read: the disk is full"),
        (ArchiveView(origin="htx", rows=(), problem="no disk"), "The archive cannot be read: no disk"),
        (replace(every_state(), problem="the disk is full"), "The archive cannot be read: the disk is full"),
    ],
)
async def test_what_is_not_there_is_said_in_words(archive: ArchiveView, words: str) -> None:
    """Loading, empty and broken are three things; what was read before stays under the problem."""
    async with running_app(front_of(archive), NARROW) as pilot:
        text = " ".join(await opened(pilot)).replace(" ", "")
        assert "".join(words.split()) in re.sub(r"[│╭╮╰╯─\s]", "", text)
        assert ("BTC/USDT" in screen_text(pilot.app)) is bool(archive.rows)


@pytest.mark.parametrize(
    ("origin", "words"), [("htx", "Archive of HTX ─"), ("embedded-seed-1", "synthetic bars, not HTX's")]
)
async def test_synthetic_bars_are_never_taken_for_the_exchange_s(origin: str, words: str) -> None:
    """The origin stands in the title, and what it is."""
    async with running_app(front_of(every_state(origin)), NARROW) as pilot:
        title = (await opened(pilot)).splitlines()[1]
        assert words in title
        assert ("HTX ─" in title) is (origin == "htx")


async def test_where_the_engine_failed_nothing_is_said_to_be_read() -> None:
    """Nothing will come: the reason stands there instead."""
    front = front_of(ArchiveView())
    front.change(is_failed=True, blocked="the key is wrong")
    async with running_app(front) as pilot:
        text = await opened(pilot)
        assert "The archive cannot be read: the key is wrong" in text
        assert "reading the archive" not in text


@pytest.mark.parametrize("width", [20, 44, 60, 300])
async def test_every_width_keeps_its_words_whole(width: int) -> None:
    """Whatever does not fit is left out, and a series with bars is never called empty."""
    async with running_app(front_of(ArchiveView(origin="htx", rows=(kept("btcusdt"),))), (width, 20)) as pilot:
        text = await opened(pilot)
        assert "BTC/USDT" in text
        assert "nothing yet" not in text
        assert max(len(line) for line in text.splitlines()) <= width


async def test_names_are_never_markup() -> None:
    """A symbol, an origin or a problem with brackets is shown as it is."""
    summary = SeriesSummary(Series("[red]x[/]", Period.DAY), None, 0, 0)
    row = ArchiveRow(summary=summary, download=download(problem="[b]oh[/c] no"))
    async with running_app(front_of(ArchiveView(origin="[blink]a[/]", rows=(row,))), USUAL) as pilot:
        text = await opened(pilot)
        assert "[blink]a[/]" in text
        assert "[RED]X[/]" in text
        assert "[b]oh[/c] no" in text
        assert "[red]x[/] 1day" in await press(pilot, "d")


async def test_holes_are_seen_and_counted() -> None:
    """A series without holes is one strip; one with holes says how many bars and shows where."""
    async with running_app(front_of(), USUAL) as pilot:
        lines = (await opened(pilot)).splitlines()
        whole, holed = (next(line for line in lines if name in line) for name in ("HTX/USDT", "BTC/USDT"))
        assert re.search(r"5,256,000 +0 ", whole)
        assert not set("▓░") & set(whole)
        assert re.search(r"37,440 +5,760 ", holed)
        assert "▒" in holed
        assert "?" in holed
        assert "▓" in holed


@pytest.mark.parametrize("size", [NARROW, USUAL])
async def test_why_bars_are_missing_is_said_of_the_selected_series(size: tuple[int, int]) -> None:
    """What the exchange has not, what it did not answer and what nobody asked for: counted, with what brings it."""
    async with running_app(front_of(), size) as pilot:
        text = await opened(pilot)
        if size == USUAL:
            assert "missing 2,880 that the exchange has not · 1,440 not answered · 1,440 not asked yet (n asks" in text
        else:
            assert "missing 2,880 exchange has none · 1,440 not answered · 1,440 not asked" in text
        for words in ("exchange has no more", "not answered", "not asked", "partly"):
            assert words in text.splitlines()[-2], "the legend"
        ethereum, htx = await press(pilot, "down", "down"), await press(pilot, "down")
        assert "missing 500 not asked yet (n asks for it)" in ethereum
        assert "missing nothing" in htx
        for shown, name in ((ethereum, "ETH/USDT 1day: "), (htx, "HTX/USDT 1min: ")):
            line = next(line for line in shown.splitlines() if name in line)
            assert " → " in line or size == NARROW, "from when to when, where there is room"
        assert "missing" not in (await press(pilot, "down")).splitlines()[-3], "of nothing there is nothing to say"


async def test_a_download_moves_with_the_view_and_ends_with_it() -> None:
    """The bar, the rate and the time left are the newest; once it is done its line is gone."""
    front = front_of(ArchiveView(origin="htx", rows=(kept("dogeusdt", of=download(wanted=1000, done=10, rate=5.0)),)))
    async with running_app(front) as pilot:
        text = await opened(pilot)
        assert "1 %" in text
        assert "10 of 1,000 bars · 5 bars/s · time left not known" in text
        half = kept("dogeusdt", of=download(wanted=1000, done=500, rate=70.0, left_s=65.0))
        front.change(archive=ArchiveView(origin="htx", rows=(half,)))
        text = await settled(pilot)
        assert "━━━━━━━━━━──────────  50 %" in text
        assert "500 of 1,000 bars · 70 bars/s · 1 min left" in text
        front.change(archive=ArchiveView(origin="htx", rows=(kept("dogeusdt"),)))
        assert "fetching" not in await settled(pilot)


async def test_a_download_that_waits_its_turn_says_so() -> None:
    """It is neither paused nor on its way."""
    row = kept("dogeusdt", of=download(is_waiting=True))
    async with running_app(front_of(ArchiveView(origin="htx", rows=(row,))), NARROW) as pilot:
        assert "waiting: 2024-09-04 → 2025-10-09 · begins once another" in await opened(pilot)


async def test_more_series_than_lines_scroll_with_the_cursor() -> None:
    """The selected series is always in sight, its download with it."""
    rows = tuple(kept(f"c{number}usdt", of=download(is_paused=True)) for number in range(40))
    async with running_app(front_of(ArchiveView(origin="htx", rows=rows)), NARROW) as pilot:
        assert "C0USDT" in await opened(pilot)
        text = await press(pilot, "end")
        assert "▸ C39USDT" in text
        assert text.splitlines()[-4].strip(" │").startswith("paused")
        assert "▸ C29USDT" in await press(pilot, "pageup")
        text = await press(pilot, "home")
        assert "▸ C0USDT" in text
        assert "symbol" in text.splitlines()[2]


# moving and reading


async def test_arrows_clicks_and_the_wheel_select() -> None:
    """The cursor stops at the ends; a click on the second line of a series selects it too."""
    async with running_app(front_of()) as pilot:
        await opened(pilot)
        await press(pilot, "up")
        assert selected(pilot) == "btcusdt 1min"
        await press(pilot, "down")
        assert selected(pilot) == "dogeusdt 5min"
        await pilot.click(CoverageList, offset=(20, 6))
        assert selected(pilot) == "ethusdt 1day"
        await pilot.click(CoverageList, offset=(20, 1))
        await pilot.click(CoverageList, offset=(20, 30))
        assert selected(pilot) == "ethusdt 1day"
        coverage = pilot.app.screen.query_one(CoverageList)
        await pilot._post_mouse_events([MouseScrollDown], coverage, (10, 10))
        assert selected(pilot) == "htxusdt 1min"
        await press(pilot, *["down"] * 9)
        assert selected(pilot) == "xrpusdt 1min"


async def test_the_cursor_stays_with_its_series() -> None:
    """A series that comes before it moves it along; one that is deleted leaves the next one."""
    front = front_of(ArchiveView(origin="htx", rows=(kept("btcusdt"), kept("dogeusdt"), kept("xrpusdt"))))
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "down")
        front.change(archive=ArchiveView(origin="htx", rows=(kept("adausdt"), kept("btcusdt"), kept("dogeusdt"))))
        await settled(pilot)
        assert selected(pilot) == "dogeusdt 1min"
        front.change(archive=ArchiveView(origin="htx", rows=(kept("adausdt"),)))
        await settled(pilot)
        assert selected(pilot) == "adausdt 1min"
        front.change(archive=ArchiveView(origin="htx", rows=()))
        assert "Nothing is kept here yet" in await settled(pilot)


async def test_it_is_read_when_shown_and_again_on_r() -> None:
    """Whoever looks sees what is there now."""
    front = front_of()
    async with running_app(front) as pilot:
        assert front.archive.asked == []
        await opened(pilot)
        assert front.archive.asked == [("read",)]
        await press(pilot, "r")
        assert front.archive.asked == [("read",)] * 2


async def test_it_is_read_again_and_again_only_while_it_is_shown() -> None:
    """A dialog on top or another screen stops it; coming back reads at once."""
    front = front_of()
    async with running_app(front) as pilot:
        screen = ArchiveScreen(front, lambda: NOW_MS, zone=None, read_every_s=0.02)
        await pilot.app.push_screen(screen)
        await eventually(lambda: len(front.archive.asked) > 4, what="reading again and again")
        await press(pilot, "question_mark")
        before = len(front.archive.asked)
        beats: list[int] = []
        pilot.app.set_interval(0.02, lambda: beats.append(1))
        await eventually(lambda: len(beats) > 5, what="time in which it would have read")
        assert len(front.archive.asked) == before
        await press(pilot, "escape")
        await eventually(lambda: len(front.archive.asked) > before + 2, what="reading again")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, TradeScreen)


async def test_a_opens_it_once_from_everywhere_and_esc_goes_back() -> None:
    """From the orders too; a letter typed into a field stays text."""
    async with running_app(front_of()) as pilot:
        await press(pilot, "O")
        await opened(pilot)
        depth = len(pilot.app.screen_stack)
        await press(pilot, "A")
        assert len(pilot.app.screen_stack) == depth
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, TradeScreen)
        await press(pilot, "slash")
        await press(pilot, "A")
        assert pilot.app.screen.query_one(Input).value == "A"


async def test_the_palette_offers_what_the_keys_do() -> None:
    """Whoever does not know the key finds the command by a part of its name."""
    front = front_of()
    async with running_app(front) as pilot:
        await press(pilot, "ctrl+p")
        await type_text(pilot, "archive of bars")
        await eventually(lambda: "Show the archive of bars" in screen_text(pilot.app), what="the command")
        await press(pilot, "enter")
        await eventually(lambda: isinstance(pilot.app.screen, ArchiveScreen), what="the archive's screen")


async def test_without_unicode_the_strip_is_told_in_ascii() -> None:
    """On a terminal of another age the five signs still differ, in the strips and in the legend."""
    async with running_app(front_of()) as pilot:
        await pilot.press("A")
        await eventually(lambda: isinstance(pilot.app.screen, ArchiveScreen), what="the archive's screen")
        coverage = pilot.app.screen.query_one(CoverageList)
        coverage.is_ascii = True
        coverage.redraw()
        text = await settled(pilot)
        holed = next(line for line in text.splitlines() if "BTC/USDT" in line and "37,440" in line)
        assert re.search(r"#-+#.*\?.*=#", holed)
        title = coverage.border_title
        assert title is not None
        assert "Archive of HTX" in str(Content(str(title)))
