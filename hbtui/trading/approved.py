"""An order between the gate and the desk: everything that its journal entry will say."""

from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.order import Confirmation, OrderRequest
from hbtui.trading.ports import Clock

__all__ = ["Approved"]

_OLD_S = 3.0
"""An order that was confirmed longer ago is not sent: what was on the screen then is no longer so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A request that has passed the gate, with who confirmed it."""

    client_order_id: str
    request: OrderRequest
    confirmation: Confirmation
    gate: tuple[str, ...] = ()
    """What the gate said of it: each finding as ``CODE: sentence``."""
    value: Decimal | None = None
    """In USDT; ``None`` where no price told."""
    given_s: float
    """When it was given to be sent, seconds on the monotonic clock."""

    def too_old(self, clock: Clock) -> str:
        """Why it must not leave any more, in words, where it was confirmed too long ago, by either clock."""
        confirmed_s = (clock.now_ms() - self.confirmation.at_ms) / 1000
        age_s = max(clock.monotonic_s() - self.given_s, confirmed_s)
        if age_s <= _OLD_S:
            return ""
        return f"it was confirmed {age_s:.0f} s ago, and the market has moved on; look, and confirm it again"
