"""A process that does nothing but journal: each line it prints is a promise, made after the disk has answered.

``python -m tests.crash.writing PATH COUNT [SYNCHRONOUS]`` prints ``ack KEY`` for each durable intent, ``no REASON`` for
each refused one, and ``halted REASON`` where no journal can be opened. ``slow`` for COUNT tells how the loop fares.
"""

import asyncio
import os
import sys
from pathlib import Path

from hbtui.model.errors import JournalError
from hbtui.model.order import Intent, OrderState
from hbtui.storage import database
from hbtui.storage.journal import Journal
from hbtui.storage.opening import HaltedJournal, open_journal
from tests.storage.journals import order_of
from tests.support.trading_values import NOW_MS, intent

__all__ = ["meant"]


def meant(number: int) -> Intent:
    """Tell the intent of a number: the same in every process."""
    return intent(created_ms=NOW_MS + number, seed=number.to_bytes(10, "big"))


def _say(word: str, what: object) -> None:
    os.write(1, f"{word} {what}\n".encode())  # one write each, for who records them


async def _write(journal: Journal, count: int) -> None:
    for number in range(count):
        one = meant(number)
        try:
            await journal.record_cancel(one.client_order_id, NOW_MS)
            await journal.record_intent(one)
        except JournalError as error:
            _say("no", error)
            continue
        _say("ack", one.client_order_id)
        if number % 3 == 0:
            await asyncio.gather(
                *(journal.record_order(order_of(one, state), NOW_MS) for state in list(OrderState)[-3:]),
                return_exceptions=True,
            )


async def _write_slowly(journal: Journal) -> None:
    """Tell how often the loop's heart beat while an intent waited for the disk, and what got past it meanwhile."""
    beats = 0
    waiting = asyncio.create_task(journal.record_intent(meant(0)))
    while not waiting.done():
        await asyncio.sleep(0.01)
        beats += 1
        if beats == 3:
            await journal.record_cancel("9", NOW_MS)
            _say("cancel-noted", "before" if not waiting.done() else "after")
    await waiting
    _say("beats", beats)


async def _main(path: Path, count: str, synchronous: str) -> None:
    database.CHECKPOINT_EVERY = 25  # so that a short recording has several in it
    async with open_journal(path) as journal:
        if isinstance(journal, HaltedJournal):
            _say("halted", journal.reason)
            return
        await journal._database.read(lambda connection: connection.execute(f"PRAGMA synchronous = {synchronous}"))
        if count == "slow":
            await _write_slowly(journal)
        else:
            await _write(journal, int(count))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "FULL"))
