"""Stop orders: when the last price reaches them, and why a reached one may not be placed after all."""

from collections.abc import Iterable
from decimal import Decimal

from hbtui.sim.codes import Refused
from hbtui.sim.orders import Order, OrderRequest
from hbtui.sim.rules import check_limits

__all__ = ["failure_of", "is_hit"]

_DAY_MS = 24 * 3600 * 1000


def is_hit(request: OrderRequest, last: Decimal) -> bool:
    """Whether the last price has reached the stop price, from the side that the operator names."""
    if request.stop_price is None:
        return False
    return last >= request.stop_price if request.operator == "gte" else last <= request.stop_price


def failure_of(order: Order, last: Decimal, others: Iterable[Order], *, halted: bool) -> tuple[int, str] | None:
    """Why a triggered order cannot be placed, with the codes of HTX's conditional orders; ``None`` when it can."""
    if halted:
        return 2003, "trading is disabled"
    name, day_ago = order.request.client_order_id, order.updated_ms - _DAY_MS
    same = (other for other in others if other is not order and other.request.client_order_id == name)
    if name and any(other.created_ms > day_ago for other in same):
        return 2002, "invalid.client.order.id (NT)"
    try:
        check_limits(order.request, last)
    except Refused as refusal:
        return 3006 if order.request.buy else 3007, refusal.message
    return None
