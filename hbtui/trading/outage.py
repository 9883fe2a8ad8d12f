"""The private stream's ups and downs, and what happened to the orders while it was away."""

from decimal import Decimal

from hbtui.model.order import Order, OrderState
from hbtui.trading.ports import Clock
from hbtui.trading.tracker import OrderTracker

__all__ = ["Outage"]

_SILENCE_S = 25.0


class Outage:
    """Notes when the stream goes and comes; seconds are on the monotonic clock."""

    def __init__(self, tracker: OrderTracker, clock: Clock) -> None:
        self._tracker = tracker
        self._clock = clock
        self._down_since_s: float | None = clock.monotonic_s()
        self._was_live = False
        self._before: dict[str, tuple[OrderState, Decimal]] = {}
        self.live_since_s: float | None = None
        """Since when it is up, or ``None``."""

    @property
    def is_live(self) -> bool:
        """Whether it is up now."""
        return self.live_since_s is not None

    @property
    def is_silent(self) -> bool:
        """Whether it is away for so long that a reconnect alone is no longer waited for."""
        down_s = self._down_since_s
        return not self.is_live and down_s is not None and self._clock.monotonic_s() - down_s > _SILENCE_S

    def note(self, *, is_live: bool) -> bool:
        """Take how it is now; ``False`` where that is no change."""
        if is_live == self.is_live:
            return False
        now_s = self._clock.monotonic_s()
        self.live_since_s = now_s if is_live else None
        if not is_live:
            self._down_since_s = now_s
            self._before = self._standing()
        return True

    def end(self) -> str:
        """Say, once, that all was read after it came back, and how many orders had moved; nothing at the first time."""
        if self._down_since_s is None:
            return ""
        away_s = self._clock.monotonic_s() - self._down_since_s
        was_live, self._down_since_s, self._was_live = self._was_live, None, True
        if not was_live:
            return ""
        count = len(self._standing().items() - self._before.items())
        return f"back after {away_s:.0f} s, {count} order{'' if count == 1 else 's'} updated"

    def _standing(self) -> dict[str, tuple[OrderState, Decimal]]:
        """How far each order is, in what a person would call news."""
        return {order.key: _news(order) for order in self._tracker}


def _news(order: Order) -> tuple[OrderState, Decimal]:
    return order.state, order.filled_base
