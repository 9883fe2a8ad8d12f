"""The order ticket: what a person types becomes a request, or a sentence under the field that is not right."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
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
    fields_of,
    linked,
    operator_of,
    read_ticket,
)
from hbtui.trading.views import Caps, Finding
from hbtui.ui.accounts import account_name
from hbtui.ui.widgets.field import NumberField
from hbtui.ui.widgets.labelled_bar import LabelledBar
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.ticket_foot import TicketFoot, findings_words
from hbtui.ui.widgets.ticket_form import (
    MEANING,
    TYPE_WORDS,
    early_price_error,
    leading_field,
    nudged_price,
    usual_operator,
    with_share,
)
from hbtui.ui.widgets.words import Words

__all__ = ["OrderTicket"]

_FIELDS: tuple[Literal["stop_price", "price", "amount", "total"], ...] = ("stop_price", "price", "amount", "total")
_OPERATORS = {"gte": "rises to", "lte": "falls to"}
_SELF_MATCH = {"no": "allowed", "yes": "prevented"}
_EMPTY = Preview()
_NO_CAPS = Caps()
Check = Callable[[OrderRequest], Sequence[Finding]]


class OrderTicket(Vertical):
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
        self._titles = ("", "")
        self._reading: TicketReading | None = None
        self._accounts: tuple[Account, ...] = ()
        self._caps = Caps()
        self._check: Check | None = None

    def compose(self) -> ComposeResult:
        """Side and type, the fields, what would come of it, and the way to the review."""
        yield WordBar({"buy": "Buy", "sell": "Sell"}, line="", id="side")
        yield WordBar({kind.value: word for kind, word in TYPE_WORDS.items()}, line="", id="type")
        yield Words(id="meaning")
        yield WordBar(_OPERATORS, line="", id="operator")
        yield NumberField("stop", id="stop_price")
        yield NumberField("price", id="price")
        yield NumberField("amount", id="amount")
        yield NumberField("total", id="total")
        yield WordBar({"25": "25%", "50": "50%", "75": "75%", "100": "100%"}, line="", id="share")
        yield LabelledBar("account", {"": ""}, bar="account", id="account-row", width=8)
        yield LabelledBar("self-match", _SELF_MATCH, bar="self-match", id="self-match-row", width=11)
        yield TicketFoot(id="foot")
        yield Button("Review order", id="review")

    def on_mount(self) -> None:
        """Begin with an empty buy ticket."""
        self._bar("share").chosen = ""
        self._show_choice()
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
        """Offer the accounts where there is a choice; one that cannot trade the pair is not kept chosen."""
        if accounts == self._accounts:
            return
        self._accounts = accounts
        ids = [one.account_id for one in accounts]
        if self._form.account_id not in ids:
            self._form = replace(self._form, account_id=None)
        bar = self._bar("account")
        bar.show({str(one.account_id): account_name(one) for one in accounts} or {"": ""})
        bar.chosen = str(self._form.account_id or (ids[0] if ids else ""))
        self._show_choice()

    def _show_choice(self) -> None:
        is_choice = len(self._accounts) > 1
        self.query_one("#account-row").display = is_choice
        self.set_class(is_choice, "-accounts")

    @property
    def preview(self) -> Preview:
        """What the order would mean by what is known now."""
        return self._reading.preview if self._reading else _EMPTY

    def open_for(self, side: Side) -> None:
        """Turn to a side and let the person type in the first field."""
        self.side = side
        self.call_after_refresh(self._first_field().take_focus)

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
        self._bar("share").chosen = ""
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
        name = event.field.id or ""
        self._touched.add(name)
        if name in {"price", "stop_price"}:
            self._edit(**{name: event.text})
            return
        self._bar("share").chosen = ""
        if name == "amount":
            self._edit(amount=event.text, last_edited="amount")
        else:
            self._edit(total=event.text, last_edited="total")

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
            for name in _FIELDS:
                if name in reading.errors and self._field(name).display:
                    self._field(name).take_focus()
                    return

    @on(WordBar.Chosen, "#side")
    def take_side(self, event: WordBar.Chosen) -> None:
        """Turn to the side that was chosen."""
        event.stop()
        self.side = Side(event.name)

    def watch_side(self, side: Side) -> None:
        """Show the side in words, colour and frame; an amount typed for the other side is not kept."""
        self._bar("side").chosen = side.value
        last = leading_field(side, self._form.type)
        self._edit(side=side, amount="", total="", last_edited=last, stop_operator="")
        self._bar("share").chosen = ""

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
        self._bar("share").action_step(1)

    def action_nudge(self, ticks: int) -> None:
        """Move the price by one tick; an empty price begins at the best of the own side."""
        if self._known is None or not self._field("price").is_typing:
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
            share = self._bar("share").chosen
            form = linked(self._form, context)
            self._form = with_share(form, context, int(share)) if share else form
        form = self._form
        self._reading = read_ticket(form, context) if context is not None else None
        self._show_kind(form, context)
        for name in _FIELDS:
            self._field(name).put(getattr(form, name))
        self._show_errors()
        self._show_foot(form, context)

    def _show_kind(self, form: TicketForm, context: TicketContext | None) -> None:
        base = context.instrument.base.upper() if context else ""
        quote = context.instrument.quote.upper() if context else ""
        self._bar("type").chosen = form.type.value
        self.set_class(form.side is Side.BUY, "-buy")
        self.set_class(form.side is Side.SELL, "-sell")
        self._entitle(f"{form.side.value.capitalize()} {base or 'order'}", f"Review {form.side.value}")
        self.set_class(form.type.has_stop, "-stop")
        self.query_one("#meaning", Words).say(Content(MEANING[form.type]))
        self._bar("operator").chosen = operator_of(form, context) if context else usual_operator(form.side)
        self._field("stop_price").name_it("stop", quote)
        needed = fields_of(form.type, form.side)
        for name in _FIELDS:
            self._field(name).display = name in needed
        self._bar("operator").display = "stop_operator" in needed
        self._field("price").name_it("price", quote)
        self._field("amount").name_it("amount", base)
        self._field("total").name_it("spend" if form.is_market_buy else "total", quote)

    def _entitle(self, title: str, act: str) -> None:
        if self._titles != (title, act):
            self._titles = (title, act)
            self.border_title = Content(title)
            self.query_one("#review", Button).label = Content(act)

    def _show_errors(self) -> None:
        reading = self._reading
        for name in _FIELDS:
            error = reading.errors.get(name, "") if reading else ""
            if name == "price" and not error and reading is not None and self._known is not None:
                error = early_price_error(self._form, self._known, reading)
            is_early = reading is not None and name in reading.missing and not self._is_attempted
            is_silent = is_early or not (self._is_attempted or name in self._touched or self._is_linked(name))
            self._field(name).show_error("" if is_silent else error)

    def _is_linked(self, name: str) -> bool:
        """Whether a field got its text from what the person typed elsewhere."""
        return bool(self._touched) and bool(self._field(name).text)

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

    def _first_field(self) -> NumberField:
        return next(self._field(name) for name in _FIELDS if self._field(name).display)

    def _field(self, name: str) -> NumberField:
        return self.query_one(f"#{name}", NumberField)

    def _bar(self, name: str) -> WordBar:
        return self.query_one(f"#{name}", WordBar)
