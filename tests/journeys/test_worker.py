"""The worker: requests are signed and sent off the interface's thread, and what comes back reaches the screen."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import FrameType

from tests.journeys.test_orders import open_limit_buy, resting_price
from tests.support.eventually import eventually
from tests.support.running import running_program
from tests.support.screens import widget_text


@contextmanager
def calls_seen(*names: str) -> Iterator[dict[str, set[int]]]:
    """Note on which threads functions of these qualified names are called, without replacing any of them."""
    seen: dict[str, set[int]] = {name: set() for name in names}

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_qualname
        if event == "call" and name in seen:
            seen[name].add(threading.get_ident())

    threading.setprofile(note)  # for threads that start from now on; the interface's own is the one that runs
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def test_signing_and_posting_run_on_another_thread_than_the_interface() -> None:
    """Every signature and every POST of an order is made on the engine's thread, none on the interface's."""
    with calls_seen("Signer._signature", "HtxExchange.place", "OrderCommands.place") as seen:
        async with running_program() as (exchange, running):
            interface = threading.get_ident()
            await open_limit_buy(running, format(resting_price(running), "f"), "1000")
            await running.sees(lambda view: view.orders.open)
            assert len(exchange.orders()) == 1
    assert seen["Signer._signature"]
    assert seen["OrderCommands.place"] | seen["HtxExchange.place"]
    assert interface not in set().union(*seen.values())


async def test_one_kline_tick_changes_sparkline_chart_and_price() -> None:
    """One trade at a new price: the header's price and sparkline and the chart's cells all change."""
    async with running_program() as (exchange, running):
        screen = running.app.screen
        header, chart = screen.query_one("#header"), screen.query_one("#chart")
        await running.shows("● live")
        before = widget_text(header), widget_text(chart)
        price = (exchange.last_price("dogeusdt") * Decimal("1.01")).quantize(Decimal("0.000001"))
        exchange.print_trade("dogeusdt", format(price, "f"), "1000", "buy")
        await running.sees(lambda view: view.candles.candles[-1].close == price)
        await eventually(lambda: f"{price:,}" in widget_text(header), what="the price in the header")
        await eventually(lambda: sparkline(widget_text(header)) != sparkline(before[0]), what="another sparkline")
        await eventually(lambda: f"{price:,}" in widget_text(chart) != before[1], what="the price on the chart")


async def test_one_fill_changes_the_balances_cells() -> None:
    """One fill: the cells of both currencies change on the screen."""
    async with running_program() as (exchange, running):
        price = resting_price(running)
        await open_limit_buy(running, format(price, "f"), "1000")
        await running.shows("Open 1")
        await running.sees(lambda _: running.held("usdt").frozen > 0)
        await running.shows("frozen")
        balances = running.app.screen.query_one("#balances")
        before = widget_text(balances)
        exchange.print_trade("dogeusdt", format(price * Decimal("0.99"), "f"), "100000000")
        await running.sees(lambda _: running.held("doge").total == Decimal(5998))
        await running.shows("5,998")
        after = widget_text(balances)
        assert row(before, "DOGE") != row(after, "DOGE")
        assert "frozen" not in after


def sparkline(text: str) -> str:
    """Cut the sparkline's cells out of the header."""
    return "".join(char for char in text if char in "▁▂▃▄▅▆▇█")


def row(text: str, currency: str) -> str:
    """Cut one currency's line out of the balances."""
    return next(line for line in text.splitlines() if currency in line)
