"""The journal's tables, as numbered migrations: each is applied once, in order, and never changed afterwards."""

import sqlite3

from hbtui.model.errors import JournalError

__all__ = ["MIGRATIONS", "migrate"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
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
)
"""Each migration is a list of statements; the file's ``user_version`` counts those applied."""


def migrate(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring the file up to date, each migration whole or not at all.

    Raises ``JournalError`` for a file of a newer program, which is left as it is.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        message = f"The journal was written by a newer hbtui (version {version} of the tables): update hbtui."
        raise JournalError(message)
    for number in range(version, len(migrations)):
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back on any error
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
