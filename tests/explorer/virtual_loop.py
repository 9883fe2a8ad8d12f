"""An event loop whose time is virtual: real sockets, real threads, and no waiting.

Time stands still while anything can happen: a callback is ready, bytes are on their way between two ends of a
loopback connection, or a thread is at work. Only when nothing can, it jumps to the next timer.
"""

import asyncio
import math
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.explorer.wires import CountedSocket, Wires

__all__ = ["StandStill", "VirtualLoop"]

_THREAD_LIMIT_S = 20.0
_WIRE_WAIT_S = 0.001
_WIRE_WAITS = 5000
_TURNS = 300_000
"""More turns of the loop than these within one moment are an endless loop."""
_SHORT_STEP_S = 0.01
_LONG_STEP_S = 1.0


class StandStill(Exception):
    """No time can pass: nothing is under way and no timer is set, or something is for ever ready and nothing waits."""


class _Selector(selectors.DefaultSelector):
    """Asks the kernel without waiting, and lets time jump where there is nothing to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.when_idle: Callable[[float | None], None] = lambda _: None
        self.is_busy: Callable[[], bool] = lambda: False
        self.wires = Wires()
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, let virtual time pass instead of real time."""
        events = super().select(0)
        self._turns += 1
        if self._turns > _TURNS:
            message = "something is done over and over while no time passes"
            raise StandStill(message)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.is_busy():
            if events := super().select(_THREAD_LIMIT_S):  # a thread that is done wakes the loop through its own pipe
                return events
            message = "a thread is at work, and never comes back"
            raise StandStill(message)
        waits = 0
        while not self.wires.are_quiet and waits < _WIRE_WAITS:
            if events := super().select(_WIRE_WAIT_S):
                return events
            waits += 1
        if waits == _WIRE_WAITS:
            message = "bytes that were sent over loopback did not arrive"
            raise AssertionError(message)
        self._turns = 0
        self.when_idle(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes in steps: short ones until :attr:`lively_until_s`, then long ones, as on a machine at rest.

    Timers fire at the step that reaches them, up to a step late, and never early.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self.lively_until_s = 0.0
        self._threads = 0
        self.is_down = False
        """Whether every new connection is refused."""
        self.refusals = 0
        self.own_ends: set[asyncio.Transport] = set()
        """The connections that were made from here, not those that were accepted."""
        selector = _Selector()
        self._wires = selector.wires
        super().__init__(selector)
        self._clock_resolution = 1e-6
        selector.when_idle = self._jump
        selector.is_busy = lambda: self._threads > 0

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    @contextmanager
    def thread_at_work(self) -> Iterator[None]:
        """Hold time while another thread does something for this loop."""
        self._threads += 1
        try:
            yield
        finally:
            self._threads -= 1

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect, or be refused while the network is down."""
        if self.is_down:
            self.refusals += 1
            raise ConnectionRefusedError(111, "Connection refused")
        await super().sock_connect(sock, address)

    def cut(self) -> int:
        """Cut every connection that was made from here; what was sent still arrives. Says how many there were."""
        ends = [end for end in self.own_ends if not end.is_closing()]
        for end in ends:
            end.abort()
        return len(ends)

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **kwargs: Any) -> asyncio.Transport:
        counted = CountedSocket(sock, self._wires)
        transport: asyncio.Transport = super()._make_socket_transport(counted, *args, **kwargs)  # type: ignore[misc]  # asyncio's own seam, which its type stubs leave out
        self._wires.join(counted, transport)
        self.own_ends = {end for end in self.own_ends if not end.is_closing()}
        if kwargs.get("server") is None:
            self.own_ends.add(transport)
        return transport

    def _jump(self, timeout: float | None) -> None:
        if timeout is None:
            message = "nothing can happen any more"
            raise StandStill(message)
        step_s = _SHORT_STEP_S if self._now_s < self.lively_until_s else _LONG_STEP_S
        next_step_s = math.floor(self._now_s / step_s + 1 + 1e-6) * step_s
        self._now_s = max(self._now_s + timeout, next_step_s)
