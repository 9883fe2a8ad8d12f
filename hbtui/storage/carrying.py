"""Carries the rows of a journal's first tables over into the chain of entries."""

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from hbtui.storage.chain import Draft, append, canonical

__all__ = ["carry"]

_SETTLED = frozenset({"not-sent", "refused", "not-placed", "partial-canceled", "filled", "canceled", "rejected"})
_DOUBTFUL = frozenset({"sending", "uncertain", "unproven", "conflict"})


def carry(connection: sqlite3.Connection) -> None:
    """Write each old row as an entry, in the order of their times; an intent comes before all else at its time."""
    drafts = [_draft("run", row, row["started_ms"]) for row in _rows(connection, "runs")]
    drafts += [_draft("intent", row, row["created_ms"]) for row in _rows(connection, "intents")]
    for row in _rows(connection, "outcomes"):
        drafts.append(_draft("outcome", row, row.pop("at_ms"), settles=row["outcome"] != "unknown"))
    for row in _rows(connection, "order_states"):
        drafts.append(_draft("order", row, row.pop("at_ms"), settles=_is_settled(row)))
    for row in _rows(connection, "cancels"):
        drafts.append(_draft("cancel", {"client_order_id": row["order_key"]}, row["at_ms"]))
    append(connection, sorted(drafts, key=lambda draft: draft.at_ms))


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608 - a name of this module's own
    names = [column[0] for column in cursor.description if column[0] != "number"]
    start = len(cursor.description) - len(names)
    for row in cursor:
        yield dict(zip(names, row[start:], strict=True))


def _draft(kind: str, row: Mapping[str, Any], at_ms: int, *, settles: bool = False) -> Draft:
    facts = {name: value for name, value in row.items() if name not in {"client_order_id", "order_id"}}
    if "body" in facts:
        facts["body"] = facts["body"].decode("utf-8", "surrogateescape")
    order_id = row.get("order_id") or ""
    return Draft(at_ms, kind, row.get("client_order_id", ""), canonical(facts), order_id, settles)


def _is_settled(row: Mapping[str, Any]) -> bool:
    return row["state"] in _SETTLED or (row["order_id"] is not None and row["state"] not in _DOUBTFUL)
