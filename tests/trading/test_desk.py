"""The desk: intent before wire, one POST ever, three outcomes, and cancels that end in a fact."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError, NetworkError
from hbtui.model.order import (
    Accepted,
    CancelAnswer,
    CancelOutcome,
    Intent,
    OrderState,
    Outcome,
    Refused,
    Unknown,
)
from hbtui.storage.journal import Journal
from hbtui.trading.client_ids import is_own
from hbtui.trading.desk import CancelReport, Desk
from hbtui.trading.ports import Journal as JournalPort
from hbtui.trading.views import Denied, Finding, Severity
from tests.support.eventually import eventually
from tests.support.memory_journal import MemoryJournal
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import ACCOUNT_ID, fill, report, request
from tests.support.virtual_clock import VirtualClock, settle


@dataclass
class Rig:
    """A desk with everything around it."""

    desk: Desk
    exchange: ScriptedExchange
    journal: JournalPort
    clock: VirtualClock
    broken: list[str]
    changed: list[str]


def rig_on(journal: JournalPort, exchange: ScriptedExchange | None = None) -> Rig:
    """Put a desk before a journal."""
    exchange = exchange or ScriptedExchange()
    clock = VirtualClock()
    broken: list[str] = []
    changed: list[str] = []
    desk = Desk(
        exchange=exchange,
        journal=journal,
        clock=clock,
        mode=Mode.DEMO,
        on_change=changed.append,
        on_journal_broken=broken.append,
    )
    return Rig(desk, exchange, journal, clock, broken, changed)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A desk on a real journal."""
    async with Journal.open(tmp_path / "journal.sqlite") as journal:
        yield rig_on(journal)


class BrokenJournal(MemoryJournal):
    """A journal whose disk fails, or is slow, at chosen steps."""

    def __init__(
        self, *failing: str, clock: VirtualClock | None = None, slow: tuple[str, ...] = ("intent",), slow_s: float = 0
    ) -> None:
        super().__init__()
        self.slow = slow
        self.failing = failing
        self.clock = clock
        self.slow_s = slow_s
        self.written: list[str] = []

    async def _write(self, what: str) -> None:
        if what in self.failing:
            message = "The disk is full."
            raise JournalError(message)
        self.written.append(what)
        if self.clock is not None and what in self.slow:
            await self.clock.sleep(self.slow_s)

    async def record_intent(self, intent: Intent) -> None:
        """Write, or fail, or take long."""
        await self._write("intent")
        await super().record_intents((intent,))

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """Write all at once, or fail."""
        await self._write("intents")
        await super().record_intents(intents)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Write, or fail, or take long."""
        await self._write("outcome")
        await super().record_outcome(client_order_id, outcome, at_ms)

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Write, or fail, or take long."""
        await self._write("cancel")
        await super().record_cancel(key, at_ms)

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """Write, or fail, or take long."""
        await self._write("sign-off")
        await super().record_sign_off(client_order_id, at_ms)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Accepted("55"), OrderState.ACCEPTED),
        (Refused("order-value-min-error", "too little"), OrderState.REFUSED),
        (Refused("", "no network", is_sent=False), OrderState.NOT_SENT),
        (Unknown("no answer in time"), OrderState.UNCERTAIN),
    ],
)
async def test_three_outcomes(rig: Rig, outcome: Outcome, state: OrderState) -> None:
    """Each outcome of the POST becomes a state, and the POST happens once whatever came of it."""
    rig.exchange.outcomes = [outcome]
    order = await rig.desk.submit(request())
    assert order.state is state
    assert is_own(order.client_order_id)
    assert len(rig.exchange.placed) == 1
    assert rig.changed[0] == order.client_order_id


@pytest.mark.parametrize("outcome", [Refused("x", "barred", alarm="the key"), Unknown("moved", alarm="a redirect")])
async def test_an_alarm_is_heard_with_the_outcome(outcome: Refused | Unknown) -> None:
    """What forbids every other order is handed on as soon as it is known, and nothing is where there is none."""
    heard: list[str] = []
    exchange, clock = ScriptedExchange(), VirtualClock()
    desk = Desk(exchange=exchange, journal=MemoryJournal(), clock=clock, mode=Mode.DEMO, on_alarm=heard.append)
    await desk.submit(request())
    assert heard == []
    exchange.outcomes.append(outcome)
    await desk.submit(request())
    assert heard == [outcome.alarm]


async def test_the_row_is_sending_while_the_answer_is_awaited(rig: Rig) -> None:
    """Once the intent is durable there is a row, before the answer comes."""
    rig.exchange.answer_gate = asyncio.Event()
    task = asyncio.create_task(rig.desk.submit(request()))
    await eventually(lambda: rig.exchange.placed)
    (row,) = rig.desk.tracker
    assert row.state is OrderState.SENDING
    rig.exchange.answer_gate.set()
    assert (await task).state is OrderState.ACCEPTED


async def test_what_is_sent_is_what_was_written_down(tmp_path: Path) -> None:
    """The bytes of the POST are those of the journal, and a new process finds the intent until it is resolved."""
    path = tmp_path / "journal.sqlite"
    async with Journal.open(path) as journal:
        rig = rig_on(journal)
        rig.exchange.outcomes = [Unknown("no answer in time")]
        await rig.desk.submit(request())
        (sent,) = rig.exchange.placed
    async with Journal.open(path) as journal:
        assert await journal.unresolved() == (sent,)
        again = rig_on(journal)
        (recovered,) = await again.desk.recover()
        assert recovered == sent
        order = again.desk.tracker.find(sent.client_order_id)
        assert order is not None
        assert order.state is OrderState.UNCERTAIN
        assert "ended before the answer" in order.cause
        assert again.exchange.placed == []


@pytest.mark.parametrize("state", [OrderState.UNPROVEN, OrderState.CONFLICT])
async def test_what_was_in_question_is_taken_up_with_its_id(state: OrderState) -> None:
    """An unproven order, and one in conflict, is so in the next run too, known by its id, and can be cancelled."""
    journal = MemoryJournal()
    rig = rig_on(journal)
    sent = await rig.desk.submit(request())
    await journal.record_order(replace(sent, state=state), rig.clock.now_ms())
    again = rig_on(journal)
    assert await again.desk.recover() == ()
    (order,) = again.desk.tracker
    assert (order.key, order.order_id, order.state) == (sent.key, sent.order_id, state)
    task = asyncio.create_task(again.desk.cancel(order.key))
    await settle()
    assert again.exchange.cancelled == [sent.order_id]
    task.cancel()
    await asyncio.wait({task})


async def test_no_restart_settles_a_contradiction() -> None:
    """Neither a second start nor a clear word of the venue makes it an order like any other: that a person does."""
    journal = MemoryJournal()
    rig = rig_on(journal)
    sent = await rig.desk.submit(request())
    state = OrderState.CONFLICT
    await journal.record_order(replace(sent, state=state), rig.clock.now_ms())
    for _ in range(2):
        rig = rig_on(journal)
        await rig.desk.recover()
        (order,) = rig.desk.tracker
        await journal.record_order(order, rig.clock.now_ms())
    rig.desk.tracker.merge_report(report(sent.order_id or "", OrderState.FILLED))
    assert [one.state for one in rig.desk.tracker] == [state]
    await rig.desk.sign_off(sent.key)
    again = rig_on(journal)
    await again.desk.recover()
    assert list(again.desk.tracker) == []


async def test_the_gate_says_no_before_anything_is_written(tmp_path: Path) -> None:
    """A denied order is neither written down nor sent."""
    journal = BrokenJournal()
    rig = rig_on(journal)
    finding = Finding("BALANCE", "not enough", Severity.ERROR)
    desk = Desk(exchange=rig.exchange, journal=journal, clock=rig.clock, mode=Mode.DEMO, gate=lambda _: (finding,))
    with pytest.raises(Denied, match="not enough"):
        await desk.submit(request())
    assert (journal.written, rig.exchange.placed, list(desk.tracker)) == ([], [], [])
    assert not (tmp_path / "journal.sqlite").exists()


async def test_a_warning_does_not_stop_an_order() -> None:
    """Only errors of the gate stop an order."""
    rig = rig_on(BrokenJournal())
    warning = Finding("PRICE_COLLAR", "far away", Severity.WARNING)
    desk = Desk(exchange=rig.exchange, journal=rig.journal, clock=rig.clock, mode=Mode.DEMO, gate=lambda _: (warning,))
    assert (await desk.submit(request())).state is OrderState.ACCEPTED


async def test_a_broken_journal_sends_nothing() -> None:
    """Where the intent cannot be made durable, no byte leaves, no row shows, and trading is told to stop."""
    rig = rig_on(BrokenJournal("intent"))
    with pytest.raises(JournalError):
        await rig.desk.submit(request())
    assert (rig.exchange.placed, list(rig.desk.tracker), rig.broken) == ([], [], ["The disk is full."])


async def test_an_outcome_that_cannot_be_written_is_still_shown() -> None:
    """Where only the outcome cannot be written, the row is right and trading is told to stop."""
    rig = rig_on(BrokenJournal("outcome"))
    order = await rig.desk.submit(request())
    assert (order.state, rig.broken) == (OrderState.ACCEPTED, ["The disk is full."])


async def test_a_slow_disk_holds_the_order_back() -> None:
    """An intent that took more than two seconds to write is not sent: its prices are old."""
    rig = rig_on(BrokenJournal())
    journal = BrokenJournal(clock=rig.clock, slow_s=2.1)
    desk = Desk(exchange=rig.exchange, journal=journal, clock=rig.clock, mode=Mode.DEMO)
    task = asyncio.create_task(desk.submit(request()))
    await rig.clock.advance(3)
    order = await task
    assert order.state is OrderState.NOT_SENT
    assert "did not leave this computer" in order.cause
    assert rig.exchange.placed == []


async def test_closing_leaves_the_order_uncertain(rig: Rig) -> None:
    """An order whose answer was still awaited when the program closed is uncertain, never failed."""
    rig.exchange.answer_gate = asyncio.Event()
    task = asyncio.create_task(rig.desk.submit(request()))
    await eventually(lambda: rig.exchange.placed)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [order.state for order in rig.desk.tracker] == [OrderState.UNCERTAIN]


async def test_an_accepted_order_is_asked_for_when_the_stream_is_silent() -> None:
    """An order that only gave an id is read by that id after three seconds, and again until it shows."""
    rig = rig_on(BrokenJournal())
    order = await rig.desk.submit(request())
    task = asyncio.create_task(rig.desk.follow(order.client_order_id))
    await rig.clock.advance(2.9)
    assert rig.exchange.calls == []
    await rig.clock.advance(0.2)
    assert rig.exchange.calls == ["order 1001"]
    rig.exchange.reports["1001"] = report("1001", client_order_id=order.client_order_id)
    await rig.clock.advance(10)
    assert task.done()
    assert [one.state for one in rig.desk.tracker] == [OrderState.SUBMITTED]


async def test_following_asks_for_an_order_until_it_shows_and_then_gives_up() -> None:
    """An order with nothing but an id is read at 3, 8, 18 and 38 seconds; what nobody here meant is not followed."""
    rig = rig_on(BrokenJournal())
    order = await rig.desk.submit(request())
    task = asyncio.create_task(rig.desk.follow(order.client_order_id))
    await rig.clock.advance(100)
    assert task.done()
    assert rig.exchange.calls == ["order 1001"] * 4
    other = await rig.desk.submit(request(amount="200"))
    task = asyncio.create_task(rig.desk.follow(other.client_order_id))
    await rig.clock.advance(2)
    rig.desk.tracker.merge_report(report("1002", client_order_id=other.client_order_id))
    await rig.clock.advance(2)
    assert task.done()
    assert rig.exchange.calls == ["order 1001"] * 4
    rig.desk.tracker.merge_report(report("5"))
    await rig.desk.follow("5")
    await rig.desk.follow("nothing")
    assert rig.exchange.calls == ["order 1001"] * 4


async def test_an_uncertain_order_is_found_and_its_cancel_sent() -> None:
    """An order in doubt that a person asked to cancel is cancelled the moment it is found."""
    rig = rig_on(BrokenJournal())
    rig.exchange.outcomes = [Unknown("no answer in time")]
    order = await rig.desk.submit(request())
    assert (await rig.desk.cancel(order.key)).answer is CancelAnswer.NOT_FOUND
    assert rig.exchange.cancelled == [order.key]
    rig.exchange.reports["9"] = report("9", client_order_id=order.key)
    task = asyncio.create_task(rig.desk.follow(order.key))
    await rig.clock.advance(1)
    assert rig.exchange.cancelled == [order.key, "9"]
    rig.exchange.reports["9"] = report("9", OrderState.CANCELED, client_order_id=order.key)
    await rig.clock.advance(30)
    assert task.done()
    assert [one.state for one in rig.desk.tracker] == [OrderState.CANCELED]
    await rig.desk.close()


async def test_what_was_learned_elsewhere_is_told_on_and_ends_a_search() -> None:
    """An order in doubt that a stream or a list has shown is heard of, and its wished cancel goes out at once."""
    rig = rig_on(MemoryJournal())
    rig.exchange.outcomes = [Unknown("no answer")]
    order = await rig.desk.send(rig.desk.new_id(), request())
    cancel = asyncio.create_task(rig.desk.cancel(order.key))
    await settle()
    rig.changed.clear()
    rig.desk.learned(None)
    assert rig.changed == [], "nothing changed"
    seen = replace(report("1"), client_order_id=order.client_order_id)
    rig.exchange.reports["1"] = seen
    rig.desk.learned(rig.desk.tracker.merge_report(seen))
    await settle()
    assert rig.changed[0] == order.key
    assert "1" in rig.exchange.cancelled
    cancel.cancel()
    await rig.desk.close()


async def test_a_taken_cancel_is_canceling_until_the_venue_names_the_end() -> None:
    """No end is ever said on the strength of the cancel's answer; a fill may still win the race."""
    rig = rig_on(BrokenJournal())
    rig.desk.tracker.merge_report(report("1"))
    task = asyncio.create_task(rig.desk.cancel("1"))
    await settle()
    assert [(one.state, one.is_cancel_requested) for one in rig.desk.tracker] == [(OrderState.CANCELING, True)]
    rig.exchange.reports["1"] = report("1", OrderState.FILLED, filled="100", spent="10")
    await rig.clock.advance(0.3)
    assert (await task).answer is CancelAnswer.REQUESTED
    assert [one.state for one in rig.desk.tracker] == [OrderState.FILLED]


async def test_an_unanswered_cancel_is_asked_again() -> None:
    """A cancel without an answer is repeated, after looking whether it is still needed."""
    rig = rig_on(BrokenJournal())
    rig.desk.tracker.merge_report(report("1"))
    rig.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.UNKNOWN), CancelOutcome(CancelAnswer.UNKNOWN)]
    task = asyncio.create_task(rig.desk.cancel("1"))
    await rig.clock.advance(0.4)
    assert rig.exchange.cancelled == ["1"]
    await rig.clock.advance(0.2)
    assert rig.exchange.cancelled == ["1", "1"]
    rig.exchange.reports["1"] = report("1", OrderState.CANCELED)
    await rig.clock.advance(5)
    assert await task == CancelOutcome(CancelAnswer.ALREADY_FINAL, OrderState.CANCELED)
    assert rig.exchange.cancelled == ["1", "1"]


@pytest.mark.parametrize("answer", [CancelAnswer.ALREADY_FINAL, CancelAnswer.NOT_FOUND])
async def test_a_cancel_that_comes_too_late_reads_the_order(answer: CancelAnswer) -> None:
    """Neither "already final" nor "not found" says the end, so the order and its trades are read."""
    rig = rig_on(BrokenJournal())
    rig.desk.tracker.merge_report(report("1"))
    rig.exchange.cancel_outcomes = [CancelOutcome(answer, OrderState.FILLED)]
    rig.exchange.reports["1"] = report("1", OrderState.FILLED, filled="100", spent="10")
    rig.exchange.own_fills = (fill(1, "100", fee="0.2"),)
    assert (await rig.desk.cancel("1")).answer is answer
    (order,) = rig.desk.tracker
    assert (order.state, len(order.fills)) == (OrderState.FILLED, 1)


async def test_a_final_order_is_not_cancelled_again() -> None:
    """A cancel of an order that ended sends nothing; of one that nobody knows says so."""
    rig = rig_on(BrokenJournal())
    rig.desk.tracker.merge_report(report("1", OrderState.FILLED))
    assert (await rig.desk.cancel("1")).answer is CancelAnswer.ALREADY_FINAL
    assert (await rig.desk.cancel("none")).answer is CancelAnswer.NOT_FOUND
    assert rig.exchange.cancelled == []


async def test_a_broken_disk_does_not_hold_a_cancel() -> None:
    """Getting out is safer than writing down: the cancel goes out although it could not be recorded."""
    rig = rig_on(BrokenJournal("cancel"))
    rig.desk.tracker.merge_report(report("1"))
    task = asyncio.create_task(rig.desk.cancel("1"))
    await settle()
    assert (rig.exchange.cancelled, rig.broken) == (["1"], ["The disk is full."])
    task.cancel()


async def test_cancel_all_lists_until_nothing_is_left_twice() -> None:
    """Every open order is asked to go, one that appears meanwhile too, and the list must be empty twice."""
    rig = rig_on(BrokenJournal())
    rig.exchange.reports = {number: report(number) for number in ("1", "2")}
    task = asyncio.create_task(rig.desk.cancel_all([ACCOUNT_ID]))
    await settle()
    assert sorted(rig.exchange.cancelled) == ["1", "2"]
    rig.exchange.reports = {"1": report("1", OrderState.CANCELED), "3": report("3")}
    await rig.clock.advance(0.6)
    assert sorted(rig.exchange.cancelled) == ["1", "2", "3"]
    rig.exchange.reports = {}
    await rig.clock.advance(2)
    assert await task == CancelReport(asked=3, remaining=0)
    assert rig.exchange.calls.count(f"open_orders {ACCOUNT_ID}") == 4


async def test_cancel_all_is_honest_about_what_stands() -> None:
    """Orders that do not go are counted in the end, and an exchange that does not answer is a problem, not success."""
    rig = rig_on(BrokenJournal())
    rig.exchange.reports = {"1": report("1")}
    rig.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.UNKNOWN)]
    task = asyncio.create_task(rig.desk.cancel_all([ACCOUNT_ID]))
    await rig.clock.advance(60)
    stuck = await task
    assert (stuck.asked, stuck.remaining) == (1, 1)
    assert 3 <= rig.exchange.cancelled.count("1") <= 6
    rig.exchange.failing["open_orders 7"] = NetworkError("No answer.")
    task = asyncio.create_task(rig.desk.cancel_all([ACCOUNT_ID]))
    await rig.clock.advance(60)
    assert (await task).problem == "No answer."
