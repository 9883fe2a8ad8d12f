"""Orders and fills as the v1 reads show them."""

from hbtui.model.numbers import plain
from hbtui.sim.exact import text
from hbtui.sim.orders import Fill, Order
from hbtui.sim.wire import JsonObject

__all__ = ["fill_row", "open_row", "order_row"]


def open_row(order: Order) -> JsonObject:
    """A row of openOrders: here the executed amounts are called ``filled-*``."""
    return {
        **_common(order),
        "filled-amount": text(order.filled),
        "filled-cash-amount": text(order.cash),
        "filled-fees": text(order.fees),
    }


def order_row(order: Order) -> JsonObject:
    """An order in every other read: here they are called ``field-*``."""
    row: JsonObject = {
        **_common(order),
        "field-amount": text(order.filled),
        "field-cash-amount": text(order.cash),
        "field-fees": text(order.fees),
        "finished-at": order.finished_ms,
        "canceled-at": order.canceled_ms,
        "updated-at": order.updated_ms,
        "is-ice": False,
        "ice-amount": "0",
        "market-amount": "0",
        "role": order.role,
    }
    if order.canceled_source is not None:
        row |= {"canceled-source": order.canceled_source, "canceled-source-desc": order.canceled_source}
    return row


def fill_row(order: Order, fill: Fill) -> JsonObject:
    """A row of matchresults: the fee is in the currency received."""
    return {
        "id": fill.record_id,
        "order-id": order.id,
        "match-id": fill.match_id,
        "trade-id": fill.trade_id,
        "symbol": order.request.pair.symbol,
        "type": order.request.type,
        "source": order.request.source,
        "price": plain(fill.price),
        "filled-amount": plain(fill.amount),
        "filled-fees": text(fill.fee),
        "fee-currency": fill.fee_currency,
        "role": "taker" if fill.taker else "maker",
        "filled-points": "0.0",
        "fee-deduct-currency": "",
        "fee-deduct-state": "done",
        "created-at": fill.time_ms,
    }


def _common(order: Order) -> JsonObject:
    request = order.request
    row: JsonObject = {
        "id": order.id,
        "symbol": request.pair.symbol,
        "account-id": request.account_id,
        "client-order-id": request.client_order_id,
        "amount": plain(request.amount),
        "price": "0.0" if request.price is None else plain(request.price),
        "created-at": order.created_ms,
        "type": request.type,
        "source": request.source,
        "state": order.state,
    }
    if request.stop_price is not None:
        row |= {"stop-price": plain(request.stop_price), "operator": request.operator}
    return row
