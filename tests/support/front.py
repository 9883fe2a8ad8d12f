"""A front that answers from canned views and writes down what it is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hbtui.model.candle import Period
from hbtui.model.order import OrderRequest, OrderState
from hbtui.trading.views import Denied, Finding, Severity, View
from tests.support.views import NOW_MS, candles_view, live_view, order

__all__ = ["ScriptedFront"]


class ScriptedFront:
    """Plain values in, calls written down; ``findings`` are what the gate says of every request."""

    def __init__(self, view: View | None = None, findings: tuple[Finding, ...] = ()) -> None:
        self.view = view or live_view()
        self.findings = findings
        self.placed: list[OrderRequest] = []
        self.cancelled: list[str] = []
        self.cancelled_all: list[str | None] = []
        self.looked: list[str] = []
        self.watched: list[tuple[str, Period]] = []
        self.on_place: Callable[[OrderRequest], None] | None = None

    def change(self, **changes: Any) -> None:
        """Publish a view in which some parts are others."""
        self.view = replace(self.view, **changes)

    def watch(self, symbol: str, period: Period) -> None:
        """Make another symbol or period the active one, with bars at once."""
        self.watched.append((symbol, period))
        self.change(symbol=symbol, candles=candles_view(symbol, period, 50))

    def check(self, request: OrderRequest) -> tuple[Finding, ...]:
        """Say what the script says."""
        return self.findings

    def place(self, request: OrderRequest) -> str:
        """Take an order and show it as being sent, or deny it where the script has an error."""
        if errors := tuple(finding for finding in self.findings if finding.severity is Severity.ERROR):
            raise Denied(errors)
        self.placed.append(request)
        number = 100 + len(self.placed)
        sending = order(
            number,
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            venue_type=request.venue_type,
            amount=request.amount,
            price=request.price,
            state=OrderState.SENDING,
            order_id=None,
            created_ms=NOW_MS,
        )
        self.change(orders=replace(self.view.orders, open=(sending, *self.view.orders.open)))
        if self.on_place is not None:
            self.on_place(request)
        return sending.client_order_id

    def cancel(self, key: str) -> None:
        """Write down which order."""
        self.cancelled.append(key)

    def cancel_all(self, symbol: str | None = None) -> None:
        """Write down of which symbol."""
        self.cancelled_all.append(symbol)

    def look_now(self, key: str) -> None:
        """Write down which order."""
        self.looked.append(key)
