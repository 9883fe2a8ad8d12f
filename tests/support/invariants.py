"""What must hold after every fault: J1–J12, checked over what the exchange, the wire, the disk and the screen say.

The exchange's own ledger is the truth; nothing here asks hbtui what it believes but by what it showed.
"""

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hbtui.model.order import FINAL, TRANSITIONS, Order, OrderRequest, OrderState
from hbtui.sim.wire import JsonObject
from hbtui.trading.client_ids import is_own
from hbtui.trading.views import View
from tests.support.fault_proxy import Seen

__all__ = ["Evidence", "JournalRow", "breaches", "journal_rows", "shown_orders", "unlike"]

PLACE = "POST /v1/order/orders/place"
_NOTHING_THERE = frozenset({OrderState.NOT_SENT, OrderState.REFUSED, OrderState.NOT_PLACED})
_DOUBTFUL = frozenset({OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})
_MOST_HISTORY = 500  # a screen's list of what is over ends somewhere
_SETTLED = {
    "created": OrderState.CREATED,
    "submitted": OrderState.SUBMITTED,
    "partial-filled": OrderState.PARTIALLY_FILLED,
    "canceling": OrderState.CANCELING,
    "partial-canceled": OrderState.PARTIALLY_CANCELED,
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELED,
    "rejected": OrderState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An intent as the disk has it."""

    client_order_id: str
    created_ms: int
    host: str
    body: bytes


@dataclass(kw_only=True)
class Evidence:
    """Everything that a case left behind."""

    orders: Sequence[JsonObject]
    """The exchange's orders with their fills."""
    arrivals: Sequence[JsonObject]
    """The exchange's events."""
    journal: Mapping[str, JournalRow]
    views: Sequence[View]
    """Every view that was published, in order; of several runs one after another."""
    starts: Sequence[int] = (0,)
    """Where in ``views`` each run of the program begins: what is known is learnt anew by each."""
    requests: Sequence[Seen] = ()
    """Every HTTP request that left, as the proxy saw it."""
    host: str = ""
    """The pinned host, with its port."""
    confirmed: Mapping[str, OrderRequest] = field(default_factory=dict)
    """What a person confirmed, by client order id."""
    cancelled: Sequence[str] = ()
    """Keys of the orders that a person asked to cancel."""
    max_order_value: Decimal | None = None
    planted: frozenset[str] = frozenset()
    """Venue ids of orders that the case itself put into the ledger."""
    sinks: Sequence[tuple[str, bytes]] = ()
    """All that was written anywhere, by name."""
    canaries: Sequence[str] = ()
    """Secrets that must be in none of them."""
    strangers: bytes = b""
    """What any other host received."""


def journal_rows(path: Path) -> dict[str, JournalRow]:
    """Read the intents of a journal that nobody holds any more; of no file, none."""
    if not path.exists():
        return {}
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = connection.execute("SELECT client_order_id, created_ms, host, body FROM intents").fetchall()
    finally:
        connection.close()
    return {key: JournalRow(key, created_ms, host, bytes(body)) for key, created_ms, host, body in found}


def shown_orders(view: View) -> dict[str, Order]:
    """Every order of a view by its key."""
    orders = view.orders
    return {order.key: order for order in (*orders.history, *orders.open, *orders.uncertain)}


def breaches(evidence: Evidence) -> list[str]:
    """Name every invariant that does not hold, with the case; empty when all do."""
    checks: dict[str, Callable[[Evidence], Iterator[str]]] = {
        "J1": _one_order_per_id,
        "J2": _intent_before_order,
        "J3": _what_is_not_there,
        "J4": _fills_and_fees,
        "J5": _all_is_shown,
        "J6": _never_backwards,
        "J7": _one_confirmation_per_post,
        "J8": _bodies,
        "J9": _limits,
        "J10": _cancels,
        "J11": _secrets,
        "J12": _hosts,
    }
    return [f"{name}: {text}" for name, check in checks.items() for text in check(evidence)]


def unlike(order: Order, truth: Mapping[str, Any]) -> str:
    """Say in what an order as shown differs from the exchange's, or nothing."""
    fills = truth["fills"]
    amounts = sum((Decimal(fill["filled-amount"]) for fill in fills), Decimal(0))
    spent = sum((Decimal(fill["filled-amount"]) * Decimal(fill["price"]) for fill in fills), Decimal(0))
    fees = sum((Decimal(fill["filled-fees"]) for fill in fills), Decimal(0))
    state = _SETTLED[str(truth["state"])]
    if order.state is not state:
        return f"it is {truth['state']}, shown as {order.state.value}"
    if (order.filled_base, order.filled_quote) != (amounts, spent):
        return f"{amounts} for {spent} were filled, shown {order.filled_base} for {order.filled_quote}"
    if fills and order.fees != fees:
        return f"the fees are {fees}, shown {order.fees}"
    told = {(fill.trade_id, fill.price, fill.amount, fill.fee) for fill in order.fills}
    true = {
        (int(one["trade-id"]), Decimal(one["price"]), Decimal(one["filled-amount"]), Decimal(one["filled-fees"]))
        for one in fills
    }
    return "" if told == true else f"the fills are {true}, shown {told}"


def _by_id(evidence: Evidence) -> dict[str, list[Mapping[str, Any]]]:
    """The exchange's orders under the ids that hbtui made, without those that the case planted."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for order in evidence.orders:
        key = str(order.get("client-order-id") or "")
        if is_own(key) and str(order["id"]) not in evidence.planted:
            found.setdefault(key, []).append(order)
    return found


def _one_order_per_id(evidence: Evidence) -> Iterator[str]:
    for key, orders in _by_id(evidence).items():
        if len(orders) > 1:
            yield f"{key} became {len(orders)} orders"


def _intent_before_order(evidence: Evidence) -> Iterator[str]:
    for key, orders in _by_id(evidence).items():
        row = evidence.journal.get(key)
        if row is None:
            yield f"{key} is at the exchange and not in the journal"
        elif row.created_ms > int(orders[0]["created-at"]):
            yield f"{key} was journalled after the exchange had it"


def _what_is_not_there(evidence: Evidence) -> Iterator[str]:
    there = _by_id(evidence)
    for key, order in shown_orders(evidence.views[-1]).items():
        if order.state in _NOTHING_THERE and key in there:
            yield f"{key} is shown as {order.state.value}, and the exchange has it"


def _fills_and_fees(evidence: Evidence) -> Iterator[str]:
    truths = {str(order["id"]): order for order in evidence.orders}
    for order in shown_orders(evidence.views[-1]).values():
        truth = truths.get(order.order_id or "")
        if truth is not None and order.state not in _DOUBTFUL and (difference := unlike(order, truth)):
            yield f"{order.key}: {difference}"


def _all_is_shown(evidence: Evidence) -> Iterator[str]:
    shown = shown_orders(evidence.views[-1]).values()
    is_full = len(evidence.views[-1].orders.history) >= _MOST_HISTORY
    ids = {order.order_id for order in shown} | {fill.order_id for order in shown for fill in order.fills}
    conflicts = {order.client_order_id for order in shown if order.state is OrderState.CONFLICT}
    for order in evidence.orders:
        is_old = is_full and _SETTLED[str(order["state"])] in FINAL
        if not is_old and str(order["id"]) not in ids and str(order.get("client-order-id")) not in conflicts:
            yield f"order {order['id']} ({order['state']}) of the exchange is not shown"


def _never_backwards(evidence: Evidence) -> Iterator[str]:
    last: dict[str, Order] = {}
    starts = set(evidence.starts)
    for number, view in enumerate(evidence.views):
        if number in starts:
            last.clear()
        for key, order in shown_orders(view).items():
            before = last.get(key)
            last[key] = order
            if before is None or before is order:
                continue
            if order.filled_base < before.filled_base or len(order.fills) < len(before.fills):
                yield f"{key} had {before.filled_base} filled, then {order.filled_base}"
            if order.state is not before.state and order.state not in TRANSITIONS[before.state]:
                yield f"{key} was {before.state.value}, then {order.state.value}"


def _posts(evidence: Evidence) -> Iterator[tuple[str, Seen]]:
    for seen in evidence.requests:
        if seen.line == PLACE and seen.is_whole:
            yield str(json.loads(seen.body).get("client-order-id")), seen


def _one_confirmation_per_post(evidence: Evidence) -> Iterator[str]:
    counts = Counter(key for key, _ in _posts(evidence))
    for key, count in counts.items():
        if count > 1:
            yield f"{key} was posted {count} times"
        if key not in evidence.confirmed:
            yield f"{key} was posted and never confirmed"


def _bodies(evidence: Evidence) -> Iterator[str]:
    for key, seen in _posts(evidence):
        row = evidence.journal.get(key)
        if row is None or row.body != seen.body:
            yield f"{key} was sent as {seen.body!r}, journalled as {row.body if row else None!r}"
        if row is not None and row.host != evidence.host:
            yield f"{key} was journalled for {row.host}"


def _limits(evidence: Evidence) -> Iterator[str]:
    most = evidence.max_order_value
    for key, orders in _by_id(evidence).items():
        for order in orders:
            price = Decimal(str(order.get("price") or 0))
            if most is not None and Decimal(str(order["amount"])) * price > most:
                yield f"{key} is worth more than {most}"
    for event in evidence.arrivals:
        if event["event"] == "refused" and is_own(str(event["client_order_id"])) and not evidence.confirmed:
            yield f"{event['client_order_id']} reached the exchange unasked"


def _cancels(evidence: Evidence) -> Iterator[str]:
    shown = shown_orders(evidence.views[-1])
    for key in evidence.cancelled:
        order = shown.get(key) or next((one for one in shown.values() if one.order_id == key), None)
        if order is None or not (order.state in FINAL or order.state in _DOUBTFUL):
            yield f"{key} was to be cancelled, and is {order.state.value if order else 'not shown'}"


def _secrets(evidence: Evidence) -> Iterator[str]:
    for canary in evidence.canaries:
        for form in _forms(canary):
            for name, data in evidence.sinks:
                if form in data:
                    yield f"a secret is in {name}"


def _forms(secret: str) -> set[bytes]:
    plain = secret.encode()
    pieces = {plain[at : at + 12] for at in range(0, len(plain) - 11, 12)}
    return {plain, quote(secret, safe="").encode(), base64.b64encode(plain), plain.hex().encode(), plain[::-1]} | pieces


def _hosts(evidence: Evidence) -> Iterator[str]:
    if evidence.strangers:
        yield f"another host received {evidence.strangers[:80]!r}"
    for seen in evidence.requests:
        is_signed = b"Signature=" in seen.head
        if is_signed and _header(seen.head.split(b"\r\n"), b"host:") != evidence.host.encode():
            yield f"{seen.line} was signed for another host"


def _header(lines: Iterable[bytes], name: bytes) -> bytes:
    return next((line[len(name) :].strip() for line in lines if line.lower().startswith(name)), b"")
