"""Own orders as the venue tells them: field names of three endpoints, events of five kinds, units of market buys."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hbtui.htx.decode_orders import (
    balance_change_of,
    fill_of_clearing,
    fill_of_match,
    kind_of,
    report_of_clearing,
    report_of_push,
    report_of_row,
    state_of,
)
from hbtui.htx.wire_account import MatchRow, OrderRow
from hbtui.htx.wire_push import BalancePush, ClearingPush, OrderPush
from hbtui.model.order import OrderState, OrderType, Side

D = Decimal


def _row(**fields: Any) -> OrderRow:
    said = {"id": 12, "symbol": "dogeusdt", "type": "buy-limit", "state": "submitted", "account-id": 7} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    return msgspec.json.decode(msgspec.json.encode(said), type=OrderRow)


def _push(**fields: Any) -> OrderPush:
    return msgspec.json.decode(msgspec.json.encode({"symbol": "dogeusdt"} | fields), type=OrderPush)


def _clearing(**fields: Any) -> ClearingPush:
    return msgspec.json.decode(msgspec.json.encode({"symbol": "dogeusdt"} | fields), type=ClearingPush)


def test_a_finished_order() -> None:
    """All that the venue says of an order is reported, numbers exact, the last of its moments as its time."""
    report = report_of_row(
        _row(
            client_order_id="hb1x",
            amount="1000.000000000000000000",
            price="0.08",
            state="partial-canceled",
            created_at=10,
            finished_at=30,
            canceled_at=20,
            field_amount="147.928994082840236000",
            field_cash_amount="11.8",
            field_fees="0.29",
            source="spot-api",
            canceled_source=116,
            canceled_source_desc="Manual cancelation - Web",
            stop_price="0.07",
            operator="gte",
        )
    )
    assert (report.order_id, report.client_order_id, report.account_id) == ("12", "hb1x", 7)
    assert (report.side, report.type, report.venue_type) == (Side.BUY, OrderType.LIMIT, "buy-limit")
    assert report.state is OrderState.PARTIALLY_CANCELED
    assert (report.amount, report.price) == (D("1000"), D("0.08"))
    assert (report.filled_base, report.filled_quote, report.fees) == (D("147.928994082840236"), D("11.8"), D("0.29"))
    assert (report.created_ms, report.updated_ms) == (10, 30)
    assert (report.stop_price, report.stop_operator) == (D("0.07"), "gte")
    assert (report.source, report.cause) == ("spot-api", "Manual cancelation - Web")


@pytest.mark.parametrize("odd", [-1, 10**15, 10**20])
def test_a_time_that_no_calendar_has_loses_no_order_and_is_told_to_nobody(odd: int) -> None:
    """The order and the trade are there without that time: written as a date it would end whatever shows them."""
    row = report_of_row(_row(created_at=odd, finished_at=odd, updated_at=30))
    assert (row.order_id, row.created_ms, row.updated_ms) == ("12", None, 30)
    told = {"orderId": 7, "type": "buy-limit", "eventType": "creation", "orderStatus": "submitted"}
    push = report_of_push(_push(**told, orderCreateTime=odd, lastActTime=odd))
    assert (push.order_id, push.created_ms, push.updated_ms) == ("7", None, None)
    said = {
        "id": 1,
        "trade-id": 5,
        "order-id": 7,
        "symbol": "dogeusdt",
        "type": "buy-limit",
        "price": "1",
        "created-at": odd,
    }
    said |= {"filled-amount": "2", "filled-fees": "0", "fee-currency": "doge", "role": "taker"}
    match = fill_of_match(msgspec.json.decode(msgspec.json.encode(said), type=MatchRow))
    assert (match.trade_id, match.ts_ms) == (5, 0)


def test_open_orders_spell_it_filled() -> None:
    """``filled-*`` in openOrders means what ``field-*`` means elsewhere."""
    report = report_of_row(_row(filled_amount="3", filled_cash_amount="4", filled_fees="5"))
    assert (report.filled_base, report.filled_quote, report.fees) == (D(3), D(4), D(5))


def test_a_market_order_has_no_price() -> None:
    """A market order's price comes as 0.0, and is none."""
    report = report_of_row(_row(type="buy-market", price="0.0", amount="50"))
    assert report.price is None
    assert report.amount == D(50)
    assert report.type is OrderType.MARKET


def test_what_is_not_said_is_not_known() -> None:
    """Absent fields stay unknown, never zero."""
    report = report_of_row(_row())
    assert report.amount is report.price is report.filled_base is report.filled_quote is report.fees is None
    assert report.created_ms is report.updated_ms is None


@pytest.mark.parametrize(
    ("venue_type", "side", "kind"),
    [
        ("buy-limit", Side.BUY, OrderType.LIMIT),
        ("sell-market", Side.SELL, OrderType.MARKET),
        ("buy-ioc", Side.BUY, OrderType.IOC),
        ("sell-limit-fok", Side.SELL, OrderType.FOK),
        ("buy-limit-maker", Side.BUY, OrderType.POST_ONLY),
        ("sell-stop-limit", Side.SELL, OrderType.STOP_LIMIT),
        ("buy-stop-limit-fok", Side.BUY, OrderType.STOP_LIMIT_FOK),
        ("buy-limit-grid", Side.BUY, None),
        ("sell-market-grid", Side.SELL, None),
    ],
)
def test_types(venue_type: str, side: Side, kind: OrderType | None) -> None:
    """Every type that HTX lists is taken apart; those that cannot be placed here keep only their name."""
    assert kind_of(venue_type) == (side, kind)
    assert report_of_row(_row(type=venue_type)).venue_type == venue_type


@pytest.mark.parametrize("word", ["pre-submitted", "place_timeout", "", "FILLED"])
def test_an_unknown_state_is_none_and_named(word: str) -> None:
    """A word that this program does not know is no state, and the cause says it."""
    assert state_of(word) is None
    report = report_of_row(_row(state=word))
    assert report.state is None
    assert word in report.cause


@pytest.mark.parametrize("word", ["created", "submitted", "partial-filled", "canceling", "filled", "canceled"])
def test_a_known_state_is_itself(word: str) -> None:
    """HTX's words are the states' own values."""
    assert report_of_row(_row(state=word)).state == OrderState(word)


def test_a_fill_and_who_paid_its_fee() -> None:
    """The fee is in the received currency, or in points where points paid it; a role says who was the maker."""
    said = {
        "id": 5,
        "order-id": 12,
        "match-id": 3,
        "trade-id": 1085,
        "symbol": "polyusdt",
        "type": "buy-market",
        "price": "0.338",
        "filled-amount": "147.928994082840236",
        "filled-fees": "0.295857988165680472",
        "fee-currency": "poly",
        "role": "taker",
        "created-at": 99,
    }
    fill = fill_of_match(msgspec.json.decode(msgspec.json.encode(said), type=MatchRow))
    assert (fill.trade_id, fill.order_id, fill.side, fill.ts_ms) == (1085, "12", Side.BUY, 99)
    assert (fill.price, fill.amount) == (D("0.338"), D("147.928994082840236"))
    assert (fill.fee, fill.fee_currency, fill.is_maker) == (D("0.295857988165680472"), "poly", False)
    by_points = said | {"filled-fees": "0", "filled-points": "0.1", "fee-deduct-currency": "hbpoint", "role": "maker"}
    fill = fill_of_match(msgspec.json.decode(msgspec.json.encode(by_points), type=MatchRow))
    assert (fill.fee, fill.fee_currency, fill.is_maker) == (D("0.1"), "hbpoint", True)


def test_an_order_is_created() -> None:
    """A creation says what was ordered, and nothing of fills."""
    report = report_of_push(
        _push(
            eventType="creation",
            orderId=27163533,
            accountId=992701,
            clientOrderId="abc",
            orderSource="spot-api",
            orderPrice="77.0",
            orderSize="2.0",
            type="sell-limit",
            orderCreateTime=5,
            orderStatus="submitted",
        )
    )
    assert (report.order_id, report.account_id, report.client_order_id) == ("27163533", 992701, "abc")
    assert (report.side, report.amount, report.price) == (Side.SELL, D(2), D(77))
    assert report.state is OrderState.SUBMITTED
    assert report.filled_base is report.filled_quote is None
    assert report.fills == ()
    assert (report.created_ms, report.updated_ms) == (5, 5)


def test_the_misspelt_account_is_read() -> None:
    """HTX's own example says ``accountld``."""
    push = msgspec.json.decode(
        b'{"eventType":"creation","symbol":"ab","orderId":"1","accountld":9,"type":"buy-limit"}', type=OrderPush
    )
    assert report_of_push(push).account_id == 9
    assert report_of_push(push).order_id == "1"


def test_a_trade_of_a_limit_order_counts_in_base() -> None:
    """``execAmt`` is base, the fill is known but its fee is not, and the aggressor was the taker."""
    report = report_of_push(
        _push(
            eventType="trade",
            orderId=1,
            clientOrderId="c",
            type="buy-limit",
            tradePrice="0.08",
            tradeVolume="30",
            tradeId=301,
            tradeTime=8,
            aggressor=True,
            remainAmt="70",
            execAmt="30",
            orderSize="100",
            orderStatus="partial-filled",
        )
    )
    assert (report.filled_base, report.filled_quote) == (D(30), None)
    (fill,) = report.fills
    assert (fill.trade_id, fill.order_id, fill.client_order_id) == (301, "1", "c")
    assert (fill.price, fill.amount, fill.ts_ms, fill.fee, fill.is_maker) == (D("0.08"), D(30), 8, None, False)


def test_a_trade_of_a_market_buy_counts_in_quote() -> None:
    """``execAmt`` and ``orderValue`` of a market buy are money; the dust that remains does not undo ``filled``."""
    report = report_of_push(
        _push(
            eventType="trade",
            orderId=1,
            type="buy-market",
            tradePrice="2",
            tradeVolume="25",
            tradeId=1,
            tradeTime=1,
            aggressor=True,
            orderValue="50",
            remainAmt="0.000000000000000400000000000000000000",
            execAmt="49.9999999999999996",
            orderStatus="filled",
        )
    )
    assert (report.filled_base, report.filled_quote) == (None, D("49.9999999999999996"))
    assert report.amount == D(50)
    assert report.state is OrderState.FILLED
    assert report.fills[0].amount == D(25)


def test_a_cancellation_says_why() -> None:
    """The venue's reason is kept, cleaned; what was filled before counts."""
    report = report_of_push(
        _push(
            eventType="cancellation",
            orderId=1,
            type="sell-limit",
            remainAmt="1",
            execAmt="2",
            lastActTime=9,
            canceledSource="limit_maker",
            canceledSourceDesc="\x1b[2Jwould take",
            orderStatus="partial-canceled",
        )
    )
    assert report.filled_base == D(2)
    assert report.cause == "·[2Jwould take"
    assert report.updated_ms == 9


@pytest.mark.parametrize(
    ("event", "status", "state"),
    [("trigger", "rejected", OrderState.REJECTED), ("deletion", "canceled", OrderState.CANCELED)],
)
def test_a_conditional_order_that_never_was(event: str, status: str, state: OrderState) -> None:
    """Conditional orders have no order id before they trigger, and say their side instead of a type."""
    report = report_of_push(
        _push(
            eventType=event,
            orderSide="buy",
            clientOrderId="c",
            orderStatus=status,
            lastActTime=3,
            errCode=2002,
            errMessage="invalid.client.order.id (NT)",
        )
    )
    assert (report.order_id, report.client_order_id, report.side, report.type) == ("", "c", Side.BUY, None)
    assert report.state is state
    assert report.cause == "invalid.client.order.id (NT)"


@pytest.mark.parametrize(
    "fields",
    [
        {"eventType": "creation", "type": "hold-limit", "orderId": 1},
        {"eventType": "creation", "orderId": 1},
        {"eventType": "creation", "type": "buy-limit", "orderId": "1; drop"},
        {"eventType": "trade", "type": "buy-limit", "orderId": 1, "execAmt": "NaN"},
        {"eventType": "creation", "type": "buy-limit", "orderId": 1, "orderPrice": "1e999999"},
    ],
)
def test_an_impossible_event_is_refused(fields: dict[str, Any]) -> None:
    """A side, id or number that cannot be makes the whole event unreadable."""
    with pytest.raises(ValueError, match=r"is not|not a valid|a number"):
        report_of_push(_push(**fields))


def test_a_clearing_brings_the_fee() -> None:
    """The fee arrives with its currency; a rebate is negative; a deduction in points or tokens is the fee."""
    said: dict[str, Any] = {
        "eventType": "trade",
        "orderId": 99,
        "tradePrice": "10",
        "tradeVolume": "0.96",
        "orderSide": "buy",
        "aggressor": False,
        "tradeId": 919219323232,
        "tradeTime": 4,
        "transactFee": "-0.01",
        "feeCurrency": "btc",
        "feeDeduct": "0",
        "feeDeductType": "",
    }
    fill = fill_of_clearing(_clearing(**said))
    assert (fill.fee, fill.fee_currency, fill.is_maker) == (D("-0.01"), "btc", True)
    assert (fill.order_id, fill.trade_id, fill.amount) == ("99", 919219323232, D("0.96"))
    deducted = said | {"transactFee": "0", "feeDeduct": "1.5", "feeDeductType": "ht"}
    assert (fill_of_clearing(_clearing(**deducted)).fee_currency) == "ht"
    assert (fill_of_clearing(_clearing(**deducted)).fee) == D("1.5")
    with_blank = {**said, "transactFee": "0", "feeDeduct ": "2", "feeDeductType": "point"}
    del with_blank["feeDeduct"]
    assert fill_of_clearing(_clearing(**with_blank)).fee == D(2)


def test_a_clearing_without_its_trade_is_refused() -> None:
    """Half a fill is no fill."""
    with pytest.raises(ValueError, match="without its trade"):
        fill_of_clearing(_clearing(eventType="trade", orderId=1, tradePrice="1", tradeVolume="1", orderSide="buy"))


def test_a_cleared_cancellation() -> None:
    """Mode 1 of the clearing topic also tells cancellations."""
    report = report_of_clearing(
        _clearing(
            eventType="cancellation",
            orderId=5,
            orderSide="sell",
            orderType="sell-limit",
            orderStatus="canceled",
            orderPrice="3",
            accountId=7,
        )
    )
    assert (report.order_id, report.side, report.state, report.price) == ("5", Side.SELL, OrderState.CANCELED, D(3))


def test_a_balance_moves() -> None:
    """Both balances, the sequence as number or text, and nothing for loans, which are not the user's money."""
    said: dict[str, Any] = {
        "currency": "btc",
        "accountId": 3,
        "balance": "23.111",
        "available": "2.028699426619837209087",
        "changeType": "order.match",
        "accountType": "trade",
        "seqNum": "86872993928",
        "changeTime": 15,
    }

    def change(**more: Any) -> Any:
        return balance_change_of(msgspec.json.decode(msgspec.json.encode(said | more), type=BalancePush))

    moved = change()
    assert (moved.total, moved.available) == (D("23.111"), D("2.028699426619837209087"))
    assert (moved.account_id, moved.sequence, moved.ts_ms) == (3, 86872993928, 15)
    assert change(seqNum=2, changeTime=None).sequence == 2
    assert change(available=None).available is None
    assert change(accountType="loan") is None
    assert change(accountType="interest") is None
    with pytest.raises(ValueError, match="invalid literal"):
        change(seqNum="later")
