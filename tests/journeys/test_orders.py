"""A person trades: the whole program over real sockets, from the key press to the balance."""

from decimal import Decimal

from hbtui.model.order import OrderState, Side
from hbtui.ui.widgets.review import ReviewDialog
from tests.support.eventually import eventually
from tests.support.running import Running, running_program


async def open_limit_buy(running: Running, price: str, amount: str) -> None:
    """Type a limit buy and send it by the review's own key."""
    await running.press("b")
    await running.type(price)
    await running.press("tab")
    await running.type(amount)
    await running.press("enter")
    await running.shows("Review order", "BUY")
    await send(running)


async def send(running: Running) -> None:
    """Confirm the review, once it takes keys (one that was meant for the ticket must not send)."""
    await running.shows("Review order")

    async def is_sent() -> bool:
        # a machine that is busy may find the market stale for a moment: then the dialog takes no key, as it should
        if isinstance(running.app.screen, ReviewDialog) and not running.app.screen.query_one("#send").disabled:
            await running.press("y")
        return not isinstance(running.app.screen, ReviewDialog)

    await eventually(is_sent)


def resting_price(running: Running) -> Decimal:
    """A price a little under the best bid."""
    book = running.view.book.book
    assert book is not None
    assert book.best_bid is not None
    return (book.best_bid.price * Decimal("0.99")).quantize(running.view.instruments["dogeusdt"].tick_size)


async def test_a_limit_buy_rests_fills_and_moves_the_balance() -> None:
    """Buy limit → the row is open → the market comes down to it → filled → DOGE grew and USDT shrank, on the screen."""
    async with running_program() as (exchange, running):
        price = resting_price(running)
        before = running.held("doge")
        await open_limit_buy(running, format(price, "f"), "1000")
        await running.sees(lambda view: [order.state for order in view.orders.open] == [OrderState.SUBMITTED])
        await running.shows("BUY", "1,000", "open")
        reserved = running.held("usdt")
        assert reserved.frozen == price * 1000

        exchange.print_trade("dogeusdt", format(price * Decimal("0.99"), "f"), "100000")
        await running.sees(lambda view: not view.orders.open and view.orders.history)
        assert running.view.orders.history[0].state is OrderState.FILLED
        await running.sees(lambda _: running.held("doge").total == before.total + Decimal(998))
        await running.shows(f"{int(before.total + 998):,}")
        assert len(exchange.orders()) == 1


async def test_a_market_buy_spends_the_value_that_was_typed() -> None:
    """A market buy asks how much to spend, and spends no more than that."""
    async with running_program() as (exchange, running):
        before = running.held("usdt")
        await running.press("b", "shift+tab", "right")
        await running.shows("spend")
        await running.press("tab")
        await running.type("50")
        await running.press("enter")
        await running.shows("Review order", "50")
        await send(running)
        await running.sees(lambda view: view.orders.history)
        order = running.view.orders.history[0]
        assert (order.side, order.state) == (Side.BUY, OrderState.FILLED)
        await running.sees(lambda _: running.held("usdt").total < before.total)
        spent = before.total - running.held("usdt").total
        assert Decimal("49.9") < spent <= 50
        assert len(exchange.orders()) == 1


async def test_a_cancel_asks_once_and_ends_in_the_exchanges_word() -> None:
    """Cancel → a question that shows the order → the row leaves the open ones → the history says canceled."""
    async with running_program() as (exchange, running):
        await open_limit_buy(running, format(resting_price(running), "f"), "1000")
        await running.sees(lambda view: view.orders.open)
        await running.shows("Open 1")
        await running.press("c")  # what was just sent is selected
        await running.shows("Cancel", "1,000")
        await running.press("y")
        await running.sees(lambda view: not view.orders.open and view.orders.history)
        assert running.view.orders.history[0].state is OrderState.CANCELED
        await running.sees(lambda _: running.held("usdt").frozen == 0)
        assert [order["state"] for order in exchange.orders()] == ["canceled"]


async def test_a_reply_that_never_comes_is_uncertain_and_then_the_truth() -> None:
    """The POST is processed but never answered: the row says uncertain — not failed — and then what is true, once."""
    async with running_program() as (exchange, running):
        # nothing may tell the truth too early: neither the private stream nor the look-ups
        exchange.fault("orders", "withhold", times=None)
        exchange.fault("/v1/order", "drop-answer", times=None)
        await open_limit_buy(running, format(resting_price(running), "f"), "1000")
        await running.sees(lambda view: view.orders.uncertain)
        await running.shows("UNCERTAIN", "may be live")
        assert "failed" not in running.text().lower()
        exchange.clear_faults()
        await running.sees(lambda view: not view.orders.uncertain and view.orders.open, timeout_s=30)
        assert running.view.orders.open[0].state is OrderState.SUBMITTED
        await running.shows("Open 1", "open")
        assert len(exchange.orders()) == 1


async def test_two_confirming_keys_in_one_tick_send_one_order() -> None:
    """Auto-repeat on the confirming key makes one order."""
    async with running_program() as (exchange, running):
        await open_limit_buy(running, format(resting_price(running), "f"), "1000")
        await running.press("y", "y", "y")
        await running.sees(lambda view: view.orders.open)
        assert len(exchange.orders()) == 1
