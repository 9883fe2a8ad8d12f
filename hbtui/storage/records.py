"""What each kind of entry says, and how it is read again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hbtui import __version__
from hbtui.model.entry import JournalEntry
from hbtui.model.numbers import plain
from hbtui.model.order import (
    FINAL,
    Accepted,
    Confirmation,
    Fill,
    Intent,
    Order,
    OrderRequest,
    OrderState,
    OrderType,
    Outcome,
    Refused,
    Side,
    Unknown,
)
from hbtui.model.text import clean
from hbtui.storage.chain import Draft, Fact, canonical

__all__ = [
    "Run",
    "as_entry",
    "as_intent",
    "boot_id",
    "cancel_draft",
    "fill_draft",
    "intent_draft",
    "order_draft",
    "outcome_draft",
    "run_draft",
    "sign_off_draft",
]

_LEASE_MS = 360_000
"""Life of a signature (300 s) and a margin for clocks and queues: after it the venue must refuse the bytes."""
_DOUBTFUL = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})
_SHOWN_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Run:
    """One life of the program with this journal."""

    number: int
    """The number of the entry that tells of its start."""
    boot: str
    """The running system's own id, or empty where it has none."""
    started_ms: int = 0
    """When it began, UTC ms; 0 where that is not known."""


def boot_id(source: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Tell which boot of the machine this is; empty where the system does not say."""
    try:
        return source.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def run_draft(started_ms: int, boot: str) -> Draft:
    """Tell that a run begins."""
    return Draft(started_ms, "run", "", canonical({"version": __version__, "boot": boot}))


def intent_draft(intent: Intent, run: Run) -> Draft:
    """Tell what was meant, by whom, what the gate said, and the exact bytes that will be sent."""
    request = intent.request
    facts: dict[str, Fact] = {
        "run": run.number,
        "boot": run.boot,
        "version": __version__,
        "created_ms": intent.created_ms,
        "lease_until_ms": intent.created_ms + _LEASE_MS,
        "host": intent.host,
        "mode": intent.mode,
        "account_id": request.account_id,
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "amount": plain(request.amount),
        "price": _number(request.price),
        "stop_price": _number(request.stop_price),
        "stop_operator": request.stop_operator,
        "source": request.source,
        "self_match_prevent": int(request.self_match_prevent),
        # bytes that are no text keep their values in JSON's escapes
        "body": intent.body.decode("utf-8", "surrogateescape"),
        "body_sha256": hashlib.sha256(intent.body).hexdigest(),
        "gate": list(intent.gate),
        "value": _number(intent.value),
        **_confirmed(intent.confirmation),
    }
    return Draft(intent.created_ms, "intent", intent.client_order_id, canonical(facts))


def as_intent(client_order_id: str, content: str) -> Intent:
    """Read an intent again, to the last digit and byte."""
    facts: dict[str, Any] = json.loads(content)
    request = OrderRequest(
        account_id=facts["account_id"],
        symbol=facts["symbol"],
        side=Side(facts["side"]),
        type=OrderType(facts["type"]),
        amount=Decimal(facts["amount"]),
        price=_decimal(facts.get("price")),
        stop_price=_decimal(facts.get("stop_price")),
        stop_operator=facts.get("stop_operator"),
        source=facts["source"],
        self_match_prevent=bool(facts["self_match_prevent"]),
    )
    return Intent(
        client_order_id=client_order_id,
        request=request,
        body=facts["body"].encode("utf-8", "surrogateescape"),
        created_ms=facts["created_ms"],
        host=facts["host"],
        mode=facts["mode"],
        confirmation=_confirmation(facts),
        gate=tuple(facts.get("gate", ())),
        value=_decimal(facts.get("value")),
    )


def outcome_draft(client_order_id: str, outcome: Outcome, at_ms: int) -> Draft:
    """Tell what came of the POST."""
    facts: dict[str, Fact]
    if isinstance(outcome, Accepted):
        facts = {"outcome": "accepted"}
    elif isinstance(outcome, Refused):
        facts = {"outcome": "refused" if outcome.is_sent else "not-sent", "code": outcome.code, "text": outcome.text}
    else:
        facts = {"outcome": "unknown", "text": outcome.cause}
    order_id = outcome.order_id if isinstance(outcome, Accepted) else ""
    settles = not isinstance(outcome, Unknown)
    return Draft(at_ms, "outcome", client_order_id, canonical(facts), order_id, settles)


def order_draft(order: Order, at_ms: int) -> Draft:
    """Tell an own order's state."""
    facts: dict[str, Fact] = {
        "state": order.state.value,
        "filled_base": plain(order.filled_base),
        "filled_quote": plain(order.filled_quote),
        "fees": _number(order.fees),
        "cause": order.cause,
        "updated_ms": order.updated_ms,
    }
    settles = order.state in FINAL or (order.order_id is not None and order.state not in _DOUBTFUL)
    return Draft(at_ms, "order", order.client_order_id, canonical(facts), order.order_id or "", settles)


def fill_draft(client_order_id: str, fill: Fill, at_ms: int) -> Draft:
    """Tell one trade of an own order; once more only where more of it became known, as its fee does."""
    role = None if fill.is_maker is None else ("maker" if fill.is_maker else "taker")
    facts: dict[str, Fact] = {
        "trade_id": fill.trade_id,
        "price": plain(fill.price),
        "amount": plain(fill.amount),
        "fee": _number(fill.fee),
        "fee_currency": fill.fee_currency or None,
        "role": role,
        "ts_ms": fill.ts_ms,
    }
    return Draft(at_ms, "fill", client_order_id, canonical(facts), fill.order_id, is_told_once=True)


def cancel_draft(key: str, at_ms: int) -> Draft:
    """Tell that a person asked to cancel."""
    return Draft(at_ms, "cancel", key, canonical({}))


def sign_off_draft(client_order_id: str, at_ms: int) -> Draft:
    """Tell that a person settled what became of an order that nobody can prove anything about."""
    return Draft(at_ms, "sign-off", client_order_id, canonical({}), settles=True)


def as_entry(row: Sequence[Any]) -> JournalEntry:
    """Make a line for a person of number, time, kind, client order id, the venue's id and the content."""
    number, at_ms, kind, client_order_id, order_id, content = row
    facts: dict[str, Any] = json.loads(content)
    if order_id:
        facts["order_id"] = order_id
    shown = {name: _text(value) for name, value in facts.items()}
    return JournalEntry(number, at_ms, kind, clean(client_order_id), shown)


def _confirmed(confirmation: Confirmation | None) -> dict[str, Fact]:
    if confirmation is None:
        return {}
    return {
        "confirmed_ms": confirmation.at_ms,
        "confirmed_by": confirmation.by,
        "shown": confirmation.shown,
        "reference": _number(confirmation.reference),
        "shown_symbol": confirmation.symbol,
        "shown_side": None if confirmation.side is None else confirmation.side.value,
        "allowed": sorted(confirmation.allowed),
    }


def _confirmation(facts: dict[str, Any]) -> Confirmation | None:
    if "confirmed_ms" not in facts:
        return None
    return Confirmation(
        at_ms=facts["confirmed_ms"],
        by=facts["confirmed_by"],
        shown=facts["shown"],
        reference=_decimal(facts.get("reference")),
        symbol=facts["shown_symbol"],
        side=Side(facts["shown_side"]) if "shown_side" in facts else None,
        allowed=frozenset(facts["allowed"]),
    )


def _number(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: str | int | list[str]) -> str:
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return clean(text, _SHOWN_CHARACTERS)
