"""The engine's heartbeat, and what it makes of time that jumps."""

import asyncio

import pytest

from hbtui.trading.pulse import Pulse
from tests.support.trading_values import NOW_MS
from tests.support.virtual_clock import VirtualClock, settle


class Beating:
    """A pulse that a test listens to."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOW_MS)
        self.beats: list[int] = []
        self.jumps: list[str] = []
        self.task = asyncio.create_task(Pulse(self.clock, self.beats.append, self.jumps.append).run())

    async def end(self) -> None:
        """Stop it."""
        self.task.cancel()
        await asyncio.wait({self.task})


async def test_it_beats_about_once_a_second() -> None:
    """Each beat carries the time; as long as time passes as it should, nothing is said."""
    pulse = Beating()
    await pulse.clock.advance(3.5)
    assert pulse.beats == [NOW_MS, NOW_MS + 1000, NOW_MS + 2000, NOW_MS + 3000]
    assert pulse.jumps == []
    await pulse.end()


@pytest.mark.parametrize(
    ("step_ms", "words"),
    [
        (90_000, "this computer was asleep, or its clock was set ahead, by 90 s"),
        (-3_600_000, "this computer's clock was set back by 3600 s"),
        (5_001, "by 5 s"),
        (5_000, ""),
        (-5_000, ""),
    ],
)
async def test_a_wall_clock_that_steps_is_told(step_ms: int, words: str) -> None:
    """A step of more than five seconds against the steady clock is told once; a smaller one is a correction."""
    pulse = Beating()
    await settle()
    pulse.clock.step_ms = step_ms
    await pulse.clock.advance(3)
    assert len(pulse.jumps) == bool(words)
    assert words in "".join(pulse.jumps)
    await pulse.end()


@pytest.mark.parametrize(("late_s", "words"), [(5.9, ""), (6.1, "hbtui stood still for 6 s"), (1800, "1800 s")])
async def test_a_loop_that_stood_still_is_told(late_s: float, words: str) -> None:
    """A beat that comes more than five seconds late says so: whatever was known may be long over."""
    pulse = Beating()
    await settle()
    pulse.clock.hold(late_s)
    await pulse.clock.advance(2)
    assert words in "".join(pulse.jumps)
    assert len(pulse.jumps) == bool(words)
    await pulse.end()
