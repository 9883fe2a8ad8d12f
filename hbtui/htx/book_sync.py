"""An order book kept by changes: the chain of sequence numbers holds, or the book is not shown. No I/O.

Source: HTX docs, "Market By Price (incremental update)": subscribe, keep the changes, ask for an image on the same
connection, drop what the image already contains, and then each change must name its predecessor. The image may be
older than changes that were already received, so nothing is thrown away when it is asked for.
"""

from collections import deque
from decimal import Decimal

from hbtui.htx.reading import exact, positive
from hbtui.htx.wire_push import MbpTick
from hbtui.model.book import Book, Level

__all__ = ["BookSync"]

_KEPT = 2000  # at ten changes a second more than three minutes: no image is that late
_LEVELS = 150
_MOST, _REMEMBERED = (
    2000,
    1000,
)  # levels far behind the 150 that are shown are forgotten, so a book cannot grow for ever
_RETRY_S = 0.1
_PATIENCE_S = 5.0


class BookSync:
    """One symbol's book. ``is_synced`` says whether :meth:`book` is the venue's book as of :attr:`sequence`."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.is_synced = False
        self.sequence = 0
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._waiting: deque[MbpTick] = deque(maxlen=_KEPT)
        self._ask_at_s = 0.0

    def is_image_due(self, now_s: float) -> bool:
        """Whether an image should be asked for now (monotonic seconds)."""
        return not self.is_synced and now_s >= self._ask_at_s

    def asked(self, now_s: float) -> None:
        """Note that an image was asked for; without an answer it is due again after five seconds."""
        self._ask_at_s = now_s + _PATIENCE_S

    def refused(self, now_s: float) -> None:
        """Note that the venue did not give the image: due again after a second."""
        self._ask_at_s = now_s + 1.0

    def apply_change(self, change: MbpTick, now_s: float) -> str:
        """Take one change in; return why the chain broke, or ``""``. Raises ``ValueError`` for impossible numbers."""
        if change.prev_seq_num is None:
            message = "a change without its predecessor"
            raise ValueError(message)
        _check(change)
        if not self.is_synced:
            self._waiting.append(change)
            return ""
        if change.seq_num <= self.sequence:
            return ""  # told twice
        if change.prev_seq_num != self.sequence:
            self.is_synced = False
            self._ask_at_s = now_s
            self._waiting.clear()
            self._waiting.append(change)
            return f"changes {self.sequence} to {change.prev_seq_num} are missing"
        self._apply(change)
        return ""

    def apply_image(self, image: MbpTick, now_s: float) -> bool:
        """Take the image in and every kept change behind it; false where it does not meet them and another is due."""
        _check(image)
        behind = [change for change in self._waiting if change.seq_num > image.seq_num]
        expected = image.seq_num
        for change in behind:
            if change.prev_seq_num != expected:
                # too old an image, or a hole between the changes: only a later image can bridge it
                self._ask_at_s = now_s + _RETRY_S
                return False
            expected = change.seq_num
        self._bids = {level.price: level.amount for level in image.bids if level.amount}
        self._asks = {level.price: level.amount for level in image.asks if level.amount}
        self.sequence = image.seq_num
        for change in behind:
            self._apply(change)
        self._waiting.clear()
        self.is_synced = True
        return True

    def book(self, ts_ms: int) -> Book:
        """The best 150 levels of each side."""
        bids = sorted(self._bids.items(), reverse=True)[:_LEVELS]
        asks = sorted(self._asks.items())[:_LEVELS]
        return Book(
            self.symbol, tuple(map(Level._make, bids)), tuple(map(Level._make, asks)), ts_ms, sequence=self.sequence
        )

    def _apply(self, change: MbpTick) -> None:
        for side, levels in ((self._bids, change.bids), (self._asks, change.asks)):
            for price, amount in levels:
                if amount:
                    side[price] = amount
                else:
                    side.pop(price, None)
        if len(self._bids) > _MOST:
            self._bids = dict(sorted(self._bids.items(), reverse=True)[:_REMEMBERED])
        if len(self._asks) > _MOST:
            self._asks = dict(sorted(self._asks.items())[:_REMEMBERED])
        self.sequence = change.seq_num


def _check(tick: MbpTick) -> None:
    for levels in (tick.bids, tick.asks):
        for level in levels:
            positive(level.price)
            if exact(level.amount) < 0:
                message = "a negative amount"
                raise ValueError(message)
