"""The embedded exchange on its port: routes, sockets, the pulse, start and stop."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hbtui.sim.asgi import HttpDoor, TrackedProtocol, abort
from hbtui.sim.control import Control
from hbtui.sim.faults import Faults
from hbtui.sim.links import Link
from hbtui.sim.options import Options
from hbtui.sim.spoiled_frames import beat, spoiled_frame
from hbtui.sim.venue import Venue
from hbtui.sim.ws_market import MarketHub, MarketSession
from hbtui.sim.ws_private import PrivateSession

__all__ = ["ExchangeServer", "PortInUse", "bound", "handle_signals", "ready_line"]

_PULSE_S = 0.1
_FRAME_CAP = 1 << 20


class PortInUse(Exception):
    """The port cannot be had; the message is a sentence for a person."""


class _QuietServer(uvicorn.Server):
    """uvicorn's server, leaving signals to whoever runs it: it would raise them again after a clean end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


class ExchangeServer:
    """One running exchange. Everything but ``run`` must be called on its event loop."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.venue = Venue(options)
        self.faults = Faults()
        self._hub = MarketHub(self.venue, self.faults)
        self._sessions: set[MarketSession | PrivateSession] = set()
        control = Control(self.venue, self.faults, self.close_sockets) if options.control else None
        door = HttpDoor(self.venue, self.faults, control)
        sockets = [WebSocketRoute("/ws", self._market), WebSocketRoute("/feed", self._feed)]
        private = WebSocketRoute("/ws/v2", self._private)
        self._app = Starlette(routes=[private, *sockets, Route("/{path:path}", door)])
        self._server: uvicorn.Server | None = None

    async def run(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serve on a bound socket until :meth:`stop`; ``ready`` is called once requests are answered."""
        config = uvicorn.Config(
            self._app,
            http=TrackedProtocol,
            ws="websockets-sansio",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=_FRAME_CAP,
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
            # uvicorn's 5 s would let a trader's next order meet a connection that is just being closed.
            timeout_keep_alive=75,
        )
        self._server = _QuietServer(config, ready)
        pulse = asyncio.create_task(self._pulse())
        # A market that has stopped must not look like a quiet one: whatever ends the pulse ends the server.
        pulse.add_done_callback(lambda _task: self.stop())
        try:
            await self._server.serve(sockets=[listener])
        finally:
            pulse.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pulse
            self.venue.recorder.close()

    def stop(self) -> None:
        """End serving; connections are closed."""
        if self._server is not None:
            self._server.should_exit = True

    def close_sockets(self, kind: str | None = None) -> int:
        """Cut all sockets, or those of one kind (``ws``, ``feed``, ``private``); says how many."""
        found = self._of_kind(kind)
        for link in found:
            link.abort()
        return len(found)

    def sockets(self, kind: str | None = None) -> int:
        """How many sockets are open."""
        return len(self._of_kind(kind))

    def channels(self) -> list[str]:
        """Every topic and channel that some socket is subscribed to."""
        return [name for session in self._sessions for name in session.channels]

    def pulse(self) -> None:
        """Let every market that matters come up to now, and send what is due."""
        self.venue.keep_time()
        for symbol in self._hub.symbols() | self.venue.waiting_symbols():
            self.venue.advance(symbol)
        for session in self._sessions:
            session.keep_time()
            beat(self.faults, session.link, session.states)
        self._hub.pulse()

    async def _pulse(self) -> None:
        while True:
            self.pulse()
            await asyncio.sleep(_PULSE_S)

    async def _market(self, websocket: WebSocket) -> None:
        await self._serve_market(websocket, "ws")

    async def _feed(self, websocket: WebSocket) -> None:
        await self._serve_market(websocket, "feed")

    async def _serve_market(self, websocket: WebSocket, kind: str) -> None:
        session = MarketSession(self._hub, websocket, kind, lambda: abort(websocket.scope))
        await self._serve(websocket, session)

    async def _private(self, websocket: WebSocket) -> None:
        session = PrivateSession(self.venue, self.faults, websocket, lambda: abort(websocket.scope))
        await self._serve(websocket, session)

    async def _serve(self, websocket: WebSocket, session: MarketSession | PrivateSession) -> None:
        link = session.link
        fault = self.faults.strike(link.kind, "refuse", "redirect")
        if fault is not None and fault.action == "redirect":
            await websocket.send_denial_response(Response(None, fault.status, {"location": fault.location}))
            return
        if fault is not None:
            await websocket.close(1008)
            return
        link.spoil = lambda frame: spoiled_frame(self.faults, link.kind, frame)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    def _of_kind(self, kind: str | None) -> list[Link]:
        return [session.link for session in self._sessions if kind in {None, session.link.kind}]


def bound(port: int) -> socket.socket:
    """Bind 127.0.0.1 (0: any free port); raises ``PortInUse``."""
    # With the protocol named, asyncio turns Nagle's algorithm off; without it each answer would take 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # Elsewhere this would let two programs listen on one port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = "it is in use by another program" if isinstance(error, OSError) else "there is no such port"
        message = f"The exchange cannot listen on 127.0.0.1:{port}: {reason}. Choose another with --port."
        raise PortInUse(message) from error
    return listener


def ready_line(options: Options, port: int) -> dict[str, str]:
    """Where everything is, as it is printed when the exchange is ready."""
    host = f"127.0.0.1:{port}"
    return {
        "rest": f"http://{host}",
        "market_ws": f"ws://{host}/ws",
        "feed_ws": f"ws://{host}/feed",
        "private_ws": f"ws://{host}/ws/v2",
        "access_key": options.access_key,
        "secret_key": options.secret_key,
    }


def handle_signals(server: ExchangeServer) -> None:
    """Let Ctrl-C and SIGTERM end the server cleanly; call it on the main thread's loop."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, server.stop)
        except NotImplementedError:
            # Windows: asyncio cannot watch signals there; the plain handler hops onto the loop.
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(server.stop))
