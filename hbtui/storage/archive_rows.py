"""Rows of the archive: bars as text, and the spans that say where they are and where they are not."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from hbtui.model.archive import Corrected, SeriesSummary
from hbtui.model.candle import Candle, Period
from hbtui.model.series import Gap, GapKind, Series, Span, is_unbroken, opens_between, without

__all__ = [
    "BAR",
    "PLACES",
    "Row",
    "candle_of",
    "candles_of",
    "clear",
    "cover",
    "gaps_of",
    "holes_in",
    "row_of",
    "rows_of",
    "runs_of",
    "span_bars",
    "spans_in",
    "summaries",
    "write_bars",
]

BAR = "open_ms, open, high, low, close, base_volume, quote_volume, trades"
PLACES = ", ".join(
    f"max(CASE instr({name}, '.') WHEN 0 THEN 0 ELSE length({name}) - instr({name}, '.') END)"
    for name in BAR.split(", ")[1:7]
)
"""The most digits behind the point, of each number; counted by SQLite, where no row becomes an object."""
Row = tuple[int, str, str, str, str, str, str, int]


def row_of(candle: Candle) -> Row:
    """A bar with its numbers as text, digit by digit as the exchange sent them."""
    return rows_of([candle])[0]


def rows_of(candles: Sequence[Candle]) -> list[Row]:
    """The rows of some bars; in one loop without a call of our own, since a download brings millions."""
    text = str
    rows = [
        (at, text(o), text(h), text(low), text(c), text(base), text(quote), trades)
        for at, o, h, low, c, base, quote, trades in candles
    ]
    for at, (_, o, h, low, c, base, quote, _) in enumerate(rows):
        if "E" in f"{o}{h}{low}{c}{base}{quote}":
            rows[at] = _spelled(candles[at])
    return rows


def _spelled(candle: Candle) -> Row:
    """A row with every digit written out: what is small or round Python writes with an exponent."""
    at, o, h, low, c, base, quote, trades = candle
    return at, f"{o:f}", f"{h:f}", f"{low:f}", f"{c:f}", f"{base:f}", f"{quote:f}", trades


def candle_of(row: Row) -> Candle:
    """A bar from its row."""
    return candles_of([row])[0]


def candles_of(rows: Iterable[Row]) -> tuple[Candle, ...]:
    """Bars from their rows; in one place and one loop, since a chart asks for thousands at a time."""
    # a named tuple's own constructor is a Python function: to go around it saves a tenth
    new, number = tuple.__new__, Decimal
    return tuple(
        [
            new(Candle, (at, number(o), number(h), number(low), number(c), number(base), number(quote), trades))
            for at, o, h, low, c, base, quote, trades in rows
        ]
    )


def write_bars(connection: sqlite3.Connection, number: int, rows: Sequence[Row]) -> tuple[int, list[Corrected]]:
    """Add rows that are not there, correct those with other digits; how many were added, and what was corrected."""
    if not rows:
        return 0, []
    before = connection.total_changes
    connection.executemany(
        f"INSERT OR IGNORE INTO bars VALUES ({number}, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a number of our own
        rows,
    )
    added = connection.total_changes - before
    if added == len(rows):
        return added, []
    told = {row[0]: row for row in rows}
    text = f"SELECT {BAR} FROM bars WHERE series = ? AND open_ms BETWEEN ? AND ?"  # noqa: S608 - own names
    kept = connection.execute(text, (number, rows[0][0], rows[-1][0])).fetchall()
    changed = [(old, told[old[0]]) for old in kept if old[0] in told and old != told[old[0]]]
    connection.executemany(
        f"INSERT OR REPLACE INTO bars VALUES ({number}, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a number of our own
        [new for _, new in changed],
    )
    return added, [Corrected(candle_of(old), candle_of(new)) for old, new in changed]


def runs_of(period: Period, opens: Sequence[int]) -> list[Span]:
    """Rising opening times as stretches without a hole."""
    if opens and is_unbroken(period, opens):
        return [Span(opens[0], period.next_open_ms(opens[-1]))]
    runs: list[Span] = []
    start_ms = end_ms = 0
    for open_ms in opens:
        if open_ms != end_ms or not end_ms:
            if end_ms:
                runs.append(Span(start_ms, end_ms))
            start_ms = open_ms
        end_ms = period.next_open_ms(open_ms)
    if end_ms:
        runs.append(Span(start_ms, end_ms))
    return runs


def spans_in(connection: sqlite3.Connection, number: int, span: Span | None) -> list[Span]:
    """The covered stretches that touch a span, cut to it."""
    wanted = span if span is not None else Span(0, 1 << 62)
    text = "SELECT start_ms, end_ms FROM covered WHERE series = ? AND end_ms > ? AND start_ms < ? ORDER BY start_ms"
    rows = connection.execute(text, (number, wanted.start_ms, wanted.end_ms))
    return [part for row in rows if (part := Span(*row).cut(wanted)) is not None]


def cover(connection: sqlite3.Connection, number: int, runs: Sequence[Span]) -> None:
    """Join stretches of new bars with those that they touch; what was a hole there is none any more."""
    for run in runs:
        text = "SELECT min(start_ms), max(end_ms) FROM covered WHERE series = ? AND start_ms <= ? AND end_ms >= ?"
        start_ms, end_ms = connection.execute(text, (number, run.end_ms, run.start_ms)).fetchone()
        whole = run if start_ms is None else Span(min(start_ms, run.start_ms), max(end_ms, run.end_ms))
        connection.execute(
            "DELETE FROM covered WHERE series = ? AND start_ms BETWEEN ? AND ?", (number, whole.start_ms, whole.end_ms)
        )
        connection.execute("INSERT INTO covered VALUES (?, ?, ?)", (number, whole.start_ms, whole.end_ms))
        clear(connection, number, run)


def clear(connection: sqlite3.Connection, number: int, span: Span) -> None:
    """Forget what is recorded as a hole within a span; what reaches out of it stays."""
    text = "SELECT start_ms, end_ms, kind, at_ms FROM holes WHERE series = ? AND end_ms > ? AND start_ms < ?"
    for start_ms, end_ms, kind, at_ms in connection.execute(text, (number, span.start_ms, span.end_ms)).fetchall():
        connection.execute("DELETE FROM holes WHERE series = ? AND start_ms = ?", (number, start_ms))
        connection.executemany(
            "INSERT INTO holes VALUES (?, ?, ?, ?, ?)",
            [(number, part.start_ms, part.end_ms, kind, at_ms) for part in without(Span(start_ms, end_ms), [span])],
        )


def holes_in(connection: sqlite3.Connection, number: int, span: Span) -> list[tuple[Span, GapKind]]:
    """The recorded holes that touch a span, cut to it."""
    text = "SELECT start_ms, end_ms, kind FROM holes WHERE series = ? AND end_ms > ? AND start_ms < ? ORDER BY start_ms"
    rows = connection.execute(text, (number, span.start_ms, span.end_ms))
    return [(part, GapKind(kind)) for start, end, kind in rows if (part := Span(start, end).cut(span)) is not None]


def gaps_of(
    period: Period, span: Span, covered: Sequence[Span], holes: Sequence[tuple[Span, GapKind]]
) -> Iterator[Gap]:
    """Every part of a span without bars, in order: recorded holes by their kind, the rest as never asked for."""
    for empty in without(span, covered):
        parts = [(cut, kind) for hole, kind in holes if (cut := hole.cut(empty)) is not None]
        parts += [(rest, GapKind.UNASKED) for rest in without(empty, [part for part, _ in parts])]
        for part, kind in sorted(parts, key=lambda one: one[0]):
            if bars := span_bars(period, part):
                yield Gap(part, bars, kind)


def span_bars(period: Period, span: Span) -> int:
    """How many bars open within a span."""
    if not period.is_even:
        return sum(1 for _ in opens_between(period, span))
    first = next(opens_between(period, span), None)
    return 0 if first is None else (span.end_ms - first - 1) // (period.seconds * 1000) + 1


def summaries(connection: sqlite3.Connection) -> tuple[SeriesSummary, ...]:
    """Every series, counted from its stretches: the bars themselves are not walked."""
    found = []
    rows = connection.execute(
        "SELECT series, symbol, period, updated_ms FROM series ORDER BY symbol, period"
    ).fetchall()
    for number, symbol, name, updated_ms in rows:
        period = Period(name)
        covered = spans_in(connection, number, None)
        reach = Span(covered[0].start_ms, covered[-1].end_ms) if covered else None
        bars = sum(span_bars(period, span) for span in covered)
        found.append(SeriesSummary(Series(symbol, period), reach, bars, updated_ms))
    return tuple(found)
