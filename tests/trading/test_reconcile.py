"""Orders in doubt: looked for until found, proven absent, or no longer provable."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.errors import NetworkError
from hbtui.model.order import Fill, Intent, OrderReport, OrderState, Side, Unknown
from hbtui.trading.reconcile import LEASE_S, LookUps, Round, pause_after, verdict
from hbtui.trading.tracker import OrderTracker
from tests.support.scripted_exchange import ScriptedExchange
from tests.support.trading_values import NOW_MS, fill, intent, report
from tests.support.virtual_clock import VirtualClock

HOUR_S = 3600.0


class Search:
    """One uncertain order being looked for."""

    def __init__(self, meant: Intent | None = None, *, up_since: float | None = 0.0) -> None:
        self.exchange = ScriptedExchange()
        self.clock = VirtualClock(NOW_MS)
        self.tracker = OrderTracker()
        self.intent = meant or intent()
        self.up_since = up_since
        self.tracker.add_intent(self.intent)
        self.tracker.merge_outcome(self.intent.client_order_id, Unknown("no answer in time"), NOW_MS)
        self.changed: list[str | None] = []
        self.look_ups = LookUps(
            exchange=self.exchange,
            tracker=self.tracker,
            clock=self.clock,
            on_change=self.changed.append,
            link_up_since_s=lambda: self.up_since,
        )
        self.task = asyncio.create_task(self.look_ups.resolve(self.intent))

    def state(self) -> OrderState:
        """What is shown of the order."""
        order = self.tracker.find(self.intent.client_order_id)
        assert order is not None
        return order.state

    async def end(self) -> None:
        """Stop looking."""
        self.task.cancel()
        await asyncio.wait({self.task})


def test_the_schedule() -> None:
    """Looks come at 0.3, 0.8, 2, 5, 10 and 20 seconds, then every 20."""
    looks = [sum(pause_after(number) for number in range(count + 1)) for count in range(8)]
    assert [round(look, 3) for look in looks] == [0.3, 0.8, 2, 5, 10, 20, 40, 60]


@pytest.mark.parametrize(
    ("age_s", "pause_s"),
    [(0, 20), (340, 20), (340.5, 20), (341, 19.5), (360, 0.5), (360.5, 10.5), (419.9, 10.5), (420, 20), (7200, 20)],
)
def test_the_schedule_meets_the_end_of_the_lease(age_s: float, pause_s: float) -> None:
    """The first look after the lease comes right after it, the second as soon as it counts, then all is as before."""
    assert pause_after(6, age_s) == pause_s
    assert pause_after(0, 0.1) == 0.3


async def test_absence_is_proven_within_twelve_seconds_of_the_lease() -> None:
    """Where every look is answered, the two rounds of the proof follow the lease's end without delay."""
    search = Search()
    await search.clock.advance(LEASE_S + 10.9)
    assert search.state() is OrderState.UNCERTAIN
    await search.clock.advance(1)
    assert search.state() is OrderState.NOT_PLACED


@pytest.mark.parametrize(
    ("way", "blind", "state"),
    [
        ("by client id", {"open_orders", "finished_orders"}, OrderState.SUBMITTED),
        ("among the open", {"order_by_client_id"}, OrderState.SUBMITTED),
        ("among the finished", {"order_by_client_id", "open_orders"}, OrderState.FILLED),
        ("by its trade", {"order_by_client_id", "open_orders", "finished_orders"}, OrderState.SUBMITTED),
    ],
)
async def test_each_way_finds_the_order(way: str, blind: set[str], state: OrderState) -> None:
    """Whichever way of looking sees the order, alone, its state follows at the next look."""
    search = Search()
    search.exchange.blind = blind
    await search.clock.advance(0.31)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.reports["9"] = report("9", state, client_order_id=search.intent.client_order_id)
    if way == "by its trade":
        search.exchange.own_fills = (fill(1, "40", order_id="9"),)
        state = OrderState.PARTIALLY_FILLED
    await search.clock.advance(0.5)
    assert search.state() is state
    assert search.task.done()
    assert search.intent.client_order_id in search.changed


async def test_absence_is_proven_only_after_the_lease() -> None:
    """An order that nobody ever saw stays uncertain through the lease, and is proven absent soon after it."""
    search = Search()
    await search.clock.advance(LEASE_S)
    assert search.state() is OrderState.UNCERTAIN
    await search.clock.advance(60)
    assert search.state() is OrderState.NOT_PLACED
    assert await search.task is OrderState.NOT_PLACED


async def test_a_late_order_is_never_called_absent() -> None:
    """An order that arrives 290 seconds late is found, whatever was not found before."""
    search = Search()
    await search.clock.advance(290)
    search.exchange.reports["9"] = report("9", client_order_id=search.intent.client_order_id)
    await search.clock.advance(25)
    assert search.state() is OrderState.SUBMITTED


@pytest.mark.parametrize("name", ["order_by_client_id", "open_orders 7", "finished_orders", "fills"])
async def test_a_question_without_an_answer_proves_nothing(name: str) -> None:
    """While one of the ways of looking fails, nothing is proven; once all answer again, it is."""
    search = Search()
    search.exchange.failing[name] = NetworkError("No answer.")
    await search.clock.advance(LEASE_S + 300)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.failing.clear()
    await search.clock.advance(60)
    assert search.state() is OrderState.NOT_PLACED


async def test_an_exchange_that_finds_nothing_at_all_proves_nothing() -> None:
    """Where an order known to be open is not found either, "not found" is worthless."""
    search = Search()
    search.tracker.merge_report(report("77"))
    await search.clock.advance(LEASE_S + 300)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.reports["77"] = report("77")
    await search.clock.advance(60)
    assert search.state() is OrderState.NOT_PLACED


async def test_a_link_that_was_away_delays_the_proof() -> None:
    """The private stream must have been up between the two rounds."""
    search = Search(up_since=None)
    await search.clock.advance(LEASE_S + 300)
    assert search.state() is OrderState.UNCERTAIN
    search.up_since = search.clock.monotonic_s()
    await search.clock.advance(60)
    assert search.state() is OrderState.NOT_PLACED


async def test_a_stepped_clock_proves_nothing() -> None:
    """A wall clock that was set ahead ends no lease, and a clock that cannot be trusted proves nothing."""
    search = Search()
    await search.clock.advance(5)
    search.clock.step_ms = 3_600_000
    await search.clock.advance(200)
    assert search.state() is OrderState.UNCERTAIN
    await search.clock.advance(LEASE_S)
    assert search.state() is OrderState.UNCERTAIN
    search.clock.step_ms = 0
    search.exchange.clock_offset_ms = None
    await search.clock.advance(60)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.clock_offset_ms = 20
    await search.clock.advance(60)
    assert search.state() is OrderState.NOT_PLACED


async def test_beyond_the_venues_records_nothing_can_be_proven() -> None:
    """After an outage of days the order is unproven; every window that was asked for is one that HTX answers."""
    search = Search(intent(created_ms=NOW_MS - 5 * 86_400_000))
    await search.clock.advance(1)
    assert search.state() is OrderState.UNPROVEN
    assert search.exchange.calls.count("finished_orders") == 3


async def test_an_order_of_yesterday_is_still_found() -> None:
    """An order that filled while the program was off is found by its trades and their order."""
    search = Search(intent(created_ms=NOW_MS - 86_400_000))
    key = search.intent.client_order_id
    search.exchange.failing["order_by_client_id"] = NetworkError("No answer.")
    await search.clock.advance(1)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.failing.clear()
    search.exchange.reports["9"] = report("9", OrderState.FILLED, client_order_id=key, filled="100", spent="10")
    await search.clock.advance(2)
    assert search.state() is OrderState.FILLED


async def test_an_order_of_an_earlier_run_has_the_age_that_the_wall_clock_tells() -> None:
    """An order signed a hundred minutes before the start is as old as that, and two looks prove its absence."""
    search = Search(intent(created_ms=NOW_MS - 6_000_000))
    await search.clock.advance(21)
    assert search.state() is OrderState.NOT_PLACED


async def test_a_search_that_ended_announces_no_next_look() -> None:
    """Whoever stops looking takes the time of the next look off the screen, and says that the order changed."""
    search = Search()
    await search.clock.advance(1)
    search.changed.clear()
    await search.end()
    order = search.tracker.find(search.intent.client_order_id)
    assert order is not None
    assert order.next_check_ms is None
    assert search.changed == [search.intent.client_order_id]


async def test_what_nobody_recorded_stays_uncertain() -> None:
    """An order that the tracker does not know is not looked for, and nothing is said of it."""
    search = Search()
    other = intent(created_ms=NOW_MS + 1, seed=b"9876543210")
    assert await search.look_ups.resolve(other) is OrderState.UNCERTAIN
    assert search.exchange.calls == []
    await search.end()


async def test_somebody_else_with_the_same_id_is_a_conflict() -> None:
    """A hit with other numbers than were asked for is shown as a contradiction."""
    search = Search()
    key = search.intent.client_order_id
    search.exchange.reports["9"] = replace(report("9", client_order_id=key), amount=Decimal(101))
    await search.clock.advance(1)
    assert search.state() is OrderState.CONFLICT


async def test_looking_now_does_not_wait() -> None:
    """A person, or a link that came back, makes the next look come at once; the schedule shows when the next one is."""
    search = Search()
    await search.clock.advance(30)
    asked = len(search.exchange.calls)
    order = search.tracker.find(search.intent.client_order_id)
    assert order is not None
    assert order.next_check_ms == NOW_MS + 40_000
    search.look_ups.wake(search.intent.client_order_id)
    await search.clock.advance(0)
    assert len(search.exchange.calls) > asked
    search.look_ups.wake("another order")
    asked = len(search.exchange.calls)
    await search.clock.advance(0)
    assert len(search.exchange.calls) == asked
    await search.end()


rounds = st.lists(
    st.builds(
        Round,
        age_s=st.floats(min_value=0, max_value=9000, allow_nan=False),
        is_complete=st.booleans(),
        is_link_up=st.booleans(),
    ),
    max_size=8,
).map(lambda made: sorted(made, key=lambda one: one.age_s))


@given(rounds, st.sampled_from([True, False]))
def test_no_proof_without_its_conditions(made: list[Round], is_healthy: object) -> None:
    """Absence is never called proven without two complete rounds after the lease, in time, and a sound clock."""
    proven = verdict(made, is_clock_healthy=is_healthy is True)
    good = [one for one in made if one.is_complete and LEASE_S < one.age_s < 2 * HOUR_S]
    if proven is OrderState.NOT_PLACED:
        assert is_healthy
        assert made[-1] in good
        assert any(made[-1].age_s - one.age_s >= 10 for one in good)
        assert made[-1].is_link_up
    assert proven in {OrderState.NOT_PLACED, OrderState.UNPROVEN, OrderState.UNCERTAIN}


@pytest.mark.parametrize(
    ("ages", "proven"),
    [
        ((), OrderState.UNCERTAIN),
        ((350.0, 361.0), OrderState.UNCERTAIN),
        ((361.0,), OrderState.UNCERTAIN),
        ((361.0, 370.0), OrderState.UNCERTAIN),
        ((361.0, 371.0), OrderState.NOT_PLACED),
        ((360.0, 380.0), OrderState.UNCERTAIN),
        ((360.0,), OrderState.UNCERTAIN),
        ((361.0, 7200.0), OrderState.UNPROVEN),
        ((7200.0,), OrderState.UNPROVEN),
    ],
)
def test_the_edges_of_the_proof(ages: tuple[float, ...], proven: OrderState) -> None:
    """The lease, the ten seconds and the two hours are where they are said to be."""
    made = [Round(age, is_complete=True, is_link_up=True) for age in ages]
    assert verdict(made, is_clock_healthy=True) is proven


async def test_two_who_look_for_one_order_share_a_search() -> None:
    """A second search for the same order waits for the first, and goes on by itself where that one is given up."""
    search = Search()
    second = asyncio.create_task(search.look_ups.resolve(search.intent))
    await search.clock.advance(1)
    assert search.exchange.calls.count("order_by_client_id") == 2
    await search.end()
    search.exchange.reports["9"] = report("9", client_order_id=search.intent.client_order_id)
    await search.clock.advance(1)
    assert await second is OrderState.SUBMITTED
    assert search.exchange.calls.count("order_by_client_id") == 3


async def test_an_order_that_is_found_elsewhere_ends_its_search_at_once() -> None:
    """News that ends the doubt end the search; news that do not, and news of others, leave it as it is."""
    search = Search()
    await search.clock.advance(1)
    key = search.intent.client_order_id
    search.look_ups.noticed(key)
    search.look_ups.noticed("another order")
    await search.clock.advance(0)
    assert not search.task.done()
    search.tracker.merge_report(report("9", client_order_id=key))
    search.look_ups.noticed(key)
    await search.clock.advance(0)
    assert search.task.done()
    assert search.exchange.calls.count("order_by_client_id") == 2


async def test_a_trade_on_the_other_side_is_nobodys_order() -> None:
    """Only trades of the own side can be the order's: another order is asked for by the control alone."""
    search = Search()
    search.exchange.own_fills = (replace(fill(1, order_id="8"), side=Side.SELL),)
    await search.clock.advance(1)
    assert search.exchange.calls.count("fills") == 2
    assert search.exchange.calls.count("order 8") == 2
    await search.end()


async def test_the_order_behind_a_trade_is_asked_for_until_it_is_told() -> None:
    """Where reading the order behind a trade fails, the next look asks again; once it was told, nobody asks."""
    search = Search()
    search.exchange.own_fills = (fill(1, order_id="9"),)
    search.exchange.failing["order 9"] = NetworkError("No answer.")
    await search.clock.advance(1)
    assert search.exchange.calls.count("order 9") == 2
    search.exchange.failing.clear()
    search.exchange.blind = {"order_by_client_id", "open_orders", "finished_orders"}
    search.exchange.reports["9"] = report("9", client_order_id=search.intent.client_order_id, filled="40")
    await search.clock.advance(2)
    assert search.state() is OrderState.PARTIALLY_FILLED
    assert search.exchange.calls.count("order 9") == 3


async def test_every_look_is_woken_by_a_link_that_came_back() -> None:
    """Without a key all searches look now."""
    search = Search()
    await search.clock.advance(30)
    asked = search.exchange.calls.count("order_by_client_id")
    search.look_ups.wake()
    await search.clock.advance(0)
    assert search.exchange.calls.count("order_by_client_id") == asked + 1
    await search.end()


@pytest.mark.parametrize("offset_ms", [-10_001, 10_001])
async def test_a_clock_far_from_the_venues_proves_nothing(offset_ms: int) -> None:
    """Ten seconds off is the most that a proof may rest on, in either direction."""
    search = Search()
    search.exchange.clock_offset_ms = offset_ms
    await search.clock.advance(LEASE_S + 100)
    assert search.state() is OrderState.UNCERTAIN
    search.exchange.clock_offset_ms = 10_000 if offset_ms > 0 else -10_000
    await search.clock.advance(40)
    assert search.state() is OrderState.NOT_PLACED


async def test_the_windows_begin_a_minute_before_signing_and_end_a_minute_after_now() -> None:
    """Clocks differ: what is asked for reaches a minute beyond either end, in pieces of less than two days."""
    windows: list[tuple[int, int, str | None]] = []

    class Watched(ScriptedExchange):
        async def finished_orders(
            self, *, start_ms: int, end_ms: int, symbol: str | None = None
        ) -> tuple[OrderReport, ...]:
            """Note the window."""
            windows.append((start_ms, end_ms, symbol))
            return await super().finished_orders(start_ms=start_ms, end_ms=end_ms, symbol=symbol)

    meant = intent(created_ms=NOW_MS - 3 * 86_400_000)
    tracker, clock = OrderTracker(), VirtualClock(NOW_MS)
    tracker.add_intent(meant)
    looking = LookUps(exchange=Watched(), tracker=tracker, clock=clock, on_change=lambda _: None)
    task = asyncio.create_task(looking.resolve(meant))
    await clock.advance(0.31)
    assert await task is OrderState.UNPROVEN
    start_ms, middle_ms = meant.created_ms - 60_000, meant.created_ms - 60_000 + 48 * 3600 * 1000 - 60_000
    assert windows == [
        (start_ms, middle_ms, "dogeusdt"),
        (middle_ms, NOW_MS + 300 + 60_000, "dogeusdt"),
    ]


async def test_an_order_of_a_time_to_come_is_looked_for_in_all_that_the_venue_keeps() -> None:
    """Signed by a clock that was ahead, it may be of any day: nothing less than months is called without effect."""
    asked: list[tuple[int, int]] = []

    class Watched(ScriptedExchange):
        async def fills(self, *, start_ms: int, end_ms: int, symbol: str | None = None) -> tuple[Fill, ...]:
            """Note the window."""
            asked.append((start_ms, end_ms))
            return await super().fills(start_ms=start_ms, end_ms=end_ms, symbol=symbol)

    meant = intent(created_ms=NOW_MS + 30 * 86_400_000)
    tracker, clock = OrderTracker(), VirtualClock(NOW_MS)
    tracker.add_intent(meant)
    looking = LookUps(exchange=Watched(), tracker=tracker, clock=clock, on_change=lambda _: None)
    task = asyncio.create_task(looking.resolve(meant))
    await clock.advance(0.31)
    assert asked[0][0] < NOW_MS - 118 * 86_400_000
    assert all(one[1] == other[0] for one, other in pairwise(asked))
    assert asked[-1][1] >= NOW_MS
    await clock.advance(2 * HOUR_S - 10)
    assert not task.done()
    await clock.advance(40)
    assert await task is OrderState.UNPROVEN


@pytest.mark.parametrize(
    ("ups", "proven"),
    [
        ((True, True), OrderState.NOT_PLACED),
        ((False, True), OrderState.NOT_PLACED),
        ((True, False), OrderState.UNCERTAIN),
        ((True, False, True), OrderState.NOT_PLACED),
        ((False, False, True, True), OrderState.NOT_PLACED),
    ],
)
def test_the_stream_is_up_from_the_first_round_to_the_last(ups: tuple[bool, ...], proven: OrderState) -> None:
    """A round says whether the stream was up since the one before it; between the two that prove it must be."""
    made = [Round(361.0 + 10 * number, is_complete=True, is_link_up=is_up) for number, is_up in enumerate(ups)]
    assert verdict(made, is_clock_healthy=True) is proven


async def test_a_stream_that_came_up_between_two_rounds_is_no_witness_yet() -> None:
    """After a reconnect two more rounds are needed, since what happened before it may not have been told."""
    search = Search(up_since=None)
    await search.clock.advance(LEASE_S + 15)
    looked = len(search.exchange.calls)
    search.up_since = search.clock.monotonic_s()
    while len(search.exchange.calls) == looked:
        await search.clock.advance(1)
    assert search.state() is OrderState.UNCERTAIN
    await search.clock.advance(21)
    assert search.state() is OrderState.NOT_PLACED


async def test_another_pairs_orders_are_no_control_and_are_not_asked_for() -> None:
    """What is asked is asked of the order's own pair; an order of another pair that is not found means nothing."""
    search = Search()
    search.tracker.merge_report(replace(report("77"), symbol="btcusdt"))
    search.tracker.merge_report(report("78", OrderState.FILLED))
    search.exchange.reports["79"] = replace(report("79"), symbol="btcusdt")
    search.exchange.own_fills = (replace(fill(1, order_id="80"), symbol="btcusdt"),)
    await search.clock.advance(LEASE_S + 40)
    assert search.state() is OrderState.NOT_PLACED
    assert {"order 77", "order 78"} & set(search.exchange.calls) == set()
    assert (search.tracker.find("79"), search.tracker.find("80")) == (None, None)


@pytest.mark.parametrize(("step_ms", "state"), [(4_000, OrderState.NOT_PLACED), (5_000, OrderState.UNCERTAIN)])
async def test_the_two_clocks_may_differ_by_less_than_five_seconds(step_ms: int, state: OrderState) -> None:
    """A small correction of the wall clock is no reason to distrust it; five seconds are."""
    search = Search()
    await search.clock.advance(1000.0 - LEASE_S - 300)
    search.clock.step_ms = step_ms
    await search.clock.advance(LEASE_S + 60)
    assert search.state() is state
    await search.end()


async def test_a_look_up_late_in_a_run_counts_from_its_own_signing() -> None:
    """The lease begins when the order was signed, however long the program had been running."""
    tracker, clock = OrderTracker(), VirtualClock(NOW_MS)
    await clock.advance(5000)
    meant = intent(created_ms=clock.now_ms())
    tracker.add_intent(meant)
    changed: list[str | None] = []
    looking = LookUps(exchange=ScriptedExchange(), tracker=tracker, clock=clock, on_change=changed.append)
    task = asyncio.create_task(looking.resolve(meant))
    await clock.advance(LEASE_S)
    order = tracker.find(meant.client_order_id)
    assert order is not None
    assert order.next_check_ms is not None
    await clock.advance(11.9)
    assert task.done()
    assert await task is OrderState.NOT_PLACED
    order = tracker.find(meant.client_order_id)
    assert order is not None
    assert order.next_check_ms is None
    assert changed[-1] in {None, meant.client_order_id}
