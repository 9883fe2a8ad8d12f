"""Small parts of the engine: what is waited for, what the journal says of an order, what is still to be written."""

import asyncio
from decimal import Decimal

import pytest

from hbtui.model.entry import JournalEntry
from hbtui.model.errors import AuthenticationError, JournalError, NetworkError
from hbtui.model.order import Confirmation, Order, OrderState
from hbtui.trading.approved import Approved
from hbtui.trading.audit import AuditReading
from hbtui.trading.outage import Outage
from hbtui.trading.recording import Recording
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.views import AuditView
from hbtui.trading.waits import Waits
from tests.support.memory_journal import MemoryJournal
from tests.support.trading_values import NOW_MS, intent, report, request
from tests.support.virtual_clock import VirtualClock, settle


def order_of(state: OrderState = OrderState.SUBMITTED, order_id: str = "1") -> Order:
    """An own order in some state."""
    tracker = OrderTracker()
    meant = intent()
    tracker.add_intent(meant)
    tracker.merge_report(report(order_id, state, client_order_id=meant.client_order_id))
    (order,) = tracker
    return order


async def test_a_step_says_what_it_waits_for_and_what_is_in_the_way() -> None:
    """A step of the start-up is asked until it is answered, a wrong key slowly; each reason is there while it holds."""
    clock = VirtualClock()
    changes: list[tuple[str, ...]] = []
    waits = Waits(clock, lambda: changes.append(waits.texts))
    assert [*waits.texts] == ["connecting"]
    waits.note("start", "")
    answers: list[Exception] = [
        NetworkError("No answer."),
        AuthenticationError("x", "The secret is wrong.", advice="Check it."),
    ]

    async def ask() -> int:
        if answers:
            raise answers.pop(0)
        return 7

    task = asyncio.create_task(waits.step("the account", ask))
    await settle()
    assert [*waits.texts] == ["No connection: No answer. Next try in 1 s."]
    await clock.advance(1)
    assert waits.texts[0].startswith("The exchange does not accept the key: The secret is wrong. Check it. Next try in")
    await clock.advance(40)
    assert await task == 7
    assert len(waits.texts) == 0
    assert changes[:2] == [(), ("reading the account",)]
    waits.close()
    assert [*waits.texts] == ["closing"]


class SlowAudit(MemoryJournal):
    """A journal whose answers a test holds back, key by key."""

    def __init__(self) -> None:
        super().__init__()
        self.gates = {"a": asyncio.Event(), "b": asyncio.Event()}

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Answer when the gate is open."""
        await self.gates[key].wait()
        return (JournalEntry(1, NOW_MS, "intent", key),)


async def test_the_order_asked_for_last_is_shown() -> None:
    """An answer for an order that nobody looks at any longer is dropped; a journal that cannot be read says why."""
    journal = SlowAudit()
    shown: list[AuditView] = []
    reading = AuditReading(journal, lambda: shown.append(reading.view))
    tasks = [asyncio.create_task(reading.read(key)) for key in ("a", "b")]
    await settle()
    assert reading.view == AuditView(key="b", is_loading=True)
    for gate in journal.gates.values():
        gate.set()
    await asyncio.gather(*tasks)
    assert reading.view == AuditView(key="b", entries=(JournalEntry(1, NOW_MS, "intent", "b"),))
    assert [view.key for view in shown] == ["a", "b", "b"]

    class Unreadable(MemoryJournal):
        async def audit(self, key: str) -> tuple[JournalEntry, ...]:
            """Fail."""
            message = f"The journal is damaged at {key}."
            raise JournalError(message)

    broken = AuditReading(Unreadable(), lambda: None)
    await broken.read("a")
    assert broken.view == AuditView(key="a", problem="The journal is damaged at a.")


async def test_the_newest_state_of_each_order_is_written() -> None:
    """Of an order that changes faster than the disk only the last state is written; a broken disk is told once."""
    journal, broken = MemoryJournal(), list[str]()
    recording = Recording(journal, VirtualClock(), broken.append)
    recording.note(order_of())
    recording.note(order_of(OrderState.FILLED))
    task = asyncio.create_task(recording.run())
    await settle()
    (written,) = journal.orders.values()
    assert [order.state for order in written] == [OrderState.FILLED]
    journal.reason = "The disk is full."
    recording.note(order_of(OrderState.CANCELED))
    await settle()
    assert broken == ["The disk is full."]
    task.cancel()


async def test_an_outage_is_told_with_what_happened_meanwhile() -> None:
    """The first time up is no return; later the length is told, and how many orders moved, once."""
    tracker, clock = OrderTracker(), VirtualClock()
    tracker.merge_report(report("1"))
    outage = Outage(tracker, clock)
    assert (outage.is_live, outage.live_since_s) == (False, None)
    assert outage.note(is_live=True)
    assert not outage.note(is_live=True)
    assert (outage.end(), outage.end()) == ("", "")
    await clock.advance(5)
    assert outage.note(is_live=False)
    tracker.merge_report(report("1", OrderState.FILLED, filled="100"))
    tracker.merge_report(report("2"))
    await clock.advance(25)
    quiet = [outage.is_silent]
    await clock.advance(1)
    quiet.append(outage.is_silent)
    assert quiet == [False, True]
    assert outage.note(is_live=True)
    assert outage.live_since_s == 31.0
    assert outage.end() == "back after 26 s, 2 orders updated"
    assert outage.end() == ""
    outage.note(is_live=False)
    tracker.merge_report(report("2", OrderState.FILLED, filled="100"))
    outage.note(is_live=True)
    assert outage.end() == "back after 0 s, 1 order updated"


@pytest.mark.parametrize(
    ("held_s", "step_ms", "confirmed_ms", "words"),
    [
        (3.0, 0, NOW_MS, ""),
        (3.1, 0, NOW_MS, "it was confirmed 3 s ago"),
        (0, 0, NOW_MS - 3_000, ""),
        (0, 0, NOW_MS - 7_400, "it was confirmed 7 s ago"),
        (0, 60_000, NOW_MS, "it was confirmed 60 s ago"),
        (5, -60_000, NOW_MS, "it was confirmed 5 s ago"),
    ],
)
def test_an_order_gets_old_by_either_clock(held_s: float, step_ms: int, confirmed_ms: int, words: str) -> None:
    """Three seconds after the key press an order is too old, whichever of the two clocks says so."""
    clock = VirtualClock(NOW_MS)
    approved = Approved(
        client_order_id="x",
        request=request(),
        confirmation=Confirmation(at_ms=confirmed_ms, by="key", reference=Decimal("0.1")),
        given_s=clock.monotonic_s(),
    )
    clock.hold(held_s)
    clock.step_ms = step_ms
    told = approved.too_old(clock)
    assert told.startswith(words)
    assert bool(told) == bool(words)
