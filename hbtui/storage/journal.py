"""The journal: what was meant and what came of it, on disk before and after the wire. No key is ever in it."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from hbtui.model.entry import JournalEntry
from hbtui.model.order import FINAL, Fill, Intent, Order, OrderState, Outcome
from hbtui.storage.adoption import take_over, take_over_if_free
from hbtui.storage.database import Database
from hbtui.storage.records import (
    Run,
    as_entry,
    as_intent,
    boot_id,
    cancel_draft,
    fill_draft,
    intent_draft,
    order_draft,
    outcome_draft,
    run_draft,
    sign_off_draft,
)
from hbtui.storage.stamps import written_ms

__all__ = ["Journal"]

_UNRESOLVED = """
SELECT client_order_id, content FROM entries AS meant
WHERE kind = 'intent' AND number < ? AND NOT EXISTS (
    SELECT 1 FROM entries WHERE client_order_id = meant.client_order_id AND settles = 1)
ORDER BY at_ms, number
"""
_QUESTIONABLE = """
SELECT meant.client_order_id, meant.content, last.order_id, json_extract(last.content, '$.state')
FROM entries AS meant JOIN entries AS last ON last.number = (
    SELECT max(number) FROM entries WHERE client_order_id = meant.client_order_id AND kind = 'order')
WHERE meant.kind = 'intent' AND meant.number < ? AND last.order_id <> ''
    AND json_extract(last.content, '$.state') IN ('unproven', 'conflict')
    AND EXISTS (SELECT 1 FROM entries WHERE client_order_id = meant.client_order_id AND settles = 1)
    AND NOT EXISTS (SELECT 1 FROM entries WHERE client_order_id = meant.client_order_id AND kind = 'sign-off')
ORDER BY meant.at_ms, meant.number
"""
_UNFINISHED = """
SELECT client_order_id, content FROM entries AS meant
WHERE kind = 'intent' AND client_order_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
    SELECT 1 FROM entries WHERE client_order_id = meant.client_order_id AND (
        kind = 'sign-off'
        OR (kind = 'outcome' AND json_extract(content, '$.outcome') IN ('refused', 'not-sent'))
        OR (kind = 'order' AND json_extract(content, '$.state') IN (SELECT value FROM json_each(?)))))
ORDER BY at_ms, number
"""
_CANCELS = "SELECT DISTINCT client_order_id FROM entries WHERE kind = 'cancel'"
_SENT = """
SELECT number, at_ms, client_order_id, content FROM entries WHERE kind = 'intent' AND at_ms >= ? ORDER BY number
"""
_AUDIT = """
WITH own (id) AS (
    SELECT :key UNION SELECT client_order_id FROM entries WHERE order_id = :key AND client_order_id <> ''),
every (id) AS (
    SELECT id FROM own UNION SELECT order_id FROM entries WHERE client_order_id IN own AND order_id <> '')
SELECT number, at_ms, kind, client_order_id, order_id, content FROM entries
WHERE client_order_id IN every ORDER BY number
"""


class Journal:
    """Keeps intents, outcomes, states, fills, cancels and sign-offs of one account; one process at a time.

    Every method that writes raises ``JournalError`` where the journal cannot be written. After that it stays so until
    it is opened anew, since nobody knows what a failing disk has kept; what it holds can still be read.
    """

    def __init__(self, database: Database, run: Run) -> None:
        self._database = database
        self._run = run
        self._told_fills: dict[str, frozenset[Fill]] = {}

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, started_ms: int = 0, *, former: Iterable[Path] = (), left_behind: Iterable[Path] = ()
    ) -> AsyncIterator[Self]:
        """Open or create the file. Raises ``JournalError``: ``JournalHeld``, ``JournalDamaged``, newer, unwritable.

        ``started_ms`` is noted as the start of this run, UTC ms. ``former`` are the account's own journal under
        earlier names: where one is held or damaged, so is the account. ``left_behind`` are journals beside, whose
        processes may be gone. What both hold is taken over as of earlier runs.
        """
        database = Database(path)
        try:
            await database.open()
            for other in former:
                await take_over(database, other)
            for other in left_behind:
                await take_over_if_free(database, other)
            boot = boot_id()
            yield cls(database, Run(await database.append([run_draft(started_ms, boot)]), boot, started_ms))
        finally:
            await database.close()

    async def record_intent(self, intent: Intent) -> None:
        """Return only when the intent is durable; raise ``JournalError`` where it is not, or its id was used before."""
        await self.record_intents((intent,))

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """Do the same for several: all of them are durable, or none is written."""
        await self._database.append([intent_draft(intent, self._run) for intent in intents])

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Append what came of the POST."""
        await self._database.append([outcome_draft(client_order_id, outcome, at_ms)])

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Append an own order's state as it changed, and those of its fills that were not written before."""
        key = order.client_order_id
        told = self._told_fills.get(key, frozenset())
        fresh = [fill_draft(key, fill, at_ms) for fill in order.fills if fill not in told]
        await self._database.append([*fresh, order_draft(order, at_ms)])
        self._told_fills[key] = told | frozenset(order.fills)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Append that a person asked to cancel, without waiting for the disk; the next writing tells of a failure."""
        self._database.post([cancel_draft(key, at_ms)])

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """Append that a person has settled what became of an unproven order; it is not taken up again."""
        await self._database.append([sign_off_draft(client_order_id, at_ms)])

    async def unresolved(self) -> tuple[Intent, ...]:
        """Intents of earlier runs without a final outcome and not signed off, oldest first.

        Resolved is an intent that was accepted, refused or never left, and one that was later seen at the venue or
        proven absent.
        """
        return await self._database.read(lambda connection: _intents(connection, _UNRESOLVED, self._run.number))

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """Intents of earlier runs whose order had an id and was last unproven or in conflict, and was not signed off.

        Each with that id and state; oldest first.
        """
        rows = await self._database.read(
            lambda connection: connection.execute(_QUESTIONABLE, (self._run.number,)).fetchall()
        )
        return tuple((as_intent(key, content), order_id, OrderState(state)) for key, content, order_id, state in rows)

    async def cancels_wanted(self) -> frozenset[str]:
        """Client order ids of unresolved intents that a person has asked to cancel."""
        asked = await self._database.read(lambda connection: connection.execute(_CANCELS).fetchall())
        return frozenset(key for (key,) in asked) & {intent.client_order_id for intent in await self.unresolved()}

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """Those of these ids that were meant here and have no end: accepted or in doubt, whichever run sent them."""
        ids, ends = json.dumps(list(client_order_ids)), json.dumps([state.value for state in FINAL])
        return await self._database.read(lambda connection: _intents(connection, _UNFINISHED, ids, ends))

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """Every intent created from then on, UTC ms, oldest first, whatever became of it.

        One of an earlier run that bears a time to come, since the clock was wrong then, is told with the time at which
        it must have been written.
        """
        found = await self._database.read(lambda connection: self._sent(connection, since_ms))
        return tuple(sorted((one for one in found if one.created_ms >= since_ms), key=lambda one: one.created_ms))

    def _sent(self, connection: sqlite3.Connection, since_ms: int) -> list[Intent]:
        run, rows = self._run, connection.execute(_SENT, (since_ms,)).fetchall()
        wrong = [number for number, at_ms, _, _ in rows if number < run.number and at_ms > run.started_ms > 0]
        stamps = written_ms(connection, wrong, run.number, run.started_ms)
        return [
            replace(as_intent(key, content), created_ms=stamps.get(number, at_ms))
            for number, at_ms, key, content in rows
        ]

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Everything that was written of one order, by client order id or the venue's id, oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_AUDIT, {"key": key}).fetchall())
        return tuple(as_entry(row) for row in rows)


def _intents(connection: sqlite3.Connection, query: str, *values: int | str) -> tuple[Intent, ...]:
    return tuple(as_intent(key, content) for key, content in connection.execute(query, values))
