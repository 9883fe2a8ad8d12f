"""The trade screen with canned views: what is seen, which key does what, and what is never done."""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from types import MappingProxyType

import pytest
from textual.events import Paste
from textual.widgets import Input

from hbtui.model.candle import Period
from hbtui.model.order import OrderState, OrderType, Side
from hbtui.trading.views import OrdersView, WatchRow
from hbtui.ui.app import HbtuiApp
from hbtui.ui.screens.symbols import SymbolDialog, matching
from hbtui.ui.widgets.balances import BalancesPane
from hbtui.ui.widgets.chart import CandleChart
from hbtui.ui.widgets.confirm import ConfirmDialog
from hbtui.ui.widgets.ladder import DepthLadder
from hbtui.ui.widgets.orders import OrdersPane
from hbtui.ui.widgets.review import ReviewDialog
from hbtui.ui.widgets.rows import RowList
from hbtui.ui.widgets.watchlist import Watchlist
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import (
    NARROW,
    USUAL,
    AppPilot,
    asked,
    base_screen,
    running_app,
    screen_text,
    ticket_of,
    type_text,
    widget_text,
)
from tests.support.views import NOW_MS, instrument, instruments, live_view, order, quote, starting_view

DOUBT = order(9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 3000)


async def fill_ticket(pilot: AppPilot, **fields: str) -> None:
    """Paste texts into the ticket's fields."""
    for name, text in fields.items():
        box = ticket_of(pilot.app).query_one(f"#{name}-input", Input)
        box.focus()
        box.select_all()
        box.post_message(Paste(text))
        await pilot.pause()


async def reviewed(pilot: AppPilot) -> ReviewDialog:
    """Press Enter and wait for the review to listen."""
    await pilot.press("enter")
    await eventually(lambda: isinstance(pilot.app.screen, ReviewDialog) and pilot.app.screen.is_armed)
    dialog = pilot.app.screen
    assert isinstance(dialog, ReviewDialog)
    return dialog


# what is seen


async def test_all_panes_stand_beside_each_other_on_a_usual_terminal() -> None:
    """Header, watchlist, balances, chart, book, ticket and orders at once, with keys below."""
    async with running_app(ScriptedFront()) as pilot:
        text = screen_text(pilot.app)
        for words in (
            "DEMO",
            "Watchlist",
            "Balances",
            "Order book",
            "Buy DOGE",
            "Open 2",
            "DOGE/USDT · 5min",
            "q Quit",
        ):
            assert words in text
        assert "Trades" not in text
        assert not base_screen(pilot.app).query_one("#tabs").display


async def test_a_wide_terminal_shows_the_trades_too() -> None:
    """From 160 columns."""
    async with running_app(ScriptedFront(), (160, 44)) as pilot:
        assert "Trades" in screen_text(pilot.app)


@pytest.mark.parametrize("size", [NARROW, (150, 30), (60, 18)])
async def test_a_small_terminal_shows_one_tab_at_a_time(size: tuple[int, int]) -> None:
    """Too few columns or rows: tabs, and every pane can be reached by them."""
    async with running_app(ScriptedFront(), size) as pilot:
        assert "Chart │ Order │ Book │ Orders │ Balances │ Watchlist" in screen_text(pilot.app)
        for words in ("5min", "Review buy", "Trades", "Open 2", "frozen", "─ Watchlist ─"):
            await eventually(lambda words=words: words in screen_text(pilot.app), what=words)  # type: ignore[misc]  # bound in time
            await pilot.press("full_stop")
        await eventually(lambda: "5min" in screen_text(pilot.app), what="the chart again")
        await pilot.press("comma")
        assert base_screen(pilot.app).has_class("-tab-markets")


async def test_the_keys_of_a_pane_work_as_soon_as_it_is_turned_to() -> None:
    """On a small terminal no tab key is needed between turning to a pane and using it; letters stay commands."""
    async with running_app(ScriptedFront(), NARROW) as pilot:
        screen = base_screen(pilot.app)
        for pane in (DepthLadder, DepthLadder, RowList, BalancesPane, Watchlist, CandleChart):
            await pilot.press("full_stop")
            await eventually(lambda pane=pane: isinstance(screen.focused, pane))  # type: ignore[misc]  # bound in time
        await pilot.press("comma", "down", "down", "enter")
        await eventually(lambda: screen.has_class("-tab-chart"))


async def test_the_balances_are_hidden_from_any_pane() -> None:
    """Whoever comes near need not be kept waiting until the right pane has the focus."""
    async with running_app(ScriptedFront()) as pilot:
        balances = base_screen(pilot.app).query_one(BalancesPane)
        assert "•••" not in widget_text(balances)
        await pilot.press("h")
        await eventually(lambda: "•••" in widget_text(balances))
        await pilot.press("h")
        await eventually(lambda: "•••" not in widget_text(balances))


@pytest.mark.parametrize("size", [NARROW, USUAL, (110, 36)])
async def test_every_order_says_its_symbol(size: tuple[int, int]) -> None:
    """Orders of all symbols stand in one list: which one is cancelled must be seen at every usual size."""
    async with running_app(ScriptedFront(), size) as pilot:
        await pilot.press("o")
        await eventually(lambda: "DOGE/USDT       1,000.00" in screen_text(pilot.app))
        assert "partly fill" in screen_text(pilot.app)


@pytest.mark.parametrize("size", [NARROW, USUAL])
async def test_the_end_of_an_order_is_told(size: tuple[int, int]) -> None:
    """An order that fills at once never rests among the open ones; on a small terminal its pane is not even seen."""
    front = ScriptedFront()
    async with running_app(front, size) as pilot:
        await eventually(lambda: pilot.app.frames.is_settled)  # type: ignore[attr-defined]  # it is our app
        ended = order(1, state=OrderState.FILLED, filled_base=Decimal(1000), filled_quote=Decimal(79))
        rest = tuple(each for each in front.view.orders.open if each.key != ended.key)
        front.view = replace(front.view, orders=replace(front.view.orders, open=rest, history=(ended,)))
        await eventually(lambda: any(notice.message.startswith("Filled: ") for notice in pilot.app._notifications))
        (notice,) = pilot.app._notifications
        assert notice.message == "Filled: BUY 1,000 DOGE @ 0.08 · average price 0.079000"


async def test_the_ticket_is_one_key_away_on_a_small_terminal() -> None:
    """The keys b and s turn to it, with the field ready; escape turns back."""
    async with running_app(ScriptedFront(), NARROW) as pilot:
        assert "Review buy" not in screen_text(pilot.app)
        await pilot.press("s")
        await pilot.pause()
        assert "Review sell" in screen_text(pilot.app)
        assert ticket_of(pilot.app).query_one("#price-input").has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert "5min" in screen_text(pilot.app)


async def test_a_terminal_that_is_too_small_says_so_and_comes_back_by_itself() -> None:
    """A sentence with both sizes instead of a broken screen."""
    async with running_app(ScriptedFront()) as pilot:
        for size in ((59, 24), (80, 17), (20, 6), (1, 1)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert not base_screen(pilot.app).query_one("#body").display
        await pilot.resize_terminal(59, 24)
        await pilot.pause()
        assert "hbtui needs 60×18, this one has 59×24." in screen_text(pilot.app)
        await pilot.resize_terminal(*USUAL)
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "too small" not in text
        assert "Watchlist" in text


async def test_nothing_known_is_dashes_and_loading() -> None:
    """Before the first answer no number stands anywhere, and no empty list is claimed."""
    async with running_app(ScriptedFront(starting_view())) as pilot:
        text = screen_text(pilot.app)
        assert "loading…" in text
        assert "no open orders" not in text
        assert "avail   —" in text
        assert "0.00" not in text


async def test_a_tick_changes_the_panes_that_show_it_and_no_other() -> None:
    """A new quote reaches the header; the orders are not drawn again."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        orders = base_screen(pilot.app).query_one(OrdersPane)
        orders.query_one("#open", RowList).show([])  # would be put right by any drawing
        front.change(quote=quote(last="0.09999"))
        header = base_screen(pilot.app).query_one("#header")
        await eventually(lambda: "0.099990" in widget_text(header))
        assert orders.query_one("#open", RowList).rows == ()
        front.change(orders=replace(front.view.orders))
        await eventually(lambda: len(orders.query_one("#open", RowList).rows) == 2)


async def test_an_engine_that_failed_leaves_one_sentence_and_the_way_out() -> None:
    """Not a crash: the reason in full, and q."""
    view = replace(starting_view(), is_failed=True, blocked="The key is wrong: [/x] check the file of keys.")
    async with running_app(ScriptedFront(view)) as pilot:
        text = screen_text(pilot.app)
        assert "could not start" in text
        assert "The key is wrong: [/x] check the file of keys." in text
        assert "Press q to leave" in text
        assert "Watchlist" not in text
        await pilot.press("q")
        await eventually(lambda: not pilot.app.is_running)


# keys


async def test_an_order_is_typed_reviewed_sent_and_seen() -> None:
    """b, price, amount, Enter, y: one order, its row under the cursor, and an empty ticket."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("b")
        await type_text(pilot, "0.08")
        await pilot.press("tab")
        await type_text(pilot, "1000")
        await reviewed(pilot)
        await pilot.press("y")
        await eventually(lambda: pilot.app.screen is base_screen(pilot.app))
        await pilot.pause()
        (request,) = front.placed
        assert (request.side, request.type, request.amount, request.price) == (
            Side.BUY, OrderType.LIMIT, Decimal(1000), Decimal("0.08"),
        )  # fmt: skip
        assert "sending…" in screen_text(pilot.app)
        key = base_screen(pilot.app).query_one(OrdersPane).selected_key
        selected = next(each for each in front.view.orders.open if each.key == key)
        assert selected.state is OrderState.SENDING
        assert ticket_of(pilot.app).form.amount == ""


async def test_enter_twice_in_a_field_opens_one_review_and_sends_nothing() -> None:
    """A doubled Enter is not a confirmation."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await fill_ticket(pilot, price="0.08", amount="1000")
        await pilot.press("enter", "enter", "enter")
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 3
        assert isinstance(pilot.app.screen, ReviewDialog)
        assert front.placed == []


async def test_going_back_from_the_review_keeps_what_was_typed() -> None:
    """Nothing is lost by looking."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await fill_ticket(pilot, price="0.08", amount="1000")
        await reviewed(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert ticket_of(pilot.app).form.amount == "1000"
        assert front.placed == []


async def test_no_letter_does_anything_while_a_field_has_the_focus() -> None:
    """What is typed into a field is text, whatever it means elsewhere."""
    front = ScriptedFront(live_view(orders=replace(live_view().orders, uncertain=(DOUBT,))))
    async with running_app(front) as pilot:
        await pilot.press("b")
        await pilot.pause()
        box = ticket_of(pilot.app).query_one("#price-input", Input)
        for key in ("b", "s", "c", "C", "q", "1", "0", "t", "slash", "question_mark", "o", "l", "full_stop"):
            box.value = ""
            await pilot.press(key)
            assert len(box.value) == 1, key
            assert box.has_focus, key
            assert pilot.app.screen is base_screen(pilot.app), key
        assert (front.watched, front.looked, front.cancelled, front.cancelled_all) == ([], [], [], [])


@pytest.mark.parametrize(
    ("key", "period"),
    [("1", Period.MINUTE), ("5", Period.HOUR), ("9", Period.MONTH), ("0", Period.YEAR), ("t", Period.SECOND)],
)
async def test_digits_choose_the_period(key: str, period: Period) -> None:
    """The front is asked for the same symbol's other bars, which are then shown."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press(key)
        assert front.watched == [("dogeusdt", period)]
        await eventually(lambda: f"· {period.value} ·" in screen_text(pilot.app))


async def test_brackets_step_through_the_periods() -> None:
    """One longer, one shorter, and no further than the ends."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("right_square_bracket", "left_square_bracket", "left_square_bracket")
        assert [period for _, period in front.watched] == [Period.MINUTES_15, Period.MINUTES_5, Period.MINUTE]
        await pilot.press("0", "right_square_bracket")
        assert front.watched[-1] == ("dogeusdt", Period.YEAR)


async def test_the_search_narrows_by_typing_and_enter_chooses() -> None:
    """Slash, a part of the name, Enter: the front watches it with the same period."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("slash")
        await eventually(lambda: isinstance(pilot.app.screen, SymbolDialog))
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "BTC/USDT" in text
        assert "67,012.50" in text
        assert "▲ 0.41%" in text
        await type_text(pilot, "so")
        await pilot.pause()
        assert "BTC/USDT" not in screen_text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert front.watched == [("solusdt", Period.MINUTES_5)]
        assert pilot.app.screen is base_screen(pilot.app)


async def test_the_search_moves_by_arrows_and_leaves_by_escape() -> None:
    """Down and Enter take the second; escape takes none; what is not found is said."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("slash")
        await eventually(lambda: isinstance(pilot.app.screen, SymbolDialog))
        await pilot.press("down", "enter")
        await pilot.pause()
        assert front.watched == [("ethusdt", Period.MINUTES_5)]
        await pilot.press("slash", "z", "z")
        await pilot.pause()
        assert "no symbol has this in its name" in screen_text(pilot.app)
        await pilot.press("enter", "escape")
        await pilot.pause()
        assert len(front.watched) == 1


def test_matching_puts_the_nearest_first() -> None:
    """Exact and beginning names lead, then watched ones, then by name; / and blanks do not matter."""
    listed = {**instruments(), "ethbtc": replace(instrument("ethusdt"), symbol="ethbtc", quote="btc")}
    first = {"dogeusdt": 0, "btcusdt": 1}
    assert [each.symbol for each in matching("btc", listed, first)] == ["btcusdt", "ethbtc"]
    assert [each.symbol for each in matching("DOGE/usdt", listed, first)] == ["dogeusdt"]
    assert [each.symbol for each in matching(" ", listed, first)][:2] == ["dogeusdt", "btcusdt"]
    assert matching("[", listed, first) == []


# cancelling


async def test_cancelling_asks_once_and_shows_the_order() -> None:
    """The key c names the selected order; y cancels exactly that one."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("o", "down", "c")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "SELL 1,000 DOGE @ 0.0845" in text
        assert front.cancelled == []
        await pilot.press("y", "y")
        await pilot.pause()
        assert front.cancelled == [order(2).key]


@pytest.mark.parametrize("key", ["n", "escape", "enter"])
async def test_not_cancelling_is_the_easy_answer(key: str) -> None:
    """Enter is on Back."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await pilot.press("c")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)
        assert front.cancelled == []


async def test_cancelling_all_asks_with_the_number() -> None:
    """C counts open and uncertain orders, and says what becomes of the uncertain ones."""
    front = ScriptedFront(live_view(orders=replace(live_view().orders, uncertain=(DOUBT,))))
    async with running_app(front) as pilot:
        await pilot.press("C")
        await asked(pilot)
        text = screen_text(pilot.app)
        assert "Cancel 3 open orders, of every symbol?" in text
        assert "1 uncertain: cancelled when found." in text
        await pilot.press("right", "enter")
        await pilot.pause()
        assert front.cancelled_all == [None]


async def test_there_is_nothing_to_cancel_where_nothing_is_open() -> None:
    """Both keys say so and ask nothing."""
    front = ScriptedFront(live_view(orders=OrdersView(is_known=True)))
    async with running_app(front) as pilot:
        await pilot.press("c", "C")
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)
        assert "no open order to cancel" in screen_text(pilot.app)
        assert "Select an open order" not in screen_text(pilot.app)
        assert front.cancelled_all == []


async def test_unknown_orders_can_be_cancelled_without_a_number() -> None:
    """Before the first snapshot C still works: it says all."""
    front = ScriptedFront(live_view(orders=OrdersView()))
    async with running_app(front) as pilot:
        await pilot.press("C")
        await asked(pilot)
        assert "Cancel all open orders" in screen_text(pilot.app)
        await pilot.press("y")
        await pilot.pause()
        assert front.cancelled_all == [None]


async def test_an_uncertain_order_can_be_looked_up_at_once() -> None:
    """The key l asks the front for the selected one; on an open order it says what to select."""
    front = ScriptedFront(live_view(orders=replace(live_view().orders, uncertain=(DOUBT,))))
    async with running_app(front) as pilot:
        await pilot.press("l")
        assert front.looked == [DOUBT.key]
        await pilot.press("o", "down", "l")
        await pilot.pause()
        assert front.looked == [DOUBT.key]
        assert "Select an uncertain order first" in screen_text(pilot.app)


# blocked


async def test_a_dead_link_greys_out_buying_and_leaves_cancelling() -> None:
    """Buy and Sell do nothing, the reason is seen, and c still asks; they come back with the link."""
    front = ScriptedFront(live_view(blocked="the account's stream is down"))
    async with running_app(front) as pilot:
        text = screen_text(pilot.app)
        assert "No new orders now: the account's stream is down · cancelling is not blocked" in text
        await pilot.press("b")
        await pilot.pause()
        assert not ticket_of(pilot.app).has_focus_within
        await pilot.press("c")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("y")
        await pilot.pause()
        assert len(front.cancelled) == 1
        front.change(blocked="")
        await eventually(lambda: "No new orders now" not in screen_text(pilot.app))
        await pilot.press("b")
        await pilot.pause()
        assert ticket_of(pilot.app).has_focus_within


async def test_a_reason_with_brackets_is_no_markup() -> None:
    """The reason may come from a venue."""
    async with running_app(ScriptedFront(live_view(blocked="[/x] [bold]closed"))) as pilot:
        assert "[/x] [bold]closed" in screen_text(pilot.app)


async def test_a_link_that_dies_while_typing_stops_the_ticket() -> None:
    """Enter opens no review."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await fill_ticket(pilot, price="0.08", amount="1000")
        front.change(blocked="the market data is not live")
        await eventually(lambda: ticket_of(pilot.app).blocked != "")
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)


# panes that talk


async def test_a_level_of_the_book_fills_the_price() -> None:
    """Picked by the mouse or by Enter: the ladder says it, the screen writes it."""
    async with running_app(ScriptedFront()) as pilot:
        ladder = base_screen(pilot.app).query_one(DepthLadder)
        ladder.post_message(DepthLadder.PriceChosen(Decimal("0.08126"), Side.SELL))
        await pilot.pause()
        assert ticket_of(pilot.app).form.price == "0.08126"


async def test_a_price_of_the_chart_fills_the_price() -> None:
    """The same from the chart."""
    async with running_app(ScriptedFront()) as pilot:
        base_screen(pilot.app).query_one(CandleChart).post_message(CandleChart.PriceChosen(Decimal("0.0805")))
        await pilot.pause()
        assert ticket_of(pilot.app).form.price == "0.0805"


async def test_a_symbol_of_the_watchlist_becomes_the_active_one() -> None:
    """The front is asked once; the same symbol again is not asked for."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        watchlist = base_screen(pilot.app).query_one(Watchlist)
        watchlist.post_message(Watchlist.Chosen("btcusdt"))
        await pilot.pause()
        watchlist.post_message(Watchlist.Chosen("btcusdt"))
        await pilot.pause()
        assert front.watched == [("btcusdt", Period.MINUTES_5)]


async def test_an_order_for_a_pair_that_is_gone_is_not_reviewed() -> None:
    """A list of pairs that changed between typing and Enter crashes nothing."""
    front = ScriptedFront()
    async with running_app(front) as pilot:
        await fill_ticket(pilot, price="0.08", amount="1000")
        front.change(instruments=MappingProxyType({}))
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is base_screen(pilot.app)


async def test_foreign_names_are_no_markup_anywhere() -> None:
    """A pair, a currency and a symbol with brackets pass through every pane."""
    odd = instrument("dogeusdt", base="[/x]")
    view = live_view(
        instruments=MappingProxyType(
            {**instruments(), "dogeusdt": odd, "[/y]": replace(odd, symbol="[/y]", base="[/y]")}
        ),
        watchlist=(WatchRow("dogeusdt", quote()), WatchRow("[/y]", is_listed=False)),
        orders=OrdersView(uncertain=(replace(DOUBT, symbol="[/y]"),), open=(order(1, symbol="[/z]"),), is_known=True),
    )
    front = ScriptedFront(view)
    async with running_app(front) as pilot:
        assert "[/X]" in screen_text(pilot.app)
        await pilot.press("c")
        await eventually(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.pause()
        assert "[/Y]" in screen_text(pilot.app)
        await pilot.press("escape", "slash")
        await eventually(lambda: isinstance(pilot.app.screen, SymbolDialog))
        await pilot.pause()
        assert "[/X]/USDT" in screen_text(pilot.app)


async def test_an_order_gets_its_date_when_its_day_is_over() -> None:
    """Over midnight nothing of the order changes, and yet its time of day alone would now be read as today's."""
    now_ms = [NOW_MS]
    app = HbtuiApp(ScriptedFront(), now_ms=lambda: now_ms[0], zone=UTC)
    async with app.run_test(size=USUAL):
        await eventually(lambda: "08:58:59" in screen_text(app), what="an order of today")
        now_ms[0] += 86_400_000
        await eventually(lambda: "09 Oct 08:58" in screen_text(app), what="its date")
