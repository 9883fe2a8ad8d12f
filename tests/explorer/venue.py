"""The real embedded exchange on the virtual loop, with a tap on what arrives at its door."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hbtui.sim.control import dump
from hbtui.sim.faults import Fault, Faults
from hbtui.sim.options import Options
from hbtui.sim.orders import Order
from hbtui.sim.server import ExchangeServer, bound
from hbtui.sim.venue import Venue
from tests.explorer.catalogue import PLACE
from tests.explorer.clocks import LoopClock

__all__ = ["LiveVenue", "Post", "live_venue"]


@dataclass(frozen=True)
class Post:
    """A request to place an order, as it came through the door, whatever became of it then."""

    at_s: float
    client_order_id: str
    body: bytes


class _Tap:
    """Hands every request through, and keeps the bodies of placements."""

    def __init__(self, inner: ASGIApp, arrived: Callable[[bytes], None]) -> None:
        self._inner = inner
        self._arrived = arrived

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] != "http" or scope["path"] != PLACE:
            await self._inner(scope, receive, send)
            return
        body = bytearray()

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    self._arrived(bytes(body))
            return message

        await self._inner(scope, heard, send)


class LiveVenue:
    """A running exchange, and the truth within reach."""

    def __init__(self, server: ExchangeServer, url: str) -> None:
        self._server = server
        self.url = url
        self.posts: list[Post] = []
        self.on_post: Callable[[str], None] = lambda _: None
        loop = asyncio.get_running_loop()

        def arrived(body: bytes) -> None:
            key = str(json.loads(body).get("client-order-id"))
            self.posts.append(Post(loop.time(), key, body))
            self.on_post(key)

        server._app = _Tap(server._app, arrived)  # type: ignore[assignment]  # the tap is an application as well

    @property
    def venue(self) -> Venue:
        """Markets, orders and money."""
        return self._server.venue

    @property
    def faults(self) -> Faults:
        """The rules in force."""
        return self._server.faults

    def fault(self, match: str, rule: dict[str, Any]) -> Fault:
        """Put a rule in force; the newest comes first, as a person's order is spoilt by what was drawn for it."""
        fault = Fault(**{"match": match, **rule})
        self._server.faults._rules.insert(0, fault)
        return fault

    def cut_streams(self) -> int:
        """Cut the private sockets; says how many."""
        return self._server.close_sockets("private")

    def heal(self) -> None:
        """End every fault."""
        self._server.faults.clear()
        self.venue.market_status = 1
        for link in self._server._of_kind(None):
            link.silent = False

    def order_of(self, client_order_id: str) -> Order | None:
        """The latest order with this client order id."""
        return self.venue.by_client_id(client_order_id)

    def quiet_s(self, order_id: int) -> float:
        """For how long nothing has happened to an order."""
        order = self.venue.orders[order_id]
        return (self.venue.now() - max(order.created_ms, order.updated_ms)) / 1000

    def rows(self) -> list[dict[str, Any]]:
        """Every order with its fills, oldest first."""
        rows = dump(self.venue)["orders"]
        assert isinstance(rows, list)
        return rows


@asynccontextmanager
async def live_venue(clock: LoopClock) -> AsyncIterator[LiveVenue]:
    """Run an exchange on a free port of this computer; its market stands still but for what the schedule does."""
    listener = bound(0)
    server = ExchangeServer(Options(frozen=True, clock=clock.now_ms))
    live = LiveVenue(server, f"http://127.0.0.1:{listener.getsockname()[1]}")
    ready = asyncio.Event()
    task = asyncio.create_task(server.run(listener, ready.set))
    await ready.wait()
    try:
        yield live
    finally:
        server.stop()
        await task
        listener.close()
