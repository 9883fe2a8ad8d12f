"""What the process that holds an account lends to the commands of other processes."""

from collections.abc import Callable
from dataclasses import dataclass

from hbtui.trading.desk import Desk
from hbtui.trading.guard import Guard

__all__ = ["SharedDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDesk:
    """The one desk of an account, for use on its own event loop only."""

    desk: Desk
    guard: Guard
    account_id: int
    """Of the spot account."""
    blocked: Callable[[], str]
    """Why no order can be sent now, in plain words; empty when one can."""
    follow: Callable[[str], None]
    """Stay with a sent order to its end, by client order id."""
