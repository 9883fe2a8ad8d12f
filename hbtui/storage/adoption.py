"""Takes over what a journal holds whose process is gone: copied durably first, and deleted only then."""

import logging
import sqlite3
from pathlib import Path

from hbtui.model.errors import JournalError
from hbtui.storage.chain import Draft
from hbtui.storage.database import Database
from hbtui.storage.files import JournalHeld

__all__ = ["take_over", "take_over_if_free"]

_log = logging.getLogger(__name__)
_ENTRIES = "SELECT at_ms, kind, client_order_id, content, order_id, settles FROM entries ORDER BY number"
_INTENTS = "SELECT client_order_id FROM entries WHERE kind = 'intent'"


async def take_over_if_free(into: Database, path: Path) -> None:
    """Take over a journal beside; where its process still works with it, or it cannot be read, it is left as it is."""
    try:
        await take_over(into, path)
    except JournalHeld:
        return
    except JournalError as error:
        _log.error("left behind, and not readable: %s", error)


async def take_over(into: Database, path: Path) -> None:
    """Copy another journal of the same account and delete it.

    A crash between copying and deleting leaves both; the next call sees that, and only deletes. Raises
    ``JournalError`` where either fails, ``JournalHeld`` where another process works with that one.
    """
    left = Database(path)
    try:
        await left.open()
        drafts = await left.read(_drafts)
        known = await into.read(lambda connection: {key for (key,) in connection.execute(_INTENTS)})
        meant = {draft.client_order_id for draft in drafts if draft.kind == "intent"}
        if not meant or not meant <= known:
            await into.append(drafts)  # whole or not at all: where only some ids are known, it is refused
        await left.remove()
    finally:
        await left.close()


def _drafts(connection: sqlite3.Connection) -> list[Draft]:
    return [Draft(*row) for row in connection.execute(_ENTRIES)]
