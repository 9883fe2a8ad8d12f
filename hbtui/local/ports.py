"""What commands and programs ask of the desk that holds an account, in this process or in another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from hbtui.model.entry import JournalEntry
from hbtui.model.order import Confirmation, Order, OrderRequest
from hbtui.trading.desk import CancelReport
from hbtui.trading.views import Finding

__all__ = ["CancelEnd", "Holder", "Judged", "OrderDesk", "Planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds an account: the one process whose journal it is."""

    pid: int
    what: str
    """``screen``, ``command`` or ``program``."""
    since_ms: int
    """UTC ms."""
    mode: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A request under the client order id that it is to be sent with."""

    client_order_id: str
    request: OrderRequest


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks say of a request now, by facts read afresh."""

    findings: tuple[Finding, ...]
    reference: Decimal | None = None
    """The market price that it was judged by: the opposite side's best, in quote."""


@dataclass(frozen=True, slots=True)
class CancelEnd:
    """What became of an order that was asked to go; ``order`` is ``None`` where nobody knows such an order."""

    key: str
    order: Order | None


class OrderDesk(Protocol):
    """Every method may raise ``ExchangeError``; ``JournalError`` where nothing can be written down."""

    async def judge(self, requests: Sequence[OrderRequest]) -> tuple[Judged, ...]:
        """Check requests without sending them; one answer for each, in their order."""
        ...

    async def place(self, planned: Sequence[Planned], confirmation: Confirmation) -> tuple[Order, ...]:
        """Check once more and send, once: one order alone, or up to ten in one request.

        Raises ``Denied`` or ``JournalError`` before anything is sent; then none of them was.
        """
        ...

    def handed_over(self, client_order_id: str) -> Order | None:
        """The order of an id as far as it is known, if it may have been sent; ``None`` where it was not."""
        ...

    async def cancel(self, keys: Sequence[str]) -> tuple[CancelEnd, ...]:
        """Ask to cancel by order ids or client order ids, up to fifty, and say what became of each."""
        ...

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None) -> CancelReport:
        """Cancel every open order, of one symbol or of all, until the list is empty twice."""
        ...

    async def orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[Order, ...]:
        """Uncertain orders first, then open ones, each newest first."""
        ...

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Everything that the journal holds of one order, oldest first."""
        ...
