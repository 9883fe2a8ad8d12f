"""Signed REST that places and cancels orders."""

from collections.abc import Iterable

from hbtui.sim.call import Call, whole_number
from hbtui.sim.codes import Refused, RefusedV2, missing
from hbtui.sim.orders import STATE_NUMBERS, Order
from hbtui.sim.wire import JsonObject

__all__ = ["PLACING"]


def _place(call: Call) -> JsonObject:
    return {"status": "ok", "data": str(call.venue.place(call.fields).id)}


def _place_batch(call: Call) -> JsonObject:
    items = call.body
    if not isinstance(items, list) or not 1 <= len(items) <= 10:
        raise Refused("validation-constraints-error", "1 to 10 orders are allowed")
    return {"status": "ok", "data": [_placed(call, item) for item in items]}


def _placed(call: Call, item: object) -> JsonObject:
    body = item if isinstance(item, dict) else {}
    named = {"client-order-id": str(body.get("client-order-id") or "")}
    try:
        return {"order-id": call.venue.place(body).id, **named}
    except Refused as refusal:
        return {**named, "err-code": refusal.code, "err-msg": refusal.message}


def _cancel(call: Call) -> JsonObject:
    order = _known(call, call.path_id)
    _check_cancelable(order)
    call.venue.cancel(order)
    return {"status": "ok", "data": str(order.id)}


def _known(call: Call, given: str) -> Order:
    order = call.venue.orders.get(whole_number(given) or 0)
    if order is None or not call.venue.is_queryable(order):
        raise Refused("base-record-invalid", "record invalid")
    return order


def _check_cancelable(order: Order) -> None:
    if order.request.kind in {"ioc", "limit-fok", "market"} and not order.is_final:
        raise Refused("order-user-cancel-forbidden", "cancel of this order is forbidden")


def _cancel_by_client_id(call: Call) -> JsonObject:
    given = call.fields.get("client-order-id")
    if not given:
        raise missing("client-order-id")
    order = call.venue.by_client_id(str(given))
    if order is None or not call.venue.is_queryable(order):
        return {"status": "ok", "data": 0}
    if order.is_final:
        return {"status": "ok", "data": STATE_NUMBERS[order.state]}
    call.venue.cancel(order)
    return {"status": "ok", "data": STATE_NUMBERS["canceling"]}


def _cancel_batch(call: Call) -> JsonObject:
    by_id, by_client_id = call.fields.get("order-ids"), call.fields.get("client-order-ids")
    given = by_id or by_client_id
    if not isinstance(given, list) or not 1 <= len(given) <= 50:
        raise Refused("validation-constraints-error", "1 to 50 ids are allowed")
    success: list[str] = []
    failed: list[JsonObject] = []
    find = _known if by_id else _own
    for name in map(str, given):
        try:
            call.venue.cancel(find(call, name))
            success.append(name)
        except Refused as refusal:
            failed.append(_failure(name if by_id else "", "" if by_id else name, refusal))
    return {"status": "ok", "data": {"success": success, "failed": failed}}


def _own(call: Call, client_order_id: str) -> Order:
    order = call.venue.by_client_id(client_order_id)
    if order is None or not call.venue.is_queryable(order):
        raise Refused("base-not-found", "The record is not found.")
    return order


def _failure(order_id: str, client_order_id: str, refusal: Refused) -> JsonObject:
    row: JsonObject = {
        "err-msg": refusal.message,
        "order-id": order_id,
        "err-code": refusal.code,
        "client-order-id": client_order_id,
    }
    state = refusal.extra.get("order-state")
    return row if state is None else row | {"order-state": state}


def _cancel_open(call: Call) -> JsonObject:
    body = call.fields
    symbols, types, side = (_words(body.get(name)) for name in ("symbol", "types", "side"))
    owner = str(body.get("account-id") or "")
    if owner and call.venue.accounts.find(owner) is None:
        raise Refused("account-account-id-inexistent", "account id is not exist")
    size = whole_number(str(body.get("size") or 100)) or 100
    chosen = [
        order
        for order in call.venue.open_orders()
        if _fits(order.request.pair.symbol, symbols)
        and owner in {"", str(order.request.account_id)}
        and _fits(order.request.type, types)
        and _fits("buy" if order.request.buy else "sell", side)
    ]
    done = call.venue.cancel_many(chosen[:size])
    rest = chosen[size:]
    return {"status": "ok", "data": {"success-count": done, "failed-count": 0, "next-id": rest[0].id if rest else -1}}


def _cancel_all(call: Call) -> JsonObject:
    symbols = _words(call.query.get("symbol"))
    call.venue.cancel_many(o for o in call.venue.open_orders() if _fits(o.request.pair.symbol, symbols))
    return {"status": "ok"}


def _words(given: object) -> list[str]:
    return [word for word in str(given or "").split(",") if word]


def _fits(value: str, wanted: Iterable[str]) -> bool:
    return not wanted or value in wanted


def _cancel_all_after(call: Call) -> JsonObject:
    given = call.fields.get("timeout")
    if given is None:
        raise RefusedV2(2003, 'missing mandatory field "timeout"')
    seconds = whole_number(str(given))
    if seconds is None or 0 < seconds < 5:
        raise RefusedV2(2002, 'invalid field value in "timeout"')
    now = call.venue.now()
    call.venue.cancel_all_at_ms = now + seconds * 1000 if seconds else 0
    times = {"currentTime": now, "triggerTime": call.venue.cancel_all_at_ms}
    return {"code": 200, "message": "success", "data": times}


PLACING = {
    ("POST", "/v1/order/orders/place"): _place,
    ("POST", "/v1/order/batch-orders"): _place_batch,
    ("POST", "/v1/order/orders/{id}/submitcancel"): _cancel,
    ("POST", "/v1/order/orders/submitCancelClientOrder"): _cancel_by_client_id,
    ("POST", "/v1/order/orders/batchcancel"): _cancel_batch,
    ("POST", "/v1/order/orders/batchCancelOpenOrders"): _cancel_open,
    ("GET", "/v1/order/cancelAllOrders"): _cancel_all,
    ("POST", "/v2/algo-orders/cancel-all-after"): _cancel_all_after,
}
