"""What a restart must find again, over real sockets: orders of scripts, of runs before, and their ends."""

import asyncio
import json
import sqlite3
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hbtui.model.order import Confirmation, Order, OrderState
from hbtui.trading.views import Caps, Denied
from tests.catalogue.rig import ORDER, Rig, rig


def on_loop(it: Rig, work: Coroutine[Any, Any, Any]) -> Any:
    """Have something done on the engine's own loop."""
    loop = it.engine._thread._loop
    assert loop is not None
    return asyncio.run_coroutine_threadsafe(work, loop).result(10)


def sent_by_a_script(it: Rig, key: str) -> Order:
    """Send an order under a script's own id, as a command does through the desk of whoever holds the account."""
    running = it.engine._running
    assert running is not None
    asked = it.confirmed[key] = it.request()
    confirmation = Confirmation(at_ms=it.engine_clock.now_ms(), by="command")
    order = on_loop(it, running.account.desk.send(key, asked, confirmation))
    assert isinstance(order, Order)
    it.until_state(key, OrderState.SUBMITTED)
    return order


def written(it: Rig, key: str, kind: str) -> list[dict[str, Any]]:
    """What the journal holds of one kind of an order; nobody may hold it."""
    connection = sqlite3.connect(f"file:{it.journal}?mode=ro", uri=True)
    try:
        query = "SELECT content FROM entries WHERE client_order_id = ? AND kind = ? ORDER BY number"
        return [json.loads(content) for (content,) in connection.execute(query, (key, kind))]
    finally:
        connection.close()


def test_an_order_under_a_scripts_id_is_own_after_a_restart(tmp_path: Path) -> None:
    """The journal tells that it is ours: it counts against the cap on what is open, and is no external order."""
    with rig(tmp_path, caps=Caps(open_value=Decimal(200))) as it:
        sent_by_a_script(it, "grid-1")
        it.stop()
        it.start()
        it.until_state("grid-1", OrderState.SUBMITTED)
        assert not it.order("grid-1").is_external
        with pytest.raises(Denied) as denied:
            it.engine.place(it.request(amount="2000"), it.confirmation())
        assert {finding.code for finding in denied.value.findings} == {"MAX_OPEN_VALUE"}


def test_a_strangers_order_under_an_id_of_long_ago_is_nobodys(tmp_path: Path) -> None:
    """Other programs may use a script's id again once its order is over: theirs is external, and no contradiction."""
    with rig(tmp_path) as it:
        order = sent_by_a_script(it, "grid-1")
        it.exchange.cancel(order.order_id or "")
        it.until_state("grid-1", OrderState.CANCELED)
        it.stop()
        it.clock.jump(3600)
        stranger = it.exchange.place(
            symbol="trxusdt", type="buy-limit", amount="100", price="0.1", client_order_id="grid-1"
        )
        it.planted.add(stranger)
        it.start()
        it.until_state(stranger, OrderState.SUBMITTED)
        assert it.order(stranger).is_external


@pytest.mark.parametrize("key", ["grid-1", ""])
def test_the_end_of_an_earlier_runs_order_is_written_down(tmp_path: Path, key: str) -> None:
    """What rested over a restart and was filled then has its trades and its end in the journal, like any other."""
    with rig(tmp_path) as it:
        if key:
            sent_by_a_script(it, key)
        else:
            key = it.place()
            it.until_state(key, OrderState.SUBMITTED)
        it.stop()
        it.start()
        it.until_state(key, OrderState.SUBMITTED)
        it.fill(key, "1000")
        it.until_state(key, OrderState.FILLED)
        it.check()
        assert written(it, key, "order")[-1]["state"] == "filled"
        assert {fact["amount"] for fact in written(it, key, "fill")} == {"1000"}
        assert written(it, key, "fill")[-1]["fee"]


def test_what_ended_while_nobody_ran_is_written_down_once(tmp_path: Path) -> None:
    """An order that ended between two runs gets its end from the next one, and the one after has nothing to add."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.stop()
        it.exchange.fill(str(it.truth(key)["id"]))  # type: ignore[index]  # it exists
        for _ in range(2):
            it.start()
            it.until_state(key, OrderState.FILLED)
            it.until(lambda _: it.order(key).fees is not None, what="the fee")
            it.stop()
        assert [fact["state"] for fact in written(it, key, "order")].count("filled") == 1


def test_what_is_unproven_stays_on_the_screen_over_restarts_until_more_is_told(tmp_path: Path) -> None:
    """An order that the exchange calls over, with no word on how, does not vanish, and is never called not placed."""
    with rig(tmp_path) as it:
        key = it.place()
        it.until_state(key, OrderState.SUBMITTED)
        it.mute()
        it.hide_lists()
        it.exchange.cancel(it.order(key).order_id or "")
        gone = {"code": "base-record-invalid", "times": None}
        it.exchange.fault(f"{ORDER}/submitcancel", "error", code="order-orderstate-error", fields={"order-state": -1})
        it.exchange.fault(ORDER, "error", **gone)
        it.exchange.fault("/v1/order/orders/getClientOrder", "error", **gone)
        it.engine.cancel(key)
        it.until_passing(lambda _: it.state(key) is OrderState.UNPROVEN, 60, step_s=1)
        it.exchange.clear_faults()
        it.mute()
        for path in ("/v1/order/openOrders", "/v1/order/history"):
            it.exchange.fault(path, "answer", body='{"status":"ok","data":[]}', times=None)
        it.exchange.fault(ORDER, "error", **gone)
        it.exchange.fault("/v1/order/orders/getClientOrder", "error", **gone)
        for _ in range(2):
            it.stop()
            it.clock.jump(600)
            it.start()
            it.pass_time(40)
            assert it.state(key) is OrderState.UNPROVEN
        it.exchange.clear_faults()
        it.stop()
        it.start()
        it.until_state(key, OrderState.CANCELED)
