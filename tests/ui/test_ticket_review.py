"""The review: everything that the order is, and one act that sends it, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Button

from hbtui.model.account import Mode
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import Preview
from hbtui.trading.views import Finding, Severity, VenueView
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.eventually import eventually
from tests.support.front import ScriptedFront
from tests.support.host import Host
from tests.support.screens import screen_text
from tests.support.views import NOW_MS, instrument, live_view

WARNING = Finding("COLLAR", "2.1 % above the middle of the book", Severity.WARNING, "price")
ERROR = Finding("BALANCE", "more than is available", Severity.ERROR, "amount")


def request(**changes: object) -> OrderRequest:
    """A limit buy of 1,000 DOGE, with some parts changed."""
    made = OrderRequest(
        account_id=4821,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        amount=Decimal(1000),
        price=Decimal("0.08"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the callers name fields


PREVIEW = Preview(Decimal(80), Decimal(1000), Decimal(2), "doge", Decimal("1124.1"), "usdt")


class Review:
    """An open dialog, the front behind it, and its answer."""

    def __init__(self, pilot: Pilot[None], dialog: ReviewDialog, front: ScriptedFront) -> None:
        self.pilot = pilot
        self.dialog = dialog
        self.front = front
        self.answers: list[str | None] = []

    @property
    def text(self) -> str:
        """What a person sees of it."""
        return screen_text(self.pilot.app)

    @property
    def send(self) -> Button:
        """The button that sends."""
        return self.dialog.query_one("#send", Button)

    async def armed(self) -> None:
        """Wait until keys and clicks count."""
        await eventually(lambda: self.dialog.is_armed, what="the quiet moment")

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def review(
    asked: OrderRequest | None = None,
    front: ScriptedFront | None = None,
    preview: Preview = PREVIEW,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Review]:
    """Open a review."""
    front = front or ScriptedFront()
    app = Host()
    async with app.run_test(size=size, notifications=True) as pilot:
        dialog = ReviewDialog(front, asked or request(), lambda: preview, instrument(), lambda: NOW_MS)
        it = Review(pilot, dialog, front)
        app.push_screen(dialog, it.answers.append)
        await eventually(lambda: app.screen is dialog and dialog.query("#send") and dialog._quiet is not None)
        await pilot.pause()
        await pilot.pause()
        yield it


async def test_the_whole_order_is_shown() -> None:
    """Side, pair, type, amount, price, total, fee, what is left, and where it goes."""
    async with review() as it:
        for words in (
            "BUY", "DOGE/USDT", "limit order", "amount  1,000 DOGE", "price   0.08 USDT", "total   80.00 USDT",
            "fee     ≈ 2.00 DOGE", "left    1,124.10 USDT", "DEMO: play money · 127.0.0.1:18080 · spot …4821",
        ):  # fmt: skip
            assert words in it.text


@pytest.mark.parametrize(("mode", "words"), [(Mode.LIVE, "LIVE: real money"), (Mode.PAPER, "PAPER: play money")])
async def test_the_stake_is_said_in_words(mode: Mode, words: str) -> None:
    """Real money is called real money; only the end of the account's number is shown."""
    front = ScriptedFront(live_view(venue=VenueView(mode, "api.huobi.pro", 123456789)))
    async with review(request(account_id=123456789), front) as it:
        assert f"{words} · api.huobi.pro · spot …6789" in it.text
        assert "123456789" not in it.text


async def test_every_digit_of_the_request_is_shown() -> None:
    """Nothing is rounded where it will be sent."""
    asked = request(amount=Decimal("1234567.89"), price=Decimal("0.080001"))
    async with review(asked) as it:
        assert "1,234,567.89 DOGE" in it.text
        assert "0.080001 USDT" in it.text


async def test_a_market_buy_is_said_to_spend() -> None:
    """The value in USDT, and about what it gets."""
    asked = request(type=OrderType.MARKET, amount=Decimal(50), price=None)
    async with review(asked, preview=Preview(Decimal(50), Decimal("615.4"), Decimal("1.23"), "doge")) as it:
        assert "spend   50 USDT" in it.text
        assert "get     ≈ 615.40 DOGE" in it.text
        assert "market order" in it.text
        assert "left    —" in it.text


async def test_a_market_sell_says_that_the_book_decides_the_price() -> None:
    """No price is invented."""
    asked = request(side=Side.SELL, type=OrderType.MARKET, amount=Decimal(50), price=None)
    async with review(asked, preview=Preview(Decimal("4.06"), Decimal(50), None, "usdt")) as it:
        assert "SELL" in it.text
        assert "price   whatever the book pays" in it.text
        assert "fee     —" in it.text


async def test_it_starts_on_back_and_y_sends() -> None:
    """The harmless button has the focus; the answer is the client order id."""
    async with review() as it:
        focused = it.dialog.focused
        assert focused is not None
        assert focused.id == "back"
        await it.armed()
        await it.press("y")
        assert it.front.placed == [request()]
        assert it.answers == ["hb1D0000000000000000000000000101"]


async def test_two_keys_in_one_tick_send_once() -> None:
    """A doubled y, and a doubled Enter on the button, reach the desk once."""
    for keys in (["y", "y"], ["y", "y", "y", "y", "y"]):
        async with review() as it:
            await it.armed()
            for key in keys:
                it.pilot.app.post_message(Key(key, key))
            await it.pilot.pause()
            await eventually(lambda: len(it.answers) == 1)
            assert len(it.front.placed) == 1
    async with review() as other:
        await other.armed()
        other.send.focus()
        for _ in range(3):
            other.pilot.app.post_message(Key("enter", None))
        await eventually(lambda: len(other.answers) == 1)
        assert len(other.front.placed) == 1


async def test_keys_and_clicks_right_after_opening_do_nothing() -> None:
    """A held Enter, an early y and a click-through send nothing and close nothing."""
    async with review() as it:
        it.dialog._listen_later()  # however long it took to get here
        assert not it.dialog.is_armed
        for key in ("y", "enter", "y", "enter"):
            it.pilot.app.post_message(Key(key, None))
        it.dialog.post_message(Button.Pressed(it.send))
        await it.pilot.pause()
        assert it.front.placed == []
        assert it.answers == []
        assert it.pilot.app.screen is it.dialog
        await it.armed()
        await it.press("y")
        assert len(it.front.placed) == 1


async def test_a_key_that_comes_too_early_starts_the_quiet_moment_anew() -> None:
    """Auto-repeat can last as long as it likes: it never arms the dialog by itself."""
    async with review() as it:
        await it.armed()
        it.dialog._listen_later()
        first = it.dialog._quiet
        await it.press("y")
        assert it.dialog._quiet is not first
        assert it.front.placed == []


@pytest.mark.parametrize("key", ["escape", "n", "enter"])
async def test_going_back_sends_nothing(key: str) -> None:
    """Escape, n, or Enter on the focused Back."""
    async with review() as it:
        await it.armed()
        await it.press(key)
        await eventually(lambda: it.answers == [None])
        assert it.front.placed == []


async def test_a_click_on_the_button_sends() -> None:
    """The mouse works too, once the button is on."""
    async with review() as it:
        await it.armed()
        await it.pilot.click("#send")
        await eventually(lambda: len(it.answers) == 1)
        assert len(it.front.placed) == 1


async def test_warnings_are_listed_and_do_not_block() -> None:
    """A warning is said in words; sending stays possible."""
    async with review(front=ScriptedFront(findings=(WARNING,))) as it:
        assert "! COLLAR: 2.1 % above the middle of the book" in it.text
        await it.armed()
        await it.press("y")
        assert len(it.front.placed) == 1


async def test_errors_are_listed_and_block() -> None:
    """The button is off, y does nothing, and the reason stands there."""
    async with review(front=ScriptedFront(findings=(WARNING, ERROR))) as it:
        await it.armed()
        assert "✗ BALANCE: more than is available" in it.text
        assert "This order cannot be sent." in it.text
        assert it.send.disabled
        await it.press("y")
        assert it.front.placed == []


async def test_what_changed_since_it_was_shown_is_shown_before_it_is_sent() -> None:
    """The confirmation is bound to what was displayed: a new warning asks for a new y."""
    async with review() as it:
        await it.armed()
        it.front.findings = (WARNING,)
        await it.press("y")
        assert it.front.placed == []
        assert "2.1 % above the middle" in it.text
        assert not it.dialog.is_armed
        await it.armed()
        await it.press("y")
        assert len(it.front.placed) == 1


async def test_what_the_desk_denies_is_said_and_nothing_is_lost() -> None:
    """A denial between check and place shows its reasons; once they are gone the order can be sent."""
    front = ScriptedFront()
    async with review(front=front) as it:
        await it.armed()
        it.dialog._findings = (ERROR,)
        front.findings = (ERROR,)
        it.dialog._send()
        await it.pilot.pause()
        assert "✗ BALANCE: more than is available" in it.text
        assert it.answers == []
        front.findings = ()
        it.dialog._show_findings(())
        await it.armed()
        await it.press("y")
        assert len(front.placed) == 1


@pytest.mark.parametrize("size", [(50, 12), (30, 14), (20, 6)])
async def test_an_order_that_cannot_be_seen_whole_is_not_sent(size: tuple[int, int]) -> None:
    """On a terminal that cuts the review, y says so instead of sending; enlarged, it sends."""
    async with review(front=ScriptedFront(findings=(WARNING,)), size=size) as it:
        await it.armed()
        await it.press("y")
        assert it.front.placed == []
        await it.pilot.resize_terminal(80, 30)
        await it.armed()
        await it.press("y")
        assert len(it.front.placed) == 1


async def test_foreign_text_is_no_markup() -> None:
    """Brackets from a finding or a host show as they are."""
    bad = Finding("X", "[/x] [bold]loud[/bold]", Severity.WARNING)
    front = ScriptedFront(live_view(venue=VenueView(Mode.DEMO, "[/host]", 1)), (bad,))
    async with review(front=front) as it:
        assert "[/x] [bold]loud[/bold]" in it.text
        assert "[/host]" in it.text
