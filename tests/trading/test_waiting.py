"""Waiting for an event, within a time."""

import asyncio

from hbtui.trading.waiting import happened
from tests.support.virtual_clock import VirtualClock, settle


async def test_what_has_happened_is_not_waited_for() -> None:
    """An event that is set already is answered without a look at the clock."""
    event = asyncio.Event()
    event.set()
    assert await happened(event, VirtualClock(), 1)


async def test_the_event_ends_the_wait() -> None:
    """The wait ends as soon as the event comes, with nothing left behind."""
    event = asyncio.Event()
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(happened(event, VirtualClock(), 1))
    await settle()
    assert not waiting.done()
    event.set()
    assert await waiting
    await settle()
    assert asyncio.all_tasks() == before


async def test_patience_ends_the_wait() -> None:
    """When the time is over the answer is that it has not happened."""
    clock = VirtualClock()
    waiting = asyncio.ensure_future(happened(asyncio.Event(), clock, 1))
    await settle()
    await clock.advance(0.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert not await waiting


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    """Who waits may be cancelled; both waits inside end with it."""
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(happened(asyncio.Event(), VirtualClock(), 1))
    await settle()
    waiting.cancel()
    await settle()
    assert asyncio.all_tasks() == before
