"""Bars of any span, over market sockets of their own: several at once, each at HTX's pace.

Source: HTX docs, kline ``req`` with ``from`` and ``to`` (seconds, both included, 1501174800 to 2556115200): at most 300
bars an answer, at least 100 ms between the requests of one connection.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from hbtui.htx.answers import JSON_ERRORS, payload
from hbtui.htx.clock import VenueClock
from hbtui.htx.decode import candle_of
from hbtui.htx.errors import ErrorAnswer, venue_error
from hbtui.htx.inflate import gunzipped
from hbtui.htx.rest_market import MarketReads, asked_symbol, certain
from hbtui.htx.sockets import ConnectionLost, Socket
from hbtui.htx.topics import channel_of
from hbtui.htx.wire import KlineRow
from hbtui.htx.wire_push import MarketFrame
from hbtui.model.candle import Candle
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError
from hbtui.model.events import Topic, TopicKind
from hbtui.model.series import Series, Span
from hbtui.model.text import clean

__all__ = ["BARS_A_REQUEST", "HistoryLines", "HtxBarSource", "opened_lines"]

BARS_A_REQUEST = 300
_SPACING_S = 0.1
_ANSWER_LIMIT_S = 10.0
_FIRST_S, _LAST_S = 1_501_174_800, 2_556_115_200
"""HTX refuses to be asked for anything before the one or after the other."""
_frames = msgspec.json.Decoder(MarketFrame)
_klines = msgspec.json.Decoder(list[KlineRow])
_encode = msgspec.json.Encoder().encode


class HistoryLines:
    """A few connections; each answers one request at a time, and is made when it is first needed."""

    def __init__(self, address: str, tls: ssl.SSLContext, clock: VenueClock, connections: int) -> None:
        self._lines = [_Line(address, tls, clock) for _ in range(connections)]
        self._idle: asyncio.Queue[_Line] = asyncio.Queue()
        for line in self._lines:
            self._idle.put_nowait(line)

    async def bars(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """The bars that open within a span of at most 300, rising, as HTX sent them.

        Raises ``ExchangeError``: no connection, no answer within ten seconds, an answer that cannot be read, or a no.
        """
        channel = channel_of(Topic(TopicKind.CANDLES, asked_symbol(series.symbol), series.period))
        if channel is None:
            message = f"HTX serves no bars of {series.period.value}"
            raise ValueError(message)
        from_s, to_s = max(_FIRST_S, -(-span.start_ms // 1000)), min(_LAST_S, (span.end_ms - 1) // 1000)
        if from_s > to_s:
            return ()  # before HTX's first bar there is none
        line = await self._idle.get()
        try:
            frame = await line.ask(channel, from_s, to_s)
        finally:
            self._idle.put_nowait(line)
        if frame.status != "ok":
            raise venue_error(ErrorAnswer(clean(frame.err_code or "error", 80), clean(frame.err_msg or "")))
        if frame.rep != channel:
            message = f"The exchange answered with other bars than those of {series}."
            raise AnswerError(message)
        rows = payload(frame.data, _klines)
        return certain(lambda: tuple(candle_of(row) for row in rows))

    async def close(self) -> None:
        """Close every connection."""
        for line in self._lines:
            await line.drop()


class HtxBarSource:
    """HTX's whole history: spans by socket, the newest bars and the clock by REST."""

    def __init__(self, lines: HistoryLines, reads: MarketReads, clock: VenueClock) -> None:
        self._lines = lines
        self._reads = reads
        self._clock = clock

    async def now_ms(self) -> int:
        """HTX's clock, UTC ms; asked for once, and carried on."""
        return await self._reads.server_time_ms() if self._clock.offset_ms is None else self._clock.now_ms()

    async def bars(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """See :meth:`HistoryLines.bars`."""
        return await self._lines.bars(series, span)

    async def recent(self, series: Series, size: int) -> tuple[Candle, ...]:
        """The last bars (at most 2,000), oldest first, the last one still forming."""
        return await self._reads.candles(series.symbol, series.period, size)


@asynccontextmanager
async def opened_lines(
    address: str, tls: ssl.SSLContext, clock: VenueClock, connections: int
) -> AsyncIterator[HistoryLines]:
    """Lines for the length of an ``async with``; nothing is connected before the first request."""
    lines = HistoryLines(address, tls, clock, connections)
    try:
        yield lines
    finally:
        await lines.close()


class _Line:
    """One connection and its pace."""

    def __init__(self, address: str, tls: ssl.SSLContext, clock: VenueClock) -> None:
        self._address = address
        self._tls = tls
        self._clock = clock.own
        self._socket: Socket | None = None
        self._next_s = 0.0
        self._number = 0

    async def ask(self, channel: str, from_s: int, to_s: int) -> MarketFrame:
        """Send one request and wait for its answer; whatever goes wrong ends the connection."""
        try:
            async with asyncio.timeout(_ANSWER_LIMIT_S):
                frame = await self._asked(channel, from_s, to_s)
        except TimeoutError:
            failure: ExchangeError = NetworkError(f"No answer to a request for bars within {_ANSWER_LIMIT_S:.0f} s.")
        except ConnectionLost as lost:
            failure = NetworkError(f"The history's connection failed: {lost}.")
        except JSON_ERRORS:
            failure = AnswerError("An answer to a request for bars cannot be read.")
        except asyncio.CancelledError:
            await self.drop()  # an answer that nobody waits for must not be taken for the next one's
            raise
        else:
            return frame
        await self.drop()
        raise failure

    async def drop(self) -> None:
        """Close the connection, if there is one; the next request makes another."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _asked(self, channel: str, from_s: int, to_s: int) -> MarketFrame:
        socket = await self._ready()
        self._number += 1
        name = f"k{self._number}"
        await socket.send(_encode({"req": channel, "id": name, "from": from_s, "to": to_s}).decode())
        while True:
            for raw in await socket.receive(_ANSWER_LIMIT_S):
                frame = _frames.decode(gunzipped(raw) if isinstance(raw, bytes) else raw)
                if frame.ping is not None:
                    await socket.send(_encode({"pong": frame.ping}).decode())
                elif frame.id == name or (frame.id is None and frame.status == "error"):
                    return frame  # an error may come without the id, and nothing else was asked on this connection

    async def _ready(self) -> Socket:
        """A connection that may be asked now; one that was idle for long may be gone, and is made anew."""
        now_s = self._clock.monotonic_s()
        if self._socket is not None and now_s - self._next_s > _SPACING_S * 20:
            await self.drop()
        if self._socket is None:
            self._socket = await Socket.opened(self._address, self._tls)
        elif self._next_s > now_s:
            await self._clock.sleep(self._next_s - now_s)
        self._next_s = self._clock.monotonic_s() + _SPACING_S
        return self._socket
