"""A recorded HTX session, served from this computer through real sockets: real frames, real symbol list, real pace."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

__all__ = ["PAYLOADS", "Recording", "recorded_exchange"]

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "htx" / "payloads"
_SYMBOLS = PAYLOADS / "cryptofeed" / "HUOBI.0__v1_common_symbols_part_open.json"
_FRAMES = PAYLOADS / "cryptofeed" / "HUOBI.ws.44.0__decoded.jsonl"


@dataclass
class Recording:
    """What was recorded, and what came of playing it."""

    rest: str
    frames: list[tuple[float, str, str]]
    """Seconds since the start, channel (``ping`` for pings), and the frame's own text."""
    symbols: bytes
    go: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it when the client is ready to see the frames."""
    played: asyncio.Event = field(default_factory=asyncio.Event)
    pongs: list[int] = field(default_factory=list)
    subscribed: set[str] = field(default_factory=set)

    def trades(self, symbol: str) -> list[dict[str, object]]:
        """Every recorded trade of a symbol, as JSON, oldest first, each once."""
        seen: dict[object, dict[str, object]] = {}
        for _, channel, text in self.frames:
            if channel == f"market.{symbol}.trade.detail":
                for one in json.loads(text)["tick"]["data"]:
                    seen.setdefault(one["tradeId"], one)
        return sorted(seen.values(), key=lambda one: (str(one["ts"]), int(str(one["tradeId"]))))

    def last_depth(self, symbol: str) -> dict[str, list[list[float]]]:
        """The last recorded book of a symbol, as JSON."""
        texts = [text for _, channel, text in self.frames if channel == f"market.{symbol}.depth.step0"]
        tick: dict[str, list[list[float]]] = json.loads(texts[-1])["tick"]
        return tick


def _load() -> tuple[list[tuple[float, str, str]], bytes]:
    frames = []
    start = None
    for line in _FRAMES.read_text(encoding="utf-8").splitlines():
        # the frame's own text is cut out of the line, so that no number passes through a parser of ours
        entry, text = json.loads(line), line[line.index('"msg":') + 6 : -1]
        start = entry["t"] if start is None else start
        message = entry["msg"]
        if entry["dir"] == "recv" and ("ch" in message or "ping" in message):
            frames.append((entry["t"] - start, message.get("ch", "ping"), text))
    return frames, _SYMBOLS.read_bytes()


@asynccontextmanager
async def recorded_exchange(speed: float = 10) -> AsyncIterator[Recording]:
    """Serve the recording on a free loopback port, ``speed`` times as fast as it was."""
    frames, symbols = await asyncio.to_thread(_load)
    recording = Recording("", frames, symbols)

    async def talk(connection: ServerConnection) -> None:
        player = asyncio.create_task(_play(connection, recording, speed))
        try:
            async for text in connection:
                await _answer(connection, recording, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            player.cancel()
            await asyncio.gather(player, return_exceptions=True)

    async with serve(
        talk, "127.0.0.1", 0, process_request=lambda _, request: _rest(request, recording), compression=None
    ) as server:
        recording.rest = f"http://127.0.0.1:{_port(server)}"
        yield recording


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def _rest(request: Request, recording: Recording) -> Response | None:
    """Answer what was recorded; of the rest say what HTX says of a path that it does not have."""
    path = request.path.split("?")[0]
    if path == "/ws":
        return None
    if path == "/v1/common/symbols":
        return _json(HTTPStatus.OK, recording.symbols)
    return _json(
        HTTPStatus.METHOD_NOT_ALLOWED,
        b'{"status":"error","err-code":"method-not-allowed","err-msg":"not recorded","data":null}',
    )


def _json(status: HTTPStatus, body: bytes) -> Response:
    from websockets.datastructures import Headers

    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)


async def _answer(connection: ServerConnection, recording: Recording, message: dict[str, object]) -> None:
    if "pong" in message:
        recording.pongs.append(int(str(message["pong"])))
    for verb, done in (("sub", "subbed"), ("unsub", "unsubbed")):
        if verb in message:
            topic = str(message[verb])
            (recording.subscribed.add if verb == "sub" else recording.subscribed.discard)(topic)
            answer = {"id": message.get("id"), "status": "ok", done: topic, "ts": 1_618_678_070_653}
            await connection.send(gzip.compress(json.dumps(answer).encode()))


async def _play(connection: ServerConnection, recording: Recording, speed: float) -> None:
    await recording.go.wait()
    loop = asyncio.get_running_loop()
    started = loop.time()
    for at, channel, text in recording.frames:
        await asyncio.sleep(max(0, started + at / speed - loop.time()))
        if channel == "ping" or channel in recording.subscribed:
            await connection.send(gzip.compress(text.encode()))
    recording.played.set()
