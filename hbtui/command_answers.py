"""What commands print: rows as a table or as JSON on stdout, sentences on stderr, and the exit code of an order."""

import json
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from hbtui.cli import ExitCode
from hbtui.model.account import Balance
from hbtui.model.candle import Candle
from hbtui.model.entry import JournalEntry
from hbtui.model.numbers import plain
from hbtui.model.order import Fill, Order, OrderReport, OrderState
from hbtui.streams import answer, complain
from hbtui.tables import blocks, expanded, table, time_text

__all__ = [
    "Row",
    "answered",
    "balance_row",
    "candle_row",
    "ended",
    "fill_row",
    "order_row",
    "report_row",
    "tell_entries",
    "tell_orders",
    "verdict",
    "worst",
]

Row = dict[str, str | int | None]
_WORSE = (ExitCode.DONE, ExitCode.NETWORK, ExitCode.REFUSED, ExitCode.UNKNOWN)
"""From the best end of an order to the worst."""
_NARROWEST, _WIDEST = 60, 110
"""Columns of what is read rather than compared."""


def ended(text: str, code: ExitCode = ExitCode.FAILED) -> ExitCode:
    """Say one sentence on stderr, and end with this code."""
    complain(text)
    return code


def answered(asked: Namespace, rows: Sequence[Mapping[str, object]], nothing: str) -> ExitCode:
    """Print rows; ``nothing`` where there are none and no JSON is wanted."""
    return _written(json.dumps(rows, indent=1) if asked.json else _readable(rows) if rows else nothing)


def tell_orders(asked: Namespace, orders: Sequence[Order], *, is_list: bool) -> None:
    """Print orders; where that fails their ids stand on stderr, and the exit code stays that of the orders."""
    rows = [order_row(order) for order in orders]
    text = json.dumps(rows if is_list else rows[0]) if asked.json else _readable(rows)
    if problem := answer(text):
        for order in orders:
            ids = f"order id {order.order_id or '—'}, client order id {order.client_order_id or '—'}"
            complain(f"The answer could not be written ({problem}): {ids}, {order.state.value}.")


def verdict(order: Order) -> ExitCode:
    """Say what an order's state means for the script that placed it."""
    if order.state is OrderState.NOT_SENT:
        return ended(f"Not sent: it did not leave this computer ({order.cause}).", ExitCode.NETWORK)
    if order.state in {OrderState.REFUSED, OrderState.NOT_PLACED, OrderState.REJECTED}:
        return ended(f"Refused: {order.cause or order.state.value}", ExitCode.REFUSED)
    if order.order_id is None or order.state in {OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT}:
        return ended(
            f"The outcome is not known ({order.cause or order.state.value}): the order may or may not exist. "
            f"Do not send it again; its client order id is {order.client_order_id}.",
            ExitCode.UNKNOWN,
        )
    return ExitCode.DONE


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code of several orders: that of the one that came off worst, and not to know is the worst."""
    return max(codes, key=_WORSE.index, default=ExitCode.DONE)


def balance_row(balance: Balance) -> Row:
    """One currency."""
    return {
        "currency": balance.currency,
        "available": plain(balance.available),
        "frozen": plain(balance.frozen),
        "total": plain(balance.total),
    }


def candle_row(candle: Candle) -> Row:
    """One bar."""
    return {
        "open_ms": candle.open_ms,
        "open": plain(candle.open),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "close": plain(candle.close),
        "base_volume": plain(candle.base_volume),
        "quote_volume": plain(candle.quote_volume),
        "trades": candle.trades,
    }


def order_row(order: Order) -> Row:
    """One order as it is known here."""
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id or None,
        "account_id": order.account_id,
        "symbol": order.symbol,
        "type": order.venue_type,
        "state": order.state.value,
        "amount": _text(order.amount),
        "price": _text(order.price),
        "stop_price": _text(order.stop_price),
        "operator": order.stop_operator,
        "filled": plain(order.filled_base),
        "filled_value": plain(order.filled_quote),
        "created_ms": order.created_ms or None,
    }


def report_row(report: OrderReport) -> Row:
    """One order as the exchange tells it."""
    return {
        "order_id": report.order_id,
        "client_order_id": report.client_order_id or None,
        "account_id": report.account_id,
        "symbol": report.symbol,
        "type": report.venue_type,
        "state": report.state.value if report.state is not None else None,
        "amount": _text(report.amount),
        "price": _text(report.price),
        "filled": _text(report.filled_base),
        "filled_value": _text(report.filled_quote),
        "fees": _text(report.fees),
        "created_ms": report.created_ms,
        "updated_ms": report.updated_ms,
        "cause": report.cause or None,
    }


def fill_row(fill: Fill) -> Row:
    """One trade."""
    role = None if fill.is_maker is None else "maker" if fill.is_maker else "taker"
    return {
        "trade_id": str(fill.trade_id),
        "order_id": fill.order_id,
        "symbol": fill.symbol,
        "side": fill.side.value,
        "price": plain(fill.price),
        "amount": plain(fill.amount),
        "fee": _text(fill.fee),
        "fee_currency": fill.fee_currency or None,
        "role": role,
        "ts_ms": fill.ts_ms or None,
    }


def _entry_row(entry: JournalEntry) -> dict[str, object]:
    """One line of the journal, for a program."""
    return {
        "number": entry.number,
        "at_ms": entry.at_ms,
        "kind": entry.kind,
        "client_order_id": entry.client_order_id,
        "facts": dict(entry.facts),
    }


def tell_entries(asked: Namespace, entries: Sequence[JournalEntry]) -> ExitCode:
    """Print lines of the journal: as JSON, or one block each, as wide as the terminal lets a person read."""
    if asked.json:
        return answered(asked, [_entry_row(entry) for entry in entries], "")
    return _written(blocks([_entry_block(entry) for entry in entries], _columns()))


def _columns() -> int:
    columns = shutil.get_terminal_size((_WIDEST, 24)).columns
    return max(_NARROWEST, min(_WIDEST, columns))


def _readable(rows: Sequence[Mapping[str, object]]) -> str:
    """The rows as a table, or as blocks where they go to a terminal that has no room for the table."""
    told = table(rows)
    is_too_wide = sys.stdout.isatty() and max(map(len, told.splitlines())) > shutil.get_terminal_size().columns
    return expanded(rows, _columns()) if is_too_wide else told


def _entry_block(entry: JournalEntry) -> tuple[str, dict[str, str]]:
    facts = {name: _fact(name, value) for name, value in entry.facts.items() if value}
    return f"{entry.number}  {time_text(entry.at_ms)}  {entry.kind}", facts


def _fact(name: str, value: str) -> str:
    return time_text(int(value)) if name.endswith("_ms") and value.isascii() and value.isdigit() else value


def _written(text: str) -> ExitCode:
    problem = answer(text)
    return ended(f"The answer could not be written: {problem}.") if problem else ExitCode.DONE


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
