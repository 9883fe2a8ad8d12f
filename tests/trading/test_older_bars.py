"""Older bars join those that a chart has: in order, once, and never again where there are none."""

from decimal import Decimal

from hbtui.model.candle import Candle, Period
from hbtui.model.series import Series as BarSeries
from hbtui.trading.market import Series
from hbtui.trading.older_bars import put_older

MINUTE = 60_000
NOW = 1_700_000_040_000


def bar(number: int) -> Candle:
    """The bar of a minute."""
    one = Decimal(1)
    return Candle(NOW + number * MINUTE, one, one, one, one, one, one, 1)


def loaded(first: int = 0, count: int = 10) -> Series:
    """A chart's series."""
    series = Series("dogeusdt", Period.MINUTE)
    series.load([bar(number) for number in range(first, first + count)])
    return series


async def test_older_bars_are_put_before_the_first() -> None:
    """The series is asked for by its name and first time, and is one rising whole afterwards."""
    series, asked = loaded(), list[tuple[BarSeries, int]]()

    async def older(wanted: BarSeries, before_ms: int) -> tuple[Candle, ...]:
        asked.append((wanted, before_ms))
        return tuple(bar(number) for number in range(-5, 1))  # the last one is there already

    assert await put_older(series, older)
    assert asked == [(BarSeries("dogeusdt", Period.MINUTE), NOW)]
    assert [one.open_ms for one in series.bars] == [NOW + number * MINUTE for number in range(-5, 10)]
    assert series.first == bar(-5)


async def test_at_the_beginning_nobody_asks_again() -> None:
    """An empty answer is remembered, and the next wish goes nowhere."""
    series, asked = loaded(), list[int]()

    async def nothing(_wanted: BarSeries, before_ms: int) -> tuple[Candle, ...]:
        asked.append(before_ms)
        return ()

    assert await put_older(series, nothing)
    assert series.is_at_beginning
    assert not await put_older(series, nothing)
    assert len(asked) == 1


async def test_an_empty_chart_and_seconds_have_nothing_older() -> None:
    """Bars that the venue does not serve, and a chart that has none yet, are not asked for."""

    async def never(_wanted: BarSeries, _before_ms: int) -> tuple[Candle, ...]:
        raise AssertionError

    assert not await put_older(Series("dogeusdt", Period.MINUTE), never)
    seconds = Series("dogeusdt", Period.SECOND)
    seconds.load([bar(0)])
    assert not await put_older(seconds, never)


def test_what_is_new_and_what_was_scrolled_back_to_stay_one_series() -> None:
    """Thousands of new bars later nothing between the oldest and the newest was lost or is there twice."""
    series = loaded(0, 2000)
    series.put_before([bar(number) for number in range(-1000, 0)])
    for number in range(2000, 6000):
        series.apply(bar(number))
    series.load([bar(number) for number in range(4000, 6000)])
    assert [one.open_ms for one in series.bars] == [NOW + number * MINUTE for number in range(-1000, 6000)]
