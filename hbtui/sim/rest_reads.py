"""Signed REST that reads orders and fills."""

from collections.abc import Iterable

from hbtui.sim.call import Call, whole_number
from hbtui.sim.codes import Refused
from hbtui.sim.order_views import fill_row, open_row, order_row
from hbtui.sim.orders import Fill, Order
from hbtui.sim.symbols import PAIRS
from hbtui.sim.wire import JsonObject

__all__ = ["READING"]

_WINDOW_MS = 48 * 3600 * 1000


def _open_orders(call: Call) -> JsonObject:
    symbol, account = call.query.get("symbol"), call.query.get("account-id")
    if bool(symbol) != bool(account):
        raise Refused("require-symbol", "Parameter `symbol` is required.")
    if symbol and symbol not in PAIRS:
        raise Refused("base-symbol-error", "The symbol is invalid")
    owner = call.venue.accounts.find(account)
    if account and owner is None:
        raise Refused("account-account-id-inexistent", "account id is not exist")
    orders = [
        order
        for order in call.venue.open_orders()
        if symbol in {None, "", order.request.pair.symbol} and (owner is None or order.request.account_id == owner.id)
    ]
    orders = _chosen(call, orders)
    return {"status": "ok", "data": [open_row(order) for order in _paged(call, orders, 500)]}


def _chosen(call: Call, orders: Iterable[Order]) -> list[Order]:
    side = call.query.get("side")
    types = [kind for kind in call.query.get("types", "").split(",") if kind]
    return [
        order
        for order in orders
        if (not side or order.request.type.startswith(side + "-")) and (not types or order.request.type in types)
    ]


def _paged(call: Call, orders: list[Order], most: int) -> list[Order]:
    """Newest first; ``from`` is an order id, ``direct`` ``next`` goes on to older ones, ``prev`` to newer ones."""
    size = call.whole("size", 100, 1, most)
    if not call.query.get("from"):
        return orders[:size]
    start, direct = whole_number(call.query["from"]), call.query.get("direct")
    if direct not in {"next", "prev"} or start is None:
        raise Refused("validation-format-error", "Format Error: direct.")
    if direct == "next":
        return [order for order in orders if order.id < start][:size]
    return [order for order in orders if order.id > start][-size:]


def _order(call: Call) -> JsonObject:
    given = call.path_id
    order = call.venue.orders.get(whole_number(given) or 0)
    return _shown(call, order)


def _client_order(call: Call) -> JsonObject:
    return _shown(call, call.venue.by_client_id(call.required("clientOrderId")))


def _shown(call: Call, order: Order | None) -> JsonObject:
    if order is None or not call.venue.is_queryable(order):
        raise Refused("base-record-invalid", "record invalid")
    return {"status": "ok", "data": order_row(order)}


def _order_fills(call: Call) -> JsonObject:
    given = call.path_id
    order = call.venue.orders.get(whole_number(given) or 0)
    if order is None:
        raise Refused("base-record-invalid", "record invalid")
    return {"status": "ok", "data": [fill_row(order, fill) for fill in order.fills]}


def _window(call: Call) -> tuple[int, int]:
    """The times asked for, at most 48 hours; raises ``Refused``."""
    now = call.venue.now()
    start, end = _moment(call, "start-time"), _moment(call, "end-time")
    if start is not None:
        begin = start
        until = begin + _WINDOW_MS if end is None else end
    else:
        until = now if end is None else end
        begin = until - _WINDOW_MS
    if until < begin or until - begin > _WINDOW_MS:
        raise Refused("invalid-interval", "the window is 48 hours at most")
    return begin, until


def _moment(call: Call, name: str) -> int | None:
    given = call.query.get(name)
    if not given:
        return None
    moment = whole_number(given)
    if moment is None:
        raise Refused(f"invalid-{name}", f"invalid {name}")
    return moment


def _search(call: Call) -> JsonObject:
    symbol, states = call.required("symbol"), call.required("states").split(",")
    if symbol not in PAIRS:
        raise Refused("base-symbol-error", "The symbol is invalid")
    begin, until = _window(call)
    orders = [
        order
        for order in reversed(call.venue.orders.values())
        if order.request.pair.symbol == symbol
        and order.state in states
        and begin <= order.created_ms <= until
        and call.venue.is_queryable(order)
    ]
    return {"status": "ok", "data": [order_row(order) for order in _paged(call, _chosen(call, orders), 100)]}


def _history(call: Call) -> JsonObject:
    symbol, size = call.query.get("symbol"), call.whole("size", 100, 1, 1000)
    begin, until = _window(call)
    orders = [
        order
        for order in reversed(call.venue.orders.values())
        if order.is_final
        and symbol in {None, "", order.request.pair.symbol}
        and begin <= order.created_ms <= until
        and call.venue.is_queryable(order)
    ]
    if call.query.get("direct") == "prev":
        orders.reverse()
    answer: JsonObject = {"status": "ok", "data": [order_row(order) for order in orders[:size]]}
    if len(orders) > size:
        answer["next-time"] = orders[size].created_ms
    return answer


def _fills(call: Call) -> JsonObject:
    symbol, size = call.query.get("symbol"), call.whole("size", 100, 1, 500)
    if symbol and symbol not in PAIRS:
        raise Refused("base-symbol-error", "The symbol is invalid")
    begin, until = _window(call)
    types = [kind for kind in call.query.get("types", "").split(",") if kind]
    rows = [
        (order, fill)
        for order, fill in reversed(call.venue.fills)
        if symbol in {None, "", order.request.pair.symbol}
        and begin <= fill.time_ms <= until
        and (not types or order.request.type in types)
    ]
    return {"status": "ok", "data": [fill_row(*row) for row in _from_record(call, rows)[:size]]}


def _from_record(call: Call, rows: list[tuple[Order, Fill]]) -> list[tuple[Order, Fill]]:
    """``from`` is the last record id already seen: ``next`` goes on to older records, ``prev`` to newer ones."""
    if not call.query.get("from"):
        return rows
    start = whole_number(call.query["from"])
    if start is None:
        raise Refused("validation-format-error", "Format Error: from.")
    if call.query.get("direct") == "prev":
        return [row for row in rows if row[1].record_id > start]
    return [row for row in rows if row[1].record_id < start]


READING = {
    "/v1/order/openOrders": _open_orders,
    "/v1/order/orders/getClientOrder": _client_order,
    "/v1/order/orders/{id}": _order,
    "/v1/order/orders/{id}/matchresults": _order_fills,
    "/v1/order/orders": _search,
    "/v1/order/history": _history,
    "/v1/order/matchresults": _fills,
}
