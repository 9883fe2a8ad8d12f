"""Time as the client needs it, so that a test can hold it."""

import asyncio
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock", "VenueClock"]


class Clock(Protocol):
    """Wall time, time that never steps, and waiting."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        ...

    def monotonic_s(self) -> float:
        """A clock that never steps, seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """A clock that never steps, seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds``."""
        await asyncio.sleep(seconds)


class VenueClock:
    """The venue's time, as far as it is known: own wall clock plus the offset last measured."""

    def __init__(self, clock: Clock) -> None:
        self.own = clock
        self.offset_ms: int | None = None
        """Venue's clock less own clock; ``None`` until measured."""

    def now_ms(self) -> int:
        """UTC ms on the venue's clock, or on the own one while nothing was measured."""
        return self.own.now_ms() + (self.offset_ms or 0)

    @property
    def off_s(self) -> float | None:
        """By how much the own clock is off, in seconds (positive is ahead), or ``None``."""
        return None if self.offset_ms is None else -self.offset_ms / 1000
