"""The lists of the orders screen: sorted, filtered, and written with all that there is room for; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from types import MappingProxyType

from hbtui.model.instrument import Instrument
from hbtui.trading.views import OrdersView
from hbtui.ui.text import date_time, price, quantity
from hbtui.ui.widgets.order_rows import FILL_COLUMNS, ORDER_COLUMNS, dated, fill_row, order_row, uncertain_row
from hbtui.ui.widgets.rows import Cell, Column, Row

__all__ = ["LISTS", "counted", "filtered", "newest_first", "wide_rows"]

LISTS = MappingProxyType({"uncertain": "Uncertain", "open": "Open", "history": "History", "fills": "Fills"})
_AVERAGE = Column("average", 12, is_right=True, rank=4)
_CHANGED = Column("changed", 8, rank=3)


def newest_first(orders: OrdersView) -> OrdersView:
    """Sort every list by time, the newest on top."""
    return replace(
        orders,
        uncertain=tuple(sorted(orders.uncertain, key=lambda one: -one.created_ms)),
        open=tuple(sorted(orders.open, key=lambda one: -one.created_ms)),
        history=tuple(sorted(orders.history, key=lambda one: -max(one.updated_ms, one.created_ms))),
        fills=tuple(sorted(orders.fills, key=lambda one: (-one.ts_ms, -one.trade_id))),
    )


def filtered(orders: OrdersView, typed: str) -> OrdersView:
    """Keep what belongs to symbols that contain what was typed; ``/`` and blanks do not matter.

    Uncertain orders are always kept: they must not be overlooked.
    """
    wanted = typed.strip().lower().replace("/", "").replace(" ", "")
    if not wanted:
        return orders
    return replace(
        orders,
        open=tuple(one for one in orders.open if wanted in one.symbol),
        history=tuple(one for one in orders.history if wanted in one.symbol),
        fills=tuple(one for one in orders.fills if wanted in one.symbol),
    )


def counted(word: str, name: str, orders: OrdersView) -> str:
    """Write a tab's word with the number of its rows, once that is known."""
    number = len(getattr(orders, name))
    return f"{word} {number}" if number and (orders.is_known or name == "uncertain") else word


def wide_rows(
    name: str, orders: OrdersView, instruments: Mapping[str, Instrument], now_ms: int, zone: tzinfo | None
) -> tuple[list[Row], tuple[Column, ...]]:
    """Write one list with its columns; uncertain orders stand on top of each."""
    doubts = [uncertain_row(order, instruments, now_ms) for order in orders.uncertain]
    if name == "fills":
        columns = dated(FILL_COLUMNS, (fill.ts_ms for fill in orders.fills), now_ms, zone)
        return [*doubts, *(fill_row(fill, instruments, now_ms, zone) for fill in orders.fills)], columns
    listed = {"open": orders.open, "history": orders.history}.get(name, ())
    columns = dated(ORDER_COLUMNS, (order.created_ms for order in listed), now_ms, zone)
    (changed,) = dated((_CHANGED,), (order.updated_ms for order in listed), now_ms, zone)
    rows = []
    for order in listed:
        row = order_row(order, instruments, now_ms, zone)
        *cells, state = row.cells
        average = Cell(price(order.average_price, instruments.get(order.symbol)) if order.filled_quote else "·", "dim")
        fees = Cell("·" if order.fees is None else quantity(order.fees), "dim")
        at = Cell(date_time(order.updated_ms or None, now_ms, zone), "dim")
        rows.append(replace(row, cells=(*cells, average, fees, at, state)))
    *head, last = columns
    return [*doubts, *rows], (*head, _AVERAGE, _FEES, changed, last)


_FEES = Column("fees", 12, is_right=True, rank=5)
