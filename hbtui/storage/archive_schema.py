"""The archive's tables, as numbered migrations: each is applied once, in order, and never changed afterwards."""

import sqlite3

from hbtui.model.errors import ArchiveError

__all__ = ["MIGRATIONS", "migrate", "require_own"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
        """
        CREATE TABLE series (
            series INTEGER PRIMARY KEY,
            symbol TEXT NOT NULL,
            period TEXT NOT NULL,
            updated_ms INTEGER NOT NULL,
            UNIQUE (symbol, period)
        ) STRICT
        """,
        # numbers are the exchange's own digits: SQLite knows no exact decimals, and 27 digits fit no integer
        """
        CREATE TABLE bars (
            series INTEGER NOT NULL,
            open_ms INTEGER NOT NULL,
            open TEXT NOT NULL,
            high TEXT NOT NULL,
            low TEXT NOT NULL,
            close TEXT NOT NULL,
            base_volume TEXT NOT NULL,
            quote_volume TEXT NOT NULL,
            trades INTEGER NOT NULL,
            PRIMARY KEY (series, open_ms)
        ) STRICT, WITHOUT ROWID
        """,
        # where bars follow each other without a hole: kept beside them, so that no question walks millions of rows
        """
        CREATE TABLE covered (
            series INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
            PRIMARY KEY (series, start_ms)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE holes (
            series INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('absent', 'unanswered')),
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (series, start_ms)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE aside (
            number INTEGER PRIMARY KEY,
            series INTEGER NOT NULL, open_ms INTEGER NOT NULL,
            content TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE downloads (
            number INTEGER PRIMARY KEY,
            series INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
            is_paused INTEGER NOT NULL DEFAULT 0,
            UNIQUE (series, start_ms, end_ms)
        ) STRICT
        """,
        # for the analyst: one row a bar, with names instead of numbers, ready for SQL's own arithmetic
        """
        CREATE VIEW klines AS
        SELECT symbol, period, open_ms,
               strftime('%Y-%m-%d %H:%M:%S', open_ms / 1000, 'unixepoch') AS opened_utc,
               CAST(open AS NUMERIC) AS open, CAST(high AS NUMERIC) AS high,
               CAST(low AS NUMERIC) AS low, CAST(close AS NUMERIC) AS close,
               CAST(base_volume AS NUMERIC) AS base_volume, CAST(quote_volume AS NUMERIC) AS quote_volume,
               trades
        FROM bars JOIN series USING (series)
        """,
    ),
)
"""Each migration is a list of statements; the file's ``user_version`` counts those applied."""


def require_own(connection: sqlite3.Connection) -> None:
    """Refuse a database that is none of hbtui's, before anything is changed in it; raises ``ArchiveError``."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if tables and not (version and {"about", "series", "bars"} <= tables):
        message = "That is another program's database, and no archive of hbtui: it was left as it is."
        raise ArchiveError(message)


def migrate(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring the file up to date; raises ``ArchiveError`` for a file of a newer program, which is left as it is."""
    if _version(connection, migrations) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back on any error
        # looked at again: another program may have done it while this one waited
        for number in range(_version(connection, migrations), len(migrations)):
            for statement in migrations[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def _version(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...]) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        message = f"The archive was written by a newer hbtui (version {version} of its tables): update hbtui."
        raise ArchiveError(message)
    return version
