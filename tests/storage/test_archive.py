"""The archive on one machine: exact, idempotent, complete about what is missing, and careful with its file."""

import sqlite3
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError
from hbtui.model.series import Gap, GapKind, Series, Span
from hbtui.storage.archive import SqliteArchive, origin_of
from hbtui.storage.archive_postgres import PostgresArchive
from hbtui.storage.archive_schema import MIGRATIONS

MINUTE = 60_000
START = 1_700_000_040_000
LATE = START + 400 * 86_400_000
Kept = SqliteArchive | PostgresArchive
DOGE = Series("dogeusdt", Period.MINUTE)


def bar(number: int, close: str = "0.08123", **changes: object) -> Candle:
    """The bar of a minute, with digits as an exchange sends them."""
    prices = (Decimal("0.08120"), Decimal("0.0900"), Decimal("0.08"), Decimal(close))
    made = Candle(START + number * MINUTE, *prices, Decimal("1234.50"), Decimal("0.000000012345678901234567"), 7)
    return made._replace(**changes)  # type: ignore[arg-type]  # the test names the fields


def span(first: int, end: int) -> Span:
    """From one minute to another."""
    return Span(START + first * MINUTE, START + end * MINUTE)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SqliteArchive]:
    """An empty archive on this machine."""
    with SqliteArchive.open(tmp_path / "archive" / "x.sqlite", "htx") as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """An empty archive of either kind: what is promised of the one is promised of the other."""
    if request.param == "sqlite":
        with SqliteArchive.open(tmp_path / "x.sqlite", "htx") as opened:
            yield opened
        return
    url = request.getfixturevalue("postgres_url")
    with PostgresArchive.open(url, f"test-{uuid.uuid4().hex[:12]}") as on_server:
        yield on_server


def test_bars_come_back_digit_by_digit(kept: Kept) -> None:
    """Trailing zeros, tiny volumes and the count are what was put in, and they come oldest first."""
    bars = [bar(0), bar(1, "0.081"), bar(2, "0.0810000")]
    report = kept.put(DOGE, list(reversed(bars)), at_ms=LATE)
    assert (report.added, report.unchanged, report.corrected, report.aside) == (3, 0, (), ())
    assert [str(one) for one in kept.range(DOGE, span(0, 9))] == [str(one) for one in bars]
    assert kept.rows(DOGE, span(0, 9), 1)[0][4] == "0.08123"


def test_numbers_are_spelled_out(kept: Kept) -> None:
    """What Python writes with an exponent is kept digit by digit, in the bar that has such a number and no other."""
    prices = [Decimal(text) for text in ("7.7E-9", "8E-9", "7E-9", "7.0E-9")]
    tiny = Candle._make([START + MINUTE, *prices, Decimal("1E+3"), bar(0).quote_volume, 7])
    kept.put(DOGE, [bar(0), tiny, bar(2)], at_ms=LATE)
    own = ("0.0000000077", "0.000000008", "0.000000007", "0.0000000070", "1000", "0.000000012345678901234567")
    usual = ("0.08120", "0.0900", "0.08", "0.08123", "1234.50", "0.000000012345678901234567")
    assert [row[1:7] for row in kept.rows(DOGE, span(0, 3))] == [usual, own, usual]


def test_the_most_digits_behind_the_point_are_known(kept: Kept) -> None:
    """Of each number by itself, within the span alone; where there is no point or no bar it is none."""
    kept.put(DOGE, [bar(0, base_volume=Decimal(5)), bar(1, "0.081234567")], at_ms=LATE)
    assert kept.places(DOGE, span(0, 2)) == [5, 4, 2, 9, 2, 24]
    assert kept.places(DOGE, span(0, 1)) == [5, 4, 2, 5, 0, 24]
    assert kept.places(DOGE, span(5, 6)) == kept.places(Series("btcusdt", Period.DAY), span(0, 9)) == [0] * 6


def test_putting_twice_changes_nothing(kept: Kept) -> None:
    """The second time nothing is added, and everything is as it was."""
    bars = [bar(number) for number in range(10)]
    kept.put(DOGE, bars, at_ms=LATE)
    before = (kept.series(), kept.coverage(DOGE), kept.range(DOGE, span(0, 99)))
    report = kept.put(DOGE, bars, at_ms=LATE)
    assert (report.added, report.unchanged) == (0, 10)
    assert (kept.series(), kept.coverage(DOGE), kept.range(DOGE, span(0, 99))) == before


def test_the_bar_that_is_still_forming_is_never_kept(kept: Kept) -> None:
    """A bar counts from five seconds after its end on; until then the exchange may still add to it."""
    end_ms = START + MINUTE
    assert kept.put(DOGE, [bar(0)], at_ms=end_ms + 4_999).added == 0
    assert kept.put(DOGE, [bar(0)], at_ms=end_ms + 5_000).added == 1


def test_a_day_that_may_still_be_corrected_is_not_kept(kept: Kept) -> None:
    """HTX corrects the bar of a day for some minutes after its end: it counts from ten minutes after it on."""
    for period in (Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR):
        series, open_ms = Series("dogeusdt", period), period.open_ms(START)
        end_ms = period.next_open_ms(open_ms)
        day = bar(0, open_ms=open_ms)
        assert kept.put(series, [day], at_ms=end_ms + 599_999).added == 0
        assert kept.put(series, [day], at_ms=end_ms + 600_000).added == 1


def test_a_bar_that_the_exchange_corrects_is_corrected_and_reported(kept: Kept) -> None:
    """The newer digits stand, the report holds both, and no other bar is touched."""
    kept.put(DOGE, [bar(0), bar(1)], at_ms=LATE)
    report = kept.put(DOGE, [bar(0), bar(1, "0.0813"), bar(2)], at_ms=LATE)
    assert (report.added, report.unchanged) == (1, 1)
    assert [(one.before, one.after) for one in report.corrected] == [(bar(1), bar(1, "0.0813"))]
    assert kept.range(DOGE, span(0, 9)) == (bar(0), bar(1, "0.0813"), bar(2))


def test_what_cannot_be_a_bar_is_kept_aside(kept: Kept) -> None:
    """An impossible bar is in no answer, and can be looked at with its reason."""
    odd = bar(1, low=Decimal(9))
    report = kept.put(DOGE, [bar(0), odd], at_ms=LATE)
    assert report.aside == ((odd, "its prices contradict each other"),)
    assert kept.put(DOGE, [odd], at_ms=LATE + 1).aside == report.aside, "told again, it is reported again"
    assert kept.range(DOGE, span(0, 9)) == (bar(0),)
    assert [(at, reason) for at, _, reason in kept.aside(DOGE)] == [(odd.open_ms, "its prices contradict each other")]


def test_a_window_is_the_last_bars_before_a_time(kept: Kept) -> None:
    """The chart asks for so many bars up to the end, or up to where it has scrolled."""
    kept.put(DOGE, [bar(number) for number in range(10)], at_ms=LATE)
    assert kept.window(DOGE, 3) == (bar(7), bar(8), bar(9))
    assert kept.window(DOGE, 2, before_ms=bar(5).open_ms) == (bar(3), bar(4))
    assert kept.window(Series("btcusdt", Period.DAY), 5) == ()


def test_every_minute_is_there_or_missing_for_a_reason(kept: Kept) -> None:
    """What was not asked, what the exchange has not, and what it did not answer are told apart; the rest is there."""
    kept.put(DOGE, [bar(number) for number in (0, 1, 5, 6)], at_ms=LATE)
    kept.note_hole(DOGE, span(2, 4), GapKind.ABSENT, at_ms=LATE)
    kept.note_hole(DOGE, span(6, 8), GapKind.UNANSWERED, at_ms=LATE)
    assert kept.gaps(DOGE, span(0, 10)) == (
        Gap(span(2, 4), 2, GapKind.ABSENT),
        Gap(span(4, 5), 1, GapKind.UNASKED),
        Gap(span(7, 8), 1, GapKind.UNANSWERED),
        Gap(span(8, 10), 2, GapKind.UNASKED),
    )
    assert kept.coverage(DOGE) == (span(0, 2), span(5, 7))
    assert kept.coverage(DOGE, span(1, 6)) == (span(1, 2), span(5, 6))


def test_a_bar_that_turns_up_fills_its_hole(kept: Kept) -> None:
    """A late bar ends the record that there is none, and leaves the rest of the hole."""
    kept.put(DOGE, [bar(0), bar(4)], at_ms=LATE)
    kept.note_hole(DOGE, span(1, 4), GapKind.ABSENT, at_ms=LATE)
    kept.put(DOGE, [bar(2)], at_ms=LATE)
    assert kept.gaps(DOGE, span(0, 5)) == (
        Gap(span(1, 2), 1, GapKind.ABSENT),
        Gap(span(3, 4), 1, GapKind.ABSENT),
    )


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=8))
def test_coverage_and_gaps_follow_from_the_bars_alone(batches: list[list[int]]) -> None:
    """However bars arrive, the stretches are exactly those of the bars, each is whole, and the count is right."""
    with SqliteArchive.open(Path(":memory:"), "htx") as archive:
        for batch in batches:
            archive.put(DOGE, [bar(number) for number in batch], at_ms=LATE)
        kept = {number for batch in batches for number in batch}
        covered = {at for one in archive.coverage(DOGE) for at in range(one.start_ms, one.end_ms, MINUTE)}
        assert covered == {START + number * MINUTE for number in kept}
        missing = {
            at for gap in archive.gaps(DOGE, span(0, 41)) for at in range(gap.span.start_ms, gap.span.end_ms, MINUTE)
        }
        assert missing == {START + number * MINUTE for number in range(41) if number not in kept}
        ends = [one.end_ms for one in archive.coverage(DOGE)]
        assert all(end < one.start_ms for end, one in zip(ends, archive.coverage(DOGE)[1:], strict=False))
        assert sum(one.bars for one in archive.series()) == len(kept)


def test_months_are_counted_by_the_calendar(kept: Kept) -> None:
    """A gap of three months is three bars, however long they are."""
    months = Series("dogeusdt", Period.MONTH)
    opens = [Period.MONTH.open_ms(START)]
    for _ in range(4):
        opens.append(Period.MONTH.next_open_ms(opens[-1]))
    kept.put(months, [bar(0, open_ms=opens[0]), bar(0, open_ms=opens[4])], at_ms=LATE)
    gaps = kept.gaps(months, Span(opens[0], Period.MONTH.next_open_ms(opens[4])))
    assert [(gap.span, gap.bars) for gap in gaps] == [(Span(opens[1], opens[4]), 3)]
    assert kept.series()[0].bars == 2


def test_downloads_are_remembered_until_they_are_done(tmp_path: Path) -> None:
    """What was begun is there after a restart, paused or not, and gone once it is dropped."""
    path = tmp_path / "x.sqlite"
    with SqliteArchive.open(path, "htx") as archive:
        archive.keep_download(DOGE, span(0, 9))
        archive.keep_download(DOGE, span(0, 9), is_paused=True)
    with SqliteArchive.open(path, "htx") as archive:
        assert [(one.series, one.span, one.is_paused) for one in archive.downloads()] == [(DOGE, span(0, 9), True)]
        archive.drop_download(DOGE, span(0, 9))
        archive.drop_download(Series("btcusdt", Period.DAY), span(0, 9))
        assert archive.downloads() == ()


def test_deleting_a_series_leaves_nothing_of_it(kept: Kept) -> None:
    """Bars, gaps and downloads of it are gone, and another series keeps its own."""
    other = Series("btcusdt", Period.MINUTE)
    kept.put(DOGE, [bar(0), bar(1)], at_ms=LATE)
    kept.put(other, [bar(0)], at_ms=LATE)
    kept.note_hole(DOGE, span(2, 4), GapKind.ABSENT, at_ms=LATE)
    assert kept.delete(DOGE) == 2
    assert kept.delete(DOGE) == 0
    assert [one.series for one in kept.series()] == [other]
    assert kept.gaps(DOGE, span(0, 4)) == (Gap(span(0, 4), 4, GapKind.UNASKED),)
    kept.delete_if_empty(other)
    assert kept.range(other, span(0, 4)) == (bar(0),)
    kept.keep_download(DOGE, span(0, 4))
    kept.delete_if_empty(DOGE)
    assert kept.downloads() == ()


def test_bars_of_another_origin_are_refused(tmp_path: Path) -> None:
    """Synthetic bars never mix with real ones: the file says whose it is, and refuses others in words."""
    path = tmp_path / "x.sqlite"
    SqliteArchive.open(path, "htx").close()
    with pytest.raises(ArchiveError, match="holds bars of htx: those of embedded-seed-1 are kept elsewhere"):
        SqliteArchive.open(path, "embedded-seed-1")


def test_the_analysts_view_does_plain_arithmetic(archive: SqliteArchive) -> None:
    """Another program reads the file while it is open, and computes with names and numbers."""
    archive.put(DOGE, [bar(0), bar(1, "0.0814")], at_ms=LATE)
    with sqlite3.connect(f"{archive.path.as_uri()}?mode=ro", uri=True) as reader:
        row = reader.execute(
            "SELECT symbol, period, opened_utc, avg(close), sum(trades) FROM klines GROUP BY symbol, period"
        ).fetchone()
    assert row[:3] == ("dogeusdt", "1min", "2023-11-14 22:14:00")
    assert row[3] == pytest.approx((0.08123 + 0.0814) / 2)
    assert row[4] == 14


def test_no_table_holds_a_number_that_is_not_exact(archive: SqliteArchive) -> None:
    """Every table is STRICT, and none has a REAL column: only the view computes."""
    with sqlite3.connect(archive.path) as reader:
        tables = dict(reader.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall())
    assert len(tables) >= 7
    assert all("STRICT" in text and "REAL" not in text for text in tables.values())


def test_a_damaged_file_is_kept_aside_and_said(tmp_path: Path) -> None:
    """A file that is no database any more is renamed, not lost, and the archive goes on with a new one."""
    path = tmp_path / "x.sqlite"
    with SqliteArchive.open(path, "htx") as archive:
        archive.put(DOGE, [bar(0)], at_ms=LATE)
    path.write_bytes(b"this was a database" * 100)
    with SqliteArchive.open(path, "htx") as archive:
        assert "was damaged: it is kept as x.sqlite.damaged-" in archive.notes[0]
        assert archive.series() == ()
    kept = [one for one in tmp_path.iterdir() if ".damaged-" in one.name]
    assert [one.read_bytes()[:4] for one in kept] == [b"this"]


def test_a_newer_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Tables of a newer program are refused with a sentence, and nothing in them is changed."""
    path = tmp_path / "x.sqlite"
    SqliteArchive.open(path, "htx").close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(ArchiveError, match="written by a newer hbtui"):
        SqliteArchive.open(path, "htx")


def test_a_full_disk_is_said_and_what_was_committed_stays(archive: SqliteArchive) -> None:
    """No space: a sentence, no half batch, and everything from before can be read."""
    archive.put(DOGE, [bar(number) for number in range(100)], at_ms=LATE)
    pages = archive._connection.execute("PRAGMA page_count").fetchone()[0]
    archive._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ArchiveError, match="There is no space left for the archive"):
        archive.put(DOGE, [bar(number) for number in range(100, 60_000)], at_ms=LATE)
    assert len(archive.range(DOGE, span(0, 60_000))) == 100
    assert archive.coverage(DOGE) == (span(0, 100),)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """A path through a file, a folder in its place, and a closed archive end in words, not in tracebacks."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="cannot be opened"):
        SqliteArchive.open(tmp_path / "file" / "x.sqlite", "htx")
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(ArchiveError, match="cannot be used"):
        SqliteArchive.open(tmp_path / "folder.sqlite", "htx")
    archive = SqliteArchive.open(tmp_path / "x.sqlite", "htx")
    archive.close()
    with pytest.raises(ArchiveError, match="is closed"):
        archive.series()


def test_the_folder_is_for_its_owner_alone(archive: SqliteArchive) -> None:
    """What somebody watches is nobody else's business."""
    assert stat.S_IMODE(archive.path.parent.stat().st_mode) == 0o700


def test_a_process_that_is_killed_loses_nothing_that_was_put(tmp_path: Path) -> None:
    """After SIGKILL in the middle of writing, every put that returned is there, and bars and stretches agree."""
    path = tmp_path / "x.sqlite"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from hbtui.storage.archive import SqliteArchive\n"
        "from tests.storage.test_archive import DOGE, LATE, bar\n"
        "archive = SqliteArchive.open(Path(sys.argv[1]), 'htx')\n"
        "for batch in range(10_000):\n"
        "    archive.put(DOGE, [bar(batch * 50 + at) for at in range(50)], at_ms=LATE)\n"
        "    print(batch, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=root, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(20)]
        process.kill()
        told += [int(line) for line in process.stdout.read().split(b"\n")[:-1]]
    with SqliteArchive.open(path, "htx") as archive:
        count = len(archive.range(DOGE, span(0, 1_000_000)))
        assert count >= (told[-1] + 1) * 50
        assert archive.coverage(DOGE) == (span(0, count),)


def test_a_series_that_another_program_deleted_takes_no_bars_of_others(
    kept: Kept, request: pytest.FixtureRequest
) -> None:
    """While one program fetches, another deletes the series and begins a third: each bar is in its own series."""
    other = Series("btcusdt", Period.MINUTE)
    kept.put(DOGE, [bar(0), bar(1)], at_ms=LATE)
    with beside(kept, request) as second:
        assert second.delete(DOGE) == 2
        second.put(other, [bar(5)], at_ms=LATE)
        kept.note_hole(DOGE, span(3, 4), GapKind.ABSENT, at_ms=LATE)
        assert kept.put(DOGE, [bar(2)], at_ms=LATE).added == 1
        for archive in (kept, second):
            assert archive.range(DOGE, span(0, 9)) == (bar(2),)
            assert archive.range(other, span(0, 9)) == (bar(5),)
            assert archive.coverage(other) == (span(5, 6),)
            assert {one.series: one.bars for one in archive.series()} == {DOGE: 1, other: 1}


def beside(kept: Kept, request: pytest.FixtureRequest) -> Kept:
    """The same archive, as another program has it open."""
    if isinstance(kept, SqliteArchive):
        return SqliteArchive.open(kept.path, kept.origin)
    return PostgresArchive.open(request.getfixturevalue("postgres_url"), kept.origin)


def test_what_lies_within_a_finished_download_is_finished_too(kept: Kept) -> None:
    """A download that was begun again with a later end leaves no older one behind that nobody will end."""
    kept.keep_download(DOGE, span(0, 9))
    kept.keep_download(DOGE, span(0, 12))
    kept.keep_download(DOGE, span(5, 20))
    kept.drop_download(DOGE, span(0, 12))
    assert [one.span for one in kept.downloads()] == [span(5, 20)]


def test_programs_that_come_first_at_once_make_one_archive(tmp_path: Path) -> None:
    """Six programs open a file that is not there yet and put a bar each: none fails, and every bar is kept."""
    path = tmp_path / "x.sqlite"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from hbtui.storage.archive import SqliteArchive\n"
        "from tests.storage.test_archive import DOGE, LATE, bar\n"
        "sys.stdin.read()\n"
        "with SqliteArchive.open(Path(sys.argv[1]), 'htx') as archive:\n"
        "    archive.put(DOGE, [bar(int(sys.argv[2]))], at_ms=LATE)\n"
    )
    root = Path(__file__).parents[2]
    with ExitStack() as stack:
        first = [
            stack.enter_context(
                subprocess.Popen([sys.executable, "-c", script, str(path), str(at)], cwd=root, stdin=subprocess.PIPE)
            )
            for at in range(6)
        ]
        for process in first:
            assert process.stdin is not None
            process.stdin.close()  # now
        assert [process.wait(60) for process in first] == [0] * 6
    with SqliteArchive.open(path, "htx") as archive:
        assert archive.coverage(DOGE) == (span(0, 6),)


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    """A path that leads to somebody else's file is refused, with or without a version, and not a byte is changed."""
    path = tmp_path / "photos.sqlite"
    for version in (0, 1):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS photos (name TEXT)")
            connection.execute(f"PRAGMA user_version = {version}")
        before = path.read_bytes()
        with pytest.raises(ArchiveError, match="another program's database"):
            SqliteArchive.open(path, "htx")
        assert path.read_bytes() == before
        with pytest.raises(ArchiveError, match="another program's database"):
            origin_of(path)


def test_whoever_only_reads_puts_no_damaged_file_aside(tmp_path: Path) -> None:
    """It is told, and left where it is; also damage that shows only further in has its sentence."""
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"this was a database" * 100)
    with pytest.raises(ArchiveError, match=r"is damaged \(.*move it away, and fetch anew"):
        SqliteArchive.open(path, "htx", creates=False)
    assert [one.name for one in tmp_path.iterdir()] == ["x.sqlite"]
    deeper = tmp_path / "deeper.sqlite"
    with SqliteArchive.open(deeper, "htx") as archive:
        archive.put(DOGE, [bar(number) for number in range(2000)], at_ms=LATE)
    content = bytearray(deeper.read_bytes())
    content[5 * 4096 :] = b"\xff" * (len(content) - 5 * 4096)
    deeper.write_bytes(content)
    with (
        SqliteArchive.open(deeper, "htx", creates=False) as archive,
        pytest.raises(ArchiveError, match="is damaged"),
    ):
        archive.range(DOGE, span(0, 2000))
