"""The orders pane: every row says what is known of an order, and no more."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.message import Message
from textual.pilot import Pilot

from hbtui.model.order import FINAL, Order, OrderState, OrderType, Side
from hbtui.trading.views import OrdersView
from hbtui.ui.widgets.order_rows import (
    FILL_COLUMNS,
    ORDER_COLUMNS,
    STATE_WORDS,
    dated,
    fill_row,
    order_row,
    order_sentence,
    uncertain_row,
)
from hbtui.ui.widgets.orders import OrdersPane
from hbtui.ui.widgets.rows import Row, kept_columns
from hbtui.ui.widgets.tabs import WordBar
from tests.support.host import Host
from tests.support.screens import screen_text
from tests.support.views import NOW_MS, fill, instruments, live_view, order

DOUBT = order(
    9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 3000
)  # fmt: skip


def texts(row: Row) -> list[str]:
    """The words of a row."""
    return [cell.text for cell in row.cells]


class Shown:
    """A mounted pane and all that it posted."""

    def __init__(self, pane: OrdersPane, pilot: Pilot[None], posted: list[Message]) -> None:
        self.pane = pane
        self.pilot = pilot
        self._posted = posted

    async def show(self, orders: OrdersView, now_ms: int = NOW_MS) -> str:
        """Show orders, and give what a person sees."""
        self.pane.show(live_view(orders=orders), now_ms)
        await self.pilot.pause()
        return self.text

    @property
    def text(self) -> str:
        """What a person sees."""
        return screen_text(self.pilot.app)

    @property
    def asked(self) -> list[Order]:
        """The orders that a person wanted cancelled."""
        asked = {id(each): each for each in self._posted if isinstance(each, OrdersPane.CancelRequested)}
        return [each.order for each in asked.values()]

    async def turn(self, tab: str) -> str:
        """Turn to a tab."""
        self.pane.query_one(WordBar).choose(tab)
        await self.pilot.pause()
        return self.text


@asynccontextmanager
async def pane(size: tuple[int, int] = (100, 12)) -> AsyncIterator[Shown]:
    """Mount an orders pane."""
    made = OrdersPane(UTC)
    posted: list[Message] = []
    async with Host(made).run_test(size=size, message_hook=posted.append) as pilot:
        yield Shown(made, pilot, posted)


async def test_unknown_is_loading_and_empty_is_said_only_when_known() -> None:
    """Before the first snapshot there is no "no open orders"."""
    async with pane() as it:
        text = await it.show(OrdersView())
        assert "loading…" in text
        assert "no open orders" not in text
        text = await it.show(OrdersView(is_known=True))
        assert "no open orders" in text
        assert "loading" not in text
        assert "no fills yet" in await it.turn("fills")
        assert "no finished orders yet" in await it.turn("history")
        assert "no uncertain orders" in await it.turn("uncertain")


async def test_open_orders_say_time_side_type_amount_price_filled_and_state() -> None:
    """One line an order, the side in a word."""
    async with pane() as it:
        text = await it.show(live_view().orders)
        assert "Open 2" in text
        assert re.search(r"08:58:59 +BUY +DOGE/USDT +limit +1,000\.00 +0\.080000 +0% +open", text)
        assert re.search(r"08:57:58 +SELL +DOGE/USDT +limit +1,000\.00 +0\.084500 +25% +partly filled", text)


async def test_history_and_fills_have_tabs_of_their_own() -> None:
    """Finished orders with their end, fills with fee, currency and role."""
    async with pane() as it:
        await it.show(live_view().orders)
        history = await it.turn("history")
        assert "100%  filled" in history
        assert "cancelled" in history
        fills = await it.turn("fills")
        assert re.search(r"BUY +DOGE/USDT +500\.00 +0\.081200 +40\.60 +1\.00 DOGE +taker", fills)
        assert re.search(r"SELL +DOGE/USDT +500\.00 +0\.081200 +40\.60 +0\.0812 USDT +maker", fills)


async def test_uncertain_orders_are_pinned_on_top_in_words() -> None:
    """Symbol, word, "may be live", since when, and when it is looked up next."""
    async with pane() as it:
        text = await it.show(OrdersView(uncertain=(DOUBT,), open=live_view().orders.open, is_known=True))
        rows = text.splitlines()
        assert "? UNCERTAIN BUY 1,000 DOGE @ 0.08 — may be live · 0:07 · next check 0:03" in rows[2]
        assert "BUY" in rows[3]
        assert "Uncertain 1" in rows[0]
        assert "Open 3" in rows[0]
        assert it.pane.has_class("-uncertain")
        later = await it.show(OrdersView(uncertain=(DOUBT,), is_known=True), NOW_MS + 4000)
        assert "0:11 · checking now" in later


async def test_the_cursor_stays_with_its_order() -> None:
    """A new row on top must not move the cursor to another order."""
    async with pane() as it:
        orders = live_view().orders
        await it.show(orders)
        it.pane.select(orders.open[1].key)
        await it.show(OrdersView(open=(order(7), *orders.open), is_known=True))
        assert it.pane.selected_key == orders.open[1].key
        await it.show(OrdersView(open=(order(7),), is_known=True))
        assert it.pane.selected_key == order(7).key
        await it.show(OrdersView(is_known=True))
        assert it.pane.selected_key is None


async def test_what_is_over_is_selected_but_never_asked_to_be_cancelled() -> None:
    """On the history the order, on the fills the order of the fill: for its journal; Enter asks nothing there."""
    async with pane() as it:
        orders = live_view().orders
        await it.show(orders)
        for tab, key in {"history": orders.history[0].key, "fills": orders.fills[0].order_id}.items():
            await it.turn(tab)
            it.pane.take_focus()
            await it.pilot.pause()
            assert it.pane.selected_key == key
            await it.pilot.press("enter")
            await it.pilot.pause()
        assert it.asked == []


async def test_enter_on_a_row_asks_to_cancel_it() -> None:
    """The pane says which order; it cancels nothing itself."""
    async with pane() as it:
        orders = live_view().orders
        await it.show(orders)
        it.pane.take_focus()
        await it.pilot.pause()
        await it.pilot.press("down", "enter")
        await it.pilot.pause()
        assert it.asked == [orders.open[1]]


async def test_a_double_click_on_a_row_asks_too() -> None:
    """One click moves the cursor, the second asks."""
    async with pane() as it:
        orders = live_view().orders
        await it.show(orders)
        await it.pilot.click("#open", offset=(20, 2))
        assert it.pane.selected_key == orders.open[1].key
        assert it.asked == []
        await it.pilot.click("#open", offset=(20, 2), times=2)
        await it.pilot.pause()
        assert it.asked == [orders.open[1]]


async def test_stale_rows_are_dimmed() -> None:
    """The pane carries the class that pales it, and says the word."""
    async with pane() as it:
        await it.show(OrdersView(open=(order(1),), is_known=True, is_stale=True))
        assert it.pane.has_class("-stale")
        assert it.pane.border_subtitle == "stale"
        await it.show(OrdersView(open=(order(1),), is_known=True))
        assert not it.pane.has_class("-stale")
        assert it.pane.border_subtitle == ""


async def test_foreign_text_is_no_markup() -> None:
    """A cause, a type and a symbol with brackets show as they are."""
    odd = order(
        1, symbol="[/x]usdt", type=None, venue_type="[b]", state=OrderState.REJECTED, cause="[/y] no"
    )  # fmt: skip
    async with pane() as it:
        text = await it.show(OrdersView(open=(odd,), uncertain=(order(2, symbol="[/z]", cause="[/]"),), is_known=True))
        assert "[/X]USDT" in text
        assert "rejected: [/y]" in text
        assert "[/Z]" in text


@pytest.mark.parametrize("width", [100, 80, 78, 60, 40, 20, 5])
async def test_rows_fit_any_width(width: int) -> None:
    """Columns go, digits are cut with …, nothing breaks."""
    async with pane((width, 12)) as it:
        text = await it.show(live_view().orders)
        assert max(map(len, text.splitlines())) <= width


# single rows


def test_a_word_stands_for_every_state() -> None:
    """Each state has words, and words of an end stand only for a proven end."""
    assert set(STATE_WORDS) == set(OrderState)
    for state, (words, _) in STATE_WORDS.items():
        if state not in FINAL | {OrderState.PARTIALLY_FILLED}:
            assert not re.search(r"reject|fail|refused|\bcancelled|not placed|filled$", words)
    assert STATE_WORDS[OrderState.NOT_SENT][0] == "did not leave this computer"


def test_a_cancel_that_was_asked_for_is_not_a_cancelled_order() -> None:
    """Until the venue says so, the row only says that it was asked."""
    row = order_row(order(1, is_cancel_requested=True), instruments(), NOW_MS, UTC)
    assert texts(row)[-1] == "open, cancel asked"
    row = order_row(order(1, is_cancel_requested=True, state=OrderState.CANCELING), instruments(), NOW_MS, UTC)
    assert texts(row)[-1] == "cancelling…"
    row = order_row(order(1, is_cancel_requested=True, state=OrderState.CANCELED), instruments(), NOW_MS, UTC)
    assert texts(row)[-1] == "cancelled"


def test_a_market_buy_shows_the_money_and_the_average_price() -> None:
    """Its amount is USDT, its share is of the money, its price what was paid on average."""
    spent = order(
        1, type=OrderType.MARKET, venue_type="buy-market", amount=Decimal(50), price=None,
        filled_base=Decimal(500), filled_quote=Decimal("40.5"), state=OrderState.PARTIALLY_FILLED,
    )  # fmt: skip
    assert texts(order_row(spent, instruments(), NOW_MS, UTC))[3:7] == ["market", "50.00 USDT", "0.081000", "81%"]


def test_a_market_order_without_a_fill_has_no_price() -> None:
    """Nothing is invented."""
    waiting = order(1, type=OrderType.MARKET, side=Side.SELL, price=None)
    assert texts(order_row(waiting, instruments(), NOW_MS, UTC))[5] == "market"


def test_unknown_amounts_are_dashes() -> None:
    """An external order of which only the state is known."""
    row = order_row(order(1, amount=None, price=None, created_ms=0), instruments(), NOW_MS, UTC)
    assert texts(row)[0] == "—"
    assert texts(row)[4:7] == ["—", "—", "—"]


@given(done=st.decimals(min_value=0, max_value=1000, places=2))
def test_filled_never_says_all_before_it_is_all(done: Decimal) -> None:
    """99.99 % is 99 %: only the state says filled."""
    row = order_row(order(1, filled_base=done, state=OrderState.PARTIALLY_FILLED), instruments(), NOW_MS, UTC)
    share = int(texts(row)[6].rstrip("%"))
    assert share <= 99
    assert share <= done / 10


def test_a_fill_without_a_known_fee_or_role_has_dashes() -> None:
    """The first push of a fill says neither."""
    row = fill_row(fill(1, fee=None, fee_currency="", is_maker=None), instruments(), NOW_MS, UTC)
    assert texts(row)[-2:] == ["—", "—"]


def test_a_rebate_is_called_one() -> None:
    """A negative fee is money received."""
    row = fill_row(fill(1, fee=Decimal("-0.5"), fee_currency="usdt"), instruments(), NOW_MS, UTC)
    assert texts(row)[-2] == "rebate 0.50 USDT"


def test_rows_have_a_cell_for_each_column() -> None:
    """Otherwise a line would be drawn crooked."""
    assert len(order_row(order(1), instruments(), NOW_MS, UTC).cells) == len(ORDER_COLUMNS)
    assert len(fill_row(fill(1), instruments(), NOW_MS, UTC).cells) == len(FILL_COLUMNS)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (order(1), "BUY 1,000 DOGE @ 0.08"),
        (order(1, side=Side.SELL, price=Decimal("0.0845")), "SELL 1,000 DOGE @ 0.0845"),
        (order(1, type=OrderType.MARKET, price=None, amount=Decimal("50.5")), "BUY DOGE for 50.5 USDT at the market"),
        (order(1, type=OrderType.MARKET, side=Side.SELL, price=None), "SELL 1,000 DOGE at the market"),
        (order(1, symbol="abcxyz"), "BUY 1000 ABCXYZ @ 0.08"),
        (order(1, amount=None), "BUY — DOGE @ 0.08"),
    ],
)
def test_an_order_is_said_in_one_line(made: Order, sentence: str) -> None:
    """Side, amount, currency and price, as they are."""
    assert order_sentence(made, instruments()) == sentence


@pytest.mark.parametrize(
    ("changes", "now_ms", "ending"),
    [
        ({}, NOW_MS, "0:07 · next check 0:03"),
        ({}, NOW_MS + 3_700_000, "1:01:47 · checking now"),
        ({"next_check_ms": None}, NOW_MS, "may be live · 0:07"),
        ({"is_cancel_requested": True}, NOW_MS, "next check 0:03 · cancelled when found"),
        ({"created_ms": NOW_MS + 900}, NOW_MS, "0:00 · next check 0:03"),
    ],
)
def test_an_uncertain_order_counts(changes: dict[str, object], now_ms: int, ending: str) -> None:
    """Since when it is uncertain and until the next look, never negative."""
    doubt = order(
        9, **{"state": OrderState.UNCERTAIN, "created_ms": NOW_MS - 7000, "next_check_ms": NOW_MS + 3000, **changes}
    )
    banner = uncertain_row(doubt, instruments(), now_ms).banner
    assert banner is not None
    assert banner.text.startswith("? UNCERTAIN BUY 1,000 DOGE")
    assert banner.text.endswith(ending)


def test_what_can_no_longer_be_proven_says_so() -> None:
    """Unproven is not uncertain, and not failed either."""
    banner = uncertain_row(order(9, state=OrderState.UNPROVEN), instruments(), NOW_MS).banner
    assert banner is not None
    assert banner.text.startswith("? UNPROVEN BUY 1,000 DOGE @ 0.08 — not found, not proven · x signs it off")
    assert "may be live" not in banner.text


def test_two_truths_are_told_with_what_they_are() -> None:
    """A contradiction is neither a failure nor a success."""
    banner = uncertain_row(
        order(9, state=OrderState.CONFLICT, cause="filled and canceled"), instruments(), NOW_MS
    ).banner
    assert banner is not None
    assert banner.text.startswith("! CONFLICT BUY 1,000 DOGE @ 0.08 — two truths were told")
    assert "filled and canceled" in banner.text


@pytest.mark.parametrize("tab", ["open", "history", "fills", "uncertain"])
async def test_uncertain_orders_stand_on_top_in_every_tab_and_stay_when_scrolled(tab: str) -> None:
    """Whatever is looked at, and however far down, the doubt is seen, in words, with its sign."""
    orders = OrdersView(
        uncertain=(DOUBT,),
        open=tuple(order(number) for number in range(20, 50)),
        history=tuple(order(number, state=OrderState.CANCELED) for number in range(50, 80)),
        fills=tuple(fill(number) for number in range(30)),
        is_known=True,
    )
    async with pane() as it:
        await it.show(orders)
        await it.turn(tab)
        it.pane.take_focus()
        await it.pilot.pause()
        for key in ("end", "pageup", "home"):
            await it.pilot.press(key)
            await it.pilot.pause()
            assert it.text.splitlines()[2].startswith(" ? UNCERTAIN BUY 1,000 DOGE @ 0.08 — may be live · 0:07")
        assert it.pane.selected_key == DOUBT.key


async def test_a_click_below_the_pinned_rows_hits_what_is_seen_there() -> None:
    """Scrolled to the end, the row under the pointer is the one that gets the cursor."""
    orders = OrdersView(uncertain=(DOUBT,), open=tuple(order(number) for number in range(20, 50)), is_known=True)
    async with pane() as it:
        await it.show(orders)
        it.pane.take_focus()
        await it.pilot.pause()
        await it.pilot.press("end")
        await it.pilot.pause()
        assert it.pane.selected_key == order(49).key
        await it.pilot.click("#open", offset=(20, 10))
        assert it.pane.selected_key == order(48).key
        await it.pilot.click("#open", offset=(20, 1))
        assert it.pane.selected_key == DOUBT.key


def test_an_order_of_another_day_says_which_day() -> None:
    """A time of day alone would let an old order pass for one of today."""
    day = 86_400_000
    for made, shown in ((NOW_MS, "09:00:00"), (NOW_MS - day, "08 Oct 09:00"), (NOW_MS - 400 * day, "04 Sep 2024")):
        assert texts(order_row(order(1, created_ms=made), instruments(), NOW_MS, UTC))[0] == shown
        assert texts(fill_row(fill(1, ts_ms=made), instruments(), NOW_MS, UTC))[0] == shown
    assert dated(ORDER_COLUMNS, (NOW_MS,), NOW_MS, UTC) == ORDER_COLUMNS
    assert dated(ORDER_COLUMNS, (NOW_MS, NOW_MS - day), NOW_MS, UTC)[0].width == len("08 Oct 09:00")


def test_a_waiting_stop_order_says_what_it_waits_for() -> None:
    """Sign and price, while it waits; once triggered it is an order like any other."""
    stop = order(
        1, type=OrderType.STOP_LIMIT, stop_price=Decimal("0.079"), stop_operator="lte", state=OrderState.CREATED
    )  # fmt: skip
    assert texts(order_row(stop, instruments(), NOW_MS, UTC))[-1] == "waits: last ≤ 0.079"
    assert order_sentence(stop, instruments()) == "BUY 1,000 DOGE @ 0.08 when last ≤ 0.079"
    assert order_sentence(replace(stop, state=OrderState.SUBMITTED), instruments()) == "BUY 1,000 DOGE @ 0.08"


@pytest.mark.parametrize(
    ("spent", "shown"),
    [
        ("50", "50.00 USDT"),
        ("10000", "10,000 USDT"),
        ("1234.56789012", "1,234.56 USDT"),
        ("987654321.5", "987.7M USDT"),
    ],
)
def test_an_amount_of_money_is_shorter_rather_than_left_out(spent: str, shown: str) -> None:
    """A market buy of much money says how much in its column, with the unit."""
    row = order_row(
        order(1, type=OrderType.MARKET, venue_type="buy-market", price=None, amount=Decimal(spent)),
        instruments(),
        NOW_MS,
        UTC,
    )
    assert texts(row)[4] == shown
    assert len(shown) <= ORDER_COLUMNS[4].width


def test_a_large_amount_of_coins_is_shorter_rather_than_left_out() -> None:
    """A number that does not fit would be shown as a mere ellipsis."""
    for amount in ("123456789", "12345678901234"):
        shown = texts(order_row(order(1, amount=Decimal(amount)), instruments(), NOW_MS, UTC))[4]
        assert len(shown) <= ORDER_COLUMNS[4].width
        assert any(letter.isdigit() for letter in shown)


@pytest.mark.parametrize("width", [74, 80, 160])
def test_on_a_small_terminal_an_order_of_yesterday_keeps_its_date(width: int) -> None:
    """Where the columns of a day fit the date fits as well: 74 are those of a pane on 80 columns."""
    for times_ms in ((NOW_MS,), (NOW_MS, NOW_MS - 86_400_000)):
        columns = dated(ORDER_COLUMNS, times_ms, NOW_MS, UTC)
        kept = {columns[index].title for index in kept_columns(columns, width)}
        assert kept >= {"time", "side", "symbol", "amount", "price", "fill", "state"}
