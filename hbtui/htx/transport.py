"""One HTTP client for REST: capped, never redirected, never verbose about a signed URL.

Every error that leaves this module is made of fixed words: httpx puts the request, with its signed query, into its
own exceptions and its log lines.
"""

import asyncio
import importlib
import logging
import ssl
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hbtui.htx.answers import Answer
from hbtui.htx.hosts import Hosts
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError

if TYPE_CHECKING:
    import httpx

__all__ = ["Call", "Dropped", "NotSent", "Transport", "tls_context"]

_CONNECT_LIMIT_S = 3.0
_READ_LIMIT_S = 10.0
_READS_AT_ONCE = 8
_CONNECTIONS = 20


class NotSent(NetworkError):
    """Proof that no byte of the request left this computer."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to be sent; the query may be signed, so it shows in no repr."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    body: bytes | None = field(default=None, repr=False)
    limit_bytes: int = 8 * 1024 * 1024
    is_urgent: bool = False
    """Orders and cancels: never behind a read."""
    is_signed: bool = False
    """Whether the query is a licence of the key's owner."""
    within_s: float = _READ_LIMIT_S
    """The whole exchange, connecting included (which has a shorter limit of its own)."""
    leave: Callable[[], None] = lambda: None
    """Called right before the first byte is handed to the socket; it may raise ``NotSent`` to keep all of it here."""


def tls_context(hosts: Hosts) -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and host name checked; towards loopback, where there is no TLS, trusting nobody.

    Made bare: ``create_default_context`` would write the session keys to a file that the environment names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if hosts.is_live:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _load_httpx() -> None:
    """Import httpx without its command line, which doubles the cost where click and rich are installed."""
    if "httpx" in sys.modules:
        return
    # httpx itself provides for that import to fail: it is how it runs where click is not installed
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # the language's own mark of "not to be imported"
    try:
        importlib.import_module("httpx")
    finally:
        del sys.modules["httpx._main"]


class Dropped(NetworkError):
    """The connection broke after the request had begun to leave: what became of it is not known."""


class _Trace:
    """Sees whether the first byte of a request was handed to the socket; whoever may keep it back is asked before."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self.is_started = False

    async def __call__(self, name: str, _info: object) -> None:
        if name.endswith("send_request_headers.started"):
            self._leave()
            self.is_started = True


class Transport:
    """Opens with ``async with``; :meth:`send` sends a call once and returns the whole answer."""

    def __init__(self, hosts: Hosts, tls: ssl.SSLContext) -> None:
        self._hosts = hosts
        self._tls = tls
        self._client: httpx.AsyncClient | None = None
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)

    @property
    def host(self) -> str:
        """Where everything is sent: what the ``Host`` header says."""
        return self._hosts.name

    async def __aenter__(self) -> Self:
        _load_httpx()
        import httpx

        for name in ("httpx", "httpcore"):  # both log whole URLs, at INFO and DEBUG
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            verify=self._tls,
            http1=True,
            http2=False,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            headers={"User-Agent": "hbtui", "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def send(self, call: Call) -> Answer:
        """Send once. Raises ``NotSent``, ``NetworkError`` or ``AnswerError``, all without the request in them."""
        if call.is_urgent:
            return await self._bounded(call)
        async with self._reads:
            return await self._bounded(call)

    async def _bounded(self, call: Call) -> Answer:
        """Hold the whole exchange to one deadline: a body that trickles would outlive every single timeout."""
        trace = _Trace(call.leave)
        failure: ExchangeError
        try:
            async with asyncio.timeout(call.within_s):
                return await self._exchanged(call, trace)
        except TimeoutError:
            failure = _timed_out(call, is_started=trace.is_started)
        raise failure

    async def _exchanged(self, call: Call, trace: _Trace) -> Answer:
        import httpx

        failure: ExchangeError
        try:
            return await self._answer(call, trace)
        except httpx.TimeoutException:
            failure = _timed_out(call, is_started=trace.is_started)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
            words = _network_words(error)
            failure = Dropped(f"{words} before the answer.") if trace.is_started else NotSent(f"{words}.")
        # outside the handler, so that the original with its signed URL is not even the error's context
        raise failure

    async def _answer(self, call: Call, trace: _Trace) -> Answer:
        import httpx

        assert self._client is not None  # noqa: S101 - opened by async with
        target = f"{self._hosts.rest}{call.path}" + (f"?{call.query}" if call.query else "")
        # an order's answer is never compressed: nothing may stand between its bytes and its meaning
        headers = {"Accept-Encoding": "identity" if call.is_urgent else "gzip"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        patience = httpx.Timeout(call.within_s, connect=_CONNECT_LIMIT_S, pool=_CONNECT_LIMIT_S)
        request = self._client.build_request(
            call.method, target, content=call.body, headers=headers, timeout=patience, extensions={"trace": trace}
        )
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = await _read(response, call.limit_bytes)
        finally:
            await response.aclose()
        if 300 <= response.status_code < 400 and not call.is_urgent:
            message = f"The answer is a redirect (HTTP {response.status_code}), which is never followed."
            raise AnswerError(message, advice="Something stands between this computer and HTX: a portal or a proxy.")
        return Answer(response.status_code, body, *_limit_headers(response.headers))


def _timed_out(call: Call, *, is_started: bool) -> NetworkError:
    if is_started:
        return NetworkError(f"No full answer within {call.within_s:.0f} s.", advice="The network or HTX is slow.")
    return NotSent(f"No connection within {_CONNECT_LIMIT_S:.0f} s.", advice="Check this computer's network.")


def _network_words(error: BaseException) -> str:
    """Say what failed in fixed words, from the chain of causes, never from a text that may hold a URL."""
    import socket

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "The certificate of the other side is not HTX's (TLS refused)"
        if isinstance(cause, ssl.SSLError):
            return "The TLS connection failed"
        if isinstance(cause, socket.gaierror):
            return "The name of the host cannot be resolved: no network, or no DNS"
        if isinstance(cause, ConnectionRefusedError):
            return "The connection was refused"
        cause = cause.__cause__ or cause.__context__
    import httpx

    return "No connection could be made" if isinstance(error, httpx.ConnectError) else "The connection broke"


async def _read(response: "httpx.Response", limit: int) -> bytes:
    """Read the body as it comes off the wire and inflate it here, so that the cap holds for what it becomes."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip"}:
        message = "The answer is compressed in a way that was not asked for."
        raise AnswerError(message)
    inflater = zlib.decompressobj(31) if encoding == "gzip" else None
    chunks, size = [], 0
    try:
        async for raw in response.aiter_raw():
            chunk = inflater.decompress(raw, limit + 1 - size) if inflater else raw
            size += len(chunk)
            if size > limit or (inflater and inflater.unconsumed_tail):
                message = f"The answer is larger than {limit // 1024} KiB."
                raise AnswerError(message)
            chunks.append(chunk)
    except zlib.error:
        message = "The answer's compression is damaged."
        raise AnswerError(message) from None
    if inflater is not None and not inflater.eof:
        message = "The answer's compression ends too early."
        raise AnswerError(message)
    return b"".join(chunks)


def _limit_headers(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    values = (headers.get("x-hb-ratelimit-requests-remain"), headers.get("x-hb-ratelimit-requests-expire"))
    remain, expire = (
        int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None for text in values
    )
    return remain, expire
