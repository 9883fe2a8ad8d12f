"""Several processes and one account: one of them writes, the others read, and no intent is ever forgotten (D8)."""

import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from hbtui.model.errors import JournalError
from hbtui.model.order import Accepted, Intent, OrderState, Unknown
from hbtui.storage.database import Database
from hbtui.storage.files import JournalHeld, lock, take
from hbtui.storage.journal import Journal
from hbtui.storage.opening import DamagedJournal, HaltedJournal, HeldJournal, open_journal, remove_unheld
from tests.storage.journals import content, files, fresh, order_of, other_process, read
from tests.support.trading_values import NOW_MS, intent


def removed(path: Path) -> None:
    """Delete a file under the program."""
    path.unlink()


def restored(path: Path, kept: bytes) -> None:
    """Bring a file back."""
    path.write_bytes(kept)


def made_folder(path: Path) -> None:
    """Put a folder where a file is expected."""
    path.mkdir()


def beside(path: Path) -> list[Path]:
    """Name the journals beside."""
    return sorted(path.parent.glob("*.beside-*.sqlite"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name an account's journal in a folder that does not exist yet."""
    return tmp_path / "journals" / "live-1.sqlite"


async def left_beside(path: Path, *intents: Intent, name: str = "1-1-0") -> Path:
    """Leave a journal beside, as a second process of an earlier program did."""
    left = path.with_name(f"{path.stem}.beside-{name}.sqlite")
    async with Journal.open(left) as journal:
        for one in intents:
            await journal.record_intent(one)
            await journal.record_outcome(one.client_order_id, Unknown("no answer"), NOW_MS)
    return left


async def test_while_another_process_holds_it_nothing_can_be_sent(path: Path) -> None:
    """The second process is told that another hbtui holds the account, makes no journal of its own, and reads on."""
    async with other_process(path):
        before = files(path.parent)
        async with open_journal(path) as journal:
            assert isinstance(journal, HeldJournal)
            assert journal.reason.startswith(f"Another hbtui holds the journal {path}")
            with pytest.raises(JournalError, match="Another hbtui"):
                await journal.record_intent(fresh(1))
        assert files(path.parent) == before
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)


async def test_a_killed_process_frees_the_account_with_all_it_wrote(path: Path) -> None:
    """What a killed process leaves, its lock file among it, holds nobody up; its intent is taken up."""
    async with other_process(path, "record") as process:
        process.kill()
        await process.wait()
        assert f"{path.name}.lock" in files(path.parent)
        async with open_journal(path) as journal:
            assert await journal.unresolved() == (intent(),)


async def test_deleting_the_lock_does_not_open_the_account_to_a_second(path: Path) -> None:
    """A journal whose lock file was deleted is still held, by SQLite's own lock."""
    async with other_process(path):
        removed(Path(f"{path}.lock"))
        async with open_journal(path) as journal:
            assert isinstance(journal, HeldJournal)
            assert "Another program holds the journal" in journal.reason


async def test_a_program_that_reads_the_journal_is_not_pushed_aside(path: Path) -> None:
    """While somebody looks into the file with a tool of their own nothing is sent; afterwards it opens."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT client_order_id FROM intents").fetchall() == [(intent().client_order_id,)]
        async with open_journal(path) as other:
            assert isinstance(other, HeldJournal)
            assert "Another program holds" in other.reason
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)


def test_a_lock_that_was_removed_with_its_journal_is_no_lock(path: Path) -> None:
    """Whoever locks a lock file that its last owner removed or replaced meanwhile is refused, and may try again."""
    descriptor = lock(path)
    removed(Path(f"{path}.lock"))
    with pytest.raises(JournalHeld, match="Another hbtui"):
        take(descriptor, path)
    other = lock(path)
    with pytest.raises(JournalHeld, match="Another hbtui"):
        take(descriptor, path)
    take(other, path)
    os.close(other)
    os.close(descriptor)


async def test_a_run_is_noted_with_the_time_of_its_start(path: Path) -> None:
    """The first entry of a run tells when it began, UTC ms by the machine's clock."""
    before = time.time_ns() // 1_000_000
    async with open_journal(path):
        after = time.time_ns() // 1_000_000
    ((started_ms,),) = read(path, "SELECT at_ms FROM entries WHERE kind = 'run'")
    assert isinstance(started_ms, int)
    assert before <= started_ms <= after


async def test_folders_that_are_not_there_are_made(tmp_path: Path) -> None:
    """A first start makes every folder on the way to the journal."""
    path = tmp_path / "state" / "hbtui" / "live-1.sqlite"
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)
    assert files(path.parent) == [path.name, f"{path.name}.lock"]


async def test_what_was_left_beside_is_taken_over(path: Path) -> None:
    """Unresolved intents beside come back from the account's journal, exactly, and the files beside are gone."""
    meant = [fresh(1), fresh(2), fresh(3)]
    await left_beside(path, *meant[:2])
    await left_beside(path, meant[2], name="2-1-0")
    async with open_journal(path) as journal:
        assert await journal.unresolved() == tuple(meant)
        assert beside(path) == []
    async with open_journal(path) as journal:
        assert await journal.unresolved() == tuple(meant)
    assert files(path.parent) == [path.name, f"{path.name}.lock"]


async def test_what_is_resolved_beside_stays_resolved(path: Path) -> None:
    """Outcomes, states and cancels come along with their intents: nothing that is known is asked for again."""
    left = await left_beside(path, meant := fresh(1))
    async with Journal.open(left) as journal:
        await journal.record_outcome(meant.client_order_id, Accepted("9"), NOW_MS)
        await journal.record_cancel(meant.client_order_id, NOW_MS)
    async with open_journal(path) as journal:
        assert await journal.unresolved() == ()
        assert [one.kind for one in await journal.audit("9")] == ["intent", "outcome", "outcome", "cancel"]


async def test_a_journal_beside_that_is_in_use_is_left_alone(path: Path) -> None:
    """While its process lives nobody takes its journal away."""
    left = await left_beside(path, fresh(1))
    async with other_process(left):
        async with open_journal(path) as journal:
            assert isinstance(journal, Journal)
            assert await journal.unresolved() == ()
        assert beside(path) == [left]


async def test_a_crash_between_copying_and_deleting_takes_over_once(path: Path) -> None:
    """A file beside whose entries are already in the account's journal is deleted, and nothing is there twice."""
    left = await left_beside(path, meant := fresh(1))
    kept = content(left)
    async with open_journal(path) as journal:
        before = await journal.audit(meant.client_order_id)
    restored(left, kept)
    async with open_journal(path) as journal:
        assert beside(path) == []
        assert await journal.audit(meant.client_order_id) == before


async def test_a_journal_beside_that_shares_only_some_ids_is_not_deleted(path: Path) -> None:
    """Where one id beside is known and another is not, nothing is copied twice and nothing is lost: it stays."""
    async with Journal.open(path) as journal:
        await journal.record_intent(shared := fresh(1))
    left = await left_beside(path, shared, fresh(2))
    async with open_journal(path) as journal:
        assert await journal.unresolved() == (shared,)
    assert beside(path) == [left]


def damaged(path: Path) -> Path:
    """Put something in the place of a journal that is none."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(b"this is no database at all, but long enough to look like one" * 40)
    return path


async def test_a_damaged_file_beside_is_kept_and_holds_nobody_up(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read stays for a person to look at, the log names it, and the account's journal opens."""
    aside = damaged(path.with_name("live-1.beside-1-1-0.sqlite"))
    with caplog.at_level(logging.ERROR):
        async with open_journal(path) as journal:
            await journal.record_intent(fresh(1))
    assert content(aside).startswith(b"this is no database")
    said = f"left behind, and not readable: The journal {aside} is damaged: file is not a database."
    assert [record.getMessage() for record in caplog.records] == [said]


async def test_the_accounts_journal_under_a_former_name_is_taken_over(path: Path) -> None:
    """What an earlier program wrote under another name, and beside that, comes back; an unused name is none."""
    former, unused = path.with_name("live-abc.sqlite"), path.with_name("live-def.sqlite")
    async with Journal.open(former) as journal:
        await journal.record_intent(fresh(1))
    await left_beside(former, fresh(2))
    async with open_journal(path, former=(former, unused)) as journal:
        assert len(await journal.unresolved()) == 2
    assert files(path.parent) == [path.name, f"{path.name}.lock"]


async def test_where_the_former_journal_is_held_or_damaged_nothing_is_sent(path: Path) -> None:
    """An earlier program that still runs holds the account, and an unreadable journal of it halts it."""
    former = path.with_name("live-abc.sqlite")
    async with other_process(former):
        async with open_journal(path, former=(former,)) as journal:
            assert isinstance(journal, HeldJournal)
    damaged(former)
    async with open_journal(path, former=(former,)) as journal:
        assert isinstance(journal, DamagedJournal)
        assert str(former) in journal.reason
    assert content(former).startswith(b"this is no database")


async def test_another_accounts_journal_beside_is_never_touched(path: Path) -> None:
    """Only files that carry this journal's own name are taken over."""
    foreign = path.with_name("live-2.beside-1-1-0.sqlite")
    async with Journal.open(foreign) as journal:
        await journal.record_intent(fresh(1))
    async with open_journal(path) as journal:
        assert await journal.unresolved() == ()
    assert foreign.exists()


async def test_where_no_journal_can_be_written_every_order_is_refused(tmp_path: Path) -> None:
    """A place that takes no file gives a journal that refuses each intent with the reason, instead of no session."""
    (tmp_path / "file").write_text("in the way")
    async with open_journal(tmp_path / "file" / "live-1.sqlite") as journal:
        assert isinstance(journal, HaltedJournal)
        with pytest.raises(JournalError, match="cannot be opened: File exists"):
            await journal.record_intent(fresh(1))
        for asked in (
            journal.record_intents([fresh(1)]),
            journal.record_outcome("hb1", Accepted("9"), NOW_MS),
            journal.record_order(order_of(fresh(1), OrderState.FILLED), NOW_MS),
            journal.record_cancel("9", NOW_MS),
            journal.record_sign_off("hb1", NOW_MS),
            journal.unresolved(),
            journal.questionable(),
            journal.unfinished(("hb1",)),
            journal.cancels_wanted(),
            journal.sent_since(0),
            journal.audit("9"),
        ):
            with pytest.raises(JournalError, match="cannot be opened"):
                await asked


async def test_a_damaged_journal_is_neither_repaired_nor_worked_around(path: Path) -> None:
    """A journal that cannot be read may hold an order in doubt: no order is sent beside it."""
    async with open_journal(damaged(path)) as journal:
        with pytest.raises(JournalError, match="is damaged"):
            await journal.record_intent(fresh(1))
    assert beside(path) == []


async def test_only_a_journal_that_nobody_holds_is_removed(path: Path) -> None:
    """An old demo's journal goes with all that belongs to it, one that a process works with stays."""
    async with other_process(path):
        before = files(path.parent)
        await remove_unheld(path)
        assert files(path.parent) == before
    await remove_unheld(path)
    assert files(path.parent) == []


async def test_what_cannot_be_removed_is_told(path: Path) -> None:
    """Where the system refuses to delete a file of the journal there is a sentence; nothing is deleted in its stead."""
    database = Database(path)
    await database.open()
    made_folder(Path(f"{path}-shm"))
    with pytest.raises(JournalError, match="cannot be opened: Is a directory"):
        await database.remove()
    await database.close()
    assert f"{path.name}-shm" in files(path.parent)
