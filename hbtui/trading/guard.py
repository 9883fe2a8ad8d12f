"""What the gate remembers between orders: the halt, the caps, and what was sent; shared by everything that sends."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.order import OrderRequest
from hbtui.trading.views import Caps

__all__ = ["Guard", "Sent"]

_KEPT_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """One order that was given to be sent, whatever became of it."""

    request: OrderRequest
    at_ms: int
    value: Decimal | None
    """In USDT; ``None`` where no price told."""


class Guard:
    """One for each account in a process; safe from any thread."""

    def __init__(self, caps: Caps | None = None) -> None:
        self.caps = caps if caps is not None else Caps()
        self.placing = threading.Lock()
        """Held from the gate's verdict to :meth:`note`, so that two orders cannot pass on the same facts."""
        self._is_halted = False
        self.why_halted = ""
        """What stopped them, where it was no person."""
        self._sent: deque[Sent] = deque()

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
        self._sent.append(sent)
        while self._sent and self._sent[0].at_ms < sent.at_ms - _KEPT_MS:
            self._sent.popleft()

    def restore(self, earlier: Iterable[Sent]) -> None:
        """Remember what earlier runs sent, oldest first."""
        self._sent.extendleft(reversed(tuple(earlier)))

    def sent(self, now_ms: int) -> tuple[Sent, ...]:
        """What was sent in the last 24 hours, oldest first."""
        return tuple(one for one in self._sent.copy() if one.at_ms >= now_ms - _KEPT_MS)
