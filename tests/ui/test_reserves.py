"""What orders in doubt may hold, taken at its worst, and how the balances say so."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.order import Order, OrderState, OrderType, Side
from hbtui.trading.views import OrdersView, View
from hbtui.ui.reserves import reserved
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import USUAL, WIDE, running_app, screen_text
from tests.support.views import live_view, order

BUY = order(9, state=OrderState.UNCERTAIN, order_id=None)
SELL = replace(BUY, client_order_id="s", side=Side.SELL, venue_type="sell-limit")


def view_of(*uncertain: Order, sending: tuple[Order, ...] = ()) -> View:
    """A view with these doubts."""
    return live_view(orders=OrdersView(uncertain=uncertain, open=sending, is_known=True))


def test_a_doubt_holds_what_it_would_cost() -> None:
    """A buy its whole total, a sell its coins, a market buy the money, an order being sent the same."""
    market = replace(BUY, type=OrderType.MARKET, price=None, amount=Decimal(50))
    assert reserved(view_of(BUY)) == {"usdt": Decimal("80.00")}
    assert reserved(view_of(SELL)) == {"doge": Decimal(1000)}
    assert reserved(view_of(market)) == {"usdt": Decimal(50)}
    assert reserved(view_of(sending=(order(1, state=OrderState.SENDING),))) == {"usdt": Decimal("80.00")}
    assert reserved(view_of(BUY, market, SELL)) == {"usdt": Decimal("130.00"), "doge": Decimal(1000)}


def test_what_is_known_is_not_counted_twice() -> None:
    """Resting orders are frozen at the exchange already; what was filled has left; other accounts are not shown."""
    assert reserved(view_of(sending=(order(1),))) == {}
    assert reserved(view_of(replace(BUY, filled_base=Decimal(400)))) == {"usdt": Decimal("48.00")}
    assert reserved(view_of(replace(BUY, filled_base=Decimal(1000)))) == {}
    assert reserved(view_of(replace(BUY, account_id=77))) == {}
    assert reserved(view_of(replace(BUY, is_external=True))) == {}
    assert reserved(view_of(replace(BUY, symbol="unknown"))) == {}
    assert reserved(view_of(replace(BUY, amount=None))) == {}


@given(amounts=st.lists(st.decimals("0.01", "1e6", places=2), max_size=8))
def test_every_doubt_adds_to_what_may_be_held(amounts: list[Decimal]) -> None:
    """The sum of all, exactly."""
    doubts = tuple(replace(SELL, amount=amount) for amount in amounts)
    assert reserved(view_of(*doubts)).get("doge", Decimal(0)) == sum(amounts, Decimal(0))


@pytest.mark.parametrize("size", [USUAL, WIDE])
async def test_the_balances_show_it_with_a_mark_and_in_words(size: tuple[int, int]) -> None:
    """It may be gone from what is shown as free; settled, the line goes."""
    front = ScriptedFront(view_of(BUY))
    async with running_app(front, size) as pilot:
        await eventually(lambda: "? 80.00 may hold" in screen_text(pilot.app))
        front.change(orders=OrdersView(is_known=True))
        await eventually(lambda: "may hold" not in screen_text(pilot.app))


async def test_hidden_balances_hide_it_too() -> None:
    """Who looks over the shoulder sees no amount."""
    async with running_app(ScriptedFront(view_of(BUY))) as pilot:
        await pilot.press("h")
        await eventually(lambda: "? ••• may hold" in screen_text(pilot.app))
