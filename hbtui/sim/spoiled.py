"""One request that a fault has struck: what is processed, and what is answered instead of the truth."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.types import Receive, Send

from hbtui.sim.broken import BROKEN, bomb
from hbtui.sim.codes import Refused
from hbtui.sim.faults import Fault
from hbtui.sim.orders import Order
from hbtui.sim.outside import place
from hbtui.sim.rest import Answer, Asked, Rest, endpoint_of, refusal_body
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, decode, encode

__all__ = ["Line", "Spoiler", "edited", "respond"]

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Line:
    """The connection of one request."""

    receive: Receive
    send: Send
    abort: Callable[[], None]

    async def gone(self) -> None:
        """Wait until the client has left."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


class Spoiler:
    """Does to one request what its fault says (see ``faults.REST``)."""

    def __init__(self, venue: Venue, rest: Rest, fault: Fault, asked: Asked, line: Line) -> None:
        self._venue = venue
        self._rest = rest
        self._fault = fault
        self._asked = asked
        self._line = line

    async def run(self) -> None:
        """Process the request as the fault wants it, and answer, or not."""
        ways: dict[str, Callable[[], Awaitable[None]]] = {
            "drop": self._drop,
            "drop-answer": self._drop_answer,
            "hang": self._hang,
            "half-answer": self._half_answer,
            "delay": self._delay,
            "delay-arrival": self._delay_arrival,
            "hold": self._hold,
            "trickle": self._trickle,
            "bomb": self._bomb,
        }
        way = ways.get(self._fault.action)
        if way is not None:
            await way()
        else:
            await respond(self._line.send, self._answer())

    def _answer(self) -> Answer:
        fault = self._fault
        ways: dict[str, Callable[[], Answer]] = {
            "answer": self._given,
            "error": self._error,
            "redirect": self._redirect,
            "bad-json": lambda: Answer(200, BROKEN[fault.body](), {}),
            "twice": self._twice,
            "meanwhile": self._meanwhile,
            "edit": lambda: _changed(self._processed(), lambda body: edited(body, fault)),
            "shift": lambda: _changed(self._processed(), self._shifted),
            "cancel-lost": self._cancel_lost,
            "cancel-fills": self._cancel_fills,
        }
        name = fault.action.removesuffix("-after")
        if fault.action != name or name == "bad-json":
            self._processed()
        return ways[name]()

    def _processed(self) -> Answer:
        return self._rest.answer(self._asked)

    async def _drop(self) -> None:
        self._line.abort()
        await self._line.gone()

    async def _drop_answer(self) -> None:
        self._processed()
        await self._drop()

    async def _hang(self) -> None:
        self._processed()
        await self._line.gone()

    async def _half_answer(self) -> None:
        answer = self._processed()
        await _begin(self._line.send, answer, len(answer.body))
        await _more(self._line.send, answer.body[: len(answer.body) // 2])
        await self._drop()

    async def _delay(self) -> None:
        answer = self._processed()
        await asyncio.sleep(self._fault.seconds)
        await respond(self._line.send, answer)

    async def _delay_arrival(self) -> None:
        await asyncio.sleep(self._fault.seconds)
        await respond(self._line.send, self._processed())

    async def _hold(self) -> None:
        due_ms = self._venue.now() + self._fault.seconds * 1000
        while (left_ms := due_ms - self._venue.now()) > 0:  # noqa: ASYNC110 -- no clock of the options tells when it moves
            await asyncio.sleep(min(left_ms / 1000, _LOOK_S))
        await respond(self._line.send, self._processed())

    async def _trickle(self) -> None:
        answer, leaving = self._processed(), asyncio.ensure_future(self._line.gone())
        await _begin(self._line.send, answer, len(answer.body))
        for at in range(len(answer.body)):
            await _more(self._line.send, answer.body[at : at + 1], is_last=at + 1 == len(answer.body))
            await asyncio.wait([leaving], timeout=self._fault.seconds)
            if leaving.done():
                return
        leaving.cancel()

    async def _bomb(self) -> None:
        self._processed()
        await _begin(self._line.send, Answer(200, b"", {"content-encoding": "gzip"}), None)
        for piece in bomb(self._fault.megabytes):
            await _more(self._line.send, piece)
        await _more(self._line.send, b"", is_last=True)

    def _given(self) -> Answer:
        fault = self._fault
        return Answer(fault.status, fault.body.encode(), {"content-type": fault.content_type, **fault.headers})

    def _error(self) -> Answer:
        fault = self._fault
        body = refusal_body(self._asked.path, Refused(fault.code, fault.message), self._venue.now())
        return Answer(fault.status, encode({**body, **fault.fields}), fault.headers)

    def _redirect(self) -> Answer:
        location = self._fault.location
        is_bare = "/" not in location.partition("://")[2]
        return Answer(self._fault.status, b"", {"location": location + self._asked.path if is_bare else location})

    def _twice(self) -> Answer:
        answer = self._processed()
        self._processed()
        return answer

    def _meanwhile(self) -> Answer:
        place(self._venue, self._fault.fields)
        return self._processed()

    def _shifted(self, body: bytes) -> bytes:
        said = decode(body)
        if isinstance(said, dict) and isinstance(said.get("data"), int):
            said["data"] += round(self._fault.seconds * 1000)
        return encode(said)

    def _cancel_lost(self) -> Answer:
        found = self._cancelled()
        return self._processed() if found is None else found[1]

    def _cancel_fills(self) -> Answer:
        found = self._cancelled()
        if found is None:
            return self._processed()
        self._venue.fill(found[0])
        return found[1]

    def _cancelled(self) -> tuple[Order, Answer] | None:
        """The order that a single cancel names, and the answer that takes the cancel; ``None`` for anything else."""
        endpoint, path_id = endpoint_of(self._asked.path)
        data: str | int = path_id
        if endpoint.endswith("/submitcancel"):
            order = self._venue.orders.get(int(path_id))
        else:
            said, data = decode(self._asked.body or b"{}"), 10
            order = self._venue.by_client_id(str(said.get("client-order-id"))) if isinstance(said, dict) else None
        return None if order is None else (order, Answer(200, encode({"status": "ok", "data": data}), {}))


def _changed(answer: Answer, change: Callable[[bytes], bytes]) -> Answer:
    return Answer(answer.status, change(answer.body), answer.headers)


def edited(body: bytes, fault: Fault) -> bytes:
    """The document with the rows of its ``data`` (or, without rows, itself) changed as the fault says."""
    said = decode(body)
    if not isinstance(said, dict):
        return body
    data = said.get("data")
    rows = data if isinstance(data, list) else [data if isinstance(data, dict) else said]
    for row in rows:
        if isinstance(row, dict) and _is_meant(row, fault.where):
            row.update(fault.fields)
            for name in fault.without:
                row.pop(name, None)
    return encode(said)


def _is_meant(row: JsonObject, where: Mapping[str, object]) -> bool:
    return all(str(row.get(name)) == str(value) for name, value in where.items())


async def respond(send: Send, answer: Answer) -> None:
    """Send a whole answer."""
    await _begin(send, answer, len(answer.body))
    await _more(send, answer.body, is_last=True)


async def _begin(send: Send, answer: Answer, length: int | None) -> None:
    named = {"content-type": "application/json;charset=utf-8", **answer.headers}
    if length is not None:
        named["content-length"] = str(length)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _more(send: Send, piece: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": not is_last})
