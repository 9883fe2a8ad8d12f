"""When entries were written whose clock cannot have been right; the order in which they stand tells."""

import sqlite3
from collections.abc import Iterable

__all__ = ["written_ms"]

_SPAN = "SELECT number, at_ms FROM entries WHERE number BETWEEN ? AND ? ORDER BY number"
_BEFORE = "SELECT at_ms FROM entries WHERE number < ? AND at_ms <= ? ORDER BY number DESC LIMIT 1"


def written_ms(connection: sqlite3.Connection, numbers: Iterable[int], until: int, now_ms: int) -> dict[int, int]:
    """Tell, by number, when entries were written that bear a time after ``now_ms``, though entry ``until`` is of now.

    Each was written between its nearest neighbours with a time that can be: the later of these two counts, so that
    nothing is taken for older than it is, and nothing stays new for ever.
    """
    asked = set(numbers)
    if not asked:
        return {}
    first = min(asked)
    found: dict[int, int] = {}
    waiting: list[int] = []
    before_ms = (connection.execute(_BEFORE, (first, now_ms)).fetchone() or (0,))[0]
    for number, at_ms in connection.execute(_SPAN, (first, until)):
        if at_ms > now_ms:
            waiting += [number] if number in asked else []
            continue
        found.update(dict.fromkeys(waiting, max(before_ms, at_ms)))
        waiting.clear()
        before_ms = at_ms
    return found
