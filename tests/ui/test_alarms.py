"""The header and the lines below it: who may trade, what is in doubt, what is stopped; and never as markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from hbtui.model.account import Account
from hbtui.model.order import OrderState
from hbtui.trading.views import Finding, OrdersView, Severity, SwitchView, View
from hbtui.ui.accounts import account_name, account_of, account_words
from hbtui.ui.widgets.alarms import HALTED, is_read_only
from hbtui.ui.widgets.ticket_foot import findings_words
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import NARROW, USUAL, asked, running_app, screen_text
from tests.support.views import instrument, live_view, order

HELD = "nothing can be written down: Another hbtui (process 4711) holds this account."


def doubts(number: int) -> View:
    """A view with so many uncertain orders."""
    made = tuple(order(each, state=OrderState.UNCERTAIN, order_id=None) for each in range(number))
    return live_view(orders=OrdersView(uncertain=made, is_known=True))


@pytest.mark.parametrize("size", [NARROW, USUAL])
async def test_a_second_terminal_is_read_only_and_says_who_holds_the_account(size: tuple[int, int]) -> None:
    """Beside the mode, and in a line with the holder; cancelling stays."""
    front = ScriptedFront(live_view(blocked=HELD))
    async with running_app(front, size) as pilot:
        await eventually(lambda: "DEMO   READ-ONLY" in screen_text(pilot.app))
        assert "READ-ONLY: Another hbtui (process 4711) holds this account" in screen_text(pilot.app)
        await pilot.press("C")
        await asked(pilot)
        await pilot.press("C")
        await pilot.pause()
        assert front.cancelled_all == [None]
        front.change(blocked="")
        await eventually(lambda: "READ-ONLY" not in screen_text(pilot.app))


@pytest.mark.parametrize(
    "words",
    ["Another hbtui holds the journal /x: end it first.", "Another program holds the journal /x", "read-only start"],
)
def test_every_way_to_say_that_the_account_is_held_counts(words: str) -> None:
    """Whoever holds it."""
    assert is_read_only(live_view(blocked=words))
    assert not is_read_only(live_view(blocked="the market data is not live"))


@pytest.mark.parametrize(("size", "words"), [((60, 18), "?2"), (NARROW, "? 2 uncertain"), (USUAL, "? 2 uncertain")])
async def test_the_header_counts_the_doubts(size: tuple[int, int], words: str) -> None:
    """At every width, and gone when they are settled."""
    front = ScriptedFront(doubts(2))
    async with running_app(front, size) as pilot:
        await eventually(lambda: words in screen_text(pilot.app).splitlines()[0])
        front.change(orders=OrdersView(is_known=True))
        await eventually(lambda: "?" not in screen_text(pilot.app).splitlines()[0])


async def test_halted_read_only_and_a_failing_switch_have_a_line_each() -> None:
    """None hides another."""
    view = live_view(is_halted=True, blocked=HELD, switch=SwitchView(timeout_s=30, failures=1))
    async with running_app(ScriptedFront(view)) as pilot:
        lines = screen_text(pilot.app).splitlines()[1:4]
        assert [line.strip()[:12] for line in lines] == [HALTED[:12], "READ-ONLY: A", "Dead man's s"]


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30))
def test_no_word_from_outside_is_ever_markup(text: str) -> None:
    """Whatever the gate or the venue says stands there letter by letter, without a style of its own."""
    said = findings_words((Finding("CODE", text, Severity.WARNING),))
    assert said.plain == f"! CODE: {text}"
    assert len(said.spans) <= 1
    assert Content(text).plain == text


@pytest.mark.parametrize(
    ("account", "words", "name"),
    [
        (None, "spot …4821", ""),
        (Account(4821, "spot", "", "working"), "spot …4821", "Spot"),
        (Account(4821, "margin", "dogeusdt", "working"), "isolated margin DOGE/USDT …4821", "Isolated"),
        (Account(4821, "margin", "btcusdt", "working"), "isolated margin BTCUSDT …4821", "Isolated"),
        (Account(4821, "super-margin", "", "working"), "cross margin …4821", "Cross"),
        (Account(4821, "grid", "", "working"), "grid …4821", "grid"),
    ],
)
def test_accounts_have_names(account: Account | None, words: str, name: str) -> None:
    """Only the end of the number is shown; an unknown kind keeps the venue's word."""
    assert account_words(4821, account, instrument()) == words
    assert account is None or account_name(account) == name
    assert account_words(None) == "spot —"


def test_an_account_is_found_by_its_number() -> None:
    """Or it is not."""
    one = Account(77, "margin", "dogeusdt", "working")
    assert account_of(live_view(accounts=(one,)), 77) == one
    assert account_of(live_view(), 77) is None
