"""What the ticket looks like: its fields and choices, and which of them an order of a side and type needs."""

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button

from hbtui.model.account import Account
from hbtui.model.order import Side
from hbtui.trading.ticket import TicketContext, TicketForm, fields_of, operator_of
from hbtui.ui.accounts import account_name
from hbtui.ui.widgets.field import NumberField
from hbtui.ui.widgets.labelled_bar import LabelledBar
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.ticket_foot import TicketFoot
from hbtui.ui.widgets.ticket_form import MEANING, TYPE_WORDS, usual_operator
from hbtui.ui.widgets.words import Words

__all__ = ["FIELDS", "TicketFace"]

FIELDS: tuple[Literal["stop_price", "price", "amount", "total"], ...] = ("stop_price", "price", "amount", "total")
"""What is typed, from top to bottom."""
_OPERATORS = {"gte": "rises to", "lte": "falls to"}
_SELF_MATCH = {"no": "allowed", "yes": "prevented"}


class TicketFace(Vertical):
    """Lays the ticket out and shows a form on it; what is done with what is typed is the ticket's affair."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - the library's name
        super().__init__(id=id)
        self._titles = ("", "")

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

    def show_kind(self, form: TicketForm, context: TicketContext | None) -> None:
        """Show the fields that the side and type need and no others, with their units."""
        base = context.instrument.base.upper() if context else ""
        quote = context.instrument.quote.upper() if context else ""
        self.bar("type").chosen = form.type.value
        self.set_class(form.side is Side.BUY, "-buy")
        self.set_class(form.side is Side.SELL, "-sell")
        self._entitle(f"{form.side.value.capitalize()} {base or 'order'}", f"Review {form.side.value}")
        self.set_class(form.type.has_stop, "-stop")
        self.query_one("#meaning", Words).say(Content(MEANING[form.type]))
        self.bar("operator").chosen = operator_of(form, context) if context else usual_operator(form.side)
        self.field("stop_price").name_it("stop", quote)
        needed = fields_of(form.type, form.side)
        for name in FIELDS:
            self.field(name).display = name in needed
        self.bar("operator").display = "stop_operator" in needed
        self.field("price").name_it("price", quote)
        self.field("amount").name_it("amount", base)
        self.field("total").name_it("spend" if form.is_market_buy else "total", quote)

    def _entitle(self, title: str, act: str) -> None:
        if self._titles != (title, act):
            self._titles = (title, act)
            self.border_title = Content(title)
            self.query_one("#review", Button).label = Content(act)

    def show_accounts(self, accounts: tuple[Account, ...], chosen: int | None) -> None:
        """Offer the accounts where there is a choice; without one chosen the first counts."""
        bar = self.bar("account")
        bar.show({str(one.account_id): account_name(one) for one in accounts} or {"": ""})
        bar.chosen = str(chosen or (accounts[0].account_id if accounts else ""))
        is_choice = len(accounts) > 1
        self.query_one("#account-row").display = is_choice
        self.set_class(is_choice, "-accounts")

    def first_field(self, form: TicketForm) -> NumberField:
        """The uppermost field that a form needs, though the ticket was never seen before."""
        return next(self.field(name) for name in FIELDS if name in fields_of(form.type, form.side))

    def field(self, name: str) -> NumberField:
        """A field by its name."""
        return self.query_one(f"#{name}", NumberField)

    def bar(self, name: str) -> WordBar:
        """A choice by its name."""
        return self.query_one(f"#{name}", WordBar)
