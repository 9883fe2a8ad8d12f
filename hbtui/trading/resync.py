"""Reading the account's orders afresh: what is open, what ended, what traded, and what all three leave out."""

from collections.abc import Callable

from hbtui.model.order import OrderReport
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.tracker import OrderTracker

__all__ = ["Resync"]

_WINDOW_MS = 48 * 3600 * 1000 - 60_000  # HTX answers at most 48 hours at once
_OVERLAP_MS = 10 * 60_000
_MOST_QUESTIONS = 100

Noted = Callable[[str | None], None]


class Resync:
    """Joins REST snapshots into the tracker. An order that is absent from them is asked for, never assumed gone."""

    def __init__(self, exchange: Exchange, tracker: OrderTracker, clock: Clock) -> None:
        self._exchange = exchange
        self._tracker = tracker
        self._clock = clock
        self._synced_ms: int | None = None

    @property
    def is_done(self) -> bool:
        """Whether all was read at least once."""
        return self._synced_ms is not None

    async def run(self, account_id: int, noted: Noted) -> None:
        """Read everything since the last time; ``noted`` hears the key of each order that changed.

        Raises ``ExchangeError``; what was read until then stays joined.
        """
        end_ms = self._clock.now_ms() + (self._exchange.clock_offset_ms or 0)
        start_ms = max(end_ms - _WINDOW_MS, (self._synced_ms or 0) - _OVERLAP_MS)
        before = {order.order_id for order in self._tracker if order.is_open and order.order_id}
        told: set[str] = set()

        def learn(report: OrderReport) -> None:
            told.add(report.order_id)
            noted(self._tracker.merge_report(report))

        for report in await self._exchange.open_orders(account_id):
            learn(report)
        for report in await self._exchange.finished_orders(start_ms=start_ms, end_ms=end_ms):
            learn(report)
        for fill in await self._exchange.fills(start_ms=start_ms, end_ms=end_ms):
            noted(self._tracker.merge_fill(fill))
            before.add(fill.order_id)
        for order_id in sorted(before - told)[:_MOST_QUESTIONS]:
            known = self._tracker.find(order_id)
            if known is None or known.is_final:
                continue
            if (found := await self._exchange.order(order_id)) is not None:
                learn(found)
        self._synced_ms = end_ms
