"""A front that answers from canned views and writes down what it is asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hbtui.model.candle import Period
from hbtui.model.entry import JournalEntry
from hbtui.model.order import Confirmation, OrderRequest, OrderState
from hbtui.model.series import Series, Span
from hbtui.trading.views import AuditView, Denied, Finding, Severity, SwitchView, View
from tests.support.views import NOW_MS, candles_view, live_view, order

__all__ = ["ScriptedArchive", "ScriptedFront"]


class ScriptedFront:
    """Plain values in, calls written down; ``findings`` are what the gate says of every request.

    Halt, switch and audit are shown at once in the view, as the engine would a moment later.
    """

    def __init__(self, view: View | None = None, findings: tuple[Finding, ...] = ()) -> None:
        self.view = view or live_view()
        self.archive = ScriptedArchive()
        self.older_wanted = 0
        self.findings = findings
        self.placed: list[OrderRequest] = []
        self.confirmations: list[Confirmation | None] = []
        """One for each of ``placed``."""
        self.halts: list[bool] = []
        """Each halt as true, each resumption as false."""
        self.signed_off: list[str] = []
        self.armed: list[int] = []
        self.audited: list[str] = []
        self.journal: dict[str, tuple[JournalEntry, ...]] = {}
        """What ``read_audit`` finds, by key; a key that is not here stays loading."""
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

    def place(self, request: OrderRequest, confirmation: Confirmation | None = None) -> str:
        """Take an order and show it as being sent, or deny it where the script has an error that stands."""
        allowed = confirmation.allowed if confirmation is not None else frozenset[str]()
        errors = tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)
        if standing := tuple(finding for finding in errors if not finding.phrase or finding.code not in allowed):
            raise Denied(standing)
        self.placed.append(request)
        self.confirmations.append(confirmation)
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

    def halt(self) -> None:
        """Show that new orders are stopped."""
        self.halts.append(True)
        self.change(is_halted=True)

    def resume(self) -> None:
        """Show that new orders are taken again."""
        self.halts.append(False)
        self.change(is_halted=False)

    def sign_off(self, key: str) -> None:
        """Write down which order, and take it from the uncertain ones."""
        self.signed_off.append(key)
        left = tuple(one for one in self.view.orders.uncertain if one.key != key)
        self.change(orders=replace(self.view.orders, uncertain=left))

    def arm_switch(self, seconds: int) -> None:
        """Show the switch armed from now, or off."""
        self.armed.append(seconds)
        trigger_ms = NOW_MS + seconds * 1000 if seconds else None
        self.change(switch=SwitchView(timeout_s=seconds, trigger_ms=trigger_ms))

    def read_audit(self, key: str) -> None:
        """Show the journal's entries of the key, or that they are being read where the script has none."""
        self.audited.append(key)
        self.change(audit=AuditView(key=key, entries=self.journal.get(key, ()), is_loading=key not in self.journal))

    def load_older(self) -> None:
        """Count that older bars were wanted."""
        self.older_wanted += 1


class ScriptedArchive:
    """Writes down what is asked of the archive."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, *tuple[object, ...]]] = []

    def read(self) -> None:
        """Write down that it is to be read."""
        self.asked.append(("read",))

    def fetch(self, series: Series, span: Span) -> None:
        """Write down what is to be fetched."""
        self.asked.append(("fetch", series, span))

    def pause(self, series: Series) -> None:
        """Write down what is to be paused."""
        self.asked.append(("pause", series))

    def delete(self, series: Series) -> None:
        """Write down what is to be deleted."""
        self.asked.append(("delete", series))

    def export(self, series: Series, out: Path) -> None:
        """Write down what is to be exported."""
        self.asked.append(("export", series, out))
