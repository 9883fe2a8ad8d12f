"""The account socket's protocol without a socket: authentication, subscriptions, pushes; frames in, events out.

Source: HTX docs, "Websocket Asset and Order" (v2): plain JSON text, ping every 20 s, sign in before subscribing.
"""

from collections.abc import Sequence

import msgspec

from hbtui.htx.answers import JSON_ERRORS
from hbtui.htx.decode_orders import balance_change_of, fill_of_clearing, report_of_clearing, report_of_push
from hbtui.htx.errors import ErrorAnswer, explained
from hbtui.htx.session import Moment
from hbtui.htx.signing import Signer
from hbtui.htx.wire_push import BalancePush, ClearingPush, OrderPush, PingData, PrivateFrame
from hbtui.model.events import AccountEvent, BalanceChanged, FrameDropped, Link, OrderFilled, OrderUpdated
from hbtui.model.text import clean

__all__ = ["CHANNELS", "PrivateSession"]

CHANNELS = ("orders#*", "accounts.update#2", "trade.clearing#*#0")

_frames = msgspec.json.Decoder(PrivateFrame)
_ping = msgspec.json.Decoder(PingData)
_order = msgspec.json.Decoder(OrderPush)
_balance = msgspec.json.Decoder(BalancePush)
_clearing = msgspec.json.Decoder(ClearingPush)
_encode = msgspec.json.Encoder().encode
_PATIENCE_S = 10.0
_BAD_IN_A_ROW = 5
_PINGS_STOPPED_S = 42.0
"""HTX pings this socket every 20 s; two are missing then, whatever else still comes."""
_PASSING = frozenset({"100", "429", "500", "4000"})  # overload and the like: try again, the key is not to blame


class PrivateSession:
    """One account's stream; reused for the next connection after :meth:`opened`."""

    is_idle = False
    """The account is always watched."""

    def __init__(self, signer: Signer, path: str = "/ws/v2") -> None:
        self.latency_ms: int | None = None
        """From the last ping's time to its arrival, or ``None`` while no ping came."""
        self.broken = ""
        """Why the connection should be given up and made anew."""
        self.refused = ""
        """Why the venue does not let this key in: trying again the same way will not help."""
        self._signer = signer
        self._path = path
        self._confirmed: set[str] = set()
        self._out: list[str] = []
        self._deadline_s = 0.0
        self._bad = 0
        self._pinged_s = 0.0

    @property
    def is_synced(self) -> bool:
        """Whether every subscription is confirmed."""
        return self._confirmed.issuperset(CHANNELS)

    def opened(self, at: Moment) -> None:
        """Begin on a new connection: sign in."""
        self.broken = self.refused = ""
        self.latency_ms, self._bad, self._deadline_s = None, 0, at.now_s + _PATIENCE_S
        self._pinged_s = at.now_s
        self._confirmed.clear()
        params = self._signer.socket_params(self._path, at.venue_ms)
        self._out[:] = [_encode({"action": "req", "ch": "auth", "params": params}).decode()]

    def lost(self) -> list[AccountEvent]:
        """What the end of a connection means beyond itself: nothing, the account is read again over REST."""
        return []

    def outgoing(self, now_s: float) -> list[str]:
        """Take the frames that are to be sent now."""
        if not self.is_synced and now_s >= self._deadline_s:
            self.broken = "signing in or subscribing was not answered"
        if now_s - self._pinged_s > _PINGS_STOPPED_S:
            self.broken = "the venue's pings have stopped"
        out, self._out = self._out, []
        return out

    def receive(self, frames: Sequence[bytes | str], at: Moment) -> list[AccountEvent]:
        """Read a batch of frames; what cannot be read is counted, and five in a row break the connection."""
        events: list[AccountEvent] = []
        for frame in frames:
            try:
                self._read(_frames.decode(_told(frame)), events, at)
                self._bad = 0
            except JSON_ERRORS as error:
                self._count_bad(events, error)
        return events

    def _read(self, frame: PrivateFrame, events: list[AccountEvent], at: Moment) -> None:
        if frame.action == "ping":
            ts = _ping.decode(frame.data).ts
            self._pinged_s = at.now_s
            self._out.append(_encode({"action": "pong", "data": {"ts": ts}}).decode())
            self.latency_ms = max(0, at.venue_ms - ts)
        elif frame.ch == "auth":
            self._signed_in(frame, at)
        elif frame.action in {"sub", "unsub"}:
            self._answered(frame, at)
        elif frame.ch is not None and frame.code is not None and str(frame.code) != "200":
            self._subscription_died(frame.ch, at)
        elif frame.ch is not None:
            _push(frame.ch, frame.data, events)
        elif str(frame.code) in _PASSING:
            self.broken = _words(frame)
        else:
            message = "a frame of no known kind"
            raise ValueError(message)

    def _signed_in(self, frame: PrivateFrame, at: Moment) -> None:
        if str(frame.code) == "200":
            self._deadline_s = at.now_s + _PATIENCE_S
            self._out += [_subscribe(channel) for channel in CHANNELS]
        elif str(frame.code) in _PASSING:
            self.broken = _words(frame)
        else:
            error = ErrorAnswer("2000" if str(frame.code) == "2000" else "1002", clean(frame.message or ""))
            self.refused = " ".join(explained(error))

    def _answered(self, frame: PrivateFrame, at: Moment) -> None:
        if frame.ch not in CHANNELS:
            message = f"an answer for {clean(frame.ch or 'nothing', 60)}, which was not asked for"
            raise ValueError(message)
        if frame.action == "sub" and str(frame.code) == "200":
            self._confirmed.add(frame.ch)
        elif frame.action == "sub" and str(frame.code) in _PASSING:
            self._subscription_died(frame.ch, at)
        elif frame.action == "sub":
            self.broken = f"a subscription was refused: {_words(frame)}"

    def _subscription_died(self, channel: str, at: Moment) -> None:
        """HTX answers 500 on a topic whose subscription is then dead (seen on ``accounts``): ask for it again."""
        if channel in CHANNELS:
            self._confirmed.discard(channel)
            self._deadline_s = at.now_s + _PATIENCE_S
            self._out.append(_subscribe(channel))

    def _count_bad(self, events: list[AccountEvent], error: Exception) -> None:
        self._bad += 1
        reason = "not readable as JSON" if isinstance(error, (msgspec.MsgspecError, RecursionError)) else str(error)
        events.append(FrameDropped(Link.ACCOUNT, clean(reason, 120)))
        if self._bad >= _BAD_IN_A_ROW:
            self.broken = "five frames in a row could not be read"


def _push(channel: str, data: msgspec.Raw, events: list[AccountEvent]) -> None:
    """Turn one push into its event; clearing pushes may lack ``action``, so the channel decides."""
    if channel.startswith("orders#"):
        events.append(OrderUpdated(report_of_push(_order.decode(data))))
    elif channel.startswith("accounts.update"):
        if (change := balance_change_of(_balance.decode(data))) is not None:
            events.append(BalanceChanged(change))
    elif channel.startswith("trade.clearing#"):
        push = _clearing.decode(data)
        if push.event_type == "trade":
            events.append(OrderFilled(fill_of_clearing(push)))
        else:
            events.append(OrderUpdated(report_of_clearing(push)))
    else:
        message = f"{clean(channel, 60)} was not subscribed"
        raise ValueError(message)


def _told(frame: bytes | str) -> str:
    if isinstance(frame, str):
        return frame
    message = "binary where only text is sent"
    raise ValueError(message)


def _subscribe(channel: str) -> str:
    return _encode({"action": "sub", "ch": channel}).decode()


def _words(frame: PrivateFrame) -> str:
    return clean(f"{frame.message or 'no reason'} ({frame.code})", 120)
