"""An order, a fill or an uncertain order as one line of plain text in columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from decimal import ROUND_DOWN, Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT, plain
from hbtui.model.order import Fill, Order, OrderState, OrderType, Side
from hbtui.ui.text import (
    UNKNOWN,
    amount,
    compact,
    countdown,
    date_time,
    first_fitting,
    grouped,
    local_time,
    price,
    quantity,
)
from hbtui.ui.widgets.rows import Cell, Column, Row

__all__ = [
    "FILL_COLUMNS",
    "ORDER_COLUMNS",
    "STATE_WORDS",
    "dated",
    "fill_row",
    "order_row",
    "order_sentence",
    "uncertain_row",
]

_AMOUNT = 13
_TIME, _DATE = 8, 12
"""Columns of a time of day, and of one with its date."""
_BESIDE_DATE = 8
"""To this the last column gives way where a date has no room: an order without any would pass for one of today."""
ORDER_COLUMNS = (
    Column("time", _TIME, rank=1),
    Column("side", 4),
    Column("symbol", 9),
    Column("type", 6, rank=2),
    Column("amount", _AMOUNT, is_right=True),
    Column("price", 12, is_right=True),
    Column("fill", 4, is_right=True),
    Column("state", 12, is_elastic=True),
)
FILL_COLUMNS = (
    Column("time", _TIME, rank=1),
    Column("side", 4),
    Column("symbol", 9),
    Column("amount", _AMOUNT, is_right=True),
    Column("price", 12, is_right=True),
    Column("total", 13, is_right=True, rank=3),
    Column("fee", 18, is_right=True),
    Column("role", 6, rank=2, is_elastic=True),
)


def dated(columns: Sequence[Column], times_ms: Iterable[int], now_ms: int, zone: tzinfo | None) -> tuple[Column, ...]:
    """Give the first column room for a date where one of the times is not of today, on 80 columns as well."""
    today = local_time(now_ms, zone).date()
    if not any(local_time(each, zone).date() != today for each in times_ms if each):
        return tuple(columns)
    at, *others = columns
    narrowed = (replace(each, width=min(each.width, _BESIDE_DATE)) if each.is_elastic else each for each in others)
    return (replace(at, width=_DATE), *narrowed)


STATE_WORDS: dict[OrderState, tuple[str, str]] = {
    OrderState.SENDING: ("sending…", "dim"),
    OrderState.UNCERTAIN: ("? uncertain", "warning"),
    OrderState.NOT_SENT: ("did not leave this computer", "error"),
    OrderState.REFUSED: ("refused", "error"),
    OrderState.NOT_PLACED: ("was not placed", "error"),
    OrderState.UNPROVEN: ("? cannot be proven", "warning"),
    OrderState.ACCEPTED: ("accepted", "plain"),
    OrderState.CREATED: ("waits for trigger", "plain"),
    OrderState.SUBMITTED: ("open", "plain"),
    OrderState.PARTIALLY_FILLED: ("partly filled", "strong"),
    OrderState.CANCELING: ("cancelling…", "dim"),
    OrderState.PARTIALLY_CANCELED: ("rest cancelled", "plain"),
    OrderState.FILLED: ("filled", "strong"),
    OrderState.CANCELED: ("cancelled", "dim"),
    OrderState.REJECTED: ("rejected", "error"),
    OrderState.CONFLICT: ("! contradictory", "error"),
}
"""The word for each state and its tone; the words of an end stand only where the state proves it."""

_TYPES = {
    OrderType.LIMIT: "limit",
    OrderType.MARKET: "market",
    OrderType.IOC: "IOC",
    OrderType.FOK: "FOK",
    OrderType.POST_ONLY: "post",
    OrderType.STOP_LIMIT: "stop",
    OrderType.STOP_LIMIT_FOK: "stop",
}


def _side(side: Side) -> Cell:
    return Cell(side.value.upper(), side.value)


def _pair(symbol: str, instrument: Instrument | None) -> str:
    return instrument.name if instrument else symbol.upper()


def _amount(order: Order, instrument: Instrument | None) -> str:
    """The amount with its unit; of a market buy the money to spend."""
    if order.amount is None:
        return UNKNOWN
    if not order.is_amount_in_quote:
        shorter = (quantity(order.amount, places) for places in (8, 2))
        return first_fitting((amount(order.amount, instrument), *shorter, compact(order.amount)), _AMOUNT)
    unit = f" {instrument.quote.upper()}" if instrument else ""
    forms = (
        quantity(order.amount),
        quantity(order.amount, 2),
        grouped(order.amount, 0, ROUND_DOWN),
        compact(order.amount),
    )
    return first_fitting(tuple(f"{form}{unit}" for form in forms), _AMOUNT)


def _filled(order: Order) -> str:
    done = order.filled_quote if order.is_amount_in_quote else order.filled_base
    if not order.amount:
        return UNKNOWN
    if order.state is OrderState.FILLED:
        return "100%"
    share = EXACT.divide(EXACT.multiply(done, Decimal(100)), order.amount)
    # never "100%" for almost all
    return f"{min(Decimal(99), share).to_integral_value(rounding='ROUND_DOWN')}%" if share else "0%"


def _state(order: Order) -> Cell:
    words, tone = STATE_WORDS[order.state]
    if order.state is OrderState.CREATED and order.stop_price is not None:
        words = f"waits:{_trigger(order).removeprefix(' when')}"
    if order.is_cancel_requested and order.is_open and order.state is not OrderState.CANCELING:
        words = f"{words}, cancel asked"
    if order.cause and tone in {"error", "warning"}:
        words = f"{words}: {order.cause}"
    return Cell(words, tone)


def order_row(order: Order, instruments: Mapping[str, Instrument], now_ms: int, zone: tzinfo | None) -> Row:
    """Write one order, with the date where it is not of today."""
    instrument = instruments.get(order.symbol)
    kind = _TYPES[order.type] if order.type else order.venue_type
    shown_price = order.price if order.price is not None else order.average_price
    at = "market" if shown_price is None and order.type is OrderType.MARKET else price(shown_price, instrument)
    cells = (
        Cell(date_time(order.created_ms or None, now_ms, zone), "dim"),
        _side(order.side),
        Cell(_pair(order.symbol, instrument)),
        Cell(kind, "dim"),
        Cell(_amount(order, instrument)),
        Cell(at),
        Cell(_filled(order)),
        _state(order),
    )
    return Row(order.key, cells)


def fill_row(fill: Fill, instruments: Mapping[str, Instrument], now_ms: int, zone: tzinfo | None) -> Row:
    """Write one fill with its fee; a rebate is said to be one. The row's key begins with the order's id."""
    instrument = instruments.get(fill.symbol)
    fee = UNKNOWN
    if fill.fee is not None:
        rebate = "rebate " if fill.fee < 0 else ""
        fee = f"{rebate}{quantity(abs(fill.fee))} {fill.fee_currency.upper()}"
    role = UNKNOWN if fill.is_maker is None else "maker" if fill.is_maker else "taker"
    cells = (
        Cell(date_time(fill.ts_ms, now_ms, zone), "dim"),
        _side(fill.side),
        Cell(_pair(fill.symbol, instrument)),
        Cell(amount(fill.amount, instrument)),
        Cell(price(fill.price, instrument)),
        Cell(quantity(EXACT.multiply(fill.price, fill.amount), 4)),
        Cell(fee),
        Cell(role, "dim"),
    )
    return Row(f"{fill.order_id}/{fill.trade_id}", cells)


def order_sentence(order: Order, instruments: Mapping[str, Instrument]) -> str:
    """Say an order in one line: ``BUY 1,000 DOGE @ 0.08``."""
    instrument = instruments.get(order.symbol)
    if instrument is None:
        what = f"{UNKNOWN if order.amount is None else plain(order.amount)} {order.symbol.upper()}"
        at = "" if order.price is None else f" @ {plain(order.price)}"
        return f"{order.side.value.upper()} {what}{at}"
    base, quote = instrument.base.upper(), instrument.quote.upper()
    what = UNKNOWN if order.amount is None else _trimmed(order.amount)
    if order.is_amount_in_quote:
        return f"{order.side.value.upper()} {base} for {what} {quote} at the market"
    at = "at the market" if order.price is None else f"@ {_trimmed(order.price)}"
    return f"{order.side.value.upper()} {what} {base} {at}{_trigger(order)}"


def _trigger(order: Order) -> str:
    """Say what a stop order waits for, while it waits."""
    if order.stop_price is None or order.state not in _BEFORE_TRIGGER:
        return ""
    sign = {"gte": "≥", "lte": "≤"}.get(order.stop_operator or "", "at")
    return f" when last {sign} {_trimmed(order.stop_price)}"


_BEFORE_TRIGGER = frozenset(
    {OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.ACCEPTED, OrderState.CREATED}
)


def _trimmed(number: Decimal) -> str:
    whole, point, rest = plain(number).partition(".")
    return f"{grouped(Decimal(whole), 0)}{point}{rest}"


def uncertain_row(order: Order, instruments: Mapping[str, Instrument], now_ms: int) -> Row:
    """Say that nobody knows yet: since when, and when it is looked up next; or that nobody will."""
    word, may = _DOUBTS.get(order.state, _DOUBTS[OrderState.UNCERTAIN])
    parts = [f"{word} {order_sentence(order, instruments)} — {may}", countdown(now_ms - order.created_ms)]
    if order.state is OrderState.CONFLICT and order.cause:
        parts.append(order.cause)
    if order.next_check_ms is not None:
        wait = order.next_check_ms - now_ms
        parts.append(f"next check {countdown(wait)}" if wait > 0 else "checking now")
    if order.is_cancel_requested:
        parts.append("cancelled when found")
    return Row(order.key, (), Cell(" · ".join(parts), "warning"))


_DOUBTS = {
    OrderState.UNCERTAIN: ("? UNCERTAIN", "may be live"),
    OrderState.UNPROVEN: ("? UNPROVEN", "not found, not proven · x signs it off"),
    OrderState.CONFLICT: ("! CONFLICT", "two truths were told · x signs it off"),
}
