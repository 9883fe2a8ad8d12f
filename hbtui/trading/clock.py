"""The machine's clocks behind the ``Clock`` port."""

import asyncio
import time

__all__ = ["SystemClock"]


class SystemClock:
    """Wall clock, monotonic clock and waiting, as the operating system has them."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """A clock that never steps, seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running event loop."""
        await asyncio.sleep(seconds)
