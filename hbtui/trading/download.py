"""Fetches a stretch of a series into the archive: whole, or with every hole named, whatever breaks on the way.

A hole is asked for again before it is believed (see :mod:`hbtui.trading.hole_proof`).
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hbtui.model.archive import Corrected
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ExchangeError, NotFound
from hbtui.model.series import GapKind, Series, Span, opens_between, sound_and_aside, without
from hbtui.trading.archiving import Archive, BarSource
from hbtui.trading.hole_proof import HoleProof, inside
from hbtui.trading.ports import Clock
from hbtui.trading.writing import seen_through

__all__ = ["Downloader", "FetchReport", "Progress", "SeriesFetch", "slices"]

_BARS_A_SLICE = 298
"""Of the 300 that an answer may hold: one more on either side shows whether it was cut."""
_REST_BARS = 2000
_WORTH_A_SEARCH = 1000
"""Bars; where fewer are missing, they are asked for at once."""
_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
_MOST_ANSWERS = 12
_AWAY_AFTER = 12
"""So many slices in a row without an answer mean that the exchange is away: the rest is left for later."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; bars."""

    series: Series
    wanted: int
    """What was missing when it began."""
    done: int
    """Of these, kept or known to be absent now."""
    seconds: float
    """Since it began."""

    @property
    def rate(self) -> float:
        """Bars a second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this rate; ``None`` while nothing is known."""
        return (self.wanted - self.done) / self.rate if self.rate else None


@dataclass(slots=True)
class FetchReport:
    """What came of fetching a stretch."""

    series: Series
    span: Span
    """As far as it is over: the unfinished bar is never kept."""
    listed_ms: int | None = None
    """When the exchange's bars begin, where that is within the stretch."""
    added: int = 0
    absent: int = 0
    """Bars that the exchange has not (nobody traded, or the pair was not listed)."""
    unanswered: int = 0
    corrected: list[Corrected] = field(default_factory=list)
    aside: list[tuple[Candle, str]] = field(default_factory=list)
    is_shared: bool = False
    """Whether several workers did it: then ``added`` are all bars that are there."""
    problem: str = ""
    """Why it ended early; what was fetched is kept, and the next call goes on."""


def slices(period: Period, span: Span, size: int = _BARS_A_SLICE) -> Iterator[Span]:
    """Cut a span into stretches of at most ``size`` bars of the grid, oldest first."""
    start_ms = next(opens_between(period, span), None)
    while start_ms is not None and start_ms < span.end_ms:
        end_ms = start_ms
        if period.is_even:
            end_ms += size * period.seconds * 1000
        else:
            for _ in range(size):
                end_ms = period.next_open_ms(end_ms)
        yield Span(start_ms, min(end_ms, span.end_ms))
        start_ms = end_ms


class Downloader:
    """Fetches with several requests at once; one for each archive. ``on_progress`` is called on the loop."""

    def __init__(
        self,
        archive: Archive,
        source: BarSource,
        clock: Clock,
        *,
        at_once: int = 4,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._archive = archive
        self._source = source
        self._clock = clock
        self._at_once = at_once
        self._on_progress = on_progress

    async def fetch(self, series: Series, wanted: Span) -> FetchReport:
        """Fetch what is missing of a stretch; what is there already is not asked for again.

        Raises ``NotFound`` for a symbol that the exchange does not list, and ``ArchiveError``. Being cancelled loses
        nothing that was kept.
        """
        run = await SeriesFetch.prepared(self._archive, self._source, self._clock, series, wanted)
        report, span = run.report, run.report.span
        if span.start_ms == span.end_ms:
            await seen_through(self._archive.drop_download, series, wanted)
            return report
        await seen_through(self._archive.keep_download, series, wanted)
        try:
            await self._work(series, run)
        except NotFound:
            await seen_through(self._archive.delete_if_empty, series)
            raise
        except ExchangeError as error:
            report.problem = str(error)
        await run.finish()
        if not report.problem and not report.unanswered:
            await seen_through(self._archive.drop_download, series, wanted)
        return report

    async def _work(self, series: Series, run: "SeriesFetch") -> None:
        """Take slice after slice, several at once; the first failure that is not one slice's own ends all."""
        parts = await run.begin()
        left, began_s = iter(parts), self._clock.monotonic_s()
        wanted, done = sum(_bars(series.period, part) for part in parts), 0

        async def taking() -> None:
            nonlocal done
            for part in left:
                await run.take(part)
                done += _bars(series.period, part)
                self._on_progress(Progress(series, wanted, done, self._clock.monotonic_s() - began_s))

        self._on_progress(Progress(series, wanted, 0, 0.0))
        takers = [asyncio.ensure_future(taking()) for _ in range(self._at_once)]
        try:
            await asyncio.gather(*takers)
        finally:
            for taker in takers:
                taker.cancel()
            await asyncio.gather(*takers, return_exceptions=True)


class SeriesFetch:
    """One series on its way into the archive, slice by slice; :meth:`prepared` makes it."""

    def __init__(self, archive: Archive, source: BarSource, clock: Clock, report: FetchReport, now_ms: int) -> None:
        self._archive = archive
        self._source = source
        self._clock = clock
        self.report = report
        self._series = report.series
        self._period = report.series.period
        self._now_ms = now_ms
        self._failed_in_a_row = 0

    @classmethod
    async def prepared(
        cls, archive: Archive, source: BarSource, clock: Clock, series: Series, wanted: Span
    ) -> "SeriesFetch":
        """Begin on a stretch, as far as it is over by the exchange's clock. Raises ``ExchangeError``."""
        now_ms = await source.now_ms()
        end_ms = min(wanted.end_ms, series.period.open_ms(now_ms - series.period.settles_ms))
        report = FetchReport(series, Span(wanted.start_ms, max(wanted.start_ms, end_ms)))
        return cls(archive, source, clock, report, now_ms)

    async def begin(self) -> list[Span]:
        """Say what is to be asked for: what was there before the pair was listed, and what REST has, is not."""
        await self._skip_unlisted()
        todo = await self._todo()
        if todo and (overlap := await self._take_recent(todo)) is not None:
            todo = [overlap, *(rest for span in await self._todo() for rest in without(span, [overlap]))]
        return [part for span in todo for part in slices(self._period, span)]

    async def take(self, part: Span) -> bool:
        """Fetch one slice, and settle every hole in it; whether all of it was answered."""
        candles = await self._asked(self._series, part)
        if candles is None:
            await self._note(part, GapKind.UNANSWERED)
            return False
        await self._keep(inside(candles, part))
        proof = HoleProof(self._period, part)
        proof.hear(part, candles)
        if proof.holes:
            await self._settle_holes(part, proof)
        kinds = list(proof.kinds())
        for hole, kind in kinds:
            await self._note(hole, kind)
        return all(kind is GapKind.ABSENT for _, kind in kinds)

    async def finish(self) -> None:
        """Count what is still missing, by its reason."""
        for gap in await asyncio.to_thread(self._archive.gaps, self._series, self.report.span):
            if gap.kind is GapKind.ABSENT:
                self.report.absent += gap.bars
            else:
                self.report.unanswered += gap.bars

    async def _todo(self) -> list[Span]:
        gaps = await asyncio.to_thread(self._archive.gaps, self._series, self.report.span)
        return [gap.span for gap in gaps if gap.kind is not GapKind.ABSENT]

    async def _skip_unlisted(self) -> None:
        """Find where the exchange's bars begin, coarsely and then by days, instead of asking for years of nothing."""
        gaps = await asyncio.to_thread(self._archive.gaps, self._series, self.report.span)
        if not gaps or gaps[0].kind is GapKind.ABSENT or gaps[0].bars < _WORTH_A_SEARCH:
            return
        first = gaps[0].span
        months = next(slices(Period.MONTH, Span(Period.MONTH.open_ms(first.start_ms), first.end_ms)))
        # years only where months are more than an answer holds
        coarsest = (Period.YEAR,) if months.end_ms < first.end_ms else ()
        for period in (*coarsest, Period.MONTH, Period.DAY):
            at = Span(period.open_ms(first.start_ms), first.end_ms)
            coarse = next(slices(period, at), None)
            if coarse is None or coarse.end_ms < at.end_ms:
                return
            began = await self._first_of(Series(self._series.symbol, period), coarse)
            if began is None:
                return
            # the one before may have opened before all that can be asked for, and hold what is looked for all the same
            since_ms = began if period is Period.DAY else period.open_ms(began - 1)
            first = Span(max(first.start_ms, since_ms), min(first.end_ms, period.next_open_ms(began)))
        listed_ms = first.start_ms
        if listed_ms > gaps[0].span.start_ms:
            self.report.listed_ms = listed_ms
            await self._note(Span(gaps[0].span.start_ms, listed_ms), GapKind.ABSENT)

    async def _first_of(self, series: Series, span: Span) -> int | None:
        """The first bar of a span, if two answers agree on it and hold none from elsewhere."""
        firsts = set()
        for _ in range(2):
            candles = await self._asked(series, span) or ()
            sound, _ = sound_and_aside(series.period, inside(candles, span))
            is_whole = len(sound) == len(candles)
            firsts.add(sound[0].open_ms if sound and is_whole else None)
        return firsts.pop() if len(firsts) == 1 else None

    async def _take_recent(self, todo: list[Span]) -> Span | None:
        """Take the newest bars by REST; the part of them that is asked for by socket too, to check one by the other."""
        reach = self._period.open_ms(self._now_ms) - _REST_BARS * self._period.seconds * 1000
        if todo[-1].end_ms <= reach:
            return None
        try:
            candles = await self._source.recent(self._series, _REST_BARS)
        except NotFound:
            raise
        except ExchangeError:
            return None  # the socket has them as well
        span = self.report.span
        await self._keep(inside(candles, span))
        if not candles or (start_ms := max(candles[0].open_ms, span.start_ms)) >= span.end_ms:
            return None
        return next(slices(self._period, Span(start_ms, span.end_ms)), None)

    async def _settle_holes(self, part: Span, proof: HoleProof) -> None:
        """Ask again until the holes are filled or proven."""
        margin_ms = _BARS_A_SLICE * self._period.seconds * 500
        around = Span(part.start_ms - margin_ms, part.end_ms + margin_ms)
        for _ in range(_MOST_ANSWERS):
            if proof.is_settled:
                return
            kept = await asyncio.to_thread(self._archive.range, self._series, around)
            beside = {one.open_ms for one in kept} - set(opens_between(self._period, part))
            question = proof.question(beside)
            candles = await self._asked(self._series, question)
            if candles is None:
                return
            await self._keep(inside(candles, part))
            proof.hear(question, candles, beside)

    async def _asked(self, series: Series, span: Span) -> tuple[Candle, ...] | None:
        """Ask until it is answered, a few times; ``None`` where it is not. Raises once the exchange seems away."""
        failure: ExchangeError | None = None
        for pause_s in (0.0, *_PAUSES_S):
            if pause_s:
                await self._clock.sleep(pause_s)
            try:
                candles = await self._source.bars(series, span)
            except NotFound:
                raise
            except ExchangeError as error:
                failure = error
            else:
                self._failed_in_a_row = 0
                return candles
        self._failed_in_a_row += 1
        if failure is not None and self._failed_in_a_row >= _AWAY_AFTER:
            raise failure
        return None

    async def _keep(self, candles: tuple[Candle, ...]) -> None:
        if not candles:
            return
        put = await seen_through(self._archive.put, self._series, candles, at_ms=self._now_ms)
        self.report.added += put.added
        self.report.corrected += put.corrected
        self.report.aside += [one for one in put.aside if one not in self.report.aside]

    async def _note(self, span: Span, kind: GapKind) -> None:
        await seen_through(self._archive.note_hole, self._series, span, kind, at_ms=self._now_ms)


def _bars(period: Period, span: Span) -> int:
    return sum(1 for _ in opens_between(period, span))
