"""The journal's entries: appended, never changed, each carrying the hash of the one before it."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hbtui.model.errors import JournalError

__all__ = ["Draft", "Fact", "append", "broken_link", "canonical"]

Fact = str | int | list[str] | None

_NOTHING_BEFORE = "0" * 64
_LATEST = "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"
_ADD = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_WRITTEN = "SELECT 1 FROM entries WHERE client_order_id = ? AND kind = ? AND content = ?"


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has no number yet."""

    at_ms: int
    """UTC ms."""
    kind: str
    client_order_id: str
    content: str
    """What :func:`canonical` makes of the facts."""
    order_id: str = ""
    """The venue's id, where it is known."""
    settles: bool = False
    """Whether it ends the doubt about its order."""
    is_told_once: bool = False
    """Whether it is left out where the same was written of the order before."""


def canonical(facts: Mapping[str, Fact]) -> str:
    """Write facts as the one JSON text that means them, in ASCII; what is not known is left out."""
    known = {name: value for name, value in facts.items() if value is not None}
    return json.dumps(known, sort_keys=True, separators=(",", ":"))


def append(connection: sqlite3.Connection, drafts: Sequence[Draft]) -> int:
    """Add entries behind the last one and tell the number of the last; the caller commits or rolls back.

    Raises ``JournalError`` where an intent's client order id was used before, or a value cannot be stored.
    """
    number, previous = connection.execute(_LATEST).fetchone() or (0, _NOTHING_BEFORE)
    for draft in drafts:
        try:
            if draft.is_told_once and _is_written(connection, draft):
                continue
            number += 1
            ids = (draft.client_order_id, draft.order_id)
            row = (number, draft.at_ms, draft.kind, *ids, int(draft.settles), draft.content)
            link = _link(previous, row)
            connection.execute(_ADD, (*row, previous, link))
        except sqlite3.IntegrityError:
            message = f"The client order id {draft.client_order_id} was used before."
            raise JournalError(message) from None
        except (ValueError, OverflowError):
            message = "There is a text or a number that the journal cannot hold."
            raise JournalError(message) from None
        previous = link
    return int(number)


def broken_link(connection: sqlite3.Connection) -> int | None:
    """Follow the whole chain; the number of the first entry that is missing, added or changed, or ``None``."""
    previous, last = _NOTHING_BEFORE, 0
    for row in connection.execute("SELECT * FROM entries ORDER BY number"):
        if row[0] != last + 1 or row[7] != previous or row[8] != _link(previous, row):
            return last + 1
        last, previous = row[0], row[8]
    # the table's own count never shrinks: it tells whether entries were taken away from the end
    written = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone() or (0,)
    return None if written == (last,) else last + 1


def _is_written(connection: sqlite3.Connection, draft: Draft) -> bool:
    same = (draft.client_order_id, draft.kind, draft.content)
    return connection.execute(_WRITTEN, same).fetchone() is not None


def _link(previous: str, row: Sequence[Any]) -> str:
    """Hash all that an entry says; lengths before texts, so that no two entries are written alike."""
    number, at_ms, kind, client_order_id, order_id, settles, content = row[:7]
    ids = f"{len(client_order_id)}:{client_order_id}:{len(order_id)}:{order_id}"
    return hashlib.sha256(f"{previous}:{number}:{at_ms}:{kind}:{settles}:{ids}:{content}".encode()).hexdigest()
