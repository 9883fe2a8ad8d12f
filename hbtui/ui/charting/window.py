"""Which bars are looked at: zoom, position and crosshair, and the columns that come of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from hbtui.model.candle import Candle
from hbtui.trading.views import CandlesView

__all__ = ["ZOOMS", "Column", "Sight", "Zoom", "columns_of", "is_near_oldest", "last_index", "missing_bars"]

_OPEN = attrgetter("open_ms")


class Zoom(NamedTuple):
    """How many bars share a column, and how many cells a column is wide."""

    bars: int
    cells: int


ZOOMS = (Zoom(32, 1), Zoom(16, 1), Zoom(8, 1), Zoom(4, 1), Zoom(2, 1), Zoom(1, 1), Zoom(1, 2), Zoom(1, 4))
"""From far to near."""

_USUAL = ZOOMS.index(Zoom(1, 1))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person looks at. Times, not indices, so that new bars move nothing that was panned or pointed at."""

    zoom_level: int = _USUAL
    anchor_ms: int | None = None
    """Opening time of the last bar in sight; ``None`` follows the newest."""
    cursor_ms: int | None = None
    """Opening time of the bar under the crosshair."""
    cursor_row: int | None = None
    """Row of the plot under the crosshair."""

    @property
    def zoom(self) -> Zoom:
        """The zoom in use."""
        return ZOOMS[self.zoom_level]

    def zoomed(self, steps: int) -> "Sight":
        """Nearer by so many steps, or farther by negative ones, as far as it goes."""
        return replace(self, zoom_level=min(len(ZOOMS) - 1, max(0, self.zoom_level + steps)))

    def panned(self, candles: Sequence[Candle], steps: int, columns: int) -> "Sight":
        """Move by so many columns (later where positive); the newest bar in sight makes it follow again."""
        if not candles:
            return self
        last = last_index(candles, self.anchor_ms) + steps * self.zoom.bars
        # groups keep to the clock, so that the first may be a short one, and takes a column as well
        first_end = min(len(candles), (columns - 1) * self.zoom.bars + 1) - 1
        last = max(first_end, last)
        return replace(self, anchor_ms=None if last >= len(candles) - 1 else candles[last].open_ms)

    def pointed(self, open_ms: int | None, row: int | None = None) -> "Sight":
        """Put the crosshair on a bar and a row, or take it away."""
        return replace(self, cursor_ms=open_ms, cursor_row=row)


@dataclass(frozen=True, slots=True)
class Column:
    """What one column shows: one bar, or several as one."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    base_volume: Decimal
    last_index: int
    """Of the last bar in it, for averages."""
    last_ms: int
    """Opening time of the last bar in it."""

    @property
    def is_up(self) -> bool:
        """Whether it closed at or above its open."""
        return self.close >= self.open


def last_index(candles: Sequence[Candle], anchor_ms: int | None) -> int:
    """The index of the bar that stands at the right edge."""
    if anchor_ms is None:
        return len(candles) - 1
    return max(0, bisect_right(candles, anchor_ms, key=_OPEN) - 1)


def is_near_oldest(view: CandlesView, sight: Sight, columns: int) -> bool:
    """Whether less than another page of bars lies before the ones in sight."""
    page = columns * sight.zoom.bars
    return last_index(view.candles, sight.anchor_ms) + 1 < 2 * page


def missing_bars(view: CandlesView) -> int:
    """How many bars the gaps of a view have room for; about so many of months and years."""
    return sum(max(1, (end_ms - start_ms) // (view.period.seconds * 1000)) for start_ms, end_ms in view.gaps)


def columns_of(view: CandlesView, sight: Sight, count: int) -> tuple[Column | None, ...]:
    """Up to ``count`` columns, oldest first, ending where the sight does; ``None`` stands for a gap in the data."""
    candles, bars = view.candles, sight.zoom.bars
    if not candles or count <= 0:
        return ()
    holes = {bisect_left(candles, until, key=_OPEN) for _, until in view.gaps}
    width_ms = view.period.seconds * 1000 * bars
    found: list[Column | None] = []
    index = last_index(candles, sight.anchor_ms)
    if index + 1 in holes and index + 1 == len(candles):
        found.append(None)  # what is missing is newer than the newest bar
    while index >= 0 and len(found) < count:
        first = index
        if bars > 1:
            # groups hold on to the clock, so that they do not shimmer with each new bar
            group_ms = candles[index].open_ms // width_ms * width_ms
            first = max(0, bisect_left(candles, group_ms, 0, index, key=_OPEN))
        found.append(_joined(candles, first, index))
        if holes and any(hole in holes for hole in range(max(1, first), index + 1)):
            found.append(None)
        index = first - 1
    return tuple(reversed(found[:count]))


def _joined(candles: Sequence[Candle], first: int, last: int) -> Column:
    end = candles[last]
    if first == last:
        return Column(end.open_ms, end.open, end.high, end.low, end.close, end.base_volume, last, end.open_ms)
    group = candles[first : last + 1]
    return Column(
        group[0].open_ms,
        group[0].open,
        max(candle.high for candle in group),
        min(candle.low for candle in group),
        end.close,
        sum((candle.base_volume for candle in group), Decimal(0)),
        last,
        end.open_ms,
    )
