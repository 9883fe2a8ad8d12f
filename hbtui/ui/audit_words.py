"""The journal of one order in words, from key press to final state; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from hbtui.model.entry import JournalEntry
from hbtui.model.order import OrderState
from hbtui.ui.text import local_time
from hbtui.ui.widgets.order_rows import STATE_WORDS

__all__ = ["AuditLine", "audit_lines"]

_LABELS = {
    "shown": "displayed",
    "reference": "market then",
    "gate": "gate",
    "allowed": "overridden",
    "value": "worth, USDT",
    "body": "exact body",
    "body_sha256": "its SHA-256",
    "host": "sent to",
    "account_id": "account",
    "lease_until_ms": "can arrive until",
    "updated_ms": "as of",
    "ts_ms": "the exchange's time",
    "cause": "reason",
    "filled_base": "filled, base",
    "filled_quote": "filled, quote",
    "order_id": "exchange's order id",
}
_IN_THE_HEADLINE = {
    "intent": {
        *("side", "type", "symbol", "amount", "price", "created_ms"),
        *("confirmed_ms", "confirmed_by", "shown_side", "shown_symbol"),
    },
    "outcome": {"outcome", "text", "code", "order_id"},
    "order": {"state", "cause"},
    "fill": {"price", "amount", "fee", "fee_currency", "role", "order_id"},
}
_SAYS_NOTHING = frozenset({("filled_base", "0"), ("filled_quote", "0"), ("self_match_prevent", "0")})
_FIRST = ("shown", "reference", "gate", "allowed", "value")
_OUTCOMES = {
    "accepted": ("the exchange accepted it", "strong"),
    "refused": ("the exchange refused it", "error"),
    "not-sent": ("it did not leave this computer", "error"),
    "unknown": ("no certain answer came: it may be live", "warning"),
}
_ACTS = {"key": "a person confirmed what was displayed", "command": "a command was given", "program": "a program asked"}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that was written down: when, what in a sentence, its tone, and the rest name by name."""

    at: str
    words: str
    tone: str
    details: tuple[tuple[str, str], ...] = ()


def audit_lines(entries: Iterable[JournalEntry], zone: tzinfo | None) -> list[AuditLine]:
    """Tell the entries in their order; what the person confirmed stands before the entry that says so."""
    return [line for entry in entries for line in _told(entry, zone)]


def _told(entry: JournalEntry, zone: tzinfo | None) -> Iterator[AuditLine]:
    facts = entry.facts
    if entry.kind == "intent" and "confirmed_ms" in facts:
        act = _ACTS.get(facts.get("confirmed_by", ""), "it was confirmed")
        yield AuditLine(_time(facts["confirmed_ms"], zone), act, "strong")
    words, tone = _headline(entry)
    hidden = _IN_THE_HEADLINE.get(entry.kind, set())
    told = (name for name, text in facts.items() if name not in hidden and text and (name, text) not in _SAYS_NOTHING)
    names = sorted(told, key=_place)
    details = tuple((_LABELS.get(name, name.replace("_", " ")), _value(name, facts[name], zone)) for name in names)
    yield AuditLine(_time(str(entry.at_ms), zone), words, tone, details)


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _value(name: str, text: str, zone: tzinfo | None) -> str:
    return _time(text, zone) if name.endswith("_ms") else text


def _time(text: str, zone: tzinfo | None) -> str:
    """Write UTC milliseconds as date and time to the millisecond; what is none stays as it is."""
    try:
        at_ms = int(text)
        at = local_time(at_ms, zone)
    except (ValueError, OverflowError, OSError):
        return text
    return f"{at:%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03}"


def _headline(entry: JournalEntry) -> tuple[str, str]:
    facts = entry.facts
    match entry.kind:
        case "intent":
            return f"written down before a byte left: {_meant(facts)}", "plain"
        case "outcome":
            words, tone = _OUTCOMES.get(facts.get("outcome", ""), (facts.get("outcome") or "an answer came", "plain"))
            more = (facts.get("code", ""), facts.get("text", ""), _order_id(facts))
            return ": ".join(filter(None, (words, " ".join(filter(None, more))))), tone
        case "order":
            words, tone = _state(facts.get("state", ""))
            return ": ".join(filter(None, (f"state: {words}", facts.get("cause", "")))), tone
        case "fill":
            return _fill(facts), "strong"
        case "cancel":
            return "a person asked to cancel it", "plain"
        case "sign-off":
            return "a person signed it off", "plain"
    return entry.kind.replace("-", " ") or "something was written", "plain"


def _state(name: str) -> tuple[str, str]:
    try:
        return STATE_WORDS[OrderState(name)]
    except ValueError:
        return name or "?", "plain"


def _order_id(facts: Mapping[str, str]) -> str:
    return f"order id {facts['order_id']}" if facts.get("order_id") else ""


def _meant(facts: Mapping[str, str]) -> str:
    price = f" @ {facts['price']}" if facts.get("price") else ""
    words = (facts.get("side", "").upper(), facts.get("type", ""), facts.get("amount", ""), facts.get("symbol", ""))
    return " ".join(filter(None, words)) + price


def _fill(facts: Mapping[str, str]) -> str:
    fee = f"fee {facts['fee']} {facts.get('fee_currency', '').upper()}" if facts.get("fee") else "fee not known yet"
    words = f"filled {facts.get('amount', '?')} @ {facts.get('price', '?')} · {fee}"
    return f"{words} · {facts['role']}" if facts.get("role") else words
