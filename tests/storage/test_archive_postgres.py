"""What is PostgreSQL's own: partitions, several programs at once, claims, and a password that is in no error."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from hbtui.model.candle import Period
from hbtui.model.errors import ArchiveError
from hbtui.model.series import Series, Span
from hbtui.storage.archive_postgres import PostgresArchive
from hbtui.storage.postgres_opening import kept_on_server
from hbtui.storage.postgres_queue import SliceQueue
from hbtui.storage.postgres_schema import MIGRATIONS, schema_of
from tests.storage.test_archive import DOGE, LATE, START, bar, span

_PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bars'::regclass ORDER BY 1"
MONTH_MS = 31 * 86_400_000


@pytest.fixture
def archive(postgres_url: str) -> Iterator[PostgresArchive]:
    """An empty archive on a server."""
    with PostgresArchive.open(postgres_url, f"test-{uuid.uuid4().hex[:12]}") as opened:
        yield opened


def asked(archive: PostgresArchive, text: str) -> list[Any]:
    """What the server itself says."""
    return archive.transact(lambda connection: connection.execute(text).fetchall())


def test_bars_lie_in_partitions_by_month(archive: PostgresArchive) -> None:
    """Bars of three months are in three partitions, each with its own."""
    archive.put(DOGE, [bar(0), bar(MONTH_MS // 60_000), bar(2 * MONTH_MS // 60_000)], at_ms=LATE)
    names = [row[0] for row in asked(archive, _PARTITIONS)]
    assert names == ["bars_2023_11", "bars_2023_12", "bars_2024_01"]
    assert asked(archive, "SELECT count(*) FROM bars_2024_01") == [(1,)]


def test_the_analysts_view_is_exact(archive: PostgresArchive) -> None:
    """The view has names, a time, and numbers that add up without a rounding."""
    archive.put(DOGE, [bar(0), bar(1, "0.0814")], at_ms=LATE)
    row = asked(archive, "SELECT symbol, sum(close)::text, min(opened)::text FROM klines GROUP BY symbol")[0]
    assert row[:2] == ("dogeusdt", "0.16263")
    assert row[2].startswith("2023-11-14")


def test_two_origins_share_a_server_and_no_bar(postgres_url: str) -> None:
    """Each origin has a schema of its own; a schema that was renamed over another's is refused."""
    one, other = (f"test-{uuid.uuid4().hex[:12]}" for _ in range(2))
    with PostgresArchive.open(postgres_url, one) as archive, PostgresArchive.open(postgres_url, other) as beside:
        archive.put(DOGE, [bar(0)], at_ms=LATE)
        assert beside.series() == ()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema_of(other)} CASCADE")
        connection.execute(f"ALTER SCHEMA {schema_of(one)} RENAME TO {schema_of(other)}")
    with pytest.raises(ArchiveError, match=f"holds bars of {one}"):
        PostgresArchive.open(postgres_url, other)


def test_tables_of_a_newer_program_are_left_alone(postgres_url: str) -> None:
    """A newer version is refused with a sentence."""
    origin = f"test-{uuid.uuid4().hex[:12]}"
    with PostgresArchive.open(postgres_url, origin) as archive:
        newer = (str(len(MIGRATIONS) + 1),)
        archive.transact(lambda c: c.execute("UPDATE about SET value = %s WHERE name = 'version'", newer))
    with pytest.raises(ArchiveError, match="written by a newer hbtui"):
        PostgresArchive.open(postgres_url, origin)


def test_the_password_is_in_no_error(postgres_url: str) -> None:
    """A wrong password, a server that is away and nonsense in the URL end in sentences without the secret."""
    secret = "hunter2%40secret"
    wrong = postgres_url.replace("pass%20word%25%26%2F", secret)
    away = f"postgresql://hbtui:{secret}@127.0.0.1:1/postgres"
    odd = f"postgresql://hbtui:{secret}@127.0.0.1:port/postgres"
    for url in (wrong, away, odd):
        with pytest.raises(ArchiveError, match="cannot be used") as failed:
            PostgresArchive.open(url, "htx")
        assert "hunter2" not in str(failed.value)
        assert failed.value.__context__ is None


def test_a_server_that_goes_away_is_a_sentence(archive: PostgresArchive) -> None:
    """A connection that is cut from the other side ends in words, and what was committed is still there."""
    archive.put(DOGE, [bar(0)], at_ms=LATE)
    with pytest.raises(ArchiveError, match=r"The archive's server: .*try again later"):
        asked(archive, "SELECT pg_terminate_backend(pg_backend_pid())")


def test_programs_that_write_one_series_at_once_agree(postgres_url: str) -> None:
    """Four programs put overlapping bars at the same time: each bar is there once, and the stretch is whole."""
    origin = f"test-{uuid.uuid4().hex[:12]}"
    archives = [PostgresArchive.open(postgres_url, origin) for _ in range(4)]

    def put(archive: PostgresArchive, first: int) -> None:
        for start in range(first * 10, 400, 20):
            archive.put(DOGE, [bar(number) for number in range(start, start + 50)], at_ms=LATE)

    threads = [threading.Thread(target=put, args=(one, first)) for first, one in enumerate(archives)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert archives[0].coverage(DOGE) == (span(0, 440),)
    assert len(archives[0].range(DOGE, span(0, 1000))) == 440
    for one in archives:
        one.close()


def test_a_slice_is_one_workers_until_its_claim_runs_out(archive: PostgresArchive) -> None:
    """Two workers never hold one slice; a claim that ran out is the other's, and the late one cannot renew it."""
    first, second = SliceQueue(archive, "first"), SliceQueue(archive, "second")
    assert first.offer(DOGE, [span(0, 10), span(10, 20)]) == 2
    assert second.offer(DOGE, [span(0, 10), span(10, 20)]) == 0
    dying, held = first.claim(0), first.claim(60)
    assert dying is not None
    assert held is not None
    assert (dying.span, held.span) == (span(0, 10), span(0, 10)), "a claim for no time is over at once"
    assert held.attempts == 2
    assert not first.renew(dying, 60)
    other = second.claim(60)
    assert other is not None
    assert other.span == span(10, 20)
    assert second.claim(60) is None
    assert second.left() == (0, 2)
    second.done(other)
    assert first.renew(held, 60)
    first.give_back(held)
    assert second.left() == (1, 0)
    last = second.claim(60)
    assert last is not None
    second.done(last)
    assert second.left() == (0, 0)


def test_what_was_done_can_be_offered_anew(archive: PostgresArchive) -> None:
    """A slice that has to be asked for again later is claimed again; one that is being worked on is not."""
    queue = SliceQueue(archive, "worker")
    queue.offer(DOGE, [span(0, 10)])
    claim = queue.claim(60)
    assert claim is not None
    assert queue.offer(DOGE, [span(0, 10)]) == 0
    queue.done(claim)
    assert queue.offer(DOGE, [span(0, 12)]) == 1
    again = queue.claim(60)
    assert again is not None
    assert again == replace(claim, span=span(0, 12), attempts=2)


def test_claims_meet_without_waiting(postgres_url: str) -> None:
    """Eight workers that claim at once get eight different slices."""
    origin = f"test-{uuid.uuid4().hex[:12]}"
    archives = [PostgresArchive.open(postgres_url, origin) for _ in range(8)]
    SliceQueue(archives[0], "boss").offer(DOGE, [span(at, at + 1) for at in range(8)])
    claimed: list[Span] = []

    def take(number: int) -> None:
        claim = SliceQueue(archives[number], f"w{number}").claim(60)
        assert claim is not None
        claimed.append(claim.span)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(claimed) == [span(at, at + 1) for at in range(8)]
    for one in archives:
        one.close()


def test_downloads_are_remembered_on_the_server(archive: PostgresArchive) -> None:
    """What was begun is kept, paused or not, and gone once it is dropped."""
    week = Series("btcusdt", Period.WEEK)
    archive.keep_download(week, Span(START, START + 1))
    archive.keep_download(week, Span(START, START + 1), is_paused=True)
    assert [(one.series, one.is_paused) for one in archive.downloads()] == [(week, True)]
    archive.drop_download(week, Span(START, START + 1))
    assert archive.downloads() == ()


@pytest.mark.parametrize(
    "address",
    [
        "me:hunter2/x@127.0.0.1:1/archive",
        "me:hunter2?x@127.0.0.1:1/archive",
        "me:hunter2#x@127.0.0.1:1/archive",
        "me:x@hunter2@127.0.0.1:1/archive",
        "me:hunter2@[127.0.0.1:1/archive",
        "me:hunter2@127.0.0.1:hunter2/archive",
        "me:%zzhunter2@127.0.0.1:1/archive",
        "127.0.0.1:1/archive?user=me&password=hunter2&hunter3=1",
        "127.0.0.1:1/archive?user=me&password=hunter2",
        "me:hunter2@" + "a" * 300 + "/archive",
        "me:hunter2@127.0.0.1:1/archive?sslmode=hunter2",
    ],
)
def test_no_piece_of_a_password_is_told_however_its_url_is_taken_apart(address: str) -> None:
    """With characters that should have been escaped, a piece of it may be read as a host, a port or an option."""
    with pytest.raises(ArchiveError, match=r"The archive's (URL cannot be read|server cannot be used)") as failed:
        PostgresArchive.open(f"postgresql://{address}", "htx")
    assert "hunter2" not in str(failed.value)
    assert failed.value.__context__ is None
    assert failed.value.__cause__ is None


def test_a_connection_that_was_cut_is_made_anew(archive: PostgresArchive, postgres_url: str) -> None:
    """The server was started again, or a proxy hung up: the next call is answered, in the origin's own tables."""
    archive.put(DOGE, [bar(0)], at_ms=LATE)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        (pid,) = asked(archive, "SELECT pg_backend_pid()")[0]
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert archive.put(DOGE, [bar(0), bar(1)], at_ms=LATE).added == 1
    assert archive.coverage(DOGE) == (span(0, 2),)
    archive.close()
    with pytest.raises(ArchiveError):
        archive.series()


def test_reading_makes_no_tables_and_says_what_there_is(archive: PostgresArchive, postgres_url: str) -> None:
    """Of an origin that was never fetched there are none afterwards either; those that were are listed."""
    with pytest.raises(ArchiveError, match="Nothing of never-fetched was fetched yet"):
        PostgresArchive.open(postgres_url, "never-fetched", creates=False)
    kept = kept_on_server(postgres_url)
    assert archive.origin in kept
    assert "never-fetched" not in kept
    PostgresArchive.open(postgres_url, archive.origin, creates=False).close()


def test_a_slice_that_is_to_reach_farther_is_not_done_before_it_does(archive: PostgresArchive) -> None:
    """Whoever is on the shorter one is not done with the longer; nothing between the two ends is forgotten."""
    queue = SliceQueue(archive, "worker")
    queue.offer(DOGE, [span(0, 10)])
    short = queue.claim(60)
    assert short is not None
    assert queue.offer(DOGE, [span(0, 50)]) == 1
    queue.done(short)
    assert queue.left() == (1, 0)
    assert queue.offer(DOGE, [span(0, 20)]) == 0
    long = queue.claim(60)
    assert long is not None
    assert long.span == span(0, 50)
    queue.done(long)
    assert queue.left() == (0, 0)
