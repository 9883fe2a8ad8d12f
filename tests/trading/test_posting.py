"""The one POST of an order: halted at the last moment, waited for, listened to, and never repeated."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.model.order import Accepted, Confirmation, Intent, OrderRequest, OrderState, Outcome, Refused, Unknown
from hbtui.trading.desk import Desk
from hbtui.trading.views import Finding
from tests.support.memory_journal import MemoryJournal
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import request
from tests.support.virtual_clock import VirtualClock, settle

NOT_SENT = Refused("not-sent", "no network", is_sent=False)
STILL = Unknown("no answer for 3 s, still listening")


class FailingJournal(MemoryJournal):
    """A journal whose disk fails when an outcome is to be written."""

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Fail."""
        message = f"The disk is full: {client_order_id} {outcome} {at_ms}."
        raise JournalError(message)


class OddExchange(ScriptedExchange):
    """An exchange whose calls to place break, or answer for fewer orders than were sent."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Break."""
        self.placed.append(intent)
        assert self.error is not None
        raise self.error

    async def place_many(
        self, intents: Sequence[Intent], kept_back: Callable[[], Refused | None] = lambda: None
    ) -> tuple[Outcome, ...]:
        """Answer for the first one alone."""
        self.placed.extend(intents)
        return (Accepted("1"),)


@dataclass
class Rig:
    """A desk that a test may halt."""

    exchange: ScriptedExchange
    journal: MemoryJournal
    is_halted: bool = False

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.broken: list[str] = []
        self.shown: list[OrderState] = []
        self.desk = Desk(
            exchange=self.exchange,
            journal=self.journal,
            clock=self.clock,
            mode=Mode.DEMO,
            halted=lambda: self.is_halted,
            on_change=self.note,
            on_journal_broken=self.broken.append,
        )

    def note(self, key: str) -> None:
        """Write down what is shown."""
        order = self.desk.tracker.find(key)
        assert order is not None
        self.shown.append(order.state)

    def outcomes(self) -> list[Outcome]:
        """What the journal holds of the answers, of the only order."""
        (told,) = self.journal.outcomes.values()
        return told

    def state(self) -> OrderState:
        """The only order's state."""
        (order,) = self.desk.tracker
        return order.state


def rig(exchange: ScriptedExchange | None = None, journal: MemoryJournal | None = None) -> Rig:
    """Put a desk between an exchange and a journal."""
    return Rig(exchange or ScriptedExchange(), journal or MemoryJournal())


def silent() -> Rig:
    """A desk whose exchange does not answer until its gate opens."""
    made = rig()
    made.exchange.answer_gate = asyncio.Event()
    return made


async def test_what_was_confirmed_is_written_down_with_the_order() -> None:
    """The intent in the journal says who confirmed it, what was shown, what the gate said and what it was worth."""
    made = rig()
    confirmation = Confirmation(at_ms=5, by="key", shown="BUY 100 DOGE", allowed=frozenset({"PRICE_COLLAR"}))
    gate = ("PRICE_COLLAR: far away",)
    order = await made.desk.send(made.desk.new_id(), request(), confirmation, gate=gate, value=Decimal(10))
    intent = made.journal.intents[order.client_order_id]
    assert (intent.confirmation, intent.gate, intent.value) == (confirmation, gate, Decimal(10))
    assert (intent.created_ms, intent.host, intent.mode) == (made.clock.now_ms(), "scripted.test", "demo")
    assert made.exchange.placed == [intent]
    assert intent.body == made.exchange.body_of(order.client_order_id, request())


async def test_the_gate_judges_the_request_itself() -> None:
    """What is submitted is what the gate is asked about."""
    asked: list[object] = []

    def gate(judged: OrderRequest) -> tuple[Finding, ...]:
        asked.append(judged)
        return ()

    desk = Desk(exchange=ScriptedExchange(), journal=MemoryJournal(), clock=VirtualClock(), mode=Mode.DEMO, gate=gate)
    await desk.submit(request())
    assert asked == [request()]


@pytest.mark.parametrize(("slow_s", "state"), [(2.0, OrderState.ACCEPTED), (2.1, OrderState.NOT_SENT)])
async def test_the_disk_has_two_seconds(slow_s: float, state: OrderState) -> None:
    """However long the program runs already, it is the commit itself that may take two seconds and no more."""
    made = rig()
    await made.clock.advance(1000)

    class Slow(MemoryJournal):
        async def record_intents(self, intents: Sequence[Intent]) -> None:
            """Take long."""
            made.clock.hold(slow_s)
            await super().record_intents(intents)

    desk = Desk(exchange=made.exchange, journal=Slow(), clock=made.clock, mode=Mode.DEMO)
    assert (await desk.submit(request())).state is state


async def test_an_order_without_a_confirmation_is_a_programs() -> None:
    """Whoever sends without saying how it was confirmed is told apart from a key press."""
    made = rig()
    order = await made.desk.send(made.desk.new_id(), request())
    intent = made.journal.intents[order.client_order_id]
    assert intent.confirmation == Confirmation(at_ms=made.clock.now_ms(), by="program")
    assert (intent.gate, intent.value) == ((), None)


async def test_a_halt_between_commit_and_post_keeps_the_order_here() -> None:
    """An order that was halted after it was written down does not leave this computer, and says so."""
    made = rig()
    made.is_halted = True
    order = await made.desk.send(made.desk.new_id(), request())
    assert (order.state, order.cause) == (OrderState.NOT_SENT, "HALTED: did not leave this computer")
    assert made.exchange.placed == []
    assert made.outcomes() == [Refused("HALTED", "HALTED: did not leave this computer", is_sent=False)]


def without_a_line() -> Rig:
    """A desk whose orders wait for a connection."""
    made = rig()
    made.exchange.line_gate = asyncio.Event()
    return made


@pytest.mark.parametrize("count", [1, 2])
async def test_a_halt_while_a_connection_is_awaited_keeps_the_orders_here(count: int) -> None:
    """Orders that were halted while they waited for a connection do not leave, though they were uncertain meanwhile."""
    made = without_a_line()
    orders = [(made.desk.new_id(), request()) for _ in range(count)]
    task = asyncio.create_task(made.desk.send_many(orders))
    await made.clock.advance(3.1)
    assert {order.state for order in await task} == {OrderState.UNCERTAIN}
    made.is_halted = True
    assert made.exchange.line_gate is not None
    made.exchange.line_gate.set()
    await settle()
    assert {order.state for order in made.desk.tracker} == {OrderState.NOT_SENT}
    assert {order.cause for order in made.desk.tracker} == {"HALTED: did not leave this computer"}
    assert made.exchange.placed == []


@pytest.mark.parametrize(("slept_ms", "held_s"), [(10_100, 0.0), (0, 10.1)])
async def test_an_order_that_waited_too_long_for_a_connection_stays_here(slept_ms: int, held_s: float) -> None:
    """What still waited when the computer fell asleep, or stood still, is not sent when it goes on, by either clock."""
    made = without_a_line()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await settle()
    made.clock.step_ms += slept_ms
    made.clock.hold(held_s)
    assert made.exchange.line_gate is not None
    made.exchange.line_gate.set()
    order = await task
    assert (order.state, made.exchange.placed) == (OrderState.NOT_SENT, [])
    assert order.cause == "it waited 10 s, and the market has moved on: did not leave this computer"


async def test_an_order_that_waited_a_little_leaves() -> None:
    """Ten seconds are within what connections and limits may take."""
    made = without_a_line()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await settle()
    made.clock.hold(10.0)
    assert made.exchange.line_gate is not None
    made.exchange.line_gate.set()
    assert (await task).state is OrderState.ACCEPTED


async def test_silence_is_shown_after_three_seconds_and_a_late_answer_still_counts() -> None:
    """After 3 s the order is uncertain and the caller has it; the answer is listened for, and ends the doubt."""
    made = silent()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await made.clock.advance(2.9)
    assert not task.done()
    assert made.state() is OrderState.SENDING
    await made.clock.advance(0.2)
    order = await task
    assert (order.state, order.cause) == (OrderState.UNCERTAIN, STILL.cause)
    assert made.outcomes() == [STILL]
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    await settle()
    assert made.state() is OrderState.ACCEPTED
    assert made.outcomes() == [STILL, Accepted("1001")]
    assert len(made.exchange.placed) == 1
    await made.desk.close()


async def test_a_late_proof_that_no_byte_left_ends_the_doubt() -> None:
    """A connection that could not be made after all is told as such, though the order was uncertain before."""
    made = silent()
    made.exchange.outcomes = [NOT_SENT]
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await made.clock.advance(3)
    assert (await task).state is OrderState.UNCERTAIN
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    await settle()
    assert made.shown == [OrderState.SENDING, OrderState.UNCERTAIN, OrderState.NOT_SENT]


async def test_a_late_answer_ends_the_search_at_once() -> None:
    """While the answer is listened for the order is looked up; when it comes, the search does not go on."""
    made = silent()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await made.clock.advance(3)
    order = await task
    follow = asyncio.create_task(made.desk.follow(order.key))
    await made.clock.advance(2)
    asked = made.exchange.calls.count("order_by_client_id")
    assert asked == 3
    made.exchange.outcomes = [Refused("order-value-min-error", "too little")]
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    await settle()
    assert follow.done()
    assert made.exchange.calls.count("order_by_client_id") == asked
    assert made.state() is OrderState.REFUSED


async def test_closing_stops_listening() -> None:
    """An answer that is still awaited when the program closes stays unknown, as it is written down already."""
    made = silent()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await made.clock.advance(3)
    await task
    await made.desk.close()
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    await settle()
    assert made.outcomes() == [STILL]
    assert made.state() is OrderState.UNCERTAIN


class Lingering(ScriptedExchange):
    """An exchange that does not answer, and takes a moment to give up."""

    is_given_up = False

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Wait, and tell when the request is over."""
        try:
            return await super().place(intent, kept_back)
        finally:
            await settle()
            self.is_given_up = True


async def test_closing_waits_for_the_end_of_every_request() -> None:
    """When a desk is closed no request of it is still on its way: whoever closes it may close what carries them."""
    exchange = Lingering()
    made = rig(exchange)
    exchange.answer_gate = asyncio.Event()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await made.clock.advance(3)
    await task
    await made.desk.close()
    assert exchange.is_given_up


async def test_an_answer_that_comes_with_the_closing_is_not_lost() -> None:
    """Where the answer is there in the moment of closing, it is what is shown."""
    made = silent()
    task = asyncio.create_task(made.desk.send(made.desk.new_id(), request()))
    await settle()
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    while not made.exchange.placed:
        await settle(1)
    await settle(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert made.state() in {OrderState.ACCEPTED, OrderState.UNCERTAIN}
    assert made.shown[0] is OrderState.SENDING


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), KeyError("canary")])
async def test_a_call_that_breaks_leaves_a_doubt(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A bug below the desk never makes an order failed; its kind is logged, and its text is shown to nobody."""
    made = rig(OddExchange(error))
    order = await made.desk.send(made.desk.new_id(), request())
    assert order.state is OrderState.UNCERTAIN
    assert order.cause == "sending it ended in a way that does not say whether the exchange has it"
    assert caplog.messages == [f"an order's POST ended in {type(error).__name__}"]


async def test_a_verdict_that_cannot_be_written_is_shown_as_not_recorded() -> None:
    """Where the second commit fails the verdict is shown with a word of it, and trading is told to stop."""
    made = rig(journal=FailingJournal())
    order = await made.desk.send(made.desk.new_id(), request())
    assert (order.state, order.cause) == (OrderState.ACCEPTED, "not recorded: the journal could not be written")
    assert len(made.broken) == 1
    made = rig(journal=FailingJournal())
    made.exchange.outcomes = [Refused("order-value-min-error", "too little")]
    order = await made.desk.send(made.desk.new_id(), request())
    assert order.cause == "too little; not recorded: the journal could not be written"


async def test_a_batch_is_written_down_at_once_and_sent_once() -> None:
    """Several orders leave in one request, each with its own intent and its own outcome, in their order."""
    made = rig()
    made.exchange.outcomes = [Accepted("1"), Refused("order-value-min-error", "too little"), Unknown("odd")]
    keys = [made.desk.new_id() for _ in range(3)]
    confirmation = Confirmation(at_ms=5, by="command")
    asked = [(key, request(amount=str(100 + at))) for at, key in enumerate(keys)]
    gates, values = [("A: a",), ("B: b",), ()], [Decimal(1), None, Decimal(3)]
    orders = await made.desk.send_many(asked, confirmation, gates=gates, values=values)
    assert [order.client_order_id for order in orders] == keys
    assert [order.state for order in orders] == [OrderState.ACCEPTED, OrderState.REFUSED, OrderState.UNCERTAIN]
    assert made.exchange.calls == ["place_many"]
    intents = list(made.journal.intents.values())
    assert made.exchange.placed == intents
    assert [(one.gate, one.value, one.confirmation) for one in intents] == [
        (gate, value, confirmation) for gate, value in zip(gates, values, strict=True)
    ]
    assert [len(made.journal.outcomes[key]) for key in keys] == [1, 1, 1]


async def test_a_batch_that_cannot_be_written_sends_nothing() -> None:
    """Where the intents cannot be made durable, none of them is sent, and none is shown."""
    made = rig()
    made.journal.reason = "The disk is full."
    with pytest.raises(JournalError):
        await made.desk.send_many([(made.desk.new_id(), request()), (made.desk.new_id(), request())])
    assert (made.exchange.placed, list(made.desk.tracker), made.broken) == ([], [], ["The disk is full."])


async def test_a_batch_answer_for_fewer_orders_leaves_all_in_doubt() -> None:
    """An answer that cannot be matched to the orders proves nothing about any of them."""
    made = rig(OddExchange())
    orders = await made.desk.send_many([(made.desk.new_id(), request()), (made.desk.new_id(), request())])
    assert [order.state for order in orders] == [OrderState.UNCERTAIN] * 2
    assert len(made.exchange.placed) == 2


async def test_a_halted_batch_stays_here_whole() -> None:
    """A halt keeps each order of a batch back."""
    made = rig()
    made.is_halted = True
    orders = await made.desk.send_many([(made.desk.new_id(), request()), (made.desk.new_id(), request())])
    assert [order.state for order in orders] == [OrderState.NOT_SENT] * 2
    assert made.exchange.placed == []


async def test_a_silent_batch_is_uncertain_order_by_order() -> None:
    """After 3 s without an answer every order of a batch shows as uncertain, and the late answer ends each doubt."""
    made = silent()
    asked = [(made.desk.new_id(), request()), (made.desk.new_id(), request())]
    task = asyncio.create_task(made.desk.send_many(asked))
    await made.clock.advance(3)
    assert [order.state for order in await task] == [OrderState.UNCERTAIN] * 2
    assert made.exchange.answer_gate is not None
    made.exchange.answer_gate.set()
    await settle()
    assert {order.state for order in made.desk.tracker} == {OrderState.ACCEPTED}
