"""The last look before an order is sent: everything that it is, and one distinct act that sends it, once."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Static

from hbtui.model.instrument import Instrument
from hbtui.model.order import Confirmation, OrderRequest, OrderType, Side
from hbtui.trading.ticket import Preview
from hbtui.trading.views import Denied, Finding, Front, Severity
from hbtui.ui.accounts import account_of, account_words
from hbtui.ui.reviewing import best_opposite, has_moved, is_bound_to_market, is_same_verdict, settled, standing
from hbtui.ui.text import percent, price
from hbtui.ui.widgets.figures import labelled, request_lines, venue_words
from hbtui.ui.widgets.phrase import PhraseField

__all__ = ["ReviewDialog"]

_QUIET_S = 0.3
"""A key or click counts only after so long without one: a held or doubled Enter reaches nothing."""
_ROWS = [(0, "-low"), (30, "-high")]
_LOOK_S = 0.5
"""So often the gate is asked again, and the market looked at."""
_TYPES = {
    OrderType.LIMIT: "limit order",
    OrderType.MARKET: "market order",
    OrderType.IOC: "limit order, IOC (at once, the rest is cancelled)",
    OrderType.FOK: "limit order, FOK (at once and whole, or not at all)",
    OrderType.POST_ONLY: "limit order, post-only (cancelled if it would fill at once)",
    OrderType.STOP_LIMIT: "stop order: a limit order, once triggered",
    OrderType.STOP_LIMIT_FOK: "stop order: a limit order, FOK, once triggered",
}
_MARKS = {Severity.ERROR: ("✗ ", "$error"), Severity.WARNING: ("! ", "$warning")}


class ReviewDialog(ModalScreen[str | None]):
    """Shows one request and sends exactly that one; answers its client order id, or ``None`` for going back.

    What is sent is bound to what was shown: where the gate says something else by now, or the market is another
    one, that is shown first and asks for a new act.
    """

    CSS_PATH = "review.tcss"
    VERTICAL_BREAKPOINTS = _ROWS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "send", "Send order", id="review.send"),
        Binding("r", "look_again", "Look again", show=False, id="review.look"),
        Binding("escape,n", "back", "Back", key_display="esc", id="review.back"),
        Binding("left,right", "app.focus_next", "Other button", show=False),
    ]

    def __init__(
        self,
        front: Front,
        request: OrderRequest,
        preview: Callable[[], Preview],
        instrument: Instrument,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__(classes=f"-{request.side.value}")
        self._front = front
        self._request = request
        self._preview = preview
        self._instrument = instrument
        self._now_ms = now_ms
        self._findings: tuple[Finding, ...] = ()
        self._opened_at: Decimal | None = None
        """The market price that was looked at first, or last with "look again"."""
        self._reference: Decimal | None = None
        """The one that is shown."""
        self._is_moved = False
        self._is_sent = False
        self._is_armed = False
        self._quiet: Timer | None = None

    def compose(self) -> ComposeResult:
        """What is asked for, what speaks against it, where it goes, and the two ways on."""
        with VerticalScroll(id="review-box", can_focus=False) as box:
            box.border_title = Content("Review order")
            side = f" {self._request.side.value.upper()} "
            yield Static(Content.assemble((side, "bold reverse"), f"  {self._instrument.name}"), id="review-side")
            yield Static(Content(self._type_words), id="review-type")
            yield Static(id="review-lines")
            yield Static(id="review-findings")
            yield Vertical(id="review-phrases")
            yield Static(Content(self._venue_words), id="review-venue")
            with Horizontal(id="review-buttons"):
                yield Button("Back (esc)", id="back")
                yield Button("Look again (r)", id="look")
                yield Button("Send order (y)", id="send", disabled=True)

    def on_mount(self) -> None:
        """Start on "Back", deaf to what is still being pressed."""
        self._show_way()
        self._opened_at = self._reference = best_opposite(self._front.view, self._request)
        self._show_findings(self._front.check(self._request))
        self._show_lines()
        if self._phrases:
            self.call_after_refresh(self._phrases[0].take_focus)
        else:
            self.query_one("#back").focus()
        self._listen_later()
        self.set_interval(_LOOK_S, self._look)

    @property
    def is_armed(self) -> bool:
        """Whether keys and clicks count."""
        return self._is_armed

    # what is shown

    @property
    def _type_words(self) -> str:
        words = _TYPES.get(self._request.type, self._request.venue_type)
        return f"{words} · self-match prevented" if self._request.self_match_prevent else words

    @property
    def _venue_words(self) -> str:
        view, request = self._front.view, self._request
        account = account_of(view, request.account_id)
        return venue_words(view.venue, account_words(request.account_id, account, self._instrument))

    @property
    def _lines(self) -> list[tuple[str, str]]:
        word = "best ask" if self._request.side is Side.BUY else "best bid"
        market = f"{word} {price(self._reference, self._instrument)} {self._instrument.quote.upper()}"
        return [*request_lines(self._request, self._instrument, self._preview()), ("market", market)]

    def _show_lines(self) -> None:
        self.query_one("#review-lines", Static).update(labelled(self._lines))

    def _show_way(self) -> None:
        """Offer to send, or to look again where the market has moved."""
        self.query_one("#look").display = self._is_moved
        self.query_one("#send").display = not self._is_moved

    @property
    def _shown_words(self) -> str:
        """All that is displayed, as a sentence for the journal."""
        lines = [f"{label} {text}".strip() for label, text in self._lines]
        against = [f"{finding.code}: {finding.text}" for finding in self._findings]
        side = self._request.side.value.upper()
        return " · ".join((side, self._instrument.name, self._type_words, *lines, self._venue_words, *against))

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        self._findings = settled(self._findings, findings)
        parts: list[tuple[str, str]] = []
        for finding in sorted(self._findings, key=lambda each: each.severity is not Severity.ERROR):
            mark, style = _MARKS.get(finding.severity, ("· ", "$muted"))
            parts.append((f"{mark}{finding.code}: {finding.text}\n", style))
        if self._is_moved:
            parts.append((f"{self._moved_words}\n", "$warning bold"))
        if self._is_blocked:
            parts.append(("This order cannot be sent.", "$error bold"))
        shown = self.query_one("#review-findings", Static)
        shown.update(Content.assemble(*parts).rstrip())
        shown.display = bool(parts)
        self._show_phrases()

    @property
    def _moved_words(self) -> str:
        now, before = self._reference, self._opened_at
        if now is None or not before:
            return "! the market price was not known all the time: look again before you send"
        word = "ask" if self._request.side is Side.BUY else "bid"
        was, by = price(before, self._instrument), percent(now / before - 1)
        return f"! the best {word} was {was} when you looked and has moved {by}: look again before you send"

    def _show_phrases(self) -> None:
        """Keep a field for each phrase that is asked for; what was typed into the others stays."""
        asked = {} if self._is_blocked else {one.code: one.phrase for one in self._findings if one.phrase}
        place = self.query_one("#review-phrases")
        there = {field.code: field for field in self._phrases}
        for code, field in there.items():
            if asked.get(code) != field.phrase:
                field.remove()
        fresh = [code for code, phrase in asked.items() if code not in there or there[code].phrase != phrase]
        if fresh:
            place.mount(*(PhraseField(code, asked[code]) for code in fresh))
        place.display = bool(asked)

    @property
    def _phrases(self) -> list[PhraseField]:
        return list(self.query(PhraseField))

    # what may be done

    @property
    def _is_blocked(self) -> bool:
        """Whether something forbids the order that nothing overrides."""
        return any(one.severity is Severity.ERROR and not one.phrase for one in self._findings)

    @property
    def _allowed(self) -> frozenset[str]:
        asked = {one.code: one.phrase for one in self._findings}
        return frozenset(
            field.code for field in self._phrases if field.is_typed and asked.get(field.code) == field.phrase
        )

    @property
    def _may_send(self) -> bool:
        return not (self._is_sent or self._is_moved or standing(self._findings, self._allowed))

    def _listen_later(self) -> None:
        """Count keys and clicks only after a quiet moment from now."""
        self._is_armed = False
        self.query_one("#send", Button).disabled = True
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self.set_timer(_QUIET_S, self._listen)

    def _listen(self) -> None:
        self._is_armed = True
        self.query_one("#send", Button).disabled = not self._may_send

    def _look(self) -> bool:
        """Show what the gate and the market say by now; whether that asks for a new act."""
        if self._is_sent:
            return False
        self._reference = best_opposite(self._front.view, self._request)
        was_moved, was_said = self._is_moved, self._findings
        is_away = has_moved(self._opened_at, self._reference)
        self._is_moved = is_bound_to_market(self._request) and (was_moved or is_away)
        self._show_way()
        self._show_findings(self._front.check(self._request))
        self._show_lines()
        is_new = self._is_moved is not was_moved or not is_same_verdict(was_said, self._findings)
        if is_new:
            self._listen_later()
        return is_new

    @on(PhraseField.Changed)
    def arm_by_phrase(self, event: PhraseField.Changed) -> None:
        """Let a completed phrase make sending possible, a quiet moment later."""
        event.stop()
        self._listen_later()

    @on(PhraseField.Entered)
    def go_on(self, event: PhraseField.Entered) -> None:
        """Go from a completed phrase to the next one, and from the last to the buttons."""
        event.stop()
        if not event.field.is_typed:
            self.app.bell()
            return
        self._listen_later()
        following = next((field for field in self._phrases if not field.is_typed), None)
        if following is not None:
            following.take_focus()
        else:
            self.query_one("#back").focus()

    @on(Button.Pressed)
    def take_button(self, event: Button.Pressed) -> None:
        """Do what the button says, if keys and clicks count by now."""
        event.stop()
        if not self._is_armed:
            self._listen_later()
            return
        act = {"send": self.action_send, "look": self.action_look_again}.get(event.button.id or "", self.action_back)
        act()

    def action_back(self) -> None:
        """Go back; nothing was sent."""
        if not self._is_sent:
            self.dismiss(None)

    def action_look_again(self) -> None:
        """Take the market as it is now for what was shown; sending needs an act of its own after that."""
        if self._is_moved and not self._is_sent:
            self._is_moved = False
            self._opened_at = best_opposite(self._front.view, self._request)
            self._findings = ()  # with them go the phrases that were kept for an earlier price
            self._look()
            self._listen_later()

    def action_send(self) -> None:
        """Send what is shown, once; where the gate or the market says something else by now, show that first."""
        if self._is_sent:
            return
        if not self._is_armed:
            self._listen_later()
            return
        if not self._is_wholly_seen():
            self.notify("Make the terminal larger: not all of the order can be seen.", severity="warning", markup=False)
            return
        if not self._look() and self._may_send:
            self._send()

    def _send(self) -> None:
        self._is_sent = True
        self.query_one("#send", Button).disabled = True
        confirmation = Confirmation(
            at_ms=self._now_ms(),
            by="key",
            shown=self._shown_words,
            reference=self._reference,
            symbol=self._request.symbol,
            side=self._request.side,
            allowed=self._allowed,
        )
        try:
            client_order_id = self._front.place(self._request, confirmation)
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
