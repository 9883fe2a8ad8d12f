"""Bars for tests of the chart, told in ticks of a cent."""

from decimal import Decimal

from hbtui.model.candle import Candle, Period
from hbtui.model.instrument import Instrument
from hbtui.trading.views import CandlesView

__all__ = ["START_MS", "bar", "bars", "pair", "rising"]

START_MS = 1_760_000_400_000
"""2025-10-09 09:00:00 UTC."""


def pair(precision: int = 2) -> Instrument:
    """Build a pair with prices of so many decimals."""
    return Instrument(
        symbol="dogeusdt", base="doge", quote="usdt", price_precision=precision, amount_precision=2, value_precision=8
    )


def bar(index: int, prices: str, volume: str = "10", period: Period = Period.MINUTE) -> Candle:
    """Build a bar from ``"open high low close"``."""
    opened, high, low, close = (Decimal(number) for number in prices.split())
    open_ms = START_MS + index * period.seconds * 1000
    return Candle(open_ms, opened, high, low, close, Decimal(volume), Decimal(volume) * close, 1)


def bars(*prices: str, period: Period = Period.MINUTE) -> CandlesView:
    """Build a view of bars that follow each other."""
    candles = tuple(bar(index, each, period=period) for index, each in enumerate(prices))
    return CandlesView("dogeusdt", period, candles, is_loading=False)


def rising(count: int, period: Period = Period.MINUTE) -> CandlesView:
    """Build bars that rise by one each, from 100 on."""
    return bars(*(f"{100 + n} {102 + n} {99 + n} {101 + n}" for n in range(count)), period=period)
