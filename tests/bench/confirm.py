"""From a confirmed order to its first byte on the wire: gate, engine thread, journal on the disk, signature, socket."""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from hbtui.config import places
from hbtui.demo import DemoExchange
from hbtui.model.account import Mode
from hbtui.model.order import Confirmation, OrderRequest, OrderType, Side
from hbtui.runtime import open_session
from hbtui.target import Target
from hbtui.trading.engine import Engine
from tests.bench.figures import quantile

__all__ = ["report"]

_ORDERS = 150
_WARM = 10
_PLACE = b"POST /v1/order/orders/place"
_BY_HAND_S = 0.12
"""A person confirms one order at a time: each sample begins on an engine that has come to rest."""


def report() -> list[str]:
    """Place orders one by one and time each; milliseconds, beside a durable write of the same size on this disk."""
    with tempfile.TemporaryDirectory() as home, DemoExchange() as demo, _relay(demo.ready()["rest"]) as relay:
        os.environ["HBTUI_HOME"] = home
        try:
            taken = _placed(relay)
            floor = _durable_writes(Path(home) / "floor")
        finally:
            del os.environ["HBTUI_HOME"]
    name = "confirm → first byte, with journal"
    ours = f"p50 {quantile(taken, 0.5):.1f} ms, p99 {quantile(taken, 0.99):.1f} ms"
    beside = f"a durable write alone: {quantile(floor, 0.5):.1f}/{quantile(floor, 0.99):.1f} ms"
    return [f"{name:<34} {ours} ({beside}; n={len(taken)})  aim ≤ 10 and ≤ 50"]


def _placed(relay: "_Relay") -> list[float]:
    engine = Engine(Mode.DEMO, watchlist=("dogeusdt",), symbol="dogeusdt")
    target = Target(Mode.DEMO, places(), exchange_url=relay.url)
    engine.start(lambda: open_session(target))
    try:
        _wait(lambda: not engine.view.blocked and engine.view.book.book is not None)
        account_id = engine.view.venue.account_id or 0
        taken = []
        for number in range(_ORDERS + _WARM):
            request = OrderRequest(
                account_id=account_id,
                symbol="dogeusdt",
                side=Side.BUY,
                type=OrderType.LIMIT,
                amount=Decimal(100 + number),
                price=Decimal("0.06"),
            )
            # the gate would let nobody place so many orders a minute, and it is not what is measured here
            engine._guard._sent.clear()
            relay.seen.clear()
            begun = time.perf_counter()
            key = engine.place(request, Confirmation(at_ms=time.time_ns() // 1_000_000, by="program"))
            _wait(relay.seen.is_set)
            taken.append((relay.at_s - begun) * 1000)
            _wait(partial(_is_open, engine, key))
            engine.cancel(key)
            time.sleep(_BY_HAND_S)
        return taken[_WARM:]
    finally:
        engine.stop()


def _is_open(engine: Engine, key: str) -> bool:
    return any(one.client_order_id == key and one.is_open for one in engine.view.orders.open)


def _durable_writes(path: Path) -> list[float]:
    """The floor: as many bytes as an order's row, appended and synced."""
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(_ORDERS):
            begun = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _wait(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        if time.monotonic() > ends:
            message = "the engine did not come so far"
            raise RuntimeError(message)
        time.sleep(0.0002)


class _Relay:
    """Where the relay listens, and when it last saw an order's first byte."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen = threading.Event()
        self.at_s = 0.0


@contextmanager
def _relay(upstream: str) -> Iterator[_Relay]:
    """Pass bytes on to the exchange and back, in a thread, and note when an order begins to arrive."""
    port = urlsplit(upstream).port
    ready, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event, _Relay]]()

    async def run() -> None:
        over = asyncio.Event()
        relay = _Relay("")

        async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, looks: bool) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while chunk := await reader.read(65_536):
                    if looks and chunk.startswith(_PLACE):
                        relay.at_s = time.perf_counter()
                        relay.seen.set()
                    writer.write(chunk)
                    await writer.drain()
            writer.close()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(passing(reader, up_writer, looks=True), passing(up_reader, writer, looks=False))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        loops.append((asyncio.get_running_loop(), over, relay))
        ready.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    ready.wait(10)
    loop, over, relay = loops[0]
    try:
        yield relay
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
