"""What became of an order whose answer never came: looked for until it is found or proven absent, never guessed.

A look-up round asks in four ways. "Not found" is no proof by itself (HTX answers ``base-record-invalid`` also when
it merely failed to look), so absence needs the rules of :func:`verdict`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hbtui.model.errors import AnswerError, ExchangeError
from hbtui.model.order import Intent, OrderReport, OrderState
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.tracker import OrderTracker

__all__ = ["LEASE_S", "LookUps", "Round", "pause_after", "verdict"]

LEASE_S = 360.0
"""After signing, HTX takes the bytes for at most 300 s; one minute more for clocks and queues."""
_WINDOW_S = 2 * 3600.0
"""HTX answers by client order id for two hours after creation (HTX docs, getClientOrder)."""
_ROUNDS_APART_S = 10.0
_PAUSES_S = (0.3, 0.5, 1.2, 3.0, 5.0, 10.0)  # looks at 0.3, 0.8, 2, 5, 10 and 20 s
_LATER_S = 20.0
_BEYOND_S = 0.5
_HASTE_S = 60.0
_BEFORE_MS = 60_000
_SLICE_MS = 48 * 3600 * 1000 - 60_000
_MOST_SLICES = 60
_KEPT_MS = _MOST_SLICES * _SLICE_MS


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of look-ups said, with the order's age (seconds since it was signed) when it began."""

    age_s: float
    is_complete: bool
    """Every way of looking was answered, and an order known to exist was found (the control)."""
    is_link_up: bool
    """The private stream had been up since the last round began."""


def pause_after(rounds: int, age_s: float = 0.0) -> float:
    """Seconds to wait before the next round, after so many of them, of an order signed so long ago.

    The end of the lease is not missed, and the second round that a proof needs comes as soon as it counts.
    """
    pause_s = _PAUSES_S[rounds] if rounds < len(_PAUSES_S) else _LATER_S
    if age_s <= LEASE_S:
        return min(pause_s, LEASE_S + _BEYOND_S - age_s)
    return min(pause_s, _ROUNDS_APART_S + _BEYOND_S) if age_s < LEASE_S + _HASTE_S else pause_s


def verdict(rounds: Sequence[Round], *, is_clock_healthy: bool) -> OrderState:
    """Say what rounds that found nothing prove: ``NOT_PLACED``, ``UNPROVEN`` (the records end), or ``UNCERTAIN``.

    Absence is proven by two complete rounds at least ten seconds apart, both begun after the lease and before the
    venue's records end, the private stream up between them, and a clock that can be trusted.
    """
    if not rounds or not rounds[-1].is_complete or rounds[-1].age_s <= LEASE_S:
        return OrderState.UNCERTAIN
    last = rounds[-1]
    if last.age_s >= _WINDOW_S:
        return OrderState.UNPROVEN
    for number, first in enumerate(rounds[:-1]):
        is_apart = last.age_s - first.age_s >= _ROUNDS_APART_S
        is_up = all(one.is_link_up for one in rounds[number + 1 :])
        if first.is_complete and first.age_s > LEASE_S and is_apart and is_up and is_clock_healthy:
            return OrderState.NOT_PLACED
    return OrderState.UNCERTAIN


@dataclass(slots=True)
class _Search:
    intent: Intent
    started_s: float
    """When it was signed, on the monotonic clock."""
    rounds: list[Round] = field(default_factory=list)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class LookUps:
    """Looks for uncertain orders, one search each; ``on_change`` hears the key of each that changed, or ``None``."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        tracker: OrderTracker,
        clock: Clock,
        on_change: Callable[[str | None], None],
        link_up_since_s: Callable[[], float | None] = lambda: 0.0,
    ) -> None:
        self._exchange = exchange
        self._tracker = tracker
        self._clock = clock
        self._changed = on_change
        self._link_up_since_s = link_up_since_s
        self._searches: dict[str, _Search] = {}

    def wake(self, key: str | None = None) -> None:
        """Look now instead of at the next check: for one order, or for all (the link came back)."""
        for client_order_id, search in self._searches.items():
            if key is None or key == client_order_id:
                search.wake.set()

    def noticed(self, key: str) -> None:
        """Hear that an order changed: a search for one that is found ends at once."""
        if key in self._searches and not self._is_open(key):
            self._searches[key].wake.set()

    async def resolve(self, intent: Intent) -> OrderState:
        """Look until the order is seen at the venue, proven absent, or no longer provable; return the state.

        Where somebody looks for it already, that search is waited for.
        """
        key = intent.client_order_id
        while (running := self._searches.get(key)) is not None:
            await running.over.wait()
        # of an earlier run only the wall clock can tell the age; of this one the difference is nothing
        age_s = max(0.0, (self._clock.now_ms() - intent.created_ms) / 1000)
        search = self._searches[key] = _Search(intent, self._clock.monotonic_s() - age_s)
        try:
            while self._is_open(key):
                await self._pause(search)
                if self._is_open(key):
                    await self._round(search)
        finally:
            del self._searches[key]
            search.over.set()
            self._changed(self._tracker.set_next_check(key, None))
        order = self._tracker.find(key)
        return order.state if order is not None else OrderState.UNCERTAIN

    def _is_open(self, key: str) -> bool:
        order = self._tracker.find(key)
        return order is not None and order.state in {OrderState.UNCERTAIN, OrderState.SENDING}

    async def _pause(self, search: _Search) -> None:
        """Wait for the next check, or until somebody wants it now."""
        seconds = pause_after(len(search.rounds), self._clock.monotonic_s() - search.started_s)
        at_ms = self._clock.now_ms() + int(seconds * 1000)
        self._changed(self._tracker.set_next_check(search.intent.client_order_id, at_ms))
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(search.wake.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        search.wake.clear()

    async def _round(self, search: _Search) -> None:
        started_s = self._clock.monotonic_s()
        is_complete = await self._look(search)
        key = search.intent.client_order_id
        if not self._is_open(key):
            return
        up_since = self._link_up_since_s()
        previous_s = search.started_s + search.rounds[-1].age_s if search.rounds else started_s
        is_link_up = up_since is not None and up_since <= previous_s
        search.rounds.append(Round(started_s - search.started_s, is_complete, is_link_up))
        proven = verdict(search.rounds, is_clock_healthy=self._is_clock_healthy(search))
        if proven is not OrderState.UNCERTAIN:
            self._changed(self._tracker.merge_proof(key, proven))

    def _is_clock_healthy(self, search: _Search) -> bool:
        """Whether wall clock and monotonic clock agree on the order's age, and the venue's clock is near."""
        wall_s = (self._clock.now_ms() - search.intent.created_ms) / 1000
        offset_ms = self._exchange.clock_offset_ms
        is_near = offset_ms is not None and abs(offset_ms) <= 10_000
        return is_near and abs(wall_s - (self._clock.monotonic_s() - search.started_s)) < 5

    async def _look(self, search: _Search) -> bool:
        """Ask in every way; join all that is told; say whether every question was answered."""
        intent = search.intent
        for step in (self._by_id, self._by_lists, self._by_fills, self._control):
            if not self._is_open(intent.client_order_id):
                return True
            try:
                await step(intent)
            except ExchangeError:
                return False
        return True

    async def _by_id(self, intent: Intent) -> None:
        self._learn(await self._exchange.order_by_client_id(intent.client_order_id))

    async def _by_lists(self, intent: Intent) -> None:
        """Look among the open and the finished orders of the symbol."""
        request = intent.request
        for report in await self._exchange.open_orders(request.account_id, request.symbol):
            self._learn(report)
        for start_ms, end_ms in self._slices(intent):
            for report in await self._exchange.finished_orders(start_ms=start_ms, end_ms=end_ms, symbol=request.symbol):
                self._learn(report)

    async def _by_fills(self, intent: Intent) -> None:
        """Look for trades; HTX's list names no client order id, so the order behind an unknown one is asked for."""
        for start_ms, end_ms in self._slices(intent):
            for fill in await self._exchange.fills(start_ms=start_ms, end_ms=end_ms, symbol=intent.request.symbol):
                self._changed(self._tracker.merge_fill(fill))
                order = self._tracker.find(fill.order_id)
                # an order that nobody reported yet has a trade's words only, and may be the one that is looked for
                if order is not None and not order.venue_type and fill.side is intent.request.side:
                    self._learn(await self._exchange.order(fill.order_id))

    async def _control(self, intent: Intent) -> None:
        """Ask for an order that is known to exist; an exchange that cannot find it proves nothing by not finding."""
        known = [
            order
            for order in self._tracker
            if order.is_open and order.order_id and order.symbol == intent.request.symbol
        ]
        if known and known[0].order_id is not None and await self._exchange.order(known[0].order_id) is None:
            message = "an order that exists was not found"
            raise AnswerError(message)

    def _slices(self, intent: Intent) -> list[tuple[int, int]]:
        """Cut the time since a minute before signing into windows that HTX answers (48 hours).

        Of an intent that bears a time to come nobody knows when it was signed: all that the venue keeps is looked at.
        """
        now_ms = self._clock.now_ms() + _BEFORE_MS
        is_dated = intent.created_ms <= now_ms
        starts = range(intent.created_ms - _BEFORE_MS if is_dated else now_ms - _KEPT_MS, now_ms, _SLICE_MS)
        return [(start, min(start + _SLICE_MS, now_ms)) for start in starts][-_MOST_SLICES:]

    def _learn(self, report: OrderReport | None) -> None:
        if report is not None:
            self._changed(self._tracker.merge_report(report))
