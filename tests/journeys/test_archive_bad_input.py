"""The archive's commands and what cannot be done: one clear sentence, the right exit code, and nothing is lost."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyarrow import parquet

from hbtui.cli import ExitCode
from hbtui.storage.archive import SqliteArchive
from hbtui.storage.archive_schema import MIGRATIONS
from tests.journeys.test_archive import ORIGIN, ROOT, moment, require_equal, started, whole_minutes
from tests.storage.test_archive import DOGE, LATE, bar
from tests.support.eventually import eventually_sync
from tests.support.exchange import RunningExchange, exchange_in_thread

FETCH = ["fetch", "dogeusdt", "60min", "--from"]


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningExchange]:
    """One exchange for all of them."""
    with exchange_in_thread() as running:
        yield running


def run(home: Path, words: list[str], exchange: RunningExchange | None = None, **environ: str) -> tuple[int, str, str]:
    """Run ``hbtui archive …`` to its end: exit code, stdout, stderr."""
    command = [sys.executable, "-m", "hbtui", "archive", *words]
    command += ["--exchange", exchange.rest] if exchange is not None else []
    environ = {**os.environ, "HBTUI_HOME": str(home), **environ}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["fetch", "dogesdt", "60min", "--from", "2026-01-01"], ExitCode.REFUSED, "lists no symbol 'dogesdt'"),
        (["fetch", "60min", "--from", "2026-01-01", "--all-symbols", "eur"], ExitCode.REFUSED, "traded against 'eur'"),
        (
            ["fetch", "dogeusdt", "7min", "--from", "2026-01-01"],
            ExitCode.USAGE,
            "'7min' is not a period; HTX has",
        ),
        (["fetch", "dogeusdt", "--from", "2026-01-01"], ExitCode.USAGE, "Name at least one pair and one period"),
        (["fetch", "doge$", "60min", "--from", "2026-01-01"], ExitCode.USAGE, "'doge$' is not a symbol"),
        (["fetch", "dogeusdt", "60min"], ExitCode.USAGE, "Say --from"),
        ([*FETCH, "2026-13-01"], ExitCode.USAGE, "'2026-13-01' is not a date"),
        ([*FETCH, "2999-01-01", "--to", "2999-02-01"], ExitCode.USAGE, "is still to come"),
        ([*FETCH, "1969-07-20"], ExitCode.USAGE, "is before 1970: no exchange is that old"),
        ([*FETCH, "yesterday"], ExitCode.USAGE, "is not a date; one looks like 2026-01-31"),
        ([*FETCH, "2026-01-02", "--to", "2026-01-01"], ExitCode.USAGE, "is not before --to"),
        ([*FETCH, "2026-01-02", "--zone", "Moon/Base"], ExitCode.USAGE, "'Moon/Base' is not a time zone"),
        ([*FETCH, "2026-01-02", "--connections", "99"], ExitCode.USAGE, "--connections must be from 1 to 8"),
        ([*FETCH, "2026-01-02", "--lease", "1"], ExitCode.USAGE, "--lease must be from 5 to 600"),
        ([*FETCH, "2026-01-02", "--share"], ExitCode.CONFIG, "Sharing a download needs an archive on PostgreSQL"),
        (["fetch"], ExitCode.USAGE, "Nothing was begun"),
        (["work"], ExitCode.CONFIG, "Sharing a download needs an archive on PostgreSQL"),
    ],
)
def test_words_that_make_no_sense_are_told_in_one_sentence(
    exchange: RunningExchange, tmp_path: Path, words: list[str], code: ExitCode, sentence: str
) -> None:
    """Each mistake has its sentence and its exit code, and no bar is fetched."""
    told = run(tmp_path, words, exchange)
    assert (told[0], sentence in told[2]) == (code, True), told
    assert len(told[2].strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list"], "Nothing was fetched yet: begin with hbtui archive fetch."),
        (["gaps", "dogeusdt", "1min", "--origin", "htx"], "Nothing of htx was fetched yet"),
        (["export", "dogeusdt", "1min", "--out", "x.csv", "--origin", "../x"], "names no exchange"),
    ],
)
def test_reading_what_was_never_fetched_says_where_to_begin(tmp_path: Path, words: list[str], sentence: str) -> None:
    """An archive that is not there is no empty archive: it is said, and none is made."""
    code, _, errors = run(tmp_path, words)
    assert (code, sentence in errors) == (ExitCode.CONFIG, True), errors
    assert not (tmp_path / "archive").exists()


def test_a_range_before_the_listing_says_where_the_bars_begin(exchange: RunningExchange, tmp_path: Path) -> None:
    """Years before the first bar are named as what the exchange has not, and the command is content."""
    words = ["fetch", "dogeusdt", "60min", "--from", "2015-01-01", "--to", "2018-01-03"]
    code, _, errors = run(tmp_path, words, exchange)
    assert code == ExitCode.DONE
    assert "the exchange's bars begin 2017-12-31 16:00" in errors
    assert "that the exchange has not" in errors


def test_dates_are_utc_unless_a_zone_is_named(exchange: RunningExchange, tmp_path: Path) -> None:
    """A day of Shanghai's is another stretch than a day of UTC's; from is included and to excluded."""
    day = ["--from", "2026-01-02", "--to", "2026-01-03"]
    assert run(tmp_path, ["fetch", "dogeusdt", "60min", *day], exchange)[0] == ExitCode.DONE
    assert run(tmp_path, ["fetch", "btcusdt", "60min", *day, "--zone", "Asia/Shanghai"], exchange)[0] == ExitCode.DONE
    rows = run(tmp_path, ["list"])[1].splitlines()
    assert "2026-01-01 16:00" in rows[1]
    assert "2026-01-02 16:00" in rows[1]
    assert "2026-01-02 00:00" in rows[2]
    assert "2026-01-03 00:00" in rows[2]


def test_every_pair_of_a_quote_is_fetched(exchange: RunningExchange, tmp_path: Path) -> None:
    """--all-symbols means all that are traded against it, and no other."""
    words = ["fetch", "1day", "--all-symbols", "btc", "--from", "2026-01-01", "--to", "2026-01-08"]
    assert run(tmp_path, words, exchange)[0] == ExitCode.DONE
    symbols = [line.split()[0] for line in run(tmp_path, ["list"])[1].splitlines()[1:]]
    assert symbols
    assert all(symbol.endswith("btc") for symbol in symbols)


def test_an_exchange_that_is_away_is_a_network_problem(tmp_path: Path) -> None:
    """Nothing listens there: one sentence, exit code 4, and the next call may go on."""
    command = [*FETCH, "2026-01-02", "--exchange", "http://127.0.0.1:9"]
    code, _, errors = run(tmp_path, command)
    assert code == ExitCode.NETWORK
    assert "refused" in errors


def test_a_server_that_is_away_is_said_without_its_password(exchange: RunningExchange, tmp_path: Path) -> None:
    """The archive's server does not answer: one sentence, and the URL's secret is not in it."""
    url = "postgresql://me:hunter2@127.0.0.1:9/archive"
    code, _, errors = run(tmp_path, [*FETCH, "2026-01-02"], exchange, HBTUI_ARCHIVE=url)
    assert code == ExitCode.CONFIG
    assert "The archive's server cannot be used" in errors
    assert "hunter2" not in errors


def test_a_file_of_a_newer_hbtui_is_left_alone(exchange: RunningExchange, tmp_path: Path) -> None:
    """It says to update, and the file is as it was."""
    path = tmp_path / "archive" / f"{ORIGIN}.sqlite"
    with SqliteArchive.open(path, ORIGIN) as archive:
        archive.put(DOGE, [bar(0)], at_ms=LATE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    code, _, errors = run(tmp_path, [*FETCH, "2026-01-02"], exchange)
    assert (code, "written by a newer hbtui" in errors) == (ExitCode.CONFIG, True)
    assert path.read_bytes() == before


def test_a_damaged_file_is_kept_aside_and_the_fetch_goes_on(exchange: RunningExchange, tmp_path: Path) -> None:
    """It says where the damaged file is, and fetches into a new one."""
    path = tmp_path / "archive" / f"{ORIGIN}.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 300)
    code, _, errors = run(tmp_path, [*FETCH, "2026-01-02", "--to", "2026-01-03"], exchange)
    assert code == ExitCode.DONE
    assert "was damaged: it is kept as" in errors
    assert "24 bars added" in errors
    assert [one.read_bytes()[:2] for one in path.parent.glob("*.damaged-*")] == [b"no"]


def test_deleting_asks_first(exchange: RunningExchange, tmp_path: Path) -> None:
    """Where nobody can be asked nothing is deleted without --yes; with it the series is gone, and said."""
    assert run(tmp_path, [*FETCH, "2026-01-02", "--to", "2026-01-03"], exchange)[0] == ExitCode.DONE
    assert run(tmp_path, ["delete", "dogeusdt", "60min"])[0] == ExitCode.DECLINED
    code, told, _ = run(tmp_path, ["delete", "dogeusdt", "60min", "--yes"])
    assert (code, told) == (ExitCode.DONE, "24 bars of dogeusdt 60min deleted\n")
    assert "holds no dogeusdt 60min" in run(tmp_path, ["delete", "dogeusdt", "60min", "--yes"])[2]


def test_gaps_and_lists_answer_as_json(exchange: RunningExchange, tmp_path: Path) -> None:
    """For scripts the same answers come as JSON; what is missing is named with its reason."""
    words = ["fetch", "dogeusdt", "60min", "--from", "2017-12-31", "--to", "2018-01-01"]
    assert run(tmp_path, words, exchange)[0] == ExitCode.DONE
    code, told, _ = run(tmp_path, ["gaps", "dogeusdt", "60min", "--from", "2017-12-31", "--to", "2018-01-01", "--json"])
    assert code == ExitCode.DONE
    assert '"why": "the exchange has none"' in told
    assert '"bars": 16' in told
    assert '"missing": 0' in run(tmp_path, ["list", "--json"])[1]


def test_an_export_over_a_file_is_refused_until_it_is_asked_for(exchange: RunningExchange, tmp_path: Path) -> None:
    """The file stays to the byte, and --overwrite replaces it whole."""
    assert run(tmp_path, [*FETCH, "2026-01-02", "--to", "2026-01-03"], exchange)[0] == ExitCode.DONE
    out = tmp_path / "o.parquet"
    out.write_text("precious")
    words = ["export", "dogeusdt", "60min", "--out", str(out)]
    code, _, errors = run(tmp_path, words)
    assert (code, "exists" in errors, out.read_text()) == (ExitCode.CONFIG, True, "precious")
    code, told, _ = run(tmp_path, [*words, "--overwrite"])
    assert (code, told) == (ExitCode.DONE, f"24 bars of {ORIGIN} written to {out}\n")


def test_the_dawn_of_time_is_not_asked_for_slice_by_slice(exchange: RunningExchange, tmp_path: Path) -> None:
    """From 1970 on: where the bars begin is found by years, months and days, and said."""
    code, _, errors = run(
        tmp_path, ["fetch", "dogeusdt", "1min", "--from", "1970-01-01", "--to", "2018-01-03"], exchange
    )
    assert code == ExitCode.DONE, errors
    assert "the exchange's bars begin 2017-12-31 16:00" in errors


def test_what_was_not_begun_yet_goes_on_too(exchange: RunningExchange, tmp_path: Path) -> None:
    """Killed within the first of two series: without words both go on, and are whole in the end."""
    span = whole_minutes(5, ends_days_ago=3)
    words = ["--from", moment(span.start_ms), "--to", moment(span.end_ms)]
    path = tmp_path / "archive" / f"{ORIGIN}.sqlite"
    with started(exchange, tmp_path, "fetch", "dogeusdt", "btcusdt", "1min", *words) as process:
        eventually_sync(lambda: path.exists() and wanted(path) == 2, 30)
        process.kill()
    assert wanted(path) == 2
    code, _, errors = run(tmp_path, ["fetch"], exchange)
    assert code == ExitCode.DONE, errors
    require_equal(exchange, tmp_path, ["dogeusdt", "btcusdt"], span)
    assert wanted(path) == 0


def wanted(path: Path) -> int:
    """How many downloads an archive remembers."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM downloads").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # its tables are being made


def test_two_fetches_into_one_file_at_the_same_time_make_one_whole(exchange: RunningExchange, tmp_path: Path) -> None:
    """Both end well, no bar is lost or doubled, and a reader that exports meanwhile gets a sound file."""
    span = whole_minutes(6, ends_days_ago=3)
    half = moment((span.start_ms + span.end_ms) // 2)
    first = ["fetch", "dogeusdt", "btcusdt", "1min", "--from", moment(span.start_ms), "--to", moment(span.end_ms)]
    second = ["fetch", "btcusdt", "dogeusdt", "1min", "--from", half, "--to", moment(span.end_ms)]
    path = tmp_path / "archive" / f"{ORIGIN}.sqlite"
    out = tmp_path / "meanwhile.parquet"
    with started(exchange, tmp_path, *first) as one, started(exchange, tmp_path, *second) as other:
        eventually_sync(lambda: path.exists() and bars_in(path) > 1000, 30)
        code, _, errors = run(tmp_path, ["export", "dogeusdt", "1min", "--out", str(out)])
        assert code in {ExitCode.DONE, ExitCode.CONFIG}, errors  # of dogeusdt there may be no bar yet
        for process in (one, other):
            _, said = process.communicate(timeout=60)
            assert process.returncode == ExitCode.DONE, said
    require_equal(exchange, tmp_path, ["dogeusdt", "btcusdt"], span)
    if code == ExitCode.DONE:
        opens = [row["open_ms"] for row in parquet.read_table(out).to_pylist()]
        assert opens == sorted(set(opens))


def bars_in(path: Path) -> int:
    """How many bars an archive holds."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM bars").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # its tables are being made


def test_gaps_outside_of_what_is_kept_are_not_called_none(exchange: RunningExchange, tmp_path: Path) -> None:
    """Before the first bar or behind the last one nothing is known: that is said, instead of "nothing is missing"."""
    assert run(tmp_path, [*FETCH, "2026-01-02", "--to", "2026-01-03"], exchange)[0] == ExitCode.DONE
    for words in (["--to", "2025-01-01"], ["--from", "2026-02-01"]):
        code, _, errors = run(tmp_path, ["gaps", "dogeusdt", "60min", *words])
        assert code == ExitCode.USAGE
        assert "outside of what is kept of dogeusdt 60min, which is from 2026-01-02 00:00" in errors


def test_reading_a_damaged_file_says_so_and_leaves_it(tmp_path: Path) -> None:
    """A list of nothing would be a lie: it is told, and the file is where it was."""
    path = tmp_path / "archive" / f"{ORIGIN}.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 300)
    code, told, errors = run(tmp_path, ["list"])
    assert (code, told, "is damaged" in errors) == (ExitCode.CONFIG, "", True)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
