"""The journal's tables, as numbered migrations: each is applied once, in order, and never changed afterwards."""

import sqlite3
from collections.abc import Callable
from functools import cache

from hbtui.model.errors import JournalError
from hbtui.storage.carrying import carry

__all__ = ["MIGRATIONS", "Migration", "found_tables", "migrate", "require_known", "tables_of"]

Migration = tuple[str | Callable[[sqlite3.Connection], None], ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        "CREATE TABLE runs (run INTEGER PRIMARY KEY, started_ms INTEGER NOT NULL, version TEXT NOT NULL) STRICT",
        # numbers are text: SQLite knows no exact decimals, and money is never a float
        """
        CREATE TABLE intents (
            client_order_id TEXT PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs (run),
            created_ms INTEGER NOT NULL,
            host TEXT NOT NULL,
            mode TEXT NOT NULL,
            account_id INTEGER NOT NULL,
            symbol TEXT NOT NULL,
            side TEXT NOT NULL,
            type TEXT NOT NULL,
            amount TEXT NOT NULL,
            price TEXT,
            stop_price TEXT,
            stop_operator TEXT,
            source TEXT NOT NULL,
            self_match_prevent INTEGER NOT NULL,
            body BLOB NOT NULL,
            body_sha256 TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE outcomes (
            number INTEGER PRIMARY KEY,
            client_order_id TEXT NOT NULL REFERENCES intents (client_order_id),
            at_ms INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused', 'not-sent', 'unknown')),
            order_id TEXT,
            code TEXT,
            text TEXT
        ) STRICT
        """,
        "CREATE INDEX outcomes_of ON outcomes (client_order_id)",
        """
        CREATE TABLE order_states (
            number INTEGER PRIMARY KEY,
            client_order_id TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            order_id TEXT,
            state TEXT NOT NULL,
            filled_base TEXT NOT NULL,
            filled_quote TEXT NOT NULL,
            fees TEXT,
            cause TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX order_states_of ON order_states (client_order_id)",
        """
        CREATE TABLE cancels (
            number INTEGER PRIMARY KEY,
            order_key TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT
        """,
    ),
    (
        # AUTOINCREMENT keeps a count that does not shrink when entries are taken away from the end
        """
        CREATE TABLE entries (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at_ms INTEGER NOT NULL,
            kind TEXT NOT NULL,
            client_order_id TEXT NOT NULL,
            order_id TEXT NOT NULL,
            settles INTEGER NOT NULL,
            content TEXT NOT NULL,
            previous TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX intents_once ON entries (client_order_id) WHERE kind = 'intent'",
        "CREATE INDEX intents_by_time ON entries (at_ms) WHERE kind = 'intent'",
        "CREATE INDEX entries_of ON entries (client_order_id)",
        "CREATE INDEX entries_of_venue_id ON entries (order_id) WHERE order_id <> ''",
        carry,
        *(f"DROP TABLE {name}" for name in ("cancels", "order_states", "outcomes", "intents", "runs")),
        # for people who look into the file with a tool of their own
        """
        CREATE VIEW intents AS
        SELECT client_order_id, at_ms AS created_ms, json_extract(content, '$.host') AS host,
               CAST(json_extract(content, '$.body') AS BLOB) AS body
        FROM entries WHERE kind = 'intent'
        """,
    ),
)
"""Each migration is a list of steps; the file's ``user_version`` counts those applied."""


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the file up to date, each migration whole or not at all.

    Raises ``JournalError`` for a file of a newer program, which is left as it is.
    """
    version = require_known(connection, len(migrations))
    for number in range(version, len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back on any error
            for step in migrations[number]:
                if isinstance(step, str):
                    connection.execute(step)
                else:
                    step(connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def require_known(connection: sqlite3.Connection, known: int = len(MIGRATIONS)) -> int:
    """Tell the version of the file's tables; raise ``JournalError`` for one of a newer program."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > known:
        message = f"The journal was written by a newer hbtui (version {version} of the tables): update hbtui."
        raise JournalError(message)
    return version


@cache
def tables_of(version: int) -> frozenset[tuple[str, str, str]]:
    """Tell type, name and definition of everything that a journal of this version consists of."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, MIGRATIONS[:version])
        return found_tables(connection)
    finally:
        connection.close()


def found_tables(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """Tell the same of an open file."""
    return frozenset(connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema"))
