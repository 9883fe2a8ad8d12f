"""The market sockets ``/ws`` and ``/feed``: subscriptions, one-shot requests, pings, and the pulse that feeds them."""

from collections.abc import Callable

from starlette.websockets import WebSocket

from hbtui.sim import market_views as view
from hbtui.sim.faults import Faults
from hbtui.sim.links import Link
from hbtui.sim.periods import GENESIS_S, LAST_SECOND
from hbtui.sim.tape import Trade
from hbtui.sim.topics import Channel, InvalidTopic, MbpChannel, Topic, TradeChannel, channel_of, topic_of
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, decode, encode, gzipped

__all__ = ["MarketHub", "MarketSession"]

_BARS = 300
_MOST_TOPICS = 300


class MarketHub:
    """Who listens to which topic; makes each message once for all of them."""

    def __init__(self, venue: Venue, faults: Faults) -> None:
        self.venue = venue
        self.faults = faults
        self._channels: dict[Topic, Channel] = {}
        self._listeners: dict[Topic, set[Link]] = {}
        venue.watchers.append(self._traded)

    def symbols(self) -> set[str]:
        """The symbols that somebody listens to."""
        return {topic.symbol for topic in self._listeners if topic.symbol}

    def channel(self, topic: Topic) -> Channel:
        """The channel of a topic, made when first needed."""
        found = self._channels.get(topic)
        if found is None:
            found = self._channels[topic] = channel_of(topic, self.venue)
        return found

    def add(self, topic: Topic, link: Link) -> None:
        """Subscribe a socket."""
        self._listeners.setdefault(topic, set()).add(link)

    def remove(self, topic: Topic, link: Link) -> None:
        """Unsubscribe a socket; the last one takes the channel with it."""
        links = self._listeners.get(topic, set())
        links.discard(link)
        if not links:
            self._listeners.pop(topic, None)
            self._channels.pop(topic, None)

    def pulse(self) -> None:
        """Send what is due on every topic."""
        now = self.venue.now()
        for topic, links in list(self._listeners.items()):
            for message in self._channels[topic].due(now):
                if topic.kind == "mbp" and self.faults.strike("mbp", "skip"):
                    continue
                fault = self.faults.strike("push", "mislabel")
                named = {"ch": topic.name.replace(topic.symbol, fault.body)} if fault else {}
                frame = gzipped(encode(message | named))
                for link in links:
                    link.send(frame)

    def _traded(self, symbol: str, trades: list[Trade]) -> None:
        for topic, channel in self._channels.items():
            if topic.symbol == symbol and isinstance(channel, TradeChannel):
                channel.add(trades)


class MarketSession:
    """One client of ``/ws`` or ``/feed``."""

    def __init__(self, hub: MarketHub, socket: WebSocket, kind: str, cut: Callable[[], None]) -> None:
        self._hub = hub
        self._topics: set[Topic] = set()
        self._unanswered = 0
        self.link = Link(socket, kind, hub.venue.options.queue_frames, cut)

    @property
    def channels(self) -> list[str]:
        """The topics that it listens to."""
        return [topic.name for topic in self._topics]

    async def run(self) -> None:
        """Serve the client until it goes."""
        try:
            await self.link.run(self._receive, self._ping, self._hub.venue.options.market_ping_s)
        finally:
            for topic in self._topics:
                self._hub.remove(topic, self.link)

    def keep_time(self) -> None:
        """Nothing waits here for its time."""

    def states(self) -> list[bytes | str]:
        """The current state of every subscribed topic, as frames."""
        now = self._hub.venue.now()
        firsts = (self._hub.channel(topic).first(now) for topic in self._topics)
        return [gzipped(encode(first)) for first in firsts if first is not None]

    def _ping(self) -> bool:
        if self._hub.faults.strike(self.link.kind, "no-pings"):
            return True
        if self._unanswered >= 2:
            return False
        self._unanswered += 1
        self._send({"ping": self._hub.venue.now()})
        return True

    def _receive(self, text: str) -> None:
        try:
            message = decode(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            self._refuse(None, "not json string")
            return
        if "pong" in message:
            if not self._hub.faults.strike(self.link.kind, "ignore-pongs"):
                self._unanswered = 0
            return
        for word, act in (("sub", self._subscribe), ("unsub", self._unsubscribe), ("req", self._request)):
            if word in message:
                self._each(message, word, act)
                return
        if "ping" in message:
            self._send({"pong": message["ping"]})
        else:
            self._refuse(message.get("id"), "invalid topic")

    def _each(self, message: JsonObject, word: str, act: Callable[[Topic, JsonObject], None]) -> None:
        given = message[word]
        for name in given if isinstance(given, list) else [given]:
            try:
                act(topic_of(str(name), self.link.kind), message)
            except InvalidTopic as error:
                self._refuse(message.get("id"), str(error))

    def _subscribe(self, topic: Topic, message: JsonObject) -> None:
        if len(self._topics) >= _MOST_TOPICS:
            raise InvalidTopic("429 too many request")
        venue = self._hub.venue
        if topic.symbol:
            venue.advance(topic.symbol)
        first = self._hub.channel(topic).first(venue.now())
        self._topics.add(topic)
        self._hub.add(topic, self.link)
        self._acknowledge(message, "subbed", topic)
        if first is not None:
            self._send(first)

    def _unsubscribe(self, topic: Topic, message: JsonObject) -> None:
        if topic not in self._topics:
            raise InvalidTopic("unsub with not subbed topic")
        self._topics.discard(topic)
        self._hub.remove(topic, self.link)
        self._acknowledge(message, "unsubbed", topic)

    def _acknowledge(self, message: JsonObject, word: str, topic: Topic) -> None:
        now = self._hub.venue.now()
        echo = self._hub.faults.strike(self.link.kind, "echo")
        name = topic.name.replace(topic.symbol, echo.body) if echo else topic.name
        self._send({"id": message.get("id"), "status": "ok", word: name, "ts": now})

    def _request(self, topic: Topic, message: JsonObject) -> None:
        now = self._hub.venue.now()
        answer: JsonObject = {"id": message.get("id"), "rep": topic.name, "status": "ok", "ts": now}
        self._send(answer | {"data": self._requested(topic, message, now)})

    def _requested(self, topic: Topic, message: JsonObject, now: int) -> object:
        if topic.kind in {"bbo", "ticker", "tickers"}:
            raise InvalidTopic(f"invalid topic {topic.name}")
        venue = self._hub.venue
        venue.advance(topic.symbol)
        market = venue.market(topic.symbol)
        if topic.kind == "kline":
            span = _span(message, now)
            if span is None:
                return [view.bar_row(bar) for bar in reversed(market.tape.latest_bars(topic.option, _BARS, now))]
            return [view.bar_row(bar) for bar in market.tape.bars(topic.option, span, _BARS, now)]
        if topic.kind == "trade":
            return [view.trade_row(trade, socket=True) for trade in market.tape.recent(_BARS, now)]
        if topic.kind == "detail":
            return view.detail_tick(market, now)
        channel = self._hub.channel(topic)
        if isinstance(channel, MbpChannel):
            return channel.snapshot(now)
        first = channel.first(now) or {}
        return first.get("tick")

    def _refuse(self, request_id: object, reason: str) -> None:
        now = self._hub.venue.now()
        self._send({"status": "error", "ts": now, "id": request_id, "err-code": "bad-request", "err-msg": reason})

    def _send(self, message: JsonObject) -> None:
        self.link.send(gzipped(encode(message)))


def _span(message: JsonObject, now_ms: int) -> tuple[int, int] | None:
    """The seconds asked for; ``None`` when nothing was asked; raises ``InvalidTopic`` for what is no time."""
    given = (message.get("from"), message.get("to"))
    if given == (None, None):
        return None
    if not all(value is None or isinstance(value, int) for value in given):
        raise InvalidTopic("invalid from or to")
    start, end = (min(value, LAST_SECOND) if isinstance(value, int) else None for value in given)
    return (GENESIS_S if start is None else start), (now_ms // 1000 if end is None else end)
