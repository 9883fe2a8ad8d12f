"""Cancels: what each answer leads to, the disk that must not hold them, and everything at once."""

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError, NetworkError
from hbtui.model.order import (
    Accepted,
    CancelAnswer,
    CancelOutcome,
    Order,
    OrderReport,
    OrderState,
    Refused,
    Unknown,
)
from hbtui.trading.desk import CancelReport, Desk, NotSettled
from tests.support.memory_journal import MemoryJournal
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import ACCOUNT_ID, NOW_MS, fill, intent, report, request
from tests.support.virtual_clock import VirtualClock, settle

MARGIN_ID = 8


class SlowDisk(MemoryJournal):
    """A journal that never gets a cancel onto the disk, and takes a moment to give up."""

    is_given_up = False

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Wait for ever."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await settle()
            self.is_given_up = True
        await super().record_cancel(key, at_ms)


@dataclass
class Rig:
    """A desk and what is around it."""

    exchange: ScriptedExchange
    journal: MemoryJournal

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.broken: list[str] = []
        self.desk = Desk(
            exchange=self.exchange,
            journal=self.journal,
            clock=self.clock,
            mode=Mode.DEMO,
            on_journal_broken=self.broken.append,
        )

    def order(self) -> Order:
        """The only order."""
        (order,) = self.desk.tracker
        return order

    async def in_doubt(self) -> str:
        """Send an order whose answer is lost."""
        self.exchange.outcomes = [Unknown("no answer in time")]
        return (await self.desk.submit(request())).key


def rig(*reports: OrderReport, journal: MemoryJournal | None = None) -> Rig:
    """A desk that knows these orders, at a venue that has them."""
    made = Rig(ScriptedExchange(), journal or MemoryJournal())
    made.exchange.reports = {one.order_id: one for one in reports}
    for one in reports:
        made.desk.tracker.merge_report(one)
    return made


async def cancelled(made: Rig, key: str = "1", within_s: float = 120) -> CancelOutcome:
    """Cancel an order and let time pass until that is over."""
    task = asyncio.create_task(made.desk.cancel(key))
    await made.clock.advance(within_s)
    assert task.done()
    return await task


ERROR = "order-orderstate-error"


@pytest.mark.parametrize(
    ("answer", "named", "truth", "filled", "end"),
    [
        (CancelAnswer.ALREADY_FINAL, None, OrderState.CANCELED, "0", OrderState.CANCELED),
        (CancelAnswer.ALREADY_FINAL, None, OrderState.FILLED, "100", OrderState.FILLED),
        (CancelAnswer.ALREADY_FINAL, OrderState.PARTIALLY_CANCELED, OrderState.PARTIALLY_CANCELED, "40", None),
        (CancelAnswer.ALREADY_FINAL, OrderState.CANCELED, OrderState.CANCELED, "0", OrderState.CANCELED),
        (CancelAnswer.ALREADY_FINAL, OrderState.FILLED, OrderState.FILLED, "100", OrderState.FILLED),
        (CancelAnswer.REQUESTED, OrderState.CANCELING, OrderState.CANCELED, "0", OrderState.CANCELED),
        (CancelAnswer.REQUESTED, None, OrderState.FILLED, "100", OrderState.FILLED),
        (CancelAnswer.NOT_FOUND, None, OrderState.CANCELED, "0", OrderState.CANCELED),
        (CancelAnswer.FORBIDDEN, None, OrderState.FILLED, "100", OrderState.FILLED),
    ],
)
async def test_each_answer_leads_to_the_venues_word_on_the_order(
    answer: CancelAnswer, named: OrderState | None, truth: OrderState, filled: str, end: OrderState | None
) -> None:
    """Whatever the cancel was answered, the end shown is the one that the order itself names, with its trades."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(answer, named, ERROR, "It was over.")]
    made.exchange.reports["1"] = report("1", truth, filled=filled)
    if filled != "0":
        made.exchange.own_fills = (fill(1, filled, fee="0.1"),)
    await cancelled(made)
    assert made.order().state is (end or truth)
    assert len(made.order().fills) == (filled != "0")
    assert made.exchange.cancelled == ["1"]


async def test_an_order_that_is_over_without_a_record_is_unproven() -> None:
    """Where the venue calls it over, and has no record of how, its trades are read and a person has the last word."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.ALREADY_FINAL, None, ERROR, "Closed long ago.")]
    made.exchange.reports = {}
    made.exchange.own_fills = (fill(1, "40", fee="0.1"),)
    await cancelled(made)
    assert (made.order().state, made.order().filled_base) == (OrderState.UNPROVEN, Decimal(40))
    assert made.order().cause == "the exchange closed it long ago, and no longer says how it ended"
    made.desk.tracker.merge_report(report("1", OrderState.PARTIALLY_CANCELED, filled="40"))
    assert made.order().state is OrderState.PARTIALLY_CANCELED


async def test_an_order_that_cannot_be_asked_for_is_not_called_over() -> None:
    """An answer that does not come is no missing record: the order stays as it was last known."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.ALREADY_FINAL, None, ERROR, "Closed long ago.")]
    made.exchange.failing["order 1"] = NetworkError("No answer.")
    await cancelled(made)
    assert made.order().state is OrderState.SUBMITTED


async def test_trades_that_cannot_be_read_leave_the_order_unproven() -> None:
    """Where not even the trades can be read, the order is unproven all the same."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.ALREADY_FINAL, None, ERROR, "Closed long ago.")]
    made.exchange.reports = {}
    made.exchange.failing["fills_of 1"] = NetworkError("No answer.")
    await cancelled(made)
    assert made.order().state is OrderState.UNPROVEN


async def test_a_cancel_is_asked_again_in_growing_pauses() -> None:
    """While no answer comes the cancel is repeated after 0.5, 1, 2, 5, 10 and 30 s, and then given up, in words."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.UNKNOWN, text="No answer.")] * 20
    task = asyncio.create_task(made.desk.cancel("1"))
    counts = []
    for pause_s in (0.4, 0.2, 1.0, 2.0, 5.0, 10.0, 30.0, 100.0):
        await made.clock.advance(pause_s)
        counts.append(len(made.exchange.cancelled))
    assert counts == [1, 2, 3, 4, 5, 6, 7, 7]
    assert await task == CancelOutcome(CancelAnswer.UNKNOWN, text="No answer.")
    assert made.order().is_cancel_requested


async def test_a_cancel_that_was_taken_and_lost_is_asked_again() -> None:
    """Where the order still stands long after its cancel was taken, it is cancelled again."""
    made = rig(report("1"))
    task = asyncio.create_task(made.desk.cancel("1"))
    await made.clock.advance(18.2)
    assert made.exchange.cancelled == ["1"]
    await made.clock.advance(0.6)
    assert made.exchange.cancelled == ["1", "1"]
    made.exchange.reports["1"] = report("1", OrderState.CANCELED)
    await made.clock.advance(60)
    assert (await task).answer is CancelAnswer.REQUESTED
    assert made.order().state is OrderState.CANCELED


async def test_an_order_that_was_not_found_and_yet_stands_is_cancelled_again() -> None:
    """An answer of "not found" is no end: the order is read, and as it still stands it is asked to go once more."""
    made = rig(report("1"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.NOT_FOUND, text="Not found.")]
    task = asyncio.create_task(made.desk.cancel("1"))
    await made.clock.advance(0.6)
    assert made.exchange.cancelled == ["1", "1"]
    made.exchange.reports["1"] = report("1", OrderState.CANCELED)
    await made.clock.advance(5)
    assert await task == CancelOutcome(CancelAnswer.REQUESTED)


async def test_a_doubtful_order_is_cancelled_by_its_client_id_and_by_its_own_once_known() -> None:
    """While only the client order id is known it is used; once the venue's id is known, that one."""
    made = rig()
    key = await made.in_doubt()
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.UNKNOWN)]
    task = asyncio.create_task(made.desk.cancel(key))
    await settle()
    assert made.exchange.cancelled == [key]
    made.exchange.reports["9"] = report("9", client_order_id=key)
    await made.clock.advance(0.6)
    # once by the cancel's own repetition, once because the order appeared: a cancel may be repeated
    assert made.exchange.cancelled[:2] == [key, "9"]
    assert set(made.exchange.cancelled[1:]) == {"9"}
    made.exchange.reports["9"] = report("9", OrderState.CANCELED, client_order_id=key)
    await made.clock.advance(60)
    assert task.done()
    assert made.order().state is OrderState.CANCELED
    await made.desk.close()


async def test_a_wished_cancel_survives_a_restart() -> None:
    """An order in doubt that was to be cancelled is cancelled by the next run, the moment it appears on any way."""
    first = rig()
    key = await first.in_doubt()
    await first.desk.cancel(key)
    await first.desk.close()
    assert first.journal.cancels == [key]
    again = rig(journal=first.journal)
    (recovered,) = await again.desk.recover()
    assert recovered.client_order_id == key
    assert (again.order().state, again.order().is_cancel_requested) == (OrderState.UNCERTAIN, True)
    assert again.order().cause == "the program ended before the answer was known"
    # the private stream says it, and whoever merges it tells the desk
    again.exchange.reports["9"] = report("9", client_order_id=key)
    told = again.desk.tracker.merge_report(again.exchange.reports["9"])
    assert told is not None
    again.desk.noticed(told)
    await settle()
    assert again.exchange.cancelled == ["9"]
    again.desk.noticed(told)
    await settle()
    assert again.exchange.cancelled == ["9"]
    await again.desk.close()


async def test_an_order_that_appears_filled_is_not_cancelled() -> None:
    """A wish to cancel that comes too late for the order sends nothing."""
    made = rig()
    key = await made.in_doubt()
    await made.desk.cancel(key)
    made.exchange.cancelled.clear()
    told = made.desk.tracker.merge_report(report("9", OrderState.FILLED, client_order_id=key, filled="100"))
    assert told is not None
    made.desk.noticed(told)
    await settle()
    assert made.exchange.cancelled == []


async def test_two_orders_under_one_id_are_both_cancelled() -> None:
    """In a conflict of two orders under one client order id, cancelling means both."""
    meant = intent()
    made = rig()
    made.desk.tracker.add_intent(meant)
    for order_id in ("1", "2"):
        made.desk.tracker.merge_report(report(order_id, client_order_id=meant.client_order_id))
    assert made.order().state is OrderState.CONFLICT
    assert "2 orders under one client order id: 1, 2" in made.order().cause
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.REQUESTED), CancelOutcome(CancelAnswer.FORBIDDEN)]
    task = asyncio.create_task(made.desk.cancel(meant.client_order_id))
    await settle()
    assert made.exchange.cancelled == ["1", "2"]
    await made.clock.advance(120)
    assert (await task).answer is CancelAnswer.FORBIDDEN
    await made.desk.close()


async def test_a_cancel_names_the_pair_and_what_nobody_knows_is_told() -> None:
    """The pair goes with the cancel, one by one or of a batch that was not answered; an unknown key has its words."""
    made = rig(report("1"), replace(report("2"), symbol="btcusdt"))
    made.exchange.failing["cancel_many"] = NetworkError("No answer.")
    one = asyncio.create_task(made.desk.cancel("1"))
    await settle()
    everything = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID], "btcusdt"))
    await settle()
    assert [call for call in made.exchange.calls if call.startswith("cancel ")] == ["cancel dogeusdt", "cancel btcusdt"]
    made.exchange.reports = {}
    one.cancel()
    await made.clock.advance(3)
    assert (await everything).asked == 1
    told = await made.desk.cancel("none")
    assert told == CancelOutcome(CancelAnswer.NOT_FOUND, text="no such order is known here")


async def test_a_final_order_whose_trades_are_missing_is_read_again() -> None:
    """A cancel of an order that ended reads the trades that are still missing, and of a whole order nothing."""
    made = rig(report("1", OrderState.FILLED, filled="100"))
    made.exchange.own_fills = (fill(1, "100", fee="0.2"),)
    await cancelled(made)
    assert len(made.order().fills) == 1
    asked = list(made.exchange.calls)
    await cancelled(made)
    assert made.exchange.calls == asked


async def test_all_accounts_go_in_one_sweep_and_each_problem_is_told_once() -> None:
    """Orders of several accounts are asked to go at once; different problems are told side by side."""
    made = rig(report("1"), replace(report("2"), account_id=MARGIN_ID))
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID, MARGIN_ID]))
    await settle()
    assert sorted(made.exchange.cancelled) == ["1", "2"]
    made.exchange.failing[f"open_orders {ACCOUNT_ID}"] = NetworkError("No answer.")
    made.exchange.failing[f"open_orders {MARGIN_ID}"] = NetworkError("Junk.")
    await made.clock.advance(60)
    assert await task == CancelReport(asked=2, remaining=0, problem="No answer.; Junk.")


async def test_the_list_must_be_empty_twice() -> None:
    """One empty list is not enough: an order that appears right after it goes as well."""
    made = rig()
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID]))
    await settle()
    assert not task.done()
    made.exchange.reports["1"] = report("1")
    await made.clock.advance(0.5)
    assert made.exchange.cancelled == ["1"]
    made.exchange.reports = {}
    await made.clock.advance(0.5)
    assert not task.done()
    await made.clock.advance(0.5)
    assert await task == CancelReport(asked=1, remaining=0)


async def test_an_order_in_doubt_is_not_forgotten_when_everything_is_to_go() -> None:
    """An order in doubt is in no list: cancelling all says that it may be live, and cancels it when it is found."""
    made = rig()
    key = await made.in_doubt()
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID], "dogeusdt"))
    await made.clock.advance(2)
    told = await task
    assert (told.asked, told.remaining) == (0, 0)
    assert told.problem == "1 in doubt may still be live, to be cancelled when found"
    assert made.journal.cancels == [key]
    made.exchange.reports["1"] = replace(report("1"), client_order_id=key)
    made.desk.tracker.merge_report(made.exchange.reports["1"])
    made.desk.noticed(key)
    await settle()
    assert made.exchange.cancelled == ["1"]
    await made.desk.close()


async def test_an_order_in_doubt_elsewhere_is_left_alone_when_everything_here_is_to_go() -> None:
    """Cancelling all of another pair or account neither touches an order in doubt nor speaks of it."""
    made = rig()
    key = await made.in_doubt()
    for account_id, symbol in ((ACCOUNT_ID, "btcusdt"), (MARGIN_ID, None)):
        task = asyncio.create_task(made.desk.cancel_all([account_id], symbol))
        await made.clock.advance(2)
        assert await task == CancelReport(asked=0, remaining=0)
    order = made.desk.tracker.find(key)
    assert order is not None
    assert not order.is_cancel_requested
    assert made.journal.cancels == []


async def test_a_slow_disk_does_not_hold_a_cancel() -> None:
    """The cancel goes out although writing it down takes for ever, and closing does not wait for ever either."""
    disk = SlowDisk()
    made = rig(report("1"), journal=disk)
    task = asyncio.create_task(made.desk.cancel("1"))
    await settle()
    assert made.exchange.cancelled == ["1"]
    made.exchange.reports["1"] = report("1", OrderState.CANCELED)
    await made.clock.advance(1)
    assert (await task).answer is CancelAnswer.REQUESTED
    await made.desk.close()
    assert (disk.cancels, disk.is_given_up) == ([], True)


async def test_what_is_done_is_not_kept() -> None:
    """A session of any length holds no more than the cancels that are still to be written down."""
    made = rig(report("1"))
    made.exchange.reports["1"] = report("1", OrderState.CANCELED)
    await cancelled(made)
    assert made.journal.cancels == ["1"]
    assert made.desk._cancelling._tasks == set()


async def test_all_that_stands_in_the_way_of_an_end_is_told() -> None:
    """An account that cannot be read and an order in doubt are both named, as two things."""
    made = rig()
    await made.in_doubt()
    made.exchange.failing[f"open_orders {ACCOUNT_ID}"] = NetworkError("No answer.")
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID]))
    await made.clock.advance(120)
    told = await task
    assert told.problem == "No answer.; 1 in doubt may still be live, to be cancelled when found"
    await made.desk.close()


async def test_everything_goes_in_batches_past_a_broken_journal() -> None:
    """A hundred and twenty orders are asked to go fifty at a time, whatever the journal says."""
    made = rig(*(report(str(number)) for number in range(1, 121)))
    made.journal.reason = "The disk is full."
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID]))
    await settle()
    assert sorted(len(batch) for batch in made.exchange.batches) == [20, 50, 50]
    assert len(set(made.exchange.cancelled)) == 120
    assert {order.state for order in made.desk.tracker} == {OrderState.CANCELING}
    made.exchange.reports = {}
    await made.clock.advance(2)
    assert await task == CancelReport(asked=120, remaining=0)
    assert made.broken == []


async def test_a_batch_without_an_answer_is_asked_for_one_by_one() -> None:
    """Where a batch says nothing about any of its orders, each of them is asked to go by itself."""
    made = rig(report("1"), report("2"))
    made.exchange.failing["cancel_many"] = NetworkError("No answer.")
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID]))
    await settle()
    assert sorted(made.exchange.cancelled) == ["1", "2"]
    assert {order.state for order in made.desk.tracker} == {OrderState.CANCELING}
    made.exchange.reports = {}
    await made.clock.advance(2)
    assert (await task).asked == 2


async def test_everything_of_every_account_goes_though_one_cannot_be_read() -> None:
    """An account whose list cannot be read is a problem in words; the others' orders go meanwhile, and then its own."""
    margin = replace(report("2"), account_id=MARGIN_ID)
    made = rig(report("1"), margin)
    made.exchange.failing[f"open_orders {MARGIN_ID}"] = NetworkError("No answer.")
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID, MARGIN_ID]))
    await settle()
    assert made.exchange.cancelled == ["1"]
    made.exchange.reports.pop("1")
    await made.clock.advance(5)
    assert not task.done()
    made.exchange.failing.clear()
    await made.clock.advance(1)
    assert "2" in made.exchange.cancelled
    made.exchange.reports = {}
    await made.clock.advance(2)
    assert await task == CancelReport(asked=2, remaining=0)


async def test_what_cannot_be_read_for_long_is_a_problem() -> None:
    """Where no list answers the sweep ends after its bound, and says why."""
    made = rig(report("1"))
    for account_id in (ACCOUNT_ID, MARGIN_ID):
        made.exchange.failing[f"open_orders {account_id}"] = NetworkError("No answer.")
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID, MARGIN_ID]))
    await made.clock.advance(30)
    assert await task == CancelReport(asked=0, remaining=0, problem="No answer.")


async def test_orders_that_are_being_cancelled_are_asked_again_now_and_then() -> None:
    """What was taken is left to go; a cancel that was lost is repeated at every tenth look, and all of it ends."""
    made = rig(report("1"))
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID], "dogeusdt"))
    await made.clock.advance(30)
    assert await task == CancelReport(asked=1, remaining=1)
    assert made.exchange.cancelled == ["1"] * 4


async def test_reading_an_order_again_tells_whether_there_is_a_record() -> None:
    """An order is read by the id that is known, with its missing trades; nobody's order is no question."""
    made = rig(report("1", OrderState.PARTIALLY_FILLED, filled="40"))
    made.exchange.own_fills = (fill(1, "40", fee="0.1"),)
    await made.desk.reread("1")
    assert len(made.order().fills) == 1
    asked = list(made.exchange.calls)
    await made.desk.reread("nothing")
    assert made.exchange.calls == asked == ["order 1", "fills_of 1"]


@pytest.mark.parametrize("state", [OrderState.UNPROVEN, OrderState.CONFLICT])
async def test_a_person_settles_what_cannot_be_proven(state: OrderState) -> None:
    """An order that stays unproven or contradictory is signed off once that is written down, and not taken up again."""
    made = rig()
    key = await made.in_doubt()
    if state is OrderState.UNPROVEN:
        made.desk.tracker.merge_proof(key, state)
    else:
        made.desk.tracker.merge_outcome(key, Accepted("1"), NOW_MS)
        made.desk.tracker.merge_outcome(key, Accepted("2"), NOW_MS)
    await made.desk.sign_off(key)
    assert (made.order().state, made.order().is_signed_off) == (state, True)
    assert await made.journal.unresolved() == ()
    assert await rig(journal=made.journal).desk.recover() == ()


async def test_what_a_person_settled_is_open_again_once_the_venue_speaks() -> None:
    """A sign-off settles the order as it stood: news of it are shown as ever."""
    made = rig()
    key = await made.in_doubt()
    made.desk.tracker.merge_proof(key, OrderState.UNPROVEN)
    await made.desk.sign_off(key)
    made.desk.tracker.merge_report(report("1", client_order_id=key))
    assert (made.order().state, made.order().is_signed_off) == (OrderState.SUBMITTED, False)


async def test_an_external_conflict_needs_no_line_in_the_journal() -> None:
    """An order of another program may be in conflict too; it is settled for this run."""
    made = rig(report("1", OrderState.FILLED, filled="100"))
    made.desk.tracker.merge_report(report("1", OrderState.CANCELED))
    await made.desk.sign_off("1")
    assert (made.order().is_signed_off, made.journal.sign_offs) == (True, [])


@pytest.mark.parametrize("outcome", [Accepted("1"), Refused("x", "no"), Unknown("no answer")])
async def test_only_what_cannot_be_proven_is_signed_off(outcome: Accepted | Refused | Unknown) -> None:
    """Nothing that is known, or may still become known, can be signed off; nor what nobody knows."""
    made = rig()
    made.exchange.outcomes = [outcome]
    order = await made.desk.submit(request())
    for key in (order.key, "nothing"):
        with pytest.raises(NotSettled) as told:
            await made.desk.sign_off(key)
        assert str(told.value) == "Only an order that is unproven or in conflict can be signed off."
    assert not made.order().is_signed_off


async def test_a_sign_off_that_cannot_be_written_settles_nothing() -> None:
    """What the next start would not know of is not settled."""
    made = rig()
    key = await made.in_doubt()
    made.desk.tracker.merge_proof(key, OrderState.UNPROVEN)
    made.journal.reason = "The disk is full."
    with pytest.raises(JournalError, match="full"):
        await made.desk.sign_off(key)
    assert not made.order().is_signed_off


async def test_a_batch_answers_order_by_order() -> None:
    """Of a batch only the orders whose cancel was taken are being cancelled; the others are asked again."""
    made = rig(report("1"), report("2"))
    made.exchange.cancel_outcomes = [CancelOutcome(CancelAnswer.REQUESTED), CancelOutcome(CancelAnswer.UNKNOWN)]
    task = asyncio.create_task(made.desk.cancel_all([ACCOUNT_ID]))
    await settle()
    assert {order.key: order.state for order in made.desk.tracker} == {
        "1": OrderState.CANCELING,
        "2": OrderState.SUBMITTED,
    }
    assert all(order.is_cancel_requested for order in made.desk.tracker)
    made.exchange.reports.pop("1")
    await made.clock.advance(0.5)
    assert made.exchange.cancelled == ["1", "2", "2"]
    made.exchange.reports = {}
    await made.clock.advance(2)
    assert (await task).asked == 2
