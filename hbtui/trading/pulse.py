"""The engine's heartbeat, which also notices when time has jumped: a sleep, a step of the clock, a blocked loop."""

from collections.abc import Callable

from hbtui.trading.ports import Clock

__all__ = ["Pulse"]

_BEAT_S = 1.0
_JUMP_S = 5.0


class Pulse:
    """Calls ``beat`` with the time, UTC ms, about once a second, and ``jumped`` with what happened, in words."""

    def __init__(self, clock: Clock, beat: Callable[[int], None], jumped: Callable[[str], None]) -> None:
        self._clock = clock
        self._beat = beat
        self._jumped = jumped

    async def run(self) -> None:
        """Beat until cancelled."""
        wall_ms, steady_s = self._clock.now_ms(), self._clock.monotonic_s()
        self._beat(wall_ms)
        while True:
            await self._clock.sleep(_BEAT_S)
            now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
            if text := _told((now_ms - wall_ms) / 1000, now_s - steady_s):
                self._jumped(text)
            wall_ms, steady_s = now_ms, now_s
            self._beat(now_ms)


def _told(wall_s: float, steady_s: float) -> str:
    """What two clocks say of the time between two beats, where it is out of the ordinary."""
    step_s = wall_s - steady_s
    if step_s > _JUMP_S:
        return f"this computer was asleep, or its clock was set ahead, by {step_s:.0f} s"
    if step_s < -_JUMP_S:
        return f"this computer's clock was set back by {-step_s:.0f} s"
    if steady_s > _BEAT_S + _JUMP_S:
        return f"hbtui stood still for {steady_s:.0f} s"
    return ""
