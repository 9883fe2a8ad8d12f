"""The journal: what was meant and what came of it outlives the process."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.model.order import (
    FINAL,
    Accepted,
    Intent,
    Order,
    OrderRequest,
    OrderState,
    OrderType,
    Outcome,
    Refused,
    Side,
    Unknown,
)
from hbtui.storage.journal import Journal
from hbtui.storage.schema import MIGRATIONS, migrate
from hbtui.trading import ports
from hbtui.trading.client_ids import new_client_order_id
from tests.support.trading_values import NOW_MS, intent

OTHER = intent(created_ms=NOW_MS + 1, seed=b"9876543210")


def order_of(meant: Intent, state: OrderState, order_id: str | None = "9") -> Order:
    """Make the order that came of an intent."""
    request = meant.request
    return Order(
        client_order_id=meant.client_order_id,
        order_id=order_id,
        account_id=request.account_id,
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        venue_type=request.venue_type,
        state=state,
        amount=request.amount,
        price=request.price,
        filled_base=Decimal("1E+2"),
        filled_quote=Decimal("10.00"),
        fees=Decimal("0.2"),
    )


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    """Read the closed file from outside."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def copied(path: Path) -> Path:
    """Copy the files as they lie on the disk now."""
    copy = path.parent / "crashed.sqlite"
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    return copy


def removed(path: Path) -> None:
    """Take the file away under the program."""
    path.unlink()


def replaced(path: Path) -> None:
    """Put an empty file in the place of the journal."""
    path.unlink(missing_ok=True)
    path.write_bytes(b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a journal in a folder that does not exist yet."""
    return tmp_path / "journals" / "demo.sqlite"


def test_it_is_what_trading_asks_for() -> None:
    """The journal fits the port, and both sides mean the same error."""
    journal: type[ports.Journal] = Journal
    assert journal is Journal
    assert ports.JournalError is JournalError


async def test_files_are_private(path: Path) -> None:
    """The file and its companions are readable by the user alone, whatever the umask, in a folder of the user's own."""
    before = os.umask(0)
    try:
        async with Journal.open(path) as journal:
            await journal.record_intent(intent())
            modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"demo.sqlite": 0o600, "demo.sqlite-wal": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_an_intent_is_durable_when_recorded(path: Path) -> None:
    """A copy of the files as they are right after recording, as after a crash, holds the intent with its bytes."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        crashed = copied(path)
    async with Journal.open(crashed) as journal:
        assert await journal.unresolved() == (intent(),)


async def test_only_earlier_runs_are_unresolved(path: Path) -> None:
    """What this run sends is this run's business; the next start takes up what was left, oldest first."""
    async with Journal.open(path) as journal:
        await journal.record_intent(OTHER)
        await journal.record_intent(intent())
        assert await journal.unresolved() == ()
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(), OTHER)


@pytest.mark.parametrize(
    ("outcome", "is_resolved"),
    [
        (Accepted("9"), True),
        (Refused("order-value-min-error", "too little"), True),
        (Refused("", "no network", is_sent=False), True),
        (Unknown("no answer in time"), False),
    ],
)
async def test_outcomes(path: Path, outcome: Outcome, *, is_resolved: bool) -> None:
    """An answer resolves an intent; no answer does not."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_outcome(intent().client_order_id, outcome, NOW_MS)
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (() if is_resolved else (intent(),))


@pytest.mark.parametrize("state", list(OrderState))
async def test_later_states(path: Path, state: OrderState) -> None:
    """An order seen at the venue or ended is resolved; one still in doubt or in contradiction is not."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState.SENDING, None), NOW_MS)
        await journal.record_order(order_of(intent(), state, None if state in FINAL else "9"), NOW_MS)
    async with Journal.open(path) as journal:
        doubt = {OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT}
        assert await journal.unresolved() == ((intent(),) if state in doubt else ())


plain_numbers = st.decimals(min_value=Decimal("1e-18"), max_value=Decimal("1e18"), places=18)
requests = st.builds(
    OrderRequest,
    account_id=st.integers(min_value=1, max_value=2**53),
    symbol=st.sampled_from(["dogeusdt", "htxusdt"]),
    side=st.sampled_from(list(Side)),
    type=st.sampled_from(list(OrderType)),
    amount=plain_numbers,
    price=st.none() | plain_numbers,
    stop_price=st.none() | plain_numbers,
    stop_operator=st.none() | st.sampled_from(["gte", "lte"]),
    self_match_prevent=st.booleans(),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(requests, st.binary(max_size=50)), min_size=1, max_size=4))
def test_every_intent_comes_back_exactly(tmp_path: Path, meant: list[tuple[OrderRequest, bytes]]) -> None:
    """Whatever was asked for is read back to the last digit and byte."""
    intents = tuple(
        replace(
            intent(asked, created_ms=NOW_MS + number),
            client_order_id=new_client_order_id(Mode.DEMO, NOW_MS + number),
            body=body,
        )
        for number, (asked, body) in enumerate(meant)
    )
    path = tmp_path / f"{intents[0].client_order_id}.sqlite"

    async def there_and_back() -> tuple[Intent, ...]:
        async with Journal.open(path) as journal:
            for one in intents:
                await journal.record_intent(one)
        async with Journal.open(path) as journal:
            return await journal.unresolved()

    assert asyncio.run(there_and_back()) == intents


async def test_an_id_is_never_used_twice(path: Path) -> None:
    """A client order id that is in the journal is refused, and what stands there stays."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        with pytest.raises(JournalError, match="was used before"):
            await journal.record_intent(replace(intent(), body=b"other"))
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(),)


async def test_a_second_opener_is_told_who_holds_it(path: Path) -> None:
    """While one process holds the journal another is refused in plain words, and the first one goes on."""
    async with Journal.open(path) as journal:
        with pytest.raises(JournalError, match="Another hbtui holds the journal"):
            async with Journal.open(path):
                pytest.fail("opened twice")
        script = (
            "import asyncio, sys; from pathlib import Path; from hbtui.storage.journal import Journal\n"
            "async def main():\n async with Journal.open(Path(sys.argv[1])): pass\n"
            "asyncio.run(main())"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path), stderr=subprocess.PIPE)
        _, told = await process.communicate()
        assert process.returncode == 1
        assert b"Another hbtui holds the journal" in told
        await journal.record_intent(intent())


async def test_a_killed_process_leaves_no_lock_and_loses_nothing(path: Path) -> None:
    """After SIGKILL the journal opens at once, with every intent that was reported durable."""
    script = (
        "import asyncio, os, signal, sys; from pathlib import Path; from hbtui.storage.journal import Journal\n"
        "from tests.support.trading_values import intent\n"
        "async def main():\n"
        " async with Journal.open(Path(sys.argv[1])) as journal:\n"
        "  await journal.record_intent(intent())\n"
        "  os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), cwd=Path(__file__).parents[2]
    )
    assert await process.wait() == -9
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(),)


async def test_a_removed_file_stops_the_writing(path: Path) -> None:
    """Where the file was deleted under the program, nothing is reported durable any more."""
    async with Journal.open(path) as journal:
        removed(path)
        with pytest.raises(JournalError, match="removed or replaced"):
            await journal.record_intent(intent())
        replaced(path)
        with pytest.raises(JournalError, match="removed or replaced"):
            await journal.record_intent(intent())


@pytest.mark.parametrize("obstacle", ["folder", "link", "junk", "read-only folder"])
async def test_what_cannot_be_a_journal_is_refused(tmp_path: Path, obstacle: str) -> None:
    """A folder, a symbolic link, junk or a place that takes no file is refused with a sentence, and not repaired."""
    path = tmp_path / "journal.sqlite"
    if obstacle == "folder":
        path.mkdir()
    elif obstacle == "link":
        path.symlink_to(tmp_path / "elsewhere")
    elif obstacle == "junk":
        path.write_bytes(b"this is no database at all, but long enough to look like one" * 40)
    else:
        path = Path("/proc/hbtui/journal.sqlite")
    with pytest.raises(JournalError, match="The journal"):
        async with Journal.open(path):
            pytest.fail("opened")
    if obstacle == "junk":
        assert path.read_bytes().startswith(b"this is no database")


async def test_a_newer_file_is_left_alone(path: Path) -> None:
    """A journal of a newer program is refused, and stays as it is."""
    async with Journal.open(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(JournalError, match="newer hbtui"):
        async with Journal.open(path):
            pytest.fail("opened")
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]


def test_a_migration_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A migration that fails half-way leaves the version and the tables of the one before."""
    with closing(sqlite3.connect(tmp_path / "half.sqlite", isolation_level=None)) as connection:
        broken = (("CREATE TABLE first (one TEXT) STRICT",), ("CREATE TABLE second (two TEXT) STRICT", "NOT SQL"))
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, broken)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("first",)]
        migrate(connection, broken[:1])


async def test_the_tables_are_strict_and_hold_no_float(path: Path) -> None:
    """Every table is STRICT, no column is REAL, and numbers are stored as plain text."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState.FILLED), NOW_MS)
        await journal.record_cancel("9", NOW_MS)
    tables = read(path, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
    assert {name for name, _ in tables} == {"runs", "intents", "outcomes", "order_states", "cancels"}
    assert {is_strict for _, is_strict in tables} == {1}
    for name, _ in tables:
        kinds = {row[2] for row in read(path, f"PRAGMA table_info('{name}')")}
        assert kinds <= {"INTEGER", "TEXT", "BLOB"}
    assert read(path, "SELECT filled_base, filled_quote, fees FROM order_states") == [("100", "10", "0.2")]
    assert read(path, "SELECT order_key FROM cancels") == [("9",)]
    assert read(path, "SELECT price, amount FROM intents") == [("0.1", "100")]


async def test_the_settings_that_make_it_durable(path: Path) -> None:
    """The connection writes ahead, syncs fully, and holds the file for itself."""
    async with Journal.open(path) as journal:
        asked = ("journal_mode", "synchronous", "locking_mode", "trusted_schema", "foreign_keys")
        told = await journal._database.run(
            lambda connection: [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        )
    assert told == ["wal", 2, "exclusive", 0, 1]


async def test_a_closed_journal_says_so(path: Path) -> None:
    """After closing nothing is taken any more."""
    async with Journal.open(path) as journal:
        pass
    with pytest.raises(JournalError, match="closed"):
        await journal.record_intent(intent())


async def test_a_full_disk_is_a_sentence(path: Path) -> None:
    """Where the disk is full, the intent is refused in words, and reading goes on."""
    async with Journal.open(path) as journal:
        await journal._database.run(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
        pages = await journal._database.run(lambda connection: connection.execute("PRAGMA page_count").fetchone()[0])
        await journal._database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(JournalError, match="full"):
            await journal.record_intent(replace(intent(), body=b"x" * 100_000))
        assert await journal.unresolved() == ()


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
