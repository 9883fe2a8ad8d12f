"""The market topics: what they are called, and what each of them has to say at a moment."""

import re
from decimal import Decimal
from typing import NamedTuple, Protocol

from hbtui.sim import market_views as view
from hbtui.sim.exact import ZERO
from hbtui.sim.market import Market
from hbtui.sim.periods import PERIODS
from hbtui.sim.symbols import PAIRS
from hbtui.sim.tape import Trade
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, number

__all__ = ["Channel", "InvalidTopic", "MbpChannel", "Topic", "TradeChannel", "channel_of", "topic_of"]

_TOPIC = re.compile(r"market\.([a-z0-9]+)\.(kline|depth|trade|detail|ticker|bbo|mbp)(?:\.([a-z0-9]+))?(?:\.(\d+))?")
_MBP = frozenset({"5", "20", "150", "400"})
_REFRESH = frozenset({"5", "10", "20"})


class InvalidTopic(Exception):
    """The topic does not exist; carries HTX's words for it."""


class Topic(NamedTuple):
    """A topic that exists.

    ``kind`` is ``kline``, ``depth``, ``trade``, ``detail``, ``ticker``, ``bbo``, ``tickers``, ``mbp`` or ``refresh``;
    ``option`` is the period, step or number of levels.
    """

    name: str
    symbol: str
    kind: str
    option: str


def topic_of(name: str, kind: str) -> Topic:
    """Read a topic's name on a socket of this kind (``ws`` or ``feed``); raises ``InvalidTopic``."""
    if name == "market.tickers" and kind == "ws":
        return Topic(name, "", "tickers", "")
    match = _TOPIC.fullmatch(name)
    if match is None:
        raise InvalidTopic(f"invalid topic {name[:80]}")
    symbol, word, option, number_after = match.groups()
    if symbol not in PAIRS:
        raise InvalidTopic("invalid symbol")
    found = _kind_of(word, option or "", number_after or "", kind)
    if found is None:
        raise InvalidTopic(f"invalid topic {name[:80]}")
    return Topic(name, symbol, *found)


def _kind_of(word: str, option: str, number_after: str, kind: str) -> tuple[str, str] | None:
    if word == "mbp":
        if option == "refresh":
            return ("refresh", number_after) if number_after in _REFRESH else None
        return ("mbp", option) if kind == "feed" and option in _MBP and not number_after else None
    if kind == "feed" or number_after:
        return None
    allowed = {"kline": PERIODS, "depth": view.STEPS, "trade": ("detail",)}.get(word, ("",))
    return (word, option) if option in allowed else None


class Channel(Protocol):
    """What subscribers of one topic are told."""

    def first(self, now_ms: int) -> JsonObject | None:
        """What a new subscriber gets at once."""
        ...

    def due(self, now_ms: int) -> list[JsonObject]:
        """What everybody gets now, if anything."""
        ...


def channel_of(topic: Topic, venue: Venue) -> Channel:
    """Make the channel of a topic."""
    if topic.kind == "tickers":
        return _TickersChannel(topic, venue)
    market = venue.market(topic.symbol)
    if topic.kind == "trade":
        return TradeChannel(topic, market)
    if topic.kind == "mbp":
        return MbpChannel(topic, market)
    return _SnapshotChannel(topic, market)


def _message(topic: Topic, now_ms: int, tick: JsonObject) -> JsonObject:
    return {"ch": topic.name, "ts": now_ms, "tick": tick}


class _SnapshotChannel:
    """The current state, sent when it has changed and the topic's interval has passed."""

    _INTERVALS = {"kline": 1000, "depth": 1000, "detail": 500, "ticker": 200, "bbo": 0, "refresh": 100}  # noqa: RUF012 -- never changed

    def __init__(self, topic: Topic, market: Market) -> None:
        self._topic = topic
        self._market = market
        self._interval = self._INTERVALS[topic.kind]
        self._sent_ms = 0
        self._sent_key: object = None

    def first(self, now_ms: int) -> JsonObject | None:
        """The state as it is."""
        tick = self._tick(now_ms)
        return None if tick is None else _message(self._topic, now_ms, tick)

    def due(self, now_ms: int) -> list[JsonObject]:
        """The state, when it is another one and its time has come."""
        if now_ms - self._sent_ms < self._interval:
            return []
        # A trade or a step of the book is the only thing that can change any of these states.
        key = (self._market.tape.last(now_ms).id, view.version(self._market, now_ms))
        if key == self._sent_key:
            return []
        tick = self._tick(now_ms)
        self._sent_key, self._sent_ms = key, now_ms
        return [] if tick is None else [_message(self._topic, now_ms, tick)]

    def _tick(self, now_ms: int) -> JsonObject | None:
        kind, option, market = self._topic.kind, self._topic.option, self._market
        if kind == "kline":
            bars = market.tape.latest_bars(option, 1, now_ms)
            return view.bar_row(bars[0]) if bars else None
        if kind == "depth":
            step = view.STEPS.index(option)
            return view.depth_tick(market, now_ms, step, 20 if step else 150)
        if kind == "refresh":
            bids, asks = market.depth(now_ms, int(option))
            sequence = view.version(market, now_ms)
            return {"seqNum": sequence, "bids": view.levels(bids), "asks": view.levels(asks)}
        if kind == "bbo":
            return _bbo(market, now_ms)
        return view.detail_tick(market, now_ms) if kind == "detail" else view.ticker_tick(market, now_ms)


def _bbo(market: Market, now_ms: int) -> JsonObject | None:
    bid, ask = view.best(market, now_ms)
    if bid is None or ask is None:
        return None
    return {
        "seqId": view.version(market, now_ms),
        "ask": number(ask[0]),
        "askSize": number(ask[1]),
        "bid": number(bid[0]),
        "bidSize": number(bid[1]),
        "quoteTime": now_ms,
        "symbol": market.pair.symbol,
    }


class _TickersChannel:
    """All symbols' rolling 24 hours, once a second."""

    def __init__(self, topic: Topic, venue: Venue) -> None:
        self._topic = topic
        self._venue = venue
        self._sent_ms = 0

    def first(self, now_ms: int) -> JsonObject | None:
        """All rows as they are."""
        rows = [view.ticker_row(self._venue.market(symbol), now_ms) for symbol in PAIRS]
        return {"ch": self._topic.name, "status": "ok", "ts": now_ms, "data": rows}

    def due(self, now_ms: int) -> list[JsonObject]:
        """All rows, once a second."""
        if now_ms - self._sent_ms < 1000:
            return []
        self._sent_ms = now_ms
        message = self.first(now_ms)
        return [] if message is None else [message]


class TradeChannel:
    """Every trade as it happens; a new subscriber gets the last old one (recorded behaviour of HTX)."""

    def __init__(self, topic: Topic, market: Market) -> None:
        self._topic = topic
        self._market = market
        self._pending: list[Trade] = []

    def add(self, trades: list[Trade]) -> None:
        """Take trades that have just happened."""
        self._pending += trades

    def first(self, now_ms: int) -> JsonObject | None:
        """The last old trade, with its own time."""
        return _message(self._topic, now_ms, view.trade_tick([self._market.tape.last(now_ms)], socket=True))

    def due(self, now_ms: int) -> list[JsonObject]:
        """What has traded since the last time, in one message."""
        if not self._pending:
            return []
        trades, self._pending = self._pending, []
        return [_message(self._topic, now_ms, view.trade_tick(trades, socket=True))]


class MbpChannel:
    """Increments of the best N levels; ``snapshot`` answers the book that the next increment builds on."""

    def __init__(self, topic: Topic, market: Market) -> None:
        self._topic = topic
        self._market = market
        self._count = int(topic.option)
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._sequence = 0

    def first(self, _now_ms: int) -> JsonObject | None:
        """Nothing: the book itself is asked for with ``req``."""
        return None

    def snapshot(self, now_ms: int) -> JsonObject:
        """The whole image with its sequence number."""
        if not self._sequence:
            self.due(now_ms)
        return {"seqNum": self._sequence, "bids": _pairs(self._bids), "asks": _pairs(self._asks)}

    def due(self, now_ms: int) -> list[JsonObject]:
        """What has changed since the last image."""
        bids, asks = (dict(side) for side in self._market.depth(now_ms, self._count))
        changed_bids, changed_asks = _changes(self._bids, bids), _changes(self._asks, asks)
        if not changed_bids and not changed_asks:
            return []
        first, before = not self._sequence, self._sequence
        self._sequence = max(self._sequence + 1, now_ms * 10)
        self._bids, self._asks = bids, asks
        if first:
            return []
        tick: JsonObject = {"seqNum": self._sequence, "prevSeqNum": before}
        sides = {"bids": changed_bids, "asks": changed_asks}
        # 150 and 400 name both sides always; 5 and 20 only what has changed (HTX docs, MBP).
        tick |= {name: side for name, side in sides.items() if side or self._count >= 150}
        return [_message(self._topic, now_ms, tick)]


def _pairs(side: dict[Decimal, Decimal]) -> list[tuple[object, object]]:
    return view.levels(list(side.items()))


def _changes(before: dict[Decimal, Decimal], after: dict[Decimal, Decimal]) -> list[tuple[object, object]]:
    """What turns one image into the other; a size of zero deletes the level."""
    gone = [(price, ZERO) for price in before if price not in after]
    new = [level for level in after.items() if before.get(level[0]) != level[1]]
    return view.levels([*gone, *new])
