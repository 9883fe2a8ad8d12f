"""The link breaks: what is old is seen to be old, nothing can be bought on it, and what was missed is fetched."""

from hbtui.model.events import Link, LinkState
from hbtui.model.order import OrderState
from tests.journeys.test_orders import open_limit_buy, resting_price
from tests.support.eventually import eventually
from tests.support.running import running_program


async def test_a_dropped_socket_is_seen_resynced_and_live_again() -> None:
    """Sockets drop and stay away → stale and reconnecting are seen, buying is off → they come back → live."""
    async with running_program() as (exchange, running):
        refusal = exchange.fault("ws", "refuse", times=None)
        feed_refusal = exchange.fault("feed", "refuse", times=None)
        exchange.close_sockets()
        await running.sees(lambda view: view.links[Link.MARKET].state is LinkState.RECONNECTING)
        await running.shows("reconnecting", "stale")
        assert running.view.candles.is_stale
        assert running.view.book.is_stale
        await eventually(lambda: refusal.struck and feed_refusal.struck, what="both refused at the door")
        exchange.clear_faults()
        await running.sees(
            lambda view: (
                all(link.state is LinkState.LIVE for link in view.links.values())
                and not (view.candles.is_stale or view.book.is_stale)
            ),
            timeout_s=40,
        )
        await running.shows("● live")
        assert "stale" not in running.text()


async def test_without_the_account_link_buying_is_off_and_cancelling_stays() -> None:
    """The private socket is away: Buy says why it will not, and a cancel still reaches the exchange."""
    async with running_program() as (exchange, running):
        await open_limit_buy(running, format(resting_price(running), "f"), "1000")
        await running.sees(lambda view: view.orders.open)
        exchange.fault("private", "refuse", times=None)
        exchange.close_sockets("private")
        await running.sees(lambda view: view.blocked)
        await running.shows("No new orders")
        await running.press("c")
        await running.shows("Cancel")
        await running.press("y")
        await running.sees(lambda view: not view.orders.open, timeout_s=30)
        assert [order["state"] for order in exchange.orders()] == ["canceled"]


async def test_what_happened_while_away_is_known_when_back() -> None:
    """A fill behind a broken private link is found by the resync, and the person is told how much changed."""
    async with running_program() as (exchange, running):
        price = resting_price(running)
        await open_limit_buy(running, format(price, "f"), "1000")
        await running.sees(lambda view: view.orders.open)
        exchange.fault("private", "refuse", times=2)
        exchange.close_sockets("private")
        exchange.print_trade("dogeusdt", format(price, "f"), "100000000")
        await running.sees(lambda view: not view.blocked and view.orders.history, timeout_s=40)
        assert running.view.orders.history[0].state is OrderState.FILLED
        await running.sees(lambda _: running.held("doge").total > 5900)
        await running.sees(lambda view: any("back after" in f"{one.title} {one.text}".lower() for one in view.notices))
