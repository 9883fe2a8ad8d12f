"""REST over real sockets, the nasty cases: what is proven, what is unknown, and that nothing is spilled."""

import asyncio
import contextlib
import gzip
import logging
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import trustme

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.htx.transport import Call, NotSent, Transport, tls_context
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError, RateLimited
from hbtui.model.order import Accepted, CancelAnswer, Outcome, Refused, Unknown
from tests.htx.opened import ACCESS, SECRET, intent, opened, shown, spilled
from tests.support.eventually import eventually
from tests.support.scripted_server import Answer, Exchange, html, json_answer, raw, redirect, scripted_server
from tests.support.virtual_clock import settle

_PLACE = "/v1/order/orders/place"
_OK = {"status": "ok", "data": "59378"}
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def _hang_up(exchange: Exchange) -> None:
    exchange.hang_up()


def _bomb() -> bytes:
    body = gzip.compress(bytes(200 << 20), 9)
    return _HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


NASTY: dict[str, Answer] = {
    "close before an answer": raw(b""),
    "reset": _hang_up,
    "half a head": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "half a body": raw(_HEAD + b'Content-Length: 500\r\n\r\n{"status":"ok","data":"593'),
    "too short a length": raw(_HEAD + b'Content-Length: 20\r\n\r\n{"status":"ok","data":"59378"}'),
    "no length, cut": raw(_HEAD + b'\r\n{"status":"ok","data":"593'),
    "garbage": raw(b"\x00\xff\x1b]0;owned\x07\r\n\r\n"),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "html 200": html(200),
    "html 502": html(502),
    "html 403": html(403),
    "empty": json_answer(b""),
    "list": json_answer([]),
    "null": json_answer("null"),
    "duplicate keys": json_answer('{"status":"ok","data":"1","data":"2"}'),
    "number for text": json_answer('{"status":"ok","data":59378}'),
    "large": json_answer('{"status":"ok","data":"' + "1" * 70_000 + '"}'),
    "bomb": raw(_bomb()),
    "bad gzip": raw(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
    "cut gzip": raw(_HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b'{"status":"ok","data":"1"}')[:-6]),
    "unasked coding": raw(_HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}"),
    "bad chunks": raw(_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "endless head": raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000),
    "500 with ok": json_answer(_OK, status=500),
    "500 with a listed code": json_answer({"status": "error", "err-code": "order-value-min-error"}, status=500),
    "redirect": redirect(307, "http://127.0.0.1:1/"),
    "429": json_answer(b"", status=429),
    "100 without end": raw(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("name", NASTY)
async def test_after_the_first_byte_a_spoilt_answer_is_unknown(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The order left once, its body as journalled, and no spoilt answer says that it exists or that it does not."""
    caplog.set_level(logging.DEBUG)
    async with scripted_server({_PLACE: NASTY[name]}) as server, opened(server.address) as exchange:
        meant = intent(exchange)
        outcome = await exchange.place(meant)
        assert isinstance(outcome, Unknown)
        assert [request.body for request in server.requests] == [meant.body]
        assert spilled(repr(outcome) + caplog.text) == []
        assert outcome.cause.isprintable()


@pytest.mark.parametrize("name", [name for name in NASTY if name != "number for text"])
async def test_a_spoilt_answer_to_a_cancel_is_unknown(name: str) -> None:
    """A cancel may be repeated, so it says unknown and nothing worse."""
    async with scripted_server(otherwise=NASTY[name]) as server, opened(server.address) as exchange:
        assert (await exchange.cancel("5", "btcusdt")).answer is CancelAnswer.UNKNOWN
        assert (await exchange.cancel_by_client_id("hb1")).answer is CancelAnswer.UNKNOWN


@pytest.mark.parametrize("name", [name for name in NASTY if name != "bomb"])
async def test_a_spoilt_answer_to_a_read_is_one_sentence(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every failure of a signed read is an ExchangeError in clean words, with no key and no signed URL anywhere."""
    caplog.set_level(logging.DEBUG)
    async with scripted_server(otherwise=NASTY[name]) as server, opened(server.address) as exchange:
        with pytest.raises(ExchangeError) as raised:
            await exchange.accounts()
        assert spilled(shown(raised.value) + caplog.text) == []
        assert str(raised.value).isprintable()
        assert str(raised.value).endswith(".")
        assert len(server.requests) <= 2


async def test_a_bomb_does_not_fill_the_memory() -> None:
    """200 MB of zeros in 200 KB are cut at the cap of a read."""
    async with scripted_server(otherwise=NASTY["bomb"]) as server, opened(server.address) as exchange:
        tracemalloc.start()
        with pytest.raises(AnswerError, match="larger than"):
            await exchange.quotes()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 60 << 20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_never_followed(status: int) -> None:
    """The other server sees not one byte, neither of a read nor of an order nor of a cancel."""
    async with scripted_server(otherwise=json_answer(_OK)) as other:
        trap = redirect(status, f"{other.address}{_PLACE}")
        async with scripted_server(otherwise=trap) as server, opened(server.address) as exchange:
            assert isinstance(await exchange.place(intent(exchange)), Unknown)
            await exchange.cancel("5", "btcusdt")
            with pytest.raises(AnswerError, match="redirect"):
                await exchange.accounts()
            assert len(server.requests) == 3
        assert (other.connections, other.bytes_seen) == (0, 0)


async def test_a_refused_connection_is_proof_that_nothing_left() -> None:
    """Nobody listens: the order did not leave this computer, and may be pressed again."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    async with opened(address) as exchange:
        outcome = await exchange.place(intent(exchange))
        assert isinstance(outcome, Refused)
        assert (outcome.code, outcome.is_sent) == ("not-sent", False)
        assert "did not leave this computer" in outcome.text
        cancelled = await exchange.cancel("5", "btcusdt")
        assert (cancelled.answer, cancelled.code) == (CancelAnswer.UNKNOWN, "not-sent")
        with pytest.raises(NetworkError, match="refused"):
            await exchange.accounts()


async def test_without_a_key_nothing_is_signed_and_nothing_leaves() -> None:
    """Public reads work; orders, cancels and signed reads say what is missing."""
    async with scripted_server(
        {"/v1/common/timestamp": json_answer({"status": "ok", "data": 1_700_000_000_000})}
    ) as server:
        async with HtxExchange.open(Hosts.loopback(server.address), None) as exchange:
            assert exchange.account is None
            await exchange.server_time_ms()
            outcome = await exchange.place(intent(exchange))
            assert isinstance(outcome, Refused)
            assert not outcome.is_sent
            assert (await exchange.cancel("5", "btcusdt")).code == "not-sent"
            with pytest.raises(ExchangeError, match="needs an API key"):
                await exchange.accounts()
        assert set(server.paths()) == {"/v1/common/timestamp"}


async def test_an_intent_for_another_host_does_not_leave() -> None:
    """What was confirmed for one venue is never sent to another."""
    async with scripted_server(otherwise=json_answer(_OK)) as server, opened(server.address) as exchange:
        outcome = await exchange.place(replace(intent(exchange), host="api.huobi.pro"))
        assert isinstance(outcome, Refused)
        assert not outcome.is_sent
        assert server.requests == []


async def test_a_stale_connection_is_not_used_for_a_second_post() -> None:
    """A server that hangs up on a kept connection gets the order once: no library retries it."""
    answers = iter([json_answer(_OK), raw(b"")])

    async def turn(exchange: Exchange) -> None:
        await next(answers)(exchange)

    async with scripted_server({_PLACE: turn}) as server, opened(server.address) as exchange:
        assert await exchange.place(intent(exchange, "one")) == Accepted("59378")
        assert isinstance(await exchange.place(intent(exchange, "two")), Unknown)
        assert len(server.requests) == 2


async def test_a_read_is_asked_twice_at_most() -> None:
    """A broken line is retried once, an answer that says no is not."""
    answers = iter([raw(b""), json_answer({"status": "ok", "data": []}), raw(b""), raw(b"")])

    async def turn(exchange: Exchange) -> None:
        await next(answers)(exchange)

    async with scripted_server(otherwise=turn) as server, opened(server.address) as exchange:
        assert await exchange.accounts() == ()
        assert len(server.requests) == 2
        with pytest.raises(NetworkError):
            await exchange.accounts()
        assert len(server.requests) == 4


async def test_a_body_that_trickles_meets_its_deadline() -> None:
    """One byte at a time outlives every single timeout; the whole exchange has one deadline."""

    async def trickle(exchange: Exchange) -> None:
        await exchange.send(_HEAD + b"Content-Length: 100000\r\n\r\n")
        await exchange.trickle(b" ")

    async with scripted_server(otherwise=trickle) as server:
        hosts = Hosts.loopback(server.address)
        async with Transport(hosts, tls_context(hosts)) as transport:
            with pytest.raises(NetworkError, match="No full answer") as raised:
                await transport.send(Call("POST", "/x", SECRET, b"{}", is_urgent=True, within_s=0.2))
        assert not isinstance(raised.value, NotSent)
        assert spilled(shown(raised.value)) == []


async def test_a_silent_listener_before_the_first_byte_is_not_sent() -> None:
    """A connection that is never taken up leaves nothing behind: proof that no byte left."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:  # the queue of a listener that accepts nobody is soon full
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    hosts = Hosts.loopback(f"http://127.0.0.1:{listener.getsockname()[1]}")
    try:
        async with Transport(hosts, tls_context(hosts)) as transport:
            with pytest.raises(NotSent):
                await transport.send(Call("POST", "/x", "", b"{}", is_urgent=True, within_s=0.3))
    finally:
        for opened_socket in (*fillers, listener):
            opened_socket.close()


async def test_a_cancelled_task_stays_cancelled() -> None:
    """Cancellation is the one thing that placing lets through."""
    arrived = asyncio.Event()

    async def never(_exchange: Exchange) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with scripted_server({_PLACE: never}) as server, opened(server.address) as exchange:
        task = asyncio.create_task(exchange.place(intent(exchange)))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_reads_that_hang_do_not_hold_up_a_cancel() -> None:
    """With forty reads waiting for answers that never come, a cancel is answered at once."""

    async def never(_exchange: Exchange) -> None:
        await asyncio.Event().wait()

    async with scripted_server({"/v1/account/accounts": never}, otherwise=json_answer(_OK)) as server:
        async with opened(server.address) as exchange:
            reads = [asyncio.create_task(exchange.accounts()) for _ in range(40)]
            await eventually(lambda: server.paths().count("/v1/account/accounts") == 8)
            outcome = await asyncio.wait_for(exchange.cancel("5", "btcusdt"), 3)
            assert outcome.answer is CancelAnswer.REQUESTED
            assert await asyncio.wait_for(exchange.place(intent(exchange)), 3) == Accepted("59378")
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)


async def test_429_pauses_and_is_said() -> None:
    """HTX's own word for how long is kept; a body that is no JSON does not hide the limit."""
    async with scripted_server(otherwise=json_answer(b"slow down", status=429)) as server:
        async with opened(server.address) as exchange:
            with pytest.raises(RateLimited, match="too often"):
                await exchange.accounts()
            assert len(server.requests) == 2  # once more after a second's pause, and no more


async def test_what_is_sent() -> None:
    """One POST with the four signed parameters, the body as journalled, uncompressed, with no proxy and no cookie."""
    async with scripted_server({_PLACE: json_answer(_OK)}) as server, opened(server.address) as exchange:
        meant = intent(exchange)
        assert await exchange.place(meant) == Accepted("59378")
        (request,) = server.requests
    assert request.method == "POST"
    assert request.body == meant.body
    assert set(request.params) == {"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp", "Signature"}
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == server.address.removeprefix("http://")
    assert "cookie" not in request.headers
    assert "authorization" not in request.headers
    assert SECRET not in request.target + str(request.headers)
    assert request.params["AccessKeyId"] == ACCESS


async def test_the_query_on_the_wire_is_the_query_that_was_signed() -> None:
    """The HTTP library re-encodes nothing: every character that needs it is percent-encoded once."""
    path = "/v1/order/orders/getClientOrder"
    error = {"status": "error", "err-code": "base-record-invalid", "err-msg": "record invalid"}
    async with scripted_server({path: json_answer(error)}) as server, opened(server.address) as exchange:
        assert await exchange.order_by_client_id("a b:c/d+e=f&g~%") is None
        (request,) = server.requests
    assert "clientOrderId=a%20b%3Ac%2Fd%2Be%3Df%26g~%25" in request.target
    assert dict(parse_qsl(request.target.split("?")[1]))["clientOrderId"] == "a b:c/d+e=f&g~%"
    assert "content-length" not in request.headers


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No variable of the environment can put somebody between this client and the venue."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with scripted_server({_PLACE: json_answer(_OK)}) as server, opened(server.address) as exchange:
        assert await exchange.place(intent(exchange)) == Accepted("59378")
        assert "authorization" not in server.requests[0].headers


def test_tls_is_strict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Certificates and names are checked, old versions refused, session keys written to no file."""
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    context = tls_context(Hosts.live())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert not keys.exists()
    assert str(context.keylog_filename) == "None"
    assert context.get_ca_certs()
    assert not tls_context(Hosts.loopback("http://127.0.0.1:9")).get_ca_certs()


@pytest.mark.parametrize("fault", ["unknown authority", "expired", "wrong name"])
async def test_a_wrong_certificate_gets_no_byte_of_an_order(fault: str) -> None:
    """Whoever answers for the venue without its certificate is refused before the first byte: proof, not doubt."""
    authority = trustme.CA()
    expiry = datetime(2020, 1, 1, tzinfo=UTC) if fault == "expired" else None
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("example.org" if fault == "wrong name" else "localhost", not_after=expiry).configure_cert(
        served
    )
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def impostor() -> None:
        taken, _ = listener.accept()
        try:
            with served.wrap_socket(taken, server_side=True) as secure:
                heard.append(secure.recv(10))
        except OSError:
            taken.close()

    thread = threading.Thread(target=impostor)
    thread.start()
    hosts = Hosts.live()
    tls = tls_context(hosts)
    if fault != "unknown authority":
        authority.configure_trust(tls)
    # no honest way leads a live client to this computer, so the checked address is overwritten by force
    object.__setattr__(hosts, "rest", f"https://localhost:{listener.getsockname()[1]}")
    async with Transport(hosts, tls) as transport:
        with pytest.raises(NotSent, match="certificate"):
            await transport.send(Call("POST", _PLACE, "Signature=x", b"{}", is_urgent=True))
    await asyncio.to_thread(thread.join, 10)
    listener.close()
    assert heard in ([], [b""])


async def test_a_name_that_does_not_resolve_is_proof_that_nothing_left() -> None:
    """No address, no connection, no byte: whether the resolver says so or does not answer in time."""
    hosts = Hosts.live()
    # no live host can be made not to resolve, so the checked address is overwritten by force
    object.__setattr__(hosts, "rest", "https://venue.invalid")
    async with Transport(hosts, tls_context(hosts)) as transport:
        with pytest.raises(NotSent) as raised:
            await transport.send(Call("POST", _PLACE, SECRET, b"{}", is_urgent=True))
    assert "resolved" in str(raised.value) or "No connection within" in str(raised.value)
    assert spilled(shown(raised.value)) == []


async def test_a_full_pool_is_proof_that_nothing_left() -> None:
    """With every connection taken by an order that waits for its answer, one more does not leave."""

    async def never(_exchange: Exchange) -> None:
        await asyncio.Event().wait()

    async with scripted_server(otherwise=never) as server:
        hosts = Hosts.loopback(server.address)
        async with Transport(hosts, tls_context(hosts)) as transport:
            waiting = [
                asyncio.create_task(transport.send(Call("POST", _PLACE, "", b"{}", is_urgent=True))) for _ in range(20)
            ]
            await eventually(lambda: len(server.requests) == 20)
            with pytest.raises(NotSent):
                await transport.send(Call("POST", _PLACE, "", b"{}", is_urgent=True, within_s=0.3))
            assert len(server.requests) == 20
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.long
async def test_an_orders_answer_is_awaited_for_longer_than_a_reads() -> None:
    """Eleven seconds late, an answer is still the truth about an order, while a read has been given up."""

    async def late(exchange: Exchange) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 11)
        await json_answer(_OK)(exchange)

    async with scripted_server(otherwise=late) as server, opened(server.address) as exchange:
        placing = asyncio.create_task(exchange.place(intent(exchange)))
        with pytest.raises(NetworkError, match="within 10 s"):
            await exchange.accounts()
        assert await placing == Accepted("59378")


def test_importing_the_client_imports_no_http_library() -> None:
    """The first frame of the screen does not wait for httpx: it is imported when the client is opened."""
    script = "import sys, hbtui.htx.exchange as e; print(sorted({'httpx','websockets','ssl'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "httpx" not in found.stdout
    assert "websockets" not in found.stdout


def test_a_call_does_not_show_its_query() -> None:
    """Printing a request gives neither the signed query nor the body away."""
    assert spilled(repr(Call("GET", "/x", f"AccessKeyId={ACCESS}&Signature=abc", SECRET.encode()))) == []


_HALTED = Refused("HALTED", "halted", is_sent=False)


async def test_an_order_that_is_kept_back_while_it_connects_sends_no_byte() -> None:
    """A wish that comes while the connection is still being made keeps the order here: the other side hears nothing."""
    is_kept = False
    asked: list[bool] = []

    def kept_back() -> Refused | None:
        asked.append(is_kept)
        return _HALTED if is_kept else None

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as queue:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        for _ in range(4):  # a queue that is full takes no further connection: whoever comes has to wait
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        async with opened(f"http://127.0.0.1:{port}") as exchange:
            task = asyncio.create_task(exchange.place(intent(exchange), kept_back))
            await settle()
            assert not asked
            is_kept = True
            heard: list[bytes] = []

            def is_told() -> bool:
                with contextlib.suppress(BlockingIOError):
                    connection, _ = listener.accept()
                    queue.enter_context(connection)
                    connection.settimeout(0.05)
                    with contextlib.suppress(TimeoutError):
                        heard.append(connection.recv(4096))
                return task.done()

            await eventually(is_told, 10)
            assert await task == _HALTED
    assert asked == [True]
    assert b"".join(heard) == b""


@pytest.mark.parametrize("count", [1, 2])
async def test_an_order_that_is_kept_back_leaves_an_open_connection_usable(count: int) -> None:
    """On a connection that stands already not a byte leaves either, and the next order goes out whole."""
    ok = [{"client-order-id": f"hb1T{number}", "order-id": number + 1} for number in range(count)]
    batch = json_answer({"status": "ok", "data": ok})
    async with (
        scripted_server({_PLACE: json_answer(_OK), "/v1/order/batch-orders": batch}) as server,
        opened(server.address) as exchange,
    ):
        meant = [intent(exchange, f"hb1T{number}") for number in range(count)]

        async def sent(kept_back: Callable[[], Refused | None]) -> Sequence[Outcome]:
            if count == 1:
                return (await exchange.place(meant[0], kept_back),)
            return await exchange.place_many(meant, kept_back)

        assert {type(one) for one in await sent(lambda: None)} == {Accepted}
        seen = server.bytes_seen
        assert list(await sent(lambda: _HALTED)) == [_HALTED] * count
        assert (len(server.requests), server.bytes_seen) == (1, seen)
        assert {type(one) for one in await sent(lambda: None)} == {Accepted}
        assert len(server.requests) == 2
