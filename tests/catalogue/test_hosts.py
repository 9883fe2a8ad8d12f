"""Rows R2, R3 and R16: bytes that are signed go to the one host that they are for, proven by name and certificate."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.order import Intent, OrderRequest, OrderState, OrderType, Refused, Side
from hbtui.model.secret import Credentials, Secret
from tests.catalogue.rig import ACCESS, PLACE, SECRET, Stranger, rig, stranger

LIVE = "api.huobi.pro"
REDIRECTS = {301: b"Moved Permanently", 302: b"Found", 303: b"See Other", 307: b"Temporary Redirect", 308: b"Permanent"}


class _Resolving(asyncio.SelectorEventLoop):
    """A loop whose resolver says what a test wants: an error, or an address that is not HTX's."""

    port: int | None = None
    asked: tuple[str, ...] = ()

    async def getaddrinfo(self, host: Any, port: Any, **_rest: Any) -> Any:
        """Answer for every name."""
        self.asked += (host if isinstance(host, str) else host.decode(),)
        if self.port is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    async def create_connection(  # type: ignore[override]  # as it is called, not as it could be
        self, factory: Any, host: Any = None, port: Any = None, **rest: Any
    ) -> Any:
        """Lead every connection to the port of the test."""
        return await super().create_connection(factory, host, self.port, **rest)


@asynccontextmanager
async def live_client(trusting: trustme.CA | None = None) -> AsyncIterator[HtxExchange]:
    """Open the client of the live host with canary keys; it trusts one authority more, if that is named."""
    async with HtxExchange.open(Hosts.live(), Credentials(Secret(ACCESS), Secret(SECRET))) as client:
        if trusting is not None:
            trusting.configure_trust(client._rest.transport._tls)
        yield client


async def placed(client: HtxExchange) -> Refused:
    """Place one order; there must be proof that nothing left."""
    asked = OrderRequest(
        account_id=1,
        symbol="btcusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        amount=Decimal("0.01"),
        price=Decimal(100),
    )
    body = client.body_of("hb1T0TEST", asked)
    outcome = await client.place(
        Intent(client_order_id="hb1T0TEST", request=asked, body=body, created_ms=0, host=LIVE, mode="live")
    )
    assert isinstance(outcome, Refused)
    assert not outcome.is_sent, "it must be not sent, not refused"
    assert ACCESS not in outcome.text
    return outcome


def on_loop(work: Callable[[_Resolving], Awaitable[None]]) -> None:
    """Run something on a loop with the test's resolver."""
    with asyncio.Runner(loop_factory=_Resolving) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, _Resolving)

        async def done() -> None:
            await work(loop)

        runner.run(done())


@asynccontextmanager
async def tls_server(loop: _Resolving, certificate: trustme.LeafCert) -> AsyncIterator[list[bytes]]:
    """Answer the live host's name with this certificate; keeps what was said to it after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    loop.port = server.sockets[0].getsockname()[1]
    try:
        yield heard
    finally:
        server.close()


def test_r02_name_not_resolved() -> None:
    """Without an address for the host the order did not leave this computer, and the words name the cause."""

    async def run(loop: _Resolving) -> None:
        async with live_client() as client:
            assert "cannot be resolved" in (await placed(client)).text
        assert set(loop.asked) == {LIVE}

    on_loop(run)


def test_r02_name_resolved_to_another_computer() -> None:
    """Another computer behind the host's name cannot show HTX's certificate, and gets no signed byte."""

    async def run(loop: _Resolving) -> None:
        async with tls_server(loop, trustme.CA().issue_cert(LIVE)) as heard, live_client() as client:
            assert "certificate" in (await placed(client)).text
        assert b"".join(heard) == b""

    on_loop(run)


@pytest.mark.parametrize("fault", ["self-signed", "expired", "wrong name"])
def test_r03_certificate_that_proves_nothing(fault: str) -> None:
    """A self-signed, an expired and another name's certificate are refused; nothing is sent, nothing overrides it."""

    async def run(loop: _Resolving) -> None:
        authority = trustme.CA()
        past = datetime(2020, 1, 1, tzinfo=UTC)
        if fault == "expired":
            shown = authority.issue_cert(LIVE, not_after=past)
        else:
            shown = authority.issue_cert("other.example" if fault == "wrong name" else LIVE)
        trusted = None if fault == "self-signed" else authority
        async with tls_server(loop, shown) as heard, live_client(trusted) as client:
            assert "certificate" in (await placed(client)).text
        assert b"".join(heard) == b""

    on_loop(run)


def test_r03_the_right_certificate_is_taken() -> None:
    """The control: the same server with a certificate that proves the name hears the order."""

    async def run(loop: _Resolving) -> None:
        authority = trustme.CA()
        async with tls_server(loop, authority.issue_cert(LIVE)) as heard, live_client(authority) as client:
            with pytest.raises(AssertionError):
                await placed(client)
        assert b"POST /v1/order/orders/place" in b"".join(heard)

    on_loop(run)


@pytest.mark.parametrize("status", REDIRECTS)
def test_r16_redirect_to_another_host(tmp_path: Path, status: int) -> None:
    """A redirect is not followed: the other host sees nothing, an alarm is told, trading stops, the truth is found."""
    with rig(tmp_path) as it, stranger() as other:
        assert isinstance(other, Stranger)
        it.stranger = other
        it.exchange.fault("orders", "withhold", times=None)
        it.exchange.fault(PLACE, "redirect-after", status=status, location=other.address)
        key = it.place()
        it.until_was(key, OrderState.UNCERTAIN)
        it.until_found(key)
        it.until(lambda _: it.has_told("redirect"), what="the alarm")
        it.until(lambda view: "redirect" in view.blocked, what="trading being stopped")
        assert other.received == b""


def test_r16_redirect_of_a_read(tmp_path: Path) -> None:
    """A read that is redirected fails in words; nothing goes to the other host."""
    with rig(tmp_path) as it, stranger() as other:
        it.stranger = other
        it.exchange.fault("/v1/order/openOrders", "redirect", times=2, location=other.address)
        it.exchange.close_sockets("private")
        it.until_passing(lambda _: it.has_told("redirect"), 30, step_s=1)
        it.until_passing(lambda view: not view.blocked, 30, step_s=1)
        assert other.received == b""
