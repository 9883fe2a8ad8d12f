"""The archive of bars on PostgreSQL: the same promises as on one machine, for many programs at once.

Each origin has a schema of its own. Statements are plain SQL; where the server is PostgreSQL itself, bars lie in
partitions by month (CockroachDB, which takes the rest, splits tables by itself).
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, LiteralString, Self, TypeVar

from hbtui.model.archive import Download, PutReport, SeriesSummary
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError
from hbtui.model.secret import Secret
from hbtui.model.series import Gap, GapKind, Series, Span, finished, sound_and_aside, without
from hbtui.storage.archive_rows import Row, candles_of, gaps_of, row_of, rows_of, runs_of
from hbtui.storage.postgres_opening import connected, entered, prepared, said
from hbtui.storage.postgres_rows import (
    PLACES,
    clear_holes,
    cover_runs,
    covered_in,
    holes_on,
    make_month,
    month_of,
    summaries_of,
    write_rows,
)

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PostgresArchive"]

_T = TypeVar("_T")
_TEXTS = "open_ms, open::text, high::text, low::text, close::text, base_volume::text, quote_volume::text, trades"
_AGAIN = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock: two programs met, and the whole transaction is simply done again."""
_ATTEMPTS = 8


class PostgresArchive:
    """Bars of one origin on a server. Safe from any thread, one call at a time; failures are ``ArchiveError``."""

    def __init__(self, connection: "Connection[Any]", origin: str, secret: Secret) -> None:
        self._connection = connection
        self._secret = secret
        self._lock = threading.Lock()
        self._is_over = False
        self._months: set[int] = set()
        self._is_partitioned = True
        self.origin = origin
        self.notes: tuple[str, ...] = ()

    @classmethod
    def open(cls, url: str, origin: str, *, creates: bool = True) -> Self:
        """Connect, and make or update the origin's tables (none are made where ``creates`` is false).

        Raises ``ArchiveError``: psycopg is not installed, the server is away or refuses, or its tables are newer. The
        password in the URL is in no error.
        """
        try:
            import psycopg  # noqa: F401 - what follows needs it
        except ImportError:
            message = "An archive on PostgreSQL needs psycopg: install hbtui[postgres]."
            raise ArchiveError(message) from None
        secret = Secret(url)
        connection = connected(secret)
        with ExitStack() as stack:
            stack.callback(connection.close)
            archive = cls(connection, origin, secret)
            archive._is_partitioned = archive.transact(lambda c: prepared(c, origin, creates=creates))
            stack.pop_all()  # it is open, and stays so
        return archive

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._is_over = True
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # writing

    def put(self, series: Series, candles: Sequence[Candle], *, at_ms: int) -> PutReport:
        """Keep the bars that are final at ``at_ms`` (the exchange's clock when it was asked, UTC ms).

        A bar that is there with the same digits costs a look; one with other digits is corrected to the new ones,
        and reported. What cannot be a bar is kept aside with the reason.
        """
        sound, aside = sound_and_aside(series.period, finished(series.period, candles, at_ms))
        rows = rows_of(sound)
        self._make_partitions(rows)

        def work(connection: "Connection[Any]") -> PutReport:
            number = self.number_of(connection, series)
            added, corrected = write_rows(connection, number, rows)
            if added:
                cover_runs(connection, number, runs_of(series.period, [row[0] for row in rows]))
            for one, reason in aside:
                connection.execute(
                    "INSERT INTO aside (series, open_ms, content, reason, at_ms) SELECT %(s)s::bigint, %(o)s::bigint,"
                    " %(c)s::text, %(r)s::text, %(a)s::bigint WHERE NOT EXISTS (SELECT 1 FROM aside"
                    " WHERE series = %(s)s AND open_ms = %(o)s AND content = %(c)s AND reason = %(r)s)",
                    {"s": number, "o": one.open_ms, "c": repr(row_of(one)), "r": reason, "a": at_ms},
                )
            if added or corrected:
                connection.execute("UPDATE series SET updated_ms = %s WHERE series = %s", (at_ms, number))
            return PutReport(added, len(rows) - added - len(corrected), tuple(corrected), tuple(aside))

        return self.transact(work)

    def note_hole(self, series: Series, span: Span, kind: GapKind, *, at_ms: int) -> None:
        """Record why a stretch has no bars: the exchange has none, or did not answer. Bars already there stay."""

        def work(connection: "Connection[Any]") -> None:
            number = self.number_of(connection, series)
            covered = covered_in(connection, number, span)
            clear_holes(connection, number, span)
            for part in without(span, covered):
                connection.execute(
                    "INSERT INTO holes VALUES (%s, %s, %s, %s, %s)",
                    (number, part.start_ms, part.end_ms, kind.value, at_ms),
                )

        self.transact(work)

    def delete(self, series: Series) -> int:
        """Delete a series with all that is known of it; the number of bars that were there."""

        def work(connection: "Connection[Any]") -> int:
            number = self._known(connection, series, " FOR UPDATE")
            if number is None:
                return 0
            count = connection.execute("DELETE FROM bars WHERE series = %s", (number,)).rowcount
            for table in ("covered", "holes", "aside", "downloads", "slices", "series"):
                connection.execute(f"DELETE FROM {table} WHERE series = %s", (number,))  # noqa: S608 - own names
            return count

        return self.transact(work)

    def delete_if_empty(self, series: Series) -> None:
        """Forget a series that has no bars: the exchange does not list it."""
        if not self.window(series, 1):
            self.delete(series)

    def keep_download(self, series: Series, span: Span, *, is_paused: bool = False) -> None:
        """Remember that a stretch is wanted, until :meth:`drop_download`."""
        text = (
            "INSERT INTO downloads (series, start_ms, end_ms, is_paused) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (series, start_ms, end_ms) DO UPDATE SET is_paused = excluded.is_paused"
        )
        self.transact(lambda c: c.execute(text, (self.number_of(c, series), span.start_ms, span.end_ms, is_paused)))

    def drop_download(self, series: Series, span: Span) -> None:
        """Forget that a stretch, and whatever lies within it, is wanted; the bars stay."""
        text = "DELETE FROM downloads WHERE series = %s AND start_ms >= %s AND end_ms <= %s"
        self.transact(lambda c: c.execute(text, (self._known(c, series), span.start_ms, span.end_ms)))

    # reading

    def window(self, series: Series, size: int, *, before_ms: int | None = None) -> tuple[Candle, ...]:
        """The last ``size`` bars that open before a time (or of all), oldest first."""
        text = f"SELECT {_TEXTS} FROM bars WHERE series = %s AND open_ms < %s ORDER BY open_ms DESC LIMIT %s"  # noqa: S608
        until = before_ms if before_ms is not None else 1 << 62
        rows: list[Row] = self.transact(lambda c: c.execute(text, (self._known(c, series), until, size)).fetchall())
        return candles_of(reversed(rows))

    def range(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """The bars that open within a span, oldest first."""
        return candles_of(self.rows(series, span))

    def rows(self, series: Series, span: Span, limit: int = -1) -> list[Row]:
        """The same as text: opening time (UTC ms), the four prices, both volumes, trades; at most ``limit``."""
        text = (
            f"SELECT {_TEXTS} FROM bars WHERE series = %s AND open_ms >= %s AND open_ms < %s ORDER BY open_ms LIMIT %s"  # noqa: S608
        )
        bounds = (span.start_ms, span.end_ms, None if limit < 0 else limit)
        return self.transact(lambda c: c.execute(text, (self._known(c, series), *bounds)).fetchall())

    def places(self, series: Series, span: Span) -> list[int]:
        """The most digits behind the point within a span, for each of the six number columns; 0 without a bar."""
        text = f"SELECT {PLACES} FROM bars WHERE series = %s AND open_ms >= %s AND open_ms < %s"  # noqa: S608
        row = self.transact(lambda c: c.execute(text, (self._known(c, series), span.start_ms, span.end_ms)).fetchone())
        return [places or 0 for places in row or ()]

    def series(self) -> tuple[SeriesSummary, ...]:
        """Every series with its reach, its bars and when it was last added to, by name."""
        return self.transact(summaries_of)

    def coverage(self, series: Series, span: Span | None = None) -> tuple[Span, ...]:
        """Where bars follow each other without a hole, in order."""

        def work(connection: "Connection[Any]") -> tuple[Span, ...]:
            number = self._known(connection, series)
            return () if number is None else tuple(covered_in(connection, number, span or Span(0, 1 << 62)))

        return self.transact(work)

    def gaps(self, series: Series, span: Span) -> tuple[Gap, ...]:
        """Every stretch of the grid within a span that has no bars, in order, and why."""

        def work(connection: "Connection[Any]") -> tuple[Gap, ...]:
            number = self._known(connection, series)
            covered = [] if number is None else covered_in(connection, number, span)
            holes = [] if number is None else holes_on(connection, number, span)
            return tuple(gaps_of(series.period, span, covered, holes))

        return self.transact(work)

    def aside(self, series: Series) -> tuple[tuple[int, str, str], ...]:
        """What was kept aside: opening time, content and reason."""
        text = "SELECT open_ms, content, reason FROM aside WHERE series = %s ORDER BY number"
        return tuple(self.transact(lambda c: c.execute(text, (self._known(c, series),)).fetchall()))

    def downloads(self) -> tuple[Download, ...]:
        """Every stretch that is wanted, in the order of asking."""
        text = (
            "SELECT symbol, period, start_ms, end_ms, is_paused FROM downloads JOIN series USING (series)"
            " ORDER BY number"
        )
        rows = self.transact(lambda c: c.execute(text).fetchall())
        return tuple(Download(Series(symbol, Period(name)), Span(a, b), paused) for symbol, name, a, b, paused in rows)

    # the connection

    def transact(self, work: "Callable[[Connection[Any]], _T]") -> _T:
        """Do ``work`` in one transaction, again where it met another one; raises ``ArchiveError``."""
        import psycopg

        failure = ""
        with self._lock:
            for _ in range(_ATTEMPTS):
                was_lost = self._connection.closed and not self._is_over
                try:
                    if was_lost:
                        self._connection = entered(self._secret, self.origin)
                    with self._connection.transaction():
                        return work(self._connection)
                except psycopg.Error as error:
                    failure = said(error, self._secret)
                    # a connection that was lost is made anew, once: the server may have been started again
                    is_lost = self._connection.closed and not was_lost and not self._is_over
                    if error.sqlstate not in _AGAIN and not is_lost:
                        break
        message = f"The archive's server: {failure}. What was fetched before is kept; try again later."
        raise ArchiveError(message)

    def _make_partitions(self, rows: Sequence[Row]) -> None:
        """Make the months that bars are to lie in, each once."""
        if not rows or not self._is_partitioned:
            return
        first, last = month_of(rows[0][0]), month_of(rows[-1][0])
        # a batch of minutes lies within a month or two; only years of days are worth a look at every bar
        months = range(first, last + 1) if last - first < 3 else sorted({month_of(row[0]) for row in rows})
        for month in months:
            if month not in self._months:
                self.transact(partial(make_month, month=month))
                self._months.add(month)

    def _known(self, connection: "Connection[Any]", series: Series, lock: LiteralString = "") -> int | None:
        # never kept from one call to the next: another program may have deleted the series, and begun it anew
        text: LiteralString = "SELECT series FROM series WHERE symbol = %s AND period = %s"
        row = connection.execute(text + lock, (series.symbol, series.period.value)).fetchone()
        return None if row is None else int(row[0])

    def number_of(self, connection: "Connection[Any]", series: Series) -> int:
        """The number of a series, which is made where there is none; within a transaction, which holds it.

        Whoever writes to a series waits for the one before, so that stretches are joined one after the other.
        """
        if (known := self._known(connection, series, " FOR UPDATE")) is None:
            text = "INSERT INTO series (symbol, period) VALUES (%s, %s) ON CONFLICT (symbol, period) DO NOTHING"
            connection.execute(text, (series.symbol, series.period.value))
            known = self._known(connection, series, " FOR UPDATE")
        assert known is not None  # noqa: S101 - it was there, or has just been made
        return known
