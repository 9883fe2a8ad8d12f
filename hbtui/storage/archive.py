"""The archive of bars on one machine: one SQLite file for each origin, readable by others while it is written."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from hbtui.model.archive import Download, PutReport, SeriesSummary
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError
from hbtui.model.series import Gap, GapKind, Series, Span, finished, sound_and_aside, without
from hbtui.storage.archive_rows import (
    BAR,
    PLACES,
    Row,
    candles_of,
    clear,
    cover,
    gaps_of,
    holes_in,
    row_of,
    rows_of,
    runs_of,
    spans_in,
    summaries,
    write_bars,
)
from hbtui.storage.archive_schema import migrate, require_own

__all__ = ["SqliteArchive", "origin_of"]

_T = TypeVar("_T")


class SqliteArchive:
    """Bars of one origin. Safe from any thread, one call at a time; every failure is an ``ArchiveError``.

    Writes are committed when a call returns, and survive the process; a power cut may take the last seconds of a
    download, which is then asked for again.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, origin: str) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.path = path
        self.origin = origin
        self.notes: tuple[str, ...] = ()
        """What a person should know of the opening: a damaged file that was kept aside."""

    @classmethod
    def open(cls, path: Path, origin: str, *, creates: bool = True) -> Self:
        """Open or create the file of an origin.

        Raises ``ArchiveError``: it holds another origin's bars, was written by a newer hbtui, or cannot be used. A
        damaged file is kept aside under another name, and a new one is begun; where none is to be made, it is told.
        """
        try:
            return cls._opened(path, origin)
        except sqlite3.DatabaseError as error:
            if not creates or error.sqlite_errorname not in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
                raise _failure(path, error) from None
        except OSError as error:
            raise _failure(path, error) from None
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000}")
        for suffix in ("", "-wal", "-shm"):
            part = Path(f"{path}{suffix}")
            if part.exists():
                part.rename(f"{aside}{suffix}")
        try:
            archive = cls._opened(path, origin)
        except (sqlite3.Error, OSError) as error:
            raise _failure(path, error) from None
        archive.notes = (f"The archive {path} was damaged: it is kept as {aside.name}, and a new one was begun.",)
        return archive

    @classmethod
    def _opened(cls, path: Path, origin: str) -> Self:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            stack.callback(connection.close)
            connection.execute("PRAGMA trusted_schema = OFF")
            require_own(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -16384")
            migrate(connection)
            _require_origin(connection, path, origin)
            stack.pop_all()  # it is open, and stays so
        return cls(connection, path, origin)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
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

        def work(connection: sqlite3.Connection) -> PutReport:
            number = self._number(connection, series)
            added, corrected = write_bars(connection, number, rows)
            if added:
                cover(connection, number, runs_of(series.period, [row[0] for row in rows]))
            connection.executemany(
                "INSERT INTO aside (series, open_ms, content, reason, at_ms) SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
                " (SELECT 1 FROM aside WHERE series = ?1 AND open_ms = ?2 AND content = ?3 AND reason = ?4)",
                [(number, one.open_ms, repr(row_of(one)), reason, at_ms) for one, reason in aside],
            )
            if added or corrected:
                connection.execute("UPDATE series SET updated_ms = ? WHERE series = ?", (at_ms, number))
            return PutReport(added, len(rows) - added - len(corrected), tuple(corrected), tuple(aside))

        return self._write(work)

    def note_hole(self, series: Series, span: Span, kind: GapKind, *, at_ms: int) -> None:
        """Record why a stretch has no bars: the exchange has none, or did not answer. Bars already there stay."""

        def work(connection: sqlite3.Connection) -> None:
            number = self._number(connection, series)
            covered = spans_in(connection, number, span)
            clear(connection, number, span)
            connection.executemany(
                "INSERT OR REPLACE INTO holes VALUES (?, ?, ?, ?, ?)",
                [(number, part.start_ms, part.end_ms, kind.value, at_ms) for part in without(span, covered)],
            )

        self._write(work)

    def delete(self, series: Series) -> int:
        """Delete a series with all that is known of it; the number of bars that were there."""

        def work(connection: sqlite3.Connection) -> int:
            number = self._known(connection, series)
            if number is None:
                return 0
            count = connection.execute("DELETE FROM bars WHERE series = ?", (number,)).rowcount
            for table in ("covered", "holes", "aside", "downloads", "series"):
                connection.execute(f"DELETE FROM {table} WHERE series = ?", (number,))  # noqa: S608 - own names
            return count

        return self._write(work)

    def delete_if_empty(self, series: Series) -> None:
        """Forget a series that has no bars: the exchange does not list it."""
        if not self.window(series, 1):
            self.delete(series)

    def keep_download(self, series: Series, span: Span, *, is_paused: bool = False) -> None:
        """Remember that a stretch is wanted, until :meth:`drop_download`: what is left of it is fetched later on."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO downloads (series, start_ms, end_ms, is_paused) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (series, start_ms, end_ms) DO UPDATE SET is_paused = excluded.is_paused",
                (self._number(connection, series), span.start_ms, span.end_ms, int(is_paused)),
            )

        self._write(work)

    def drop_download(self, series: Series, span: Span) -> None:
        """Forget that a stretch, and whatever lies within it, is wanted; the bars stay."""

        def work(connection: sqlite3.Connection) -> None:
            number = self._known(connection, series)
            connection.execute(
                "DELETE FROM downloads WHERE series = ? AND start_ms >= ? AND end_ms <= ?",
                (number, span.start_ms, span.end_ms),
            )

        self._write(work)

    # reading

    def window(self, series: Series, size: int, *, before_ms: int | None = None) -> tuple[Candle, ...]:
        """The last ``size`` bars that open before a time (or of all), oldest first."""
        text = f"SELECT {BAR} FROM bars WHERE series = ? AND open_ms < ? ORDER BY open_ms DESC LIMIT ?"  # noqa: S608
        until = before_ms if before_ms is not None else 1 << 62
        bars = self._read(lambda c: candles_of(c.execute(text, (self._known(c, series), until, size))))
        return bars[::-1]

    def range(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """The bars that open within a span, oldest first."""
        text = f"SELECT {BAR} FROM bars WHERE series = ? AND open_ms >= ? AND open_ms < ? ORDER BY open_ms"  # noqa: S608
        # made while they are read: millions of rows never lie beside the bars that they become
        return self._read(lambda c: candles_of(c.execute(text, (self._known(c, series), span.start_ms, span.end_ms))))

    def rows(self, series: Series, span: Span, limit: int = -1) -> list[Row]:
        """The same as text: opening time (UTC ms), the four prices, both volumes, trades; at most ``limit``."""
        text = f"SELECT {BAR} FROM bars WHERE series = ? AND open_ms >= ? AND open_ms < ? ORDER BY open_ms LIMIT ?"  # noqa: S608
        bounds = (span.start_ms, span.end_ms, limit)
        return self._read(lambda c: c.execute(text, (self._known(c, series), *bounds)).fetchall())

    def places(self, series: Series, span: Span) -> list[int]:
        """The most digits behind the point within a span, for each of the six number columns; 0 without a bar."""
        text = f"SELECT {PLACES} FROM bars WHERE series = ? AND open_ms >= ? AND open_ms < ?"  # noqa: S608
        row = self._read(lambda c: c.execute(text, (self._known(c, series), span.start_ms, span.end_ms)).fetchone())
        return [places or 0 for places in row]

    def series(self) -> tuple[SeriesSummary, ...]:
        """Every series with its reach, its bars and when it was last added to, by name."""
        return self._read(summaries)

    def coverage(self, series: Series, span: Span | None = None) -> tuple[Span, ...]:
        """Where bars follow each other without a hole, in order."""

        def work(connection: sqlite3.Connection) -> tuple[Span, ...]:
            number = self._known(connection, series)
            return () if number is None else tuple(spans_in(connection, number, span))

        return self._read(work)

    def gaps(self, series: Series, span: Span) -> tuple[Gap, ...]:
        """Every stretch of the grid within a span that has no bars, in order, and why."""

        def work(connection: sqlite3.Connection) -> tuple[Gap, ...]:
            number = self._known(connection, series)
            covered = [] if number is None else spans_in(connection, number, span)
            holes = [] if number is None else holes_in(connection, number, span)
            return tuple(gaps_of(series.period, span, covered, holes))

        return self._read(work)

    def aside(self, series: Series) -> tuple[tuple[int, str, str], ...]:
        """What was kept aside: opening time, content and reason."""
        text = "SELECT open_ms, content, reason FROM aside WHERE series = ? ORDER BY number"
        return tuple(self._read(lambda c: c.execute(text, (self._known(c, series),)).fetchall()))

    def downloads(self) -> tuple[Download, ...]:
        """Every stretch that is wanted, in the order of asking."""
        text = (
            "SELECT symbol, period, start_ms, end_ms, is_paused FROM downloads JOIN series USING (series)"
            " ORDER BY number"
        )
        rows = self._read(lambda c: c.execute(text).fetchall())
        return tuple(
            Download(Series(symbol, Period(period)), Span(start, end), bool(paused))
            for symbol, period, start, end, paused in rows
        )

    # the connection

    def _write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def transact(connection: sqlite3.Connection) -> _T:
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back on any error
                return work(connection)

        return self._read(transact)

    def _read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._lock:
            try:
                return work(self._connection)
            except sqlite3.Error as error:
                raise _failure(self.path, error) from None

    def _known(self, connection: sqlite3.Connection, series: Series) -> int | None:
        # never kept from one call to the next: another program may have deleted the series, and given its number away
        text = "SELECT series FROM series WHERE symbol = ? AND period = ?"
        row = connection.execute(text, (series.symbol, series.period.value)).fetchone()
        return None if row is None else int(row[0])

    def _number(self, connection: sqlite3.Connection, series: Series) -> int:
        known = self._known(connection, series)
        if known is not None:
            return known
        text = "INSERT INTO series (symbol, period, updated_ms) VALUES (?, ?, 0) RETURNING series"
        return int(connection.execute(text, (series.symbol, series.period.value)).fetchone()[0])


def origin_of(path: Path) -> str:
    """Whose bars a file holds; raises ``ArchiveError`` where it is none, or not an archive."""
    if not path.exists():
        message = f"Nothing was fetched yet (there is no {path}): begin with hbtui archive fetch."
        raise ArchiveError(message)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            require_own(connection)
            row = connection.execute("SELECT value FROM about WHERE name = 'origin'").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise _failure(path, error) from None
    return str(row[0]) if row is not None else ""


def _require_origin(connection: sqlite3.Connection, path: Path, origin: str) -> None:
    """Write whose bars these are into a new file; refuse a file of another origin."""
    connection.execute("INSERT OR IGNORE INTO about VALUES ('origin', ?)", (origin,))
    kept = connection.execute("SELECT value FROM about WHERE name = 'origin'").fetchone()[0]
    if kept != origin:
        message = f"The archive {path} holds bars of {kept}: those of {origin} are kept elsewhere."
        raise ArchiveError(message)


def _failure(path: Path, error: sqlite3.Error | OSError) -> ArchiveError:
    if isinstance(error, OSError):
        return ArchiveError(f"The archive {path} cannot be opened: {error.strerror or 'unreadable'}.")
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return ArchiveError(f"There is no space left for the archive {path}: what was fetched before is kept.")
    if name.startswith("SQLITE_BUSY"):
        return ArchiveError(f"Another program is writing to the archive {path}: try again when it has ended.")
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return ArchiveError(f"The archive {path} is damaged ({error}): move it away, and fetch anew.")
    if "closed" in str(error):
        return ArchiveError(f"The archive {path} is closed.")
    return ArchiveError(f"The archive {path} cannot be used: {error}.")
