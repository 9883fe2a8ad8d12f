"""A WebSocket server on this computer that keeps what it hears and says what a test tells it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

__all__ = ["Peer", "ScriptedSocket", "scripted_socket"]


@dataclass(slots=True)
class Peer:
    """One connection of a client."""

    connection: ServerConnection
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Which of the venue's sockets was asked for."""
        request = self.connection.request
        return "" if request is None else request.path

    async def say(self, frame: object) -> None:
        """Send one frame as this socket sends them: gzip on the market's, text on the account's; bytes as they are."""
        if isinstance(frame, bytes):
            await self.connection.send(frame)
        elif self.path == "/ws/v2":
            await self.connection.send(json.dumps(frame))
        else:
            await self.connection.send(gzip.compress(json.dumps(frame).encode(), 1))


Listener = Callable[[Peer, dict[str, Any]], Awaitable[None]]


async def _politely(peer: Peer, frame: dict[str, Any]) -> None:
    """Confirm everything, as HTX does."""
    if frame.get("action") == "req":
        await peer.say({"action": "req", "code": 200, "ch": "auth", "data": {}})
    elif frame.get("action") == "sub":
        await peer.say({"action": "sub", "code": 200, "ch": frame["ch"], "data": {}})
    elif "sub" in frame:
        await peer.say({"id": frame["id"], "status": "ok", "subbed": frame["sub"], "ts": 1})
    elif "unsub" in frame:
        await peer.say({"id": frame["id"], "status": "ok", "unsubbed": frame["unsub"], "ts": 1})


@dataclass(slots=True)
class ScriptedSocket:
    """The server: its address, everybody who came, and how it answers."""

    address: str = ""
    peers: list[Peer] = field(default_factory=list)
    answer: Listener = _politely
    greet: Callable[[Peer], Awaitable[None]] | None = None

    async def serve(self, connection: ServerConnection) -> None:
        """Listen to one client until it leaves."""
        peer = Peer(connection)
        self.peers.append(peer)
        try:
            if self.greet is not None:
                await self.greet(peer)
            async for text in connection:
                frame = json.loads(text)
                peer.heard.append(frame)
                await self.answer(peer, frame)
        except ConnectionClosed:
            pass


@asynccontextmanager
async def scripted_socket() -> AsyncIterator[ScriptedSocket]:
    """Run the server on a free loopback port; it ends, with its connections, with the block."""
    script = ScriptedSocket()
    async with serve(script.serve, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=1) as server:
        script.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield script
        for peer in script.peers:
            peer.connection.transport.abort()
        await asyncio.sleep(0)
