"""Knows which bytes are on their way between the two ends of a loopback connection of this process."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

__all__ = ["CountedSocket", "Wires"]

Address = tuple[str, int]
_End = tuple[Address, Address]
_T = TypeVar("_T")


class CountedSocket:
    """A socket that counts what it sends and takes; everything else is the socket's own."""

    def __init__(self, inner: socket.socket, wires: "Wires") -> None:
        self._inner = inner
        self._wires = wires
        self.local: Address = inner.getsockname()
        self.remote: Address = inner.getpeername()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send(self, data: bytes) -> int:
        """Send, and count what the kernel took."""
        sent = self._inner.send(data)
        self._wires.moved((self.remote, self.local), sent)
        return sent

    def sendmsg(self, buffers: Sequence[bytes]) -> int:
        """Send several pieces, and count what the kernel took."""
        sent = self._inner.sendmsg(buffers)
        self._wires.moved((self.remote, self.local), sent)
        return sent

    def recv(self, size: int) -> bytes:
        """Receive, and count what came."""
        return self._taken(lambda: self._inner.recv(size), len)

    def recv_into(self, buffer: bytearray) -> int:
        """Receive into a buffer, and count what came."""
        return self._taken(lambda: self._inner.recv_into(buffer), int)

    def _taken(self, take: Callable[[], _T], size_of: Callable[[_T], int]) -> _T:
        end = (self.local, self.remote)
        try:
            taken = take()
        except (BlockingIOError, InterruptedError):
            raise
        except OSError:
            self._wires.ended(end)
            raise
        if size := size_of(taken):
            self._wires.moved(end, -size)
        else:
            self._wires.ended(end)
        return taken

    def close(self) -> None:
        """Close; the other end is to hear of it."""
        self._inner.close()
        self._wires.closed((self.local, self.remote))


class Wires:
    """What was sent and has not arrived yet, by receiving end."""

    def __init__(self) -> None:
        self._due: dict[_End, int] = {}
        self._readers: dict[_End, asyncio.Transport] = {}
        self._is_ending: set[_End] = set()

    def join(self, end: CountedSocket, transport: asyncio.Transport) -> None:
        """Note who reads at this end."""
        self._readers[end.local, end.remote] = transport

    def moved(self, receiver: _End, count: int) -> None:
        """Note bytes that were sent to an end (positive) or taken by it (negative)."""
        self._due[receiver] = self._due.get(receiver, 0) + count

    def ended(self, end: _End) -> None:
        """Note that an end has seen the last of its connection."""
        self._due.pop(end, None)
        self._is_ending.discard(end)

    def closed(self, end: _End) -> None:
        """Note that an end was closed: it takes nothing any more, and the other one is to hear of it."""
        self._readers.pop(end, None)
        self.ended(end)
        other = (end[1], end[0])
        if other in self._readers:
            self._is_ending.add(other)

    @property
    def are_quiet(self) -> bool:
        """Whether everything that was sent has been taken, but for ends that do not read now."""
        return not any(
            (self._due.get(end, 0) > 0 or end in self._is_ending) and transport.is_reading()
            for end, transport in self._readers.items()
        )
