"""The journal: what was meant and what came of it outlives the process."""

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hbtui.model.errors import JournalError
from hbtui.model.order import (
    FINAL,
    Accepted,
    Confirmation,
    Intent,
    OrderRequest,
    OrderState,
    OrderType,
    Outcome,
    Refused,
    Side,
    Unknown,
)
from hbtui.storage.journal import Journal
from hbtui.trading import ports
from tests.storage.journals import ROOT, copied, order_of, read
from tests.support.trading_values import NOW_MS, intent

OTHER = intent(created_ms=NOW_MS + 1, seed=b"9876543210")


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
    assert modes == {"demo.sqlite": 0o600, "demo.sqlite-wal": 0o600, "demo.sqlite.lock": 0o600}
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
confirmations = st.builds(
    Confirmation,
    at_ms=st.integers(min_value=0, max_value=2**53),
    by=st.sampled_from(["key", "command", "program"]),
    shown=st.text(max_size=40),
    reference=st.none() | plain_numbers,
    symbol=st.sampled_from(["", "dogeusdt"]),
    side=st.none() | st.sampled_from(list(Side)),
    allowed=st.frozensets(st.sampled_from(["MAX_ORDER_VALUE", "PRICE_COLLAR", "DUPLICATE"])),
)
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
    source=st.sampled_from(["spot-api", "c2c-margin-api"]),
    self_match_prevent=st.booleans(),
)
intents = st.builds(
    Intent,
    client_order_id=st.uuids().map(lambda one: one.hex),
    request=requests,
    body=st.binary(max_size=50),
    created_ms=st.just(NOW_MS),
    host=st.sampled_from(["api.huobi.pro", "127.0.0.1:1"]),
    mode=st.sampled_from(["live", "demo"]),
    confirmation=st.none() | confirmations,
    gate=st.lists(st.text(max_size=40), max_size=3).map(tuple),
    value=st.none() | plain_numbers,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(intents, min_size=1, max_size=4, unique_by=lambda one: one.client_order_id))
def test_every_intent_comes_back_exactly(tmp_path: Path, meant: list[Intent]) -> None:
    """Whatever was meant, by whom and against which objections, is read back to the last digit and byte."""
    path = Path(mkdtemp(dir=tmp_path)) / "journal.sqlite"

    async def there_and_back() -> tuple[tuple[Intent, ...], tuple[Intent, ...]]:
        async with Journal.open(path) as journal:
            await journal.record_intents(meant)
        async with Journal.open(path) as journal:
            return await journal.unresolved(), await journal.sent_since(NOW_MS)

    assert asyncio.run(there_and_back()) == (tuple(meant), tuple(meant))


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
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path), cwd=ROOT)
    assert await process.wait() == -9
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(),)


@pytest.mark.parametrize("state", list(OrderState))
async def test_what_is_in_question_outlives_the_run(path: Path, state: OrderState) -> None:
    """An accepted order that was last unproven or in conflict is told to the next run, until it is signed off."""
    key = intent().client_order_id
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_outcome(key, Accepted("9"), NOW_MS)
        await journal.record_order(order_of(intent(), OrderState.SUBMITTED, "9"), NOW_MS)
        await journal.record_order(order_of(intent(), state, "9"), NOW_MS)
        assert await journal.questionable() == ()
    is_in_question = state in {OrderState.UNPROVEN, OrderState.CONFLICT}
    async with Journal.open(path) as journal:
        assert await journal.questionable() == (((intent(), "9", state),) if is_in_question else ())
        assert await journal.unresolved() == ()
        await journal.record_sign_off(key, NOW_MS)
    async with Journal.open(path) as journal:
        assert await journal.questionable() == ()


async def test_what_is_resolved_later_is_no_longer_in_question(path: Path) -> None:
    """It is the last state that counts; and one whose answer never came is in doubt, not in question."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_outcome(intent().client_order_id, Accepted("9"), NOW_MS)
        await journal.record_order(order_of(intent(), OrderState.CONFLICT, "9"), NOW_MS)
        await journal.record_order(order_of(intent(), OrderState.FILLED, "9"), NOW_MS)
        await journal.record_intent(OTHER)
        await journal.record_order(order_of(OTHER, OrderState.CONFLICT, "8"), NOW_MS)
    async with Journal.open(path) as journal:
        assert await journal.questionable() == ()
        assert await journal.unresolved() == (OTHER,)


HOUR_MS = 3_600_000


async def test_a_time_to_come_is_read_as_that_of_its_neighbours(path: Path) -> None:
    """What a clock that was far ahead stamped counts as of the next entry with a time that can be, in every later run.

    So it is counted for a day after the clock was set right, by however many runs, and then no more.
    """
    ahead_ms = NOW_MS + 87_600 * HOUR_MS
    async with Journal.open(path, NOW_MS) as journal:
        await journal.record_intent(replace(intent(), client_order_id="right"))
    async with Journal.open(path, ahead_ms) as journal:
        for number in range(3):
            await journal.record_intent(
                replace(intent(), client_order_id=f"ahead-{number}", created_ms=ahead_ms + number)
            )
        assert [one.created_ms - ahead_ms for one in await journal.sent_since(ahead_ms)] == [0, 1, 2]
    for hours in (2, 10, 20):
        async with Journal.open(path, NOW_MS + hours * HOUR_MS) as journal:
            told = {one.client_order_id: one.created_ms for one in await journal.sent_since(NOW_MS)}
            assert told == {"right": NOW_MS} | {f"ahead-{number}": NOW_MS + 2 * HOUR_MS for number in range(3)}
    async with Journal.open(path, NOW_MS + 27 * HOUR_MS) as journal:
        assert await journal.sent_since(NOW_MS + 3 * HOUR_MS) == ()
        await journal.record_intent(replace(intent(), client_order_id="own", created_ms=ahead_ms))
        assert [one.created_ms for one in await journal.sent_since(NOW_MS + 27 * HOUR_MS)] == [ahead_ms]


async def test_a_clock_that_was_behind_once_makes_nothing_old(path: Path) -> None:
    """Between a run of long ago and one of now, a time to come counts as of the later one of its neighbours."""
    async with Journal.open(path, NOW_MS) as journal:
        await journal.record_intent(replace(intent(), client_order_id="ahead", created_ms=NOW_MS + 900 * HOUR_MS))
    async with Journal.open(path, 1):
        pass
    async with Journal.open(path, NOW_MS + HOUR_MS) as journal:
        assert [one.created_ms for one in await journal.sent_since(NOW_MS)] == [NOW_MS]


async def test_what_has_no_end_is_known_again(path: Path) -> None:
    """Asked by their ids, intents are told until an end of theirs is written down; being accepted is none."""
    ends: dict[str, Callable[[Journal, Intent], Awaitable[None]]] = {
        "open": lambda journal, one: journal.record_outcome(one.client_order_id, Accepted("1"), NOW_MS),
        "lost": lambda journal, one: journal.record_outcome(one.client_order_id, Unknown("silence"), NOW_MS),
        "part": lambda journal, one: journal.record_order(order_of(one, OrderState.PARTIALLY_FILLED), NOW_MS),
        "refused": lambda journal, one: journal.record_outcome(one.client_order_id, Refused("a", "b"), NOW_MS),
        "kept": lambda journal, one: journal.record_outcome(
            one.client_order_id, Refused("a", "b", is_sent=False), NOW_MS
        ),
        "filled": lambda journal, one: journal.record_order(order_of(one, OrderState.FILLED), NOW_MS),
        "settled": lambda journal, one: journal.record_sign_off(one.client_order_id, NOW_MS),
    }
    async with Journal.open(path) as journal:
        for key, end in ends.items():
            meant = replace(intent(), client_order_id=key)
            await journal.record_intent(meant)
            await end(journal, meant)
        asked = [*reversed(ends), "unknown", "'; --"]
        assert [one.client_order_id for one in await journal.unfinished(asked)] == ["open", "lost", "part"]
        assert await journal.unfinished(()) == ()


async def test_the_tables_are_strict_and_hold_no_float(path: Path) -> None:
    """Every table is STRICT, no column is REAL, and numbers are stored as plain text."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState.FILLED), NOW_MS)
    tables = read(path, "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert tables == [("entries", 1)]
    assert {row[2] for row in read(path, "PRAGMA table_info(entries)")} == {"INTEGER", "TEXT"}
    ((state,), (meant,)) = read(path, "SELECT content FROM entries WHERE kind <> 'run' ORDER BY number DESC")
    assert '"fees":"0.2","filled_base":"100","filled_quote":"10"' in str(state)
    assert '"amount":"100"' in str(meant)
    assert read(path, "SELECT client_order_id, created_ms, host, body FROM intents") == [
        (intent().client_order_id, intent().created_ms, intent().host, intent().body)
    ]


async def test_the_settings_that_make_it_durable(path: Path) -> None:
    """The connection writes ahead, syncs fully, holds the file for itself, and begins nothing unasked."""
    async with Journal.open(path) as journal:
        asked = ("journal_mode", "synchronous", "locking_mode", "trusted_schema", "wal_autocheckpoint", "busy_timeout")
        told = await journal._database.read(
            lambda connection: [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        )
        levels = [await journal._database.read(lambda connection: connection.isolation_level)]
    assert told == ["wal", 2, "exclusive", 0, 0, 200]
    assert levels == [None]


async def test_a_closed_journal_says_so(path: Path) -> None:
    """After closing nothing is taken any more."""
    async with Journal.open(path) as journal:
        pass
    with pytest.raises(JournalError, match="closed"):
        await journal.record_intent(intent())
