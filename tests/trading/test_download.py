"""Downloading against an exchange that loses answers and cuts them short: in the end every hole is the truth."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ExchangeError, NetworkError, NotFound
from hbtui.model.series import GapKind, Series, Span, opens_between
from hbtui.storage.archive import SqliteArchive
from hbtui.trading.download import Downloader, FetchReport, Progress, slices
from tests.support.virtual_clock import VirtualClock

MINUTE = 60_000
NOW = Period.DAY.open_ms(1_700_000_000_000) + 12 * 3_600_000
DOGE = Series("dogeusdt", Period.MINUTE)


def bar(open_ms: int) -> Candle:
    """The bar of a time: always the same one."""
    close = Decimal(open_ms % 977 + 1)
    return Candle(open_ms, close, close + 1, Decimal("0.5"), close, Decimal(open_ms % 13), Decimal(7), 3)


@dataclass
class ScriptedSource:
    """An exchange with holes, whose answers can be lost or cut."""

    begins_ms: int = 0
    holes: frozenset[int] = frozenset()
    lost: float = 0.0
    cut: float = 0.0
    dead: tuple[Span, ...] = ()
    """Stretches for which no answer ever comes."""
    seed: int = 1
    is_listed: bool = True
    has_rest: bool = True
    asks_from_ms: int = 0
    """No bar that opens before this can be asked for: HTX takes no earlier ``from``."""
    now: int = NOW
    asked: list[tuple[Series, Span]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    async def now_ms(self) -> int:
        """The time at the exchange."""
        return self.now

    def truth(self, series: Series, span: Span) -> list[Candle]:
        """What the exchange has."""
        period = series.period
        opens = opens_between(period, span)
        return [
            bar(at)
            for at in opens
            if period.next_open_ms(at) > self.begins_ms and at not in self.holes and at <= self.now
        ]

    async def bars(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """Answer, or not, or in part."""
        self.asked.append((series, span))
        await asyncio.sleep(0)
        if not self.is_listed:
            raise NotFound("invalid-parameter", "The exchange lists no such symbol.")
        found = [one for one in self.truth(series, span) if one.open_ms >= self.asks_from_ms]
        assert len(found) <= 300, "HTX answers 300 bars at most"
        if self.dice.random() < self.lost or any(one.cut(span) for one in self.dead):
            raise NetworkError("No answer.")
        if found and self.dice.random() < self.cut:
            keep = self.dice.randrange(len(found))
            found = found[:keep] if self.dice.random() < 0.5 else found[keep + 1 :]
        return tuple(found)

    async def recent(self, series: Series, size: int) -> tuple[Candle, ...]:
        """The newest bars, the forming one included."""
        if not self.has_rest:
            raise NetworkError("No answer.")
        span = Span(series.period.open_ms(self.now) - (size - 1) * series.period.seconds * 1000, self.now + 1)
        return tuple(self.truth(series, span))


@pytest.fixture
def archive() -> Iterator[SqliteArchive]:
    """An archive that ends with the test."""
    with SqliteArchive.open(Path(":memory:"), "test") as opened:
        yield opened


async def fetched(archive: SqliteArchive, source: ScriptedSource, series: Series, span: Span) -> FetchReport:
    """Fetch on a clock on which every pause is over at once."""
    clock = VirtualClock()
    task = asyncio.ensure_future(Downloader(archive, source, clock).fetch(series, span))
    while not task.done():
        await clock.advance(5)
        await asyncio.wait({task}, timeout=0.001)
    return task.result()


def require_truth(archive: SqliteArchive, source: ScriptedSource, series: Series, span: Span) -> None:
    """Everything that the exchange has is there, and exactly what it has not is known to be absent."""
    truth = [one for one in source.truth(series, span) if one.open_ms <= NOW - MINUTE]
    assert list(archive.range(series, span)) == truth
    absent = {
        at
        for gap in archive.gaps(series, span)
        if gap.kind is GapKind.ABSENT
        for at in opens_between(series.period, gap.span)
    }
    assert absent == set(opens_between(series.period, span)) - {one.open_ms for one in truth}


async def test_a_range_arrives_whole_and_is_not_asked_for_again(archive: SqliteArchive) -> None:
    """Everything is there; the second time not one question goes out and the download is forgotten."""
    source, span = ScriptedSource(), Span(NOW - 5000 * MINUTE, NOW - 10 * MINUTE)
    report = await fetched(archive, source, DOGE, span)
    assert (report.added, report.absent, report.unanswered, report.problem) == (4990, 0, 0, "")
    require_truth(archive, source, DOGE, span)
    source.asked.clear()
    assert (await fetched(archive, source, DOGE, span)).added == 0
    assert source.asked == []
    assert archive.downloads() == ()


async def test_the_bar_that_is_forming_is_left_out(archive: SqliteArchive) -> None:
    """A range into the future ends with the last bar that is over, and is done with it."""
    span = Span(NOW - 10 * MINUTE, NOW + 100 * MINUTE)
    report = await fetched(archive, ScriptedSource(), DOGE, span)
    assert report.span.end_ms <= NOW
    assert archive.window(DOGE, 1)[0].open_ms == NOW - 2 * MINUTE
    assert archive.downloads() == ()


async def test_socket_and_rest_are_checked_against_each_other(archive: SqliteArchive) -> None:
    """Some of what REST tells is asked for by socket too, and what differs is reported."""
    source = ScriptedSource()
    source_recent = source.recent

    async def differing(series: Series, size: int) -> tuple[Candle, ...]:
        first, *rest = await source_recent(series, size)
        return (first._replace(close=first.low), *rest)

    source.recent = differing  # type: ignore[method-assign]  # an exchange whose two doors disagree about one bar
    report = await fetched(archive, source, DOGE, Span(NOW - 4000 * MINUTE, NOW - 10 * MINUTE))
    assert len(report.corrected) == 1
    assert report.corrected[0].before.open_ms == report.corrected[0].after.open_ms


async def test_minutes_without_a_trade_are_known_to_be_absent(archive: SqliteArchive) -> None:
    """Holes are asked for again, and are absent only when two whole answers agree; edges of a slice included."""
    start = NOW - 3000 * MINUTE
    edges = {start + at * MINUTE for at in (0, 297, 298, 299, 300, 2500)}
    spread = {start + at * MINUTE for at in range(700, 900)}
    source, span = ScriptedSource(holes=frozenset(edges | spread)), Span(start, NOW - 10 * MINUTE)
    report = await fetched(archive, source, DOGE, span)
    require_truth(archive, source, DOGE, span)
    assert (report.absent, report.unanswered) == (206, 0)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.2]), st.sampled_from([0.02, 0.2, 0.4]))
def test_lost_and_cut_answers_leave_the_truth(seed: int, lost: float, cut: float) -> None:
    """Whatever is lost or cut on the way, what is kept is what there is, and absent is only what there is not."""
    dice = random.Random(seed)
    holes = frozenset(NOW - dice.randrange(20, 2000) * MINUTE for _ in range(dice.choice([0, 3, 300])))
    source = ScriptedSource(holes=holes, lost=lost, cut=cut, seed=seed, has_rest=seed % 2 == 0)
    span = Span(NOW - 2000 * MINUTE, NOW - 10 * MINUTE)
    with SqliteArchive.open(Path(":memory:"), "test") as archive:
        for _ in range(20):
            report = asyncio.run(fetched(archive, source, DOGE, span))
            if not report.unanswered:
                break
        require_truth(archive, source, DOGE, span)


async def test_what_is_never_answered_is_said_and_asked_for_again_later(archive: SqliteArchive) -> None:
    """A dead stretch is recorded as not answered, the rest is kept, and the next call fills it."""
    span = Span(NOW - 4000 * MINUTE, NOW - 2100 * MINUTE)
    dead = Span(span.start_ms + 400 * MINUTE, span.start_ms + 500 * MINUTE)
    source = ScriptedSource(dead=(dead,))
    report = await fetched(archive, source, DOGE, span)
    assert report.unanswered == 298
    assert report.problem == ""
    assert {gap.kind for gap in archive.gaps(DOGE, span)} == {GapKind.UNANSWERED}
    assert [one.span for one in archive.downloads()] == [span], "what is not answered stays wanted"
    source.dead = ()
    assert (await fetched(archive, source, DOGE, span)).added == 298
    require_truth(archive, source, DOGE, span)


async def test_an_exchange_that_is_away_ends_the_download_for_now(archive: SqliteArchive) -> None:
    """After a dozen slices without an answer the rest is left, the reason is told, and the download stays wanted."""
    span = Span(NOW - 100_000 * MINUTE, NOW - 2100 * MINUTE)
    source = ScriptedSource(dead=(Span(0, 1 << 62),))
    report = await fetched(archive, source, DOGE, span)
    assert report.problem == "No answer."
    assert len(source.asked) < 120
    assert [one.span for one in archive.downloads()] == [span]


async def test_years_before_the_listing_are_not_asked_for_slice_by_slice(archive: SqliteArchive) -> None:
    """Where the bars begin is found by months and days; before that they are absent, and the report says since when."""
    series = Series("dogeusdt", Period.MINUTES_5)
    listed = Period.DAY.open_ms(NOW - 40 * 86_400_000)
    source, span = ScriptedSource(begins_ms=listed), Span(NOW - 1500 * 86_400_000, NOW - 10 * MINUTE)
    report = await fetched(archive, source, series, span)
    assert report.listed_ms == listed
    assert len(source.asked) < 300
    require_truth(archive, source, series, span)


@pytest.mark.parametrize("begun", ["1970-01-01", "2001-06-01", "2015-01-01"])
async def test_what_a_year_or_month_that_cannot_be_asked_for_holds_is_not_absent(
    archive: SqliteArchive, begun: str
) -> None:
    """A year or month may open before all that HTX can be asked for, and yet hold days that it has."""
    series, asks_from_ms = Series("btcusdt", Period.HOURS_4), 1_501_174_800_000
    listed = Period.DAY.open_ms(asks_from_ms) + 86_400_000
    source = ScriptedSource(begins_ms=listed, asks_from_ms=asks_from_ms)
    start_ms = int(datetime.fromisoformat(f"{begun}T00:00:00+00:00").timestamp() * 1000)
    span = Span(start_ms, listed + 400 * 86_400_000)
    report = await fetched(archive, source, series, span)
    assert report.listed_ms == listed
    require_truth(archive, source, series, span)


async def test_a_symbol_that_is_not_listed_leaves_no_series(archive: SqliteArchive) -> None:
    """The exchange's no is raised, and nothing of the name stays behind."""
    with pytest.raises(NotFound):
        await fetched(archive, ScriptedSource(is_listed=False), DOGE, Span(NOW - 4000 * MINUTE, NOW - 2100 * MINUTE))
    assert archive.series() == ()


async def test_a_cancelled_download_keeps_what_came_and_goes_on_later(archive: SqliteArchive) -> None:
    """Ctrl-C in the middle: whole slices are there, the download is wanted, and the next call asks for the rest."""
    source, span = ScriptedSource(), Span(NOW - 30_000 * MINUTE, NOW - 10 * MINUTE)
    seen: list[Progress] = []
    downloader = Downloader(archive, source, VirtualClock(), on_progress=seen.append)
    task = asyncio.ensure_future(downloader.fetch(DOGE, span))
    while not seen or seen[-1].done < 3000:
        await asyncio.wait({task}, timeout=0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = len(archive.range(DOGE, span))
    assert 3000 <= kept < 29_990
    assert [one.span for one in archive.downloads()] == [span]
    report = await fetched(archive, source, DOGE, span)
    assert 0 < report.added <= 29_990 - kept  # a slice on its way to the disk may have come after the count
    require_truth(archive, source, DOGE, span)


async def test_progress_grows_to_the_whole(archive: SqliteArchive) -> None:
    """Progress begins at nothing, never falls, and ends with all that was wanted."""
    seen: list[Progress] = []
    downloader = Downloader(archive, ScriptedSource(), VirtualClock(), on_progress=seen.append)
    await downloader.fetch(DOGE, Span(NOW - 9000 * MINUTE, NOW - 2100 * MINUTE))
    dones = [one.done for one in seen]
    assert dones == sorted(dones)
    assert (seen[0].done, seen[0].left_s) == (0, None)
    assert seen[-1].done == seen[-1].wanted > 0


async def test_an_empty_range_asks_nothing(archive: SqliteArchive) -> None:
    """A range that is not over yet at all fetches nothing and says nothing of holes."""
    source = ScriptedSource()
    report = await fetched(archive, source, DOGE, Span(NOW + MINUTE, NOW + 9 * MINUTE))
    assert (report.added, source.asked) == (0, [])


@given(st.sampled_from([period for period in Period if period.is_from_venue]), st.integers(1, 700))
def test_slices_are_the_whole_range_in_pieces_that_an_answer_can_hold(period: Period, bars: int) -> None:
    """The slices follow each other from the first bar of the grid to the end, and each holds at most 298 bars."""
    start = period.open_ms(1_600_000_000_000)
    span = Span(start - 1, start + bars * period.seconds * 1000)
    parts = list(slices(period, span))
    grid = list(opens_between(period, span))
    assert [at for part in parts for at in opens_between(period, part)] == grid
    assert all(1 <= len(list(opens_between(period, part))) <= 298 for part in parts)


async def test_refusals_and_pauses_end_in_an_answer(archive: SqliteArchive) -> None:
    """An answer that comes at the third attempt is an answer like any other."""
    source, span = ScriptedSource(), Span(NOW - 4000 * MINUTE, NOW - 3900 * MINUTE)
    answer, failures = source.bars, iter([ExchangeError("429 too many request"), NetworkError("cut")])

    async def late(series: Series, part: Span) -> tuple[Candle, ...]:
        for failure in failures:
            raise failure
        return await answer(series, part)

    source.bars = late  # type: ignore[assignment,method-assign]  # an exchange that answers at the third attempt
    assert (await fetched(archive, source, DOGE, span)).added == 100
