"""Many workers on one download: each claims slices from the archive's server, and a dead one's claims come back."""

import asyncio
import os
import socket
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from hbtui.cli import ExitCode
from hbtui.model.errors import ArchiveError, ExchangeError
from hbtui.model.series import Series, Span
from hbtui.streams import complain
from hbtui.trading.archiving import Archive, BarSource
from hbtui.trading.clock import SystemClock
from hbtui.trading.download import SeriesFetch

if TYPE_CHECKING:
    from hbtui.storage.postgres_queue import Claim, SliceQueue

__all__ = ["offer", "queue_of", "work"]

_LOOK_S = 1.0


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


async def work(asked: Namespace, queue: "SliceQueue", archive: Archive, source: BarSource) -> ExitCode:
    """Do slices until none is left, or for ever; the exit code says whether the exchange answered."""
    done = [0]
    waits = getattr(asked, "wait", False)
    away: list[BaseException] = []
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(asked.connections):
                group.create_task(_work_along(queue, archive, source, done, waits=waits, lease_s=asked.lease))
    except* ExchangeError as failed:
        away.extend(failed.exceptions)
    if away:
        complain(f"{done[0]:,} slices done; the exchange is away ({away[0]}): the rest is left for later.")
        return ExitCode.NETWORK
    complain(f"{done[0]:,} slices done by this worker; nothing is left.")
    return ExitCode.DONE


async def _work_along(
    queue: "SliceQueue", archive: Archive, source: BarSource, done: list[int], *, waits: bool, lease_s: int
) -> None:
    while True:
        claim = await asyncio.to_thread(queue.claim, lease_s)
        if claim is None:
            # what others are on may come back: whoever leaves now could leave it undone
            if not waits and await asyncio.to_thread(queue.left) == (0, 0):
                return
            await asyncio.sleep(_LOOK_S)
            continue
        async with _held(queue, claim, lease_s):
            fetch = await SeriesFetch.prepared(archive, source, SystemClock(), claim.series, claim.span)
            await fetch.take(claim.span)
            await asyncio.to_thread(queue.done, claim)
            done[0] += 1


@asynccontextmanager
async def _held(queue: "SliceQueue", claim: "Claim", lease_s: int) -> AsyncIterator[None]:
    """Keep a claim alive; one that did not come to its end is given back at once."""

    async def renewing() -> None:
        while True:
            await asyncio.sleep(lease_s / 3)
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
