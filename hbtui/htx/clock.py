"""Time as the client needs it, so that a test can hold it."""

import asyncio
import statistics
import time
from collections import deque
from typing import Protocol

__all__ = ["MEASUREMENTS", "Clock", "SystemClock", "VenueClock"]

MEASUREMENTS = 5
"""How many measurements of the venue's clock count."""


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
    """The venue's time, as far as it is known.

    It is the median of the last five measurements, carried on by a clock that never steps: neither one wrong answer
    of the venue nor a step of the own wall clock moves it.
    """

    def __init__(self, clock: Clock) -> None:
        self.own = clock
        self._starts_ms: deque[float] = deque(maxlen=MEASUREMENTS)

    def measured(self, venue_ms: int, at_s: float) -> None:
        """Take one measurement: the venue's clock at a moment of the own clock that never steps."""
        self._starts_ms.append(venue_ms - at_s * 1000)

    def now_ms(self) -> int:
        """UTC ms on the venue's clock, or on the own one while nothing was measured."""
        if not self._starts_ms:
            return self.own.now_ms()
        # of an even number the newest waits: the median of two would be halfway to a wrong one
        odd = list(self._starts_ms)[: len(self._starts_ms) - 1 | 1]
        return round(statistics.median(odd) + self.own.monotonic_s() * 1000)

    @property
    def offset_ms(self) -> int | None:
        """Venue's clock less own wall clock, now; ``None`` until measured. It shows a step of the own clock at once."""
        return self.now_ms() - self.own.now_ms() if self._starts_ms else None

    @property
    def off_s(self) -> float | None:
        """By how much the own clock is off, in seconds (positive is ahead), or ``None``."""
        offset_ms = self.offset_ms
        return None if offset_ms is None else -offset_ms / 1000
