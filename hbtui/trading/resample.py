"""Longer bars from shorter ones, as the venue itself would make them; pure."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from hbtui.model.candle import Candle, Period
from hbtui.model.numbers import EXACT

__all__ = ["fits_into", "resampled"]


def fits_into(shorter: Period, longer: Period) -> bool:
    """Whether every bar of one period lies within one bar of the other: a week may lie in two months, or years."""
    return shorter.seconds < longer.seconds and (longer.is_even or shorter is not Period.WEEK)


def resampled(candles: Iterable[Candle], period: Period) -> Iterator[Candle]:
    """Join bars (rising, each within one bar of ``period``) into bars of ``period``, begun and unfinished ones too.

    Days, weeks, months and years begin at midnight of GMT+8 (HTX docs, kline).
    """
    for open_ms, pieces in groupby(candles, key=lambda candle: period.open_ms(candle.open_ms)):
        yield _joined(open_ms, pieces)


def _joined(open_ms: int, pieces: Iterable[Candle]) -> Candle:
    first, *rest = pieces
    high, low, close = first.high, first.low, first.close
    base, quote, trades = first.base_volume, first.quote_volume, first.trades
    for piece in rest:
        high, low, close = max(high, piece.high), min(low, piece.low), piece.close
        base, quote = EXACT.add(base, piece.base_volume), EXACT.add(quote, piece.quote_volume)
        trades += piece.trades
    return Candle(open_ms, first.open, high, low, close, base, quote, trades)
