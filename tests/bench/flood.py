"""An embedded exchange that also floods every market socket with frames at a given rate, in a process of its own.

``python -m tests.bench.flood FRAMES_A_SECOND`` prints the exchange's ready line, runs until its input closes, and then
says how much it sent.
"""

import asyncio
import contextlib
import gzip
import json
import random
import sys
import time
from collections.abc import Iterator

from hbtui.sim.options import Options
from hbtui.sim.server import ExchangeServer, bound, ready_line

__all__: list[str] = []

_TICK_S = 0.01
_POOL = 1_000
_RENEW_S = 5.0
_SYMBOL = "btcusdt"


def _frames() -> list[bytes]:
    """Make frames as HTX sends them for what the trade screen watches: bars, trades, the last day."""
    noise = random.Random(7)
    now_ms = time.time_ns() // 1_000_000
    frames = []
    for number in range(_POOL):
        price = round(62_000 + noise.random() * 50, 2)
        kind = number % 3
        if kind == 0:
            tick: dict[str, object] = {
                "id": now_ms // 60_000 * 60, "open": 62_000, "close": price, "high": 62_080, "low": 61_990,
                "amount": 12.5 + number, "vol": 775_000.25, "count": 100 + number,
            }  # fmt: skip
            channel = f"market.{_SYMBOL}.kline.1min"
        elif kind == 1:
            trade = {
                "id": now_ms * 1_000_000 + number, "ts": now_ms, "tradeId": now_ms * 1_000 + number,
                "amount": 0.01, "price": price, "direction": "buy",
            }  # fmt: skip
            tick, channel = {"id": now_ms, "ts": now_ms, "data": [trade]}, f"market.{_SYMBOL}.trade.detail"
        else:
            tick = {
                "id": now_ms, "open": 61_000, "close": price, "high": 63_000, "low": 60_000, "amount": 5_000,
                "vol": 3.1e8, "count": 70_000, "version": now_ms,
            }  # fmt: skip
            channel = f"market.{_SYMBOL}.detail"
        message = {"ch": channel, "ts": now_ms, "tick": tick}
        frames.append(gzip.compress(json.dumps(message).encode(), compresslevel=1))
    return frames


async def _flood(server: ExchangeServer, rate: float, told: dict[str, float]) -> None:
    """Send, and count: frames that a client was sent, seconds that one was there, clients cut for not reading."""
    frames, renewed = _frames(), time.monotonic()
    loop = asyncio.get_running_loop()
    started, sent, cut = loop.time(), 0, set()
    while True:
        before = loop.time()
        await asyncio.sleep(_TICK_S)
        if time.monotonic() - renewed > _RENEW_S:
            frames, renewed = await asyncio.to_thread(_frames), time.monotonic()
        due = int((loop.time() - started) * rate) - sent
        links = server._of_kind("ws")
        for link in links:
            for number in range(due):
                link.send(frames[(sent + number) % _POOL])
            if link._closing is not None:
                cut.add(id(link))
        told["sent"] += due * len(links)
        told["seconds"] += (loop.time() - before) * len(links)
        told["cut"] = len(cut)
        sent += due


@contextlib.contextmanager
def _ended_with_input(server: ExchangeServer) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), server.stop)
    yield


async def _main(rate: float) -> None:
    options = Options(queue_frames=50_000)
    server, listener = ExchangeServer(options), bound(0)
    line = json.dumps(ready_line(options, listener.getsockname()[1]))
    with _ended_with_input(server):
        told = {"sent": 0.0, "seconds": 0.0, "cut": 0.0}
        flood = asyncio.create_task(_flood(server, rate, told))
        await server.run(listener, lambda: print(line, flush=True))
        flood.cancel()
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
