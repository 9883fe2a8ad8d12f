"""What can be done with own orders: each act asks for as much as it can harm."""

from dataclasses import replace

import pytest

from hbtui.model.order import Order, OrderState, Side
from hbtui.trading.views import OrdersView
from hbtui.ui.screens.audit import AuditScreen
from hbtui.ui.widgets.confirm import ConfirmDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import AppPilot, asked, running_app, screen_text, widget_text
from tests.support.views import NOW_MS, live_view, order

DOUBT = order(9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 3000)
UNPROVEN = order(8, state=OrderState.UNPROVEN, order_id=None, side=Side.SELL, cause="[/x] the records end before it")
OTHER = order(7, symbol="btcusdt")


def front_with(*uncertain: Order, more: tuple[Order, ...] = ()) -> ScriptedFront:
    """A front with some uncertain orders, and more open ones."""
    orders = live_view().orders
    return ScriptedFront(live_view(orders=replace(orders, uncertain=uncertain, open=(*orders.open, *more))))


def text(pilot: AppPilot) -> str:
    """What a person sees of the question on top, or of the whole screen, on one line."""
    box = pilot.app.screen.query("Vertical, VerticalScroll").first() if pilot.app.screen.is_modal else None
    return " ".join((widget_text(box) if box else screen_text(pilot.app)).replace("│", " ").split())


async def test_cancelling_all_needs_the_key_twice_and_shows_the_count() -> None:
    """C asks with the number of open and uncertain orders; the second C does it, after a quiet moment."""
    front = front_with(DOUBT, more=(OTHER,))
    async with running_app(front) as pilot:
        await pilot.press("C")
        await asked(pilot)
        assert "Cancel 4 open orders, of every symbol? C a second time does it." in text(pilot)
        assert "1 uncertain: cancelled when found." in text(pilot)
        assert "Cancel 4 (C)" in text(pilot)
        assert front.cancelled_all == []
        await pilot.press("C")
        await pilot.pause()
        assert front.cancelled_all == [None]


async def test_all_of_the_active_symbol_can_be_cancelled_alone() -> None:
    """The choice says the pair and its number, and is offered only where it is another number."""
    front = front_with(more=(OTHER,))
    async with running_app(front) as pilot:
        await pilot.press("C")
        await asked(pilot)
        assert "DOGE/USDT only: 2 (S)" in text(pilot)
        await pilot.press("S")
        await pilot.pause()
        assert front.cancelled_all == ["dogeusdt"]
        front.change(orders=live_view().orders)
        await pilot.press("C")
        await asked(pilot)
        assert "only:" not in text(pilot)


async def test_an_uncertain_order_is_cancelled_when_found() -> None:
    """The question says so in words; the wish goes to the front at once."""
    front = front_with(DOUBT)
    async with running_app(front) as pilot:
        await pilot.press("c")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog) and "when found" in text(pilot))
        assert "BUY 1,000 DOGE @ 0.08 It is cancelled when found" in text(pilot)
        assert "Cancel when found (y)" in text(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert front.cancelled == [DOUBT.key]


async def test_what_is_over_is_not_cancelled() -> None:
    """On the history c says what to select instead of asking."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("o", "o")
        await pilot.pause()
        await pilot.press("c")
        await eventually(lambda: "Select an open order first" in text(pilot))
        assert not isinstance(pilot.app.screen, ConfirmDialog)


async def test_signing_off_says_what_was_and_was_not_found_and_asks() -> None:
    """Only an UNPROVEN order, only after a quiet moment; foreign words in the reason are no markup."""
    front = front_with(DOUBT, UNPROVEN)
    async with running_app(front) as pilot:
        await pilot.press("x")
        await eventually(lambda: "Only an UNPROVEN order or a CONFLICT is signed off" in text(pilot))
        assert front.signed_off == []
        await pilot.press("o", "down", "x")
        await asked(pilot)
        for words in (
            "Sign off an unproven order?", "SELL 1,000 DOGE @ 0.08", "Nothing of it was found: it is not open",
            "it can never be proven that it was not placed", "Last answer: [/x] the records end before it",
        ):  # fmt: skip
            assert words in text(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert front.signed_off == [UNPROVEN.key]
        await eventually(lambda: "UNPROVEN" not in text(pilot))


async def test_a_contradiction_is_signed_off_too() -> None:
    """It keeps orders of its pair back until a person settles it, over restarts as well: there is a way to."""
    torn = replace(UNPROVEN, state=OrderState.CONFLICT, cause="[/x] filled and canceled")
    front = front_with(torn)
    async with running_app(front) as pilot:
        await pilot.press("x")
        await asked(pilot)
        for words in ("Sign off a contradictory order?", "Two truths were told of it: [/x] filled and canceled"):
            assert words in text(pilot)
        await pilot.press("y")
        await eventually(lambda: front.signed_off == [torn.key], what="the sign-off")


async def test_signing_off_a_part_that_was_found_says_that() -> None:
    """What was filled is not called nothing."""
    part = replace(UNPROVEN, filled_base=live_view().orders.history[0].filled_base)
    async with running_app(front_with(part)) as pilot:
        await pilot.press("x")
        await asked(pilot)
        assert "A part of it was found filled" in text(pilot)
        assert "Nothing of it was found" not in text(pilot)


@pytest.mark.parametrize("presses", [("o",), ("o", "o"), ("o", "o", "o")])
async def test_a_shows_the_journal_of_any_order(presses: tuple[str, ...]) -> None:
    """Of an open one, a finished one, and of the order that a fill belongs to."""
    orders = live_view().orders
    fills = (replace(orders.fills[0], order_id=orders.open[0].order_id or ""),)
    front = ScriptedFront(live_view(orders=replace(orders, fills=fills)))
    keys = {1: orders.open[0].key, 2: orders.history[0].key, 3: orders.open[0].key}
    async with running_app(front) as pilot:
        await pilot.press(*presses)
        await pilot.pause()
        await pilot.press("a")
        await eventually(lambda: isinstance(pilot.app.screen, AuditScreen))
        assert front.audited == [keys[len(presses)]]


async def test_without_orders_nothing_is_asked() -> None:
    """Every key says what to select."""
    front = ScriptedFront(live_view(orders=OrdersView(is_known=True)))
    async with running_app(front) as pilot:
        await pilot.press("a", "x", "l", "c", "C")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 2
        assert (front.audited, front.signed_off, front.looked, front.cancelled_all) == ([], [], [], [])
