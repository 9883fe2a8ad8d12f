"""The HTTP server's door: caps, faults and connections around :class:`hbtui.sim.rest.Rest`."""

import asyncio
from weakref import WeakValueDictionary

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hbtui.sim.codes import Refused
from hbtui.sim.control import Control
from hbtui.sim.faults import Fault, Faults
from hbtui.sim.rest import Answer, Asked, Rest, refusal_body
from hbtui.sim.venue import Venue
from hbtui.sim.wire import encode

__all__ = ["HttpDoor", "TrackedProtocol", "abort"]

_BODY_CAP = 1 << 20
_INSTEAD = ("drop", "answer", "error", "delay-arrival")
_AFTER = ("drop-answer", "hang", "half-answer", "delay", "answer-after", "error-after")
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
            await _respond(send, Answer(413, b"", {}))
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        asked = Asked(scope["method"], scope["path"], host, scope["query_string"], body)
        if self._control is not None and asked.path.startswith("/_control/"):
            await _respond(send, self._control.answer(asked))
            return
        fault = self._faults.strike(asked.path, *_INSTEAD, *_AFTER)
        if fault is None:
            await _respond(send, self._rest.answer(asked))
        else:
            await self._spoiled(fault, asked, scope, receive, send)

    async def _spoiled(self, fault: Fault, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.action == "delay-arrival":
            await asyncio.sleep(fault.seconds)
        processed = self._rest.answer(asked) if fault.action in _AFTER or fault.action == "delay-arrival" else None
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        if fault.action == "hang":
            await _disconnected(receive)
        elif fault.action in {"drop", "drop-answer"}:
            abort(scope)
            await _disconnected(receive)
        elif fault.action == "half-answer" and processed is not None:
            await _half(send, processed)
            abort(scope)
            await _disconnected(receive)
        else:
            await _respond(send, self._instead(fault, asked, processed))

    def _instead(self, fault: Fault, asked: Asked, processed: Answer | None) -> Answer:
        if fault.action in {"answer", "answer-after"}:
            return Answer(fault.status, fault.body.encode(), {"content-type": fault.content_type})
        if fault.action in {"error", "error-after"} or processed is None:
            refusal = Refused(fault.code, fault.message)
            return Answer(fault.status, encode(refusal_body(asked.path, refusal, self._venue.now())), {})
        return processed


async def _body(receive: Receive) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _BODY_CAP:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(answer: Answer) -> list[tuple[bytes, bytes]]:
    named = {"content-type": "application/json;charset=utf-8", **answer.headers}
    named["content-length"] = str(len(answer.body))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]


async def _respond(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer)})
    await send({"type": "http.response.body", "body": answer.body})


async def _half(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer)})
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
