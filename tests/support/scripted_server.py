"""An HTTP server over bare sockets that does exactly what a test tells it, the impolite things above all."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Exchange", "Request", "ScriptedServer", "html", "json_answer", "raw", "redirect", "scripted_server"]


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(slots=True)
class Exchange:
    """One request and the means to answer it, well or badly."""

    request: Request
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def trickle(self, byte: bytes, every_s: float = 0.01) -> None:
        """Write one byte after another, slowly, until the other side has had enough."""
        while True:
            await self.send(byte)
            await asyncio.sleep(every_s)

    def hang_up(self) -> None:
        """Close with a reset, now."""
        self.writer.transport.abort()


Answer = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class ScriptedServer:
    """Counts and keeps what arrives; answers by path, or with the answer for all the rest."""

    address: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    bytes_seen: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    otherwise: Answer | None = None

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side has enough."""
        self.connections += 1
        try:
            while (request := await self._read(reader)) is not None:
                self.requests.append(request)
                answer = self.answers.get(request.path, self.otherwise)
                if answer is None:
                    break
                await answer(Exchange(request, writer))
                if writer.transport.is_closing():
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Request | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            self.bytes_seen += len(error.partial)
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.bytes_seen += len(head) + len(body)
        return Request(method, target, headers, body)


def raw(data: bytes, *, close: bool = True) -> Answer:
    """Answer with these very bytes."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(data)
        if close:
            exchange.writer.close()

    return answer


def json_answer(value: object, *, status: int = 200, headers: tuple[str, ...] = ()) -> Answer:
    """Answer with JSON (or with the text, where it is text or bytes already), and keep the connection."""
    body = value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
    head = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return raw("\r\n".join(head).encode() + b"\r\n\r\n" + body, close=False)


def html(status: int) -> Answer:
    """Answer with a gateway's page."""
    return json_answer(b"<html><body><h1>Bad gateway</h1></body></html>", status=status)


def redirect(status: int, location: str) -> Answer:
    """Answer with a redirect."""
    return json_answer(b"", status=status, headers=(f"Location: {location}",))


@asynccontextmanager
async def scripted_server(
    answers: dict[str, Answer] | None = None, otherwise: Answer | None = None
) -> AsyncIterator[ScriptedServer]:
    """Run a scripted server on a free loopback port; it and its connections end with the block."""
    script = ScriptedServer(answers=answers or {}, otherwise=otherwise)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(script.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    script.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
