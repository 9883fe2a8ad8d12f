"""Reading the account's orders afresh: what is open, what ended, what traded, and what all three leave out."""

from collections.abc import Callable, Sequence

from hbtui.model.errors import ExchangeError
from hbtui.model.order import OrderReport
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.retry import is_passing
from hbtui.trading.tracker import OrderTracker

__all__ = ["Resync"]

_WINDOW_MS = 48 * 3600 * 1000 - 60_000  # HTX answers at most 48 hours at once
_OVERLAP_MS = 10 * 60_000
_MOST_QUESTIONS = 500

Noted = Callable[[str | None], None]


class Resync:
    """Joins REST snapshots into the tracker. An order that is absent from them is asked for, never assumed gone."""

    def __init__(self, exchange: Exchange, tracker: OrderTracker, clock: Clock) -> None:
        self._exchange = exchange
        self._tracker = tracker
        self._clock = clock
        self._synced_ms: int | None = None
        self.refusals: dict[int, str] = {}
        """Why the open orders of an account, by its id, cannot be read."""

    @property
    def is_done(self) -> bool:
        """Whether all was read at least once."""
        return self._synced_ms is not None

    async def run(self, account_ids: Sequence[int], noted: Noted) -> None:
        """Read everything since the last time; ``noted`` hears the key of each order that changed.

        Raises ``ExchangeError``; what was read until then stays joined. Of the accounts but the first a refusal is
        kept in ``refusals`` instead: it must not stop the others.
        """
        end_ms = self._clock.now_ms() + (self._exchange.clock_offset_ms or 0)
        start_ms = max(end_ms - _WINDOW_MS, (self._synced_ms or 0) - _OVERLAP_MS)
        before = {order.order_id for order in self._tracker if order.is_open and order.order_id}
        told: set[str] = set()

        def learn(report: OrderReport) -> None:
            told.add(report.order_id)
            noted(self._tracker.merge_report(report))

        for report in await self._open(account_ids):
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

    async def _open(self, account_ids: Sequence[int]) -> list[OrderReport]:
        """Every open order of the accounts that answer."""
        found: list[OrderReport] = []
        for account_id in account_ids:
            try:
                found += await self._exchange.open_orders(account_id)
                self.refusals.pop(account_id, None)
            except ExchangeError as error:
                if account_id == account_ids[0] or is_passing(error):
                    raise
                self.refusals[account_id] = str(error)
        return found
