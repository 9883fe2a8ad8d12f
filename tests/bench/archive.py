"""The archive: rows a second in and out, the chart's window at one and at ten million rows, and two workers for one.

Each figure stands beside a floor of the same run: bare SQL, COPY or pyarrow doing the same with the same rows. Ratios
are of processor time where all the work is done in this process: the clock also counts who else is at work.
"""

import asyncio
import csv
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import psycopg
from pyarrow import parquet

from hbtui.archive_work import offer
from hbtui.demo import DemoExchange
from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Candle, Period
from hbtui.model.series import Series, Span
from hbtui.storage.archive import SqliteArchive
from hbtui.storage.archive_postgres import PostgresArchive
from hbtui.storage.archive_rows import BAR, rows_of
from hbtui.storage.export import COLUMNS, export
from hbtui.storage.postgres_queue import SliceQueue
from tests.bench.figures import quantile
from tests.support.postgres import running_postgres

__all__ = ["report"]

_DOGE = Series("dogeusdt", Period.MINUTE)
_START = 1_100_000_040_000
_LATE = 1 << 45
_BATCH = 20_000
_SLICE = 298
_MILLION = 1_000_000
_WINDOW = 2000
_PAIRS = 10
_BARS_TO_SHARE = 60_000
_PACE_S = 0.1
"""HTX's own: so long a connection waits between two requests for history."""
_EVERYTHING = Span(0, 1 << 62)


def report(rows: int = 10 * _MILLION) -> Iterator[str]:
    """One line a figure, with so many rows in the file in the end."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        yield from _bulk(place, rows // _PAIRS)
        yield from _slices(place)
        yield from _windows(place, rows // _PAIRS)
        yield from _exports(place, rows // _PAIRS)
    with running_postgres() as url:
        yield from _copies(url)
        yield from _workers(url)


# what things cost


@dataclass(frozen=True, slots=True)
class _Cost:
    clock_s: float
    processor_s: float
    """Of this process."""

    def and_then(self, other: "_Cost") -> "_Cost":
        """Both after each other."""
        return _Cost(self.clock_s + other.clock_s, self.processor_s + other.processor_s)

    def times(self, share: float) -> "_Cost":
        """The same so many times."""
        return _Cost(self.clock_s * share, self.processor_s * share)


def _cost(act: Callable[[], object]) -> _Cost:
    clock_s, processor_s = time.perf_counter(), time.process_time()
    act()
    return _Cost(time.perf_counter() - clock_s, time.process_time() - processor_s)


def _median(costs: Sequence[_Cost]) -> _Cost:
    return _Cost(quantile([one.clock_s for one in costs], 0.5), quantile([one.processor_s for one in costs], 0.5))


def _line(name: str, text: str) -> str:
    return f"{name:<34} {text}"


def _rates(name: str, rows: int, ours: Sequence[_Cost], floor: Sequence[_Cost], of: str) -> str:
    """How many rows a second, by the clock and by processor time, and how the latter compares with a floor."""
    a, b = _median(ours), _median(floor)
    clock, processor, bare = (rows / seconds / 1e6 for seconds in (a.clock_s, a.processor_s, b.processor_s))
    words = f"{processor / bare:.2f} × {of}: {processor:.2f} against {bare:.2f} M/s of processor time"
    return _line(name, f"{words}, {clock:.2f} on the clock")


def _bars(first: int, count: int) -> list[Candle]:
    """Bars with as many digits as HTX's own of a small coin."""
    dice = random.Random(first)
    made = []
    for number in range(first, first + count):
        low = 7_000_000 + dice.randrange(1_000_000)
        prices = [Decimal(low + add).scaleb(-8) for add in (40, 90, 0, 60)]
        volumes = Decimal(dice.randrange(10**10)).scaleb(-4), Decimal(dice.randrange(10**12)).scaleb(-8)
        made.append(Candle._make([_START + number * 60_000, *prices, *volumes, dice.randrange(900)]))
    return made


# one file


def _bulk(place: Path, rows: int) -> Iterator[str]:
    """A tenth of all bars in, beside the same rows put by bare SQL into a bare table."""
    bare = sqlite3.connect(place / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = NORMAL")
    bare.execute(
        "CREATE TABLE bars (open_ms INTEGER PRIMARY KEY, o TEXT, h TEXT, l TEXT, c TEXT, b TEXT, q TEXT, n INT)"
    )

    def insert(texts: Sequence[tuple[object, ...]]) -> None:
        with bare:
            bare.execute("BEGIN")
            bare.executemany("INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?)", texts)

    ours, floor = [], []
    with SqliteArchive.open(place / "a.sqlite", "bench") as archive:
        for first in range(0, rows, _BATCH):
            bars = _bars(first, min(_BATCH, rows - first))
            texts = rows_of(bars)
            ours.append(_cost(lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)))  # type: ignore[misc]
            floor.append(_cost(lambda texts=texts: insert(texts)))  # type: ignore[misc]
    bare.close()
    yield f"{_rates('bars into SQLite, bulk', min(_BATCH, rows), ours, floor, 'bare SQL')}  aim ≥ 0.3"
    size, least = ((place / name).stat().st_size / rows for name in ("a.sqlite", "bare.sqlite"))
    yield _line("a bar on the disk", f"{size / least:.2f} × a bare table of the same text: {size:.0f} bytes")


def _slices(place: Path) -> Iterator[str]:
    """As a download brings them: an answer's bars at a time, each committed."""
    with SqliteArchive.open(place / "slices.sqlite", "bench") as archive:
        answers = [_bars(first, _SLICE) for first in range(0, 100 * _SLICE, _SLICE)]
        costs = [_cost(lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)) for bars in answers]  # type: ignore[misc]
        again = [_cost(lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)) for bars in answers]  # type: ignore[misc]
    new, known = (_median(one).clock_s * 1000 for one in (costs, again))
    yield _line("an answer of 298 bars into SQLite", f"{new:.1f} ms, {known:.1f} ms where all of them are known")


def _windows(place: Path, rows: int) -> Iterator[str]:
    """The last 2,000 bars of a file with one series and of one with ten, in turn, and by bare SQL with Decimals."""
    shutil.copy(place / "a.sqlite", place / "small.sqlite")
    with SqliteArchive.open(place / "a.sqlite", "bench") as large:
        for first in range(0, rows, 100_000):
            bars = _bars(first, min(100_000, rows - first))
            for number in range(1, _PAIRS):
                large.put(Series(f"pair{number}usdt", Period.MINUTE), bars, at_ms=_LATE)
    costs: list[list[_Cost]] = [[], [], []]
    with ExitStack() as stack:
        archives = [
            stack.enter_context(SqliteArchive.open(place / name, "bench")) for name in ("a.sqlite", "small.sqlite")
        ]
        bare = stack.enter_context(closing(sqlite3.connect(place / "a.sqlite")))
        acts = [lambda one=one: one.window(_DOGE, _WINDOW) for one in archives]
        for _ in range(100):
            for act, found in zip([*acts, lambda: _select(bare)], costs, strict=True):
                found.append(_cost(act))
    of_all, of_few, floor = (_median(one) for one in costs)
    words = (
        f"{of_all.processor_s / floor.processor_s:.2f} × SELECT and Decimal: {of_all.processor_s * 1000:.1f} against "
    )
    words += (
        f"{floor.processor_s * 1000:.1f} ms of processor time, {of_all.clock_s * 1000:.1f} on the clock  aim ≤ 3 ms"
    )
    yield _line(f"last {_WINDOW:,} bars of {_PAIRS * rows / 1e6:g} M rows", words)
    words = f"{of_all.processor_s / of_few.processor_s:.2f} × the same of {rows / 1e6:g} M rows"
    yield _line("growth with ten times the rows", f"{words} ({of_few.processor_s * 1000:.1f} ms of processor time)")


def _select(bare: sqlite3.Connection) -> list[tuple[object, ...]]:
    number = Decimal
    text = f"SELECT {BAR} FROM bars WHERE series = 1 ORDER BY open_ms DESC LIMIT {_WINDOW}"  # noqa: S608 - own words
    return [
        (at, number(o), number(h), number(low), number(c), number(base), number(quote), trades)
        for at, o, h, low, c, base, quote, trades in bare.execute(text)
    ]


def _exports(place: Path, rows: int) -> Iterator[str]:
    """One series as files, beside a bare SELECT of its rows and pyarrow or csv writing them, ready as they are."""
    with SqliteArchive.open(place / "a.sqlite", "bench") as archive:
        outs = [place / "o.parquet", place / "o.csv"]
        whole, lines = (_cost(lambda out=out: export(archive, [_DOGE], _EVERYTHING, out)) for out in outs)  # type: ignore[misc]
    read = _cost(lambda: _read(place / "a.sqlite"))
    table, again = parquet.read_table(outs[0]), place / "again"
    names = list(COLUMNS[:3])
    floor = _cost(lambda: parquet.write_table(table, again, compression="zstd", use_dictionary=names))
    words = _rates("export to .parquet", rows, [whole], [read.and_then(floor)], "SELECT and pyarrow's writing")
    yield f"{words}, {outs[0].stat().st_size / rows:.0f} bytes a bar"
    with outs[1].open(newline="") as file:
        texts = [row for row, _ in zip(csv.reader(file), range(_BATCH), strict=False)]
    with again.open("w", newline="") as file:
        floor = _cost(lambda: csv.writer(file).writerows(texts)).times(rows / len(texts))
    words = _rates("export to .csv", rows, [lines], [read.and_then(floor)], "SELECT and csv's writing")
    yield f"{words}, {outs[1].stat().st_size / rows:.0f} bytes a bar"


def _read(path: Path) -> None:
    bare = sqlite3.connect(path)
    rows = bare.execute(f"SELECT {BAR} FROM bars WHERE series = 1 ORDER BY open_ms")  # noqa: S608 - own words
    while rows.fetchmany(_WINDOW):
        pass
    bare.close()


# a server


def _copies(url: str) -> Iterator[str]:
    """Bars onto a server, beside the same lines by bare COPY into a table without a key; most of it is not our time."""
    columns = ", ".join(f"{name} NUMERIC" for name in "abcdef")
    ours, floor = [], []
    with PostgresArchive.open(url, "bench") as archive, psycopg.connect(url, autocommit=True) as bare:
        bare.execute(f"CREATE TABLE bare (open_ms BIGINT, {columns}, trades BIGINT)")

        def copy(lines: str) -> None:
            with bare.cursor() as cursor, cursor.copy("COPY bare FROM STDIN") as into:
                into.write(lines)

        for first in range(0, 20 * _BATCH, _BATCH):
            bars = _bars(first, _BATCH)
            lines = "".join("\t".join(map(str, row)) + "\n" for row in rows_of(bars))
            ours.append(_cost(lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)))  # type: ignore[misc]
            floor.append(_cost(lambda lines=lines: copy(lines)))  # type: ignore[misc]
    a, b = (_BATCH / _median(one).clock_s / 1e6 for one in (ours, floor))
    yield _line("bars into PostgreSQL, COPY", f"{a / b:.2f} × bare COPY: {a:.2f} against {b:.2f} M/s on the clock")


def _workers(url: str) -> Iterator[str]:
    """The same download by one worker and by two, each with one connection: HTX's pace is what holds them."""
    with DemoExchange() as demo, PostgresArchive.open(url, "embedded-seed-1") as archive:
        rest = demo.ready()["rest"]
        alone = _shared(url, rest, archive, "dogeusdt", 1)
        both = _shared(url, rest, archive, "xrpusdt", 2)
    pace_s = _BARS_TO_SHARE / _SLICE * _PACE_S
    words = f"{alone / both:.2f} × as fast as one: {_BARS_TO_SHARE:,} bars in {both:.1f} s against {alone:.1f} s"
    yield _line("two workers on one download", f"{words}, of which HTX's pace is {pace_s / 2:.1f} and {pace_s:.1f} s")


def _shared(url: str, rest: str, archive: PostgresArchive, symbol: str, workers: int) -> float:
    series = Series(symbol, Period.MINUTE)
    end_ms = Period.DAY.open_ms(time.time_ns() // 1_000_000) - 4 * 86_400_000
    span = Span(end_ms - _BARS_TO_SHARE * 60_000, end_ms)

    async def offered() -> None:
        async with HtxExchange.open(Hosts.loopback(rest), None) as exchange, exchange.bar_source(1) as source:
            await offer(SliceQueue(archive, "bench"), archive, source, [(series, span)])

    with ThreadPoolExecutor(1) as other:  # the bench itself may be running on a loop
        other.submit(asyncio.run, offered()).result()
    command = [sys.executable, "-m", "hbtui", "archive", "work", "--exchange", rest, "--connections", "1"]
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        environ = {**os.environ, "HBTUI_ARCHIVE": url, "HBTUI_HOME": home}
        begun = time.perf_counter()
        processes = [
            stack.enter_context(subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL))
            for _ in range(workers)
        ]
        if any(process.wait(120) for process in processes):
            message = "a worker failed"
            raise RuntimeError(message)
        return time.perf_counter() - begun
