"""The public and the private stream as the engine sees them: what to watch goes in, batches of events come out."""

import asyncio
import ssl
from collections.abc import Callable, Sequence

import msgspec

from hbtui.htx.answers import payload
from hbtui.htx.clock import VenueClock
from hbtui.htx.decode import candle_of
from hbtui.htx.errors import ErrorAnswer, venue_error
from hbtui.htx.hosts import Hosts
from hbtui.htx.private_session import PrivateSession
from hbtui.htx.rest_market import asked_symbol, certain
from hbtui.htx.session import MarketSession
from hbtui.htx.signing import Signer
from hbtui.htx.stream import Stream
from hbtui.htx.topics import channel_of, is_on_feed
from hbtui.htx.wire import KlineRow
from hbtui.htx.wire_push import MarketFrame
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ExchangeError, NetworkError
from hbtui.model.events import AccountEvent, Link, MarketEvent, Topic, TopicKind
from hbtui.model.text import clean

__all__ = ["HtxAccountFeed", "HtxMarketFeed"]

_MARKET_SILENCE_S = 15.0
_ACCOUNT_SILENCE_S = 27.0  # it pings every 20 s
_HISTORY_LIMIT_S = 10.0
_BARS_A_REQUEST = 300
_klines = msgspec.json.Decoder(list[KlineRow])


class HtxMarketFeed:
    """Two sockets: ``/ws`` for bars, trades, quotes and images, ``/feed`` for the book's changes; each only if used."""

    def __init__(self, hosts: Hosts, clock: VenueClock, random: Callable[[], float], tls: ssl.SSLContext) -> None:
        self._market = MarketSession(Link.MARKET)
        self._book = MarketSession(Link.BOOK)
        self._waiting: dict[str, asyncio.Future[MarketFrame]] = {}

        def stream(link: Link, address: str, session: MarketSession) -> Stream[MarketEvent]:
            return Stream(
                link,
                address,
                session,
                clock=clock,
                random=random,
                tls=tls,
                silence_limit_s=_MARKET_SILENCE_S,
                each_turn=self._hand_out,
            )

        self._market_stream = stream(Link.MARKET, hosts.market_ws, self._market)
        self._book_stream = stream(Link.BOOK, hosts.feed_ws, self._book)

    def watch(self, topics: frozenset[Topic]) -> None:
        """Replace what is watched, on the live connections and on every later one; from the loop's thread."""
        self._market.watch(topic for topic in topics if not is_on_feed(topic))
        self._book.watch(topic for topic in topics if is_on_feed(topic))
        self._market_stream.wake()
        self._book_stream.wake()

    async def run(self, emit: Callable[[Sequence[MarketEvent]], None]) -> None:
        """Serve both sockets until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._market_stream.run(emit))
            group.create_task(self._book_stream.run(emit))

    async def history(self, symbol: str, period: Period, *, start_ms: int, end_ms: int) -> tuple[Candle, ...]:
        """Bars that opened within a span (both ends included), oldest first; 300 a request (HTX docs, kline ``req``).

        Raises ``NetworkError`` while the market socket is not connected.
        """
        channel = channel_of(Topic(TopicKind.CANDLES, asked_symbol(symbol), period))
        if channel is None:
            message = f"HTX serves no bars of {period.value}"
            raise ValueError(message)
        candles: dict[int, Candle] = {}
        step_ms = period.seconds * 1000 * _BARS_A_REQUEST
        for first_ms in range(start_ms, end_ms + 1, step_ms):
            last_ms = min(first_ms + step_ms - 1000, end_ms)
            for candle in await self._bars(channel, first_ms // 1000, last_ms // 1000):
                candles[candle.open_ms] = candle
        return tuple(candles[opened] for opened in sorted(candles))

    async def _bars(self, channel: str, from_s: int, to_s: int) -> list[Candle]:
        if not self._market_stream.is_connected:
            message = "The market stream is not connected."
            raise NetworkError(message)
        name = self._market.request(channel, from_s, to_s)
        answer = self._waiting[name] = asyncio.get_running_loop().create_future()
        self._market_stream.wake()
        try:
            async with asyncio.timeout(_HISTORY_LIMIT_S):
                frame = await answer
        except TimeoutError:
            frame = None
        finally:
            self._waiting.pop(name, None)
        if frame is None:
            message = f"No answer to a request for bars within {_HISTORY_LIMIT_S:.0f} s."
            raise NetworkError(message)
        if frame.status != "ok":
            raise venue_error(ErrorAnswer(clean(frame.err_code or "error", 80), clean(frame.err_msg or "")))
        rows = payload(frame.data, _klines)
        return certain(lambda: [candle_of(row) for row in rows])

    def _hand_out(self) -> None:
        """Give each answer to who waits for it; when the connection is gone, say so to all."""
        for name, frame in self._market.replies:
            if (waiting := self._waiting.get(name)) is not None and not waiting.done():
                waiting.set_result(frame)
        self._market.replies.clear()
        if not self._market_stream.is_connected:
            failure: ExchangeError = NetworkError("The market stream was lost before the answer.")
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(failure)


class HtxAccountFeed:
    """The private socket: own orders, fills with fees, balances."""

    def __init__(
        self,
        hosts: Hosts,
        signer: Signer,
        clock: VenueClock,
        random: Callable[[], float],
        tls: ssl.SSLContext,
    ) -> None:
        session = PrivateSession(signer)
        self._stream: Stream[AccountEvent] = Stream(
            Link.ACCOUNT,
            hosts.private_ws,
            session,
            clock=clock,
            random=random,
            tls=tls,
            silence_limit_s=_ACCOUNT_SILENCE_S,
            refused=lambda: session.refused,
        )

    async def run(self, emit: Callable[[Sequence[AccountEvent]], None]) -> None:
        """Sign in, subscribe and serve until cancelled; ``LIVE`` comes after every subscription was confirmed."""
        await self._stream.run(emit)
