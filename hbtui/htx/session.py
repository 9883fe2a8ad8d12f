"""The market socket's protocol without a socket: frames in, events out, and frames to send.

Subscriptions are an intent (:meth:`MarketSession.watch`) that outlives connections, and a confirmation that does not.
Source: HTX docs, "Websocket Market Data": gzip frames, ping and pong, sub, unsub, req; errors are known by their id.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from hbtui.htx.answers import JSON_ERRORS
from hbtui.htx.book_sync import BookSync
from hbtui.htx.inflate import gunzipped
from hbtui.htx.pushes import Pushes, SeenTrades
from hbtui.htx.topics import channel_of
from hbtui.htx.wire_push import MarketFrame, MbpTick
from hbtui.model.events import (
    BookStale,
    FrameDropped,
    Link,
    MarketEvent,
    SubscriptionRefused,
    Topic,
    TopicKind,
)
from hbtui.model.text import clean

__all__ = ["MarketSession", "Moment"]

_frames = msgspec.json.Decoder(MarketFrame)
_image = msgspec.json.Decoder(MbpTick)
_encode = msgspec.json.Encoder().encode
_SPACING_S = 0.1
_PATIENCE_S = 10.0
_BAD_IN_A_ROW = 5
_PINGS_STOPPED_S = 20.0
"""HTX pings this socket every 5 s; without pings it is half dead, whatever else still comes."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a batch was read: the venue's clock (UTC ms) and a clock that never steps (seconds)."""

    venue_ms: int
    now_s: float


@dataclass(slots=True)
class _Subscription:
    topic: Topic
    is_confirmed: bool = False
    is_asked: bool = False
    ask_at_s: float = 0.0


class MarketSession:
    """One connection's worth of protocol, reused for the next one after :meth:`opened`."""

    def __init__(self, link: Link, *, first_id: int = 1) -> None:
        self.latency_ms: int | None = None
        """From the last ping's time to its arrival, or ``None`` while no ping came."""
        self.broken = ""
        """Why the connection should be given up and made anew; ``""`` while it is sound."""
        self.replies: list[tuple[str, MarketFrame]] = []
        """Answers to :meth:`request`, by id; whoever takes them clears the list."""
        self._link = link
        self._subscriptions: dict[str, _Subscription] = {}
        self._wanted: dict[str, Topic] = {}
        self._refused: set[str] = set()
        self._requests: deque[str] = deque()
        self._syncs: dict[str, BookSync] = {}
        self._asked: dict[str, tuple[str, str]] = {}
        self._out: list[str] = []
        self._seen = SeenTrades()
        self._next_id = first_id
        self._next_req_s = 0.0
        self._bad = 0
        self._pinged_s = 0.0

    @property
    def is_synced(self) -> bool:
        """Whether every watched topic is confirmed (or refused)."""
        return all(subscription.is_confirmed for subscription in self._subscriptions.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is watched."""
        return not self._wanted

    def watch(self, topics: Iterable[Topic]) -> None:
        """Replace what is watched; :meth:`outgoing` has the frames that make it so."""
        self._wanted = {channel: topic for topic in topics if (channel := channel_of(topic)) is not None}
        self._refused &= self._wanted.keys()
        for channel in self._subscriptions.keys() - self._wanted.keys():
            gone = self._subscriptions.pop(channel)
            self._syncs.pop(channel, None)
            if gone.is_asked:
                self._send("unsub", channel)
        for channel in self._wanted.keys() - self._subscriptions.keys() - self._refused:
            self._subscribe(channel)

    def opened(self, at: Moment) -> None:
        """Begin on a new connection, of which the venue knows nothing yet: everything is asked for again."""
        self.broken, self.latency_ms, self._bad, self._next_req_s = "", None, 0, 0.0
        self._pinged_s = at.now_s
        for kept in (self._out, self._asked, self._requests, self._refused, self._subscriptions, self._syncs):
            kept.clear()
        for channel in self._wanted:
            self._subscribe(channel)

    def lost(self) -> list[MarketEvent]:
        """What the end of a connection means for what is shown: every kept book is stale."""
        return [BookStale(sync.symbol, "the connection was lost") for sync in self._syncs.values() if sync.is_synced]

    def request(self, channel: str, from_s: int, to_s: int) -> str:
        """Ask once for a span of a topic (``req`` with ``from`` and ``to``, seconds); return the answer's id."""
        name = self._name("history", channel)
        self._requests.append(_text({"req": channel, "id": name, "from": from_s, "to": to_s}))
        return name

    def outgoing(self, now_s: float) -> list[str]:
        """Take the text frames that are to be sent now."""
        for channel, subscription in self._subscriptions.items():
            if not subscription.is_asked and now_s >= subscription.ask_at_s:
                subscription.is_asked, subscription.ask_at_s = True, now_s + _PATIENCE_S
                self._send("sub", channel)
            elif not subscription.is_confirmed and now_s >= subscription.ask_at_s:
                self.broken = "a subscription was not answered"
        if now_s - self._pinged_s > _PINGS_STOPPED_S:
            self.broken = "the venue's pings have stopped"
        if now_s >= self._next_req_s and self._ask_once(now_s):
            self._next_req_s = now_s + _SPACING_S
        out, self._out = self._out, []
        return out

    def receive(self, frames: Sequence[bytes | str], at: Moment) -> list[MarketEvent]:
        """Read a batch of frames; what cannot be read is counted, and five in a row break the connection."""
        pushes, events = Pushes(self._seen, at.now_s), list[MarketEvent]()

        def dropped(error: Exception) -> None:
            self._count_bad(events, error)

        for frame in frames:
            try:
                self._read(_frames.decode(_inflated(frame)), pushes, events, at)
                self._bad = 0
            except JSON_ERRORS as error:
                dropped(error)
        return events + pushes.events(dropped)

    def _read(self, frame: MarketFrame, pushes: Pushes, events: list[MarketEvent], at: Moment) -> None:
        if frame.ch is not None:
            subscription = self._subscriptions.get(frame.ch)
            if subscription is not None:
                pushes.add(subscription.topic, frame, self._syncs.get(frame.ch))
            elif not self._is_being_left(frame.ch):
                message = f"{clean(frame.ch, 60)} was not subscribed"
                raise ValueError(message)
        elif frame.ping is not None:
            self._pinged_s = at.now_s
            self._out.append(_text({"pong": frame.ping}))
            self.latency_ms = max(0, at.venue_ms - frame.ping)
        else:
            self._answered(frame, pushes, events, at)

    def _answered(self, frame: MarketFrame, pushes: Pushes, events: list[MarketEvent], at: Moment) -> None:
        """An answer to ``sub``, ``unsub`` or ``req``; an error has nothing but its id to know it by."""
        verb, channel = self._asked.pop(str(frame.id), ("", ""))
        if verb == "history":
            self.replies.append((str(frame.id), frame))
        elif frame.status == "error":
            self._refusal(verb, channel, clean(frame.err_msg or frame.err_code or "no reason"), events, at)
        elif channel != (frame.rep or frame.subbed or frame.unsubbed):
            message = f"an answer for {clean(frame.rep or frame.subbed or frame.unsubbed, 60)}, which was not asked for"
            raise ValueError(message)
        elif frame.rep is not None and (sync := self._syncs.get(frame.rep)) is not None:
            if sync.apply_image(_image.decode(frame.data), at.now_s):
                pushes.book_changed(sync, frame.ts or at.venue_ms)
        elif frame.subbed is not None and (found := self._subscriptions.get(frame.subbed)) is not None:
            found.is_confirmed = True

    def _refusal(self, verb: str, channel: str, reason: str, events: list[MarketEvent], at: Moment) -> None:
        subscription = self._subscriptions.get(channel)
        if verb == "req" and channel in self._syncs:
            self._syncs[channel].refused(at.now_s)
        elif verb == "sub" and subscription is not None:
            if "429" in reason or "too many" in reason:
                subscription.is_asked, subscription.ask_at_s = False, at.now_s + 1.0
                return
            del self._subscriptions[channel]
            self._syncs.pop(channel, None)
            self._refused.add(channel)
            events.append(SubscriptionRefused(subscription.topic, reason))

    def _subscribe(self, channel: str) -> None:
        topic = self._wanted[channel]
        self._subscriptions[channel] = _Subscription(topic)
        if topic.kind is TopicKind.BOOK:
            self._syncs[channel] = BookSync(topic.symbol)

    def _ask_once(self, now_s: float) -> bool:
        """Send one ``req``, if one is due: HTX wants 100 ms between them."""
        for channel, sync in self._syncs.items():
            # an image is of use only once the changes behind it flow
            if self._subscriptions[channel].is_confirmed and sync.is_image_due(now_s):
                sync.asked(now_s)
                self._send("req", channel)
                return True
        if self._requests:
            self._out.append(self._requests.popleft())
            return True
        return False

    def _send(self, verb: str, channel: str) -> None:
        self._out.append(_text({verb: channel, "id": self._name(verb, channel)}))

    def _name(self, verb: str, channel: str) -> str:
        self._next_id += 1
        name = f"h{self._next_id}"
        self._asked[name] = (verb, channel)
        return name

    def _is_being_left(self, channel: str) -> bool:
        """Whether pushes of a topic may still be on their way after its ``unsub``."""
        return channel in self._refused or any(
            verb == "unsub" and left == channel for verb, left in self._asked.values()
        )

    def _count_bad(self, events: list[MarketEvent], error: Exception) -> None:
        self._bad += 1
        reason = "not readable as JSON" if isinstance(error, (msgspec.MsgspecError, RecursionError)) else str(error)
        events.append(FrameDropped(self._link, clean(reason, 120)))
        if self._bad >= _BAD_IN_A_ROW:
            self.broken = "five frames in a row could not be read"


def _inflated(frame: bytes | str) -> bytes:
    if isinstance(frame, bytes):
        return gunzipped(frame)
    message = "text where only binary frames are sent"
    raise ValueError(message)


def _text(frame: dict[str, str | int]) -> str:
    return _encode(frame).decode()
