"""Rows R13, R14 and R17–R27: answers that lie, contradict each other, come too slowly or too large."""

import json
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui.model.order import OrderState, OrderType, Side
from hbtui.sim.broken import BROKEN
from hbtui.trading.views import Denied, Severity
from tests.catalogue.rig import LEASE_S, ORDER, PLACE, SYMBOL, UNCERTAIN_TOO, rig

CANCEL = f"{ORDER}/submitcancel"
LOOK_UP = "/v1/order/orders/getClientOrder"


def test_r13_rate_limit(tmp_path: Path) -> None:
    """After 429 the order is uncertain, later ones wait, a cancel passes at once, and fifty presses are no flood."""
    with rig(tmp_path) as it:
        standing = it.place()
        it.until_state(standing, OrderState.SUBMITTED)
        body = json.dumps({"status": "error", "err-code": "base-request-exceed-frequency-limit", "err-msg": "slow"})
        reset_ms = str(it.clock.now_ms() + 20_000)
        headers = {"X-HB-RateLimit-Requests-Remain": "0", "X-HB-RateLimit-Requests-Expire": reset_ms}
        limit = it.exchange.fault(PLACE, "answer", times=50, status=429, body=body, headers=headers)
        key = it.place()
        it.until_state(key, OrderState.UNCERTAIN)
        assert "limit" in it.order(key).cause
        refused = 0
        for number in range(50):
            try:
                pressed = it.engine.place(it.request(amount=str(2000 + number)), it.confirmation(*UNCERTAIN_TOO))
                it.confirmed[pressed] = it.request(amount=str(2000 + number))
            except Denied:
                refused += 1
        it.cancel(standing)
        it.until_state(standing, OrderState.CANCELED)
        assert refused >= 40
        assert limit.struck <= 4
        limit.times = limit.struck
        it.until_passing(lambda _: it.state(key) is OrderState.NOT_PLACED, LEASE_S + 60)


@pytest.mark.parametrize("status", [401, 403])
def test_r14_key_refused_in_mid_session(tmp_path: Path, status: int) -> None:
    """A key that is refused from one moment on turns trading off, and the words on the screen say why."""
    with rig(tmp_path) as it:
        denied = {"status": status, "code": "api-signature-not-valid", "message": "Incorrect Access key"}
        it.exchange.fault("/v1/order", "error", times=None, **denied)
        it.exchange.fault("/v1/account", "error", times=None, **denied)
        key = it.place()
        it.until_state(key, OrderState.REFUSED)
        it.until(lambda view: "bars this key" in view.blocked, what="trading being off because of the key")
        it.until(lambda _: it.has_told("Trading is stopped", str(status)), what="the words")
        with pytest.raises(Denied):
            it.engine.place(it.request(amount="1500"), it.confirmation())
        assert len(it.posts()) == 1
        it.exchange.clear_faults()
        it.engine.resume()
        it.until_passing(lambda view: not view.blocked, 60)
        it.until_state(it.place(it.request(amount="1600")), OrderState.SUBMITTED)


def test_r17_two_orders_under_one_client_order_id(tmp_path: Path) -> None:
    """Two orders of the exchange under one id are a conflict, with an alarm that names both."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        first = it.order(key).order_id
        second = it.plant(key)
        it.until_state(key, OrderState.CONFLICT)
        assert it.order(key) in it.view.orders.uncertain
        it.until(lambda _: it.has_told(str(first), second), what="an alarm that names both orders")


def test_r17_the_exchange_takes_one_request_twice(tmp_path: Path) -> None:
    """A request that the exchange doubled by itself is a conflict too: J1 would call it two orders otherwise."""
    with rig(tmp_path) as it:
        it.exchange.fault(PLACE, "twice")
        key = it.place()
        it.until(lambda _: len(it.exchange.orders()) == 2, what="two orders")
        it.planted.add(str(it.exchange.orders()[1]["id"]))
        it.until_state(key, OrderState.CONFLICT)
        assert len(it.posts()) == 1


def test_r18_look_ups_that_deny_an_order_that_stands(tmp_path: Path) -> None:
    """Twenty times "no record" while the lists cannot be read is no proof, however much time has passed."""
    with rig(tmp_path) as it:
        it.mute()
        it.hide_lists()
        denial = it.exchange.fault(LOOK_UP, "error", times=None, code="base-record-invalid", message="record invalid")
        it.exchange.fault(PLACE, "drop-answer")
        key = it.place()
        it.until_passing(lambda _: denial.struck >= 20, LEASE_S + 200)
        it.pass_time(max(0.0, LEASE_S + 60 - it.clock.monotonic_s()))
        assert it.states(key)[-1] is OrderState.UNCERTAIN
        assert OrderState.NOT_PLACED not in it.states(key)
        it.exchange.clear_faults()
        it.until_found(key)


def test_r19_look_up_returns_another_order(tmp_path: Path) -> None:
    """Other numbers under the own id are a conflict with an alarm, never taken for the own order."""
    with rig(tmp_path) as it:
        it.mute()
        it.exchange.fault(PLACE, "drop-answer")
        it.exchange.fault(LOOK_UP, "edit", times=None, fields={"amount": "31337"})
        key = it.place()
        it.until_passing(lambda _: it.state(key) is OrderState.CONFLICT, 10, step_s=0.2)
        it.until(
            lambda view: any(one.severity is Severity.ERROR and "truth" in one.title for one in view.notices),
            what="the alarm",
        )


def test_r20_answer_that_trickles(tmp_path: Path) -> None:
    """With one byte a second the order is uncertain after three seconds, all else goes on, a late answer counts."""
    with rig(tmp_path) as it:
        it.mute()
        it.hide_lists()
        it.exchange.fault(LOOK_UP, "error", times=None)
        drip = it.proxy.add("slice", PLACE, "down", size=1, seconds=0.008)
        key = it.place()
        assert it.state(key) is OrderState.SENDING
        it.until_passing(lambda _: it.state(key) is OrderState.UNCERTAIN, 4.0, step_s=0.5)
        it.exchange.print_trade(SYMBOL, f"{it.exchange.last_price(SYMBOL):f}", "3")
        it.until(lambda view: view.tape.trades and view.tape.trades[0].amount == 3, what="the tape going on")
        it.until(lambda _: it.order(key).order_id is not None, what="the late answer")
        assert drip.struck == 1
        assert it.order(key).is_open


def test_r21_bombs_are_cut(tmp_path: Path) -> None:
    """200 MB of JSON in a small answer, to a read and to an order, cost less than 20 MB, and the truth is found."""
    with rig(tmp_path) as it:
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            it.exchange.fault("/v1/order/openOrders", "bomb", megabytes=200)
            it.exchange.close_sockets("private")
            it.until_passing(lambda _: it.has_told("larger than"), 30, step_s=1)
            it.until_passing(lambda view: not view.blocked, 30, step_s=1)
            it.exchange.fault(PLACE, "bomb", megabytes=200)
            key = it.place()
            it.until_state(key, OrderState.SUBMITTED)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak - before < 20 << 20


def test_r22_json_that_breaks_readers_on_an_order(tmp_path: Path) -> None:
    """Each broken document as an order's answer leaves it uncertain, and it is found: no crash, no hang."""
    with rig(tmp_path) as it:
        it.exchange.fault("orders", "withhold", times=None)
        for name in BROKEN:
            it.exchange.fault(PLACE, "bad-json", body=name)
            key = it.place()
            it.until_state(key, OrderState.SUBMITTED)
            assert it.was_unknown(key), name


def test_r22_json_that_breaks_readers_on_a_read(tmp_path: Path) -> None:
    """Each broken document as the answer to a read is told in words, and the next answer counts."""
    with rig(tmp_path) as it:
        for name in BROKEN:
            strikes = it.exchange.fault("/v1/order/openOrders", "bad-json", body=name)
            it.exchange.close_sockets("private")
            it.until_struck(strikes)
            it.until_passing(lambda view: not view.blocked, 40, step_s=1, what=f"trading after {name}")
        assert it.has_told("cannot be read")
        assert not it.has_told("Something went wrong")


def test_r23_a_symbol_without_a_field(tmp_path: Path) -> None:
    """A pair whose rules lack a field is not traded; the others are."""
    with rig(tmp_path, is_started=False) as it:
        for path in ("/v1/settings/common/market-symbols", "/v1/common/symbols"):
            it.exchange.fault(path, "edit", times=None, where={"symbol": "btcusdt"}, without=("pp", "price-precision"))
        it.start()
        assert "btcusdt" not in it.view.instruments
        bitcoin = it.request(amount="1")
        with pytest.raises(Denied) as denied:
            it.engine.place(
                type(bitcoin)(**{**{name: getattr(bitcoin, name) for name in bitcoin.__slots__}, "symbol": "btcusdt"}),
                it.confirmation(),
            )
        assert "SYMBOL_STATE" in {finding.code for finding in denied.value.findings}
        it.until_state(it.place(), OrderState.SUBMITTED)


def test_r23_precision_changed_live(tmp_path: Path) -> None:
    """A precision that the exchange changes is in force here within a day, while the others are as they were."""
    with rig(tmp_path) as it:
        bitcoin = it.view.instruments["btcusdt"]
        known = it.view.instruments[SYMBOL].price_precision
        for path in ("/v1/settings/common/market-symbols", "/v1/common/symbols"):
            fields = {"pp": known - 2, "price-precision": known - 2}
            it.exchange.fault(path, "edit", times=None, where={"symbol": SYMBOL}, fields=fields)
        it.clock.jump(24 * 3600)
        it.until_passing(lambda view: view.instruments[SYMBOL].price_precision == known - 2, 200)
        assert it.view.instruments["btcusdt"] == bitcoin


def test_r24_cancel_taken_while_the_order_fills(tmp_path: Path) -> None:
    """A cancel that was answered with ok and lost the race ends in the fill, and "canceled" is never shown."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.exchange.fault(CANCEL, "cancel-fills")
        it.cancel(key)
        it.until_found(key, OrderState.FILLED)
        assert not {OrderState.CANCELED, OrderState.PARTIALLY_CANCELED} & set(it.states(key))
        assert it.order(key).filled_base == 1000


def test_r24_cancel_taken_and_nothing_done(tmp_path: Path) -> None:
    """A cancel that was answered with ok and forgotten is never shown as canceled; asked again it is."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.exchange.fault(CANCEL, "cancel-lost")
        it.cancel(key)
        it.until_state(key, OrderState.CANCELING)
        it.pass_time(20, step_s=2)
        assert it.truth(key) is not None
        if it.truth(key)["state"] == "submitted":  # type: ignore[index]  # there is one, see above
            assert OrderState.CANCELED not in it.states(key)
            it.cancel(key)
        it.until_found(key, OrderState.CANCELED)


@pytest.mark.parametrize("number", [-1, 5, 6, 7, 10])
def test_r25_cancel_refused_with_each_state(tmp_path: Path, number: int) -> None:
    """Whatever state a refused cancel names, the order ends in what the exchange then says of it."""
    ends = {
        -1: OrderState.CANCELED,
        5: OrderState.PARTIALLY_CANCELED,
        6: OrderState.FILLED,
        7: OrderState.CANCELED,
        10: OrderState.CANCELED,
    }
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.mute()
        venue = it.exchange._server.venue
        price = f"{it.request().price:f}"
        if number == 6:
            it.exchange.print_trade(SYMBOL, price, "1000000")
        elif number == 5:
            it.exchange.print_trade(SYMBOL, price, "400")
        if number != 6:
            it.exchange.call(lambda: venue.cancel(venue.by_client_id(key)))  # type: ignore[arg-type]  # it exists
        it.exchange.fault(CANCEL, "error", code="order-orderstate-error", fields={"order-state": number})
        it.cancel(key)
        it.until_found(key, ends[number])
        assert it.order(key).state is ends[number]


def test_r26_cancel_all_of_501_orders(tmp_path: Path) -> None:
    """501 orders on two pages, and one that comes between them: it is done when the list was empty twice."""
    with rig(tmp_path, balances={"usdt": Decimal(10_000_000), "doge": Decimal(5000)}) as it:
        for _ in range(501):
            it.plant(amount="100")
        newcomer = it.exchange.fault("/v1/order/openOrders", "meanwhile", after=1, fields=it.place_body())
        it.engine.cancel_all()
        it.until_passing(lambda _: it.has_told("Cancel all"), 120, step_s=1)
        assert newcomer.struck == 1
        assert {order["state"] for order in it.exchange.orders()} == {"canceled"}
        assert len(it.exchange.orders()) == 502
        assert it.has_told("none is open now")


def test_r27_maintenance(tmp_path: Path) -> None:
    """While the market is halted or cancel-only no order is taken; in cancel-only a cancel is."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        for status in (2, 3):
            it.exchange.market_status(1)
            it.until_passing(lambda view: not view.blocked, 60)
            it.exchange.market_status(status)
            it.until_passing(lambda view: view.blocked, 60)
            with pytest.raises(Denied):
                it.engine.place(it.request(amount=str(1500 + status)), it.confirmation())
        it.cancel(key)
        it.until_state(key, OrderState.CANCELED)
        assert len(it.posts()) == 1


def test_w14_units_of_a_market_buy(tmp_path: Path) -> None:
    """A market buy is filled with base as filled and quote as spent, though HTX counts it in quote, and with dust."""
    with rig(tmp_path) as it:
        dust = {"remainAmt": "0.0000000000000004"}
        it.exchange.fault("orders:trade", "edit", times=None, fields=dust)
        key = it.place(it.request(kind=OrderType.MARKET, amount="33.333333"))
        it.until_found(key, OrderState.FILLED)
        order = it.order(key)
        assert order.side is Side.BUY
        assert order.filled_quote <= Decimal("33.333333")
        assert order.filled_quote > Decimal("33.3")
        assert order.filled_base > order.filled_quote * 5
