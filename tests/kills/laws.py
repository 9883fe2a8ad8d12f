"""J1–J8 over what kills have left behind: the exchange's ledger, the disk, and what each life showed."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.kills.track import Evidence

__all__ = ["breaches"]

_ABSENT = frozenset({"not-sent", "refused", "not-placed"})


def breaches(evidence: Evidence) -> list[str]:
    """Name every law that was broken, with the order."""
    laws = (_once, _intent_first, _absent, _shown, _nothing_lost, _never_backwards, _bodies)
    return [breach for law in laws for breach in law(evidence)]


def _arrivals(evidence: Evidence, kind: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for event in evidence.events:
        if event["event"] == kind:
            found.setdefault(str(event["client_order_id"]), []).append(event)
    return found


def _once(evidence: Evidence) -> Iterator[str]:
    pressed = Counter(kill.pressed for kill in evidence.kills)
    for key, events in _arrivals(evidence, "accepted").items():
        if len(events) > 1:
            yield f"J1: {key} became {len(events)} orders"
    for key, events in _arrivals(evidence, "arrived").items():
        if len(events) != 1 or pressed[key] != 1:
            yield f"J7: {key} was confirmed {pressed[key]} times, and arrived {len(events)} times"


def _intent_first(evidence: Evidence) -> Iterator[str]:
    for key, events in _arrivals(evidence, "arrived").items():
        row = evidence.journal.get(key)
        if row is None or row.created_ms > events[0]["ts"]:
            yield f"J2: {key} arrived without an intent that was committed before"


def _absent(evidence: Evidence) -> Iterator[str]:
    accepted = _arrivals(evidence, "accepted")
    lives = [*(kill.known for kill in evidence.kills), evidence.shown["orders"]]
    for order in (order for life in lives for order in life):
        if order["state"] in _ABSENT and order["key"] in accepted:
            yield f"J3: {order['key']} was shown as {order['state']}, and the exchange has it"


def _shown(evidence: Evidence) -> Iterator[str]:
    """J4 and J5: the last life shows every order, with its fills and fees to the last digit."""
    shown = {order["order_id"]: order for order in (*evidence.shown["finished"], *evidence.shown["orders"])}
    fees = Counter[str]()
    paid: dict[str, Decimal] = {}
    for fill in evidence.shown["fees"]:
        fees[fill["order_id"]] += 1
        paid[fill["order_id"]] = paid.get(fill["order_id"], Decimal(0)) + Decimal(fill["fee"])
    for row in evidence.orders:
        order = shown.get(str(row["id"]))
        if order is None:
            yield f"J5: {row['client-order-id']} ({row['state']}) is not shown"
            continue
        told = (order["state"], Decimal(order["filled"]), Decimal(order["spent"]), paid.get(str(row["id"]), Decimal(0)))
        names = ("field-amount", "field-cash-amount", "field-fees")
        true = (row["state"], *(Decimal(str(row[name])) for name in names))
        if told != true or fees[str(row["id"])] != len(row["fills"]):
            yield f"J4: {row['client-order-id']} is {true}, shown as {told}"


def _nothing_lost(evidence: Evidence) -> Iterator[str]:
    """J5: an intent that the exchange does not have stays uncertain; each life begins with all that is in doubt."""
    accepted = _arrivals(evidence, "accepted")
    doubtful: set[str] = set()
    lives = [*(kill.known for kill in evidence.kills), tuple(evidence.shown["orders"])]
    for known, kill in zip(lives, [*evidence.kills, None], strict=True):
        missing = doubtful - {order["key"] for order in known if order["state"] == "uncertain"}
        yield from (f"J5: {key} was in doubt, and a start did not show it" for key in missing)
        if kill is not None and kill.pressed in evidence.journal.keys() - accepted.keys() - evidence.answered:
            doubtful.add(kill.pressed)


def _never_backwards(evidence: Evidence) -> Iterator[str]:
    filled: dict[str, Decimal] = {}
    lives = [*(kill.known for kill in evidence.kills), (*evidence.shown["orders"], *evidence.shown["finished"])]
    for order in (order for life in lives for order in life):
        if Decimal(order["filled"]) < filled.get(order["key"], Decimal(0)):
            yield f"J6: {order['key']} was filled more before"
        filled[order["key"]] = Decimal(order["filled"])


def _bodies(evidence: Evidence) -> Iterator[str]:
    for key, (event, *_) in _arrivals(evidence, "arrived").items():
        row = evidence.journal.get(key)
        body = json.loads(row.body) if row is not None else {}
        if any(body.get(name) != event[name] for name in ("symbol", "type", "amount", "price")):
            yield f"J8: {key} arrived as {event}, journalled as {body}"
