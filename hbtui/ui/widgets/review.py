"""The last look before an order is sent: everything that it is, and one distinct act that sends it, once."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Static

from hbtui.model.instrument import Instrument
from hbtui.model.order import OrderRequest, OrderType
from hbtui.trading.ticket import Preview
from hbtui.trading.views import Denied, Finding, Front, Severity
from hbtui.ui.widgets.figures import labelled, request_lines, venue_words

__all__ = ["ReviewDialog"]

_QUIET_S = 0.3
"""A key or click counts only after so long without one: a held or doubled Enter reaches nothing."""
_TYPES = {
    OrderType.LIMIT: "limit order",
    OrderType.MARKET: "market order",
    OrderType.IOC: "limit order, IOC (at once, the rest is cancelled)",
    OrderType.FOK: "limit order, FOK (at once and whole, or not at all)",
    OrderType.POST_ONLY: "limit order, post-only (cancelled if it would fill at once)",
}


class ReviewDialog(ModalScreen[str | None]):
    """Shows one request and sends exactly that one; answers its client order id, or ``None`` for going back."""

    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "send", "Send order", id="review.send"),
        Binding("escape,n", "back", "Back", key_display="esc", id="review.back"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(self, front: Front, request: OrderRequest, preview: Preview, instrument: Instrument) -> None:
        super().__init__(classes=f"-{request.side.value}")
        self._front = front
        self._request = request
        self._preview = preview
        self._instrument = instrument
        self._findings: tuple[Finding, ...] = ()
        self._is_sent = False
        self._is_armed = False
        self._quiet: Timer | None = None

    def compose(self) -> ComposeResult:
        """What is asked for, what speaks against it, where it goes, and the two ways on."""
        request = self._request
        with VerticalScroll(id="review-box", can_focus=False) as box:
            box.border_title = Content("Review order")
            side = f" {request.side.value.upper()} "
            yield Static(Content.assemble((side, "bold reverse"), f"  {self._instrument.name}"), id="review-side")
            yield Static(Content(_TYPES.get(request.type, request.venue_type)), id="review-type")
            yield Static(labelled(request_lines(request, self._instrument, self._preview)), id="review-lines")
            yield Static(id="review-findings")
            yield Static(Content(venue_words(self._front.view.venue)), id="review-venue")
            with Horizontal(id="review-buttons"):
                yield Button("Back (esc)", id="back")
                yield Button("Send order (y)", id="send", disabled=True)

    def on_mount(self) -> None:
        """Start on "Back", deaf to what is still being pressed."""
        self._show_findings(self._front.check(self._request))
        self.query_one("#back").focus()
        self._listen_later()

    @property
    def is_armed(self) -> bool:
        """Whether keys and clicks count."""
        return self._is_armed

    def _listen_later(self) -> None:
        """Count keys and clicks only after a quiet moment from now."""
        self._is_armed = False
        self.query_one("#send", Button).disabled = True
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(_QUIET_S, self._listen)

    def _listen(self) -> None:
        self._is_armed = True
        self.query_one("#send", Button).disabled = self._has_errors or self._is_sent

    @property
    def _has_errors(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self._findings)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)
        marks = {Severity.ERROR: ("✗ ", "$error"), Severity.WARNING: ("! ", "$warning")}
        parts: list[tuple[str, str]] = []
        for finding in sorted(findings, key=lambda each: each.severity is not Severity.ERROR):
            mark, style = marks.get(finding.severity, ("· ", "$muted"))
            where = f"{finding.field}: " if finding.field else ""
            parts.append((f"{mark}{where}{finding.text}\n", style))
        if self._has_errors:
            parts.append(("This order cannot be sent.", "$error bold"))
        shown = self.query_one("#review-findings", Static)
        shown.update(Content.assemble(*parts).rstrip())
        shown.display = bool(parts)

    @on(Button.Pressed)
    def take_button(self, event: Button.Pressed) -> None:
        """Do what the button says, if keys and clicks count by now."""
        event.stop()
        if not self._is_armed:
            self._listen_later()
        elif event.button.id == "send":
            self.action_send()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Go back; nothing was sent."""
        if not self._is_sent:
            self.dismiss(None)

    def action_send(self) -> None:
        """Send what is shown, once; where the gate says something else by now, show that first."""
        if self._is_sent:
            return
        if not self._is_armed:
            self._listen_later()
            return
        if not self._is_wholly_seen():
            self.notify("Make the terminal larger: not all of the order can be seen.", severity="warning", markup=False)
            return
        findings = tuple(self._front.check(self._request))
        if findings != self._findings or self._has_errors:
            self._show_findings(findings)
            self._listen_later()
            return
        self._send()

    def _send(self) -> None:
        self._is_sent = True
        self.query_one("#send", Button).disabled = True
        try:
            client_order_id = self._front.place(self._request)
        except Denied as denied:
            # nothing was recorded and nothing left: the person may correct it, or try again once the reason is gone
            self._is_sent = False
            self._show_findings(denied.findings)
            self._listen_later()
            return
        self.dismiss(client_order_id)

    def _is_wholly_seen(self) -> bool:
        box = self.query_one("#review-box", VerticalScroll)
        return box.max_scroll_y == 0 and self.region.contains_region(box.region)
