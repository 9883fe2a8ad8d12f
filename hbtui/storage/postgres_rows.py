"""What the archive writes and reads on PostgreSQL, statement by statement, within the caller's transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hbtui.model.archive import Corrected, SeriesSummary
from hbtui.model.candle import Period
from hbtui.model.series import GapKind, Series, Span, without
from hbtui.storage.archive_rows import Row, candle_of, span_bars

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = [
    "INCOMING",
    "PLACES",
    "clear_holes",
    "cover_runs",
    "covered_in",
    "holes_on",
    "is_postgres",
    "make_month",
    "month_of",
    "summaries_of",
    "write_rows",
]

_NAMES = ("open", "high", "low", "close", "base_volume", "quote_volume")
_CHUNK = 1_000
"""Rows that are sent at once: the server takes them in while the next ones are put into words."""
PLACES = ", ".join(f"max(length(split_part({name}::text, '.', 2)))" for name in _NAMES)
"""The most digits behind the point, of each number."""
INCOMING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    open_ms BIGINT, {", ".join(f"{name} NUMERIC" for name in _NAMES)}, trades BIGINT
)
"""
"""Where a batch lands by COPY before it is compared with what is there."""


def write_rows(connection: "Connection[Any]", number: int, rows: Sequence[Row]) -> tuple[int, list[Corrected]]:
    """Add rows that are not there, correct those with other digits; how many were added, and what was corrected.

    The caller holds the lock on the series, so that nobody adds to it meanwhile.
    """
    if not rows:
        return 0, []
    if not _has_between(connection, number, rows[0][0], rows[-1][0]):
        _copy(connection, "bars", rows, f"{number}\t")  # nothing to compare with: written once instead of twice
        return len(rows), []
    connection.execute("DELETE FROM incoming")
    _copy(connection, "incoming", rows)
    names = ", ".join(_NAMES)
    added = connection.execute(
        f"INSERT INTO bars SELECT %s, open_ms, {names}, trades FROM incoming ON CONFLICT DO NOTHING",  # noqa: S608
        (number,),
    ).rowcount
    if added == len(rows):
        return added, []
    texts = ", ".join(f"{{0}}.{name}::text" for name in _NAMES)
    old, new = (f"{side}.open_ms, {texts.format(side)}, {side}.trades" for side in ("b", "i"))
    found = connection.execute(
        f"SELECT {old}, {new} FROM incoming i JOIN bars b ON b.series = %s AND b.open_ms = i.open_ms"  # noqa: S608
        f" WHERE ({old}) IS DISTINCT FROM ({new}) ORDER BY b.open_ms",
        (number,),
    ).fetchall()
    for row in found:
        connection.execute(
            f"UPDATE bars SET ({names}, trades) = (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - own names
            " WHERE series = %s AND open_ms = %s",
            (*row[9:16], number, row[8]),
        )
    return added, [Corrected(candle_of(row[:8]), candle_of(row[8:])) for row in found]


def _has_between(connection: "Connection[Any]", number: int, first_ms: int, last_ms: int) -> bool:
    text = "SELECT 1 FROM bars WHERE series = %s AND open_ms BETWEEN %s AND %s LIMIT 1"
    return connection.execute(text, (number, first_ms, last_ms)).fetchone() is not None


def _copy(connection: "Connection[Any]", table: str, rows: Sequence[Row], before: str = "") -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for first in range(0, len(rows), _CHUNK):
            # digits, points and tabs need no quoting, and one write costs less than one a row
            lines = [
                f"{before}{at}\t{o}\t{h}\t{low}\t{c}\t{base}\t{quote}\t{trades}\n"
                for at, o, h, low, c, base, quote, trades in rows[first : first + _CHUNK]
            ]
            copy.write("".join(lines))


def cover_runs(connection: "Connection[Any]", number: int, runs: Sequence[Span]) -> None:
    """Join stretches of new bars with those that they touch; what was a hole there is none any more."""
    for run in runs:
        text = "SELECT min(start_ms), max(end_ms) FROM covered WHERE series = %s AND start_ms <= %s AND end_ms >= %s"
        row = connection.execute(text, (number, run.end_ms, run.start_ms)).fetchone()
        start_ms, end_ms = row if row is not None and row[0] is not None else (run.start_ms, run.end_ms)
        whole = Span(min(start_ms, run.start_ms), max(end_ms, run.end_ms))
        connection.execute(
            "DELETE FROM covered WHERE series = %s AND start_ms BETWEEN %s AND %s",
            (number, whole.start_ms, whole.end_ms),
        )
        connection.execute("INSERT INTO covered VALUES (%s, %s, %s)", (number, whole.start_ms, whole.end_ms))
        clear_holes(connection, number, run)


def covered_in(connection: "Connection[Any]", number: int, span: Span) -> list[Span]:
    """The covered stretches that touch a span, cut to it."""
    text = "SELECT start_ms, end_ms FROM covered WHERE series = %s AND end_ms > %s AND start_ms < %s ORDER BY start_ms"
    rows = connection.execute(text, (number, span.start_ms, span.end_ms)).fetchall()
    return [part for row in rows if (part := Span(*row).cut(span)) is not None]


def clear_holes(connection: "Connection[Any]", number: int, span: Span) -> None:
    """Forget what is recorded as a hole within a span; what reaches out of it stays."""
    bounds = (number, span.start_ms, span.end_ms)
    text = (
        "DELETE FROM holes WHERE series = %s AND end_ms > %s AND start_ms < %s RETURNING start_ms, end_ms, kind, at_ms"
    )
    for start_ms, end_ms, kind, at_ms in connection.execute(text, bounds).fetchall():
        for part in without(Span(start_ms, end_ms), [span]):
            connection.execute(
                "INSERT INTO holes VALUES (%s, %s, %s, %s, %s)", (number, part.start_ms, part.end_ms, kind, at_ms)
            )


def holes_on(connection: "Connection[Any]", number: int, span: Span) -> list[tuple[Span, GapKind]]:
    """The recorded holes that touch a span, cut to it."""
    text = (
        "SELECT start_ms, end_ms, kind FROM holes WHERE series = %s AND end_ms > %s AND start_ms < %s ORDER BY start_ms"
    )
    rows = connection.execute(text, (number, span.start_ms, span.end_ms)).fetchall()
    return [(part, GapKind(kind)) for a, b, kind in rows if (part := Span(a, b).cut(span)) is not None]


def summaries_of(connection: "Connection[Any]") -> tuple[SeriesSummary, ...]:
    """Every series, counted from its stretches: the bars themselves are not walked."""
    found = []
    text = "SELECT series, symbol, period, updated_ms FROM series ORDER BY symbol, period"
    for number, symbol, name, updated_ms in connection.execute(text).fetchall():
        period = Period(name)
        covered = covered_in(connection, number, Span(0, 1 << 62))
        reach = Span(covered[0].start_ms, covered[-1].end_ms) if covered else None
        bars = sum(span_bars(period, span) for span in covered)
        found.append(SeriesSummary(Series(symbol, period), reach, bars, updated_ms))
    return tuple(found)


def is_postgres(connection: "Connection[Any]") -> bool:
    """Whether the server is PostgreSQL itself (or grows on it), with declarative partitions."""
    row = connection.execute("SELECT version()").fetchone()
    return row is not None and str(row[0]).startswith("PostgreSQL")


def month_of(time_ms: int) -> int:
    """Months since the year 0, UTC."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return moment.year * 12 + moment.month - 1


def make_month(connection: "Connection[Any]", month: int) -> None:
    """Make the partition of a month, unless it is there."""
    year, index = divmod(month, 12)
    name = f"bars_{year}_{index + 1:02}"
    if connection.execute("SELECT to_regclass(%s)", (name,)).fetchone() == (None,):
        connection.execute("SELECT pg_advisory_xact_lock(7455082)")
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF bars"
            f" FOR VALUES FROM ({_begin_ms(month)}) TO ({_begin_ms(month + 1)})"
        )


def _begin_ms(month: int) -> int:
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1000
