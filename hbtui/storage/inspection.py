"""Looks at a journal before it is used, without changing a byte of it."""

from pathlib import Path

from hbtui.storage.chain import broken_link
from hbtui.storage.files import JournalDamaged, connect
from hbtui.storage.schema import found_tables, require_known, tables_of

__all__ = ["inspect"]

_CHAINED_FROM = 2
"""The first version of the tables whose entries are a chain."""


def inspect(path: Path) -> None:
    """Check the pages, the tables and the chain of entries of an existing file.

    Raises ``JournalDamaged`` with what is wrong, ``JournalError`` for a newer program's file, ``sqlite3.Error`` where
    it cannot even be read. It is opened for reading only: what is damaged stays as evidence.
    """
    connection = connect(path, "ro")
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise JournalDamaged(_sentence(path, "a page of it cannot be read"))
        version = require_known(connection)
        if found_tables(connection) != tables_of(version) or not version:
            raise JournalDamaged(_sentence(path, "its tables are not those of a journal"))
        broken = broken_link(connection) if version >= _CHAINED_FROM else None
        if broken is not None:
            raise JournalDamaged(_sentence(path, f"entry {broken} is missing or was changed"))
    finally:
        connection.close()


def _sentence(path: Path, what: str) -> str:
    return f"The journal {path} is damaged: {what}."
