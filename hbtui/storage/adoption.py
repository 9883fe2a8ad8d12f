"""Takes over what a journal holds whose process is gone: copied durably first, and deleted only then."""

import logging
import sqlite3
from pathlib import Path

from hbtui.model.errors import JournalError
from hbtui.storage.chain import Draft
from hbtui.storage.database import Database
from hbtui.storage.files import JournalHeld

__all__ = ["take_over"]

_log = logging.getLogger(__name__)
_ENTRIES = "SELECT at_ms, kind, client_order_id, content, order_id, settles FROM entries ORDER BY number"
_INTENTS = "SELECT client_order_id FROM entries WHERE kind = 'intent'"


async def take_over(into: Database, path: Path) -> None:
    """Copy another journal of the same account and delete it.

    Where its process still works with it, or it cannot be read, it is left as it is. A crash between copying and
    deleting leaves both; the next call sees that, and only deletes. Raises ``JournalError`` where ``into`` fails.
    """
    left = Database(path)
    try:
        try:
            await left.open()
            drafts = await left.read(_drafts)
        except JournalHeld:
            return
        except JournalError as error:
            _log.error("left behind, and not readable: %s", error)
            return
        known = await into.read(lambda connection: {key for (key,) in connection.execute(_INTENTS)})
        if not any(draft.kind == "intent" and draft.client_order_id in known for draft in drafts):
            await into.append(drafts)
        await left.remove()
    finally:
        await left.close()


def _drafts(connection: sqlite3.Connection) -> list[Draft]:
    return [Draft(*row) for row in connection.execute(_ENTRIES)]
