"""Orders and fills as the venue keeps them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from hbtui.sim.exact import ZERO, minus, plus, sum_of, times
from hbtui.sim.symbols import Pair

__all__ = ["FINAL", "KINDS", "STATE_NUMBERS", "Fill", "Order", "OrderRequest"]

KINDS = frozenset({"market", "limit", "ioc", "limit-maker", "limit-fok", "stop-limit", "stop-limit-fok"})
"""What may follow ``buy-`` and ``sell-`` (HTX docs, order types)."""

FINAL = frozenset({"filled", "partial-canceled", "canceled", "rejected"})

STATE_NUMBERS = {
    "created": 2,
    "submitted": 3,
    "partial-filled": 4,
    "partial-canceled": 5,
    "filled": 6,
    "canceled": 7,
    "canceling": 10,
    "rejected": -1,
}
"""The numbers that cancel answers use for states."""


class OrderRequest(NamedTuple):
    """A placement that passed the rules; ``amount`` of a market buy is what to spend, in the quote currency."""

    pair: Pair
    account_id: int
    buy: bool
    kind: str
    amount: Decimal
    price: Decimal | None
    client_order_id: str
    source: str
    stop_price: Decimal | None = None
    operator: str | None = None
    prevents_self_match: bool = False

    @property
    def type(self) -> str:
        """HTX's order type, such as ``buy-limit``."""
        return f"{'buy' if self.buy else 'sell'}-{self.kind}"

    @property
    def spends(self) -> bool:
        """Whether the amount is a quote value: only for market buys."""
        return self.buy and self.kind == "market"

    @property
    def frozen_currency(self) -> str:
        """What the order sets aside: quote for buys, base for sells."""
        return self.pair.quote if self.buy else self.pair.base

    @property
    def needs(self) -> Decimal:
        """How much it sets aside."""
        return times(self.amount, self.price) if self.buy and self.price is not None else self.amount


class Fill(NamedTuple):
    """One execution; ``fee`` is in the currency received."""

    record_id: int
    match_id: int
    trade_id: int
    price: Decimal
    amount: Decimal
    fee: Decimal
    fee_currency: str
    taker: bool
    time_ms: int


@dataclass(slots=True)
class Order:
    """An accepted order and what became of it."""

    id: int
    request: OrderRequest
    created_ms: int
    state: str = "created"
    queue_ahead: Decimal = ZERO
    fills: list[Fill] = field(default_factory=list)
    filled: Decimal = ZERO
    cash: Decimal = ZERO
    frozen: Decimal = ZERO
    finished_ms: int = 0
    canceled_ms: int = 0
    canceled_source: str | None = None
    updated_ms: int = 0

    @property
    def executed(self) -> Decimal:
        """How much of ``request.amount`` is done, in its own unit: quote for market buys."""
        return self.cash if self.request.spends else self.filled

    @property
    def remaining(self) -> Decimal:
        """How much of ``request.amount`` is left, in its own unit."""
        return minus(self.request.amount, self.executed)

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.state in FINAL

    @property
    def fees(self) -> Decimal:
        """All fees so far, in the currency received."""
        return sum_of(fill.fee for fill in self.fills)

    @property
    def role(self) -> str:
        """``taker``, ``maker``, both, or ``none`` without fills."""
        roles = [
            name for name, taker in (("taker", True), ("maker", False)) if any(f.taker is taker for f in self.fills)
        ]
        return ",".join(roles) or "none"

    def add(self, fill: Fill) -> None:
        """Count a fill."""
        self.fills.append(fill)
        self.filled = plus(self.filled, fill.amount)
        self.cash = plus(self.cash, times(fill.amount, fill.price))
        self.updated_ms = fill.time_ms
