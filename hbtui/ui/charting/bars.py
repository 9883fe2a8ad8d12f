"""Candlesticks and volume bars, drawn into a raster.

Thin candles have half-row resolution: a heavy line is the body, a light one the wick. A bar that rose is hollow
(a double line, or a box where there is room), one that fell is filled, so that they differ without colour too.
"""

from decimal import Decimal

from hbtui.ui.charting.raster import Raster
from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.charting.window import Column

__all__ = ["draw_candle", "draw_volume"]

_NONE, _WICK, _BODY = 0, 1, 2
_THIN = {
    (_BODY, _BODY): "┃",
    (_BODY, _WICK): "╿",
    (_WICK, _BODY): "╽",
    (_BODY, _NONE): "╹",
    (_NONE, _BODY): "╻",
    (_WICK, _WICK): "│",
    (_WICK, _NONE): "╵",
    (_NONE, _WICK): "╷",
}
"""By what the upper and the lower half of a cell hold; ``╿`` is heavy above."""
_BOX = 3  # cells of a body where there is room for one with sides; its middle is the wick's
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def draw_candle(raster: Raster, column: Column, x: int, *, top: int, cells: int, scale: PriceScale) -> None:
    """Draw one column's candle with its left edge at ``x`` and the plot's first row at ``top``."""
    if cells >= 4:
        _draw_wide(raster, column, x, top, scale)
    else:
        _draw_thin(raster, column, x, top, scale)


def _draw_thin(raster: Raster, column: Column, x: int, top: int, scale: PriceScale) -> None:
    ink = "up" if column.is_up else "down"
    high, low = scale.part(column.high, 2), scale.part(column.low, 2)
    body_top = scale.part(max(column.open, column.close), 2)
    body_end = scale.part(min(column.open, column.close), 2)

    def held(half: int) -> int:
        if body_top <= half <= body_end:
            return _BODY
        return _WICK if high <= half <= low else _NONE

    for row in range(high // 2, low // 2 + 1):
        halves = held(2 * row), held(2 * row + 1)
        glyph = "║" if column.is_up and halves == (_BODY, _BODY) else _THIN[halves]
        raster.put(x, top + row, glyph, ink)


def _draw_wide(raster: Raster, column: Column, x: int, top: int, scale: PriceScale) -> None:
    ink, body_ink = ("up", "up") if column.is_up else ("down", "body-down")
    high, low = scale.row(column.high), scale.row(column.low)
    first, last = scale.row(max(column.open, column.close)), scale.row(min(column.open, column.close))
    for row in range(high, low + 1):
        if first <= row <= last:
            body = _hollow(row, first, last, high, low) if column.is_up else _filled(first, last)
            raster.write(x, top + row, body, body_ink)
        else:
            raster.put(x + _BOX // 2, top + row, "│", ink)


def _filled(first: int, last: int) -> str:
    return ("█" if last > first else "▀") * _BOX


def _hollow(row: int, first: int, last: int, high: int, low: int) -> str:
    if first == last:
        return "╞═╡"
    if row == first:
        return "┌┴┐" if high < first else "┌─┐"
    if row == last:
        return "└┬┘" if low > last else "└─┘"
    return "│ │"


def draw_volume(raster: Raster, column: Column, x: int, *, bottom: int, rows: int, cells: int, most: Decimal) -> None:
    """Draw one column's volume upwards from row ``bottom``, ``most`` being as high as ``rows`` rows."""
    if not column.base_volume or not most:
        return
    ink = "volume-up" if column.is_up else "volume-down"
    eighths = max(1, round(float(column.base_volume) / float(most) * rows * 8))
    width = max(1, cells - 1) if cells > 1 else 1
    for row in range(rows):
        filled = min(8, eighths - row * 8)
        if filled <= 0:
            return
        for offset in range(width):
            raster.put(x + offset, bottom - row, _EIGHTHS[filled], ink)
