"""Writes own orders down as they change, behind everything else."""

import asyncio
from collections.abc import Callable

from hbtui.model.errors import JournalError
from hbtui.model.order import Order
from hbtui.trading.ports import Clock, Journal

__all__ = ["Recording"]


class Recording:
    """Keeps what is still to be written: of each order the newest state alone. One loop's own."""

    def __init__(self, journal: Journal, clock: Clock, on_broken: Callable[[str], None]) -> None:
        self._journal = journal
        self._clock = clock
        self._on_broken = on_broken
        self._unwritten: dict[str, Order] = {}
        self._is_wanted = asyncio.Event()

    def note(self, order: Order) -> None:
        """Have an own order written as it is now."""
        self._unwritten[order.key] = order
        self._is_wanted.set()

    async def run(self) -> None:
        """Write whatever is noted, until cancelled."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            await self.write_down()

    async def write_down(self) -> None:
        """Write what changed since the last time."""
        while self._unwritten:
            order = self._unwritten.pop(next(iter(self._unwritten)))
            try:
                await self._journal.record_order(order, self._clock.now_ms())
            except JournalError as error:
                self._on_broken(str(error))
                return
