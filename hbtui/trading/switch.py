"""The dead man's switch: while it is armed, the venue cancels every spot order of the user unless it is put off."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from hbtui.model.errors import ExchangeError
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.views import SwitchView
from hbtui.trading.waiting import happened

__all__ = ["LEAST_S", "DeadMansSwitch"]

LEAST_S = 30
"""The shortest time-out, seconds: shorter ones strike at the first hiccup of a network."""
_AFTER_FAILURE_S = 5.0
_STRUCK = "it was not put off in time: the exchange may have cancelled every spot order"
_UNSURE = "It is not known whether the switch is off: the exchange may still cancel every spot order"


class DeadMansSwitch:
    """Never armed without being asked; put off three times within each time-out. One loop's own.

    ``on_change`` hears that :attr:`view` is another one.
    """

    def __init__(self, exchange: Exchange, clock: Clock, on_change: Callable[[], None]) -> None:
        self._exchange = exchange
        self._clock = clock
        self._on_change = on_change
        self._wanted_s = 0
        self._is_asked = asyncio.Event()
        self._has_struck = False
        self.view = SwitchView()

    def arm(self, seconds: int) -> None:
        """Arm it, or disarm it with 0. Raises ``ValueError`` for a time-out below :data:`LEAST_S`."""
        if seconds and seconds < LEAST_S:
            message = f"The dead man's switch takes {LEAST_S} s and more."
            raise ValueError(message)
        self._wanted_s, self._has_struck = seconds, False
        self._is_asked.set()

    async def run(self) -> None:
        """Do what was asked, and keep putting it off, until cancelled."""
        while True:
            if self._wanted_s or self.view.timeout_s:
                pause_s = _AFTER_FAILURE_S if self.view.failures else self._wanted_s / 3
                await happened(self._is_asked, self._clock, pause_s)
            else:
                await self._is_asked.wait()
            self._is_asked.clear()
            await self._ask(self._wanted_s)

    async def close(self, timeout_s: float) -> str:
        """Disarm it where it may be armed, within the time; say in a sentence what is not known then, or nothing."""
        if not self.view.timeout_s:
            return ""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ask(0)
        return f"{_UNSURE}. {self.view.problem}".strip() if self.view.timeout_s else ""

    async def _ask(self, seconds: int) -> None:
        before = self.view
        # from here on it may be armed, whatever the answer: what is not known to be off counts as on
        self._show(replace(before, timeout_s=seconds or before.timeout_s))
        try:
            trigger_ms = await self._exchange.cancel_all_after(seconds)
        except ExchangeError as error:
            self._show(replace(self.view, failures=before.failures + 1, problem=str(error)))
            return
        if not seconds:
            self._show(SwitchView())
            return
        own_ms = None if trigger_ms is None else trigger_ms - (self._exchange.clock_offset_ms or 0)
        self._has_struck |= before.trigger_ms is not None and self._clock.now_ms() > before.trigger_ms
        self._show(SwitchView(timeout_s=seconds, trigger_ms=own_ms, problem=_STRUCK if self._has_struck else ""))

    def _show(self, view: SwitchView) -> None:
        if view != self.view:
            self.view = view
            self._on_change()
