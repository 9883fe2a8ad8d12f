"""The archive screen as a person uses it: real keys and clicks, on canned archives."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.content import Content
from textual.events import MouseScrollDown
from textual.widgets import Input

from hbtui.model.archive import SeriesSummary
from hbtui.model.candle import Period
from hbtui.model.series import Series, Span
from hbtui.trading.archive_views import ArchiveRow, ArchiveView
from hbtui.ui.app import HbtuiApp
from hbtui.ui.screens.archive import ArchiveScreen
from hbtui.ui.screens.trade import TradeScreen
from hbtui.ui.widgets.archive_dialogs import ExportDialog, FetchDialog
from hbtui.ui.widgets.choice import ChoiceDialog
from hbtui.ui.widgets.coverage_list import CoverageList
from hbtui.ui.widgets.form_field import FormField
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.words import Words
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, AppPilot, asked, running_app, screen_text, type_text
from tests.support.views import NOW_MS, live_view
from tests.ui.archive_rows import DAY_MS, TODAY_MS, download, every_state, kept

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
        assert re.search(r"38,880 +4,320 ", holed)
        assert "░" in holed
        assert "▓" in holed


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


async def test_more_series_than_lines_scroll_with_the_cursor() -> None:
    """The selected series is always in sight, its download with it."""
    rows = tuple(kept(f"c{number}usdt", of=download(is_paused=True)) for number in range(40))
    async with running_app(front_of(ArchiveView(origin="htx", rows=rows)), NARROW) as pilot:
        assert "C0USDT" in await opened(pilot)
        text = await press(pilot, "end")
        assert "▸ C39USDT" in text
        assert text.splitlines()[-3].strip(" │").startswith("paused")
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


# downloads


async def test_a_download_is_asked_for_by_symbol_period_and_days() -> None:
    """The active symbol and the chart's period stand there; days are UTC, until now where none is named."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "n")
        assert field(pilot, "symbol").text == "dogeusdt"
        assert pilot.app.screen.query_one(WordBar).chosen == "5min"
        await type_text(pilot, "2025-10-01")
        assert "About 2,412 bars of dogeusdt 5min" in await settled(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ArchiveScreen)
    # what is on its way already is not asked for twice: the canned series of 5 minutes is being fetched
    assert asks(front) == []


async def test_any_series_can_be_asked_for() -> None:
    """Symbol and period are changed with the keys; the cursor waits for the new series and goes to it."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "n", "shift+tab", "shift+tab")
        await press(pilot, *["backspace"] * 8)
        await type_text(pilot, "btc/usdt")
        await press(pilot, "tab", "right", "tab")
        await type_text(pilot, "2025-10-01")
        await press(pilot, "tab")
        await type_text(pilot, "2025-10-09")
        await press(pilot, "enter")
        wanted = Series("btcusdt", Period.MINUTES_15)
        assert asks(front) == [("fetch", wanted, Span(TODAY_MS - 8 * DAY_MS, TODAY_MS))]
        front.change(archive=replace(every_state(), rows=(*(every_state().rows or ()), kept("btcusdt", wanted.period))))
        await settled(pilot)
        assert selected(pilot) == "btcusdt 15min"


async def test_wrong_fields_are_told_after_enter_and_while_they_are_corrected() -> None:
    """Nothing is called wrong that is still being typed; nothing is fetched until all is right."""
    front = front_of(ArchiveView(origin="htx", rows=()))
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "n")
        await type_text(pilot, "2025-1")
        assert "itself included" in field(pilot, "from").said
        await press(pilot, "enter")
        assert "'2025-1' is not a date" in field(pilot, "from").said
        assert isinstance(pilot.app.screen, FetchDialog)
        await type_text(pilot, "0-01")
        await settled(pilot)
        assert "itself included" in field(pilot, "from").said
        await press(pilot, "enter")
        assert [each[0] for each in asks(front)] == ["fetch"]


async def test_esc_and_back_fetch_nothing() -> None:
    """Two ways back, and no trace."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        for way in ("escape", "button"):
            await press(pilot, "n")
            await type_text(pilot, "2025-10-01")
            if way == "button":
                await pilot.click("#back")
            else:
                await pilot.press(way)
            await settled(pilot)
            assert isinstance(pilot.app.screen, ArchiveScreen)
        assert asks(front) == []


async def test_the_fetch_button_goes_on_as_enter_does() -> None:
    """For the mouse."""
    front = front_of(ArchiveView(origin="htx", rows=()))
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "n")
        await type_text(pilot, "2025-10-01")
        await pilot.click("#act")
        await settled(pilot)
        assert asks(front) == [("fetch", DOGE, Span(TODAY_MS - 8 * DAY_MS, NOW_MS))]


@pytest.mark.parametrize("key", ["p", "space"])
async def test_a_running_download_is_paused_and_the_others_go_on(key: str) -> None:
    """What runs is paused; what is paused or failed is fetched again, by its own stretch."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        for row in front.view.archive.rows or ():
            front.archive.asked.clear()
            await press(pilot, key)
            series, on_its_way = row.summary.series, row.download
            if on_its_way is None:
                assert asks(front) == []
            elif on_its_way.is_paused or on_its_way.problem:
                assert asks(front) == [("fetch", series, on_its_way.span)]
            else:
                assert asks(front) == [("pause", series)]
            await press(pilot, "down")


async def test_a_paused_download_can_be_begun_anew_with_other_days() -> None:
    """Only one that runs forbids another."""
    front = front_of(ArchiveView(origin="htx", rows=(kept("dogeusdt", DOGE.period, of=download(is_paused=True)),)))
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "n")
        await type_text(pilot, "2025-10-01")
        await press(pilot, "enter")
        assert asks(front) == [("fetch", DOGE, Span(TODAY_MS - 8 * DAY_MS, NOW_MS))]


# deleting and exporting


async def test_deleting_asks_with_the_number_of_bars() -> None:
    """Back is the harmless answer; y deletes, once a quiet moment has passed."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "d")
        await asked(pilot)
        assert "38,880 bars of btcusdt 1min are deleted" in screen_text(pilot.app)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ArchiveScreen)
        assert asks(front) == []
        await press(pilot, "down", "d")
        await asked(pilot)
        assert "What is being fetched of it stops" in screen_text(pilot.app)
        await press(pilot, "y")
        assert asks(front) == [("delete", DOGE)]


async def test_deleting_what_is_watched_says_that_it_is_kept_again() -> None:
    """Minutes of watched pairs, and what the chart shows, come back as they close; others do not."""
    rows = (kept("btcusdt"), kept("dogeusdt", Period.MINUTES_5), kept("btcusdt", Period.DAY), kept("adausdt"))
    async with running_app(front_of(ArchiveView(origin="htx", rows=rows))) as pilot:
        await opened(pilot)
        told = []
        for _ in rows:
            await press(pilot, "d")
            await asked(pilot)
            told.append("It is watched" in screen_text(pilot.app))
            await press(pilot, "escape", "down")
        assert told == [True, True, False, False]


async def test_a_series_that_goes_away_meanwhile_is_the_one_that_was_named() -> None:
    """The question names a series, and the answer is about that one, whatever the rows do."""
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "d")
        await asked(pilot)
        front.change(archive=ArchiveView(origin="htx", rows=(kept("xrpusdt"),)))
        await press(pilot, "y")
        assert asks(front) == [("delete", Series("btcusdt", Period.MINUTE))]


async def test_an_export_goes_to_the_current_folder_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name stands there; Enter takes it."""
    monkeypatch.chdir(tmp_path)
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "e")
        assert field(pilot, "file").text == "btcusdt-1min.csv"
        assert pilot.app.screen.query_one("#sum", Words).said == f"38,880 bars, in the folder {tmp_path}"
        await press(pilot, "enter")
        assert asks(front) == [("export", Series("btcusdt", Period.MINUTE), tmp_path / "btcusdt-1min.csv")]


async def test_an_export_writes_over_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is there is told under the field; another ending is another format."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "btcusdt-1min.csv").write_text("mine", encoding="utf-8")
    front = front_of()
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, "e", "enter")
        assert "exists already" in field(pilot, "file").said
        assert isinstance(pilot.app.screen, ExportDialog)
        await press(pilot, "end", *["backspace"] * 3)
        await type_text(pilot, "parquet")
        await press(pilot, "enter")
        assert asks(front) == [("export", Series("btcusdt", Period.MINUTE), tmp_path / "btcusdt-1min.parquet")]


@pytest.mark.parametrize("key", ["d", "e", "p", "space"])
async def test_without_a_series_there_is_nothing_to_delete_export_or_pause(key: str) -> None:
    """The keys are dimmed and do nothing."""
    front = front_of(ArchiveView(origin="htx", rows=()))
    async with running_app(front) as pilot:
        await opened(pilot)
        await press(pilot, key)
        assert isinstance(pilot.app.screen, ArchiveScreen)
        assert not isinstance(pilot.app.screen, ChoiceDialog)
        assert asks(front) == []


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
    """On a terminal of another age the three signs still differ, in the strips and in the legend."""
    async with running_app(front_of()) as pilot:
        await pilot.press("A")
        await eventually(lambda: isinstance(pilot.app.screen, ArchiveScreen), what="the archive's screen")
        coverage = pilot.app.screen.query_one(CoverageList)
        coverage.is_ascii = True
        coverage.redraw()
        text = await settled(pilot)
        holed = next(line for line in text.splitlines() if "BTC/USDT" in line and "38,880" in line)
        assert re.search(r"#=\.+=#", holed)
        title = coverage.border_title
        assert title is not None
        assert "Archive of HTX" in str(Content(str(title)))
