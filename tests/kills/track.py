"""One account, one exchange, and a program that is killed and started again, over and over."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.kills.driver import AFTER_COMMIT, BEFORE_COMMIT, BEFORE_SECOND_COMMIT, LAST
from tests.kills.processes import Life, exchange_process, tell
from tests.support.eventually import eventually_sync
from tests.support.invariants import JournalRow, journal_rows

__all__ = ["ANY_TIME", "BEFORE_ANSWER", "WINDOWS", "Evidence", "Kill", "lived_through"]

BEFORE_ANSWER = "before-answer"
ANY_TIME = "any-time"
WINDOWS = (BEFORE_COMMIT, AFTER_COMMIT, BEFORE_ANSWER, BEFORE_SECOND_COMMIT)
"""The four windows of a placement; ``after-commit`` is before the first byte is written."""
_PLACE = "/v1/order/orders/place"
_LATEST_S = 0.06


@dataclass(frozen=True)
class Kill:
    """One life: where its kill was aimed, and what it had confirmed by then."""

    point: str
    pressed: str
    known: tuple[dict[str, Any], ...]
    """The orders that it knew of after its start."""


@dataclass
class Evidence:
    """What is left when the last life has ended."""

    kills: list[Kill] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)
    """What the last life showed."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """The exchange's ledger."""
    orders: list[dict[str, Any]] = field(default_factory=list)
    """The exchange's orders with their fills."""
    journal: dict[str, JournalRow] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    """Ids whose outcome was committed."""

    def windows(self) -> Counter[str]:
        """Count the kills by the window that they fell into, as the disk and the ledger tell it."""
        return Counter(self._window(kill) for kill in self.kills)

    def _window(self, kill: Kill) -> str:
        arrived = {event["client_order_id"] for event in self.events if event["event"] == "arrived"}
        if kill.pressed not in self.journal:
            return BEFORE_COMMIT
        if kill.pressed in self.answered:
            return "after-second-commit"
        if kill.pressed not in arrived:
            return AFTER_COMMIT
        # the disk cannot tell these two apart: where the kill was not aimed, the earlier one is meant
        return BEFORE_SECOND_COMMIT if kill.point == BEFORE_SECOND_COMMIT else BEFORE_ANSWER


def lived_through(folder: Path, points: Sequence[str], seed: int = 0) -> Evidence:
    """Kill a program once at each point, start it each time again, and once more to see what it shows."""
    home, ledger, random = folder / "home", folder / "ledger.jsonl", Random(seed)
    evidence = Evidence()
    with exchange_process(ledger, home) as url:
        for number, point in enumerate(points):
            evidence.kills.append(_killed(url, home, ledger, point, (100 + number, random.uniform(0, _LATEST_S))))
        last = _life(url, home, LAST)
        evidence.shown = last.said("orders")
        assert last.ended() == 0
        evidence.orders = tell(url, "ledger")["orders"]
    evidence.events = _events(ledger)
    (journal,) = (home / "journals").glob("*.sqlite")
    evidence.journal, evidence.answered = journal_rows(journal), _answered(journal)
    return evidence


def _life(url: str, home: Path, point: str, amount: int = 0) -> Life:
    return Life("-m", "tests.kills.driver", url, point, str(amount), home=home)


def _killed(url: str, home: Path, ledger: Path, point: str, order: tuple[int, float]) -> Kill:
    """Start it, let it confirm an order, and kill it where it is meant to die."""
    amount, after_s = order
    if point == BEFORE_ANSWER:
        tell(url, "faults", match=_PLACE, action="hang")
    life = _life(url, home, point, amount)
    try:
        known = life.said("known")
        assert not known["notes"], known
        pressed = str(life.said("pressed")["pressed"])
        if point == BEFORE_ANSWER:
            eventually_sync(lambda: _has_arrived(ledger, pressed))
        elif point == ANY_TIME:
            life.is_over_within(after_s)
        else:
            assert life.said("at")["at"] == point
    finally:
        life.kill()
    if point == BEFORE_ANSWER:
        tell(url, "faults", clear=True)
    return Kill(point, pressed, tuple(known["known"]))


def _has_arrived(ledger: Path, key: str) -> bool:
    return any(event["client_order_id"] == key and event["event"] == "accepted" for event in _events(ledger))


def _events(ledger: Path) -> list[dict[str, Any]]:
    """The ledger's whole lines."""
    return [json.loads(line) for line in ledger.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _answered(journal: Path) -> frozenset[str]:
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT client_order_id FROM entries WHERE kind = 'outcome'").fetchall()
    finally:
        connection.close()
    return frozenset(key for (key,) in rows)
