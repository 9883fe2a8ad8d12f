"""The ticket: typed text becomes a request, or an error under its field."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Balance, FeeRate
from hbtui.model.numbers import decimal_places, parse_plain, plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import TicketContext, TicketForm, linked, read_ticket, share_of
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
        (replace(BUY, amount="10002"), "amount", "only 1000.123456789 USDT available"),
        (replace(SELL, amount="500.56"), "amount", "only 500.55 DOGE available"),
        (replace(BUY, total="1000.2", last_edited="total"), "total", "only 1000.123456789 USDT"),
        (replace(BUY, total="1.123456789", last_edited="total"), "total", "at most 8 decimals"),
        (replace(MARKET_BUY, amount="4.99"), "amount", "at least 5 USDT"),
        (replace(MARKET_BUY, amount="50001"), "amount", "at most 50000 USDT"),
        (replace(MARKET_BUY, amount="5.123456789"), "amount", "at most 8 decimals"),
        (replace(MARKET_BUY, amount="1000.13"), "amount", "only 1000.123456789 USDT"),
        (replace(MARKET_BUY, amount="", total="4", last_edited="total"), "total", "at least 5 USDT"),
        (replace(MARKET_SELL, amount="1.5"), "amount", "at least 2 DOGE"),
        (replace(MARKET_SELL, amount="500001"), "amount", "at most 500000 DOGE"),
        (replace(STOP, stop_price=""), "stop_price", "missing"),
        (replace(STOP, stop_price="0.11111"), "stop_price", "at most 4 decimals"),
        (replace(STOP, stop_operator="up"), "stop_operator", "gte"),
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
