"""Stands between a client and an exchange's market socket, and loses, cuts, empties and refuses answers of bars."""

import asyncio
import gzip
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

__all__ = ["CuttingSocket", "cutting_socket"]


class CuttingSocket:
    """What is spoiled, from a seed, and how often it was."""

    def __init__(
        self,
        upstream: str,
        *,
        lost: float,
        cut: float,
        emptied: float,
        refused: float,
        holes: frozenset[int],
        seed: int,
    ) -> None:
        self._upstream = upstream
        self._lost, self._cut = lost, cut
        self._emptied, self._refused = emptied, refused
        self._holes = holes
        self._dice = random.Random(seed)
        self._connections: set[ServerConnection] = set()
        self.address = ""
        self.answers = self.spoiled = 0
        self.drops_after: list[int] = []
        """Numbers of answers after which the connection is cut without a word."""

    async def serve(self, connection: ServerConnection) -> None:
        """Pass frames on in both directions until either side ends."""
        async with connect(self._upstream, compression=None, max_size=None, ping_interval=None) as upstream:
            self._connections.add(connection)

            async def down() -> None:
                async for frame in upstream:
                    if (passed := self._passed(frame)) is not None:
                        await connection.send(passed)
                    if self.drops_after and self.answers >= self.drops_after[0]:
                        self.drops_after.pop(0)
                        connection.transport.abort()

            passing = asyncio.ensure_future(down())
            with suppress(ConnectionClosed):
                async for text in connection:
                    await upstream.send(text)
            passing.cancel()
            self._connections.discard(connection)
            with suppress(ConnectionClosed, asyncio.CancelledError):
                await passing

    def _passed(self, frame: str | bytes) -> str | bytes | None:
        """The frame as it goes on, or ``None`` where it is lost."""
        assert isinstance(frame, bytes)
        told: dict[str, Any] = json.loads(gzip.decompress(frame), parse_float=str)
        if "rep" not in told:
            return frame
        self.answers += 1
        # written anew from the exchange's own digits: a float would round them
        rows = [row for row in told["data"] if row["id"] not in self._holes]
        draw = self._dice.random()
        if draw < self._lost:
            self.spoiled += 1
            return None
        if draw < self._lost + self._cut and rows:
            self.spoiled += 1
            at = self._dice.randrange(len(rows))
            rows = rows[:at] if self._dice.random() < 0.5 else rows[at + 1 :]
        if self._dice.random() < self._emptied:
            self.spoiled += 1
            rows = []
        if self._dice.random() < self._refused:
            self.spoiled += 1
            no = {"id": told["id"], "status": "error", "err-code": "bad-request", "err-msg": "429 too many request"}
            return gzip.compress(json.dumps(no).encode())
        body = ",".join("{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}" for row in rows)
        head = json.dumps({name: value for name, value in told.items() if name != "data"})
        return gzip.compress(f'{head[:-1]},"data":[{body}]}}'.encode())


@contextmanager
def cutting_socket(
    upstream: str,
    *,
    lost: float = 0,
    cut: float = 0,
    emptied: float = 0,
    refused: float = 0,
    holes: frozenset[int] = frozenset(),
    seed: int = 1,
) -> Iterator[CuttingSocket]:
    """Serve on a free loopback port in a thread; ``holes`` are opening seconds that the exchange shall not have."""
    shares = {"lost": lost, "cut": cut, "emptied": emptied, "refused": refused}
    spoiler = CuttingSocket(upstream, **shares, holes=holes, seed=seed)
    ready, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def run() -> None:
        over = asyncio.Event()
        async with serve(spoiler.serve, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            spoiler.address = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
            loops.append((asyncio.get_running_loop(), over))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield spoiler
    finally:
        loop, over = loops[0]
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
