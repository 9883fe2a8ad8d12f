"""``hbtui archive fetch``: what is missing of a range is fetched, and everything is said of what is not."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from hbtui.archive_places import open_archive
from hbtui.archive_words import read_series_words, read_span, utc_text
from hbtui.archive_work import offer, queue_of, reported, work
from hbtui.cli import ExitCode
from hbtui.config import ConfigError, places
from hbtui.model.errors import NotFound
from hbtui.model.series import Series, Span
from hbtui.progress import ProgressLine
from hbtui.streams import complain
from hbtui.trading.archiving import Archive
from hbtui.words import BadRequest

if TYPE_CHECKING:
    from hbtui.htx.exchange import HtxExchange
    from hbtui.trading.download import FetchReport

__all__ = ["fetch", "help_along"]

_SILENT = 2
"""So many series in a row of which nothing came mean that the others will fare no better now."""


async def fetch(asked: Namespace) -> ExitCode:
    """Fetch what was asked for, or go on with what was begun; the exit code says whether all was answered."""
    symbols, periods = read_series_words(asked.words)
    is_new = bool(asked.words or asked.all_symbols)
    if is_new and not (periods and (symbols or asked.all_symbols)):
        message = "Name at least one pair and one period, such as dogeusdt 1min."
        raise BadRequest(message)
    span = read_span(asked, needs_start=is_new)
    _check_numbers(asked)
    async with _exchange(asked) as exchange:
        archive = open_archive(places(), await exchange.origin())
        try:
            for note in archive.notes:
                complain(note)
            if is_new:
                listed = await _listed(exchange, symbols, asked.all_symbols)
                wanted = [(Series(symbol, period), span) for symbol in listed for period in periods]
            else:
                wanted = _begun(archive)
            if asked.share:
                return await _shared(asked, exchange, archive, wanted)
            return await _fetched(asked, exchange, archive, wanted)
        finally:
            archive.close()


async def help_along(asked: Namespace) -> ExitCode:
    """Work on what others have begun to share."""
    _check_numbers(asked)
    async with _exchange(asked) as exchange:
        archive = open_archive(places(), await exchange.origin())
        try:
            queue = queue_of(archive)
            async with exchange.bar_source(asked.connections) as source:
                return await work(asked, queue, archive, source)
        finally:
            archive.close()


async def _shared(
    asked: Namespace, exchange: "HtxExchange", archive: Archive, wanted: Sequence[tuple[Series, Span]]
) -> ExitCode:
    queue = queue_of(archive)
    async with exchange.bar_source(asked.connections) as source:
        complain(f"{await offer(queue, archive, source, wanted):,} slices to do, for any worker.")
        code = await work(asked, queue, archive, source)
        for series, span in wanted:
            report = await reported(archive, source, series, span)
            complain(_told(report))
            if report.unanswered:
                code = ExitCode.NETWORK
    return code


def _check_numbers(asked: Namespace) -> None:
    if not 1 <= asked.connections <= 8:
        message = f"--connections must be from 1 to 8, not {asked.connections}."
        raise BadRequest(message)
    if not 5 <= asked.lease <= 600:
        message = f"--lease must be from 5 to 600 seconds, not {asked.lease}."
        raise BadRequest(message)


def _begun(archive: Archive) -> list[tuple[Series, Span]]:
    begun = [(one.series, one.span) for one in archive.downloads() if not one.is_paused]
    if not begun:
        message = "Nothing was begun: name pairs and periods, and --from."
        raise BadRequest(message)
    return begun


async def _listed(exchange: "HtxExchange", symbols: Sequence[str], all_of: str | None) -> list[str]:
    """The pairs that were named, all of which must be listed, and those that are traded against a currency."""
    listed = {one.symbol: one for one in await exchange.instruments()}
    for symbol in symbols:
        if symbol not in listed:
            near = [name for name in listed if name.startswith(symbol[:3])][:5]
            advice = f"Did you mean {', '.join(near)}?" if near else ""
            raise NotFound("symbol", f"The exchange lists no symbol {symbol!r}.", advice=advice)
    quote = (all_of or "").strip().lower()
    traded = [one.symbol for one in listed.values() if quote and one.quote == quote and one.is_tradable]
    if quote and not traded:
        raise NotFound("symbol", f"The exchange lists no pair that is traded against {quote!r}.")
    return list(dict.fromkeys([*symbols, *traded]))


async def _fetched(
    asked: Namespace, exchange: "HtxExchange", archive: Archive, wanted: Sequence[tuple[Series, Span]]
) -> ExitCode:
    from hbtui.trading.clock import SystemClock
    from hbtui.trading.download import Downloader

    for series, span in wanted:
        # all of it before the first: what is cut short goes on by itself, also with what had not been begun
        await asyncio.to_thread(archive.keep_download, series, span)
    code, silent = ExitCode.DONE, 0
    with ProgressLine(sys.stderr, len(wanted)) as progress:
        async with exchange.bar_source(asked.connections) as source:
            downloader = Downloader(
                archive, source, SystemClock(), at_once=asked.connections, on_progress=progress.show
            )
            for number, (series, span) in enumerate(wanted, 1):
                try:
                    report = await downloader.fetch(series, span)
                except NotFound as error:
                    progress.finish(f"{series}: {error}")
                    code = ExitCode.REFUSED
                    continue
                progress.finish(_told(report))
                if report.problem or report.unanswered:
                    code = ExitCode.NETWORK
                silent = silent + 1 if report.problem and not report.added else 0
                if silent == _SILENT and number < len(wanted):
                    complain(f"The exchange is away: {len(wanted) - number:,} series are left for later.")
                    break
    return code


def _told(report: "FetchReport") -> str:
    """What came of one series, as a sentence for a person."""
    words = [f"{report.series}: {report.added:,} bars {'there' if report.is_shared else 'added'}"]
    if report.listed_ms is not None:
        words.append(f"the exchange's bars begin {utc_text(report.listed_ms)}")
    if report.absent:
        words.append(f"{report.absent:,} that the exchange has not")
    if report.unanswered:
        words.append(f"{report.unanswered:,} not answered: the same command asks again")
    if report.corrected:
        words.append(f"{len(report.corrected):,} corrected")
    if report.aside:
        words.append(f"{len(report.aside):,} kept aside ({report.aside[0][1]})")
    if report.problem:
        words.append(report.problem)
    return " · ".join(words)


@asynccontextmanager
async def _exchange(asked: Namespace) -> "AsyncIterator[HtxExchange]":
    """The exchange that was named, without a key: bars are for everyone."""
    from hbtui.demo import DemoExchange
    from hbtui.htx.exchange import HtxExchange
    from hbtui.htx.hosts import HostRefused, Hosts

    with ExitStack() as stack:
        if getattr(asked, "live", False):
            hosts = Hosts.live()
        elif (url := getattr(asked, "exchange", None)) is not None:
            try:
                hosts = Hosts.loopback(url)
            except HostRefused as error:
                raise ConfigError(str(error)) from None
        else:
            demo = stack.enter_context(DemoExchange(seed=getattr(asked, "seed", None)))
            hosts = Hosts.from_ready_line(await asyncio.to_thread(demo.ready))
        async with HtxExchange.open(hosts, None) as exchange:
            yield exchange
