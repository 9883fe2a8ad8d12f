"""Several processes and one account: each has a journal to write to, and no intent of any of them is forgotten."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.model.order import Accepted, Intent
from hbtui.storage.journal import Journal
from hbtui.storage.opening import HaltedJournal, open_journal, remove_unheld
from hbtui.trading.client_ids import new_client_order_id
from tests.support.trading_values import NOW_MS, intent

ROOT = Path(__file__).parents[2]
HOLDER = """
import asyncio, sys
from pathlib import Path
from hbtui.storage.opening import open_journal
from tests.support.trading_values import intent

async def main():
    async with open_journal(Path(sys.argv[1])) as journal:
        if sys.argv[2] == "record":
            await journal.record_intent(intent())
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


def fresh(number: int) -> Intent:
    """Make an intent with an id of its own."""
    made = intent(created_ms=NOW_MS + number)
    return replace(made, client_order_id=new_client_order_id(Mode.DEMO, NOW_MS + number))


@asynccontextmanager
async def other_process(path: Path, what: str = "hold") -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that has the journal open, until it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLDER,
        str(path),
        what,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def beside(path: Path) -> list[Path]:
    """Name the journals beside."""
    return sorted(path.parent.glob("*.beside-*.sqlite"))


def files(folder: Path) -> list[str]:
    """Name all that lies in a folder."""
    return sorted(one.name for one in folder.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name an account's journal in a folder that does not exist yet."""
    return tmp_path / "journals" / "live-1.sqlite"


async def test_while_another_process_holds_it_a_journal_beside_is_used(path: Path) -> None:
    """The second process writes its intent durably into a private file of its own, and the first one goes on."""
    async with other_process(path):
        async with open_journal(path) as journal:
            await journal.record_intent(fresh(1))
            (own,) = beside(path)
            assert own.stat().st_mode & 0o077 == 0
            assert f"-{os.getpid()}-" in own.name


async def test_whoever_opens_next_takes_over_what_was_left_beside(path: Path) -> None:
    """An unresolved intent beside comes back from the account's journal, exactly, and the file beside is gone."""
    async with other_process(path):
        async with open_journal(path) as journal:
            await journal.record_intent(fresh(1))
            await journal.record_intent(meant := fresh(2))
    async with open_journal(path) as journal:
        left = await journal.unresolved()
        assert meant in left
        assert len(left) == 2
        assert beside(path) == []
    async with open_journal(path) as journal:
        assert await journal.unresolved() == left


async def test_what_is_resolved_beside_stays_resolved(path: Path) -> None:
    """Outcomes, states and cancels come along with their intents: nothing that is known is asked for again."""
    async with other_process(path):
        async with open_journal(path) as journal:
            await journal.record_intent(meant := fresh(1))
            await journal.record_outcome(meant.client_order_id, Accepted("9"), NOW_MS)
            await journal.record_cancel("9", NOW_MS)
    async with open_journal(path) as journal:
        assert await journal.unresolved() == ()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT order_key FROM cancels").fetchall() == [("9",)]
        assert connection.execute("SELECT client_order_id, order_id FROM outcomes").fetchall() == [
            (meant.client_order_id, "9")
        ]


async def test_a_process_killed_beside_loses_nothing_to_the_next_one_beside(path: Path) -> None:
    """A killed process's intent is taken over by the next process even while the first still holds the account's."""
    async with other_process(path):
        async with other_process(path, "record") as second:
            second.kill()
            await second.wait()
            async with open_journal(path) as journal:
                assert await journal.unresolved() == (intent(),)
                assert len(beside(path)) == 1


async def test_a_journal_beside_that_is_in_use_is_left_alone(path: Path) -> None:
    """While its process lives nobody takes its journal away, and it goes on writing."""
    async with other_process(path) as first:
        async with open_journal(path) as journal:
            first.kill()
            await first.wait()
            async with other_process(path):
                assert len(beside(path)) == 1
                await journal.record_intent(fresh(1))


async def test_a_crash_between_copying_and_deleting_takes_over_once(path: Path) -> None:
    """A file beside whose rows are already in the account's journal is deleted, and nothing is there twice."""
    async with other_process(path):
        async with open_journal(path) as journal:
            await journal.record_intent(meant := fresh(1))
            await journal.record_outcome(meant.client_order_id, Accepted("9"), NOW_MS)
    (left,) = beside(path)
    kept = left.read_bytes()
    async with open_journal(path):
        pass
    left.write_bytes(kept)
    async with open_journal(path):
        assert beside(path) == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM outcomes").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM intents").fetchone() == (1,)


def damaged(path: Path) -> Path:
    """Put something in the place of a journal that is none."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(b"this is no database at all, but long enough to look like one" * 40)
    return path


async def test_a_damaged_file_beside_is_kept_and_holds_nobody_up(path: Path) -> None:
    """What cannot be read is left where it is for a person to look at; the account's journal opens all the same."""
    aside = damaged(path.with_name("live-1.beside-1-1-0.sqlite"))
    async with open_journal(path) as journal:
        await journal.record_intent(fresh(1))
    assert aside.read_bytes().startswith(b"this is no database")


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
        with pytest.raises(JournalError):
            await journal.unresolved()
        with pytest.raises(JournalError):
            await journal.record_cancel("9", NOW_MS)
        with pytest.raises(JournalError):
            await journal.record_outcome("hb1", Accepted("9"), NOW_MS)


async def test_a_damaged_journal_is_neither_repaired_nor_worked_around(path: Path) -> None:
    """A journal that cannot be read may hold an order in doubt: no order is sent beside it."""
    async with open_journal(damaged(path)) as journal:
        with pytest.raises(JournalError, match="cannot be used"):
            await journal.record_intent(fresh(1))
    assert beside(path) == []


async def test_only_a_journal_that_nobody_holds_is_removed(path: Path) -> None:
    """An old demo's journal goes, one that a process works with stays."""
    async with other_process(path):
        await remove_unheld(path)
        assert files(path.parent) == [path.name, f"{path.name}-wal"]
    await remove_unheld(path)
    assert files(path.parent) == []
