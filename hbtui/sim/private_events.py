"""Private pushes and order objects in HTX's words: kebab-case on v1 reads, camelCase on /ws/v2."""

from decimal import Decimal

from hbtui.model.numbers import plain
from hbtui.sim.exact import text
from hbtui.sim.ledger import Balance
from hbtui.sim.orders import Fill, Order
from hbtui.sim.wire import JsonObject

__all__ = [
    "account_update",
    "cancellation",
    "clearing",
    "clearing_cancellation",
    "creation",
    "deletion",
    "failure",
    "trade",
]


def creation(order: Order) -> JsonObject:
    """``orders#``: the order is in the book or about to match (HTX docs, order updates)."""
    request = order.request
    return {
        "eventType": "creation",
        "symbol": request.pair.symbol,
        "accountId": request.account_id,
        **_identity(order),
        "orderStatus": "submitted",
        "orderCreateTime": order.created_ms,
    }


def trade(order: Order, fill: Fill) -> JsonObject:
    """``orders#``: one fill; remainAmt and execAmt of a market buy are in the quote currency."""
    return {
        "eventType": "trade",
        "symbol": order.request.pair.symbol,
        **_identity(order),
        "tradePrice": plain(fill.price),
        "tradeVolume": plain(fill.amount),
        "tradeId": fill.trade_id,
        "tradeTime": fill.time_ms,
        "aggressor": fill.taker,
        "remainAmt": plain(order.remaining),
        "execAmt": plain(order.executed),
        "totalTradeAmount": plain(order.cash),
        "orderStatus": order.state,
    }


def cancellation(order: Order) -> JsonObject:
    """``orders#``: the rest of the order is cancelled."""
    return {
        "eventType": "cancellation",
        "symbol": order.request.pair.symbol,
        **_identity(order),
        "remainAmt": plain(order.remaining),
        "execAmt": plain(order.executed),
        "totalTradeAmount": plain(order.cash),
        "lastActTime": order.canceled_ms,
        "canceledSource": order.canceled_source,
        "canceledSourceDesc": order.canceled_source,
        "orderStatus": order.state,
    }


def deletion(order: Order) -> JsonObject:
    """``orders#``: a waiting stop order is cancelled before it was triggered."""
    return {
        "eventType": "deletion",
        "symbol": order.request.pair.symbol,
        "clientOrderId": order.request.client_order_id,
        "orderSide": "buy" if order.request.buy else "sell",
        "orderStatus": "canceled",
        "lastActTime": order.canceled_ms,
    }


def failure(order: Order, code: int, reason: str) -> JsonObject:
    """``orders#``: a stop order was triggered and could not be placed."""
    return {
        "eventType": "trigger",
        "symbol": order.request.pair.symbol,
        "clientOrderId": order.request.client_order_id,
        "orderSide": "buy" if order.request.buy else "sell",
        "orderStatus": "rejected",
        "errCode": code,
        "errMessage": reason,
        "lastActTime": order.updated_ms,
    }


def account_update(
    currency: str, balance: Balance, account_id: int, change: str | None, when: int | None
) -> JsonObject:
    """``accounts.update``: total and available; the session leaves out what its mode does not show."""
    return {
        "currency": currency,
        "accountId": account_id,
        "balance": plain(balance.total),
        "available": plain(balance.available),
        "changeType": change,
        "accountType": "trade",
        "seqNum": str(balance.sequence),
        "changeTime": when,
    }


def clearing(order: Order, fill: Fill) -> JsonObject:
    """``trade.clearing#``: one fill after its money has moved, with the fee."""
    return {
        "eventType": "trade",
        **_cleared(order),
        "tradePrice": plain(fill.price),
        "tradeVolume": plain(fill.amount),
        "aggressor": fill.taker,
        "tradeId": fill.trade_id,
        "tradeTime": fill.time_ms,
        "transactFee": text(fill.fee),
        "feeCurrency": fill.fee_currency,
        "feeDeduct": "0",
        "feeDeductType": "",
        "orderStatus": order.state,
    }


def clearing_cancellation(order: Order) -> JsonObject:
    """``trade.clearing#…#1``: a cancellation after its money has moved."""
    return {
        "eventType": "cancellation",
        **_cleared(order),
        "remainAmt": plain(order.remaining),
        "orderStatus": order.state,
    }


def _identity(order: Order) -> JsonObject:
    request = order.request
    sized = "orderValue" if request.spends else "orderSize"
    shown: JsonObject = {
        "orderId": order.id,
        "clientOrderId": request.client_order_id,
        "orderSource": request.source,
        sized: plain(request.amount),
        "type": request.type.replace("-stop-limit", "-limit"),
    }
    if request.price is not None:
        shown["orderPrice"] = plain(request.price)
    return shown


def _cleared(order: Order) -> JsonObject:
    request = order.request
    shown: JsonObject = {
        "symbol": request.pair.symbol,
        "orderId": order.id,
        "orderSide": "buy" if request.buy else "sell",
        "orderType": request.type,
        "accountId": request.account_id,
        "source": request.source,
        "clientOrderId": request.client_order_id,
        "orderCreateTime": order.created_ms,
    }
    shown["orderValue" if request.spends else "orderSize"] = plain(request.amount)
    prices: dict[str, Decimal | None] = {"orderPrice": request.price, "stopPrice": request.stop_price}
    shown.update({name: plain(price) for name, price in prices.items() if price is not None})
    if request.operator is not None:
        shown["operator"] = request.operator
    return shown
