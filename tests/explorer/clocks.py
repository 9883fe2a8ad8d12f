"""Both sides' time, taken from the virtual loop."""

import asyncio

__all__ = ["BEGIN_MS", "LoopClock"]

BEGIN_MS = 1_700_000_000_000
"""What every wall clock says when a schedule begins, UTC ms."""


class LoopClock:
    """A clock on a loop's time; ``step_ms`` is what its wall clock was set ahead by."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.step_ms = 0

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return BEGIN_MS + round(self._loop.time() * 1000) + self.step_ms

    def monotonic_s(self) -> float:
        """Seconds since the loop was made."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the loop."""
        await asyncio.sleep(seconds)
