"""An order between the gate and the desk: everything that its journal entry will say."""

from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.order import Confirmation, OrderRequest

__all__ = ["Approved"]


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
