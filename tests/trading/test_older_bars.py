"""Reaching back before the chart's first bar: what comes is put before it, and a failure leaves no trace but words."""

from pathlib import Path

from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.series import Series as BarSeries
from hbtui.model.series import Span
from hbtui.trading.engine import Engine
from hbtui.trading.market import Series
from tests.support.eventually import eventually_sync
from tests.support.trading_values import bar
from tests.trading.test_engine import running, scripted, texts

MINUTE_MS = 60_000


def test_older_bars_stand_before_the_first_and_none_twice() -> None:
    """What overlaps is left out: the nearer telling of a bar is the newer one."""
    series = Series("dogeusdt", Period.MINUTE)
    series.load([bar(number * MINUTE_MS) for number in range(10, 20)])
    series.put_before([bar(number * MINUTE_MS, close="7") for number in range(5, 15)])
    assert [one.open_ms // MINUTE_MS for one in series.bars] == list(range(5, 20))
    assert series.bars[5].close != series.bars[4].close
    assert series.first == series.bars[0]


def test_a_full_series_takes_no_older_bars() -> None:
    """The memory is not for all of history: beyond its limit nothing is asked for any more."""
    series = Series("dogeusdt", Period.MINUTE)
    series.load([bar(10**12)])
    was_full = series.is_full
    series.put_before([bar(10**12 - number * MINUTE_MS) for number in range(200_000, 0, -1)])
    assert (was_full, series.is_full) == (False, True)
    first = series.first
    series.put_before([bar(0)])
    assert series.first == first


def test_where_nothing_is_kept_the_failure_is_told_and_over(tmp_path: Path) -> None:
    """The words "loading" do not stay for ever, and the beginning is not claimed."""
    with running(scripted(), tmp_path) as engine:
        eventually_sync(lambda: engine.view.candles.candles, what="bars")
        engine.load_older()
        eventually_sync(lambda: any("No older bars" in text for text in texts(engine)), what="the notice")
        eventually_sync(lambda: not engine.view.candles.is_loading_older, what="the end of it")
        assert not engine.view.candles.is_at_beginning


def test_reading_before_there_is_a_connection_says_nothing_and_fetching_does() -> None:
    """The screen reads every few seconds: only what a person asked for is worth a notice."""
    engine = Engine(Mode.DEMO, watchlist=["dogeusdt"], symbol="dogeusdt")
    engine.archive.read()
    silent = texts(engine)
    engine.archive.fetch(BarSeries("dogeusdt", Period.MINUTE), Span(0, MINUTE_MS))
    assert (silent, texts(engine)) == ([], ["The archive is as it was: There is no connection yet."])
