"""What the gate remembers between orders: the halt, the caps, and what was sent; shared by everything that sends."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from hbtui.model.order import OrderRequest
from hbtui.trading.views import Caps

__all__ = ["Guard", "Sent"]

_KEPT_MS = 24 * 3600 * 1000
_KEPT_COUNT = 2000
"""So many are remembered whatever times they bear: an order sent by a wrong clock must not make the others old."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One order that was given to be sent, whatever became of it."""

    request: OrderRequest
    at_ms: int
    value: Decimal | None
    """In USDT; ``None`` where no price told."""


@dataclass(slots=True)
class _Kept:
    """An order, and when it was first looked at while the time that it bears was still to come."""

    sent: Sent
    seen_ms: int | None = None

    def as_of(self, now_ms: int) -> Sent:
        """The order as it counts now: one that bears a time to come was sent at the first look, at the latest."""
        if self.sent.at_ms <= now_ms:
            return self.sent
        if self.seen_ms is None or self.seen_ms > now_ms:
            self.seen_ms = now_ms
        return replace(self.sent, at_ms=self.seen_ms)


class Guard:
    """One for each account in a process; safe from any thread."""

    def __init__(self, caps: Caps | None = None) -> None:
        self.caps = caps if caps is not None else Caps()
        self.placing = threading.Lock()
        """Held from the gate's verdict to :meth:`note`, so that two orders cannot pass on the same facts."""
        self._is_halted = False
        self.why_halted = ""
        """What stopped them, where it was no person."""
        self._sent: deque[_Kept] = deque()

    @property
    def is_halted(self) -> bool:
        """Whether new orders were stopped, until a person takes them again."""
        return self._is_halted

    def halt(self, why: str = "") -> None:
        """Stop new orders; ``why`` where it was no person who did."""
        self._is_halted, self.why_halted = True, why

    def resume(self) -> None:
        """Take new orders again."""
        self._is_halted, self.why_halted = False, ""

    def note(self, sent: Sent) -> None:
        """Remember an order that is about to be sent."""
        self._sent.append(_Kept(sent))
        while len(self._sent) > _KEPT_COUNT and self._sent[0].sent.at_ms < sent.at_ms - _KEPT_MS:
            self._sent.popleft()

    def restore(self, earlier: Iterable[Sent]) -> None:
        """Remember what earlier runs sent, oldest first."""
        self._sent.extendleft(_Kept(one) for one in reversed(tuple(earlier)))

    def sent(self, now_ms: int) -> tuple[Sent, ...]:
        """What was sent in the last 24 hours, the earliest noted first; nothing of it later than now."""
        counted = (kept.as_of(now_ms) for kept in self._sent.copy())
        return tuple(one for one in counted if one.at_ms >= now_ms - _KEPT_MS)
