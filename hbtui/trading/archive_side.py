"""The engine's archive side: closed bars are kept as they come, downloads go on, and the chart reaches back into it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError, ExchangeError, MaintenanceError, NetworkError, RateLimited
from hbtui.model.series import Gap, GapKind, Series, Span, opens_between
from hbtui.trading.archive_reading import read_row
from hbtui.trading.archive_views import ArchiveView, DownloadView
from hbtui.trading.archiving import Archive, History
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.download import Downloader, FetchReport, Progress
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import Severity
from hbtui.trading.writing import seen_through

__all__ = ["ArchiveCommands", "ArchiveSide"]

_FIRST_S = 8.0
"""The archive waits until the screen has what it needs."""
_SETTLED_MS = 7_000
"""So long after a minute's end what has closed is asked for: by then the exchange adds nothing to a minute any more."""
_MINUTE_MS = 60_000
_BEGIN_WITH = 300
_AT_ONCE = 2
"""Downloads, of a few connections each: HTX is to be met with no more than about ten."""
_MOST = 2000
_OLDER = 1000
_REACHES = (_OLDER, 20 * _OLDER, 400 * _OLDER)
"""In bars: where nobody traded for days the next bar is looked for farther back, before it is called the beginning."""
_AS_IT_WAS = "The archive is as it was"


class ArchiveSide:
    """Keeps bars of what is watched; one loop's own. Without a ``history`` it keeps nothing, and says so."""

    def __init__(
        self,
        *,
        history: History | None,
        exchange: Exchange,
        clock: Clock,
        board: Board,
        tasks: Supervisor,
        watched: Callable[[], Sequence[Series]],
    ) -> None:
        self._history = history
        self._exchange = exchange
        self._clock = clock
        self._board = board
        self._tasks = tasks
        self._watched = watched
        self._archive: Archive | None = None
        self._opening = asyncio.Lock()
        self._kept_ms: dict[Series, int] = {}
        self._downloads: dict[Series, DownloadView] = {}
        self._running: dict[Series, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._shown = ArchiveView()
        board.paint(Part.ARCHIVE, lambda view: replace(view, archive=self._shown))

    def start(self) -> None:
        """Begin to keep what closes."""
        if self._history is not None:
            self._tasks.spawn("archive", self._keep)

    async def close(self) -> None:
        """Let go of the archive; what was put is kept."""
        if self._archive is not None:
            archive, self._archive = self._archive, None
            await asyncio.to_thread(archive.close)

    def read(self) -> None:
        """Read what there is, for the screen."""
        self._tasks.once("archive-read", self._show)

    def fetch(self, series: Series, span: Span) -> None:
        """Fetch a stretch, if nothing of the series is being fetched."""
        if series not in self._running:
            task = self._tasks.spawn(f"fetch-{series}", lambda: self._fetch(series, span))
            self._running[series] = task
            task.add_done_callback(lambda _: self._running.pop(series, None))

    def pause(self, series: Series) -> None:
        """Stop a series' download; the rest stays wanted."""
        self._tasks.spawn("archive-pause", lambda: self._pause(series))

    def delete(self, series: Series) -> None:
        """Delete a series with its downloads."""
        self._tasks.spawn("archive-delete", lambda: self._delete(series))

    def export(self, series: Series, out: Path) -> None:
        """Write a series to a file, and tell what came of it."""
        self._tasks.spawn("archive-export", lambda: self._export(series, out))

    async def older(self, series: Series, before_ms: int) -> tuple[Candle, ...]:
        """The bars before a time, oldest first: from the archive, else fetched into it; empty where there are none.

        Raises ``ArchiveError`` and ``ExchangeError``.
        """
        archive = await self._opened()
        for reach in _REACHES:
            span = Span(_back(series.period, before_ms, reach), before_ms)
            gaps, aside = await asyncio.to_thread(archive.gaps, series, span), frozenset[int]()
            if any(gap.kind is not GapKind.ABSENT for gap in gaps):
                report = await self._downloaded(series, span)
                aside = frozenset(one.open_ms for one, _ in report.aside)
                gaps = await asyncio.to_thread(archive.gaps, series, span)
            found = await asyncio.to_thread(archive.range, series, span)
            unsure_ms = max((gap.span.end_ms for gap in gaps if _is_unsure(gap, series.period, aside)), default=0)
            if joined := [one for one in found[-_OLDER:] if one.open_ms >= unsure_ms]:
                return tuple(joined)
            if unsure_ms:
                # neither the beginning nor a hole to be drawn over: nobody knows what is there
                message = "The exchange did not answer for the bars before; scrolling on asks again."
                raise NetworkError(message)
        return ()

    # closed bars, as they come

    async def _keep(self) -> None:
        """After each minute, ask for what has closed since the last time; after an outage that is all of it."""
        await self._clock.sleep(_FIRST_S)
        while True:
            try:
                await self._keep_all()
            except ArchiveError as error:
                self._board.tell(Severity.WARNING, "Bars are not kept any more", str(error))
                return
            into_ms = (self._clock.now_ms() - _SETTLED_MS) % _MINUTE_MS
            await self._clock.sleep((_MINUTE_MS - into_ms) / 1000)

    async def _keep_all(self) -> None:
        """Ask for what has closed of every watched series; what fails is asked for again the next time."""
        for series in self._watched():
            try:
                await self._keep_up(series)
            except (NetworkError, RateLimited, MaintenanceError):
                return  # the links tell that the exchange is away
            except ExchangeError:
                continue  # one pair's trouble is not the others'

    async def _keep_up(self, series: Series) -> None:
        """Ask for the bars since the newest kept one, if one has closed since then."""
        offset_ms = self._exchange.clock_offset_ms
        if offset_ms is None:
            return  # by a clock that is ahead, the bar that is forming would be taken for final
        now_ms = self._clock.now_ms() + offset_ms
        until_ms = series.period.open_ms(now_ms - series.period.settles_ms)
        archive = await self._opened()
        kept_ms = self._kept_ms.get(series)
        if kept_ms is None:
            newest = await asyncio.to_thread(archive.window, series, 1)
            kept_ms = series.period.next_open_ms(newest[0].open_ms) if newest else 0
        if kept_ms >= until_ms:
            return
        closed = (until_ms - kept_ms) // (series.period.seconds * 1000) + 2 if kept_ms else _BEGIN_WITH
        if closed >= _MOST and series in self._kept_ms:
            # an outage longer than the last bars reach: what lies before them comes by the history's own way
            report = await self._downloaded(series, Span(kept_ms, until_ms))
            if report.problem:
                raise NetworkError(report.problem)
        else:
            candles = await self._exchange.candles(series.symbol, series.period, min(closed + 1, _MOST))
            await seen_through(archive.put, series, candles, at_ms=now_ms)
        self._kept_ms[series] = until_ms

    # downloads

    async def _fetch(self, series: Series, span: Span) -> None:
        self._note(series, DownloadView(span=span, is_waiting=self._turns.locked()))
        try:
            async with self._turns:
                self._note(series, DownloadView(span=span))
                report = await self._downloaded(series, span, lambda progress: self._progress(series, span, progress))
        except (ArchiveError, ExchangeError) as error:
            self._note(series, DownloadView(span=span, problem=str(error)))
            return
        self._downloads.pop(series, None)
        if report.problem:
            self._note(series, DownloadView(span=span, problem=report.problem))
        self._board.tell(Severity.WARNING if report.unanswered else Severity.INFO, str(series), _told(report))
        await self._show()

    async def _downloaded(
        self, series: Series, span: Span, on_progress: Callable[[Progress], None] = lambda _: None
    ) -> FetchReport:
        archive, history = await self._opened(), self._history
        assert history is not None  # noqa: S101 - there is an archive
        async with history.source() as source:
            return await Downloader(archive, source, self._clock, on_progress=on_progress).fetch(series, span)

    def _progress(self, series: Series, span: Span, told: Progress) -> None:
        self._note(
            series,
            DownloadView(span=span, wanted=told.wanted, done=told.done, rate=told.rate, left_s=told.left_s),
        )

    def _note(self, series: Series, download: DownloadView) -> None:
        """Show how far a download is, without reading the archive again."""
        self._downloads[series] = download
        rows = self._shown.rows
        if rows is None or not any(row.summary.series == series for row in rows):
            self.read()
        if rows is not None:
            shown = tuple(replace(row, download=download) if row.summary.series == series else row for row in rows)
            self._shown = replace(self._shown, rows=shown)
        self._board.mark(Part.ARCHIVE)

    async def _pause(self, series: Series) -> None:
        task = self._running.get(series)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        known = self._downloads.pop(series, None)
        try:
            if known is not None:
                archive = await self._opened()
                await asyncio.to_thread(archive.keep_download, series, known.span, is_paused=True)
        except (ArchiveError, ExchangeError) as error:
            self._board.tell(Severity.ERROR, "The download was stopped, but that could not be written", str(error))
        await self._show()

    async def _delete(self, series: Series) -> None:
        await self._pause(series)
        try:
            archive = await self._opened()
            count = await asyncio.to_thread(archive.delete, series)
        except (ArchiveError, ExchangeError) as error:
            self._board.tell(Severity.ERROR, "Nothing was deleted", str(error))
            return
        self._kept_ms.pop(series, None)
        self._board.tell(Severity.INFO, str(series), f"{count:,} bars deleted.")
        await self._show()

    async def _export(self, series: Series, out: Path) -> None:
        history = self._history
        if history is None:
            return
        try:
            archive = await self._opened()
            count = await asyncio.to_thread(history.export, archive, series, Span(0, 1 << 62), out)
        except (ArchiveError, ExchangeError) as error:
            self._board.tell(Severity.ERROR, "Nothing was exported", str(error))
            return
        self._board.tell(Severity.INFO, str(series), f"{count:,} bars written to {out}")

    # what a screen sees

    async def _show(self) -> None:
        try:
            archive = await self._opened()
            self._shown = await asyncio.to_thread(self._read_rows, archive)
        except (ArchiveError, ExchangeError) as error:
            self._shown = replace(self._shown, problem=str(error))
        self._board.mark(Part.ARCHIVE)

    def _read_rows(self, archive: Archive) -> ArchiveView:
        paused = {one.series: DownloadView(span=one.span, is_paused=True) for one in archive.downloads()}
        downloads = {**paused, **self._downloads}
        rows = [read_row(archive, summary, downloads.get(summary.series)) for summary in archive.series()]
        return ArchiveView(origin=archive.origin, rows=tuple(rows))

    async def _opened(self) -> Archive:
        async with self._opening:
            if self._archive is None:
                if self._history is None:
                    message = "Nothing keeps bars here."
                    raise ArchiveError(message)
                self._archive = await self._history.open_archive()
                for note in self._archive.notes:
                    self._board.tell(Severity.WARNING, "The archive", note)
        return self._archive


def _is_unsure(gap: Gap, period: Period, aside: frozenset[int]) -> bool:
    """Whether the exchange may have bars there; of one that cannot be (``aside``) it will never tell another."""
    return gap.kind is not GapKind.ABSENT and any(at not in aside for at in opens_between(period, gap.span))


def _back(period: Period, before_ms: int, bars: int) -> int:
    """Where so many bars before a time begin, UTC ms."""
    return period.open_ms(max(0, before_ms - bars * period.seconds * 1000))


def _told(report: FetchReport) -> str:
    """What came of a download, as a sentence."""
    words = [f"{report.added:,} bars added"]
    if report.absent:
        words.append(f"{report.absent:,} that the exchange has not")
    if report.unanswered:
        words.append(f"{report.unanswered:,} not answered")
    if report.corrected:
        words.append(f"{len(report.corrected):,} corrected")
    if report.aside:
        words.append(f"{len(report.aside):,} kept aside")
    return ", ".join(words) + (f". {report.problem}" if report.problem else ".")


class ArchiveCommands:
    """Implements ``archive_views.ArchiveFront`` for another thread: ``ask`` carries each wish to the engine's loop.

    Its first argument is what is told where nobody is there to do it; reading, which nobody waits for, says nothing.
    """

    def __init__(self, ask: Callable[[str, Callable[[ArchiveSide], None]], None]) -> None:
        self._ask = ask

    def read(self) -> None:
        """Read what the archive holds."""
        self._ask("", lambda side: side.read())

    def fetch(self, series: Series, span: Span) -> None:
        """Fetch what is missing of a stretch; also takes up a paused download of it."""
        self._ask(_AS_IT_WAS, lambda side: side.fetch(series, span))

    def pause(self, series: Series) -> None:
        """Stop a series' download; what came is kept, and the rest stays wanted."""
        self._ask(_AS_IT_WAS, lambda side: side.pause(series))

    def delete(self, series: Series) -> None:
        """Delete a series, with its downloads."""
        self._ask(_AS_IT_WAS, lambda side: side.delete(series))

    def export(self, series: Series, out: Path) -> None:
        """Write a whole series to a file that does not exist yet."""
        self._ask(_AS_IT_WAS, lambda side: side.export(series, out))
