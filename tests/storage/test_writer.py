"""The writer thread: what waits together is committed together, and after a failure nothing is written any more."""

import asyncio
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from hbtui.model.errors import JournalError
from hbtui.model.order import OrderState, Unknown
from hbtui.storage.chain import Draft
from hbtui.storage.database import CHECKPOINT_EVERY, Database
from hbtui.storage.journal import Journal
from hbtui.storage.records import sign_off_draft
from tests.storage.journals import content, files, fresh, order_of, read
from tests.support.eventually import eventually
from tests.support.trading_values import NOW_MS, fill, intent

OTHER = intent(created_ms=NOW_MS + 1, seed=b"9876543210")
KEY = intent().client_order_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a journal."""
    return tmp_path / "demo.sqlite"


class Held:
    """Keeps the writer thread busy until it is let go."""

    def __init__(self, journal: Journal) -> None:
        self._go = threading.Event()
        self._busy = threading.Event()
        self._task = asyncio.create_task(journal._database.read(self._wait))

    async def __aenter__(self) -> None:
        await eventually(self._busy.is_set)

    async def __aexit__(self, *_: object) -> None:
        self._go.set()
        await self._task

    def _wait(self, _: sqlite3.Connection) -> bool:
        self._busy.set()
        return self._go.wait(10)


async def statements(journal: Journal) -> list[str]:
    """Note from now on what the journal's connection does."""
    seen: list[str] = []
    await journal._database.read(lambda connection: connection.set_trace_callback(seen.append))
    return seen


@pytest.mark.parametrize(("events", "commits"), [(511, 2), (512, 3)])
async def test_what_waits_for_the_disk_is_committed_together(path: Path, events: int, commits: int) -> None:
    """Of events and an intent that wait for a busy disk 256 at a time are committed, in the order they came."""
    async with Journal.open(path) as journal:
        seen = await statements(journal)
        async with Held(journal):
            waiting = [
                asyncio.create_task(journal.record_order(order_of(fresh(number), OrderState.SUBMITTED), NOW_MS))
                for number in range(events)
            ]
            waiting.append(asyncio.create_task(journal.record_intent(OTHER)))
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        assert seen.count("COMMIT") == commits
        assert len(await journal.sent_since(0)) == 1
    assert read(path, "SELECT number FROM entries WHERE kind = 'intent'") == [(events + 2,)]


async def test_one_askers_refusal_does_not_touch_the_others(path: Path) -> None:
    """In one commit a repeated id is refused, and what was asked before and after it is written."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        async with Held(journal):
            asked = (
                journal.record_outcome(KEY, Unknown("no answer"), NOW_MS),
                journal.record_intents([fresh(1), intent()]),
                journal.record_intent(OTHER),
            )
            waiting = asyncio.gather(*asked, return_exceptions=True)
            await asyncio.sleep(0)
        first, refused, last = await waiting
        assert (first, last) == (None, None)
        assert isinstance(refused, JournalError)
        assert [one.client_order_id for one in await journal.sent_since(0)] == [KEY, OTHER.client_order_id]
    assert [kind for (kind,) in read(path, "SELECT kind FROM entries ORDER BY number")] == [
        "run",
        "intent",
        "outcome",
        "intent",
    ]


async def test_the_writers_thread_has_a_name(path: Path) -> None:
    """Whoever looks at a program that hangs sees which of its threads is the journal's."""
    async with Journal.open(path) as journal:
        name = await journal._database.read(lambda _: threading.current_thread().name)
    assert name.startswith("hbtui-journal")


async def test_a_cancel_does_not_wait_for_the_disk(path: Path) -> None:
    """While the disk is busy a cancel is noted at once, and written in its turn."""
    async with Journal.open(path) as journal:
        async with Held(journal):
            waiting = asyncio.create_task(journal.record_intent(intent()))
            await asyncio.sleep(0)
            await journal.record_cancel(KEY, NOW_MS)
            assert not waiting.done()
        await waiting
        assert [entry.kind for entry in await journal.audit(KEY)] == ["intent", "cancel"]


async def test_a_cancel_asked_for_at_the_very_end_is_written(path: Path) -> None:
    """Closing waits for what is still to be written."""
    async with Journal.open(path) as journal:
        await journal.record_cancel(KEY, NOW_MS)
    async with Journal.open(path) as journal:
        assert [entry.kind for entry in await journal.audit(KEY)] == ["cancel"]


async def test_a_cancelled_wait_does_not_undo_the_writing(path: Path) -> None:
    """A commit that has begun is seen through although its asker was cancelled."""
    async with Journal.open(path) as journal:
        task = asyncio.create_task(journal.record_intent(intent()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await journal.record_intent(OTHER)
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(), OTHER)


async def fill_the_disk(journal: Journal) -> None:
    """Leave no page for anything new."""
    await journal._database.read(lambda connection: connection.execute("PRAGMA max_page_count = 1").fetchone())


async def test_a_full_disk_stops_all_writing_and_no_reading(path: Path) -> None:
    """The intent that finds the disk full is refused in words (D1); so is all after it, though there is room again."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await fill_the_disk(journal)
        with pytest.raises(JournalError, match="full"):
            await journal.record_intent(replace(OTHER, body=b"x" * 100_000))
        await journal._database.read(lambda connection: connection.execute("PRAGMA max_page_count = 9999").fetchone())
        with pytest.raises(JournalError, match="full"):
            await journal.record_intent(fresh(1))
        with pytest.raises(JournalError, match="full"):
            await journal.record_cancel(KEY, NOW_MS)
        assert await journal.sent_since(0) == (intent(),)
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(),)
        await journal.record_intent(fresh(1))


async def test_a_cancel_that_could_not_be_written_is_told_by_the_next_writing(path: Path) -> None:
    """The failure of what nobody waits for comes to light at once, and everything that waited with it is refused."""
    async with Journal.open(path) as journal:
        await fill_the_disk(journal)
        async with Held(journal):
            await journal.record_cancel("9" * 100_000, NOW_MS)
            waiting = asyncio.create_task(journal.record_intent(intent()))
            await asyncio.sleep(0)
        with pytest.raises(JournalError, match="full"):
            await waiting
        with pytest.raises(JournalError, match="full"):
            await journal.record_intent(OTHER)
        assert await journal.sent_since(0) == ()


async def test_what_is_asked_while_the_disk_fails_is_refused_too(path: Path) -> None:
    """A writing that was in line behind the failing one, beyond its commit, fails with the same words."""
    async with Journal.open(path) as journal:
        await fill_the_disk(journal)
        async with Held(journal):
            waiting = asyncio.gather(
                *(journal.record_intent(replace(fresh(number), body=b"x" * 5000)) for number in range(300)),
                return_exceptions=True,
            )
            await asyncio.sleep(0)
        assert {str(one) for one in await waiting} == {f"The journal {path} cannot be used: database or disk is full."}


def deleted(path: Path) -> None:
    """Delete the journal under the program."""
    path.unlink()


def swapped(path: Path) -> None:
    """Put a copy in the place of the journal."""
    other = path.with_name("copy")
    other.write_bytes(path.read_bytes())
    other.rename(path)


def log_deleted(path: Path) -> None:
    """Delete only the log, in which the latest entries are."""
    Path(f"{path}-wal").unlink()


@pytest.mark.parametrize("loss", [deleted, swapped, log_deleted])
async def test_a_lost_file_stops_the_writing_for_good(path: Path, loss: object) -> None:
    """A file that was deleted or swapped while in use is noticed at the next commit, and not forgotten (D7)."""
    assert callable(loss)
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        loss(path)
        for number in (1, 2):
            with pytest.raises(JournalError, match="was removed or replaced while in use"):
                await journal.record_intent(fresh(number))
        assert await journal.sent_since(0) == (intent(),)


async def test_a_file_that_goes_during_the_commit_makes_nothing_durable(path: Path) -> None:
    """A journal deleted between the look at it and the end of the commit is noticed before anything is promised."""
    async with Journal.open(path) as journal:

        def lose(statement: str) -> None:
            if statement.startswith("INSERT INTO entries"):
                path.unlink(missing_ok=True)

        await journal._database.read(lambda connection: connection.set_trace_callback(lose))
        with pytest.raises(JournalError, match="removed or replaced"):
            await journal.record_intent(intent())


async def test_the_log_is_written_back_now_and_then(path: Path) -> None:
    """After some hundred entries what the log holds is in the file, so that a start has little to recover."""
    async with Journal.open(path) as journal:
        before = len(content(path))
        for number in range(60):
            await journal.record_intents([fresh(10 * number + one) for one in range(10)])
        assert len(content(path)) > before + 100_000
        assert "demo.sqlite-wal" in files(path.parent)


async def test_the_log_is_written_back_after_every_so_many_entries(path: Path) -> None:
    """The entry that makes the number full has the log written back, and the next one waits for as many again."""
    async with Journal.open(path) as journal:
        seen = await statements(journal)
        written_back: list[int] = []
        # the run's own entry is the first
        for count in (CHECKPOINT_EVERY - 2, 1, CHECKPOINT_EVERY - 1, 1):
            await journal.record_intents([fresh(0) for _ in range(count)])
            await journal.audit(KEY)  # in line behind the writing, with all that belongs to it
            written_back.append(sum(statement.startswith("PRAGMA wal_checkpoint") for statement in seen))
    assert written_back == [0, 1, 1, 2]


async def test_an_entry_that_is_none_is_refused_and_stops_nobody(path: Path) -> None:
    """Whatever goes wrong with a writing, its asker is told in words, and the next one is written."""
    async with Journal.open(path) as journal:
        with pytest.raises(JournalError, match=rf"^The journal {path} could not be written\.$"):
            await journal._database.append([Draft(NOW_MS, "cancel", cast("str", None), "{}")])
        await journal.record_intent(intent())
        assert await journal.sent_since(0) == (intent(),)


async def test_a_trade_that_is_written_is_not_looked_for_again(path: Path) -> None:
    """A run remembers the trades it has written of an order: the next state costs no look-up of each."""
    trade = fill()
    async with Journal.open(path) as journal:
        await journal.record_order(order_of(intent(), OrderState.PARTIALLY_FILLED, fills=(trade,)), NOW_MS)
        seen = await statements(journal)
        await journal.record_order(order_of(intent(), OrderState.FILLED, fills=(trade,)), NOW_MS + 1)
    assert sum(statement.startswith("INSERT INTO entries") for statement in seen) == 1
    assert not any(statement.startswith("SELECT 1 FROM entries") for statement in seen)


async def test_a_failing_reading_is_a_sentence(path: Path) -> None:
    """What SQLite refuses to read is told in words, and stops no writing."""
    async with Journal.open(path) as journal:
        with pytest.raises(JournalError, match="cannot be used: no such table"):
            await journal._database.read(lambda connection: connection.execute("SELECT * FROM elsewhere"))
        await journal.record_intent(intent())


async def test_what_is_asked_of_a_file_that_was_never_opened_is_refused(path: Path) -> None:
    """A database that is not open yet, or was deleted, takes and tells nothing."""
    database = Database(path)
    with pytest.raises(JournalError, match=r"^The journal is closed\.$"):
        await database.append([sign_off_draft(KEY, NOW_MS)])
    with pytest.raises(JournalError, match="closed"):
        await database.read(lambda connection: connection.total_changes)
    await database.close()
    with pytest.raises(JournalError, match=r"^The journal is closed\.$"):
        await database.read(lambda connection: connection.total_changes)
