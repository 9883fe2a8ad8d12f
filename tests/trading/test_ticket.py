"""The ticket: typed text becomes a request, or an error under its field."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Account, Balance, FeeRate
from hbtui.model.numbers import EXACT, decimal_places, parse_plain, plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import (
    TicketContext,
    TicketForm,
    _too_much,
    accounts_for,
    fields_of,
    linked,
    operator_of,
    read_ticket,
    share_of,
)
from tests.support.trading_values import ACCOUNT_ID, DOGE

CONTEXT = TicketContext(
    instrument=DOGE,
    account_id=ACCOUNT_ID,
    base=Balance("doge", Decimal("500.55"), Decimal(0)),
    quote=Balance("usdt", Decimal("1000.123456789"), Decimal(0)),
    best_bid=Decimal("0.0999"),
    best_ask=Decimal("0.1001"),
    last=Decimal("0.1"),
    fee=FeeRate("dogeusdt", Decimal("0.001"), Decimal("0.002")),
)
BUY = TicketForm(Side.BUY, OrderType.LIMIT, price="0.1", amount="100")
SELL = TicketForm(Side.SELL, OrderType.LIMIT, price="0.1", amount="100")
MARKET_BUY = TicketForm(Side.BUY, OrderType.MARKET, amount="50")
MARKET_SELL = TicketForm(Side.SELL, OrderType.MARKET, amount="50")
STOP = TicketForm(Side.BUY, OrderType.STOP_LIMIT, price="0.1", amount="100", stop_price="0.11", stop_operator="gte")


@pytest.mark.parametrize("form", [BUY, SELL, MARKET_BUY, MARKET_SELL, STOP])
def test_a_good_ticket_is_a_request(form: TicketForm) -> None:
    """A ticket that keeps the rules becomes exactly what was typed."""
    reading = read_ticket(form, CONTEXT)
    assert dict(reading.errors) == {}
    assert reading.request == OrderRequest(
        account_id=ACCOUNT_ID,
        symbol="dogeusdt",
        side=form.side,
        type=form.type,
        amount=Decimal(form.amount),
        price=parse_plain(form.price),
        stop_price=parse_plain(form.stop_price),
        stop_operator="gte" if form.type.has_stop else None,
    )


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        (replace(BUY, price="abc"), "price", "not a number"),
        (replace(BUY, price="1e-1"), "price", "not a number"),
        (replace(BUY, amount="１００"), "amount", "not a number"),
        (replace(BUY, amount="1,000"), "amount", "not a number"),
        (replace(BUY, price=""), "price", "missing"),
        (replace(BUY, amount=" "), "amount", "missing"),
        (replace(BUY, price="0"), "price", "more than 0"),
        (replace(BUY, amount="0.00"), "amount", "more than 0"),
        (replace(BUY, price="0.10001"), "price", "at most 4 decimals"),
        (replace(BUY, amount="100.001"), "amount", "at most 2 decimals"),
        (replace(BUY, amount="0.5", price="0.11"), "amount", "at least 1 DOGE"),
        (replace(SELL, amount="1000001"), "amount", "at most 1000000 DOGE"),
        (replace(BUY, amount="950000"), "amount", "at most 900000 DOGE"),
        (replace(BUY, amount="40"), "total", "at least 5 USDT"),
        (replace(SELL, amount="1000000", price="0.11"), "total", "at most 100000 USDT"),
        (replace(BUY, price="0.1101"), "price", "up to 0.11"),
        (replace(SELL, price="0.0899"), "price", "from 0.09"),
        (replace(BUY, amount="10002"), "amount", "only 1000.12345678 USDT available"),
        (replace(SELL, amount="500.56"), "amount", "only 500.55 DOGE available"),
        (replace(BUY, total="1000.2", last_edited="total"), "total", "only 1000.12345678 USDT"),
        (replace(BUY, total="1.123456789", last_edited="total"), "total", "at most 8 decimals"),
        (replace(MARKET_BUY, amount="4.99"), "amount", "at least 5 USDT"),
        (replace(MARKET_BUY, amount="50001"), "amount", "at most 50000 USDT"),
        (replace(MARKET_BUY, amount="5.123456789"), "amount", "at most 8 decimals"),
        (replace(MARKET_BUY, amount="1000.13"), "amount", "only 1000.12345678 USDT"),
        (replace(MARKET_BUY, amount="", total="4", last_edited="total"), "total", "at least 5 USDT"),
        (replace(MARKET_SELL, amount="1.5"), "amount", "at least 2 DOGE"),
        (replace(MARKET_SELL, amount="500001"), "amount", "at most 500000 DOGE"),
        (replace(STOP, stop_price=""), "stop_price", "missing"),
        (replace(STOP, stop_price="0.11111"), "stop_price", "at most 4 decimals"),
        (replace(STOP, stop_operator="up"), "stop_operator", "gte"),
        (replace(STOP, stop_price="0.1"), "stop_price", "would trigger at once: it must be above the last price, 0.1"),
        (replace(STOP, stop_price="0.09"), "stop_price", "would trigger at once"),
        (replace(STOP, stop_price="0.1", stop_operator="lte"), "stop_price", "must be below the last price"),
        (replace(STOP, stop_price="0"), "stop_price", "more than 0"),
    ],
)
def test_each_mistake_has_words_under_its_field(form: TicketForm, field: str, words: str) -> None:
    """Every mistake is told before anything is sent, under the field that it was made in."""
    reading = read_ticket(form, CONTEXT)
    assert reading.request is None
    assert words in reading.errors[field]


def test_what_is_merely_empty_is_known() -> None:
    """A screen can stay silent on fields that nobody filled yet."""
    reading = read_ticket(replace(BUY, price="", amount="x"), CONTEXT)
    assert reading.missing == {"price"}
    assert set(reading.errors) == {"price", "amount"}


def test_an_unknown_account_or_balance_is_no_zero() -> None:
    """Without an account there is no request; without a balance nothing is claimed of what is left."""
    assert read_ticket(BUY, replace(CONTEXT, account_id=None)).errors[""] == "the account is not known yet"
    reading = read_ticket(BUY, replace(CONTEXT, quote=None))
    assert reading.request is not None
    assert reading.preview.left is None
    assert share_of(replace(CONTEXT, quote=None), BUY, 50) == ""


@pytest.mark.parametrize(
    ("form", "numbers", "unit", "left"),
    [
        (BUY, ("10", "100", "0.1"), "doge", "990.123456789"),
        (replace(BUY, price="0.1001"), ("10.01", "100", "0.2"), "doge", "990.113456789"),
        (SELL, ("10", "100", "0.01"), "usdt", "400.55"),
        (replace(SELL, price="0.0999"), ("9.99", "100", "0.01998"), "usdt", "400.55"),
        (MARKET_BUY, ("50", "499.5", "0.999"), "doge", "950.123456789"),
        (MARKET_SELL, ("4.995", "50", "0.00999"), "usdt", "450.55"),
        (replace(BUY, type=OrderType.POST_ONLY, price="0.1001"), ("10.01", "100", "0.1"), "doge", "990.113456789"),
    ],
)
def test_preview(form: TicketForm, numbers: tuple[str, str, str], unit: str, left: str) -> None:
    """The fee is in what is received, the maker's where the order rests and the taker's where it takes."""
    preview = read_ticket(form, CONTEXT).preview
    assert (preview.total, preview.amount, preview.fee) == tuple(Decimal(number) for number in numbers)
    assert (preview.fee_currency, preview.left) == (unit, Decimal(left))
    assert preview.left_currency == ("usdt" if form.side is Side.BUY else "doge")


def test_preview_of_the_unknown_is_unknown() -> None:
    """Without a market price, fee or number nothing is invented."""
    bare = TicketContext(DOGE)
    preview = read_ticket(MARKET_BUY, bare).preview
    assert (preview.total, preview.amount, preview.fee, preview.left) == (Decimal(50), None, None, None)
    preview = read_ticket(replace(BUY, amount="x"), CONTEXT).preview
    assert (preview.total, preview.amount, preview.fee, preview.left) == (None, None, None, None)
    assert read_ticket(MARKET_BUY, CONTEXT).preview.notes


def test_a_total_buys_what_it_can() -> None:
    """A typed total becomes an amount that is cut, and the ticket says so."""
    reading = read_ticket(TicketForm(Side.BUY, OrderType.LIMIT, "0.0997", "", "10", last_edited="total"), CONTEXT)
    assert reading.request is not None
    assert reading.request.amount == Decimal("100.3")
    assert "cut to 2 decimals" in reading.preview.notes[0]


forms = st.builds(
    TicketForm,
    side=st.sampled_from(list(Side)),
    type=st.sampled_from(list(OrderType)),
    price=st.decimals(min_value=Decimal("0.09"), max_value=Decimal("0.11"), places=4).map(plain),
    amount=st.decimals(min_value=60, max_value=600, places=2).map(plain),
    total=st.decimals(min_value=6, max_value=1001, places=8).map(plain),
    stop_price=st.just("0.11"),
    last_edited=st.sampled_from(["amount", "total"]),
)


@given(forms)
def test_no_request_costs_more_than_there_is(form: TicketForm) -> None:
    """Whatever is typed, a request never spends more than is available, nor more than was typed."""
    reading = read_ticket(form, CONTEXT)
    if reading.request is None:
        assert reading.errors
        return
    cost = reading.preview.total if form.side is Side.BUY else reading.request.amount
    have = CONTEXT.quote if form.side is Side.BUY else CONTEXT.base
    assert cost is not None
    assert have is not None
    assert cost <= have.available
    assert decimal_places(reading.request.amount) <= 8
    if form.last_edited == "total" and form.type.has_price and form.total:
        assert reading.preview.total is not None
        assert reading.preview.total <= Decimal(form.total)


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.sampled_from(list(OrderType)))
def test_no_text_breaks_the_ticket(price: str, amount: str, total: str, kind: OrderType) -> None:
    """Any text at all gives a request or an error, never an exception."""
    for last_edited in ("amount", "total"):
        form = TicketForm(Side.BUY, kind, price, amount, total, price, amount, last_edited)
        reading = read_ticket(linked(form, CONTEXT), CONTEXT)
        assert (reading.request is None) is bool(reading.errors)


@pytest.mark.parametrize("percent", [25, 50, 75, 100])
@pytest.mark.parametrize("form", [BUY, SELL, MARKET_BUY, MARKET_SELL])
def test_shares_never_pass_the_balance(form: TicketForm, percent: int) -> None:
    """A share is cut to what may be sent, and a ticket filled with it has no complaint about the balance."""
    text = share_of(CONTEXT, form, percent)
    reading = read_ticket(replace(form, amount=text), CONTEXT)
    assert dict(reading.errors) == {}
    assert reading.preview.left is not None
    assert reading.preview.left >= 0


def test_shares_in_numbers() -> None:
    """All of a market buy is the available value, cut; of a limit buy what it buys at the price; else unknown."""
    assert share_of(CONTEXT, MARKET_BUY, 100) == "1000.12345678"
    assert share_of(CONTEXT, BUY, 100) == "10001.23"
    assert share_of(CONTEXT, SELL, 25) == "125.13"
    assert share_of(CONTEXT, replace(BUY, price=""), 100) == ""
    assert share_of(CONTEXT, replace(BUY, price="0"), 100) == ""


@pytest.mark.parametrize(
    ("form", "amount", "total"),
    [
        (BUY, "100", "10"),
        (replace(BUY, amount="33.33", price="0.0999"), "33.33", "3.329667"),
        (replace(BUY, total="10", price="0.0997", last_edited="total"), "100.3", "10"),
        (replace(BUY, amount="x", total="5"), "x", ""),
        (replace(BUY, price="", total="5", last_edited="total"), "", "5"),
        (replace(MARKET_BUY, total="7"), "50", "7"),
    ],
)
def test_total_and_amount_follow_each_other(form: TicketForm, amount: str, total: str) -> None:
    """The field not edited last follows the other, cut; what cannot be known is emptied, never left stale."""
    result = linked(form, CONTEXT)
    assert (result.amount, result.total) == (amount, total)


@pytest.mark.parametrize(
    ("kind", "side", "fields"),
    [
        (OrderType.LIMIT, Side.BUY, ("price", "amount", "total")),
        (OrderType.IOC, Side.SELL, ("price", "amount", "total")),
        (OrderType.FOK, Side.BUY, ("price", "amount", "total")),
        (OrderType.POST_ONLY, Side.SELL, ("price", "amount", "total")),
        (OrderType.MARKET, Side.BUY, ("total",)),
        (OrderType.MARKET, Side.SELL, ("amount",)),
        (OrderType.STOP_LIMIT, Side.BUY, ("stop_operator", "stop_price", "price", "amount", "total")),
        (OrderType.STOP_LIMIT_FOK, Side.SELL, ("stop_operator", "stop_price", "price", "amount", "total")),
    ],
)
def test_each_type_has_its_fields(kind: OrderType, side: Side, fields: tuple[str, ...]) -> None:
    """A type asks for what it needs and for nothing else."""
    assert fields_of(kind, side) == fields


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", list(OrderType))
def test_an_empty_ticket_misses_its_own_fields_only(kind: OrderType, side: Side) -> None:
    """No error ever stands under a field that the type does not show."""
    last_edited: Literal["amount", "total"] = "total" if (kind, side) == (OrderType.MARKET, Side.BUY) else "amount"
    reading = read_ticket(TicketForm(side, kind, last_edited=last_edited), CONTEXT)
    assert set(reading.errors) <= set(fields_of(kind, side))
    assert reading.missing == set(reading.errors)


@pytest.mark.parametrize(
    ("side", "stop_price", "chosen", "last", "operator"),
    [
        (Side.BUY, "0.11", "", "0.1", "gte"),
        (Side.BUY, "0.09", "", "0.1", "lte"),
        (Side.SELL, "0.09", "", "0.1", "lte"),
        (Side.SELL, "0.11", "", "0.1", "gte"),
        (Side.SELL, "0.11", "lte", "0.1", "lte"),
        (Side.BUY, "0.1", "", "0.1", "gte"),
        (Side.SELL, "0.1", "", "0.1", "lte"),
        (Side.BUY, "0.09", "", None, "gte"),
        (Side.SELL, "0.11", "", None, "lte"),
        (Side.BUY, "x", "", "0.1", "gte"),
    ],
)
def test_the_operator_follows_from_where_the_stop_stands(
    side: Side, stop_price: str, chosen: str, last: str | None, operator: str
) -> None:
    """Chosen, else towards the stop from the last price, else up for a buy and down for a sale."""
    context = replace(CONTEXT, last=None if last is None else Decimal(last))
    form = TicketForm(side, OrderType.STOP_LIMIT, "0.1", "100", stop_price=stop_price, stop_operator=chosen)
    assert operator_of(form, context) == operator
    reading = read_ticket(form, context)
    if reading.request is not None:
        assert reading.request.stop_operator == operator


def test_a_stop_without_a_last_price_is_read() -> None:
    """Whether it would trigger at once is not known then, and not claimed."""
    reading = read_ticket(STOP, replace(CONTEXT, last=None))
    assert reading.request is not None
    assert (reading.request.stop_price, reading.request.stop_operator) == (Decimal("0.11"), "gte")


SPOT = Account(ACCOUNT_ID, "spot", "", "working")
ISOLATED = Account(8, "margin", "dogeusdt", "working")
CROSS = Account(9, "super-margin", "", "working")
C2C = Account(10, "c2c-margin", "", "working")
OTHERS = (Account(11, "margin", "btcusdt", "working"), Account(12, "otc", "", "working"), replace(SPOT, state="lock"))
RICH = replace(
    CONTEXT,
    accounts=(SPOT, ISOLATED, CROSS, C2C, *OTHERS),
    holdings={8: (Balance("usdt", Decimal(5), Decimal(0)),), 9: (Balance("doge", Decimal(70), Decimal(0)),)},
)


def test_accounts_are_offered_where_they_can_trade_the_pair() -> None:
    """Another pair's margin account, other kinds of account and a locked one are not offered."""
    assert accounts_for(RICH.accounts, "dogeusdt") == (SPOT, ISOLATED, CROSS, C2C)


@pytest.mark.parametrize(
    ("account_id", "source"),
    [
        (None, "spot-api"),
        (ACCOUNT_ID, "spot-api"),
        (8, "margin-api"),
        (9, "super-margin-api"),
        (10, "c2c-margin-api"),
    ],
)
def test_an_order_names_its_account_and_the_source_that_belongs_to_it(account_id: int | None, source: str) -> None:
    """HTX refuses an account id beside the wrong source, so both come from one choice."""
    form = replace(BUY, account_id=account_id, amount="50", self_match_prevent=account_id == 9)
    reading = read_ticket(form, RICH)
    assert reading.request is None or reading.request.source == source
    request = read_ticket(form, replace(RICH, holdings={})).request
    assert request is not None
    assert (request.account_id, request.source) == (account_id or ACCOUNT_ID, source)
    assert request.self_match_prevent is (account_id == 9)


def test_the_money_of_the_chosen_account_counts() -> None:
    """Each account has its own balances: listed ones, nothing of what is not listed, and unknown ones."""
    isolated = read_ticket(replace(BUY, account_id=8), RICH)
    assert isolated.errors == {"amount": "only 5 USDT available"}
    assert share_of(RICH, replace(BUY, account_id=8), 100) == "50"
    cross = read_ticket(replace(BUY, account_id=9), RICH)
    assert cross.errors == {"amount": "only 0 USDT available"}
    assert share_of(RICH, replace(SELL, account_id=9), 100) == "70"
    unread = read_ticket(replace(BUY, account_id=10), RICH)
    assert (unread.preview.left, dict(unread.errors)) == (None, {})
    assert share_of(RICH, replace(BUY, account_id=10), 100) == ""


@pytest.mark.parametrize("account_id", [11, 12, 99])
def test_an_account_that_cannot_trade_the_pair_is_an_error(account_id: int) -> None:
    """What cannot be is told under the choice of the account, beside what else is wrong."""
    reading = read_ticket(replace(BUY, account_id=account_id, price="9"), RICH)
    assert reading.request is None
    assert reading.errors["account"] == "this account cannot trade DOGE/USDT"
    assert "price" in reading.errors


def test_a_whole_total_is_refused_its_decimals() -> None:
    """Where values have no decimals the sentence says that."""
    context = replace(CONTEXT, instrument=replace(DOGE, value_precision=0))
    reading = read_ticket(replace(BUY, amount="", total="10.5", last_edited="total"), context)
    assert reading.errors["total"] == "no decimals are allowed here"


def test_too_much_without_a_balance_has_words_too() -> None:
    """The sentence needs no number to be one."""
    assert _too_much(BUY, replace(CONTEXT, quote=None)) == "more than is available"


prices = st.decimals(min_value=Decimal("1E-10"), max_value=Decimal(10**6), places=10).filter(bool)
money = st.decimals(min_value=0, max_value=Decimal(10**12), places=18)
places = st.integers(min_value=0, max_value=10)


@given(money, prices, st.integers(min_value=0, max_value=100), st.tuples(places, places), st.sampled_from(list(Side)))
def test_no_share_of_any_balance_is_more_than_it(
    available: Decimal, price: Decimal, percent: int, digits: tuple[int, int], side: Side
) -> None:
    """For any balance, price and percent: what is filled in costs no more than the share, and has no odd digits."""
    amount_places, value_places = digits
    instrument = replace(DOGE, amount_precision=amount_places, value_precision=value_places)
    held = Balance("x", available, Decimal(0))
    context = replace(CONTEXT, instrument=instrument, base=held, quote=held)
    share = EXACT.divide(EXACT.multiply(available, Decimal(percent)), Decimal(100))
    amount = Decimal(share_of(context, TicketForm(side, price=plain(price)), percent))
    assert decimal_places(amount) <= amount_places
    assert (EXACT.multiply(amount, price) if side is Side.BUY else amount) <= share
    value = Decimal(share_of(context, TicketForm(side, OrderType.MARKET), percent))
    assert decimal_places(value) <= (value_places if side is Side.BUY else amount_places)
    assert value <= share


@given(money, prices, places)
def test_a_typed_total_never_buys_more_than_it_pays(total: Decimal, price: Decimal, amount_places: int) -> None:
    """For any total and price: the amount is cut so that it costs no more, and one step more would cost more."""
    context = replace(CONTEXT, instrument=replace(DOGE, amount_precision=amount_places, value_precision=18))
    form = TicketForm(Side.BUY, price=plain(price), total=plain(total), last_edited="total")
    amount = Decimal(linked(form, context).amount)
    assert EXACT.multiply(amount, price) <= total
    assert EXACT.multiply(amount + Decimal(1).scaleb(-amount_places), price) > total


@given(money, prices, places)
def test_a_linked_total_is_never_more_than_the_amount_costs(amount: Decimal, price: Decimal, value_places: int) -> None:
    """The other way round the shown total is cut, never rounded up."""
    context = replace(CONTEXT, instrument=replace(DOGE, value_precision=value_places))
    total = Decimal(linked(TicketForm(price=plain(price), amount=plain(amount)), context).total)
    assert total <= EXACT.multiply(amount, price) < total + Decimal(1).scaleb(-value_places)
