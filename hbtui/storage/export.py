"""Bars as files for other programs: CSV and Parquet, exact, sorted, with their source, and whole or not at all."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
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
_READ = 20_000
"""Bars that are asked for at once: of a server each question takes a while."""
_BATCH = 2_000
"""Bars that are written at once: what is made of them on the way still lies in the processor's cache."""
_GROUP = 50
"""Batches that become one row group of a Parquet file: readers want groups of a hundred thousand and more."""
_DIGITS = 38
"""What ``decimal128`` holds."""
_TRIES = 3
_Row = tuple[int, str, str, str, str, str, str, int]


class _TooLong(Exception):
    """A number has more digits than the columns of a Parquet file were made for."""


class _Bars(Protocol):
    """As much of an archive as an export needs."""

    @property
    def origin(self) -> str:
        """Whose bars these are."""
        ...

    def rows(self, series: Series, span: Span, limit: int = -1) -> Sequence[_Row]:
        """Bars as text, rising."""
        ...

    def places(self, series: Series, span: Span) -> Sequence[int]:
        """The most digits behind the point, for each of the six number columns."""
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
        count = _written(lambda: write(archive, ordered, span, part))
        if not count:
            message = "There are no bars to export in that range."
            raise ArchiveError(message)
    return count


def _written(write: Callable[[], int]) -> int:
    """Write, and anew where longer numbers came while it was written: Parquet has to know their length beforehand."""
    for _ in range(_TRIES):
        try:
            return write()
        except _TooLong:
            continue
    message = "A number in these bars has more digits than Parquet can hold beside the others: export to .csv."
    raise ArchiveError(message)


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
    while rows := archive.rows(series, Span(start_ms, span.end_ms), _READ):
        for first in range(0, len(rows), _BATCH):
            yield rows[first : first + _BATCH]
        start_ms = rows[-1][0] + 1


def _utc(open_ms: int) -> str:
    day, second = divmod(open_ms // 1000, 86_400)
    return f"{_day(day)} {_clock(second)}"


@lru_cache(100)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%d")


@lru_cache(1440)  # of a day's minutes each comes again the next day
def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _write_csv(archive: _Bars, series: Sequence[Series], span: Span, part: Path) -> int:
    count = 0
    with part.open("w", newline="", encoding="utf-8") as file:
        file.write(f"{','.join(COLUMNS)}\r\n")
        for one in series:
            names = _quoted((archive.origin, one.symbol, one.period.value))
            for rows in _batches(archive, one, span):
                # behind the names there are numbers alone, in which nothing could need a quote
                file.writelines(
                    f"{names},{at},{_utc(at)},{o},{h},{low},{c},{base},{quote},{trades}\r\n"
                    for at, o, h, low, c, base, quote, trades in rows
                )
                count += len(rows)
    return count


def _quoted(words: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(words)
    return line.getvalue()


def _write_parquet(archive: _Bars, series: Sequence[Series], span: Span, part: Path) -> int:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "Parquet needs pyarrow: install hbtui[parquet], or export to .csv."
        raise ArchiveError(message) from None
    schema = _schema(archive, series, span)
    names = list(COLUMNS[:3])  # the numbers hardly repeat: a dictionary of them costs time and gains no space
    count = 0
    with parquet.ParquetWriter(part, schema, compression="zstd", use_dictionary=names) as writer:
        for one in series:
            batches = (_record_batch(schema, archive.origin, one, rows) for rows in _batches(archive, one, span))
            try:
                while group := list(islice(batches, _GROUP)):
                    writer.write_table(pa.Table.from_batches(group))
                    count += sum(batch.num_rows for batch in group)
            except pa.ArrowInvalid:
                raise _TooLong from None
    return count


def _schema(archive: _Bars, series: Sequence[Series], span: Span) -> "pa.Schema":
    import pyarrow as pa

    # Parquet wants to know beforehand how many digits are behind the point
    places = [max(column) for column in zip(*(archive.places(one, span) for one in series), strict=True)]
    fields = [(name, pa.string()) for name in COLUMNS[:3]]
    fields += [("open_ms", pa.int64()), ("opened_utc", pa.timestamp("ms", tz="UTC"))]
    fields += [
        (name, pa.decimal128(_DIGITS, min(scale, _DIGITS))) for name, scale in zip(COLUMNS[5:11], places, strict=True)
    ]
    about = {
        "source": archive.origin,
        "series": [str(one) for one in series],
        "time zone": "UTC; days, weeks, months and years begin at midnight of GMT+8",
        "prices": "in quote",
    }
    return pa.schema([*fields, ("trades", pa.int64())], metadata={"hbtui": json.dumps(about)})


def _record_batch(schema: "pa.Schema", origin: str, series: Series, rows: Sequence[_Row]) -> "pa.RecordBatch":
    """Rows as columns; the numbers go from text to decimals in one step, without a Python object for each."""
    import pyarrow as pa

    opens, *texts, trades = zip(*rows, strict=True)
    names = [pa.repeat(word, len(rows)) for word in (origin, series.symbol, series.period.value)]
    opened = pa.array(opens, type=pa.int64())
    numbers = [
        pa.array(column, type=pa.string()).cast(field.type)
        for column, field in zip(texts, list(schema)[5:11], strict=True)
    ]
    arrays = [*names, opened, opened.cast(schema.field("opened_utc").type), *numbers, pa.array(trades, type=pa.int64())]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
