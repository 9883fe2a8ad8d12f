"""The order ticket: what a person types becomes a request, or a sentence under the field that is not right."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button

from hbtui.model.account import Account
from hbtui.model.numbers import plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import (
    Preview,
    TicketContext,
    TicketForm,
    TicketReading,
    accounts_for,
    linked,
    read_ticket,
)
from hbtui.trading.views import Caps, Finding
from hbtui.ui.widgets.field import NumberField
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.ticket_face import FIELDS, TicketFace
from hbtui.ui.widgets.ticket_foot import TicketFoot, findings_words
from hbtui.ui.widgets.ticket_form import (
    early_price_error,
    leading_field,
    nudged_price,
    with_share,
)

__all__ = ["OrderTicket"]

_EMPTY = Preview()
_NO_CAPS = Caps()
Check = Callable[[OrderRequest], Sequence[Finding]]


class OrderTicket(TicketFace):
    """Side, type and the fields that the type needs, with fee and what is left; posts only sound requests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "review", "Review", key_display="⏎", tooltip="Review the order", id="ticket.review"),
        Binding("ctrl+t", "next_share", "25–100%", key_display="^t", id="ticket.share"),
        Binding("up", "nudge(1)", "Price up one tick", show=False, id="ticket.price-up"),
        Binding("down", "nudge(-1)", "Price down one tick", show=False, id="ticket.price-down"),
    ]
    side: reactive[Side] = reactive(Side.BUY, init=False)
    blocked: reactive[str] = reactive("", init=False)
    """Why no order can be sent now; empty when one can."""

    class Submitted(Message):
        """A sound order is to be reviewed; nothing is sent yet."""

        def __init__(self, request: OrderRequest) -> None:
            super().__init__()
            self.request = request

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._known: TicketContext | None = None
        self._form = TicketForm()
        self._touched: set[str] = set()
        self._is_attempted = False
        self._reading: TicketReading | None = None
        self._accounts: tuple[Account, ...] = ()
        self._caps = Caps()
        self._check: Check | None = None

    def on_mount(self) -> None:
        """Begin with an empty buy ticket."""
        self.bar("share").chosen = ""
        self.show_accounts((), None)
        self._apply_form()

    # what comes from outside

    def show(
        self,
        context: TicketContext | None,
        blocked: str,
        caps: Caps = _NO_CAPS,
        check: Check | None = None,
    ) -> None:
        """Read the form anew against what is known now; what is typed never changes by itself.

        ``check`` asks the gate about a sound request.
        """
        is_other = (
            context is not None
            and self._known is not None
            and context.instrument.symbol != self._known.instrument.symbol
        )
        self._known = context
        self.blocked = blocked
        self._caps, self._check = caps, check
        if context is not None:
            self._offer(accounts_for(context.accounts, context.instrument.symbol))
        if is_other:
            self.clear()
        else:
            self._apply_form()

    def _offer(self, accounts: tuple[Account, ...]) -> None:
        """Offer the accounts that can trade the pair; one that cannot is not kept chosen."""
        if accounts == self._accounts:
            return
        self._accounts = accounts
        if self._form.account_id not in [one.account_id for one in accounts]:
            self._form = replace(self._form, account_id=None)
        self.show_accounts(accounts, self._form.account_id)

    @property
    def preview(self) -> Preview:
        """What the order would mean by what is known now."""
        return self._reading.preview if self._reading else _EMPTY

    def open_for(self, side: Side) -> None:
        """Turn to a side and let the person type in the first field."""
        self.side = side
        self.first_field(self._form).take_focus()

    def fill_price(self, price: Decimal) -> None:
        """Write a price that was picked on the book or the chart; a market order has none."""
        if self._form.type.has_price:
            self._touched.add("price")
            self._edit(price=plain(price))

    def clear(self) -> None:
        """Forget amount, total and prices; side, type and account stay."""
        self._form = replace(self._form, price="", amount="", total="", stop_price="", stop_operator="")
        self._touched.clear()
        self._is_attempted = False
        self.bar("share").chosen = ""
        self._apply_form()

    @property
    def form(self) -> TicketForm:
        """The fields as they stand."""
        return self._form

    # what the person does

    @on(NumberField.Typed)
    def take_typed(self, event: NumberField.Typed) -> None:
        """Follow the keys: the linked field, the figures, and the errors of the fields that were typed in."""
        event.stop()
        name, text = event.field.id or "", event.field.take()
        self._touched.add(name)
        if name in {"price", "stop_price"}:
            self._edit(**{name: text})
            return
        self.bar("share").chosen = ""
        if name == "amount":
            self._edit(amount=text, last_edited="amount")
        else:
            self._edit(total=text, last_edited="total")

    @on(NumberField.Entered)
    @on(Button.Pressed, "#review")
    def ask_review(self, event: Message) -> None:
        """Enter in a field or the button: go on to the review if the form is sound."""
        event.stop()
        self.action_review()

    def action_review(self) -> None:
        """Post the request, or show every error and go to the first field that has one."""
        self._is_attempted = True
        self._apply_form()
        reading = self._reading
        if reading is None or self.blocked:
            self.app.bell()
        elif reading.request is not None:
            self.post_message(self.Submitted(reading.request))
        else:
            for name in FIELDS:
                if name in reading.errors and self.field(name).display:
                    self.field(name).take_focus()
                    return

    @on(WordBar.Chosen, "#side")
    def take_side(self, event: WordBar.Chosen) -> None:
        """Turn to the side that was chosen."""
        event.stop()
        self.side = Side(event.name)

    def watch_side(self, side: Side) -> None:
        """Show the side in words, colour and frame; an amount typed for the other side is not kept."""
        self.bar("side").chosen = side.value
        last = leading_field(side, self._form.type)
        self._edit(side=side, amount="", total="", last_edited=last, stop_operator="")
        self.bar("share").chosen = ""

    def watch_blocked(self) -> None:
        """Say why nothing can be sent, or that it can."""
        self.query_one("#review", Button).disabled = bool(self.blocked)

    @on(WordBar.Chosen, "#type")
    def take_type(self, event: WordBar.Chosen) -> None:
        """Turn to the type that was chosen; only the fields that it needs stay."""
        event.stop()
        kind = OrderType(event.name)
        changes: dict[str, object] = {"type": kind, "last_edited": leading_field(self._form.side, kind)}
        if OrderType.MARKET in {kind, self._form.type}:
            # the same digits would mean another thing: coins in one type, money in the other
            changes |= {"amount": "", "total": ""}
            self._touched -= {"amount", "total"}
        self._edit(**changes)

    @on(WordBar.Chosen, "#operator")
    def take_operator(self, event: WordBar.Chosen) -> None:
        """Wait for the last price from below or from above."""
        event.stop()
        self._edit(stop_operator=event.name)

    @on(WordBar.Chosen, "#account")
    def take_account(self, event: WordBar.Chosen) -> None:
        """Order from another account; an amount typed for its money is not kept."""
        event.stop()
        self._edit(account_id=int(event.name), amount="", total="")

    @on(WordBar.Chosen, "#self-match")
    def take_self_match(self, event: WordBar.Chosen) -> None:
        """Let the exchange prevent that the order fills against an own one, or not."""
        event.stop()
        self._edit(self_match_prevent=event.name == "yes")

    @on(WordBar.Chosen, "#share")
    def take_share(self, event: WordBar.Chosen) -> None:
        """Fill in a part of what is available."""
        event.stop()
        self._touched.add("price")
        self._edit()

    def action_next_share(self) -> None:
        """Take the next larger share."""
        self.bar("share").action_step(1)

    def action_nudge(self, ticks: int) -> None:
        """Move the price by one tick; an empty price begins at the best of the own side."""
        if self._known is None or not self.field("price").is_typing:
            return
        moved = nudged_price(self._form, self._known, ticks)
        if moved is not None:
            self.fill_price(moved)

    # how the form becomes the screen

    def _edit(self, **changes: object) -> None:
        self._form = replace(self._form, **changes)  # type: ignore[arg-type]  # the callers name fields of the form
        self._apply_form()

    def _apply_form(self) -> None:
        """Link, read, and show; called after each change of the form or of what is known."""
        if not self.is_mounted:
            return
        context = self._known
        if context is not None:
            share = self.bar("share").chosen
            form = linked(self._form, context)
            self._form = with_share(form, context, int(share)) if share else form
        form = self._form
        self._reading = read_ticket(form, context) if context is not None else None
        self.show_kind(form, context)
        for name in FIELDS:
            self.field(name).put(getattr(form, name))
        self._show_errors()
        self._show_foot(form, context)

    def _show_errors(self) -> None:
        reading = self._reading
        for name in FIELDS:
            error = reading.errors.get(name, "") if reading else ""
            if name == "price" and not error and reading is not None and self._known is not None:
                error = early_price_error(self._form, self._known, reading)
            is_early = reading is not None and name in reading.missing and not self._is_attempted
            is_silent = is_early or not (self._is_attempted or name in self._touched or self._is_linked(name))
            self.field(name).show_error("" if is_silent else error)

    def _is_linked(self, name: str) -> bool:
        """Whether a field got its text from what the person typed elsewhere."""
        return bool(self._touched) and bool(self.field(name).text)

    def _show_foot(self, form: TicketForm, context: TicketContext | None) -> None:
        foot = self.query_one(TicketFoot)
        foot.show(form, context, self.preview, self._caps)
        errors = self._reading.errors if self._reading else {}
        whole = errors.get("account", "") or (errors.get("", "") if self._is_attempted else "")
        request = self._reading.request if self._reading else None
        findings = self._check(request) if request is not None and self._check is not None and not self.blocked else ()
        if self.blocked:
            foot.note(Content(f"No new orders: {self.blocked}"))
        elif findings:
            foot.note(findings_words(findings))
        else:
            foot.note(Content(whole or " ".join(self.preview.notes)))
