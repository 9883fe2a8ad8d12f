"""Waiting on a condition instead of on time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

__all__ = ["eventually", "eventually_sync"]


async def eventually(
    condition: Callable[[], object | Awaitable[object]], timeout_s: float = 40, what: str = ""
) -> None:
    """Return as soon as the condition is true; fail with its name when it does not come true in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if isinstance(result, Awaitable):
            result = await result
        if result:
            return
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            message = f"{name} did not come true within {timeout_s} s"
            raise AssertionError(message)
        await asyncio.sleep(0.01)


def eventually_sync(condition: Callable[[], object], timeout_s: float = 40, what: str = "") -> None:
    """Do the same from a test without an event loop."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            message = f"{name} did not come true within {timeout_s} s"
            raise AssertionError(message)
        time.sleep(0.01)
