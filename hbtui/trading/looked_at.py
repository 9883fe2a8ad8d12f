"""The series of bars that were looked at last, and which of them follow the stream."""

from collections import OrderedDict

from hbtui.model.candle import Period
from hbtui.trading.market import Series

__all__ = ["LookedAt"]

_MOST = 8
_Key = tuple[str, Period]


class LookedAt:
    """Keeps the last few, so that going back to one shows it at once; one loop's own."""

    def __init__(self) -> None:
        self._series: OrderedDict[_Key, Series] = OrderedDict()
        self._fresh: set[_Key] = set()

    def __getitem__(self, key: _Key) -> Series:
        """The kept series of a symbol and period, or a new one; the one not looked at for longest is dropped."""
        series = self._series.setdefault(key, Series(*key))
        self._series.move_to_end(key)
        while len(self._series) > _MOST:
            dropped, _ = self._series.popitem(last=False)
            self._fresh.discard(dropped)
        return series

    def has(self, series: Series) -> bool:
        """Whether this very series is still kept."""
        return self._series.get((series.symbol, series.period)) is series

    def is_fresh(self, key: _Key) -> bool:
        """Whether the series has followed the stream since it was loaded."""
        return key in self._fresh

    def refresh(self, series: Series) -> None:
        """Note that a series is loaded, and its stream is there."""
        self._fresh.add((series.symbol, series.period))

    def age(self, key: _Key | None = None) -> None:
        """Note that the stream of a series ends here, or that of all."""
        if key is None:
            self._fresh.clear()
        else:
            self._fresh.discard(key)
