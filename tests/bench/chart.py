"""One refresh of the candle chart, beside the same candles drawn by textual-plot, in the same kind of host."""

import time
from collections.abc import Awaitable, Callable
from decimal import Decimal

from textual.widget import Widget

from hbtui.model.candle import Candle, Period
from hbtui.model.instrument import Instrument
from hbtui.trading.views import CandlesView
from hbtui.ui.widgets.chart import CandleChart
from tests.bench.figures import line
from tests.support.host import Host

__all__ = ["report"]

_SIZE = (100, 30)
_REFRESHES = 40
_BARS = 2_000
_VISIBLE = 85


async def report() -> list[str]:
    """CPU milliseconds from new data to the painted frame, each widget with the last bar moving."""
    candles = _candles()
    chart = CandleChart()
    instrument = Instrument(
        symbol="dogeusdt", base="doge", quote="usdt", price_precision=5, amount_precision=2, value_precision=8
    )

    async def show_ours(number: int) -> None:
        chart.show(CandlesView("dogeusdt", Period.MINUTE, _moved(candles, number), is_loading=False), instrument)

    ours = await _timed(chart, show_ours)
    theirs = await _timed(*_peer(candles))
    return [
        line("one refresh of the candle chart", ours, theirs, unit="ms", of="textual-plot's candles", aim="aim < 1")
    ]


async def _timed(widget: Widget, show: Callable[[int], Awaitable[None]]) -> list[float]:
    app = Host(widget)
    seen = []
    async with app.run_test(size=_SIZE) as pilot:
        for number in range(_REFRESHES):
            started = time.process_time()
            await show(number)
            await pilot.pause()
            seen.append((time.process_time() - started) * 1000)
    return seen[5:]


def _peer(candles: tuple[Candle, ...]) -> tuple[Widget, Callable[[int], Awaitable[None]]]:
    """Draw the visible candles with what textual-plot has: a bar for each body, an error bar for each wick."""
    from textual_plot import PlotWidget

    plot = PlotWidget()

    async def show(number: int) -> None:
        seen = _moved(candles, number)[-_VISIBLE:]
        plot.clear()
        at = list(range(len(seen)))
        middle = [float(candle.high + candle.low) / 2 for candle in seen]
        reach = [float(candle.high - candle.low) / 2 for candle in seen]
        plot.errorbar(at, middle, yerr=reach)
        for style, is_up in (("green", True), ("red", False)):
            group = [(x, candle) for x, candle in zip(at, seen, strict=True) if (candle.close >= candle.open) is is_up]
            plot.scatter([x for x, _ in group], [float(candle.close) for _, candle in group], marker_style=style)
        plot.refresh()

    return plot, show


def _moved(candles: tuple[Candle, ...], number: int) -> tuple[Candle, ...]:
    last = candles[-1]
    close = last.close + Decimal(number % 7) / 10_000
    moved = Candle(
        last.open_ms, last.open, max(last.high, close), last.low, close, last.base_volume + 1, last.quote_volume, 9
    )
    return (*candles[:-1], moved)


def _candles() -> tuple[Candle, ...]:
    bars = []
    price = Decimal("0.08000")
    for number in range(_BARS):
        step = Decimal((number * 7919) % 41 - 20) / 100_000
        close = price + step
        spread = Decimal((number * 31) % 9) / 100_000
        high, low = max(price, close) + spread, min(price, close) - spread
        bars.append(Candle(number * 60_000, price, high, low, close, Decimal(1000 + number % 300), Decimal(80), 5))
        price = close
    return tuple(bars)
