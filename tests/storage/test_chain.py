"""The journal's entries are a chain: whatever is changed, taken out or put in afterwards is found at the next start."""

from pathlib import Path

import pytest

from hbtui.model.errors import JournalError
from hbtui.model.order import Accepted, OrderState
from hbtui.storage.files import JournalDamaged
from hbtui.storage.journal import Journal
from tests.storage.journals import content, fresh, order_of, read, written
from tests.support.trading_values import NOW_MS, intent


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Keep a closed journal with six entries, the third of which is an order's state."""
    path = tmp_path / "demo.sqlite"
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState.SUBMITTED), NOW_MS)
        await journal.record_outcome(intent().client_order_id, Accepted("9"), NOW_MS)
        await journal.record_intent(fresh(1))
        await journal.record_intent(fresh(2))
    return path


async def refusal(path: Path) -> str:
    """Tell why the journal is not opened; empty where it is."""
    try:
        async with Journal.open(path):
            return ""
    except JournalDamaged as error:
        return str(error)


async def test_an_untouched_journal_is_whole(path: Path) -> None:
    """Opening and closing any number of times keeps the chain."""
    assert [await refusal(path) for _ in range(3)] == [""] * 3
    assert read(path, "SELECT count(*), count(DISTINCT hash) FROM entries") == [(9, 9)]


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ("UPDATE entries SET at_ms = at_ms + 1 WHERE number = 3", 3),
        ("UPDATE entries SET kind = 'cancel' WHERE number = 3", 3),
        ("UPDATE entries SET client_order_id = 'x' WHERE number = 3", 3),
        ("UPDATE entries SET order_id = '8' WHERE number = 3", 3),
        ("UPDATE entries SET settles = 0 WHERE number = 3", 3),
        ("UPDATE entries SET content = replace(content, '100', '101') WHERE number = 3", 3),
        ("UPDATE entries SET previous = hash WHERE number = 3", 3),
        ("UPDATE entries SET hash = previous WHERE number = 3", 3),
        ("UPDATE entries SET content = CAST(x'ff' AS TEXT) WHERE number = 3", None),
        ("DELETE FROM entries WHERE number = 1", 1),
        ("DELETE FROM entries WHERE number = 3", 3),
        ("DELETE FROM entries WHERE number = 6", 6),
        ("DELETE FROM entries WHERE number > 4", 5),
        ("DELETE FROM entries", 1),
        ("INSERT INTO entries SELECT 7, 0, 'cancel', 'x', '', 0, '{}', hash, hash FROM entries WHERE number = 6", 7),
        ("UPDATE entries SET number = 60 WHERE number = 6", 6),
        ("UPDATE sqlite_sequence SET seq = 7", 7),
        ("DELETE FROM sqlite_sequence", 7),
    ],
)
async def test_any_change_breaks_the_chain(path: Path, change: str, entry: int | None) -> None:
    """Whichever column of an entry is changed, and whichever entry is missing or new, the journal is refused."""
    written(path, change)
    said = await refusal(path)
    assert said.startswith(f"The journal {path} is damaged: ")
    assert entry is None or f"entry {entry} is missing or was changed" in said


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE other (one TEXT)",
        "CREATE TRIGGER sly AFTER INSERT ON entries BEGIN DELETE FROM entries; END",
        "DROP VIEW intents",
        "DROP INDEX intents_once",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 0",
    ],
)
async def test_foreign_tables_are_refused(path: Path, change: str) -> None:
    """A table, trigger or version that no journal has, and one that is missing, make the file none of ours."""
    written(path, change)
    assert await refusal(path) == f"The journal {path} is damaged: its tables are not those of a journal."


async def test_a_journal_with_a_broken_chain_stays_as_it_is(path: Path) -> None:
    """Refusing a damaged journal does not change a byte of it, however often it is tried."""
    written(path, "UPDATE entries SET at_ms = 1 WHERE number = 3")
    before = content(path)
    assert [bool(await refusal(path)) for _ in range(2)] == [True, True]
    assert content(path) == before


async def test_what_cannot_be_stored_is_refused_and_leaves_no_trace(path: Path) -> None:
    """A text with a lone surrogate and a time beyond 64 bits are refused in words; the next entry follows the last."""
    async with Journal.open(path) as journal:
        with pytest.raises(JournalError, match=r"^There is a text or a number that the journal cannot hold\.$"):
            await journal.record_sign_off("\udc80", NOW_MS)
        with pytest.raises(JournalError, match="cannot hold"):
            await journal.record_outcome(intent().client_order_id, Accepted("9"), 2**63)
        await journal.record_sign_off(intent().client_order_id, NOW_MS)
    assert await refusal(path) == ""
    assert read(path, "SELECT number, kind FROM entries ORDER BY number DESC LIMIT 2") == [(9, "run"), (8, "sign-off")]
