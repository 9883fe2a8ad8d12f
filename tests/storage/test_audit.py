"""One order's story in the journal, from the key press to its final state, and what a person decided about it."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hbtui import __version__
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError
from hbtui.model.order import Accepted, Confirmation, Fill, Intent, OrderState, Outcome, Refused, Side, Unknown
from hbtui.storage.journal import Journal
from hbtui.storage.records import boot_id
from tests.storage.journals import fresh, order_of, read
from tests.support.trading_values import NOW_MS, intent

KEY = intent().client_order_id
MEANT = replace(
    intent(),
    confirmation=Confirmation(
        at_ms=NOW_MS - 5,
        by="key",
        shown="Buy 100 DOGE at 0.1",
        reference=Decimal("0.10010"),
        symbol="dogeusdt",
        side=Side.BUY,
        allowed=frozenset({"PRICE_COLLAR", "DUPLICATE"}),
    ),
    gate=("PRICE_COLLAR: 4 % above", "DUPLICATE: the same 1 s ago"),
    value=Decimal("10.00"),
)


def traded(trade_id: int, *, fee: str | None = None, is_maker: bool | None = None) -> Fill:
    """Make a fill of half the order."""
    return Fill(
        trade_id=trade_id,
        order_id="9",
        symbol="dogeusdt",
        side=Side.BUY,
        price=Decimal("0.1"),
        amount=Decimal("50.0"),
        ts_ms=NOW_MS + trade_id,
        fee=None if fee is None else Decimal(fee),
        fee_currency="" if fee is None else "doge",
        is_maker=is_maker,
    )


def kinds(entries: tuple[JournalEntry, ...]) -> list[str]:
    """Name what was written, in order."""
    return [entry.kind for entry in entries]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a journal."""
    return tmp_path / "demo.sqlite"


async def test_an_order_is_told_from_key_press_to_final_state(path: Path) -> None:
    """Intent, doubt, states, fills, cancel, answer and sign-off of one order come back in order, and of no other."""
    first, second = traded(1), traded(2, fee="0.1", is_maker=True)
    async with Journal.open(path, NOW_MS) as journal:
        await journal.record_intent(MEANT)
        await journal.record_intent(fresh(1))
        await journal.record_outcome(KEY, Unknown("no answer in time"), NOW_MS + 1)
        await journal.record_cancel(KEY, NOW_MS + 2)
        await journal.record_order(order_of(MEANT, OrderState.PARTIALLY_FILLED, fills=(first,)), NOW_MS + 3)
        await journal.record_order(order_of(MEANT, OrderState.FILLED, fills=(first, second)), NOW_MS + 4)
        await journal.record_outcome(KEY, Accepted("9"), NOW_MS + 5)
        await journal.record_sign_off(KEY, NOW_MS + 6)
        told = await journal.audit(KEY)
        assert await journal.audit("9") == told
        assert await journal.audit("10") == ()
    assert kinds(told) == ["intent", "outcome", "cancel", "fill", "order", "fill", "order", "outcome", "sign-off"]
    assert [entry.number for entry in told] == sorted(entry.number for entry in told)
    assert [entry.at_ms - NOW_MS for entry in told] == [0, 1, 2, 3, 3, 4, 4, 5, 6]
    assert {entry.client_order_id for entry in told} == {KEY}
    facts = told[5].facts
    assert facts == {
        "trade_id": "2",
        "price": "0.1",
        "amount": "50",
        "fee": "0.1",
        "fee_currency": "doge",
        "role": "maker",
        "ts_ms": str(NOW_MS + 2),
        "order_id": "9",
    }
    assert told[3].facts.keys() == facts.keys() - {"fee", "fee_currency", "role"}
    assert told[6].facts == {
        "state": "filled",
        "filled_base": "100",
        "filled_quote": "10",
        "fees": "0.2",
        "cause": "",
        "updated_ms": "0",
        "order_id": "9",
    }
    assert (told[6].facts["state"], told[1].facts["outcome"], told[7].facts["order_id"]) == ("filled", "unknown", "9")


async def test_the_intent_tells_who_meant_it_and_against_which_objections(path: Path) -> None:
    """The entry of an intent holds the key press, what was shown, the gate's words, the body, and its lease."""
    async with Journal.open(path, NOW_MS) as journal:
        await journal.record_intent(MEANT)
        ((entry),) = await journal.audit(KEY)
    facts = dict(entry.facts)
    assert len(facts.pop("body_sha256")) == 64
    assert facts.pop("boot") == boot_id()
    assert facts == {
        "run": "1",
        "version": __version__,
        "created_ms": str(NOW_MS),
        "lease_until_ms": str(NOW_MS + 360_000),
        "host": "scripted.test",
        "mode": "demo",
        "account_id": "7",
        "symbol": "dogeusdt",
        "side": "buy",
        "type": "limit",
        "amount": "100",
        "price": "0.1",
        "source": "spot-api",
        "self_match_prevent": "0",
        "body": '{"amount":"100"}',
        "gate": "PRICE_COLLAR: 4 % above; DUPLICATE: the same 1 s ago",
        "value": "10",
        "confirmed_ms": str(NOW_MS - 5),
        "confirmed_by": "key",
        "shown": "Buy 100 DOGE at 0.1",
        "reference": "0.1001",
        "shown_symbol": "dogeusdt",
        "shown_side": "buy",
        "allowed": "DUPLICATE; PRICE_COLLAR",
    }


async def test_a_fill_is_written_once_across_runs_and_again_when_its_fee_is_known(path: Path) -> None:
    """The same fill told by every later state, and by the next run, stays one entry; a fee that comes late adds one."""
    async with Journal.open(path) as journal:
        await journal.record_order(order_of(MEANT, OrderState.PARTIALLY_FILLED, fills=(traded(1),)), NOW_MS)
        await journal.record_order(order_of(MEANT, OrderState.CANCELING, fills=(traded(1),)), NOW_MS + 1)
    async with Journal.open(path) as journal:
        await journal.record_order(order_of(MEANT, OrderState.CANCELING, fills=(traded(1),)), NOW_MS + 2)
        known = traded(1, fee="0.1", is_maker=False)
        await journal.record_order(order_of(MEANT, OrderState.FILLED, fills=(known,)), NOW_MS + 3)
        told = await journal.audit(KEY)
    assert kinds(told) == ["fill", "order", "order", "order", "fill", "order"]
    assert [entry.facts.get("role") for entry in told if entry.kind == "fill"] == [None, "taker"]


@pytest.mark.parametrize(
    ("outcome", "facts"),
    [
        (Accepted("9"), {"outcome": "accepted", "order_id": "9"}),
        (Refused("no-money", "too little"), {"outcome": "refused", "code": "no-money", "text": "too little"}),
        (Refused("", "no network", is_sent=False), {"outcome": "not-sent", "code": "", "text": "no network"}),
        (Unknown("no answer in time"), {"outcome": "unknown", "text": "no answer in time"}),
    ],
)
async def test_each_outcome_is_told_in_its_own_words(path: Path, outcome: Outcome, facts: dict[str, str]) -> None:
    """Accepted, refused, never sent and unknown read differently, with the venue's code and words where it gave any."""
    async with Journal.open(path) as journal:
        await journal.record_outcome(KEY, outcome, NOW_MS)
        ((entry),) = await journal.audit(KEY)
    assert entry.facts == facts


async def test_a_run_tells_the_program_and_the_boot(path: Path) -> None:
    """The entry of a run belongs to no order, and says which version ran in which life of the machine."""
    async with Journal.open(path, NOW_MS):
        pass
    ((at_ms, order, text),) = read(path, "SELECT at_ms, client_order_id, content FROM entries")
    assert (at_ms, order) == (NOW_MS, "")
    assert json.loads(str(text)) == {"version": __version__, "boot": boot_id()}


async def test_an_order_that_the_venue_never_named_has_no_id(path: Path) -> None:
    """Where no id is known none is told."""
    async with Journal.open(path) as journal:
        await journal.record_order(order_of(MEANT, OrderState.SENDING, None), NOW_MS)
        ((entry),) = await journal.audit(KEY)
    assert "order_id" not in entry.facts


async def test_all_that_was_shown_is_told(path: Path) -> None:
    """A long question that a person said yes to is told to its last word."""
    shown = "word " * 300 + "end"
    confirmation = Confirmation(at_ms=NOW_MS, by="key", shown=shown)
    async with Journal.open(path) as journal:
        await journal.record_intent(replace(MEANT, confirmation=confirmation))
        ((entry),) = await journal.audit(KEY)
    assert entry.facts["shown"] == shown


async def test_what_foreign_texts_do_to_a_terminal_is_taken_out_when_they_are_told(path: Path) -> None:
    """An escape sequence in a stored reason does not reach who reads the audit."""
    async with Journal.open(path) as journal:
        await journal.record_outcome(KEY, Refused("no", "\x1b]0;owned\x07 no"), NOW_MS)
        ((entry),) = await journal.audit(KEY)
    assert "\x1b" not in entry.facts["text"]


async def test_several_intents_are_all_durable_or_none_is_written(path: Path) -> None:
    """Of a batch with an id that was used before, or twice in it, nothing is there; the journal takes the next one."""
    batch = [fresh(number) for number in range(10)]
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        for wrong in ([*batch[:9], intent()], [*batch[:9], batch[0]]):
            with pytest.raises(JournalError, match="used before"):
                await journal.record_intents(wrong)
        assert await journal.sent_since(0) == (intent(),)
        await journal.record_intents(batch)
        assert await journal.sent_since(0) == (intent(), *batch)
        assert await journal.sent_since(NOW_MS + 4) == tuple(batch[4:])
    assert [row for (row,) in read(path, "SELECT number FROM entries ORDER BY number")] == list(range(1, 13))


async def test_an_order_that_was_signed_off_is_not_taken_up_again(path: Path) -> None:
    """What a person settled stays settled after the next start, and is still told among what was sent."""
    async with Journal.open(path) as journal:
        await journal.record_intent(intent())
        await journal.record_order(order_of(intent(), OrderState.UNPROVEN, None), NOW_MS)
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (intent(),)
        await journal.record_sign_off(KEY, NOW_MS)
        assert await journal.unresolved() == ()
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == ()
        assert await journal.sent_since(0) == (intent(),)


async def test_a_cancel_of_an_order_in_doubt_is_remembered(path: Path) -> None:
    """Cancels asked for in an earlier run are wanted while their order is in doubt, and no longer once it is seen."""
    other: Intent = fresh(1)
    async with Journal.open(path) as journal:
        for meant in (intent(), other):
            await journal.record_intent(meant)
            await journal.record_cancel(meant.client_order_id, NOW_MS)
        await journal.record_cancel("4711", NOW_MS)
        assert await journal.cancels_wanted() == frozenset()
    async with Journal.open(path) as journal:
        assert await journal.cancels_wanted() == {KEY, other.client_order_id}
        await journal.record_order(order_of(intent(), OrderState.SUBMITTED), NOW_MS)
        assert await journal.cancels_wanted() == {other.client_order_id}
        assert kinds(await journal.audit("4711")) == ["cancel"]


async def test_the_machines_own_boot_is_told_where_the_system_knows_it(tmp_path: Path) -> None:
    """A boot id is one line; a system without one is told as nothing."""
    (tmp_path / "boot_id").write_text("0b1d\n")
    told = await asyncio.to_thread(boot_id, tmp_path / "boot_id")
    assert (told, boot_id(tmp_path / "none")) == ("0b1d", "")
