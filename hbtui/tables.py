"""Rows as a person reads them in a terminal: times as dates, numbers to the right, long entries as blocks; pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from textwrap import wrap

__all__ = ["blocks", "expanded", "table", "time_text"]

_TIMES = {
    "at_ms": "at",
    "created_ms": "created",
    "open_ms": "opened",
    "trigger_ms": "strikes",
    "ts_ms": "time",
    "updated_ms": "updated",
}
"""The columns that are times, and what a person calls them."""
_RARE = frozenset({"stop_price", "operator", "cause"})
"""Columns that are left out where no row has anything to say there."""
_SECONDS = len("2026-01-31 12:00:00")
_GAP = "  "
_INDENT = 4
_LABEL = 20
_LEAST_TEXT = 20

Row = Mapping[str, object]


def table(rows: Sequence[Row], zone: tzinfo | None = None) -> str:
    """Write rows under their titles; times are those of ``zone`` (default: the computer's), which the title names."""
    lines = zip(*(_column(name, rows, zone) for name in _names(rows)), strict=True)
    return "\n".join(_GAP.join(parts).rstrip() for parts in lines)


def expanded(rows: Sequence[Row], width: int, zone: tzinfo | None = None) -> str:
    """Write rows as blocks, for a terminal in which a line of the table would be broken in two."""
    names = _names(rows)
    columns = [_column(name, rows, zone) for name in names]
    titles = [title.strip() for title, *_ in columns]
    cells = zip(*(lines[1:] for lines in columns), strict=True)
    told = [[text.strip() for text in row] for row in cells]
    return blocks([(f"{titles[0]} {row[0]}", dict(zip(titles[1:], row[1:], strict=True))) for row in told], width)


def blocks(entries: Sequence[tuple[str, Mapping[str, str]]], width: int) -> str:
    """Write entries one below the other: a heading, and under it each fact with its name, in ``width`` columns."""
    return "\n\n".join("\n".join([heading, *_facts(facts, width)]) for heading, facts in entries)


def time_text(time_ms: int, zone: tzinfo | None = None) -> str:
    """Write UTC milliseconds as a date and a time of day, to the millisecond."""
    return f"{_at(time_ms, zone):%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"


def _names(rows: Sequence[Row]) -> list[str]:
    return [name for name in rows[0] if name not in _RARE or any(row[name] is not None for row in rows)]


def _column(name: str, rows: Sequence[Row], zone: tzinfo | None) -> list[str]:
    values = [row[name] for row in rows]
    title, cells = _times(name, values, zone) if name in _TIMES else (name, [_cell(value) for value in values])
    width = max(map(len, (title, *cells)))
    # words begin under their title; digits of numbers stand under each other
    is_words = any(cell.strip("0123456789.-+—") for cell in cells)
    return [text.ljust(width) if is_words else text.rjust(width) for text in (title, *cells)]


def _times(name: str, values: Sequence[object], zone: tzinfo | None) -> tuple[str, list[str]]:
    texts = [_at(value, zone).isoformat(" ", "seconds") if isinstance(value, int) else "—" for value in values]
    offsets = {text[_SECONDS:] for text in texts} - {""}
    if len(offsets) > 1:  # the clocks were changed in between
        return _TIMES[name], texts
    title = " ".join((_TIMES[name], *("UTC" if each == "+00:00" else each for each in offsets)))
    return title, [text[:_SECONDS] for text in texts]


def _at(time_ms: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone)


def _cell(value: object) -> str:
    return "—" if value is None else str(value)


def _facts(facts: Mapping[str, str], width: int) -> list[str]:
    lines = []
    for name, value in facts.items():
        lead = f"{'':{_INDENT}}{name:<{_LABEL}} "
        first, *rest = wrap(value, max(_LEAST_TEXT, width - len(lead)), break_on_hyphens=False) or [""]
        lines += [f"{lead}{first}", *(f"{'':{len(lead)}}{line}" for line in rest)]
    return lines
