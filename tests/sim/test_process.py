"""The exchange as a process: its ready line, how it ends, and what it says when it cannot begin."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hbtui.sim.keys import ACCESS_KEY, SECRET_KEY
from tests.sim.clients import signed_text

COMMAND = [sys.executable, "-m", "hbtui.sim"]
ROOT = Path(__file__).parents[2]


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A process of its own, and its ready line."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def said(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How it ended, and what it still said."""
    code = process.wait(20)
    assert process.stdout is not None
    assert process.stderr is not None
    return code, process.stdout.read(), process.stderr.read()


def test_the_ready_line_is_true() -> None:
    """One JSON line names every address and the published key pair, and the addresses answer."""
    with started() as (_, ready):
        port = int(ready["rest"].rpartition(":")[2])
        assert ready == {
            "rest": f"http://127.0.0.1:{port}",
            "market_ws": f"ws://127.0.0.1:{port}/ws",
            "feed_ws": f"ws://127.0.0.1:{port}/feed",
            "private_ws": f"ws://127.0.0.1:{port}/ws/v2",
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
        }
        with urllib.request.urlopen(f"{ready['rest']}/v2/market-status", timeout=20) as answer:  # noqa: S310 -- loopback
            assert json.load(answer)["data"] == {"marketStatus": 1}


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly(name: signal.Signals) -> None:
    """Ctrl-C or SIGTERM: code 0, and not a word on either stream."""
    with started() as (process, _):
        process.send_signal(name)
        assert said(process) == (0, "", "")


def test_ctrl_c_ends_it_with_connections_open() -> None:
    """Open connections do not hold it up."""
    with started() as (process, ready):
        port = int(ready["rest"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as idle:
            idle.sendall(b"GET /v1/common/timestamp HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGINT)
            assert said(process) == (0, "", "")


def test_it_never_outlives_who_started_it() -> None:
    """With --watch-stdin the end of its standard input is its end."""
    with started("--watch-stdin") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_without_watching_a_closed_stdin_means_nothing() -> None:
    """A sandbox started in the background goes on when nobody types."""
    with started() as (process, ready):
        assert process.stdin is not None
        process.stdin.close()
        with urllib.request.urlopen(f"{ready['rest']}/v1/common/timestamp", timeout=20) as answer:  # noqa: S310 -- loopback
            assert answer.status == 200
        assert process.poll() is None


def test_a_port_in_use_is_one_sentence() -> None:
    """No traceback: what is wrong and what to do, on stderr, and code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*COMMAND, "--port", str(port)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    reason = "it is in use by another program. Choose another with --port."
    assert ended.stderr == f"The exchange cannot listen on 127.0.0.1:{port}: {reason}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "there is no such port"),
        (["--ledger", "/nowhere/at/all"], "ledger file cannot be written"),
    ],
)
def test_other_false_starts_are_sentences_too(arguments: list[str], words: str) -> None:
    """A port that does not exist and a ledger that cannot be written are told, not thrown."""
    ended = subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_listens_on_this_machine_only() -> None:
    """Only 127.0.0.1: the same port on the wildcard address is still free to others."""
    with started() as (_, ready):
        port = int(ready["rest"].rpartition(":")[2])
        assert ready["rest"].startswith("http://127.0.0.1:")
        with socket.socket() as probe, pytest.raises(OSError, match="in use"):
            probe.bind(("127.0.0.1", port))
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))


def test_one_seed_is_one_market() -> None:
    """Two processes with one seed tell the same past; another seed tells another."""

    def bar(seed: int) -> str:
        with started("--seed", str(seed)) as (_, ready):
            url = f"{ready['rest']}/market/history/kline?symbol=btcusdt&period=1mon&size=3"
            with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 -- loopback
                return str(json.load(answer)["data"][2])

    assert bar(5) == bar(5) != bar(6)


def test_starting_loads_little() -> None:
    """Asking for help imports neither the server nor the market; the exchange never imports the client or a screen."""
    code = (
        "import sys, hbtui.sim.command; early = set(sys.modules); import hbtui.sim.server; late = set(sys.modules);"
        "print(sorted({'uvicorn', 'starlette', 'msgspec'} & early),"
        "sorted({'textual', 'httpx', 'sqlite3', 'hbtui.htx.rest', 'hbtui.trading'} & late))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout.strip() == "[] []"


def test_the_ledger_file_is_written_as_it_happens(tmp_path: Path) -> None:
    """A line is on the disk as soon as the event has happened, with exactly the published fields."""
    path = tmp_path / "orders.jsonl"
    with started("--ledger", str(path), "--control") as (_, ready):
        body = b'{"symbol":"btcusdt","price":"60000"}'
        urllib.request.urlopen(f"{ready['rest']}/_control/trade", body, timeout=20).close()  # noqa: S310 -- loopback
        place(ready)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["arrived", "refused"]
    assert set(lines[0]) == {"event", "client_order_id", "order_id", "symbol", "type", "amount", "price", "ts"}
    assert (lines[0]["client_order_id"], lines[0]["amount"], lines[0]["price"]) == ("x-1", "1", "1.234")


def place(ready: dict[str, str]) -> None:
    """Place an order that will be refused, signed with nothing but the standard library."""
    path = "/v1/order/orders/place"
    query = {
        "AccessKeyId": ready["access_key"],
        "SignatureMethod": "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
    }
    host = ready["rest"].removeprefix("http://")
    query["Signature"] = signed_text(ready["secret_key"], "POST", host, path, query)
    order = {"account-id": 100009, "symbol": "btcusdt", "type": "buy-limit", "amount": "1", "price": "1.234"}
    body = json.dumps(order | {"client-order-id": "x-1"}).encode()
    urllib.request.urlopen(f"{ready['rest']}{path}?{urlencode(query)}", body, timeout=20).close()  # noqa: S310 -- loopback


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_ledger_on_a_full_disk_ends_with_a_sentence_and_the_exchange_goes_on() -> None:
    """Orders are answered as ever; the ledger is given up in words, once, instead of with holes."""
    with started("--ledger", "/dev/full", "--frozen") as (process, ready):
        place(ready)
        place(ready)
        process.send_signal(signal.SIGINT)
        code, _, err = said(process)
    assert code == 0
    assert err == "The ledger file cannot be written any more (No space left on device): it ends here.\n"
