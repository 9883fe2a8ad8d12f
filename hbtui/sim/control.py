"""``/_control``: what a test in another process may do to a running exchange. Served only when asked for."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from hbtui.sim.codes import Refused
from hbtui.sim.faults import Fault, Faults
from hbtui.sim.order_views import fill_row, order_row
from hbtui.sim.outside import open_many, place
from hbtui.sim.rest import Answer, Asked
from hbtui.sim.symbols import PAIRS
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject, decode, encode

__all__ = ["Control", "dump"]


class Control:
    """Faults, trades and orders from elsewhere, dropped sockets, and the truth about orders.

    ``POST`` to ``/_control/faults`` a rule (the fields of :class:`hbtui.sim.faults.Fault`) or ``{"clear": true}``; to
    ``trade`` symbol, price, amount, side; to ``place`` the body of an order; to ``open-orders`` symbol and count; to
    ``fill`` and ``cancel`` an ``order-id``; to ``close`` a kind of socket, or nothing for all; to ``market-status`` a
    status. ``ledger`` tells the truth.
    """

    def __init__(self, venue: Venue, faults: Faults, close: Callable[[str | None], int]) -> None:
        self._venue = venue
        self._faults = faults
        self._close = close

    def answer(self, asked: Asked) -> Answer:
        """Do one thing; a mistake in the request is a 400 with a sentence."""
        actions: dict[str, Callable[[JsonObject], JsonObject]] = {
            "/_control/faults": self._fault,
            "/_control/trade": self._trade,
            "/_control/close": self._close_sockets,
            "/_control/market-status": self._market_status,
            "/_control/place": self._place,
            "/_control/open-orders": self._open_orders,
            "/_control/fill": self._fill,
            "/_control/cancel": self._cancel,
            "/_control/ledger": lambda _body: dump(self._venue),
        }
        action = actions.get(asked.path)
        if action is None:
            return Answer(404, encode({"error": "no such control"}), {})
        try:
            body = decode(asked.body) if asked.body else {}
            return Answer(200, encode(action(body if isinstance(body, dict) else {})), {})
        except (ValueError, TypeError, KeyError, InvalidOperation, Refused) as error:
            return Answer(400, encode({"error": f"cannot do this: {error}"}), {})

    def _fault(self, body: JsonObject) -> JsonObject:
        if body.get("clear"):
            self._faults.clear()
            return {"ok": True}
        wanted = {name: float(value) if isinstance(value, Decimal) else value for name, value in body.items()}
        wanted |= {"without": tuple(map(str, _listed(body["without"])))} if "without" in body else {}
        self._faults.add(Fault(**wanted))  # type: ignore[arg-type]  # a wrong field is a TypeError, answered with 400
        return {"ok": True}

    def _trade(self, body: JsonObject) -> JsonObject:
        symbol, side = str(body["symbol"]), str(body.get("side", "sell"))
        if symbol not in PAIRS or side not in {"buy", "sell"}:
            raise ValueError(symbol)
        price, amount = Decimal(str(body["price"])), Decimal(str(body.get("amount", 1)))
        if not (price.is_finite() and amount.is_finite() and price > 0 and amount > 0):
            raise ValueError(price)
        self._venue.print_trade(symbol, price, amount, buy=side == "buy")
        return {"ok": True}

    def _place(self, body: JsonObject) -> JsonObject:
        return {"order-id": str(place(self._venue, body).id)}

    def _open_orders(self, body: JsonObject) -> JsonObject:
        symbol = str(body["symbol"])
        if symbol not in PAIRS:
            raise ValueError(symbol)
        orders = open_many(self._venue, symbol, int(str(body["count"])))
        return {"order-ids": [str(order.id) for order in orders]}

    def _fill(self, body: JsonObject) -> JsonObject:
        self._venue.fill(self._venue.orders[int(str(body["order-id"]))])
        return {"ok": True}

    def _cancel(self, body: JsonObject) -> JsonObject:
        self._venue.cancel(self._venue.orders[int(str(body["order-id"]))], "spot-web")
        return {"ok": True}

    def _close_sockets(self, body: JsonObject) -> JsonObject:
        kind = body.get("kind")
        return {"closed": self._close(None if kind is None else str(kind))}

    def _market_status(self, body: JsonObject) -> JsonObject:
        self._venue.market_status = int(str(body["status"]))
        return {"ok": True}


def _listed(given: object) -> list[object]:
    return given if isinstance(given, list) else [given]


def dump(venue: Venue) -> JsonObject:
    """Every order with its fills, oldest first, and the events of their lives."""
    orders = [
        {**order_row(order), "fills": [fill_row(order, fill) for fill in order.fills]}
        for order in venue.orders.values()
    ]
    return {"orders": orders, "events": list(venue.recorder.events)}
