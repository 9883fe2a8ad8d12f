"""Reading the account's orders afresh."""

import pytest

from hbtui.model.errors import NetworkError
from hbtui.model.order import OrderState
from hbtui.trading.resync import Resync
from hbtui.trading.tracker import OrderTracker
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import ACCOUNT_ID, fill, report
from tests.support.virtual_clock import VirtualClock


class Reading:
    """A resync on an exchange of plain values."""

    def __init__(self) -> None:
        self.exchange = ScriptedExchange()
        self.tracker = OrderTracker()
        self.clock = VirtualClock()
        self.resync = Resync(self.exchange, self.tracker, self.clock)
        self.news: list[str] = []

    async def run(self) -> None:
        """Read everything."""
        self.news = []
        await self.resync.run([ACCOUNT_ID], lambda key: self.news.append(key) if key is not None else None)

    def states(self) -> dict[str, OrderState]:
        """What is known now."""
        return {order.key: order.state for order in self.tracker}


async def test_open_finished_and_traded_orders_are_joined() -> None:
    """Whatever the three lists say becomes known; reading it again is no news."""
    reading = Reading()
    reading.exchange.reports = {"1": report("1"), "2": report("2", OrderState.FILLED, filled="100", spent="10")}
    reading.exchange.own_fills = (fill(1, "100", order_id="2", fee="0.2"),)
    await reading.run()
    assert reading.states() == {"1": OrderState.SUBMITTED, "2": OrderState.FILLED}
    assert set(reading.news) == {"1", "2"}
    assert reading.resync.is_done
    await reading.run()
    assert reading.news == []


async def test_an_order_that_only_traded_is_asked_for() -> None:
    """A trade of an order that no list names leads to the order; nothing is shown as open on its strength alone."""
    reading = Reading()
    reading.exchange.blind = {"open_orders", "finished_orders"}
    reading.exchange.reports = {"9": report("9", OrderState.CANCELED, filled="40")}
    reading.exchange.own_fills = (fill(1, "40", order_id="9"),)
    await reading.run()
    assert reading.states() == {"9": OrderState.CANCELED}
    assert reading.exchange.calls.count("order 9") == 1


async def test_an_absent_order_is_a_question_and_no_end() -> None:
    """An open order that nobody names any longer is asked for by id; while that finds nothing it stays as it was."""
    reading = Reading()
    reading.tracker.merge_report(report("5"))
    await reading.run()
    assert reading.exchange.calls.count("order 5") == 1
    assert reading.states() == {"5": OrderState.SUBMITTED}
    reading.exchange.blind = {"open_orders", "finished_orders"}
    reading.exchange.reports = {"5": report("5", OrderState.FILLED, filled="100")}
    await reading.run()
    assert reading.states() == {"5": OrderState.FILLED}
    await reading.run()
    assert reading.exchange.calls.count("order 5") == 2


async def test_what_was_read_before_an_error_stays() -> None:
    """An error half-way loses nothing, and the next reading starts as far back as the failed one."""
    reading = Reading()
    reading.exchange.reports = {"1": report("1")}
    reading.exchange.failing["fills"] = NetworkError("No answer.")
    with pytest.raises(NetworkError):
        await reading.run()
    assert reading.states() == {"1": OrderState.SUBMITTED}
    assert not reading.resync.is_done


async def test_a_long_absence_is_cut_to_what_the_venue_answers() -> None:
    """After days away the windows are still ones that HTX answers (the scripted exchange refuses others)."""
    reading = Reading()
    await reading.run()
    await reading.clock.advance(5 * 86_400)
    reading.exchange.clock_offset_ms = 90_000
    await reading.run()
    assert reading.exchange.calls.count("finished_orders") == 2
