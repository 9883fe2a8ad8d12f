"""Puts older bars before those that a chart has."""

from collections.abc import Awaitable, Callable

from hbtui.model.candle import Candle
from hbtui.model.series import Series as BarSeries
from hbtui.trading.market import Series

__all__ = ["Older", "put_older"]

Older = Callable[[BarSeries, int], Awaitable[tuple[Candle, ...]]]
"""Answers with the bars of a series that open before a time (UTC ms), oldest first; none: there are none."""


async def put_older(series: Series, older: Older) -> bool:
    """Ask for what lies before a series' first bar; whether the series changed. Raises what ``older`` raises."""
    first = series.first
    if first is None or series.is_at_beginning or not series.period.is_from_venue:
        return False
    bars = await older(BarSeries(series.symbol, series.period), first.open_ms)
    series.put_before(bars)
    series.is_at_beginning = not bars
    return True
