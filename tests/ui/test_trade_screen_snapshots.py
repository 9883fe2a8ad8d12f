"""The whole screen as text, so that a change of the layout is seen and meant."""

from dataclasses import replace
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.order import OrderState, Side
from hbtui.trading.views import OrdersView, View
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, WIDE, running_app, screen_text, ticket_of
from tests.support.views import NOW_MS, live_view, order, starting_view

SIZES = {"narrow": NARROW, "usual": USUAL, "wide": WIDE}


def uncertain() -> View:
    """A view with an order of which nobody knows yet."""
    doubt = order(9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 3000)
    return live_view(orders=OrdersView(uncertain=(doubt,), open=(order(1),), is_known=True))


@pytest.mark.parametrize("size", SIZES)
async def test_a_calm_market(size: str, snapshot: SnapshotAssertion) -> None:
    """Everything known, every link up."""
    async with running_app(ScriptedFront(), SIZES[size]) as pilot:
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", ["narrow", "usual"])
async def test_before_the_first_answer(size: str, snapshot: SnapshotAssertion) -> None:
    """Nothing known: dashes and words."""
    async with running_app(ScriptedFront(starting_view()), SIZES[size]) as pilot:
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", ["narrow", "usual"])
async def test_a_ticket_with_errors(size: str, snapshot: SnapshotAssertion) -> None:
    """Words under the fields, the layout unmoved."""
    async with running_app(ScriptedFront(), SIZES[size]) as pilot:
        await pilot.press("s")
        await pilot.pause()
        ticket_of(pilot.app).fill_price(Decimal("0.08"))
        await pilot.press("enter")
        await pilot.pause()
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("size", ["narrow", "usual"])
async def test_an_uncertain_order(size: str, snapshot: SnapshotAssertion) -> None:
    """Pinned on top of the orders."""
    async with running_app(ScriptedFront(uncertain()), SIZES[size]) as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert screen_text(pilot.app) == snapshot


async def test_a_blocked_screen(snapshot: SnapshotAssertion) -> None:
    """The reason in a line of its own and in the ticket."""
    view = live_view(blocked="the market data is not live")
    stale = replace(view, book=replace(view.book, is_stale=True), candles=replace(view.candles, is_stale=True))
    async with running_app(ScriptedFront(stale), USUAL) as pilot:
        assert screen_text(pilot.app) == snapshot


async def test_the_help(snapshot: SnapshotAssertion) -> None:
    """Every key and its line."""
    async with running_app(ScriptedFront(), (100, 70)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert screen_text(pilot.app) == snapshot


@pytest.mark.parametrize("side", list(Side))
async def test_the_ticket_of_each_side(side: Side, snapshot: SnapshotAssertion) -> None:
    """On a small terminal, beside the book."""
    async with running_app(ScriptedFront(), NARROW) as pilot:
        await pilot.press(side.value[0])
        await pilot.pause()
        assert screen_text(pilot.app) == snapshot
