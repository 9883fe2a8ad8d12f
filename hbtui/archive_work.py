"""Many workers on one download: each claims slices from the archive's server, and a dead one's claims come back."""

import asyncio
import os
import socket
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hbtui.cli import ExitCode
from hbtui.model.errors import ArchiveError, ExchangeError, NotFound
from hbtui.model.series import GapKind, Series, Span, opens_between
from hbtui.streams import complain
from hbtui.trading.archiving import Archive, BarSource
from hbtui.trading.clock import SystemClock
from hbtui.trading.download import FetchReport, SeriesFetch

if TYPE_CHECKING:
    from hbtui.storage.postgres_queue import Claim, SliceQueue

__all__ = ["offer", "queue_of", "reported", "work"]

_LOOK_S = (0.1, 0.2, 0.4, 1.0)
"""Pauses before the next look for a slice, while others are on the last ones: soon at first, then now and then."""


def queue_of(archive: Archive) -> "SliceQueue":
    """The slices that workers share; raises ``ArchiveError`` where the archive is not on a server."""
    from hbtui.storage.archive_postgres import PostgresArchive
    from hbtui.storage.postgres_queue import SliceQueue

    if not isinstance(archive, PostgresArchive):
        message = "Sharing a download needs an archive on PostgreSQL: set HBTUI_ARCHIVE=postgresql://…"
        raise ArchiveError(message)
    return SliceQueue(archive, f"{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}")


async def offer(queue: "SliceQueue", archive: Archive, source: BarSource, wanted: Sequence[tuple[Series, Span]]) -> int:
    """Cut what is missing of some series into slices that anybody may claim; how many are new."""
    offered = 0
    for series, span in wanted:
        fetch = await SeriesFetch.prepared(archive, source, SystemClock(), series, span)
        if fetch.report.span.start_ms < fetch.report.span.end_ms:
            offered += await asyncio.to_thread(queue.offer, series, await fetch.begin())
    return offered


async def reported(archive: Archive, source: BarSource, series: Series, span: Span) -> FetchReport:
    """What is there of a stretch that was shared, and what is missing of it by its reason."""
    fetch = await SeriesFetch.prepared(archive, source, SystemClock(), series, span)
    report = fetch.report
    if report.span.start_ms < report.span.end_ms:
        await fetch.finish()
    covered = await asyncio.to_thread(archive.coverage, series, report.span)
    report.added = sum(sum(1 for _ in opens_between(series.period, one)) for one in covered)
    report.is_shared = True
    return report


@dataclass(slots=True)
class _Tally:
    """What one worker has done."""

    done: int = 0
    unanswered: int = 0
    """Slices of which the exchange did not answer all."""


async def work(asked: Namespace, queue: "SliceQueue", archive: Archive, source: BarSource) -> ExitCode:
    """Do slices until none is left, or for ever; the exit code says whether the exchange answered.

    Raises ``ArchiveError``: the archive's server is away.
    """
    tally = _Tally()
    waits = getattr(asked, "wait", False)
    away: list[BaseException] = []
    broken: list[BaseException] = []
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(asked.connections):
                group.create_task(_work_along(queue, archive, source, tally, waits=waits, lease_s=asked.lease))
    except* ExchangeError as failed:
        away.extend(failed.exceptions)
    except* ArchiveError as failed:
        broken.extend(failed.exceptions)
    if broken:
        message = f"{tally.done:,} slices done. {broken[0]}"
        raise ArchiveError(message)
    if away:
        complain(f"{tally.done:,} slices done; the exchange is away ({away[0]}): the rest is left for later.")
        return ExitCode.NETWORK
    complain(f"{tally.done:,} slices done by this worker; nothing is left.")
    if tally.unanswered:
        complain(f"{tally.unanswered:,} of them were not answered in full: fetch --share asks again.")
        return ExitCode.NETWORK
    return ExitCode.DONE


async def _work_along(
    queue: "SliceQueue", archive: Archive, source: BarSource, tally: _Tally, *, waits: bool, lease_s: int
) -> None:
    looks = 0
    while True:
        claim = await asyncio.to_thread(queue.claim, lease_s)
        if claim is None:
            # what others are on may come back: whoever leaves now could leave it undone
            if not waits and await asyncio.to_thread(queue.left) == (0, 0):
                return
            await asyncio.sleep(_LOOK_S[min(looks, len(_LOOK_S) - 1)])
            looks += 1
            continue
        looks = 0
        async with _held(queue, claim, lease_s):
            fetch = await SeriesFetch.prepared(archive, source, SystemClock(), claim.series, claim.span)
            is_answered = await _taken(fetch, archive, claim)
            tally.unanswered += not is_answered
            await asyncio.to_thread(queue.done, claim)
            tally.done += 1


async def _taken(fetch: SeriesFetch, archive: Archive, claim: "Claim") -> bool:
    """Do one slice; whether it was answered. One of a pair that is listed no more ends, or no worker ever would."""
    try:
        return await fetch.take(claim.span)
    except NotFound as error:
        complain(f"{claim.series}: {error}")
        at_ms = fetch.report.span.end_ms
        await asyncio.to_thread(archive.note_hole, claim.series, claim.span, GapKind.UNANSWERED, at_ms=at_ms)
        return False


@asynccontextmanager
async def _held(queue: "SliceQueue", claim: "Claim", lease_s: int) -> AsyncIterator[None]:
    """Keep a claim alive; one that did not come to its end is given back at once."""

    async def renewing() -> None:
        while True:
            await asyncio.sleep(lease_s / 3)
            with suppress(ArchiveError):  # the next time, or the slice is another's
                await asyncio.to_thread(queue.renew, claim, lease_s)

    renewal = asyncio.ensure_future(renewing())
    is_done = False
    try:
        yield
        is_done = True
    finally:
        renewal.cancel()
        if not is_done:
            with suppress(ArchiveError):
                queue.give_back(claim)  # at once, also while being cancelled
