"""The review binds the order to what was displayed: phrases, the market, and hands that are too fast."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.events import Key, Paste
from textual.widgets import Button, Input

from hbtui.model.account import Account, Mode
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import Preview
from hbtui.trading.views import Finding, Severity, VenueView
from hbtui.ui.widgets.phrase import PhraseField
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.screens import USUAL, AppPilot, running_app, screen_text, type_text, widget_text
from tests.support.views import NOW_MS, book_view, instrument, live_view

CAP = Finding("MAX_ORDER_VALUE", "the order is worth 80 USDT: the limit is 50 USDT", Severity.ERROR, "", "80")
DOUBT = Finding("UNCERTAIN_PENDING", "another order may be live", Severity.ERROR, "", "buy 1 dogeusdt")
WALL = Finding("BALANCE", "80 USDT needed, 12 available", Severity.ERROR, "amount")
LIMIT = OrderRequest(
    account_id=4821, symbol="dogeusdt", side=Side.BUY, type=OrderType.LIMIT, amount=Decimal(1000), price=Decimal("0.08")
)
MARKET = replace(LIMIT, type=OrderType.MARKET, amount=Decimal(50), price=None)
PREVIEW = Preview(Decimal(80), Decimal(1000), Decimal(2), "doge", Decimal("1124.1"), "usdt")


class Review:
    """An open dialog over the trade screen, and what it answered."""

    def __init__(self, pilot: AppPilot, dialog: ReviewDialog, front: ScriptedFront) -> None:
        self.pilot = pilot
        self.dialog = dialog
        self.front = front
        self.answers: list[str | None] = []

    @property
    def text(self) -> str:
        """What a person sees, on one line."""
        return " ".join(widget_text(self.dialog.query_one("#review-box")).replace("│", " ").split())

    def can_send(self) -> bool:
        """Whether the button that sends is on."""
        return not self.dialog.query_one("#send", Button).disabled

    @property
    def typed(self) -> list[str]:
        """What stands in the fields for phrases."""
        return [field.value for field in self.dialog.query(Input)]

    async def armed(self) -> None:
        """Wait until keys and clicks count."""
        await eventually(lambda: self.dialog.is_armed, what="the quiet moment")
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def shows(self, words: str) -> None:
        """Wait until words are seen."""
        await eventually(lambda: words in self.text, what=f"{words} in {self.text}")

    def burst(self, text: str) -> None:
        """Send letters as a terminal does that does not mark a paste: all in one moment."""
        for letter in text:
            self.pilot.app.post_message(Key("enter" if letter == "\n" else letter, letter))

    def hold(self, key: str, times: int) -> None:
        """Send a key as a keyboard repeats it, thirty times a second, without waiting for it to be handled."""
        for number in range(times):
            repeated = Key(key, key)
            repeated.time -= (times - number) / 30
            self.pilot.app.post_message(repeated)


@asynccontextmanager
async def review(asked: OrderRequest = LIMIT, front: ScriptedFront | None = None) -> AsyncIterator[Review]:
    """Open a review on the running app."""
    front = front or ScriptedFront()
    async with running_app(front, USUAL) as pilot:
        dialog = ReviewDialog(front, asked, lambda: PREVIEW, instrument(), lambda: NOW_MS)
        it = Review(pilot, dialog, front)
        pilot.app.push_screen(dialog, it.answers.append)
        await eventually(lambda: pilot.app.screen is dialog and "best" in screen_text(pilot.app))
        await pilot.pause()
        yield it


# what is confirmed is what was displayed


async def test_the_confirmation_says_what_was_displayed_and_when() -> None:
    """Time, act, sentence, pair, side and the best opposite price go with the order."""
    async with review() as it:
        await it.armed()
        await it.press("y")
        (confirmation,) = it.front.confirmations
        assert confirmation is not None
        assert (confirmation.at_ms, confirmation.by, confirmation.allowed) == (NOW_MS, "key", frozenset())
        assert (confirmation.symbol, confirmation.side) == ("dogeusdt", Side.BUY)
        assert confirmation.reference == Decimal("0.08124")
        for words in (
            "BUY · DOGE/USDT · limit order", "amount 1,000 DOGE", "price 0.08 USDT", "total 80.00 USDT",
            "market best ask 0.081240 USDT", "DEMO: play money · 127.0.0.1:18080 · spot …4821",
        ):  # fmt: skip
            assert words in confirmation.shown


async def test_host_account_and_mode_stand_on_it() -> None:
    """The account is the one that the request names, with its kind and its end alone."""
    accounts = (Account(4821, "spot", "", "working"), Account(123477, "margin", "dogeusdt", "working"))
    venue = VenueView(Mode.LIVE, "api.huobi.pro", 4821)
    front = ScriptedFront(live_view(venue=venue, accounts=accounts))
    async with review(replace(LIMIT, account_id=123477, source="margin-api"), front) as it:
        assert "LIVE: real money · api.huobi.pro · isolated margin DOGE/USDT …3477" in it.text
        assert "123477" not in it.text


@pytest.mark.parametrize(
    ("operator", "words"),
    [("gte", "when the last price rises to 0.09 USDT"), ("lte", "when the last price falls to 0.09 USDT")],
)
async def test_a_stop_says_in_words_what_it_waits_for(operator: str, words: str) -> None:
    """No operator sign has to be understood."""
    asked = replace(LIMIT, type=OrderType.STOP_LIMIT, stop_price=Decimal("0.09"), stop_operator=operator)
    async with review(asked) as it:
        assert words in it.text
        assert "stop order: a limit order, once triggered" in it.text


async def test_self_match_prevention_is_said() -> None:
    """What was chosen small in the ticket is on the last look too."""
    async with review(replace(LIMIT, self_match_prevent=True)) as it:
        assert "limit order · self-match prevented" in it.text


# phrases


async def test_findings_show_their_codes() -> None:
    """A reason can be looked up, and given to a script's --allow, by its code."""
    async with review(front=ScriptedFront(findings=(CAP,))) as it:
        assert "✗ MAX_ORDER_VALUE: the order is worth 80 USDT" in it.text
        assert "to override MAX_ORDER_VALUE type: 80" in it.text


async def test_an_objection_is_overridden_by_its_phrase_and_by_nothing_else() -> None:
    """Y does nothing before; the phrase makes it alive; the code goes with the confirmation."""
    async with review(front=ScriptedFront(findings=(CAP,))) as it:
        await it.armed()
        assert not it.can_send()
        await type_text(it.pilot, "8")
        await it.press("enter")
        await it.armed()
        assert not it.can_send()
        await it.press("0", "enter")
        await it.armed()
        assert it.can_send()
        assert "✓ MAX_ORDER_VALUE is overridden by what you typed" in it.text
        await it.press("y")
        (confirmation,) = it.front.confirmations
        assert confirmation is not None
        assert confirmation.allowed == {"MAX_ORDER_VALUE"}
        assert "MAX_ORDER_VALUE: the order is worth 80 USDT" in confirmation.shown


@pytest.mark.parametrize("typed", ["", "81", "8 0", "80x", "880"])
async def test_another_phrase_overrides_nothing(typed: str) -> None:
    """Only exactly the phrase counts, blanks around it aside."""
    async with review(front=ScriptedFront(findings=(CAP,))) as it:
        await it.armed()
        await type_text(it.pilot, typed)
        it.dialog.query_one("#back").focus()
        await it.armed()
        assert not it.can_send()
        await it.press("y")
        assert it.front.placed == []


async def test_every_objection_wants_its_own_phrase() -> None:
    """Enter goes from one field to the next; one phrase is not enough for two."""
    async with review(front=ScriptedFront(findings=(CAP, DOUBT))) as it:
        await it.armed()
        await type_text(it.pilot, " 80 ")
        await it.press("enter")
        await it.armed()
        assert not it.can_send()
        await type_text(it.pilot, "buy 1 dogeusdt")
        await it.press("enter")
        await it.armed()
        await it.press("y")
        (confirmation,) = it.front.confirmations
        assert confirmation is not None
        assert confirmation.allowed == {"MAX_ORDER_VALUE", "UNCERTAIN_PENDING"}


async def test_a_phrase_that_is_spoilt_again_stops_counting() -> None:
    """What stands in the field counts, not what once stood there."""
    async with review(front=ScriptedFront(findings=(CAP,))) as it:
        await it.armed()
        await type_text(it.pilot, "80")
        await it.armed()
        assert it.can_send()
        await it.press("y")
        assert it.typed == ["80y"]
        assert it.front.placed == []
        await it.armed()
        assert not it.can_send()


async def test_no_phrase_opens_what_nothing_overrides() -> None:
    """Where one reason forbids for good, no field is offered for the others."""
    async with review(front=ScriptedFront(findings=(CAP, WALL))) as it:
        await it.armed()
        assert it.typed == []
        assert "This order cannot be sent." in it.text
        await it.press("y")
        assert it.front.placed == []


async def test_the_dialog_follows_the_gate_while_it_is_open() -> None:
    """A reason that comes up is shown by itself, and one that goes frees the order, each after a quiet moment."""
    async with review() as it:
        await it.armed()
        it.front.findings = (WALL,)
        await it.shows("✗ BALANCE: 80 USDT needed")
        await it.armed()
        assert not it.can_send()
        it.front.findings = ()
        await eventually(it.can_send)
        await it.press("y")
        assert len(it.front.placed) == 1


async def test_another_phrase_than_the_one_typed_has_to_be_typed_anew() -> None:
    """The doubt is another order by now: what was typed named the one before."""
    async with review(front=ScriptedFront(findings=(DOUBT,))) as it:
        await it.armed()
        await type_text(it.pilot, "buy 1 dogeusdt")
        await it.press("enter")
        await it.armed()
        assert it.can_send()
        it.front.findings = (replace(DOUBT, phrase="buy 7 dogeusdt"),)
        await it.shows("type: buy 7 dogeusdt")
        await it.armed()
        assert not it.can_send()
        assert it.typed == [""]


# I1, I2, I5, I6 of the fault catalogue


async def test_i1_a_held_y_and_a_doubled_enter_send_one_order() -> None:
    """However often a key repeats, before or after the dialog listens, one confirmation makes one order."""
    async with review() as it:
        it.dialog._listen_later()  # however long it took to get here
        it.hold("y", 20)
        await it.pilot.pause()
        assert it.front.placed == []
        await it.armed()
        it.hold("y", 5)
        await eventually(lambda: len(it.answers) == 1)
        await it.pilot.pause()
        assert len(it.front.placed) == 1


@pytest.mark.parametrize("text", ["80", "80\n", "80\ny"])
async def test_i2_a_phrase_cannot_be_pasted(text: str) -> None:
    """Bracketed, unbracketed, or from the program's own clipboard: the field stays empty and nothing is sent."""
    async with review(front=ScriptedFront(findings=(CAP,))) as it:
        await it.armed()
        it.dialog.query_one(Input).post_message(Paste(text))
        await it.pilot.pause()
        assert it.typed == [""]
        it.burst(text)
        await it.pilot.pause()
        assert it.typed == [""]
        it.pilot.app.copy_to_clipboard("80")
        await it.press("ctrl+v")
        assert it.typed == [""]
        await it.armed()
        assert not it.can_send()
        assert it.front.placed == []
        assert it.pilot.app.screen is it.dialog


async def test_i2_a_paste_into_the_review_sends_nothing() -> None:
    """An armed review does not take a y out of a paste."""
    async with review() as it:
        await it.armed()
        it.burst("xxyyy\ny")
        it.dialog.post_message(Paste("y\n"))
        await it.pilot.pause()
        assert it.front.placed == []
        assert it.answers == []


@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.IOC, OrderType.FOK])
async def test_i5_a_market_that_moved_wants_a_fresh_look(kind: OrderType) -> None:
    """More than 1 % from what was displayed: it says so, y is dead, r shows the new price, and only then y sends."""
    asked = replace(LIMIT, type=kind) if kind.has_price else MARKET
    async with review(asked) as it:
        await it.armed()
        it.front.change(book=book_view(last="0.0894"))
        await it.press("y")
        assert it.front.placed == []
        await it.shows("the best ask was 0.081240 when you looked and has moved ▲ 10.06%: look again before you send")
        await it.armed()
        assert not it.can_send()
        await it.press("y")
        assert it.front.placed == []
        await it.press("r")
        await it.armed()
        assert "look again before" not in it.text
        assert "best ask 0.089410 USDT" in it.text
        await it.press("y")
        (confirmation,) = it.front.confirmations
        assert confirmation is not None
        assert confirmation.reference == Decimal("0.08941")


async def test_i5_a_market_that_came_back_still_wants_a_fresh_look() -> None:
    """What was seen meanwhile may have been believed."""
    async with review(MARKET) as it:
        await it.armed()
        it.front.change(book=book_view(last="0.0894"))
        await it.shows("look again before you send")
        it.front.change(book=book_view())
        await it.shows("has moved 0.00%: look again before you send")
        await it.armed()
        await it.press("y")
        assert it.front.placed == []


async def test_i5_a_small_move_and_a_resting_order_go_on() -> None:
    """Within 1 % y sends at the price displayed last; a limit order is bound to its own price."""
    async with review(MARKET) as it:
        await it.armed()
        it.front.change(book=book_view(last="0.0815"))
        await it.shows("best ask 0.081510 USDT")
        await it.armed()
        await it.press("y")
        (confirmation,) = it.front.confirmations
        assert confirmation is not None
        assert confirmation.reference == Decimal("0.08151")
    async with review(LIMIT) as other:
        await other.armed()
        other.front.change(book=book_view(last="0.0894"))
        await other.press("y")
        assert len(other.front.placed) == 1


async def test_i6_a_click_right_after_a_change_does_nothing() -> None:
    """The button that moved under the pointer is not what the person meant to press."""
    async with review() as it:
        await it.armed()
        it.front.findings = (Finding("PRICE_COLLAR", "far from the market", Severity.WARNING),)
        await it.shows("! PRICE_COLLAR")
        await it.pilot.click("#send")
        assert it.front.placed == []
        assert it.pilot.app.screen is it.dialog
        await it.armed()
        await it.pilot.click("#send")
        await eventually(lambda: len(it.front.placed) == 1)


async def test_foreign_words_in_findings_and_phrases_are_no_markup() -> None:
    """Brackets are shown, and the phrase can be typed as it stands."""
    odd = Finding("[/x]", "[bold]loud[/bold] [/", Severity.ERROR, "", "[/y]")
    async with review(front=ScriptedFront(findings=(odd,))) as it:
        assert "✗ [/x]: [bold]loud[/bold] [/" in it.text
        assert "type: [/y]" in it.text
        it.dialog.query_one(PhraseField).query_one(Input).value = "[/y]"
        await it.pilot.pause()
        assert "✓ [/x] is overridden" in it.text
