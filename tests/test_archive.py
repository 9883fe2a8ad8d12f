"""The archive for notebooks: frames of what was fetched, exact or ready for analysis."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pandas as pd
import polars as pl
import pytest

from hbtui.archive import Archive, ArchiveError
from hbtui.archive_places import archive_path, kept_origins, open_archive
from hbtui.config import places
from hbtui.model.candle import Period
from hbtui.model.series import GapKind, Series, Span
from hbtui.storage.archive import SqliteArchive
from hbtui.words import BadRequest
from tests.storage.test_archive import DOGE, LATE, START, bar


@pytest.fixture(autouse=True)
def fetched(own_home: Path) -> Path:
    """Twelve minutes of HTX's, one of them missing."""
    with SqliteArchive.open(own_home / "archive" / "htx.sqlite", "htx") as archive:
        archive.put(DOGE, [bar(number) for number in range(12) if number != 7], at_ms=LATE)
    return own_home


def test_a_frame_is_ready_for_analysis() -> None:
    """Indexed by UTC time, floats to compute with, sorted, and nothing is made up for the missing minute."""
    with Archive.open() as archive:
        frame = archive.frame("DOGE/USDT", "1min")
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["open", "high", "low", "close", "base_volume", "quote_volume", "trades"]
    assert frame.index.name == "opened"
    assert str(frame.index.tz) == "UTC"
    assert frame.index.is_monotonic_increasing
    assert len(frame) == 11
    assert frame["close"].pct_change().iloc[1] == pytest.approx(0)


def test_a_frame_can_be_exact() -> None:
    """Asked for exact numbers, a frame holds the exchange's digits."""
    with Archive.open() as archive:
        frame = archive.frame("dogeusdt", "1min", exact=True)
    assert isinstance(frame, pd.DataFrame)
    assert frame["quote_volume"].iloc[0] == Decimal("0.000000012345678901234567")


def test_polars_gets_the_same_rows() -> None:
    """The other library sees the same times and prices."""
    with Archive.open() as archive:
        frame = archive.frame("dogeusdt", "1min", library="polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame["opened"][0] == datetime.fromtimestamp(START / 1000, UTC)
    assert frame["close"].to_list() == [0.08123] * 11


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2023-11-14 22:15", "2023-11-14 22:17"),
        (datetime(2023, 11, 14, 22, 15, tzinfo=UTC), datetime(2023, 11, 14, 22, 17)),  # noqa: DTZ001 - means UTC
        (START + 60_000, START + 180_000),
        ("2023-11-15T06:15+08:00", "2023-11-15T06:17+08:00"),
    ],
)
def test_moments_are_dates_times_or_milliseconds(start: str | datetime | int, end: str | datetime | int) -> None:
    """From is included and to excluded, in whichever way a moment is written."""
    with Archive.open() as archive:
        found = archive.candles("dogeusdt", "1min", start, end)
    assert [one.open_ms for one in found] == [START + 60_000, START + 120_000]


def test_longer_bars_are_made_from_shorter_ones() -> None:
    """Five minutes from minutes, on the exchange's grid: whole ones only, so that each could be the exchange's own."""
    with Archive.open() as archive:
        made = archive.candles("dogeusdt", "5min", of="1min")
        assert [one.opened_at.strftime("%H:%M") for one in made] == ["22:15"], "begun, holed and unfinished are none"
        assert made[0].trades == 35
        within = archive.candles("dogeusdt", "5min", "2023-11-14 22:15", "2023-11-14 22:16", of="1min")
        assert within == made, "the bar opens in the range, and is made whole from beyond it"
        with pytest.raises(ArchiveError, match="that make a whole one of 5min"):
            archive.candles("dogeusdt", "5min", "2023-11-14 22:16", "2023-11-14 22:20", of="1min")
        with pytest.raises(ArchiveError, match="holds no bars of btcusdt 1min"):
            archive.candles("btcusdt", "5min", of="1min")


def test_a_minute_without_a_trade_is_no_hole_in_a_longer_bar(own_home: Path) -> None:
    """What the exchange has not is not in its own longer bar either."""
    with SqliteArchive.open(own_home / "archive" / "htx.sqlite", "htx") as archive:
        archive.note_hole(DOGE, Span(bar(7).open_ms, bar(8).open_ms), GapKind.ABSENT, at_ms=LATE)
    with Archive.open() as opened:
        made = opened.candles("dogeusdt", "5min", of="1min")
    assert [(one.opened_at.strftime("%H:%M"), one.trades) for one in made] == [("22:15", 35), ("22:20", 28)]


@pytest.mark.parametrize(("period", "of"), [("1min", "5min"), ("1mon", "1week"), ("1year", "1week")])
def test_bars_that_lie_in_two_make_none(period: str, of: str) -> None:
    """A week may lie in two months: nothing is made of it, and that is said."""
    with Archive.open() as archive, pytest.raises(BadRequest, match=f"Bars of {period} cannot be made of bars of {of}"):
        archive.frame("dogeusdt", period, of=of)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_an_exact_frame_loses_no_digit_of_either_library(library: Literal["pandas", "polars"], own_home: Path) -> None:
    """Many digits before the point in one row and many behind it in another come back as they were put in."""
    large, small = (
        bar(20, base_volume=Decimal("12345678901234.5")),
        bar(21, base_volume=Decimal("0.000000000000000001")),
    )
    with SqliteArchive.open(own_home / "archive" / "htx.sqlite", "htx") as archive:
        archive.put(DOGE, [large, small], at_ms=LATE)
    with Archive.open() as opened:
        frame = opened.frame("dogeusdt", "1min", large.open_ms, library=library, exact=True)
    assert list(frame["base_volume"]) == [large.base_volume, small.base_volume]


def test_gaps_are_told_to_the_notebook() -> None:
    """Between the first and the last bar one minute is missing, and nobody has asked for it."""
    with Archive.open() as archive:
        assert archive.origin == "htx"
        assert [one.series for one in archive.series()] == [DOGE]
        assert [(gap.bars, gap.kind) for gap in archive.gaps("dogeusdt", "1min")] == [(1, GapKind.UNASKED)]


def test_what_is_not_there_is_said() -> None:
    """An origin, a series and a range that were never fetched, and words that make no sense, are told in words."""
    with pytest.raises(ArchiveError, match="begin with hbtui archive fetch"):
        Archive.open("embedded-seed-9")
    with pytest.raises(ArchiveError, match="names no exchange"):
        Archive.open("../htx")
    with Archive.open() as archive:
        with pytest.raises(ArchiveError, match="holds no bars of btcusdt 1min"):
            archive.frame("btcusdt", "1min")
        with pytest.raises(ArchiveError, match="holds no bars of btcusdt 1day"):
            archive.gaps("btcusdt", "1day")
        with pytest.raises(ArchiveError, match="in that range"):
            archive.frame("dogeusdt", "1min", "2030-01-01")
        with pytest.raises(BadRequest, match="is not a date"):
            archive.frame("dogeusdt", "1min", "yesterday")


def test_each_origin_has_a_file_of_its_own(fetched: Path) -> None:
    """HTX's bars and an embedded exchange's lie in two files, and both are known."""
    open_archive(places(), "embedded-seed-2").close()
    assert kept_origins(places()) == ["embedded-seed-2", "htx"]
    assert archive_path(places(), "htx") == fetched / "archive" / "htx.sqlite"


def test_the_environment_names_another_archive(tmp_path: Path) -> None:
    """HBTUI_ARCHIVE leads to another file, which begins empty."""
    other = tmp_path / "other.sqlite"
    with open_archive(places(), "htx", environ={"HBTUI_ARCHIVE": str(other)}) as archive:
        assert archive.series() == ()
    assert other.exists()


def test_frames_cost_nothing_until_they_are_asked_for() -> None:
    """Importing the archive loads neither pandas nor polars nor pyarrow nor a server's driver."""
    script = (
        "import sys, hbtui.archive; print({'pandas', 'polars', 'pyarrow', 'psycopg', 'textual'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_a_series_that_was_never_fetched_has_no_window() -> None:
    """Nothing is nothing, not an error, where a chart asks."""
    with open_archive(places(), "htx") as archive:
        assert archive.window(Series("btcusdt", Period.DAY), 10) == ()


@pytest.mark.parametrize(
    "named",
    ["postgresql:/me:hunter2@host/db", "mysql://me:hunter2@host/db", "host=x password=hunter2", "postgres:hunter2"],
)
def test_a_url_of_another_kind_is_no_file_name(named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is made under that name, and no part of it is told."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    environ = {"HBTUI_ARCHIVE": named}
    with pytest.raises(ArchiveError, match="begins with postgresql://") as failed:
        open_archive(places(), "htx", environ=environ)
    with pytest.raises(ArchiveError, match="begins with postgresql://") as unlisted:
        kept_origins(places(), environ)
    assert "hunter2" not in f"{failed.value}{unlisted.value}"
    assert list(folder.iterdir()) == []


def test_the_only_origin_of_a_named_file_is_its_own(tmp_path: Path) -> None:
    """Whoever reads a file that is named need not say whose bars it holds."""
    environ = {"HBTUI_ARCHIVE": str(tmp_path / "other.sqlite")}
    with pytest.raises(ArchiveError, match="Nothing was fetched yet"):
        kept_origins(places(), environ)
    open_archive(places(), "embedded-seed-3", environ=environ).close()
    assert kept_origins(places(), environ) == ["embedded-seed-3"]
