"""A journal that is no whole journal is never repaired, replaced or worked around: a person decides (D5)."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hbtui.model.errors import JournalError
from hbtui.storage.files import JournalDamaged, JournalHeld, set_aside
from hbtui.storage.journal import Journal
from hbtui.storage.opening import DamagedJournal, HaltedJournal, open_journal
from hbtui.storage.schema import MIGRATIONS
from tests.storage.journals import copied, files, fresh, is_there, other_process, read, rights
from tests.support.trading_values import intent


def moved(crashed: Path, folder: Path) -> Path:
    """Bring the files of a crash to the place of an account's journal."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        Path(f"{crashed}{suffix}").rename(folder / f"live-1.sqlite{suffix}")
    return folder / "live-1.sqlite"


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Keep a journal of several pages, crashed right after its last intent: with a log beside it."""
    living = tmp_path / "living" / "live-1.sqlite"
    async with Journal.open(living) as journal:
        for number in range(20):
            await journal.record_intent(fresh(number))
        await journal._database.read(lambda connection: connection.execute("PRAGMA wal_checkpoint").fetchone())
        await journal.record_intent(intent())
        crashed = copied(living)
    return moved(crashed, tmp_path / "journals")


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Read everything in a folder but locks and what readers share."""
    found = [one for one in folder.iterdir() if one.suffix != ".lock" and not one.name.endswith("-shm")]
    return {one.name: os.fsencode(one.readlink()) if one.is_symlink() else one.read_bytes() for one in found}


def cut(path: Path) -> None:
    """Lose the second half."""
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    """Lose all content, but not the file."""
    os.truncate(path, 0)


def junk(path: Path) -> None:
    """Be something else altogether."""
    path.write_bytes(b"this is no database at all, but long enough to look like one" * 400)


def flipped(path: Path) -> None:
    """Have one byte of a stored text changed."""
    data = path.read_bytes()
    path.write_bytes(data.replace(b"scripted.test", b"scripted.tesT", 1))


def torn(path: Path) -> None:
    """Have a sector in the middle of a page overwritten."""
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xa5" * 512)


def linked(path: Path) -> None:
    """Be a symbolic link to a sound journal elsewhere."""
    elsewhere = path.parent.parent / "elsewhere.sqlite"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def linked_log(path: Path) -> None:
    """Have a log that is a symbolic link."""
    log = Path(f"{path}-wal")
    log.rename(path.parent.parent / "elsewhere-wal")
    log.symlink_to(path.parent.parent / "elsewhere-wal")


def vanished(path: Path) -> None:
    """Be gone, but for its log."""
    path.unlink()


def foreign(path: Path) -> None:
    """Be another program's database."""
    vanished(path)
    Path(f"{path}-wal").unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE moz_cookies (one TEXT)")


def allow(path: Path, mode: int) -> None:
    """Give other rights."""
    path.chmod(mode)


def misdescribed(path: Path) -> None:
    """Have a table whose definition is no SQL."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE entries (' WHERE name = 'entries'")
    Path(f"{path}-wal").touch()  # as whoever looks into it leaves it


def half_made(path: Path) -> None:
    """Have been made by half when the power went."""
    Path(f"{path}.new").write_bytes(b"half")


DAMAGE = [
    (cut, "is damaged: a page of it cannot be read."),
    (emptied, "is empty"),
    (junk, "is damaged: file is not a database"),
    (flipped, "was changed"),
    (torn, "is damaged: a page of it cannot be read."),
    (linked, "not a regular file"),
    (linked_log, "not a regular file"),
    (vanished, "is gone, but live-1.sqlite-wal"),
    (foreign, "is damaged: its tables are not those of a journal."),
    (misdescribed, "is damaged: malformed database schema"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGE)
async def test_a_damaged_journal_is_kept_and_halts(path: Path, damage: Callable[[Path], None], said: str) -> None:
    """Whatever happened to the file, nothing can be sent, the reason is told, and no byte of it is touched."""
    damage(path)
    before = bytes_of(path.parent)
    async with open_journal(path) as journal:
        assert isinstance(journal, DamagedJournal)
        assert journal.reason.startswith(f"The journal {path}")
        assert said in journal.reason
        with pytest.raises(JournalError, match="journal"):
            await journal.record_intent(intent())
    assert bytes_of(path.parent) == before


@pytest.mark.parametrize("damage", [damage for damage, _ in DAMAGE])
async def test_a_damaged_journal_is_set_aside_whole(path: Path, damage: Callable[[Path], None]) -> None:
    """When a person decides so, the file moves aside with its companions, and the next start makes a new one."""
    damage(path)
    before = bytes_of(path.parent)
    aside = set_aside(path, 1234)
    assert aside == path.with_name("live-1.sqlite.aside-1234")
    assert {name.replace(".aside-1234", ""): data for name, data in bytes_of(path.parent).items()} == before
    assert not is_there(path)
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)
        await journal.record_intent(intent())


async def test_a_crash_alone_is_no_damage(path: Path) -> None:
    """The same journal, undamaged, opens with all that was in its log."""
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)
        assert intent() in await journal.unresolved()
        assert len(await journal.unresolved()) == 21


async def test_what_a_living_process_uses_is_not_set_aside(path: Path) -> None:
    """While a process works with the journal it stays where it is; so does a journal that an older one made way for."""
    async with other_process(path):
        with pytest.raises(JournalHeld, match="Another hbtui"):
            set_aside(path, 1)
    set_aside(path, 1)
    with pytest.raises(JournalError, match="There is no journal"):
        set_aside(path, 1)
    async with Journal.open(path):
        pass
    with pytest.raises(JournalError, match="is there already"):
        set_aside(path, 1)
    assert is_there(path)


def test_what_cannot_be_moved_is_told(tmp_path: Path) -> None:
    """A folder that is none gives a sentence, not a traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError, match="cannot be set aside: File exists"):
        set_aside(tmp_path / "file" / "live-1.sqlite", 1)


async def test_a_folder_in_its_place_is_no_journal(tmp_path: Path) -> None:
    """A folder of that name is refused."""
    (tmp_path / "live-1.sqlite").mkdir()
    with pytest.raises(JournalDamaged, match="not a regular file"):
        async with Journal.open(tmp_path / "live-1.sqlite"):
            pytest.fail("opened")


async def test_a_read_only_journal_halts_and_stays_read_only(path: Path) -> None:
    """A file that its owner must not write is not made writable; what may be read by others is made private."""
    allow(path, 0o444)
    async with open_journal(path) as journal:
        assert type(journal) is HaltedJournal
        assert "read-only" in journal.reason
    assert rights(path) == 0o444
    allow(path, 0o644)
    async with open_journal(path) as journal:
        assert isinstance(journal, Journal)
    assert rights(path) == 0o600


@pytest.mark.parametrize("place", ["/proc/hbtui/journal.sqlite", "/proc/journal.sqlite"])
async def test_a_place_that_takes_no_file_halts(place: str) -> None:
    """Where no file can be made the reason is told."""
    async with open_journal(Path(place)) as journal:
        assert type(journal) is HaltedJournal
        assert "cannot be opened" in journal.reason


async def test_a_creation_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    """A half-made new file, as a power loss leaves it, is no journal yet: it is made anew."""
    path = tmp_path / "live-1.sqlite"
    half_made(path)
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
    assert files(tmp_path) == ["live-1.sqlite", "live-1.sqlite.lock"]
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
