"""One accepted socket: what is to be sent waits in a bounded queue, and a client that does not read is let go."""

import asyncio
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

__all__ = ["Link"]

_TOO_SLOW = 1013


class Link:
    """Sends without waiting and reads one frame at a time; ``kind`` is ``ws``, ``feed`` or ``private``."""

    def __init__(self, socket: WebSocket, kind: str, queue_frames: int, cut: Callable[[], None]) -> None:
        self.socket = socket
        self.kind = kind
        self.silent = False
        self.spoil: Callable[[bytes | str], bytes | str] = lambda frame: frame
        """What becomes of a frame before it is queued."""
        self._limit = queue_frames
        self._cut = cut
        self._waiting: deque[bytes | str] = deque()
        self._wake = asyncio.Event()
        self._closing: int | None = None

    def send(self, frame: bytes | str) -> None:
        """Queue one frame; when too many wait already, the connection is cut instead."""
        if self.silent or self._closing is not None:
            return
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self._closing = _TOO_SLOW
            self._cut()
        else:
            self._waiting.append(self.spoil(frame))
        self._wake.set()

    def close(self, code: int = 1000) -> None:
        """Close after what waits has been sent."""
        self._closing = code
        self._wake.set()

    def abort(self) -> None:
        """Cut the connection, without a closing frame."""
        self.close()
        self._waiting.clear()
        self._cut()

    async def run(self, receive: Callable[[str], None], beat: Callable[[], bool], interval_s: float) -> None:
        """Serve until either side ends it: ``receive`` takes text frames, ``beat`` pings and says whether to go on."""
        await self.socket.accept()
        tasks = [
            asyncio.create_task(self._write()),
            asyncio.create_task(self._read(receive)),
            asyncio.create_task(self._beat(beat, interval_s)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    frame = self._waiting.popleft()
                    if isinstance(frame, bytes):
                        await self.socket.send_bytes(frame)
                    else:
                        await self.socket.send_text(frame)
                if self._closing is not None:
                    await self.socket.close(self._closing)
                    return
        except (WebSocketDisconnect, RuntimeError, OSError):
            # The client is gone: starlette says so in one of these ways, depending on who noticed first.
            return

    async def _read(self, receive: Callable[[str], None]) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            receive(text if text is not None else bytes(message.get("bytes") or b"").decode("utf-8", "replace"))

    async def _beat(self, beat: Callable[[], bool], interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            if not beat():
                self.close()
                return
