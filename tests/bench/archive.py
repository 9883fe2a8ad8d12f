"""The archive: rows a second in and out, the chart's window at one and at ten million rows, and two workers for one."""

import asyncio
import itertools
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from hbtui.archive_work import offer
from hbtui.demo import DemoExchange
from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Candle, Period
from hbtui.model.series import Series, Span
from hbtui.storage.archive import SqliteArchive
from hbtui.storage.archive_postgres import PostgresArchive
from hbtui.storage.archive_rows import row_of
from hbtui.storage.export import export
from hbtui.storage.postgres_queue import SliceQueue
from tests.bench.figures import quantile
from tests.support.postgres import running_postgres

__all__ = ["report"]

_DOGE = Series("dogeusdt", Period.MINUTE)
_START = 1_100_000_040_000
_LATE = 1 << 45
_BATCH = 20_000
_MILLION = 1_000_000
_BARS_TO_SHARE = 36_000
_EVERYTHING = Span(0, 1 << 62)


def report() -> Iterator[str]:
    """One line a figure."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        yield from _bulk(place)
        yield from _windows(place)
        yield from _exports(place)
    with running_postgres() as url:
        yield from _copies(url)
        yield from _workers(url)


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


def _rate(rows: int, act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return rows / (time.perf_counter() - begun)


def _line(name: str, text: str) -> str:
    return f"{name:<34} {text}"


def _bulk(place: Path) -> Iterator[str]:
    """A million bars in, beside the same rows put by bare SQL into a bare table."""
    archive = SqliteArchive.open(place / "a.sqlite", "bench")
    bare = sqlite3.connect(place / "bare.sqlite", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute(
        "CREATE TABLE bars (open_ms INTEGER PRIMARY KEY, o TEXT, h TEXT, l TEXT, c TEXT, b TEXT, q TEXT, n INT)"
    )
    ours, floor = [], []
    for first in range(0, _MILLION, _BATCH):
        bars = _bars(first, _BATCH)
        rows = [row_of(one) for one in bars]

        def bare_insert(rows: list[tuple[object, ...]] = rows) -> None:  # type: ignore[assignment]
            with bare:
                bare.execute("BEGIN")
                bare.executemany("INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

        ours.append(_rate(_BATCH, lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)))  # type: ignore[misc]
        floor.append(_rate(_BATCH, bare_insert))
    a, b = quantile(ours, 0.5), quantile(floor, 0.5)
    size = (place / "a.sqlite").stat().st_size / _MILLION
    bare.close()
    archive.close()
    yield _line(
        "bars into SQLite, bulk", f"{a / 1e6:.2f} M/s, {a / b:.2f} × bare SQL ({b / 1e6:.2f} M/s)  aim ≥ 0.3 M/s"
    )
    yield _line("a bar on the disk", f"{size:.0f} bytes")


def _windows(place: Path) -> Iterator[str]:
    """The last 2,000 bars, at one and at ten million rows in the file."""
    with SqliteArchive.open(place / "a.sqlite", "bench") as archive:
        small = _window(archive)
        for number, first in itertools.product(range(1, 10), range(0, _MILLION, 100_000)):
            archive.put(Series(f"pair{number}usdt", Period.MINUTE), _bars(first, 100_000), at_ms=_LATE)
        large = _window(archive)
    yield _line("last 2,000 bars, 1 M rows", f"{small:.1f} ms")
    yield _line("last 2,000 bars, 10 M rows", f"{large:.1f} ms, {large / small:.2f} × of 1 M  aim ≤ 3 ms")


def _window(archive: SqliteArchive) -> float:
    taken = []
    for _ in range(50):
        begun = time.perf_counter()
        assert len(archive.window(_DOGE, 2000)) == 2000
        taken.append((time.perf_counter() - begun) * 1000)
    return quantile(taken, 0.5)


def _exports(place: Path) -> Iterator[str]:
    with SqliteArchive.open(place / "a.sqlite", "bench") as archive:
        for name in ("parquet", "csv"):
            out = place / f"o.{name}"
            rate = _rate(_MILLION, lambda out=out: export(archive, [_DOGE], _EVERYTHING, out))  # type: ignore[misc]
            size = out.stat().st_size / _MILLION
            yield _line(f"export to .{name}", f"{rate / 1e6:.2f} M bars/s, {size:.0f} bytes a bar")


def _copies(url: str) -> Iterator[str]:
    with PostgresArchive.open(url, "bench") as archive:
        batches = [_bars(first, _BATCH) for first in range(0, 10 * _BATCH, _BATCH)]
        rates = [_rate(_BATCH, lambda bars=bars: archive.put(_DOGE, bars, at_ms=_LATE)) for bars in batches]  # type: ignore[misc]
        yield _line("bars into PostgreSQL, COPY", f"{quantile(rates, 0.5) / 1e6:.2f} M/s")


def _workers(url: str) -> Iterator[str]:
    """The same download by one worker and by two, each with one connection: HTX's pace is what holds them."""
    with DemoExchange() as demo, PostgresArchive.open(url, "embedded-seed-1") as archive:
        rest = demo.ready()["rest"]
        alone = _shared(url, rest, archive, "dogeusdt", 1)
        both = _shared(url, rest, archive, "xrpusdt", 2)
    text = f"{alone / both:.2f} × as fast as one ({both:.1f} s against {alone:.1f} s for {_BARS_TO_SHARE:,} bars)"
    yield _line("two workers", text)


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
