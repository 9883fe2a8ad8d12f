"""The engine's archive side: what closes is kept, outages are filled, downloads go on, and the chart reaches back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hbtui.model.account import Mode
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError, NetworkError, NotFound
from hbtui.model.series import Series, Span, opens_between
from hbtui.storage.archive import SqliteArchive
from hbtui.storage.export import export
from hbtui.trading.archive_side import ArchiveSide
from hbtui.trading.archiving import Archive, BarSource
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import BookView, CandlesView, TapeView, VenueView, View
from tests.support.eventually import eventually
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.virtual_clock import VirtualClock
from tests.trading.test_download import MINUTE, NOW, ScriptedSource, bar

DOGE = Series("dogeusdt", Period.MINUTE)
BTC = Series("btcusdt", Period.MINUTE)
START = NOW - 5000 * MINUTE


class MinutesExchange(ScriptedExchange):
    """Answers with the bars that there are by its clock, the forming one included; counts what was asked."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.time = clock
        self.asked_sizes: list[tuple[str, int]] = []
        self.is_away = False
        self.refused = ""

    async def candles(self, symbol: str, period: Period, size: int = 301) -> tuple[Candle, ...]:
        """The last bars."""
        self.asked_sizes.append((symbol, size))
        if self.is_away:
            message = "No answer."
            raise NetworkError(message)
        if symbol == self.refused:
            message = "The exchange lists no such symbol."
            raise NotFound("invalid-parameter", message)
        last = period.open_ms(self.time.now_ms() + (self.clock_offset_ms or 0))
        return tuple(bar(last - ago * MINUTE) for ago in reversed(range(size)))


class KeptInMemory:
    """A history whose archive is in memory, and whose source is scripted."""

    def __init__(self) -> None:
        self.archive = SqliteArchive.open(Path(":memory:"), "test")
        self.script = ScriptedSource()
        self.problem = ""

    async def open_archive(self) -> Archive:
        """Open it, or fail."""
        if self.problem:
            raise ArchiveError(self.problem)
        return self.archive

    @asynccontextmanager
    async def source(self) -> AsyncIterator[BarSource]:
        """The scripted exchange."""
        yield self.script

    def export(self, archive: Archive, series: Series, span: Span, out: Path) -> int:
        """Write a file."""
        return export(archive, [series], span, out)


class Rig:
    """An archive side on a clock that stands still."""

    def __init__(self, tasks: Supervisor) -> None:
        self.clock = VirtualClock(NOW)
        self.exchange = MinutesExchange(self.clock)
        self.history = KeptInMemory()
        self.views: list[View] = []
        view = View(
            venue=VenueView(Mode.DEMO, ""),
            candles=CandlesView("dogeusdt", Period.MINUTE),
            book=BookView("dogeusdt"),
            tape=TapeView("dogeusdt"),
        )
        self.board = Board(view, self.views.append, self.clock)
        self.watched = [DOGE, BTC]
        self.side = ArchiveSide(
            history=self.history,
            exchange=self.exchange,
            clock=self.clock,
            board=self.board,
            tasks=tasks,
            watched=lambda: self.watched,
        )

    @property
    def archive(self) -> SqliteArchive:
        """What is kept."""
        return self.history.archive

    async def kept(self, series: Series, count: int) -> None:
        """Wait until so many bars are kept without a hole."""

        async def is_so() -> bool:
            await self.clock.advance(0)
            return [one.bars for one in self.archive.series() if one.series == series] == [count]

        await eventually(is_so)
        assert len(self.archive.coverage(series)) == 1

    async def told(self, *words: str) -> None:
        """Wait until a notice says all these words."""

        async def is_told() -> bool:
            await self.clock.advance(0)
            self.board.flush()
            return any(all(word in f"{one.title} {one.text}" for word in words) for one in self.board.view.notices)

        await eventually(is_told)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A rig whose tasks end with the test."""

    def failed(name: str, error: Exception) -> None:
        pytest.fail(f"task {name} failed: {error!r}")

    async with Supervisor(failed) as tasks:
        made = Rig(tasks)
        yield made
        await tasks.cancel()
        await made.side.close()


async def test_bars_are_kept_once_they_have_settled(rig: Rig) -> None:
    """At first the last bars that are over, then one more a minute, of every watched pair; never the forming one."""
    rig.side.start()
    await rig.clock.advance(8)
    await rig.kept(DOGE, 300)
    await rig.kept(BTC, 300)
    newest = rig.archive.window(DOGE, 1)[0]
    assert newest.open_ms == NOW - MINUTE
    await rig.clock.advance(60)
    await rig.kept(DOGE, 301)
    await rig.kept(BTC, 301)
    assert rig.archive.window(DOGE, 1)[0].open_ms == NOW


async def test_an_outage_is_filled_when_the_exchange_is_back(rig: Rig) -> None:
    """After an hour without an answer everything that closed meanwhile is asked for, and no hole is left."""
    rig.side.start()
    await rig.clock.advance(8)
    await rig.kept(DOGE, 300)
    await rig.kept(BTC, 300)
    rig.exchange.is_away = True
    for _ in range(60):
        await rig.clock.advance(60)
    rig.exchange.is_away = False

    async def is_back() -> bool:
        await rig.clock.advance(60)
        return all(rig.archive.window(one, 1)[0].open_ms > NOW + 60 * MINUTE for one in rig.watched)

    await eventually(is_back)
    assert [len(rig.archive.coverage(one)) for one in rig.watched] == [1, 1]


async def test_an_outage_longer_than_the_last_bars_reach_leaves_no_hole(rig: Rig) -> None:
    """After two days what lies before the last 2,000 bars comes by the history's own way."""
    rig.watched = [DOGE]
    rig.side.start()
    await rig.clock.advance(8)
    await rig.kept(DOGE, 300)
    rig.exchange.is_away = True
    rig.history.script.now = NOW + 3000 * MINUTE
    await rig.clock.advance(3000 * 60)
    rig.exchange.is_away = False

    async def is_back() -> bool:
        await rig.clock.advance(0)
        await rig.clock.advance(60)
        return rig.archive.window(DOGE, 1)[0].open_ms > NOW + 2900 * MINUTE

    await eventually(is_back)
    assert len(rig.archive.coverage(DOGE)) == 1


async def test_one_pairs_trouble_is_not_the_others(rig: Rig) -> None:
    """A pair that the exchange refuses does not keep those behind it on the list from being kept."""
    rig.exchange.refused = "dogeusdt"
    rig.side.start()
    await rig.clock.advance(8)
    await rig.kept(BTC, 300)
    assert [one.series for one in rig.archive.series()] == [BTC]


async def test_nothing_is_kept_before_the_exchanges_clock_is_known(rig: Rig) -> None:
    """By an own clock that is two minutes ahead, the bar that is forming would be taken for final."""
    rig.exchange.clock_offset_ms = None
    rig.side.start()
    await rig.clock.advance(8)
    await rig.clock.advance(60)
    assert rig.archive.series() == ()
    rig.exchange.clock_offset_ms = -120_000
    await rig.clock.advance(60)
    await rig.kept(DOGE, 300)
    assert rig.archive.window(DOGE, 1)[0].open_ms == NOW - MINUTE


async def test_an_archive_that_fails_is_told_once_and_ends_the_keeping(rig: Rig) -> None:
    """A disk that is full is said; nothing else stops for it, and it is not said every minute."""
    rig.history.problem = "There is no space left."
    rig.side.start()
    await rig.clock.advance(8)
    await rig.told("Bars are not kept any more", "no space left")
    await rig.clock.advance(600)
    assert len(rig.board.view.notices) == 1


async def test_a_pair_that_is_watched_later_is_kept_from_then_on(rig: Rig) -> None:
    """What is watched is asked anew each minute."""
    rig.watched = [DOGE]
    rig.side.start()
    await rig.clock.advance(8)
    await rig.kept(DOGE, 300)
    rig.watched = [DOGE, BTC]
    await rig.clock.advance(60)
    await rig.kept(BTC, 300)


async def test_older_bars_are_fetched_once_and_then_come_from_the_archive(rig: Rig) -> None:
    """Scrolling back asks the exchange the first time; the second time nothing goes out."""
    found = await rig.side.older(DOGE, START)
    assert [one.open_ms for one in found] == list(opens_between(Period.MINUTE, Span(START - 1000 * MINUTE, START)))
    rig.history.script.asked.clear()
    assert await rig.side.older(DOGE, START) == found
    assert rig.history.script.asked == []


async def test_days_without_a_trade_are_not_the_beginning(rig: Rig) -> None:
    """Where no bar is for days, what lies before them is found."""
    quiet = frozenset(opens_between(Period.MINUTE, Span(START - 3000 * MINUTE, START)))
    rig.history.script = replace(rig.history.script, holes=quiet)
    found = await rig.side.older(DOGE, START)
    assert len(found) == 1000
    assert found[-1].open_ms == START - 3001 * MINUTE


async def test_an_exchange_that_is_away_is_not_the_beginning(rig: Rig) -> None:
    """Unanswered, nothing is claimed of what lies before; what was answered is given as far as it is joined."""
    dead = Span(START - 500 * MINUTE, START - 400 * MINUTE)
    rig.history.script = replace(rig.history.script, dead=(Span(0, 1 << 62),))
    asking = asyncio.ensure_future(rig.side.older(DOGE, START))
    await patiently(rig, asking)
    assert "did not answer" in str(asking.exception())
    rig.history.script = replace(rig.history.script, dead=(dead,))
    asking = asyncio.ensure_future(rig.side.older(DOGE, START))
    await patiently(rig, asking)
    found = asking.result()
    assert found[-1].open_ms == START - MINUTE
    assert dead.end_ms <= found[0].open_ms <= dead.end_ms + 298 * MINUTE
    assert [one.open_ms for one in found] == list(opens_between(Period.MINUTE, Span(found[0].open_ms, START)))
    rig.history.script = replace(rig.history.script, dead=())
    before = await rig.side.older(DOGE, found[0].open_ms)
    assert before[-1].open_ms == found[0].open_ms - MINUTE


async def test_a_bar_that_cannot_be_is_scrolled_past(rig: Rig) -> None:
    """The exchange did answer for it, and will never say anything else: what lies before it is brought all the same."""
    answer, odd = rig.history.script.bars, {START - 100 * MINUTE, START - 101 * MINUTE}

    async def with_odd_bars(series: Series, span: Span) -> tuple[Candle, ...]:
        return tuple(
            one._replace(low=one.high + 1) if one.open_ms in odd else one for one in await answer(series, span)
        )

    rig.history.script.bars = with_odd_bars  # type: ignore[method-assign]  # an exchange with two bars that cannot be
    for before_ms in (START, START - 99 * MINUTE):
        asking = asyncio.ensure_future(rig.side.older(DOGE, before_ms))
        await patiently(rig, asking)
        wanted = set(opens_between(Period.MINUTE, Span(before_ms - 1000 * MINUTE, before_ms))) - odd
        assert [one.open_ms for one in asking.result()] == sorted(wanted)


async def patiently(rig: Rig, asking: "asyncio.Future[tuple[Candle, ...]]") -> None:
    """Let the pauses between questions go by until there is an answer."""

    async def is_over() -> bool:
        await rig.clock.advance(5)
        return asking.done()

    await eventually(is_over)


async def test_a_series_that_is_deleted_while_it_is_fetched_stays_deleted(rig: Rig) -> None:
    """What was on its way to the disk does not come back behind the deletion."""
    span = Span(NOW - 60_000 * MINUTE, NOW - 2100 * MINUTE)
    rig.side.fetch(DOGE, span)
    await eventually(lambda: bool(rig.archive.series()) and rig.archive.series()[0].bars > 2000)
    rig.side.delete(DOGE)
    await rig.told("bars deleted")
    await rig.clock.advance(1)
    assert rig.archive.series() == ()
    assert rig.archive.downloads() == ()


async def test_before_the_first_bar_there_is_nothing(rig: Rig) -> None:
    """Where the exchange's bars begin, older ones are an empty answer, and not asked for again."""
    rig.history.script.begins_ms = START
    assert await rig.side.older(DOGE, START) == ()
    rig.history.script.asked.clear()
    assert await rig.side.older(DOGE, START) == ()
    assert rig.history.script.asked == []


async def test_a_download_is_shown_from_its_first_bar_to_its_last(rig: Rig) -> None:
    """Progress is in the view while it runs; afterwards the row is whole, and a notice says what came."""
    span = Span(NOW - 9000 * MINUTE, NOW - 2100 * MINUTE)
    rig.side.fetch(DOGE, span)
    rig.side.fetch(DOGE, span)  # a second wish for what is on its way changes nothing
    await rig.told("dogeusdt 1min", "6,900 bars added")
    shown = [one.archive.rows for one in rig.views if one.archive.rows]
    downloads = [row.download for rows in shown for row in rows if row.download is not None]
    assert any(0 < one.done < one.wanted for one in downloads)
    rig.side.read()

    async def is_whole() -> bool:
        rig.board.flush()
        rows = rig.board.view.archive.rows or ()
        return [(row.summary.bars, row.missing, row.download) for row in rows] == [(6900, 0, None)]

    await eventually(is_whole)
    assert rig.board.view.archive.origin == "test"


async def test_two_downloads_go_on_at_once_and_others_wait_their_turn(rig: Rig) -> None:
    """HTX is not met with dozens of connections: a third one says that it waits, and comes when one has ended."""
    span = Span(NOW - 9000 * MINUTE, NOW - 2100 * MINUTE)
    wanted = [Series(name, Period.MINUTE) for name in ("btcusdt", "dogeusdt", "ethusdt")]
    for series in wanted:
        rig.archive.put(series, [bar(START - 9000 * MINUTE)], at_ms=NOW)
    rig.side.read()
    await eventually(lambda: rig.side._shown.rows)
    for series in wanted:
        rig.side.fetch(series, span)
    await rig.told("btcusdt 1min", "bars added")
    await rig.told("dogeusdt 1min", "bars added")
    await rig.told("ethusdt 1min", "bars added")
    seen = [
        {row.summary.series.symbol: row.download for row in view.archive.rows or () if row.download}
        for view in rig.views
    ]
    assert any(one["ethusdt"].is_waiting for one in seen if "ethusdt" in one)
    assert all(sum(1 for each in one.values() if each.wanted) <= 2 for one in seen)


async def test_a_paused_download_keeps_what_came_and_is_taken_up_again(rig: Rig) -> None:
    """Paused in the middle it stays wanted; fetched again, only the rest is asked for."""
    span = Span(NOW - 60_000 * MINUTE, NOW - 2100 * MINUTE)
    rig.side.fetch(DOGE, span)
    await eventually(lambda: len(rig.archive.series()) == 1 and rig.archive.series()[0].bars > 2000)
    rig.side.pause(DOGE)
    await eventually(lambda: [one.is_paused for one in rig.archive.downloads()] == [True])
    kept = rig.archive.series()[0].bars
    assert kept < 57_900
    rig.board.mark(Part.ARCHIVE)
    rig.board.flush()
    rig.side.fetch(DOGE, span)
    await rig.told("dogeusdt 1min", "bars added")
    assert rig.archive.series()[0].bars == 57_900
    assert rig.archive.downloads() == ()


async def test_a_series_can_be_deleted_and_exported(rig: Rig, tmp_path: Path) -> None:
    """The file is there with its bars; an existing file is refused in words; deleted, the series is gone."""
    rig.archive.put(DOGE, [bar(START), bar(START + MINUTE)], at_ms=NOW)
    out = tmp_path / "bars.csv"
    rig.side.export(DOGE, out)
    await rig.told("2 bars written to")
    assert len(out.read_text().splitlines()) == 3
    rig.side.export(DOGE, out)
    await rig.told("Nothing was exported", "exists")
    rig.side.delete(DOGE)
    await rig.told("2 bars deleted")
    assert rig.archive.series() == ()


async def test_a_download_that_cannot_go_on_says_why_in_its_row(rig: Rig) -> None:
    """A symbol that the exchange does not list is told where the download would be."""
    rig.history.script = replace(rig.history.script, is_listed=False)
    rig.archive.put(DOGE, [bar(START)], at_ms=NOW)
    rig.side.read()
    rig.side.fetch(DOGE, Span(NOW - 9000 * MINUTE, NOW - 2100 * MINUTE))

    async def is_said() -> bool:
        rig.board.flush()
        rows = rig.board.view.archive.rows or ()
        return [row.download.problem for row in rows if row.download] == ["The exchange lists no such symbol."]

    await eventually(is_said)


async def test_without_a_history_nothing_is_kept_and_that_is_said() -> None:
    """A session that keeps nothing says so when it is asked."""

    def failed(name: str, error: Exception) -> None:
        pytest.fail(f"task {name} failed: {error!r}")

    async with Supervisor(failed) as tasks:
        rig = Rig(tasks)
        side = ArchiveSide(
            history=None, exchange=rig.exchange, clock=rig.clock, board=rig.board, tasks=tasks, watched=list
        )
        side.start()
        side.read()

        async def is_said() -> bool:
            rig.board.flush()
            return rig.board.view.archive.problem == "Nothing keeps bars here."

        await eventually(is_said)
        await side.close()
    rig.archive.close()
