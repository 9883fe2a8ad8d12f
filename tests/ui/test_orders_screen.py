"""The orders screen: four lists, newest first, with dates, fees and roles, and a filter that hides no doubt."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from hbtui.model.order import OrderState
from hbtui.trading.views import OrdersView
from hbtui.ui.order_lists import filtered, newest_first
from hbtui.ui.screens.audit import AuditScreen
from hbtui.ui.screens.orders import OrdersScreen
from hbtui.ui.widgets.rows import RowList
from hbtui.ui.widgets.tabs import WordBar
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, AppPilot, base_screen, running_app, screen_text, type_text
from tests.support.views import NOW_MS, fill, live_view, order

DAY = 86_400_000
DOUBT = order(9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 3000)
ORDERS = OrdersView(
    uncertain=(DOUBT,),
    open=(order(2), order(1), order(3, symbol="btcusdt", price=Decimal(64000), amount=Decimal("0.01"))),
    history=tuple(
        order(10 + days, state=OrderState.FILLED, filled_base=Decimal(1000), filled_quote=Decimal(80),
              fees=Decimal(2), created_ms=NOW_MS - days * DAY, updated_ms=NOW_MS - days * DAY + 1000)
        for days in (2, 0, 400)
    ),
    fills=(fill(1, ts_ms=NOW_MS - DAY), fill(2, fee=Decimal("-0.5"), fee_currency="usdt", is_maker=True)),
    is_known=True,
)  # fmt: skip


async def opened(pilot: AppPilot) -> OrdersScreen:
    """Press O and wait for the rows."""
    await pilot.press("O")
    await eventually(lambda: isinstance(pilot.app.screen, OrdersScreen) and pilot.app.frames.is_settled)  # type: ignore[attr-defined]  # it is our app
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, OrdersScreen)
    return screen


async def turned(pilot: AppPilot, tab: str) -> str:
    """Turn to a tab by its key, and give what is seen."""
    bar = pilot.app.screen.query_one(WordBar)
    while bar.chosen != tab:
        await pilot.press("o")
    await eventually(lambda: pilot.app.frames.is_settled)  # type: ignore[attr-defined]  # it is our app
    await pilot.pause()
    return screen_text(pilot.app)


@pytest.mark.parametrize("tab", ["uncertain", "open", "history", "fills"])
async def test_each_list_says_all_that_there_is_to_know(tab: str, snapshot: SnapshotAssertion) -> None:
    """Newest first, dates where it is not today, fee with currency, role, and the doubt on top of each."""
    async with running_app(ScriptedFront(live_view(orders=ORDERS)), USUAL) as pilot:
        await opened(pilot)
        text = await turned(pilot, tab)
        assert "? UNCERTAIN BUY 1,000 DOGE @ 0.08 — may be live · 0:07 · next check 0:03" in text
        assert text == snapshot


@pytest.mark.parametrize("size", [NARROW, (60, 18)])
async def test_small_terminals_show_the_lists_too(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    """Columns go by rank; side, symbol, price and state stay."""
    async with running_app(ScriptedFront(live_view(orders=ORDERS)), size) as pilot:
        await opened(pilot)
        assert await turned(pilot, "open") == snapshot


async def test_it_begins_with_what_is_uncertain_and_follows_the_view() -> None:
    """Without a doubt with what is open; a new order comes up by itself."""
    front = ScriptedFront(live_view(orders=replace(ORDERS, uncertain=())))
    async with running_app(front) as pilot:
        screen = await opened(pilot)
        assert screen.query_one(WordBar).chosen == "open"
        front.change(orders=replace(ORDERS, uncertain=(), open=(order(77, symbol="xrpusdt"),)))
        await eventually(lambda: "XRP/USDT" in screen_text(pilot.app))
        await pilot.press("escape")
        await eventually(lambda: pilot.app.screen is base_screen(pilot.app))
        front.change(orders=ORDERS)
        assert (await opened(pilot)).query_one(WordBar).chosen == "uncertain"


async def test_the_filter_keeps_a_symbol_and_never_hides_a_doubt() -> None:
    """Typed as it is said, with or without the slash; Enter keeps it, esc gives everything back, then leaves."""
    async with running_app(ScriptedFront(live_view(orders=ORDERS))) as pilot:
        screen = await opened(pilot)
        await turned(pilot, "open")
        assert not screen.query_one("#orders-filter").display
        await pilot.press("slash")
        await type_text(pilot, "btc/u")
        await eventually(lambda: "64,000" in screen_text(pilot.app) and "0.080000" not in screen_text(pilot.app))
        assert "? UNCERTAIN BUY 1,000 DOGE" in screen_text(pilot.app)
        await pilot.press("enter")
        assert isinstance(screen.focused, RowList)
        assert "btc/u" in screen_text(pilot.app)
        await pilot.press("escape")
        await eventually(lambda: "0.080000" in screen_text(pilot.app))
        assert pilot.app.screen is screen
        await pilot.press("escape")
        await eventually(lambda: pilot.app.screen is base_screen(pilot.app))


async def test_a_filter_that_keeps_nothing_says_so() -> None:
    """An empty list under a filter is not an empty account."""
    async with running_app(ScriptedFront(live_view(orders=replace(ORDERS, uncertain=())))) as pilot:
        screen = await opened(pilot)
        screen.query_one(Input).value = "[/x]"
        await eventually(lambda: "no open orders of a symbol with “[/x]” in it" in screen_text(pilot.app))


async def test_the_keys_of_orders_work_here() -> None:
    """Look, cancel, and Enter for the journal act on the row under the cursor."""
    front = ScriptedFront(live_view(orders=ORDERS))
    async with running_app(front) as pilot:
        await opened(pilot)
        await pilot.press("l")
        assert front.looked == [DOUBT.key]
        await turned(pilot, "open")
        await pilot.press("down", "enter")
        await eventually(lambda: isinstance(pilot.app.screen, AuditScreen))
        assert front.audited == [order(1).key]


async def test_unknown_orders_are_loading_and_stale_ones_pale() -> None:
    """Nothing is said to be empty before it is known."""
    front = ScriptedFront(live_view(orders=OrdersView()))
    async with running_app(front) as pilot:
        screen = await opened(pilot)
        assert "loading…" in screen_text(pilot.app)
        front.change(orders=OrdersView(is_known=True, is_stale=True))
        await eventually(lambda: "no open orders" in screen_text(pilot.app))
        assert screen.query_one(RowList).has_class("-stale")


@given(times=st.lists(st.integers(1, 10**13), max_size=12))
def test_every_list_is_sorted_newest_first(times: list[int]) -> None:
    """Whatever the engine's order is."""
    orders = OrdersView(
        open=tuple(order(number, created_ms=at) for number, at in enumerate(times)),
        fills=tuple(fill(number, ts_ms=at) for number, at in enumerate(times)),
    )
    found = newest_first(orders)
    assert [one.created_ms for one in found.open] == sorted(times, reverse=True)
    assert [one.ts_ms for one in found.fills] == sorted(times, reverse=True)


@given(typed=st.text(max_size=8))
def test_a_filter_only_ever_takes_away_and_never_a_doubt(typed: str) -> None:
    """Whatever is typed."""
    found = filtered(ORDERS, typed)
    assert found.uncertain == ORDERS.uncertain
    assert set(found.open) <= set(ORDERS.open)
    assert set(found.history) <= set(ORDERS.history)
    assert set(found.fills) <= set(ORDERS.fills)
