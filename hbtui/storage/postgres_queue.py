"""Slices that many workers share: each is claimed by one, and is anybody's again when its claim runs out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hbtui.model.candle import Period
from hbtui.model.series import Series, Span
from hbtui.storage.archive_postgres import PostgresArchive

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Claim", "SliceQueue"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A slice that is this worker's until the claim runs out."""

    number: int
    series: Series
    span: Span
    attempts: int
    """Which claim of the slice this is, from 1."""


class SliceQueue:
    """The slices of one origin's archive. Calls block, as the archive's own do; failures are ``ArchiveError``."""

    def __init__(self, archive: PostgresArchive, worker: str) -> None:
        self._archive = archive
        self._worker = worker

    def offer(self, series: Series, spans: Sequence[Span]) -> int:
        """Add slices that nobody has offered yet, and those that were done before; how many are to be done anew.

        One that is being done, and is to reach farther now, is anybody's again.
        """
        text = (
            "INSERT INTO slices (series, start_ms, end_ms) VALUES (%s, %s, %s) ON CONFLICT (series, start_ms)"
            " DO UPDATE SET end_ms = CASE WHEN slices.done_at IS NOT NULL THEN excluded.end_ms"
            " ELSE greatest(slices.end_ms, excluded.end_ms) END, done_at = NULL, worker = NULL, claimed_until = NULL"
            " WHERE slices.done_at IS NOT NULL OR slices.end_ms < excluded.end_ms"
        )

        def work(connection: "Connection[Any]") -> int:
            number = self._archive.number_of(connection, series)
            with connection.cursor() as cursor:
                cursor.executemany(text, [(number, span.start_ms, span.end_ms) for span in spans])
                return cursor.rowcount

        return self._archive.transact(work) if spans else 0

    def claim(self, lease_s: float) -> Claim | None:
        """Take the oldest slice that is nobody's, for so many seconds; ``None`` where there is none now."""
        text = (
            "UPDATE slices SET worker = %s, attempts = attempts + 1, claimed_until = now() + %s * INTERVAL '1 second'"
            " WHERE number = (SELECT number FROM slices WHERE done_at IS NULL"
            " AND (claimed_until IS NULL OR claimed_until < now())"
            " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING number, series, start_ms, end_ms, attempts"
        )

        def work(connection: "Connection[Any]") -> Claim | None:
            row = connection.execute(text, (self._worker, lease_s)).fetchone()
            if row is None:
                return None
            number, series, start_ms, end_ms, attempts = row
            named = connection.execute("SELECT symbol, period FROM series WHERE series = %s", (series,)).fetchone()
            assert named is not None  # noqa: S101 - a slice goes with its series
            return Claim(number, Series(named[0], Period(named[1])), Span(start_ms, end_ms), attempts)

        return self._archive.transact(work)

    def renew(self, claim: Claim, lease_s: float) -> bool:
        """Keep a claim for so many seconds from now; false where it ran out and another worker has it."""
        text = (
            "UPDATE slices SET claimed_until = now() + %s * INTERVAL '1 second'"
            " WHERE number = %s AND worker = %s AND attempts = %s AND done_at IS NULL"
        )
        values = (lease_s, claim.number, self._worker, claim.attempts)
        return self._archive.transact(lambda c: c.execute(text, values).rowcount) == 1

    def done(self, claim: Claim) -> None:
        """Say that a slice is in the archive, or its holes are noted; one that is longer by now is not done."""
        text = (
            "UPDATE slices SET done_at = now(), claimed_until = NULL"
            " WHERE number = %s AND done_at IS NULL AND end_ms <= %s"
        )
        self._archive.transact(lambda c: c.execute(text, (claim.number, claim.span.end_ms)))

    def give_back(self, claim: Claim) -> None:
        """Let another worker have a slice at once."""
        text = "UPDATE slices SET claimed_until = NULL WHERE number = %s AND worker = %s AND attempts = %s"
        self._archive.transact(lambda c: c.execute(text, (claim.number, self._worker, claim.attempts)))

    def left(self) -> tuple[int, int]:
        """How many slices are nobody's, and how many are being worked on."""
        text = (
            "SELECT count(*) FILTER (WHERE claimed_until IS NULL OR claimed_until < now()),"
            " count(*) FILTER (WHERE claimed_until >= now()) FROM slices WHERE done_at IS NULL"
        )
        row = self._archive.transact(lambda c: c.execute(text).fetchone())
        return (int(row[0]), int(row[1])) if row is not None else (0, 0)
