"""A TCP proxy that spoils bytes: what leaves it is what came in, but for the toxics in force.

It knows just enough HTTP to tell where a client's request begins, so that a toxic can be for one path alone.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeVar

__all__ = ["FaultProxy", "Seen", "Toxic", "fault_proxy"]

Kind = Literal["latency", "slice", "hold", "limit", "reset", "black-hole", "slow-close", "corrupt", "late"]
Way = Literal["up", "down"]
_T = TypeVar("_T")
_PATIENCE_S = 20
_CHUNK = 1 << 16
_VERBS = (b"GET ", b"POST ")


@dataclass(eq=False, kw_only=True)
class Toxic:
    """One way to spoil a connection, in one direction (``up`` is to the exchange), where ``match`` is in the head.

    ``latency``: each chunk waits ``seconds``. ``slice``: ``size`` bytes every ``seconds``. ``hold``: kept back until
    :meth:`FaultProxy.release`. ``limit`` and ``reset``: after ``size`` bytes of the request or of its answer the
    connection is closed, or reset. ``black-hole``: nothing passes, nothing is said, nothing is closed. ``slow-close``:
    the end is told ``seconds`` late. ``corrupt``: ``change`` is applied to each chunk. ``late``: the request is taken
    whole, its sender is reset, and it goes on to the exchange when released, over a connection of its own.
    """

    kind: Kind
    way: Way = "up"
    match: bytes = b""
    times: int | None = None
    """How many requests it strikes; ``None``: all."""
    size: int = 0
    seconds: float = 0.0
    change: Callable[[bytes], bytes] = bytes.swapcase
    struck: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    answers: list[bytes] = field(default_factory=list)
    """What the exchange said to requests that went on ``late``."""


@dataclass(eq=False)
class Seen:
    """One request as it came from the client, and how much of an answer went back."""

    head: bytes = b""
    body: bytes = b""
    answered: int = 0

    @property
    def line(self) -> str:
        """Method and path, without the query."""
        method, _, rest = self.head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        return f"{method} {rest.split(' ')[0].split('?')[0]}"

    @property
    def is_whole(self) -> bool:
        """Whether head and body are complete."""
        return b"\r\n\r\n" in self.head and len(self.body) >= self.length

    @property
    def length(self) -> int:
        """How many bytes its body has."""
        for line in self.head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return int(line.partition(b":")[2])
        return 0

    def add(self, data: bytes) -> None:
        """Take more bytes of it."""
        if b"\r\n\r\n" in self.head:
            self.body += data
            return
        head, end, body = (self.head + data).partition(b"\r\n\r\n")
        self.head, self.body = head + end, self.body + body


class _Cut(Exception):
    """The connection is to end now; ``is_reset`` says how."""

    def __init__(self, *, is_reset: bool) -> None:
        super().__init__("cut")
        self.is_reset = is_reset


@dataclass(eq=False)
class _Connection:
    client: asyncio.StreamWriter
    exchange: asyncio.StreamWriter
    seen: Seen = field(default_factory=Seen)
    bound: set[Toxic] = field(default_factory=set)
    passed: dict[Toxic, int] = field(default_factory=dict)

    def begin(self, seen: Seen) -> None:
        self.seen = seen
        self.bound.clear()
        self.passed.clear()


class FaultProxy:
    """Listens on ``port`` of loopback and passes on to ``upstream``; every method is safe from any thread."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.port = 0
        self.seen: list[Seen] = []
        """Every HTTP request, the sockets' handshakes included, in the order of their first bytes."""
        self.refusals = 0
        """Connections that were made and closed at once, while no upstream could be reached."""
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._toxics: list[Toxic] = []
        self._open: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, kind: Kind, match: str = "", way: Way = "up", **values: object) -> Toxic:
        """Put a toxic in force for requests with ``match`` in their head (``""``: all, also those under way)."""

        async def put() -> Toxic:
            toxic = Toxic(kind=kind, way=way, match=match.encode(), **values)  # type: ignore[arg-type]  # raises if wrong
            self._toxics.append(toxic)
            return toxic

        return self.run(put())

    def remove(self, *toxics: Toxic) -> None:
        """Lift toxics (without any: all of them); what they hold back passes."""

        async def lift() -> None:
            for toxic in toxics or tuple(self._toxics):
                toxic.released.set()
                with contextlib.suppress(ValueError):
                    self._toxics.remove(toxic)

        self.run(lift())

    def release(self, toxic: Toxic) -> None:
        """Let pass what the toxic holds back; it holds nothing back any more."""
        self.run(_called(toxic.released.set))

    def cut(self, match: str = "", *, spare: str = "", is_reset: bool = True) -> int:
        """End the connections whose request has ``match`` in its head, and not ``spare``; says how many."""

        def end() -> int:
            found = [one for one in self._open if match.encode() in one.seen.head]
            found = [one for one in found if not spare or spare.encode() not in one.seen.head]
            for connection in found:
                _end(connection, is_reset=is_reset)
            return len(found)

        return self.run(_called(end))

    def connections(self, match: str = "") -> int:
        """How many connections are open whose request has ``match`` in its head."""
        return self.run(_called(lambda: sum(match.encode() in one.seen.head for one in self._open)))

    @contextmanager
    def down(self, *, spare: str = "") -> Iterator[None]:
        """Refuse connections, and reset those that are open, but for those with ``spare`` in their head."""
        self.run(self._close())
        self.cut(spare=spare)
        try:
            yield
        finally:
            self.run(self.listen())

    def requests(self, line: str) -> list[Seen]:
        """The requests with this method and path."""
        return [seen for seen in self.seen.copy() if seen.line == line]

    async def listen(self) -> None:
        """Begin to listen, on the port of the last time if there was one."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def run(self, work: Coroutine[object, object, _T]) -> _T:
        """Run something on the proxy's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    def serve(self) -> None:
        """Live, on this thread, until :meth:`stop`."""
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def stop(self) -> None:
        """End it with everything that is open."""

        async def end() -> None:
            await self._close()
            for one in self._open:  # what nobody reads any more would keep its socket open
                one.client.transport.abort()
                one.exchange.transport.abort()
            # a connection that is just being accepted begins a task of its own meanwhile: until there is none
            while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in tasks & self._tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                await asyncio.sleep(0)

        self.run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._serve(reader, writer))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_exchange, to_exchange = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            self.refusals += 1
            writer.transport.abort()
            return
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        connection = _Connection(writer, to_exchange)
        self._open.add(connection)
        pumps = [
            self._loop.create_task(self._pump(connection, reader, to_exchange, "up")),
            self._loop.create_task(self._pump(connection, from_exchange, writer, "down")),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._open.discard(connection)
            _end(connection, is_reset=False)

    async def _pump(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way
    ) -> None:
        try:
            while data := await reader.read(_CHUNK):
                if way == "up":
                    self._note(connection, data)
                else:
                    connection.seen.answered += len(data)
                await self._passed_on(connection, data, writer, way)
            for toxic in self._striking(connection, way):
                if toxic.kind == "slow-close":
                    await asyncio.sleep(toxic.seconds)
                elif toxic.kind == "black-hole":
                    await toxic.released.wait()
        except _Cut as cut:
            _end(connection, is_reset=cut.is_reset)
        except OSError:
            _end(connection, is_reset=True)

    def _note(self, connection: _Connection, data: bytes) -> None:
        if data.startswith(_VERBS) and (connection.seen.is_whole or not connection.seen.head):
            connection.begin(Seen())
            self.seen.append(connection.seen)
        connection.seen.add(data)

    def _striking(self, connection: _Connection, way: Way) -> list[Toxic]:
        """Say which toxics spoil this request (or socket) in this direction."""
        found = []
        for toxic in self._toxics:
            if toxic.way != way or toxic.match not in connection.seen.head:
                continue
            if toxic not in connection.bound:
                if toxic.times is not None and toxic.struck >= toxic.times:
                    continue
                connection.bound.add(toxic)
                toxic.struck += 1
            found.append(toxic)
        return found

    async def _passed_on(self, connection: _Connection, data: bytes, writer: asyncio.StreamWriter, way: Way) -> None:
        for toxic in self._striking(connection, way):
            if toxic.kind == "latency":
                await asyncio.sleep(toxic.seconds)
            elif toxic.kind in {"hold", "black-hole"}:
                await toxic.released.wait()
            elif toxic.kind == "corrupt":
                data = toxic.change(data)
            elif toxic.kind == "slice":
                for at in range(0, len(data), toxic.size):
                    await _written(writer, data[at : at + toxic.size])
                    await asyncio.sleep(toxic.seconds)
                return
            elif toxic.kind == "late":
                await self._taken(connection, toxic)
                return
            elif toxic.kind in {"limit", "reset"}:
                before = connection.passed.get(toxic, 0)
                connection.passed[toxic] = before + len(data)
                if before + len(data) >= toxic.size:
                    await _written(writer, data[: toxic.size - before])
                    raise _Cut(is_reset=toxic.kind == "reset")
        await _written(writer, data)

    async def _taken(self, connection: _Connection, toxic: Toxic) -> None:
        """Swallow a request; once it is whole, forget its sender and deliver it when that is allowed."""
        if connection.seen.is_whole:
            self._spawn(self._deliver(connection.seen, toxic))
            raise _Cut(is_reset=True)

    async def _deliver(self, seen: Seen, toxic: Toxic) -> None:
        await toxic.released.wait()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            await _written(writer, seen.head + seen.body)
            answer = Seen()
            while not answer.is_whole and (data := await reader.read(_CHUNK)):
                answer.add(data)
            toxic.answers.append(answer.head + answer.body)
        finally:
            writer.close()


async def _called(function: Callable[[], _T]) -> _T:
    return function()


async def _written(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


def _end(connection: _Connection, *, is_reset: bool) -> None:
    """Close both halves; a reset is told by a lingering of no time."""
    for writer in (connection.client, connection.exchange):
        if is_reset:
            found = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        else:
            writer.close()


@contextmanager
def fault_proxy(upstream: int) -> Iterator[FaultProxy]:
    """Run a proxy in front of a loopback port, in a thread of its own."""
    proxy = FaultProxy(upstream)
    thread = threading.Thread(target=proxy.serve, name="proxy", daemon=True)
    thread.start()
    proxy.run(proxy.listen())
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join(_PATIENCE_S)
    assert not thread.is_alive(), "the proxy did not end"
