"""Waiting for something to happen, within a time on the engine's clock."""

import asyncio

from hbtui.trading.ports import Clock

__all__ = ["happened"]


async def happened(event: asyncio.Event, clock: Clock, patience_s: float) -> bool:
    """Wait for the event, though no longer than ``patience_s``; whether it is set."""
    if event.is_set():
        return True
    waits = {asyncio.ensure_future(one) for one in (event.wait(), clock.sleep(patience_s))}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    return event.is_set()
