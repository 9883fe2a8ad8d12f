"""Takes over what a journal holds whose process is gone: copied durably first, and deleted only then."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hbtui.model.errors import JournalError
from hbtui.storage.database import Database, JournalHeld
from hbtui.storage.schema import migrate

__all__ = ["take_over"]

_log = logging.getLogger(__name__)
_TABLES = ("runs", "intents", "outcomes", "order_states", "cancels")
"""In an order in which every reference finds what it refers to."""
_OWN_NUMBERS = {"outcomes": "number", "order_states": "number", "cancels": "number"}
"""Columns that the receiving file counts by itself."""


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


async def take_over(into: Database, path: Path) -> None:
    """Copy another journal of the same account and delete it.

    Where its process still works with it, or it cannot be read, it is left as it is. A crash between copying and
    deleting leaves both; the next call sees that, and only deletes. Raises ``JournalError`` where ``into`` fails.
    """
    left = Database(path)
    try:
        try:
            await left.open(migrate)
            tables = await left.run(_read)
        except JournalHeld:
            return
        except JournalError as error:
            _log.error("left behind, and not readable: %s", error)
            return
        await into.run(lambda connection: _write(connection, tables))
        await left.remove()
    finally:
        await left.close()


def _read(connection: sqlite3.Connection) -> list[_Table]:
    tables = []
    for name in _TABLES:
        cursor = connection.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name of this module's own
        columns = tuple(column[0] for column in cursor.description)
        tables.append(_Table(name, columns, cursor.fetchall()))
    return tables


def _write(connection: sqlite3.Connection, tables: Sequence[_Table]) -> None:
    """Add all rows under new numbers; nothing where an earlier attempt has added them."""
    by_name = {table.name: table for table in tables}
    intents = by_name["intents"]
    keys = [row[intents.columns.index("client_order_id")] for row in intents.rows]
    known = "SELECT 1 FROM intents WHERE client_order_id = ?"
    if any(connection.execute(known, (key,)).fetchone() for key in keys):
        return
    runs: dict[object, object] = {}
    for run, *rest in by_name.pop("runs").rows:
        marks = ", ".join("?" for _ in rest)
        added = connection.execute(f"INSERT INTO runs (started_ms, version) VALUES ({marks}) RETURNING run", rest)  # noqa: S608
        runs[run] = added.fetchone()[0]
    for table in by_name.values():
        _insert(connection, table, runs)


def _insert(connection: sqlite3.Connection, table: _Table, runs: dict[object, object]) -> None:
    kept = [name for name in table.columns if name != _OWN_NUMBERS.get(table.name)]
    marks = ", ".join("?" for _ in kept)
    text = f"INSERT INTO {table.name} ({', '.join(kept)}) VALUES ({marks})"  # noqa: S608 - names of the schema
    for row in table.rows:
        values = dict(zip(table.columns, row, strict=True))
        if "run" in values:
            values["run"] = runs[values["run"]]
        connection.execute(text, tuple(values[name] for name in kept))
