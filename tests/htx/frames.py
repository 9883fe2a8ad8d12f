"""Frames as a server would send them, for scripts of bytes in and events out."""

import gzip
import json
from typing import Any

from hbtui.htx.session import Moment

__all__ = ["AT", "ack", "later", "packed", "push", "sent"]

AT = Moment(1_700_000_000_000, 100.0)
"""When the scripts' frames are read, unless they say otherwise."""


def later(seconds: float, since: Moment = AT) -> Moment:
    """Some seconds on, on both clocks."""
    return Moment(since.venue_ms + round(seconds * 1000), since.now_s + seconds)


def packed(value: object) -> bytes:
    """One frame: JSON, gzipped, as the market sockets send it."""
    text = value if isinstance(value, (bytes, str)) else json.dumps(value)
    return gzip.compress(text.encode() if isinstance(text, str) else text, 1)


def push(channel: str, tick: object, ts: int = 5) -> bytes:
    """A push of a topic."""
    return packed({"ch": channel, "ts": ts, "tick": tick})


def sent(frames: list[str]) -> list[dict[str, Any]]:
    """What a session wants to send, parsed."""
    return [json.loads(frame) for frame in frames]


def ack(asked: dict[str, Any]) -> bytes:
    """The confirmation of a ``sub`` or ``unsub``."""
    verb = "sub" if "sub" in asked else "unsub"
    return packed({"id": asked["id"], "status": "ok", f"{verb}bed": asked[verb], "ts": 1})
