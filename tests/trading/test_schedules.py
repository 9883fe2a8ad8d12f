"""The protocol of an order under faults: seeded schedules of lost answers, late arrivals, deaf look-ups and crashes.

After every schedule the same laws are checked: one POST for one intent; an order that the venue has is never called
absent; what is called absent the venue never has; and once faults stop, what is shown is the truth.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.account import Mode
from hbtui.model.errors import AnswerError, NetworkError
from hbtui.model.order import (
    OPEN,
    Accepted,
    Intent,
    OrderReport,
    OrderState,
    Outcome,
    Refused,
    Unknown,
)
from hbtui.trading.desk import Desk
from hbtui.trading.reconcile import LEASE_S
from hbtui.trading.tracker import OrderTracker
from tests.support.memory_journal import MemoryJournal
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import request
from tests.support.virtual_clock import VirtualClock, settle

LOOKS = ("order_by_client_id", "open_orders 7", "finished_orders", "fills")
ANSWERS = ("accepted", "answer lost", "arrives late", "never arrives", "refused", "did not leave")


@dataclass(frozen=True)
class Schedule:
    """What goes wrong, and when (seconds)."""

    answer: str
    arrives_after_s: float
    crash_after_s: float | None
    down_for_s: float
    deaf: tuple[tuple[str, float, float], ...]
    """Look-ups that fail from one time to another."""
    pushed_at_s: tuple[float, ...]
    """When the private stream tells the order's state, if it has one."""
    ends_at_s: float
    """When the order fills at the venue."""


schedules = st.builds(
    Schedule,
    answer=st.sampled_from(ANSWERS),
    arrives_after_s=st.floats(min_value=0.1, max_value=299),
    crash_after_s=st.none() | st.floats(min_value=0.01, max_value=500),
    down_for_s=st.floats(min_value=0.1, max_value=400),
    deaf=st.lists(
        st.tuples(st.sampled_from(LOOKS), st.floats(min_value=0, max_value=500), st.floats(min_value=1, max_value=400)),
        max_size=3,
    ).map(tuple),
    pushed_at_s=st.lists(st.floats(min_value=0.05, max_value=600), max_size=3).map(tuple),
    ends_at_s=st.floats(min_value=1, max_value=900),
)


class ModelVenue(ScriptedExchange):
    """A venue with a truth of its own, which answers as the schedule says."""

    def __init__(self, schedule: Schedule, clock: VirtualClock) -> None:
        super().__init__()
        self.schedule = schedule
        self.clock = clock
        self.posts: list[str] = []
        self.arrivals: list[asyncio.Task[None]] = []

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Take the bytes, or lose them, or lose the answer."""
        self.posts.append(intent.client_order_id)
        answer = self.schedule.answer
        delays = {"accepted": 0.01, "answer lost": 0.01, "arrives late": self.schedule.arrives_after_s}
        if answer in delays:
            # what left this computer arrives, whatever becomes of the process that sent it
            self.arrivals.append(asyncio.create_task(self._arrive(intent, delays[answer])))
        await self.clock.sleep(0.02)
        if answer == "accepted":
            return Accepted("1")
        if answer == "refused":
            return Refused("order-value-min-error", "too little")
        if answer == "did not leave":
            return Refused("", "no network", is_sent=False)
        return Unknown("no answer in time")

    def truth(self) -> OrderReport | None:
        """The order as the venue has it."""
        return self.reports.get("1")

    def tick(self) -> None:
        """Let look-ups fail and the order fill when it is time."""
        now_s = self.clock.monotonic_s()
        self.failing = {
            name: NetworkError("No answer.") if number % 2 else AnswerError("Junk.")
            for number, (name, begins, lasts) in enumerate(self.schedule.deaf)
            if begins <= now_s < begins + lasts
        }
        order = self.truth()
        if order is not None and order.state is OrderState.SUBMITTED and now_s >= self.schedule.ends_at_s:
            self.reports["1"] = replace(
                order, state=OrderState.FILLED, filled_base=order.amount, updated_ms=self.clock.now_ms()
            )

    async def _arrive(self, intent: Intent, after_s: float) -> None:
        await self.clock.sleep(after_s)
        asked = intent.request
        self.reports["1"] = OrderReport(
            order_id="1",
            client_order_id=intent.client_order_id,
            account_id=asked.account_id,
            symbol=asked.symbol,
            side=asked.side,
            type=asked.type,
            venue_type=asked.venue_type,
            state=OrderState.SUBMITTED,
            amount=asked.amount,
            price=asked.price,
            created_ms=self.clock.now_ms(),
            updated_ms=self.clock.now_ms(),
        )


@dataclass
class World:
    """A desk that may crash, on a journal and before a venue that do not."""

    schedule: Schedule
    clock: VirtualClock = field(default_factory=VirtualClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    shown: list[OrderState] = field(default_factory=list)
    told_absent_at_s: float | None = None

    def __post_init__(self) -> None:
        self.venue = ModelVenue(self.schedule, self.clock)
        self.tasks: list[asyncio.Task[object]] = []
        self.up_since_s = 0.0
        self.start_desk()

    def start_desk(self) -> None:
        """Begin with an empty memory, as a new process does."""
        self.tracker = OrderTracker()
        self.up_since_s = self.clock.monotonic_s()
        self.desk = Desk(
            exchange=self.venue,
            journal=self.journal,
            clock=self.clock,
            mode=Mode.DEMO,
            tracker=self.tracker,
            on_change=self.note,
            link_up_since_s=lambda: self.up_since_s,
        )

    def note(self, key: str) -> None:
        """Write down what is shown, as the engine does."""
        order = self.tracker.find(key)
        assert order is not None
        self.shown.append(order.state)
        if order.state is OrderState.NOT_PLACED and self.told_absent_at_s is None:
            self.told_absent_at_s = self.clock.monotonic_s()
        self.journal.orders.setdefault(key, []).append(order)

    async def send_and_follow(self) -> None:
        """What the engine does with one order."""
        order = await self.desk.send(self.desk.new_id(), request())
        await self.desk.follow(order.client_order_id)

    async def take_up(self) -> None:
        """What the engine does at the next start."""
        for intent in await self.desk.recover():
            self.tasks.append(asyncio.create_task(self.desk.follow(intent.client_order_id)))

    async def crash(self) -> None:
        """End the process without a word; its memory is gone."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks = []

    async def pass_until(self, until_s: float) -> None:
        """Let time pass in small steps, with the venue living beside."""
        pushes = sorted(self.schedule.pushed_at_s)
        while self.clock.monotonic_s() < until_s:
            now_s = self.clock.monotonic_s()
            step_s = min(5.0 if now_s > 2 else 0.25, until_s - now_s)
            await self.clock.advance(step_s)
            self.venue.tick()
            order = self.venue.truth()
            due = [at_s for at_s in pushes if now_s < at_s <= now_s + step_s]
            if due and order is not None and self.tasks:
                key = self.tracker.merge_report(order)
                if key is not None:
                    self.note(key)


async def lived(schedule: Schedule) -> World:
    """Live through a schedule, a crash included, until long after every fault is over."""
    world = World(schedule)
    world.tasks.append(asyncio.create_task(world.send_and_follow()))
    await settle()
    if schedule.crash_after_s is not None:
        await world.pass_until(schedule.crash_after_s)
        await world.crash()
        await world.pass_until(schedule.crash_after_s + schedule.down_for_s)
        world.start_desk()
        await world.take_up()
    await world.pass_until(world.clock.monotonic_s() + 1500)
    await world.crash()
    for task in world.venue.arrivals:
        task.cancel()
    return world


def check(world: World) -> None:
    """Hold what happened against the laws."""
    truth = world.venue.truth()
    (key,) = world.journal.intents
    assert world.venue.posts in ([key], []), "one POST for one intent, ever"
    assert OrderState.CONFLICT not in world.shown
    final = [state for state in world.shown if state is not OrderState.SENDING]
    if truth is None:
        assert not set(world.shown) & OPEN
        expected = {OrderState.NOT_PLACED, OrderState.REFUSED, OrderState.NOT_SENT}
        assert final[-1] in expected or world.schedule.crash_after_s is not None
        assert world.tracker.find(key) is None or final[-1] in expected
    else:
        never = {OrderState.NOT_PLACED, OrderState.REFUSED, OrderState.NOT_SENT, OrderState.UNPROVEN}
        assert not set(world.shown) & never, "an order that exists was called absent"
        order = world.tracker.find(key)
        if order is not None:
            assert order.state in OPEN | {OrderState.FILLED}
            assert order.order_id == "1"
    if world.told_absent_at_s is not None:
        assert world.told_absent_at_s > LEASE_S, "absence was told before the lease was over"


@settings(max_examples=40)
@given(schedules)
def test_the_laws_hold_under_every_schedule(schedule: Schedule) -> None:
    """Whatever is lost, late, deaf or crashed, no order is sent twice, called absent wrongly, or falsely shown."""
    check(asyncio.run(lived(schedule)))


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=1000)
@given(schedules)
def test_the_laws_hold_under_a_thousand_schedules(schedule: Schedule) -> None:
    """The same laws, many more schedules."""
    check(asyncio.run(lived(schedule)))


def quiet(answer: str, **changes: object) -> Schedule:
    """A schedule on which only the answer goes wrong."""
    calm = Schedule(answer, 1.0, None, 1.0, (), (), 10_000)
    return replace(calm, **changes)  # type: ignore[arg-type]  # names and values are written out in the tests below


def test_a_lost_answer_is_found_within_seconds() -> None:
    """An order that exists is shown as such within three seconds of a lost answer."""

    async def lived_shortly() -> list[OrderState]:
        world = World(quiet("answer lost"))
        world.tasks.append(asyncio.create_task(world.send_and_follow()))
        await world.pass_until(3)
        await world.crash()
        return world.shown

    assert asyncio.run(lived_shortly())[-1] is OrderState.SUBMITTED


def test_an_order_that_arrives_at_the_last_moment_is_found() -> None:
    """Bytes that arrive 299 seconds late, just inside the signature's life, become the order that they are."""
    world = asyncio.run(lived(quiet("arrives late", arrives_after_s=299)))
    assert world.shown[-1] is OrderState.SUBMITTED
    assert OrderState.UNCERTAIN in world.shown


def test_an_order_that_never_arrives_is_told_absent_in_time() -> None:
    """Absence is proven between six and seven and a half minutes after signing."""
    world = asyncio.run(lived(quiet("never arrives")))
    assert world.shown[-1] is OrderState.NOT_PLACED
    assert world.told_absent_at_s is not None
    assert LEASE_S < world.told_absent_at_s < 450


def test_a_crash_while_the_answer_is_awaited() -> None:
    """A process that dies between sending and answer finds its order at the next start, without sending again."""
    world = asyncio.run(lived(quiet("accepted", crash_after_s=0.015, down_for_s=30)))
    assert len(world.venue.posts) == 1
    assert OrderState.UNCERTAIN in world.shown
    assert world.shown[-1] is OrderState.SUBMITTED


def test_a_crash_after_a_lost_answer_is_resolved_by_the_next_start() -> None:
    """The next start takes the uncertain intent up, and shows the order that the venue has."""
    world = asyncio.run(lived(quiet("answer lost", crash_after_s=0.2, down_for_s=120)))
    order = world.tracker.find(world.venue.posts[0])
    assert order is not None
    assert (order.state, order.order_id) == (OrderState.SUBMITTED, "1")
    assert len(world.venue.posts) == 1


def test_deaf_look_ups_only_delay_the_truth() -> None:
    """While every way of looking fails the order stays uncertain; when they answer again the truth is shown."""
    deaf = tuple((name, 0.0, 300.0) for name in LOOKS)
    world = asyncio.run(lived(quiet("answer lost", deaf=deaf)))
    assert world.shown[-1] is OrderState.SUBMITTED
