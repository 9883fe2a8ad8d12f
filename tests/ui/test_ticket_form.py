"""What the ticket's keys do to its form, without a screen."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.order import OrderType, Side
from hbtui.trading.ticket import TicketContext, TicketForm, read_ticket
from hbtui.ui.screens.parts import order_prices, ticket_context
from hbtui.ui.widgets.ticket_form import early_price_error, leading_field, nudged_price, with_share
from tests.support.views import live_view, order, quote, starting_view


def context() -> TicketContext:
    """What is known of DOGE/USDT."""
    made = ticket_context(live_view())
    assert made is not None
    return made


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", list(OrderType))
def test_only_a_market_buy_is_led_by_money(side: Side, kind: OrderType) -> None:
    """Every other order is led by coins."""
    is_money = side is Side.BUY and kind is OrderType.MARKET
    assert leading_field(side, kind) == ("total" if is_money else "amount")


@given(percent=st.sampled_from([25, 50, 75, 100]), ticks=st.integers(1, 10**6), side=st.sampled_from(Side))
def test_a_share_never_passes_what_is_available(percent: int, ticks: int, side: Side) -> None:
    """Whatever the price, the share can be paid for."""
    price = Decimal(ticks).scaleb(-6)
    form = with_share(TicketForm(side=side, price=f"{price:f}"), context(), percent)
    amount = Decimal(form.amount)
    available = Decimal("1204.10") / price if side is Side.BUY else Decimal(12000)
    assert amount <= available * percent / 100


def test_a_share_of_a_market_buy_is_money() -> None:
    """It stands in the total, and the amount stays empty."""
    form = with_share(TicketForm(type=OrderType.MARKET), context(), 50)
    assert (form.total, form.amount) == ("602.05", "")


def test_a_share_without_a_price_is_not_guessed() -> None:
    """How many coins that is depends on the price."""
    assert with_share(TicketForm(), context(), 100).amount == ""


@pytest.mark.parametrize(
    ("form", "ticks", "price"),
    [
        (TicketForm(price="0.08"), 1, "0.080001"),
        (TicketForm(price="0.08"), -1, "0.079999"),
        (TicketForm(price="0.000001"), -1, None),
        (TicketForm(), 1, "0.08122"),
        (TicketForm(side=Side.SELL), 1, "0.08124"),
        (TicketForm(price="no"), -1, "0.08122"),
    ],
)
def test_a_price_moves_by_ticks(form: TicketForm, ticks: int, price: str | None) -> None:
    """From the typed price, else from the own side's best; never to zero."""
    assert nudged_price(form, context(), ticks) == (None if price is None else Decimal(price))


def test_without_a_book_the_last_price_is_the_beginning() -> None:
    """And without that there is none."""
    bare = replace(context(), best_bid=None, best_ask=None)
    assert nudged_price(TicketForm(), bare, 1) == Decimal("0.08123")
    assert nudged_price(TicketForm(), replace(bare, last=None), 1) is None


@pytest.mark.parametrize(
    ("price", "error"),
    [("0.0812345", "at most 6 decimals"), ("0", "must be more than 0"), ("0.08", ""), ("", "")],
)
def test_a_wrong_price_is_told_before_an_amount_is_typed(price: str, error: str) -> None:
    """A person should not have to type on to learn it."""
    form = TicketForm(price=price)
    assert early_price_error(form, context(), read_ticket(form, context())) == error


def test_a_whole_ticket_has_no_early_error() -> None:
    """The reading itself says it then."""
    form = TicketForm(price="0.0812345", amount="1000")
    assert early_price_error(form, context(), read_ticket(form, context())) == ""


# what the ticket is read against


def test_nothing_known_gives_no_context() -> None:
    """Without the pair's rules nothing can be read."""
    assert ticket_context(starting_view()) is None


def test_a_stale_book_gives_no_best_price() -> None:
    """A price that may be wrong is not one to trade at."""
    view = live_view()
    stale = ticket_context(replace(view, book=replace(view.book, is_stale=True)))
    assert stale is not None
    assert (stale.best_bid, stale.best_ask) == (None, None)


def test_book_and_quote_of_another_symbol_are_not_used() -> None:
    """For a moment after a switch the view still has the parts of the symbol before."""
    view = live_view()
    mixed = ticket_context(replace(view, book=replace(view.book, symbol="btcusdt"), quote=quote("btcusdt")))
    assert mixed is not None
    assert (mixed.best_bid, mixed.best_ask, mixed.last) == (None, None, None)


def test_own_orders_are_marked_where_they_rest() -> None:
    """Open and uncertain ones of the active pair; market orders have no price."""
    view = live_view()
    orders = replace(
        view.orders,
        uncertain=(order(9, price=Decimal("0.07")),),
        open=(order(1), order(2, symbol="btcusdt"), order(3, price=None, side=Side.SELL)),
    )
    assert order_prices(replace(view, orders=orders)) == ((Decimal("0.07"), Side.BUY), (Decimal("0.08"), Side.BUY))
