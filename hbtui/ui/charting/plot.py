"""Where on a chart what stands, so that a click, a hover and a key can be understood."""

from dataclasses import dataclass

from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.charting.window import Column

__all__ = ["Plot"]


@dataclass(frozen=True, slots=True)
class Plot:
    """The area of the prices: columns of ``cells`` cells from ``left`` on, rows from ``top`` on."""

    scale: PriceScale
    columns: tuple[Column | None, ...]
    cells: int
    left: int
    """First cell of the first column."""
    top: int
    """First row of the prices; they have ``scale.rows`` rows."""

    @property
    def room(self) -> int:
        """How many columns there is room for; fewer are shown where there are not as many bars."""
        return len(self.columns) + self.left // self.cells

    def column_at(self, x: int) -> Column | None:
        """The column under a cell, or ``None`` between and beside them."""
        index = (x - self.left) // self.cells
        return self.columns[index] if 0 <= index < len(self.columns) else None

    def row_at(self, y: int) -> int | None:
        """The row of the prices under a line, or ``None`` outside them."""
        return y - self.top if 0 <= y - self.top < self.scale.rows else None

    def column_of(self, time_ms: int) -> Column | None:
        """The column that holds a bar's opening time, or ``None`` where that is out of sight."""
        index = self._index_of(time_ms)
        return None if index is None else self.columns[index]

    def x_of(self, time_ms: int) -> int | None:
        """The middle cell of the column that holds a bar's opening time."""
        index = self._index_of(time_ms)
        return None if index is None else self.left + index * self.cells + max(0, self.cells - 2) // 2

    def _index_of(self, time_ms: int) -> int | None:
        found = None
        for index, column in enumerate(self.columns):
            if column is not None and column.open_ms <= time_ms:
                found = index
        last = next((column for column in reversed(self.columns) if column is not None), None)
        return None if last is None or time_ms > last.last_ms else found
