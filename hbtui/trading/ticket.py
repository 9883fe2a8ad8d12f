"""From what a person typed to a request, or to an error under its field; pure, and never rounding up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from hbtui.model.account import SOURCES, Account, Balance, FeeRate
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT, parse_plain, plain, shortly, truncated
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.rules import violations

__all__ = [
    "Preview",
    "TicketContext",
    "TicketForm",
    "TicketReading",
    "accounts_for",
    "fields_of",
    "linked",
    "operator_of",
    "read_ticket",
    "share_of",
]


@dataclass(frozen=True, slots=True)
class TicketForm:
    """The ticket's fields as typed."""

    side: Side = Side.BUY
    type: OrderType = OrderType.LIMIT
    price: str = ""
    amount: str = ""
    """In base; of a market buy the value to spend, in quote."""
    total: str = ""
    """In quote. A market buy may be typed here as well: the field edited last counts, if it is not empty."""
    stop_price: str = ""
    stop_operator: str = ""
    """``gte`` or ``lte`` as chosen; empty: it follows from where the stop price stands (:func:`operator_of`)."""
    last_edited: Literal["amount", "total"] = "amount"
    account_id: int | None = None
    """Of the context's accounts; ``None`` is the context's own."""
    self_match_prevent: bool = False
    """Whether the exchange is to keep the order from filling against an own one."""

    @property
    def is_market_buy(self) -> bool:
        """Whether the ticket asks for money to spend."""
        return self.type is OrderType.MARKET and self.side is Side.BUY


@dataclass(frozen=True, slots=True)
class TicketContext:
    """What the ticket is read against; ``None`` is not known."""

    instrument: Instrument
    account_id: int | None = None
    base: Balance | None = None
    """Of ``account_id``, like ``quote``."""
    quote: Balance | None = None
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    last: Decimal | None = None
    fee: FeeRate | None = None
    accounts: tuple[Account, ...] = ()
    """Every account that could be chosen; empty: ``account_id`` alone, a spot account."""
    holdings: Mapping[int, tuple[Balance, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Balances of the accounts other than ``account_id``, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the order would mean; ``None`` is not known yet."""

    total: Decimal | None = None
    """In quote; of a market order at the best opposite price."""
    amount: Decimal | None = None
    """In base; of a market buy at the best ask."""
    fee: Decimal | None = None
    """About, in the currency that is received."""
    fee_currency: str = ""
    left: Decimal | None = None
    """What stays available of the currency that is given."""
    left_currency: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketReading:
    """A request that keeps the venue's rules, or ``None`` and why."""

    request: OrderRequest | None
    errors: Mapping[str, str]
    """Of the fields of :func:`fields_of`, ``account`` and ``""`` (the whole ticket)."""
    preview: Preview
    missing: frozenset[str] = field(default=frozenset())
    """Fields among the errors that are merely empty: a screen may stay silent on them until the ticket is sent."""


_OF_ONE_PAIR = frozenset({"margin"})
_PRICED = ("price", "amount", "total")
_TRIGGERED = ("stop_operator", "stop_price", *_PRICED)


def fields_of(kind: OrderType, side: Side) -> tuple[str, ...]:
    """Name the fields that an order of this type and side needs, in the order they are filled in."""
    if kind.has_stop:
        return _TRIGGERED
    if kind.has_price:
        return _PRICED
    return ("total",) if side is Side.BUY else ("amount",)


def accounts_for(accounts: Iterable[Account], symbol: str) -> tuple[Account, ...]:
    """Keep the working accounts that can trade the pair: one of isolated margin belongs to a single pair."""
    return tuple(
        one
        for one in accounts
        if one.type in SOURCES and one.state == "working" and (one.type not in _OF_ONE_PAIR or one.subtype == symbol)
    )


def operator_of(form: TicketForm, context: TicketContext) -> str:
    """Which way the last price must go to reach the stop price: as chosen, else as it lies, else as is usual.

    Usual is up to buy a rise, and down to sell before a fall.
    """
    stop_price = parse_plain(form.stop_price)
    if form.stop_operator:
        return form.stop_operator
    if stop_price is None or context.last is None or stop_price == context.last:
        return "gte" if form.side is Side.BUY else "lte"
    return "gte" if stop_price > context.last else "lte"


def read_ticket(form: TicketForm, context: TicketContext) -> TicketReading:
    """Read the ticket; nothing is guessed, nothing is rounded up, and every problem has a sentence."""
    errors: dict[str, str] = {}
    account, context = _chosen(form, context, errors)
    price = _number(form.price, "price", errors) if form.type.has_price else None
    stop_price = _number(form.stop_price, "stop_price", errors) if form.type.has_stop else None
    source = _amount_field(form)
    amount = _amount(form, context, price, source, errors)
    missing = frozenset(name for name, text in errors.items() if text == _MISSING)
    request = None
    if amount is not None and not errors.keys() - {"account"}:
        request = _request(form, context, account, price=price, stop_price=stop_price, amount=amount)
    preview = _preview(form, context, price, amount)
    if request is not None:
        for finding in violations(request, context.instrument, context.last):
            errors.setdefault(_shown_at(finding.field, source), finding.text)
        if preview.left is not None and preview.left < 0:
            errors.setdefault(source, _too_much(form, context))
    if context.account_id is None:
        errors.setdefault("", "the account is not known yet")
    return TicketReading(None if errors else request, MappingProxyType(errors), preview, missing)


def _chosen(form: TicketForm, context: TicketContext, errors: dict[str, str]) -> tuple[Account | None, TicketContext]:
    """Find the account, and turn the context to its money."""
    account_id = form.account_id if form.account_id is not None else context.account_id
    account = next((one for one in context.accounts if one.account_id == account_id), None)
    if (
        account_id is not None
        and context.accounts
        and account not in accounts_for(context.accounts, context.instrument.symbol)
    ):
        errors["account"] = f"this account cannot trade {context.instrument.name}"
    if account_id == context.account_id:
        return account, context
    held = context.holdings.get(account_id) if account_id is not None else None
    base, quote = (_held(held, name) for name in (context.instrument.base, context.instrument.quote))
    return account, replace(context, account_id=account_id, base=base, quote=quote)


def _held(held: Iterable[Balance] | None, currency: str) -> Balance | None:
    """One currency of an account that is known; what it does not list it has none of."""
    if held is None:
        return None
    nothing = Balance(currency, Decimal(0), Decimal(0))
    return next((one for one in held if one.currency == currency), nothing)


def share_of(context: TicketContext, form: TicketForm, percent: int) -> str:
    """Say the amount that is ``percent`` of what is available, cut so that it never passes it; ``""`` if unknown.

    Of a market buy it is a value in quote. A buy with a price needs the price typed first.
    """
    instrument = context.instrument
    _, context = _chosen(form, context, {})
    given = context.quote if form.side is Side.BUY else context.base
    if given is None:
        return ""
    share = EXACT.divide(EXACT.multiply(given.available, Decimal(percent)), Decimal(100))
    if form.is_market_buy:
        return plain(truncated(share, instrument.value_precision))
    if form.side is Side.BUY:
        price = parse_plain(form.price)
        if not price:
            return ""
        share = EXACT.divide(share, price)
    return plain(truncated(share, instrument.amount_precision))


def linked(form: TicketForm, context: TicketContext) -> TicketForm:
    """Let total follow amount, or amount follow total, whichever was not edited last; market orders link nothing."""
    if not form.type.has_price:
        return form
    price = parse_plain(form.price)
    if form.last_edited == "amount":
        amount = parse_plain(form.amount)
        if not price or amount is None:
            return replace(form, total="")
        value = EXACT.multiply(price, amount)
        return replace(form, total=plain(truncated(value, context.instrument.value_precision)))
    total = parse_plain(form.total)
    if not price or total is None:
        return replace(form, amount="")
    return replace(form, amount=plain(_amount_for(total, price, context.instrument)))


_MISSING = "is missing"


def _number(text: str, name: str, errors: dict[str, str]) -> Decimal | None:
    if not text.strip():
        errors[name] = _MISSING
        return None
    number = parse_plain(text)
    if number is None:
        errors[name] = "not a number like 0.25"
    return number


def _amount_field(form: TicketForm) -> Literal["amount", "total"]:
    """Which field says how much: the one edited last, unless only the other is filled."""
    texts = {"amount": form.amount.strip(), "total": form.total.strip()}
    if form.type is OrderType.MARKET and form.side is Side.SELL:
        return "amount"
    if texts[form.last_edited]:
        return form.last_edited
    other: Literal["amount", "total"] = "total" if form.last_edited == "amount" else "amount"
    return other if texts[other] else form.last_edited


def _amount(
    form: TicketForm, context: TicketContext, price: Decimal | None, source: str, errors: dict[str, str]
) -> Decimal | None:
    """Read how much, in the request's unit."""
    number = _number(form.total if source == "total" else form.amount, source, errors)
    if number is None or source == "amount" or form.is_market_buy:
        return number
    places = context.instrument.value_precision
    if number != truncated(number, places):
        errors[source] = f"at most {places} decimals" if places else "no decimals are allowed here"
        return None
    return _amount_for(number, price, context.instrument) if price else None


def _amount_for(total: Decimal, price: Decimal, instrument: Instrument) -> Decimal:
    return truncated(EXACT.divide(total, price), instrument.amount_precision)


def _shown_at(name: str, source: str) -> str:
    """Put what concerns the amount under the field that it was typed in."""
    return source if name == "amount" else name


def _request(
    form: TicketForm,
    context: TicketContext,
    account: Account | None,
    *,
    price: Decimal | None,
    stop_price: Decimal | None,
    amount: Decimal,
) -> OrderRequest:
    return OrderRequest(
        account_id=context.account_id or 0,  # without an account the reading holds an error, and this goes nowhere
        symbol=context.instrument.symbol,
        side=form.side,
        type=form.type,
        amount=amount,
        price=price,
        stop_price=stop_price,
        stop_operator=operator_of(form, context) if form.type.has_stop else None,
        source=SOURCES.get(account.type if account is not None else "spot", "spot-api"),
        self_match_prevent=form.self_match_prevent,
    )


def _too_much(form: TicketForm, context: TicketContext) -> str:
    given = context.quote if form.side is Side.BUY else context.base
    if given is None:
        return "more than is available"
    return f"only {shortly(given.available)} {given.currency.upper()} available"


def _preview(form: TicketForm, context: TicketContext, price: Decimal | None, amount: Decimal | None) -> Preview:
    instrument = context.instrument
    is_buy = form.side is Side.BUY
    received, given = (instrument.base, instrument.quote) if is_buy else (instrument.quote, instrument.base)
    market = context.best_ask if is_buy else context.best_bid
    at = price if form.type.has_price else market if market is not None else context.last
    bought, total = _both(form, amount, at, instrument)
    rate = _fee_rate(form, context, price)
    gain = bought if is_buy else total
    fee = EXACT.multiply(gain, rate) if gain is not None and rate is not None else None
    available = context.quote if is_buy else context.base
    spent = total if is_buy else bought
    left = available.available - spent if available is not None and spent is not None else None
    return Preview(total, bought, fee, received, left, given, _notes(form, total, instrument))


def _both(
    form: TicketForm, amount: Decimal | None, at: Decimal | None, instrument: Instrument
) -> tuple[Decimal | None, Decimal | None]:
    """Amount in base and total in quote, as far as they are known."""
    if amount is None:
        return None, None
    if form.is_market_buy:
        return (_amount_for(amount, at, instrument) if at else None), amount
    return amount, (EXACT.multiply(amount, at) if at else None)


def _fee_rate(form: TicketForm, context: TicketContext, price: Decimal | None) -> Decimal | None:
    """The maker's fee where the order must or would rest, else the taker's."""
    if context.fee is None:
        return None
    if form.type is OrderType.POST_ONLY:
        return context.fee.maker
    if form.type is not OrderType.LIMIT or price is None:
        return context.fee.taker
    if form.side is Side.BUY:
        rests = context.best_ask is not None and price < context.best_ask
    else:
        rests = context.best_bid is not None and price > context.best_bid
    return context.fee.maker if rests else context.fee.taker


def _notes(form: TicketForm, total: Decimal | None, instrument: Instrument) -> tuple[str, ...]:
    if form.type is OrderType.MARKET:
        return ("the book decides: get and fee are estimates",)
    typed = parse_plain(form.total)
    if form.last_edited != "total" or typed is None or total is None or total == typed:
        return ()
    return (f"amount cut to {instrument.amount_precision} decimals: {plain(total)} of {plain(typed)} used",)
