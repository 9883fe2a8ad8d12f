"""Fetching, pausing, deleting and exporting on the archive screen: real keys, on canned archives."""

from dataclasses import replace
from pathlib import Path

import pytest

from hbtui.model.candle import Period
from hbtui.model.series import Series, Span
from hbtui.trading.archive_views import ArchiveView
from hbtui.ui.screens.archive import ArchiveScreen
from hbtui.ui.widgets.archive_dialogs import ExportDialog, FetchDialog
from hbtui.ui.widgets.choice import ChoiceDialog
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.words import Words
from tests.support.screens import asked, running_app, screen_text, type_text
from tests.support.views import NOW_MS
from tests.ui.archive_pilot import DOGE, asks, field, front_of, opened, press, selected, settled
from tests.ui.archive_rows import DAY_MS, TODAY_MS, download, every_state, kept

# downloads


async def test_what_is_being_fetched_already_is_not_asked_for_twice() -> None:
    """The form begins with the chart's symbol and period; of what is on its way the person is told so."""
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
        assert "is being fetched already" in screen_text(pilot.app)
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
        assert "37,440 bars of btcusdt 1min are deleted" in screen_text(pilot.app)
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
        assert pilot.app.screen.query_one("#sum", Words).said == f"37,440 bars, in the folder {tmp_path}"
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
