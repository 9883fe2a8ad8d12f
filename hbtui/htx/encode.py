"""The bytes of an order as they are sent and journalled: numbers as plain text, only the fields that are needed."""

from collections.abc import Iterable
from decimal import Decimal
from re import compile as pattern

from msgspec import json

from hbtui.htx.reading import exact, symbol
from hbtui.model.numbers import plain
from hbtui.model.order import OrderRequest

__all__ = [
    "cancel_all_after_body",
    "cancel_body",
    "cancel_by_client_id_body",
    "cancel_many_body",
    "is_client_order_id",
    "place_body",
    "place_many_body",
]

_CLIENT_ORDER_ID = pattern(r"[A-Za-z0-9_-]{1,64}", 0)
_encoder = json.Encoder()


def is_client_order_id(text: str) -> bool:
    """Whether HTX accepts the text as a client order id (HTX docs: letters, digits, ``_``, ``-``; at most 64)."""
    return _CLIENT_ORDER_ID.fullmatch(text) is not None


def _positive_text(name: str, value: Decimal | None) -> str:
    if value is None or exact(value) <= 0:
        message = f"an order's {name} must be a positive number"
        raise ValueError(message)
    return plain(value)


def place_body(client_order_id: str, request: OrderRequest) -> bytes:
    """The body of ``POST /v1/order/orders/place``; raises ``ValueError`` for a request that cannot be written."""
    if not is_client_order_id(client_order_id):
        message = "a client order id is 1–64 letters, digits, '_' or '-'"
        raise ValueError(message)
    body: dict[str, str | int] = {
        "account-id": str(request.account_id),
        "symbol": symbol(request.symbol),
        "type": request.venue_type,
        "amount": _positive_text("amount", request.amount),
    }
    if request.type.has_price:
        body["price"] = _positive_text("price", request.price)
    if request.type.has_stop:
        if request.stop_operator not in {"gte", "lte"}:
            message = "a stop order needs its operator, gte or lte"
            raise ValueError(message)
        body["stop-price"] = _positive_text("stop price", request.stop_price)
        body["operator"] = request.stop_operator
    body["source"] = request.source
    body["client-order-id"] = client_order_id
    if request.self_match_prevent:
        body["self-match-prevent"] = 1
    return _encoder.encode(body)


def place_many_body(bodies: Iterable[bytes]) -> bytes:
    """The body of ``batch-orders``: an array of the very bytes that were journalled for each order."""
    return b"[" + b",".join(bodies) + b"]"


def cancel_many_body(order_ids: Iterable[str]) -> bytes:
    """The body of ``batchcancel``, by HTX's ids."""
    return _encoder.encode({"order-ids": list(order_ids)})


def cancel_all_after_body(seconds: int) -> bytes:
    """The body of ``cancel-all-after``: 0 is off; raises ``ValueError`` for 1 to 4 seconds."""
    if seconds and seconds < 5:
        message = "the dead man's switch takes 0 (off) or at least 5 seconds"
        raise ValueError(message)
    return _encoder.encode({"timeout": seconds})


def cancel_body(pair: str) -> bytes:
    """The body of ``submitcancel``: the symbol, where it is known."""
    return _encoder.encode({"symbol": symbol(pair)}) if pair else b"{}"


def cancel_by_client_id_body(client_order_id: str) -> bytes:
    """The body of ``submitCancelClientOrder``; raises ``ValueError`` for what cannot be such an id."""
    if not is_client_order_id(client_order_id):
        message = "not a client order id"
        raise ValueError(message)
    return _encoder.encode({"client-order-id": client_order_id})
