"""A small client of the tests' own: it signs as HTX's documents say, and reads what comes.

It is deliberately not the project's client and shares nothing with the exchange's own check either.
"""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.support.exchange import RunningExchange

__all__ = ["Caller", "Socket", "caller_for", "market_socket", "private_socket", "sign_in", "signed_text"]

Message = dict[str, Any]


def signed_text(secret: str, method: str, host: str, path: str, parameters: Mapping[str, str]) -> str:
    """The signature of HTX's documents: sorted, percent-encoded, HMAC-SHA256, Base64."""
    encoded = "&".join(f"{name}={quote(parameters[name], safe='-_.~')}" for name in sorted(parameters))
    digest = hmac.new(secret.encode(), f"{method}\n{host}\n{path}\n{encoded}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


class Caller:
    """Calls REST endpoints, signed or not; numbers without quotes are read as Decimal."""

    def __init__(self, exchange: RunningExchange, http: httpx.AsyncClient) -> None:
        self._exchange = exchange
        self.http = http

    async def get(self, path: str, **query: str | int) -> Message:
        """Ask a public endpoint."""
        return self.read(await self.http.get(path, params={name: str(value) for name, value in query.items()}))

    async def signed_get(self, path: str, query: Mapping[str, str] | None = None) -> Message:
        """Ask a private endpoint."""
        return self.read(await self.http.get(path, params=self.signed("GET", path, query or {})))

    async def post(self, path: str, body: object = None) -> Message:
        """Post to a private endpoint."""
        return self.read(await self.http.post(path, params=self.signed("POST", path, {}), json=body))

    async def place(self, kind: str, symbol: str, amount: str, price: str | None = None, **more: object) -> Message:
        """Place an order."""
        body: Message = {"account-id": "100009", "symbol": symbol, "type": kind, "amount": amount}
        if price is not None:
            body["price"] = price
        body |= {name.replace("_", "-"): value for name, value in more.items()}
        return await self.post("/v1/order/orders/place", body)

    async def placed(self, kind: str, symbol: str, amount: str, price: str | None = None, **more: object) -> str:
        """Place an order that must be accepted; its id."""
        answer = await self.place(kind, symbol, amount, price, **more)
        assert answer["status"] == "ok", answer
        return str(answer["data"])

    async def order(self, order_id: str) -> Message:
        """Read an order."""
        answer = await self.signed_get(f"/v1/order/orders/{order_id}")
        assert answer["status"] == "ok", answer
        return dict(answer["data"])

    def signed(self, method: str, path: str, query: Mapping[str, str], host: str | None = None) -> dict[str, str]:
        """All parameters of a signed request, the signature among them."""
        given = {
            "AccessKeyId": self._exchange.access_key,
            "SignatureMethod": "HmacSHA256",
            "SignatureVersion": "2",
            "Timestamp": _timestamp(),
            **query,
        }
        host = host or f"127.0.0.1:{self._exchange.port}"
        return given | {"Signature": signed_text(self._exchange.secret_key, method, host, path, given)}

    @staticmethod
    def read(answer: httpx.Response) -> Message:
        """Decode an answer without rounding a digit."""
        found = json.loads(answer.text, parse_float=Decimal)
        assert isinstance(found, dict)
        return found


@asynccontextmanager
async def caller_for(exchange: RunningExchange) -> AsyncIterator[Caller]:
    """A caller with an HTTP client of its own."""
    async with httpx.AsyncClient(base_url=exchange.rest, timeout=20, trust_env=False) as http:
        yield Caller(exchange, http)


class Socket:
    """One WebSocket, with what has arrived so far; pings are answered unless ``answers_pings`` is switched off."""

    def __init__(self, connection: ClientConnection, *, packed: bool) -> None:
        self.connection = connection
        self.answers_pings = True
        self.pings: list[Message] = []
        self._packed = packed

    async def send(self, message: object) -> None:
        """Send one JSON text frame."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Message:
        """The next message that is not a ping."""
        while True:
            frame = await asyncio.wait_for(self.connection.recv(), 20)
            assert isinstance(frame, bytes) is self._packed
            text = gzip.decompress(frame) if isinstance(frame, bytes) else frame
            message = json.loads(text, parse_float=Decimal)
            if "ping" not in message and message.get("action") != "ping":
                return dict(message)
            self.pings.append(message)
            if self.answers_pings:
                await self.send(
                    {"pong": message["ping"]} if "ping" in message else {"action": "pong", "data": message["data"]}
                )

    async def until(self, fits: Callable[[Message], bool]) -> Message:
        """The next message that fits; others are passed over."""
        while True:
            message = await self.receive()
            if fits(message):
                return message

    async def ask(self, message: Message) -> Message:
        """Send, and give the answer with the same id."""
        await self.send(message)
        return await self.until(lambda answer: answer.get("id") == message.get("id") and "ch" not in answer)

    async def subscribe(self, channel: str) -> Message:
        """Subscribe on the account socket, and give the acknowledgement."""
        await self.send({"action": "sub", "ch": channel})
        return await self.until(lambda answer: answer.get("action") == "sub" and answer.get("ch") == channel)


@asynccontextmanager
async def market_socket(exchange: RunningExchange, *, feed: bool = False) -> AsyncIterator[Socket]:
    """A connection to ``/ws`` or ``/feed``."""
    url = exchange.feed_ws if feed else exchange.market_ws
    async with connect(url, compression=None, proxy=None, max_size=None, ping_interval=None) as connection:
        yield Socket(connection, packed=True)


@asynccontextmanager
async def private_socket(
    exchange: RunningExchange, channels: tuple[str, ...] = (), secret: str | None = None
) -> AsyncIterator[Socket]:
    """A connection to ``/ws/v2``, signed in (unless the secret is empty) and subscribed."""
    async with connect(exchange.private_ws, compression=None, proxy=None, ping_interval=None) as connection:
        socket = Socket(connection, packed=False)
        if secret != "":
            answer = await sign_in(socket, exchange, secret or exchange.secret_key)
            assert answer["code"] == 200 or secret is not None, answer
        for channel in channels:
            acknowledged = await socket.subscribe(channel)
            assert acknowledged["code"] == 200, acknowledged
        yield socket


async def sign_in(socket: Socket, exchange: RunningExchange, secret: str, path: str = "/ws/v2") -> Message:
    """Send the auth frame of v2.1 and give its answer."""
    given = {
        "accessKey": exchange.access_key,
        "signatureMethod": "HmacSHA256",
        "signatureVersion": "2.1",
        "timestamp": _timestamp(),
    }
    signature = signed_text(secret, "GET", f"127.0.0.1:{exchange.port}", path, given)
    await socket.send({"action": "req", "ch": "auth", "params": {"authType": "api", **given, "signature": signature}})
    return await socket.until(lambda message: message.get("ch") == "auth")
