"""A desk that answers what a test tells it to, and a place for its socket."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hbtui.local.ports import CancelEnd, Holder, Judged, Planned
from hbtui.local.server import LocalServer
from hbtui.model.entry import JournalEntry
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.desk import CancelReport

__all__ = ["HOLDER", "ScriptedDesk", "limit_buy", "listening", "order_of", "sockets"]

HOLDER = Holder(pid=4711, what="screen", since_ms=1_700_000_000_000, mode="demo")


def limit_buy(amount: str = "500") -> OrderRequest:
    """A request with a price that binary fractions cannot hold."""
    return OrderRequest(
        account_id=9,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.STOP_LIMIT,
        amount=Decimal(amount),
        price=Decimal("0.07310"),
        stop_price=Decimal("0.1"),
        stop_operator="gte",
    )


def order_of(planned: Planned, **facts: object) -> Order:
    """What became of it: accepted, if nothing else is said."""
    request = planned.request
    known: dict[str, object] = {
        "client_order_id": planned.client_order_id,
        "order_id": "77",
        "account_id": request.account_id,
        "symbol": request.symbol,
        "side": request.side,
        "type": request.type,
        "venue_type": request.venue_type,
        "state": OrderState.SUBMITTED,
        "amount": request.amount,
        "price": request.price,
    }
    return Order(**{**known, **facts})  # type: ignore[arg-type]  # a wrong name is the test's mistake, and raises


@dataclass
class ScriptedDesk:
    """Implements ``OrderDesk`` with prepared answers; an exception among them is raised."""

    answers: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)

    def _answer(self, name: str, question: object, default: object) -> object:
        self.asked.append((name, question))
        answer = self.answers.get(name, default)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def judge(self, requests: Sequence[OrderRequest]) -> tuple[Judged, ...]:
        """See ``OrderDesk``."""
        return self._answer("judge", tuple(requests), tuple(Judged(()) for _ in requests))  # type: ignore[return-value]  # as scripted

    async def place(self, planned: Sequence[Planned], confirmation: Confirmation) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        default = tuple(order_of(one) for one in planned)
        return self._answer("place", (tuple(planned), confirmation), default)  # type: ignore[return-value]  # as scripted

    def handed_over(self, client_order_id: str) -> Order | None:
        """See ``OrderDesk``."""
        return None

    async def cancel(self, keys: Sequence[str]) -> tuple[CancelEnd, ...]:
        """See ``OrderDesk``."""
        return self._answer("cancel", tuple(keys), tuple(CancelEnd(key, None) for key in keys))  # type: ignore[return-value]  # as scripted

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None) -> CancelReport:
        """See ``OrderDesk``."""
        return self._answer("cancel_all", (tuple(account_ids), symbol), CancelReport(0, 0))  # type: ignore[return-value]  # as scripted

    async def orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        return self._answer("orders", (tuple(account_ids), symbol), ())  # type: ignore[return-value]  # as scripted

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``OrderDesk``."""
        return self._answer("audit", key, ())  # type: ignore[return-value]  # as scripted


def sockets() -> tuple[Path, ...]:
    """Name a socket in a fresh private folder whose path is short enough."""
    return (Path(tempfile.mkdtemp(prefix="hbtui-")) / "desk" / "it.sock",)


@asynccontextmanager
async def listening(desk: ScriptedDesk | None = None) -> AsyncIterator[tuple[tuple[Path, ...], LocalServer]]:
    """Serve a desk until the block ends."""
    paths = sockets()
    async with LocalServer(HOLDER) as server:
        assert await server.open(paths) == ""
        if desk is not None:
            server.lend(desk)
        yield paths, server
