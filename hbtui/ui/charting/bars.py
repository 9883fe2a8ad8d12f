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
_BOX = 3  # cells of a body where there is room for one with sides
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
    width = _BOX
    ink = "up" if column.is_up else "down"
    first = scale.row(max(column.open, column.close))
    last = scale.row(min(column.open, column.close))
    middle = x + width // 2
    for row in range(scale.row(column.high), scale.row(column.low) + 1):
        if not first <= row <= last:
            raster.put(middle, top + row, "│", ink)
        else:
            raster.write(x, top + row, _box(width, column, row == first, row == last, scale), ink)


def _box(width: int, column: Column, is_first: bool, is_last: bool, scale: PriceScale) -> str:  # noqa: FBT001 - two edges
    if not column.is_up:
        return "█" * width if not (is_first and is_last) else "▀" * width
    if is_first and is_last:
        return "╞" + "═" * (width - 2) + "╡"
    if not is_first and not is_last:
        return "│" + " " * (width - 2) + "│"
    is_wicked = (
        scale.row(column.high) < scale.row(column.close) if is_first else scale.row(column.low) > scale.row(column.open)
    )
    edge = ("┴" if is_first else "┬") if is_wicked else "─"
    half = (width - 2) // 2
    inner = "─" * half + edge + "─" * (width - 3 - half)
    return f"┌{inner}┐" if is_first else f"└{inner}┘"


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
