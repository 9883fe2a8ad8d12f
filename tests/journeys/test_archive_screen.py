"""The archive as a person meets it, on the embedded exchange: fetched, seen, exported, deleted, scrolled back into."""

import csv
from pathlib import Path

import pytest

from hbtui.model.candle import Period
from hbtui.model.series import Series
from hbtui.trading.archive_views import ArchiveRow
from hbtui.trading.views import View
from hbtui.ui.widgets.chart import CandleChart
from tests.support.running import Running, running_program
from tests.support.screens import asked

HOURS = Series("dogeusdt", Period.HOUR)


def row_of(view: View, series: Series = HOURS) -> ArchiveRow | None:
    """A series of the archive, as the engine shows it."""
    rows = view.archive.rows or ()
    return next((row for row in rows if row.summary.series == series), None)


async def fetch_hours(running: Running) -> ArchiveRow:
    """Ask for a week of hours with the keys, and wait until it is there."""
    await running.press("5")
    await running.sees(lambda view: view.candles.period is Period.HOUR and view.candles.candles)
    await running.press("A")
    await running.shows("Archive of embedded-seed-", "synthetic bars, not HTX's")
    await running.press("n")
    await running.shows("Fetch bars into the archive")
    await running.type("2025-01-01")
    await running.press("tab")
    await running.type("2025-01-08")
    await running.press("enter")
    await running.sees(lambda view: (row := row_of(view)) and row.summary.bars >= 168 and not row.download)
    row = row_of(running.view)
    assert row is not None
    return row


async def test_a_week_is_fetched_exported_and_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By keys alone: what is on the screen, in the archive and in the file is one and the same."""
    monkeypatch.chdir(tmp_path)
    async with running_program() as (_, running):
        row = await fetch_hours(running)
        await running.shows("DOGE/USDT", "60min", "2025-01-01", f"{row.summary.bars:,}")
        await running.press("e")
        await running.shows("Export dogeusdt 60min")
        await running.press("enter")
        await running.shows("bars written to")
        with (tmp_path / "dogeusdt-60min.csv").open(encoding="utf-8") as written:
            lines = list(csv.DictReader(line for line in written if not line.startswith("#")))
        assert {line["source"] for line in lines} == {running.view.archive.origin}
        assert lines[0]["opened_utc"].startswith("2025-01-01")
        await running.press("d")
        await running.shows("Delete this series?", f"{len(lines):,} bars of dogeusdt 60min")
        await asked(running.pilot)
        await running.press("y")
        await running.shows("bars deleted")
        await running.sees(lambda view: row_of(view) is None)


async def test_the_chart_scrolls_back_before_its_first_bar() -> None:
    """Home asks, older bars come from the exchange, and the same bars stand where they stood."""
    async with running_program() as (_, running):
        chart = running.app.screen.query_one(CandleChart)
        await running.sees(lambda view: len(view.candles.candles) >= 2000)
        count = len(running.view.candles.candles)
        await running.shows(f"{count:,} bars")
        first_ms = running.view.candles.candles[0].open_ms
        await running.press("home")
        await running.pilot.pause()
        seen = chart._picture.plot
        assert seen is not None
        assert seen.columns[0] is not None
        assert seen.columns[0].open_ms == first_ms
        await running.sees(lambda view: len(view.candles.candles) > count)
        await running.sees(lambda view: not view.candles.is_loading_older)
        assert running.view.candles.candles[0].open_ms < first_ms
        await running.shows(f"{len(running.view.candles.candles):,} bars")
        after = chart._picture.plot
        assert after is not None
        assert after.columns[0] is not None
        assert after.columns[0].open_ms == first_ms
        await running.press("pageup")
        await running.pilot.pause()
        earlier = chart._picture.plot
        assert earlier is not None
        assert earlier.columns[0] is not None
        assert earlier.columns[0].open_ms < first_ms
