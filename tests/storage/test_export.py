"""Bars as files: read back by other programs equal to the last digit, whole or not at all, never over another file."""

import csv
import json
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from hbtui.model.candle import Period
from hbtui.model.errors import ArchiveError
from hbtui.model.series import Series, Span
from hbtui.storage.archive import SqliteArchive
from hbtui.storage.export import COLUMNS, export
from hbtui.trading.archiving import BarRow
from tests.storage.test_archive import DOGE, LATE, START, bar, span

HOUR = Series("dogeusdt", Period.HOUR)
BTC = Series("btcusdt", Period.MINUTE)
NUMBERS = ("open", "high", "low", "close", "base_volume", "quote_volume")
EVERYTHING = Span(0, 1 << 62)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SqliteArchive]:
    """Two pairs of minutes, with digits of every length."""
    with SqliteArchive.open(tmp_path / "x.sqlite", "embedded-seed-1") as opened:
        opened.put(
            DOGE, [bar(0), bar(1, "0.081"), bar(2, "0.0810000", base_volume=Decimal(123456789012345678))], at_ms=LATE
        )
        opened.put(BTC, [bar(5, "0.08999999")], at_ms=LATE)
        yield opened


def test_csv_reads_back_equal(archive: SqliteArchive, tmp_path: Path) -> None:
    """Text by text what the exchange sent, sorted by pair and time, each row with its source."""
    out = tmp_path / "bars.csv"
    assert export(archive, [DOGE, BTC], EVERYTHING, out) == 4
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["symbol"], row["opened_utc"]) for row in rows] == [
        ("btcusdt", "2023-11-14 22:19:00"),
        ("dogeusdt", "2023-11-14 22:14:00"),
        ("dogeusdt", "2023-11-14 22:15:00"),
        ("dogeusdt", "2023-11-14 22:16:00"),
    ]
    assert {(row["source"], row["period"]) for row in rows} == {("embedded-seed-1", "1min")}
    kept = [list(map(str, row)) for row in archive.rows(DOGE, EVERYTHING)]
    assert [[row["open_ms"], *(row[name] for name in NUMBERS), row["trades"]] for row in rows[1:]] == kept


def test_csv_reads_back_equal_by_pandas_and_by_sqlite(archive: SqliteArchive, tmp_path: Path) -> None:
    """Pandas and sqlite3 see the same numbers in the file as in the archive."""
    out = tmp_path / "bars.csv"
    export(archive, [DOGE], EVERYTHING, out)
    frame = pd.read_csv(out, dtype=dict.fromkeys(NUMBERS, str))
    with sqlite3.connect(":memory:") as database:
        frame.to_sql("bars", database)
        told = database.execute(f"SELECT open_ms, {', '.join(NUMBERS)}, trades FROM bars ORDER BY open_ms").fetchall()  # noqa: S608 - own names
    assert told == archive.rows(DOGE, EVERYTHING)


def test_parquet_reads_back_equal(archive: SqliteArchive, tmp_path: Path) -> None:
    """Exact decimals, a UTC time, sorted, with the source and the time zone in the file's own words."""
    out = tmp_path / "bars.parquet"
    assert export(archive, [DOGE, BTC], EVERYTHING, out) == 4
    table = pq.read_table(out)
    assert tuple(table.column_names) == COLUMNS
    rows = table.to_pylist()
    assert [row["symbol"] for row in rows] == ["btcusdt", "dogeusdt", "dogeusdt", "dogeusdt"]
    own = archive.range(DOGE, EVERYTHING)
    assert [[row[name] for name in NUMBERS] for row in rows[1:]] == [
        [getattr(one, name) for name in NUMBERS] for one in own
    ]
    assert [row["opened_utc"] for row in rows[1:]] == [datetime.fromtimestamp(one.open_ms / 1000, UTC) for one in own]
    about = json.loads(table.schema.metadata[b"hbtui"])
    assert (about["source"], about["series"]) == ("embedded-seed-1", ["btcusdt 1min", "dogeusdt 1min"])
    assert "GMT+8" in about["time zone"]


def test_only_the_range_is_written(archive: SqliteArchive, tmp_path: Path) -> None:
    """From is included, to is excluded."""
    out = tmp_path / "bars.csv"
    assert export(archive, [DOGE], span(1, 2), out) == 1
    assert f",{START + 60_000}," in out.read_text()


def test_more_bars_than_a_batch_are_all_there_once(tmp_path: Path) -> None:
    """Batches follow each other without a seam, in both formats."""
    with SqliteArchive.open(tmp_path / "x.sqlite", "htx") as archive:
        archive.put(DOGE, [bar(number) for number in range(120_000)], at_ms=LATE)
        for name in ("o.csv", "o.parquet"):
            assert export(archive, [DOGE], EVERYTHING, tmp_path / name) == 120_000
    times = [START + number * 60_000 for number in range(120_000)]
    assert [int(line.split(",")[3]) for line in (tmp_path / "o.csv").read_text().splitlines()[1:]] == times
    assert pq.read_table(tmp_path / "o.parquet")["open_ms"].to_pylist() == times


def test_an_origins_name_is_quoted_where_it_needs_to_be(tmp_path: Path) -> None:
    """A name with a comma and a quote is one field of each row."""
    with SqliteArchive.open(tmp_path / "x.sqlite", 'mine, "own"') as archive:
        archive.put(DOGE, [bar(0)], at_ms=LATE)
        export(archive, [DOGE], EVERYTHING, tmp_path / "o.csv")
    with (tmp_path / "o.csv").open(newline="") as file:
        assert [row["source"] for row in csv.DictReader(file)] == ['mine, "own"']


@pytest.mark.parametrize("digits", ["1" * 30 + "." + "1" * 10, "0." + "0" * 40 + "1"])
def test_numbers_that_parquet_cannot_hold_are_told(archive: SqliteArchive, tmp_path: Path, digits: str) -> None:
    """More digits than its decimals have are no reason to round: a sentence says so, and CSV takes them."""
    archive.put(DOGE, [bar(3, quote_volume=Decimal(digits))], at_ms=LATE)
    with pytest.raises(ArchiveError, match=r"more digits than Parquet .* export to \.csv"):
        export(archive, [DOGE], EVERYTHING, tmp_path / "o.parquet")
    assert not (tmp_path / "o.parquet").exists()
    assert export(archive, [DOGE], EVERYTHING, tmp_path / "o.csv") == 4
    assert f",{digits}," in (tmp_path / "o.csv").read_text()


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_a_file_that_exists_is_replaced_only_when_asked(archive: SqliteArchive, tmp_path: Path, name: str) -> None:
    """Without the word for it the old file stays to the byte; with it the new one is whole."""
    out = tmp_path / name
    out.write_text("precious")
    with pytest.raises(ArchiveError, match="exists: name another file, or say --overwrite"):
        export(archive, [DOGE], EVERYTHING, out)
    assert out.read_text() == "precious"
    assert export(archive, [DOGE], EVERYTHING, out, overwrites=True) == 3
    assert out.stat().st_size > 200


def test_a_file_that_comes_while_writing_is_not_replaced(archive: SqliteArchive, tmp_path: Path) -> None:
    """Another program that makes the file in the meantime keeps it, and no half file is left beside."""
    out = tmp_path / "bars.csv"

    class Slow:
        """An archive during whose reading somebody else writes the file."""

        origin = archive.origin

        def rows(
            self, series: Series, wanted: Span, limit: int = -1
        ) -> list[tuple[int, str, str, str, str, str, str, int]]:
            out.write_text("theirs")
            return archive.rows(series, wanted, limit)

        def places(self, series: Series, wanted: Span) -> list[int]:
            return archive.places(series, wanted)

    with pytest.raises(ArchiveError, match="exists"):
        export(Slow(), [DOGE], EVERYTHING, out)
    assert out.read_text() == "theirs"
    assert sorted(one.name for one in tmp_path.iterdir() if "bars" in one.name) == ["bars.csv"]


def test_the_file_is_for_its_owner_alone(archive: SqliteArchive, tmp_path: Path) -> None:
    """Nobody else reads what somebody tests with."""
    export(archive, [DOGE], EVERYTHING, tmp_path / "bars.csv")
    assert stat.S_IMODE((tmp_path / "bars.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "series", "reason"),
    [
        ("bars.xlsx", [DOGE], "neither .csv nor .parquet"),
        ("bars.csv", [HOUR], "no bars to export"),
        ("missing/bars.csv", [DOGE], "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_written_is_a_sentence_and_leaves_no_file(
    archive: SqliteArchive, tmp_path: Path, name: str, series: list[Series], reason: str
) -> None:
    """An unknown format, nothing to write and a missing folder are told in words, and nothing is left behind."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ArchiveError, match=reason):
        export(archive, series, EVERYTHING, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


def test_numbers_too_long_for_parquet_are_a_sentence_and_no_file(archive: SqliteArchive, tmp_path: Path) -> None:
    """Many digits before the point in one bar and many behind it in another: CSV holds both, Parquet says why not."""
    archive.delete(DOGE)
    archive.put(DOGE, [bar(0, base_volume=Decimal("1" * 24)), bar(1, base_volume=Decimal("1E-30"))], at_ms=LATE)
    with pytest.raises(ArchiveError, match=r"more digits than Parquet can hold beside the others: export to \.csv"):
        export(archive, [DOGE], EVERYTHING, tmp_path / "x.parquet")
    assert not list(tmp_path.glob("*.parquet*"))
    assert export(archive, [DOGE], EVERYTHING, tmp_path / "x.csv") == 2


def test_longer_numbers_that_come_while_it_is_written_are_written_too(archive: SqliteArchive, tmp_path: Path) -> None:
    """A download that goes on meanwhile may bring more digits than there were when the export began."""
    archive.delete(DOGE)
    archive.put(DOGE, [bar(0, "0.08")], at_ms=LATE)

    class Growing:
        """An archive into which a bar comes between an export's first look and its last."""

        origin = archive.origin

        places = staticmethod(archive.places)

        def __init__(self) -> None:
            self.looks = 0

        def rows(self, series: Series, of: Span, limit: int = -1) -> Sequence[BarRow]:
            """Bars as text; the first look after the digits were counted finds a longer one behind the others."""
            self.looks += 1
            if self.looks == 1:
                archive.put(DOGE, [bar(5, "0.0812345678901234")], at_ms=LATE)
            return archive.rows(series, of, limit)

    out = tmp_path / "x.parquet"
    assert export(Growing(), [DOGE], EVERYTHING, out) == 2
    assert pq.read_table(out)["close"].to_pylist() == [Decimal("0.08"), Decimal("0.0812345678901234")]
