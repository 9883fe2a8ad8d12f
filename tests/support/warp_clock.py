"""The machine's time, which a test can put forward for every loop and thread that goes by it."""

import asyncio
import contextlib
import threading
import time

__all__ = ["WarpClock"]


class WarpClock:
    """Runs like any clock; :meth:`jump` lets seconds pass at once. Safe from any thread."""

    def __init__(self) -> None:
        self._begun_s = time.monotonic()
        self._begun_ms = time.time_ns() // 1_000_000
        self._ahead_s = 0.0
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()
        self.step_ms = 0
        """What the wall clock was set ahead by, beside the monotonic one."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        return self._begun_ms + round(self.monotonic_s() * 1000) + self.step_ms

    def monotonic_s(self) -> float:
        """Seconds that passed, those that were jumped over included."""
        return time.monotonic() - self._begun_s + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        due_s = self.monotonic_s() + seconds
        loop = asyncio.get_running_loop()
        while (left_s := due_s - self.monotonic_s()) > 0:
            woken = asyncio.Event()
            timer = loop.call_later(left_s, woken.set)
            with self._lock:
                self._sleepers.add((loop, woken))
            try:
                await woken.wait()
            finally:
                timer.cancel()
                with self._lock:
                    self._sleepers.discard((loop, woken))

    def jump(self, seconds: float) -> None:
        """Let time pass at once: whoever slept no longer than that wakes."""
        with self._lock:
            self._ahead_s += seconds
            sleepers = list(self._sleepers)
        for loop, woken in sleepers:
            with contextlib.suppress(RuntimeError):  # a loop that has ended has nobody to wake
                loop.call_soon_threadsafe(woken.set)
