"""The ticket for every type and account: the fields that are needed and no others, caps and findings in words."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from types import MappingProxyType

import pytest
from textual.message import Message
from textual.pilot import Pilot

from hbtui.model.account import Account, Balance
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import TicketContext, fields_of
from hbtui.trading.views import Caps, Finding, Severity
from hbtui.ui.screens.parts import ticket_context
from hbtui.ui.widgets.figures import caps_words
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.ticket import OrderTicket
from hbtui.ui.widgets.ticket_foot import findings_words
from hbtui.ui.widgets.ticket_form import MEANING, TYPE_WORDS
from tests.support.host import Host
from tests.support.screens import screen_text, type_text
from tests.support.views import live_view

SPOT = Account(4821, "spot", "", "working")
ISOLATED = Account(77, "margin", "dogeusdt", "working")
CROSS = Account(99, "super-margin", "", "working")
FOREIGN = Account(78, "margin", "btcusdt", "working")
HOLDINGS = MappingProxyType({77: (Balance("usdt", Decimal(55), Decimal(0)),)})
CAPS = Caps(order_value=Decimal(100), open_value=Decimal(500), session_value=Decimal(2000))
CAP = Finding("MAX_ORDER_VALUE", "worth 120 USDT", Severity.ERROR, "", "120")


def known(*accounts: Account) -> TicketContext:
    """What the ticket is read against."""
    context = ticket_context(live_view(accounts=accounts, holdings=HOLDINGS))
    assert context is not None
    return context


class Desk:
    """A mounted ticket and what it submitted."""

    def __init__(self, ticket: OrderTicket, pilot: Pilot[None], posted: list[Message]) -> None:
        self.ticket = ticket
        self.pilot = pilot
        self._posted = posted

    @property
    def requests(self) -> list[OrderRequest]:
        """The sound requests, in order."""
        found = {id(each): each.request for each in self._posted if isinstance(each, OrderTicket.Submitted)}
        return list(found.values())

    @property
    def text(self) -> str:
        """What a person sees, on one line."""
        return " ".join(screen_text(self.pilot.app).split())

    async def choose(self, bar: str, name: str) -> None:
        """Choose a word of a bar."""
        self.ticket.query_one(f"#{bar}", WordBar).choose(name)
        await self.pilot.pause()

    async def fill(self, **fields: str) -> None:
        """Type into fields."""
        for name, text in fields.items():
            self.ticket.query_one(f"#{name}-input").focus()
            await type_text(self.pilot, text)
        await self.pilot.pause()

    def shown(self) -> set[str]:
        """The fields that are displayed."""
        names = {"stop_price", "price", "amount", "total"}
        found = {name for name in names if self.ticket.query_one(f"#{name}").display}
        return found | ({"stop_operator"} if self.ticket.query_one("#operator").display else set())


@asynccontextmanager
async def desk(
    *accounts: Account, caps: Caps = CAPS, findings: Sequence[Finding] = (), size: tuple[int, int] = (44, 40)
) -> AsyncIterator[Desk]:
    """Mount a ticket that knows a market."""
    ticket = OrderTicket(id="ticket")
    posted: list[Message] = []
    async with Host(ticket).run_test(size=size, message_hook=posted.append) as pilot:
        ticket.show(known(*accounts), "", caps, lambda _: findings)
        await pilot.pause()
        yield Desk(ticket, pilot, posted)


async def test_each_type_shows_the_fields_that_it_needs_and_no_others() -> None:
    """Stop price and operator for stops alone; for each type on each side."""
    async with desk() as it:
        for side in Side:
            it.ticket.side = side
            for kind in OrderType:
                await it.choose("type", kind.value)
                assert it.shown() == set(fields_of(kind, side)), (side, kind)


def test_each_type_has_a_word_and_a_meaning() -> None:
    """None is left out of the choice."""
    assert set(TYPE_WORDS) == set(MEANING) == set(OrderType)
    assert len(set(TYPE_WORDS.values())) == len(OrderType)


@pytest.mark.parametrize("kind", [OrderType.STOP_LIMIT, OrderType.STOP_LIMIT_FOK])
@pytest.mark.parametrize(("operator", "stop"), [("gte", "0.09"), ("lte", "0.07")])
async def test_a_stop_order_is_said_in_words_and_reaches_the_request(kind: OrderType, operator: str, stop: str) -> None:
    """When the last price rises to, or falls to; the operator that was chosen stands."""
    async with desk() as it:
        await it.choose("type", kind.value)
        await it.fill(stop_price=stop, price=stop, amount="1000")
        await it.choose("operator", operator)
        assert "order when the last price rises to falls to stop" in it.text
        await it.pilot.press("enter")
        await it.pilot.pause()
        (request,) = it.requests
        assert (request.type, request.stop_price, request.stop_operator) == (kind, Decimal(stop), operator)


@pytest.mark.parametrize(("stop", "operator"), [("0.07", "lte"), ("0.09", "gte")])
async def test_the_operator_follows_where_the_stop_price_lies(stop: str, operator: str) -> None:
    """Below the last price it has to fall, above it has to rise; the words show which."""
    async with desk() as it:
        await it.choose("type", "stop-limit")
        await it.fill(stop_price=stop)
        assert it.ticket.query_one("#operator", WordBar).chosen == operator


async def test_an_account_can_be_chosen_only_where_there_is_a_choice() -> None:
    """Spot alone, or margin of another pair: no choice is shown."""
    for accounts in ((), (SPOT,), (SPOT, FOREIGN)):
        async with desk(*accounts) as it:
            assert not it.ticket.query_one("#account-row").display


async def test_an_order_from_a_margin_account_names_it_and_counts_its_money() -> None:
    """Account id and source reach the request; what is available is what that account holds, or not known."""
    async with desk(SPOT, ISOLATED, CROSS, FOREIGN) as it:
        assert "account Spot Isolated Cross" in it.text
        assert "avail 1,204.10 USDT" in it.text
        await it.choose("account", "77")
        assert "avail 55.00 USDT" in it.text
        await it.fill(price="0.08", amount="500")
        await it.pilot.press("enter")
        await it.pilot.pause()
        (request,) = it.requests
        assert (request.account_id, request.source) == (77, "margin-api")
        await it.choose("account", "99")
        assert "avail —" in it.text
        assert it.ticket.form.amount == ""


async def test_an_account_of_the_pair_before_is_not_kept() -> None:
    """Another symbol, another margin account: the choice goes back to spot."""
    async with desk(SPOT, ISOLATED) as it:
        await it.choose("account", "77")
        it.ticket.show(known(SPOT, CROSS), "", CAPS)
        await it.pilot.pause()
        assert it.ticket.form.account_id is None
        assert it.ticket.query_one("#account", WordBar).chosen == "4821"


async def test_self_match_prevention_is_a_choice_and_reaches_the_request() -> None:
    """Allowed by default, as at the exchange; it stays chosen for the next order."""
    async with desk() as it:
        for chosen in ("no", "yes"):
            await it.choose("self-match", chosen)
            await it.fill(price="0.08", amount="500")
            await it.pilot.press("enter")
            await it.pilot.pause()
            it.ticket.clear()
        assert [each.self_match_prevent for each in it.requests] == [False, True]


async def test_caps_stand_on_the_ticket() -> None:
    """One line, in words where there is room."""
    async with desk(size=(60, 40)) as it:
        assert "caps 100 an order · 500 open · 2,000 a day" in it.text
    async with desk(caps=Caps()) as other:
        assert "caps" not in other.text


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (50, "caps 100 an order · 500 open · 2,000 a day"),
        (32, "caps 100 · open 500 · day 2,000"),
        (24, "caps 100 · 500 · 2K"),
    ],
)
def test_caps_shorten_and_are_never_cut(width: int, words: str) -> None:
    """A number in two pieces would be another number."""
    assert caps_words(CAPS, width) == words
    assert caps_words(Caps(open_value=Decimal("500.5")), 50) == "caps 500.5 open"
    assert caps_words(Caps(), 50) == ""


async def test_findings_stand_on_the_ticket_with_their_codes() -> None:
    """The gravest first, and how many more the review has; only for a sound request."""
    warning = Finding("PRICE_COLLAR", "[/x] far from the market", Severity.WARNING)
    async with desk(findings=(warning, CAP)) as it:
        assert "MAX_ORDER_VALUE" not in it.text
        await it.fill(price="0.08", amount="1000")
        assert "✗ MAX_ORDER_VALUE: worth 120 USDT · 1 more in the review" in it.text
    assert findings_words((warning,)).plain == "! PRICE_COLLAR: [/x] far from the market"
    wall = Finding("BALANCE", "too little", Severity.ERROR)
    assert findings_words((CAP, wall)).plain == "✗ BALANCE: too little · 1 more in the review"
    assert findings_words(()).plain == ""


async def test_a_bar_with_two_lines_lays_its_words_out_and_takes_clicks_on_both() -> None:
    """What does not fit stands on the next line, and is chosen there."""
    bar = WordBar({name: name for name in ("limit", "market", "stop", "fok")}, line="")
    bar.styles.height = 2
    async with Host(bar).run_test(size=(16, 4)) as pilot:
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[:2] == [" limit  market", " stop  fok"]
        await pilot.click(WordBar, offset=(8, 1))
        assert bar.chosen == "fok"
        await pilot.click(WordBar, offset=(9, 0))
        assert bar.chosen == "market"
