"""The dead man's switch: armed when asked, put off in time, honest when the exchange does not answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from hbtui.model.errors import NetworkError
from hbtui.trading.switch import DeadMansSwitch
from hbtui.trading.views import SwitchView
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import NOW_MS
from tests.support.virtual_clock import VirtualClock, settle


@dataclass
class Rig:
    """A running switch."""

    exchange: ScriptedExchange
    clock: VirtualClock
    switch: DeadMansSwitch
    shown: list[SwitchView]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A switch that nobody has armed."""
    exchange, clock = ScriptedExchange(), VirtualClock(NOW_MS)
    shown: list[SwitchView] = []
    switch = DeadMansSwitch(exchange, clock, lambda: shown.append(switch.view))
    task = asyncio.create_task(switch.run())
    await settle()
    yield Rig(exchange, clock, switch, shown)
    task.cancel()
    await asyncio.wait({task})


async def test_it_is_never_armed_without_being_asked(rig: Rig) -> None:
    """As long as nobody arms it the exchange hears nothing, not even at the end."""
    await rig.clock.advance(3600)
    assert await rig.switch.close(1) == ""
    assert (rig.exchange.armed, rig.switch.view, rig.shown) == ([], SwitchView(), [])


async def test_it_is_armed_at_once_and_put_off_three_times_a_period(rig: Rig) -> None:
    """Armed with 60 s it is put off every 20; the time it strikes is told by this computer's clock."""
    rig.exchange.clock_offset_ms = 700
    rig.switch.arm(60)
    await settle()
    assert rig.switch.view == SwitchView(timeout_s=60, trigger_ms=NOW_MS + 60_000)
    await rig.clock.advance(19.9)
    assert rig.exchange.armed == [60]
    await rig.clock.advance(40.2)
    assert rig.exchange.armed == [60, 60, 60, 60]


async def test_it_is_disarmed_by_zero(rig: Rig) -> None:
    """Disarming asks the exchange once, and then it is off."""
    rig.switch.arm(30)
    await settle()
    rig.switch.arm(0)
    await rig.clock.advance(100)
    assert (rig.exchange.armed, rig.switch.view) == ([30, 0], SwitchView())


@pytest.mark.parametrize("seconds", [1, 5, 29, -1])
async def test_a_time_that_a_hiccup_would_outlast_is_refused(rig: Rig, seconds: int) -> None:
    """Below 30 s the switch is not armed."""
    with pytest.raises(ValueError, match="30 s and more"):
        rig.switch.arm(seconds)
    await rig.clock.advance(10)
    assert rig.exchange.armed == []


async def test_failures_are_counted_and_the_last_known_time_stands(rig: Rig) -> None:
    """While the exchange does not answer it is asked every five seconds, and the count and the reason are shown."""
    rig.switch.arm(30)
    await settle()
    rig.exchange.failing["cancel_all_after"] = NetworkError("No answer.")
    await rig.clock.advance(20.1)
    assert rig.switch.view == SwitchView(timeout_s=30, trigger_ms=NOW_MS + 30_000, failures=3, problem="No answer.")
    assert rig.exchange.armed == [30] * 4
    rig.exchange.failing.clear()
    await rig.clock.advance(5)
    assert rig.switch.view == SwitchView(timeout_s=30, trigger_ms=NOW_MS + 30_000)


async def test_an_arming_without_an_answer_counts_as_armed(rig: Rig) -> None:
    """What is not known to be off counts as on: it is shown without a time, and disarmed at the end."""
    rig.exchange.failing["cancel_all_after"] = NetworkError("No answer.")
    rig.switch.arm(30)
    await settle()
    assert rig.switch.view == SwitchView(timeout_s=30, failures=1, problem="No answer.")
    rig.exchange.failing.clear()
    assert await rig.switch.close(1) == ""
    assert rig.exchange.armed == [30, 0]


async def test_a_switch_that_was_not_put_off_in_time_may_have_struck(rig: Rig) -> None:
    """After a sleep beyond its time the person is told what may have happened, until he arms it anew."""
    rig.switch.arm(30)
    await settle()
    rig.clock.step_ms = 1_800_000
    await rig.clock.advance(10.1)
    assert "may have cancelled every spot order" in rig.switch.view.problem
    await rig.clock.advance(10.1)
    assert "may have cancelled every spot order" in rig.switch.view.problem
    rig.exchange.clock_offset_ms = -3_600_000
    rig.switch.arm(60)
    await settle()
    rig.clock.step_ms = 0
    rig.switch.arm(60)
    await settle()
    assert rig.switch.view.problem == ""


async def test_an_end_without_an_answer_is_told(rig: Rig) -> None:
    """Where the disarming is not answered, whoever closes hears that it may still strike."""
    rig.switch.arm(30)
    await settle()
    rig.exchange.failing["cancel_all_after"] = NetworkError("No answer.")
    told = await rig.switch.close(1)
    assert told.startswith("It is not known whether the switch is off")
    assert told.endswith("No answer.")
    assert rig.exchange.armed == [30, 0]


async def test_an_end_that_takes_too_long_is_told(rig: Rig) -> None:
    """Closing does not wait for ever for the exchange."""

    class Stuck(ScriptedExchange):
        async def cancel_all_after(self, seconds: int) -> int | None:
            """Answer the arming, and never the rest."""
            if not seconds:
                await asyncio.get_running_loop().create_future()
            return await super().cancel_all_after(seconds)

    switch = DeadMansSwitch(Stuck(), rig.clock, lambda: None)
    task = asyncio.create_task(switch.run())
    switch.arm(30)
    await settle()
    assert "not known whether" in await switch.close(0.01)
    task.cancel()
