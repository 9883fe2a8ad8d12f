"""Bars as files for other programs: CSV and Parquet, exact, sorted, with their source, and whole or not at all."""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hbtui.model.errors import ArchiveError
from hbtui.model.series import Series, Span

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "export"]

COLUMNS = (
    "source",
    "symbol",
    "period",
    "open_ms",
    "opened_utc",
    "open",
    "high",
    "low",
    "close",
    "base_volume",
    "quote_volume",
    "trades",
)
"""Of both formats, in this order; ``open_ms`` and ``opened_utc`` are the same moment, UTC."""
_NUMBERS = slice(1, 7)
_BATCH = 50_000
_Row = tuple[int, str, str, str, str, str, str, int]


class _Bars(Protocol):
    """As much of an archive as an export needs."""

    @property
    def origin(self) -> str:
        """Whose bars these are."""
        ...

    def rows(self, series: Series, span: Span, limit: int = -1) -> Sequence[_Row]:
        """Bars as text, rising."""
        ...


def export(archive: _Bars, series: Sequence[Series], span: Span, out: Path, *, overwrites: bool = False) -> int:
    """Write the bars of some series that open within a span into ``out`` (``.csv`` or ``.parquet``); how many.

    Sorted by symbol, period and time. The file appears whole under its name, readable by its owner alone, or not at
    all. Raises ``ArchiveError``: it exists and ``overwrites`` is false, an unknown format, nothing to write, a disk
    that is full, or pyarrow is missing.
    """
    writers: dict[str, Callable[[_Bars, Sequence[Series], Span, Path], int]] = {
        ".csv": _write_csv,
        ".parquet": _write_parquet,
    }
    write = writers.get(out.suffix.lower())
    if write is None:
        message = f"{out.name} is neither .csv nor .parquet."
        raise ArchiveError(message)
    if out.exists() and not overwrites:
        message = f"{out} exists: name another file, or say --overwrite."
        raise ArchiveError(message)
    ordered = sorted(series, key=lambda one: (one.symbol, one.period.seconds))
    with _whole(out, overwrites=overwrites) as part:
        count = write(archive, ordered, span, part)
        if not count:
            message = "There are no bars to export in that range."
            raise ArchiveError(message)
    return count


@contextmanager
def _whole(out: Path, *, overwrites: bool) -> Iterator[Path]:
    """Write beside, make it durable, and only then give it its name."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield part
            _sync(part)
            if overwrites:
                part.replace(out)
            else:
                os.link(part, out)  # unlike a rename it never takes the place of a file that has just come
            _sync(out.absolute().parent)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        message = f"{out} exists: name another file, or say --overwrite."
        raise ArchiveError(message) from None
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror or 'the system refuses'}."
        raise ArchiveError(message) from None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _batches(archive: _Bars, series: Series, span: Span) -> Iterator[Sequence[_Row]]:
    start_ms = span.start_ms
    while rows := archive.rows(series, Span(start_ms, span.end_ms), _BATCH):
        yield rows
        start_ms = rows[-1][0] + 1


def _utc(open_ms: int) -> str:
    return datetime.fromtimestamp(open_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _write_csv(archive: _Bars, series: Sequence[Series], span: Span, part: Path) -> int:
    count = 0
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in series:
            names = (archive.origin, one.symbol, one.period.value)
            for rows in _batches(archive, one, span):
                writer.writerows((*names, row[0], _utc(row[0]), *row[1:]) for row in rows)
                count += len(rows)
    return count


def _write_parquet(archive: _Bars, series: Sequence[Series], span: Span, part: Path) -> int:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "Parquet needs pyarrow: install hbtui[parquet], or export to .csv."
        raise ArchiveError(message) from None
    places = _most_places(archive, series, span)
    fields = [(name, pa.string()) for name in COLUMNS[:3]]
    fields += [("open_ms", pa.int64()), ("opened_utc", pa.timestamp("ms", tz="UTC"))]
    fields += [(name, pa.decimal128(38, scale)) for name, scale in zip(COLUMNS[5:11], places, strict=True)]
    about = {
        "source": archive.origin,
        "series": [str(one) for one in series],
        "time zone": "UTC; days, weeks, months and years begin at midnight of GMT+8",
        "prices": "in quote",
    }
    schema = pa.schema([*fields, ("trades", pa.int64())], metadata={"hbtui": json.dumps(about)})
    count = 0
    with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        for one in series:
            for rows in _batches(archive, one, span):
                writer.write_table(_table(schema, archive.origin, one, rows))
                count += len(rows)
    return count


def _most_places(archive: _Bars, series: Sequence[Series], span: Span) -> list[int]:
    """The most digits behind the point, for each of the six number columns: Parquet wants it beforehand."""
    most = [0] * 6
    for one in series:
        for rows in _batches(archive, one, span):
            for at, texts in enumerate(list(zip(*rows, strict=True))[_NUMBERS]):
                most[at] = max(most[at], *(len(text.partition(".")[2]) for text in texts))
    return most


def _table(schema: "pa.Schema", origin: str, series: Series, rows: Sequence[_Row]) -> "pa.Table":
    import pyarrow as pa

    columns = list(zip(*rows, strict=True))
    names = ([word] * len(rows) for word in (origin, series.symbol, series.period.value))
    numbers = ([Decimal(text) for text in texts] for texts in columns[_NUMBERS])
    values = [*names, columns[0], columns[0], *numbers, columns[7]]
    arrays = [pa.array(value, type=field.type) for value, field in zip(values, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
