"""Time that stands still until a test moves it."""

import asyncio
import heapq
import itertools

__all__ = ["VirtualClock"]


class VirtualClock:
    """A clock for one event loop: ``advance`` wakes the sleepers in the order of their times."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._start_ms = now_ms
        self._seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self.step_ms = 0
        """What the wall clock was set ahead by, beside the monotonic one."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return self._start_ms + round(self._seconds * 1000) + self.step_ms

    def monotonic_s(self) -> float:
        """Seconds that passed."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until a test has advanced the clock far enough."""
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._seconds + seconds, next(self._numbers), future))
        await future

    def hold(self, seconds: float) -> None:
        """Let time pass during which nobody runs: as a blocked loop, or a stopped process, sees it."""
        self._seconds += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass; whoever wakes gets to run before later sleepers wake."""
        until = self._seconds + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, future = heapq.heappop(self._sleepers)
            self._seconds = max(self._seconds, at)
            if not future.done():
                future.set_result(None)
                await settle()
        self._seconds = until
        await settle()


async def settle(turns: int = 50) -> None:
    """Let everything run that can run without time passing."""
    for _ in range(turns):
        await asyncio.sleep(0)
