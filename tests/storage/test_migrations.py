"""Journals of earlier programs are brought up to date, whole or not at all, and lose nothing on the way."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hbtui.model.errors import JournalError
from hbtui.model.order import OrderState
from hbtui.storage.chain import broken_link
from hbtui.storage.journal import Journal
from hbtui.storage.schema import MIGRATIONS, found_tables, migrate, tables_of
from tests.storage.journals import content, fresh, inserted, order_of, read, written
from tests.support.trading_values import NOW_MS, intent

STATES = [
    ("sending", None, False),
    ("uncertain", "9", False),
    ("not-placed", None, True),
    ("submitted", "9", True),
    ("submitted", None, False),
    ("canceled", "9", True),
]


def first_version(path: Path) -> Path:
    """Make a journal as the first program wrote it, with one intent of an earlier run."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:1])
        connection.execute("PRAGMA journal_mode = WAL")
    inserted(path, "runs", 1, 5, "0.0.1")
    meant = (intent().client_order_id, 1, NOW_MS, "scripted.test", "demo", 7, "dogeusdt", "buy", "limit")
    body = b'\xff{"amount":"100"}'
    inserted(path, "intents", *meant, "100", "0.1", None, None, "spot-api", 0, body, "0" * 64)
    return path


async def test_rows_of_the_first_program_become_entries_of_the_chain(tmp_path: Path) -> None:
    """Intents, outcomes, states and cancels are told as before, in the order of their times, under one chain."""
    path, key = first_version(tmp_path / "old.sqlite"), intent().client_order_id
    inserted(path, "outcomes", 1, key, NOW_MS + 1, "unknown", None, None, "no answer")
    inserted(path, "order_states", 1, key, NOW_MS + 3, "9", "uncertain", "0", "0", None, "")
    inserted(path, "cancels", 1, key, NOW_MS + 2)
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (replace(intent(), body=b'\xff{"amount":"100"}'),)
        assert await journal.cancels_wanted() == {key}
        told = await journal.audit("9")
        assert [entry.kind for entry in told] == ["intent", "outcome", "cancel", "order"]
        assert told[1].facts == {"outcome": "unknown", "text": "no answer"}
        with pytest.raises(JournalError, match="used before"):
            await journal.record_intent(intent())
    with closing(sqlite3.connect(path)) as connection:
        assert broken_link(connection) is None
        assert found_tables(connection) == tables_of(len(MIGRATIONS))


async def test_every_row_of_the_first_program_is_there_and_says_the_same(tmp_path: Path) -> None:
    """Run, intent, outcome, state and cancel become one entry each, an unnamed order's id stands in no text."""
    path, key = first_version(tmp_path / "old.sqlite"), intent().client_order_id
    inserted(path, "outcomes", 1, key, NOW_MS + 1, "accepted", "9", None, None)
    inserted(path, "order_states", 1, key, NOW_MS + 3, "9", "filled", "100", "10", "0.2", "")
    inserted(path, "cancels", 1, key, NOW_MS + 2)
    async with Journal.open(path, NOW_MS + 4):
        pass
    rows = read(path, "SELECT kind, at_ms, client_order_id, order_id, settles FROM entries ORDER BY number")
    assert rows == [
        ("run", 5, "", "", 0),
        ("intent", NOW_MS, key, "", 0),
        ("outcome", NOW_MS + 1, key, "9", 1),
        ("cancel", NOW_MS + 2, key, "", 0),
        ("order", NOW_MS + 3, key, "9", 1),
        ("run", NOW_MS + 4, "", "", 0),
    ]
    texts = [text for (text,) in read(path, "SELECT content FROM entries WHERE kind <> 'intent' ORDER BY number")]
    assert texts[:-1] == [
        '{"run":1,"started_ms":5,"version":"0.0.1"}',
        '{"outcome":"accepted"}',
        "{}",
        '{"cause":"","fees":"0.2","filled_base":"100","filled_quote":"10","state":"filled"}',
    ]


@pytest.mark.parametrize(("state", "order_id", "is_settled"), STATES)
async def test_what_was_settled_stays_settled(
    tmp_path: Path, state: str, order_id: str | None, *, is_settled: bool
) -> None:
    """An order's last word in an old journal settles it exactly as the same word in a new one does."""
    path, key = first_version(tmp_path / "old.sqlite"), intent().client_order_id
    inserted(path, "order_states", 1, key, 6, order_id, state, "0", "0", None, "")
    async with Journal.open(path) as journal:
        assert (await journal.unresolved() == ()) is is_settled
    new = tmp_path / "new.sqlite"
    async with Journal.open(new) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState(state), order_id), 6)
    async with Journal.open(new) as journal:
        assert (await journal.unresolved() == ()) is is_settled


@pytest.mark.parametrize(("outcome", "is_settled"), [("accepted", True), ("not-sent", True), ("unknown", False)])
async def test_old_outcomes_settle_as_before(tmp_path: Path, outcome: str, *, is_settled: bool) -> None:
    """An answer of an old journal resolves its intent, no answer does not."""
    path, key = first_version(tmp_path / "old.sqlite"), intent().client_order_id
    inserted(path, "outcomes", 1, key, 6, outcome, None, None, None)
    async with Journal.open(path) as journal:
        assert (await journal.unresolved() == ()) is is_settled


def test_a_migration_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A migration that fails half-way leaves the version and the tables of the one before."""
    with closing(sqlite3.connect(tmp_path / "half.sqlite", isolation_level=None)) as connection:
        broken = (("CREATE TABLE first (one TEXT) STRICT",), ("CREATE TABLE second (two TEXT) STRICT", "NOT SQL"))
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, broken)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("first",)]
        migrate(connection, broken[:1])


def test_what_is_newer_than_the_program_is_not_migrated(tmp_path: Path) -> None:
    """A program that knows one version of the tables refuses a file with two."""
    with closing(sqlite3.connect(tmp_path / "new.sqlite", isolation_level=None)) as connection:
        migrate(connection)
        with pytest.raises(JournalError, match="newer hbtui"):
            migrate(connection, MIGRATIONS[:1])


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A journal of a newer program is refused, and stays as it is to the byte."""
    path = tmp_path / "demo.sqlite"
    async with Journal.open(path) as journal:
        await journal.record_intent(fresh(1))
    written(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = content(path)
    with pytest.raises(JournalError, match="newer hbtui"):
        async with Journal.open(path):
            pytest.fail("opened")
    assert content(path) == before
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
