"""The HTTP server's door: caps, faults and connections around :class:`hbtui.sim.rest.Rest`."""

import asyncio
from weakref import WeakValueDictionary

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hbtui.sim.control import Control
from hbtui.sim.faults import REST, Faults
from hbtui.sim.rest import Answer, Asked, Rest, endpoint_of
from hbtui.sim.spoiled import Line, Spoiler, respond
from hbtui.sim.venue import Venue

__all__ = ["HttpDoor", "TrackedProtocol", "abort"]

_BODY_CAP = 1 << 20
_Ends = tuple[tuple[str, int], tuple[str, int]]
_transports: WeakValueDictionary[_Ends, asyncio.Transport] = WeakValueDictionary()


class TrackedProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with its connections findable, so that a fault can cut one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Remember the connection by its peer."""
        super().connection_made(transport)
        _transports[transport.get_extra_info("peername"), transport.get_extra_info("sockname")] = transport


def abort(scope: Scope) -> None:
    """Cut the connection of a request or socket, without a word."""
    transport = _transports.get((tuple(scope["client"]), tuple(scope["server"])))
    if transport is not None:
        transport.abort()


class HttpDoor:
    """The ASGI application for everything that is not a socket."""

    def __init__(self, venue: Venue, faults: Faults, control: Control | None) -> None:
        self._venue = venue
        self._rest = Rest(venue)
        self._faults = faults
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or spoil it."""
        body = await _body(receive)
        if body is None:
            await respond(send, Answer(413, b"", {}))
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        asked = Asked(scope["method"], scope["path"], host, scope["query_string"], body)
        if self._control is not None and asked.path.startswith("/_control/"):
            await respond(send, self._control.answer(asked))
            return
        fault = self._faults.strike(asked.path, *REST, endpoint=endpoint_of(asked.path)[0])
        if fault is None:
            await respond(send, self._rest.answer(asked))
        else:
            line = Line(receive, send, lambda: abort(scope))
            await Spoiler(self._venue, self._rest, fault, asked, line).run()


async def _body(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None  # whoever sent it was gone before it was whole: no exchange takes half an order
        body += message.get("body", b"")
        if len(body) > _BODY_CAP:
            return None
        if not message.get("more_body"):
            return bytes(body)
