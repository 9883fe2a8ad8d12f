"""The order ticket: what is typed becomes a request, or a sentence under the field."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.events import Paste
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button, Input

from hbtui.model.account import Balance
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import TicketContext
from hbtui.ui.screens.parts import ticket_context
from hbtui.ui.widgets.field import NumberField
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.ticket import OrderTicket
from tests.support.eventually import eventually
from tests.support.host import Host
from tests.support.screens import screen_text, type_text
from tests.support.views import instrument, live_view


def context(**changes: object) -> TicketContext:
    """What is known of DOGE/USDT, with some parts changed."""
    made = ticket_context(live_view())
    assert made is not None
    return replace(made, **changes)  # type: ignore[arg-type]  # the callers name fields


class Desk:
    """A mounted ticket and all that it posted."""

    def __init__(self, ticket: OrderTicket, pilot: Pilot[None], posted: list[Message]) -> None:
        self.ticket = ticket
        self.pilot = pilot
        self._posted = posted

    @property
    def requests(self) -> list[OrderRequest]:
        """The requests that were submitted."""
        # the hook sees a message once for each node that it bubbles through
        submitted = {id(each): each for each in self._posted if isinstance(each, OrderTicket.Submitted)}
        return [each.request for each in submitted.values()]

    def field(self, name: str) -> NumberField:
        """One field."""
        return self.ticket.query_one(f"#{name}", NumberField)

    async def type_in(self, name: str, text: str) -> None:
        """Put a text over a field's text in one go, as a paste does."""
        box = self.field(name).query_one(Input)
        box.focus()
        box.select_all()
        box.post_message(Paste(text))
        await self.pilot.pause()

    async def choose(self, bar: str, name: str) -> None:
        """Choose a word of a bar."""
        self.ticket.query_one(f"#{bar}", WordBar).choose(name)
        await self.pilot.pause()

    async def enter(self) -> None:
        """Press Enter where the focus is."""
        await self.pilot.press("enter")
        await self.pilot.pause()

    @property
    def text(self) -> str:
        """What a person sees."""
        return screen_text(self.pilot.app)


@asynccontextmanager
async def desk(known: TicketContext | None = None, blocked: str = "") -> AsyncIterator[Desk]:
    """Mount a ticket that knows a market."""
    ticket = OrderTicket(id="ticket")
    posted: list[Message] = []
    async with Host(ticket).run_test(size=(44, 26), message_hook=posted.append) as pilot:
        ticket.show(known or context(), blocked)
        await pilot.pause()
        yield Desk(ticket, pilot, posted)


async def test_a_limit_buy_is_typed_and_submitted() -> None:
    """Price, tab, amount, Enter: exactly these numbers, as decimals."""
    async with desk() as it:
        it.ticket.open_for(Side.BUY)
        await it.pilot.pause()
        await type_text(it.pilot, "0.08")
        await it.pilot.press("tab")
        await type_text(it.pilot, "1000")
        await it.enter()
        assert it.requests == [
            OrderRequest(
                account_id=4821, symbol="dogeusdt", side=Side.BUY, type=OrderType.LIMIT,
                amount=Decimal(1000), price=Decimal("0.08"),
            )
        ]  # fmt: skip


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.IOC, OrderType.FOK, OrderType.POST_ONLY])
async def test_side_and_type_reach_the_request_unchanged(side: Side, kind: OrderType) -> None:
    """No combination of side and type turns into another one."""
    async with desk() as it:
        it.ticket.open_for(side)
        await it.choose("type", kind.value)
        await it.type_in("price", "0.081")
        await it.type_in("amount", "500")
        await it.enter()
        (request,) = it.requests
        assert (request.side, request.type, request.amount, request.price) == (
            side, kind, Decimal(500), Decimal("0.081"),
        )  # fmt: skip


async def test_market_buy_asks_for_money_to_spend() -> None:
    """One field, named spend, in USDT; the request's amount is that value."""
    async with desk() as it:
        await it.choose("type", "market")
        assert [it.field(name).display for name in ("price", "amount", "total")] == [False, False, True]
        assert "spend" in it.text
        assert "USDT" in it.text
        await it.type_in("total", "50")
        await it.enter()
        (request,) = it.requests
        assert (request.type, request.amount, request.price) == (OrderType.MARKET, Decimal(50), None)
        assert request.is_amount_in_quote


async def test_market_sell_asks_for_coins() -> None:
    """One field, named amount, in DOGE."""
    async with desk() as it:
        it.ticket.open_for(Side.SELL)
        await it.choose("type", "market")
        assert [it.field(name).display for name in ("price", "amount", "total")] == [False, True, False]
        await it.type_in("amount", "250")
        await it.enter()
        (request,) = it.requests
        assert (request.side, request.amount, request.is_amount_in_quote) == (Side.SELL, Decimal(250), False)


async def test_digits_do_not_change_their_meaning_with_the_type() -> None:
    """1000 DOGE must not become 1000 USDT to spend because the type was changed."""
    async with desk() as it:
        await it.type_in("amount", "1000")
        await it.choose("type", "market")
        assert (it.field("amount").text, it.field("total").text) == ("", "")


async def test_total_follows_amount_and_amount_follows_total() -> None:
    """Whichever was typed last leads; amounts are cut, never rounded up."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        assert it.field("total").text == "80"
        await it.type_in("total", "100.01")
        assert it.field("amount").text == "1250.12"
        await it.type_in("price", "0.09")
        assert it.field("amount").text == "1111.22"


async def test_what_is_left_and_the_fee_are_shown_as_typed() -> None:
    """Fee in the received currency, what stays in the given one."""
    async with desk() as it:
        assert "fee     —" in it.text
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        assert "avail   1,204.10 USDT" in it.text
        assert "fee     ≈ 2.00 DOGE" in it.text
        assert "left    1,124.10 USDT" in it.text


async def test_unknown_is_a_dash() -> None:
    """Before balances and fees are known nothing is 0."""
    unknown = context(base=None, quote=None, fee=None)
    async with desk(unknown) as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        assert "avail   —" in it.text
        assert "fee     —" in it.text
        assert "left    —" in it.text


async def test_errors_stand_under_their_field_as_typed_and_not_before() -> None:
    """An empty ticket reproaches nobody; a wrong price is told at once, under price alone."""
    async with desk() as it:
        assert [it.field(name).error for name in ("price", "amount", "total")] == ["", "", ""]
        await it.type_in("price", "0.0812345")
        assert it.field("price").error == "at most 6 decimals"
        assert it.field("amount").error == ""
        await it.type_in("price", "0.081234")
        assert it.field("price").error == ""


@pytest.mark.parametrize("typed", ["1e5", "1,000.5", "-1", "--", "0x10", "NaN"])
async def test_what_is_no_plain_number_is_said_to_be_none(typed: str) -> None:
    """Nothing that cannot be read exactly becomes a number, and nothing is submitted."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", typed)
        assert "not a number" in it.field("amount").error
        await it.enter()
        assert it.requests == []


async def test_too_little_and_too_much_are_refused_before_anything_is_sent() -> None:
    """Least value and balance, in words."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "10")
        assert "at least 5 USDT" in it.field("total").error
        await it.type_in("amount", "99999")
        assert "available" in it.field("amount").error
        await it.enter()
        assert it.requests == []


async def test_enter_on_an_unfinished_ticket_names_what_is_missing() -> None:
    """Enter shows all errors and goes to the first field that has one."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        assert it.field("amount").error == ""
        await it.enter()
        assert it.field("amount").error == "is missing"
        assert it.field("amount").is_typing
        assert it.requests == []


async def test_shares_use_what_is_available_and_follow_the_price() -> None:
    """Half of 1204.10 USDT at 0.08, and again at 0.16; typing an amount ends it."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.choose("share", "50")
        assert it.field("amount").text == "7525.62"
        await it.type_in("price", "0.16")
        assert it.field("amount").text == "3762.81"
        await it.type_in("amount", "1")
        assert it.ticket.query_one("#share", WordBar).chosen == ""


async def test_all_of_a_market_buy_is_all_the_money() -> None:
    """100 % to spend is the whole available balance, to the last digit."""
    async with desk() as it:
        await it.choose("type", "market")
        await it.choose("share", "100")
        assert it.field("total").text == "1204.1"


async def test_a_key_takes_the_next_share() -> None:
    """25, 50, 75, 100 % by ctrl+t, from within a field."""
    async with desk() as it:
        it.ticket.open_for(Side.SELL)
        await it.type_in("price", "0.08")
        amounts = []
        for _ in range(4):
            await it.pilot.press("ctrl+t")
            await it.pilot.pause()
            amounts.append(it.field("amount").text)
        assert amounts == ["3000", "6000", "9000", "12000"]


async def test_the_price_does_not_move_while_a_person_types() -> None:
    """A new book, a new balance: the typed text stays as it is."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        it.ticket.show(context(best_bid=Decimal("0.09"), best_ask=Decimal("0.091"), last=Decimal("0.0905")), "")
        await it.pilot.pause()
        assert it.field("price").text == "0.08"


async def test_a_picked_price_fills_the_field() -> None:
    """A level of the book or a price of the chart goes into the price field, as plain digits."""
    async with desk() as it:
        it.ticket.fill_price(Decimal("8.1E-2"))
        await it.pilot.pause()
        assert it.field("price").text == "0.081"
        await it.choose("type", "market")
        it.ticket.fill_price(Decimal("0.09"))
        assert it.ticket.form.price == "0.081"


async def test_arrows_move_the_price_by_one_tick() -> None:
    """An empty price begins at the own side's best."""
    async with desk() as it:
        it.field("price").take_focus()
        await it.pilot.pause()
        await it.pilot.press("up")
        assert it.field("price").text == "0.08122"
        await it.pilot.press("up", "up", "down")
        assert it.field("price").text == "0.081221"


async def test_switching_the_side_forgets_the_amount_and_shows_the_side_in_words() -> None:
    """Side in words and frame; an amount meant to buy is never sold."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        assert it.ticket.has_class("-buy")
        await it.choose("side", "sell")
        assert it.ticket.has_class("-sell")
        assert not it.ticket.has_class("-buy")
        assert it.ticket.border_title == "Sell DOGE"
        assert "Review sell" in it.text
        assert (it.field("price").text, it.field("amount").text) == ("0.08", "")


async def test_another_symbol_empties_the_ticket() -> None:
    """A price typed for one pair is never used for another."""
    async with desk() as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        it.ticket.show(context(instrument=instrument("btcusdt"), base=Balance("btc", Decimal(1), Decimal(0))), "")
        await it.pilot.pause()
        assert [it.field(name).text for name in ("price", "amount", "total")] == ["", "", ""]
        assert "BTC" in it.text


async def test_a_blocked_ticket_says_why_and_submits_nothing() -> None:
    """The reason stands in the ticket, the button is off, Enter does nothing."""
    async with desk(blocked="the account is not live") as it:
        assert "No new orders: the account is not" in it.text
        assert it.ticket.query_one("#review", Button).disabled
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        await it.enter()
        assert it.requests == []
        it.ticket.show(context(), "")
        await it.pilot.pause()
        assert not it.ticket.query_one("#review", Button).disabled
        await it.enter()
        assert len(it.requests) == 1


async def test_without_an_account_nothing_is_submitted() -> None:
    """Before the account is known the ticket says so when asked."""
    async with desk(context(account_id=None)) as it:
        await it.type_in("price", "0.08")
        await it.type_in("amount", "1000")
        await it.enter()
        assert it.requests == []
        assert "the account is not known yet" in it.text


async def test_without_a_pair_the_ticket_is_empty_but_whole() -> None:
    """Nothing known yet: dashes, and typing breaks nothing."""
    ticket = OrderTicket()
    async with Host(ticket).run_test(size=(44, 26)) as pilot:
        ticket.show(None, "connecting")
        ticket.open_for(Side.BUY)
        await pilot.pause()
        await type_text(pilot, "1.5")
        await pilot.press("enter")
        assert "avail   —" in screen_text(pilot.app)


async def test_letters_in_a_field_are_text_and_foreign_text_is_no_markup() -> None:
    """Brackets typed or told show as they are."""
    async with desk(blocked="[/x] down") as it:
        it.field("price").take_focus()
        await it.pilot.press("b", "left_square_bracket")
        await it.pilot.pause()
        assert it.field("price").text == "b["
        await eventually(lambda: "[/x] down" in it.text)


@pytest.mark.parametrize(
    ("available", "shown"),
    [("9916.95400000", "9,916.95"), ("6894.3265", "6,894.32"), ("12.345678", "12.3456"), ("0.00000015", "0.00000015")],
)
async def test_what_is_available_is_shown_to_the_decimals_that_matter(available: str, shown: str) -> None:
    """After a fill eight decimals of money say nothing; it is cut, never rounded up, and little is not made none."""
    async with desk(context(quote=Balance("usdt", Decimal(available), Decimal(0)))) as it:
        assert f"avail   {shown} USDT" in it.text
