"""Workers that share one download on a PostgreSQL server: killed, joined and cut off, the end is complete."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hbtui.model.candle import Period
from hbtui.model.series import GapKind, Series, Span
from hbtui.storage.archive_postgres import PostgresArchive
from hbtui.storage.postgres_queue import SliceQueue
from tests.journeys.test_archive import ORIGIN, digits, moment, started, truth, whole_minutes
from tests.support.eventually import eventually_sync
from tests.support.exchange import exchange_in_thread
from tests.support.postgres import running_postgres

DOGE = Series("dogeusdt", Period.MINUTE)


@pytest.fixture
def url() -> Iterator[str]:
    """A server for this test alone."""
    with running_postgres() as address:
        yield address


def slices(archive: PostgresArchive) -> list[tuple[str | None, int, bool]]:
    """Each slice's last worker, how often it was claimed, and whether it is done."""
    text = "SELECT worker, attempts, done_at IS NOT NULL FROM slices ORDER BY number"
    return archive.transact(lambda connection: connection.execute(text).fetchall())


def test_three_workers_one_killed_and_another_joining_complete_a_download(tmp_path: Path, url: str) -> None:
    """The archive is complete and exact, and only what the killed worker held was claimed a second time."""
    span = whole_minutes(12, ends_days_ago=3)
    words = ["dogeusdt", "1min", "--from", moment(span.start_ms), "--to", moment(span.end_ms), "--share"]
    few = ["--connections", "2", "--lease", "5"]
    with ExitStack() as stack:
        exchange = stack.enter_context(exchange_in_thread())
        archive = stack.enter_context(PostgresArchive.open(url, ORIGIN))

        def worker(*command: str) -> "subprocess.Popen[str]":
            process = started(exchange, tmp_path, *command, *few, HBTUI_ARCHIVE=url)
            return stack.enter_context(process)

        first = worker("fetch", *words)
        eventually_sync(lambda: len(slices(archive)) > 50, 60)
        killed, third = worker("work"), worker("work")
        name = f"-{killed.pid}-"
        eventually_sync(lambda: sum(1 for one, _, done in slices(archive) if one and name in one and done) >= 2, 60)
        killed.send_signal(signal.SIGKILL)
        fourth = worker("work")
        for process in (first, third, fourth):
            _, errors = process.communicate(timeout=90)
            assert process.returncode == 0, errors
        done = slices(archive)
        assert all(is_done for _, _, is_done in done)
        assert 0 <= sum(attempts - 1 for _, attempts, _ in done) <= 2, "two connections held two slices at most"
        assert archive.gaps(DOGE, span) == ()
        assert digits(archive.range(DOGE, span)) == digits(truth(exchange, DOGE, span))


def test_a_pair_that_is_listed_no_more_does_not_hold_the_workers_up(tmp_path: Path, url: str) -> None:
    """Its slices are done with, as not answered, the others' are fetched, and the exit code says what is missing."""
    span = whole_minutes(1, ends_days_ago=3)
    gone = Series("gonecoin", Period.MINUTE)
    with exchange_in_thread() as exchange, PostgresArchive.open(url, ORIGIN) as archive:
        queue = SliceQueue(archive, "test")
        queue.offer(gone, [Span(span.start_ms, span.start_ms + 3_600_000)])
        queue.offer(DOGE, [Span(span.start_ms, span.start_ms + 3_600_000)])
        with started(exchange, tmp_path, "work", HBTUI_ARCHIVE=url) as process:
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 4, errors
        assert "gonecoin 1min: " in errors
        assert "1 of them were not answered in full" in errors
        assert "Traceback" not in errors
        assert len(archive.range(DOGE, span)) == 60
        assert {gap.kind for gap in archive.gaps(gone, Span(span.start_ms, span.start_ms + 3_600_000))} == {
            GapKind.UNANSWERED
        }
        with started(exchange, tmp_path, "list", HBTUI_ARCHIVE=url) as process:
            told, errors = process.communicate(timeout=60)
        assert "dogeusdt" in told, "the only origin on the server need not be named"


def test_a_server_that_goes_away_ends_a_worker_with_a_sentence(tmp_path: Path) -> None:
    """No traceback and no password: what was done is said, and that the rest is for later."""
    span = whole_minutes(1, ends_days_ago=3)
    with exchange_in_thread() as exchange:
        with running_postgres() as url:
            with PostgresArchive.open(url, ORIGIN) as archive:
                queue = SliceQueue(archive, "test")
                queue.offer(DOGE, [Span(span.start_ms, span.start_ms + 3_600_000)])
                process = started(exchange, tmp_path, "work", "--wait", "--connections", "2", HBTUI_ARCHIVE=url)
                eventually_sync(lambda: queue.left() == (0, 0), 30)
        with process:
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert "1 slices done. The archive's server" in errors
    assert "Traceback" not in errors
    assert "pass" not in errors
