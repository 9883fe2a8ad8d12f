"""The proxy itself: each toxic does what its name says, to whom it is meant for, and to nobody else."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.eventually import eventually_sync
from tests.support.exchange import exchange_in_thread
from tests.support.fault_proxy import FaultProxy, fault_proxy

TIME = "/v1/common/timestamp"


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """Run a proxy in front of an embedded exchange."""
    with exchange_in_thread(frozen=True) as exchange, fault_proxy(exchange.port) as running:
        yield running


@contextmanager
def connected(proxy: FaultProxy) -> Iterator[http.client.HTTPConnection]:
    """Open a plain client of the proxy."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    try:
        yield client
    finally:
        client.close()


def asked(proxy: FaultProxy, path: str = TIME) -> bytes:
    """Ask over a connection of its own."""
    with connected(proxy) as client:
        client.request("GET", path)
        return client.getresponse().read()


def test_without_toxics_every_byte_passes_and_every_request_is_seen(proxy: FaultProxy) -> None:
    """Two requests on one connection are answered, told apart, and counted with their answers."""
    with connected(proxy) as client:
        for path in (TIME, "/v2/market-status?x=1"):
            client.request("GET", path)
            assert b'"data"' in client.getresponse().read()
    assert [seen.line for seen in proxy.seen] == [f"GET {TIME}", "GET /v2/market-status"]
    assert all(seen.answered > 100 and seen.is_whole for seen in proxy.seen)


def test_a_toxic_strikes_only_what_it_matches_and_only_so_often(proxy: FaultProxy) -> None:
    """A reset for one path leaves the others alone, and is over after its times."""
    toxic = proxy.add("reset", TIME, times=1)
    assert b"success" in asked(proxy, "/v2/market-status")
    with pytest.raises(ConnectionResetError):
        asked(proxy)
    assert b"ok" in asked(proxy)
    assert toxic.struck == 1


def test_limit_closes_after_so_many_bytes_of_the_answer(proxy: FaultProxy) -> None:
    """The beginning of the answer arrives, then the end of the stream."""
    proxy.add("limit", TIME, "down", size=40)
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(f"GET {TIME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while data := client.recv(1000):
            received += data
    assert len(received) == 40
    assert received.startswith(b"HTTP/1.1 200")


def test_hold_and_black_hole_keep_everything_back_until_they_are_lifted(proxy: FaultProxy) -> None:
    """Nothing comes and nothing is closed; afterwards the whole answer is there."""
    for kind in ("hold", "black-hole"):
        toxic = proxy.add("hold" if kind == "hold" else "black-hole", TIME)
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(f"GET {TIME} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            eventually_sync(lambda toxic=toxic: toxic.struck == 1, what=kind)  # type: ignore[misc]  # bound at once
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(5)
            proxy.remove(toxic)
            assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_slices_latency_and_corruption_change_the_pace_and_the_bytes(proxy: FaultProxy) -> None:
    """Slices come whole in the end, latency only late, and corrupt bytes are what the change makes of them."""
    toxics = [proxy.add("slice", TIME, "down", size=7, seconds=0.001), proxy.add("latency", TIME, seconds=0.01)]
    assert b'"status":"ok"' in asked(proxy)
    proxy.remove(*toxics)
    proxy.add("corrupt", TIME, "down", change=lambda data: data.replace(b'"ok"', b'"no"'))
    assert b'"status":"no"' in asked(proxy)


def test_slow_close_tells_the_end_later(proxy: FaultProxy) -> None:
    """The answer is there while the end of the connection is not told yet."""
    toxic = proxy.add("slow-close", TIME, "down", seconds=0.05)
    with socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(f"GET {TIME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while data := client.recv(1000):
            received += data
    assert received.endswith(b"}")
    assert toxic.struck == 1


def test_late_resets_the_sender_and_delivers_when_released(proxy: FaultProxy) -> None:
    """The client meets a reset; the exchange gets the request, body and all, only afterwards."""
    with fault_proxy(proxy.port) as front:
        toxic = front.add("late", TIME)
        with pytest.raises(ConnectionResetError):
            asked(front)
        eventually_sync(lambda: front.connections() == 0, what="the sender being gone")
        assert proxy.seen == []
        front.release(toxic)
        eventually_sync(lambda: [seen.answered > 0 for seen in proxy.seen] == [True], what="the request arriving")


def test_down_refuses_and_up_again_serves_on_the_same_port(proxy: FaultProxy) -> None:
    """While it is down nothing listens, and what was open is reset."""
    with connected(proxy) as client:
        client.request("GET", TIME)
        client.getresponse().read()
        with proxy.down():
            with pytest.raises(ConnectionRefusedError):
                asked(proxy)
            assert client.sock is not None
            with pytest.raises(ConnectionResetError):
                client.sock.recv(1)
    assert b"ok" in asked(proxy)


def test_cut_ends_what_is_open(proxy: FaultProxy) -> None:
    """One kept connection is found by its request and ended."""
    with connected(proxy) as client:
        client.request("GET", TIME)
        client.getresponse().read()
        assert proxy.connections(TIME) == 1
        assert proxy.cut("/elsewhere") == 0
        assert proxy.cut(TIME) == 1
        eventually_sync(lambda: proxy.connections() == 0, what="the connection being gone")
