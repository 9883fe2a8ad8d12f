"""HTX's limits are kept before HTX has to say so, and a cancel waits for nobody."""

import asyncio

import pytest

from hbtui.htx.limits import Group, RateLimits
from tests.support.virtual_clock import VirtualClock, settle


async def _taken(limits: RateLimits, clock: VirtualClock, group: Group, seconds: float, asked: int) -> int:
    """How many of many calls got through within a time."""
    passed = 0

    async def call() -> None:
        nonlocal passed
        await limits.take(group)
        passed += 1

    tasks = [asyncio.create_task(call()) for _ in range(asked)]
    await settle()
    await clock.advance(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return passed


@pytest.mark.parametrize(
    ("group", "granted", "seconds"),
    [(Group.PLACE, 100, 2), (Group.CANCEL, 100, 2), (Group.ORDERS, 50, 2), (Group.HISTORY, 20, 2),
     (Group.ACCOUNT, 50, 2), (Group.REFERENCE, 100, 2)],
)  # fmt: skip
async def test_a_span_never_holds_more_than_htx_grants(group: Group, granted: int, seconds: float) -> None:
    """A burst after a pause plus what follows stays below the grant of the span, and most of it is used."""
    clock = VirtualClock()
    passed = await _taken(RateLimits(clock), clock, group, seconds, granted * 2)
    assert granted * 0.7 <= passed <= granted


async def test_cancels_have_a_lane_of_their_own() -> None:
    """With every other group exhausted and paused, a cancel leaves at once."""
    clock = VirtualClock()
    limits = RateLimits(clock)
    for group in Group:
        if group is not Group.CANCEL:
            limits.pause(group, 30)
            assert limits.wait_s(group) == pytest.approx(30)
    assert limits.wait_s(Group.CANCEL) == 0
    await asyncio.wait_for(limits.take(Group.CANCEL), 1)


async def test_a_pause_is_kept_and_ends() -> None:
    """After "too many" the group waits as long as HTX says, one second where it does not, never for long."""
    clock = VirtualClock()
    limits = RateLimits(clock)
    limits.pause(Group.ORDERS, None)
    assert limits.wait_s(Group.ORDERS) == pytest.approx(1)
    limits.pause(Group.ORDERS, 1e9)
    assert limits.wait_s(Group.ORDERS) == pytest.approx(30)
    limits.pause(Group.ORDERS, -5)
    assert limits.wait_s(Group.ORDERS) == pytest.approx(30)
    waiting = asyncio.create_task(limits.take(Group.ORDERS))
    await clock.advance(29.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert waiting.done()


async def test_a_rested_bucket_does_not_overflow() -> None:
    """An hour of silence does not save up an hour of calls."""
    clock = VirtualClock()
    limits = RateLimits(clock)
    await clock.advance(3600)
    assert await _taken(limits, clock, Group.HISTORY, 2, 100) <= 20
