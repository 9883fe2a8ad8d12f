"""Rows C1–C4: clocks that are wrong, step, or stop for a while."""

from pathlib import Path

import pytest

from hbtui.model.order import OrderState
from hbtui.trading.views import Denied
from tests.catalogue.rig import LEASE_S, PLACE, SYMBOL, Rig, rig
from tests.support.warp_clock import WarpClock


class Skewed:
    """A computer's clock whose wall time is off by ``skew_ms``; its steady time is everybody's."""

    def __init__(self, clock: WarpClock, skew_ms: int = 0) -> None:
        self._clock = clock
        self.skew_ms = skew_ms

    def now_ms(self) -> int:
        """Wall clock, UTC ms, as this computer has it."""
        return self._clock.now_ms() + self.skew_ms

    def monotonic_s(self) -> float:
        """The steady clock."""
        return self._clock.monotonic_s()

    async def sleep(self, seconds: float) -> None:
        """Wait on the steady clock."""
        await self._clock.sleep(seconds)


def reads(it: Rig) -> int:
    """How often the open orders were read."""
    return len(it.proxy.requests("GET /v1/order/openOrders"))


@pytest.mark.parametrize("minutes", [-10, 10])
def test_c01_clock_off_at_the_start(tmp_path: Path, minutes: int) -> None:
    """With a clock ten minutes off nothing is sent and the screen says so, while signed reads carry HTX's time."""
    time = WarpClock()
    with rig(tmp_path, clock=time, engine_clock=Skewed(time, minutes * 60_000), is_started=False) as it:
        it.start(is_ready=False)
        it.until(lambda view: view.blocked and view.instruments and view.quote, what="the market")
        it.until_passing(lambda view: view.balances.balances and view.orders.is_known, 180, what="signed reads")
        it.until_passing(lambda view: "s off: set it right" in view.blocked, 90, what="the words")
        with pytest.raises(Denied):
            it.engine.place(it.request(), it.confirmation())
        assert it.posts() == []


@pytest.mark.parametrize("step_s", [90, -90])
def test_c02_clock_steps_in_mid_session(tmp_path: Path, step_s: int) -> None:
    """A step of the wall clock stops trading, and proves nothing absent before the lease's end on the steady clock."""
    time = WarpClock()
    own = Skewed(time)
    with rig(tmp_path, clock=time, engine_clock=own) as it:
        it.proxy.add("limit", PLACE, times=1)
        began_s = it.clock.monotonic_s()
        key = it.place()
        it.until_state(key, OrderState.UNCERTAIN)
        it.pass_time(280)
        own.skew_ms += step_s * 1000
        it.until_passing(lambda view: "clock" in view.blocked, 10, step_s=0.5)
        it.pass_time(LEASE_S - 12 - (it.clock.monotonic_s() - began_s))
        assert it.state(key) is OrderState.UNCERTAIN
        own.skew_ms = 0
        it.until_passing(lambda _: it.state(key) is OrderState.NOT_PLACED, 120)
        assert it.clock.monotonic_s() - began_s > LEASE_S


def test_c02_leap_second(tmp_path: Path) -> None:
    """A second that comes twice disturbs nothing: the times are UTC, of which summer time knows nothing."""
    time = WarpClock()
    own = Skewed(time)
    with rig(tmp_path, clock=time, engine_clock=own) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        own.skew_ms = -1000
        it.pass_time(65)
        assert not it.has_told("clock")
        it.until_ready()
        it.until_state(it.place(), OrderState.SUBMITTED)


def test_c03_server_time_wrong_once(tmp_path: Path) -> None:
    """One answer of the exchange's clock that is an hour off is outvoted, at the start and later."""
    with rig(tmp_path, is_started=False) as it:
        wrong = it.exchange.fault("/v1/common/timestamp", "shift", after=1, seconds=3600)
        it.start()
        assert wrong.struck == 1
        again = it.exchange.fault("/v1/common/timestamp", "shift", seconds=-3600)
        it.until_passing(lambda _: again.struck, 60)
        it.pass_time(2, step_s=1)
        offsets = [view.clock_offset_ms for view in it.views.copy() if view.clock_offset_ms is not None]
        assert offsets
        assert max(abs(offset) for offset in offsets) < 2000
        it.until_state(it.place(), OrderState.SUBMITTED)


@pytest.mark.parametrize("kind", ["suspended", "stopped"])
def test_c04_half_an_hour_away(tmp_path: Path, kind: str) -> None:
    """After half an hour's suspension or stop nothing is sent before everything was read again."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.mute()  # what happened meanwhile was told to nobody
        it.exchange.print_trade(SYMBOL, f"{it.confirmed[key].price:f}", "100000")
        before, seen = reads(it), len(it.views)
        if kind == "suspended":
            it.clock.step_ms += 1_800_000  # the steady clock stands still with the machine
        else:
            it.clock.jump(1_800)
        it.until(lambda _: any(view.blocked for view in it.views[seen:]), what="trading being stopped")
        it.until(lambda view: not view.blocked, what="trading again")
        assert reads(it) > before
        assert it.state(key) is OrderState.FILLED
        assert it.has_told("read again before trading")
