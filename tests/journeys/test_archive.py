"""The archive against the embedded exchange over real sockets: whatever is cut or killed, the end is the truth."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Candle, Period
from hbtui.model.series import GapKind, Series, Span, opens_between
from hbtui.storage.archive import SqliteArchive
from hbtui.trading.clock import SystemClock
from hbtui.trading.download import Downloader
from tests.support.cutting import cutting_socket
from tests.support.exchange import RunningExchange, exchange_in_thread

ROOT = Path(__file__).parents[2]
MINUTE = 60_000
DAY = 86_400_000
ORIGIN = "embedded-seed-1"
SYMBOLS = ("btcusdt", "dogeusdt", "ethusdt", "xrpusdt")


def truth(exchange: RunningExchange, series: Series, span: Span) -> list[Candle]:
    """The exchange's own bars, taken from within."""

    def bars() -> list[Candle]:
        venue = exchange._server.venue
        tape, now_ms = venue.market(series.symbol).tape, venue.now()
        found = []
        for open_ms in opens_between(series.period, span):
            bar = tape.bar(series.period.value, open_ms // 1000, now_ms)
            if bar is not None:
                prices = (bar.open, bar.high, bar.low, bar.close)
                found.append(Candle(open_ms, *prices, bar.amount, bar.value, bar.trades))
        return found

    return exchange.call(bars)


def digits(candles: Sequence[Candle]) -> list[tuple[int | Decimal, ...]]:
    """Bars as they compare, number by number and exactly."""
    return [
        (bar.open_ms, bar.open, bar.high, bar.low, bar.close, bar.base_volume, bar.quote_volume, bar.trades)
        for bar in candles
    ]


def started(exchange: RunningExchange, home: Path, *words: str, **environ: str) -> "subprocess.Popen[str]":
    """Start ``hbtui archive …`` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "hbtui", "archive", *words, "--exchange", exchange.rest],
        cwd=ROOT,
        env={**os.environ, "HBTUI_HOME": str(home), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole_minutes(days: int, *, ends_days_ago: int = 0) -> Span:
    """So many days that are over, to the minute."""
    end_ms = Period.MINUTE.open_ms(time.time_ns() // 1_000_000) - 10 * MINUTE - ends_days_ago * DAY
    return Span(end_ms - days * DAY, end_ms)


def moment(time_ms: int) -> str:
    """A time as a command takes it."""
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time_ms // 1000))


def fetch_through_trouble(
    exchange: RunningExchange, home: Path, symbols: Sequence[str], span: Span, *, kills: int, drops: int
) -> int:
    """Fetch with processes that are killed and sockets that are cut, until one comes to its end; how many were cut."""
    dice = random.Random(5)
    words = ["fetch", *symbols, "1min", "--from", moment(span.start_ms), "--to", moment(span.end_ms)]
    cut = 0
    for round_ in range(kills + 1):
        with started(exchange, home, *words) as process:
            ends = time.monotonic() + 1.2 + dice.random()
            while process.poll() is None and (round_ == kills or time.monotonic() < ends):
                if cut < drops and exchange.sockets("ws") and dice.random() < 0.2:
                    cut += exchange.close_sockets("ws")
                with_patience(process)
            if round_ < kills:
                process.send_signal(signal.SIGKILL)
            else:
                _, errors = process.communicate(timeout=120)
                assert process.returncode == 0, errors
    return cut


def with_patience(process: "subprocess.Popen[str]") -> None:
    """Let a process run on for a tenth of a second, or end."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def require_equal(exchange: RunningExchange, home: Path, symbols: Sequence[str], span: Span) -> None:
    """Every bar of the exchange is there, digit by digit, and nothing is missing."""
    with SqliteArchive.open(home / "archive" / f"{ORIGIN}.sqlite", ORIGIN) as archive:
        for symbol in symbols:
            series = Series(symbol, Period.MINUTE)
            assert archive.gaps(series, span) == ()
            assert digits(archive.range(series, span)) == digits(truth(exchange, series, span))


def test_kills_and_dropped_sockets_leave_a_complete_archive(tmp_path: Path) -> None:
    """Two symbols over five days, two processes killed and sockets cut on the way: complete and equal in the end."""
    span = whole_minutes(5)
    with exchange_in_thread() as exchange:
        cut = fetch_through_trouble(exchange, tmp_path, SYMBOLS[:2], span, kills=2, drops=3)
        require_equal(exchange, tmp_path, SYMBOLS[:2], span)
    assert cut


@pytest.mark.long
@pytest.mark.timeout(600)
def test_thirty_days_of_four_symbols_through_ten_kills_and_twenty_cut_sockets(tmp_path: Path) -> None:
    """172,800 bars, 10 SIGKILLs and 20 dropped sockets on the way: complete and equal digit by digit."""
    span = whole_minutes(30)
    with exchange_in_thread() as exchange:
        cut = fetch_through_trouble(exchange, tmp_path, SYMBOLS, span, kills=10, drops=20)
        require_equal(exchange, tmp_path, SYMBOLS, span)
    assert cut >= 20


async def test_two_percent_of_lost_and_cut_answers_leave_an_exact_gap_report(tmp_path: Path) -> None:
    """With answers lost and cut and minutes that the exchange has not, the report names exactly those minutes."""
    span = whole_minutes(12, ends_days_ago=3)
    dice = random.Random(11)
    holes = {span.start_ms + dice.randrange(12 * 1440) * MINUTE for _ in range(40)}
    holes |= {span.start_ms + at * MINUTE for at in range(5000, 5400)}
    seconds = frozenset(at // 1000 for at in holes)
    series = Series("dogeusdt", Period.MINUTE)
    with (
        exchange_in_thread() as exchange,
        cutting_socket(exchange.market_ws, lost=0.01, cut=0.02, holes=seconds) as spoiler,
        SqliteArchive.open(tmp_path / "x.sqlite", ORIGIN) as archive,
    ):
        hosts = replace(Hosts.from_ready_line(exchange.ready_line), market_ws=spoiler.address)
        async with HtxExchange.open(hosts, None) as client, client.bar_source(8) as source:
            report = await Downloader(archive, source, SystemClock(), at_once=8).fetch(series, span)
        expected = [one for one in await asyncio.to_thread(truth, exchange, series, span) if one.open_ms not in holes]
        gaps = archive.gaps(series, span)
        assert {gap.kind for gap in gaps} == {GapKind.ABSENT}
        assert {at for gap in gaps for at in opens_between(series.period, gap.span)} == holes
        assert digits(archive.range(series, span)) == digits(expected)
        assert (report.absent, report.unanswered, report.problem) == (len(holes), 0, "")
        assert spoiler.spoiled


async def test_empty_and_refused_answers_and_a_socket_that_ends_all_the_time_leave_the_truth(tmp_path: Path) -> None:
    """An exchange that says "nothing" by mistake, "too often" now and then, and hangs up after every fifth answer."""
    span = whole_minutes(8, ends_days_ago=3)
    dice = random.Random(7)
    holes = {span.start_ms + dice.randrange(8 * 1440) * MINUTE for _ in range(200)}
    holes |= {span.start_ms + at * MINUTE for at in (*range(400), *range(8 * 1440 - 400, 8 * 1440))}
    series = Series("dogeusdt", Period.MINUTE)
    with (
        exchange_in_thread() as exchange,
        cutting_socket(
            exchange.market_ws, emptied=0.05, refused=0.03, holes=frozenset(at // 1000 for at in holes), seed=3
        ) as spoiler,
        SqliteArchive.open(tmp_path / "x.sqlite", ORIGIN) as archive,
    ):
        spoiler.drops_after = list(range(5, 1000, 5))
        hosts = replace(Hosts.from_ready_line(exchange.ready_line), market_ws=spoiler.address)
        async with HtxExchange.open(hosts, None) as client, client.bar_source(4) as source:
            for _ in range(5):  # what was not answered five times in a row is asked for by the next call
                report = await Downloader(archive, source, SystemClock()).fetch(series, span)
                if not report.unanswered:
                    break
        expected = [one for one in await asyncio.to_thread(truth, exchange, series, span) if one.open_ms not in holes]
        gaps = archive.gaps(series, span)
        assert {gap.kind for gap in gaps} == {GapKind.ABSENT}
        assert {at for gap in gaps for at in opens_between(series.period, gap.span)} == holes
        assert digits(archive.range(series, span)) == digits(expected)
        assert (report.unanswered, report.problem) == (0, "")
        assert spoiler.spoiled


def test_a_bar_of_the_exchange_comes_back_from_csv_digit_by_digit(tmp_path: Path) -> None:
    """Fetched, exported and read again by another program, a bar is the exchange's own."""
    span = whole_minutes(1, ends_days_ago=1)
    with exchange_in_thread() as exchange:
        words = ["--from", moment(span.start_ms), "--to", moment(span.end_ms)]
        with started(exchange, tmp_path, "fetch", "dogeusdt", "60min", *words) as process:
            assert process.wait(60) == 0
        with started(exchange, tmp_path, "export", "dogeusdt", "60min", "--out", str(tmp_path / "o.csv")) as process:
            assert process.wait(60) == 0
        lines = (tmp_path / "o.csv").read_text().splitlines()
        own = truth(exchange, Series("dogeusdt", Period.HOUR), span)
    told = [line.split(",") for line in lines[1:]]
    assert [int(row[3]) for row in told] == [one.open_ms for one in own]
    assert [(Decimal(row[8]), Decimal(row[10])) for row in told] == [(one.close, one.quote_volume) for one in own]
