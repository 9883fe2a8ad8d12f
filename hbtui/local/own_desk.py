"""The desk of this process for its own commands and for those of other processes: each order judged, then sent once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hbtui.local.facts import FreshFacts, Reading
from hbtui.local.ports import CancelEnd, Judged, Planned
from hbtui.model.entry import JournalEntry
from hbtui.model.order import Confirmation, Order, OrderReport, OrderRequest, OrderState, Side
from hbtui.trading.client_ids import made_ms
from hbtui.trading.desk import CancelReport
from hbtui.trading.gate_context import gate_context
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.pacing import pacing_against
from hbtui.trading.ports import Clock, Exchange, Journal, JournalError
from hbtui.trading.recall import Recall
from hbtui.trading.risk import blocking, findings, value_of
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.together import together
from hbtui.trading.views import Denied, Finding, Severity, VenueView

__all__ = ["MOST_CANCELS", "MOST_ORDERS", "OwnDesk"]

MOST_ORDERS, MOST_CANCELS = 10, 50
"""What HTX takes in one request (HTX docs, batch-orders and batchcancel)."""
_DAY_MS = 24 * 3600 * 1000
_READING_MS = 10_000
_FRESH_MS = 60_000
_UNCERTAIN_LIMIT_S = 10.0
_SEEN_LIMIT_S = 5.0
_CANCEL_LIMIT_S = 10.0
_LOOK_LIMIT_S = 4.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.2


@dataclass(frozen=True, slots=True)
class _Verdict:
    found: tuple[Finding, ...]
    value: Decimal | None
    reference: Decimal | None


class OwnDesk:
    """Implements ``OrderDesk`` on the desk that this process holds; one event loop's own."""

    def __init__(
        self,
        *,
        shared: SharedDesk,
        exchange: Exchange,
        journal: Journal,
        venue: VenueView,
        clock: Clock,
        write_down: Callable[[], Awaitable[None]] | None = None,
        is_closing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._shared = shared
        self._desk = shared.desk
        self._exchange = exchange
        self._journal = journal
        self._venue = venue
        self._clock = clock
        self._write_down = write_down or _nothing
        self._is_closing = is_closing
        self._used: set[str] = set()
        self._recall = Recall(journal, shared.desk.tracker, self._desk.learned)
        self.facts = FreshFacts(exchange, clock)

    async def judge(self, requests: Sequence[OrderRequest]) -> tuple[Judged, ...]:
        """See ``OrderDesk``."""
        reading = await self._read(requests)
        return tuple(Judged(one.found, one.reference) for one in self._verdicts(requests, reading, None))

    async def place(self, planned: Sequence[Planned], confirmation: Confirmation) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        if not 1 <= len(planned) <= MOST_ORDERS:
            raise _denied("BATCH", f"from one to {MOST_ORDERS} orders can be sent at once")
        requests = [one.request for one in planned]
        begun_s = self._clock.monotonic_s()
        reading, _ = await together(self._read(requests), self._require_new(planned))
        with self._shared.guard.placing:
            verdicts = self._verdicts(requests, reading, self._put_off(confirmation, begun_s))
            allowed = confirmation.allowed
            if against := [one for verdict in verdicts for one in blocking(verdict.found, allowed)]:
                raise Denied(tuple(against))
            # an open order of long ago, which the venue finds by its own id alone, is in the list that was just read
            taken = self._used | {order.client_order_id for order in self._desk.tracker}
            if any(one.client_order_id in taken for one in planned):
                raise _denied("CLIENT_ORDER_ID", "the client order id was used before")
            self._used.update(one.client_order_id for one in planned)
            for request, verdict in zip(requests, verdicts, strict=True):
                self._shared.guard.note(Sent(request, self._clock.now_ms(), verdict.value))
        orders = await self._send(planned, confirmation, verdicts)
        await asyncio.gather(*(self._settle(order.key) for order in orders))
        await self._write_down()
        return tuple(self._desk.tracker.find(one.key) or one for one in orders)

    def handed_over(self, client_order_id: str) -> Order | None:
        """See ``OrderDesk``: of an order that was sent here, from the moment on that its intent is written down."""
        tracker = self._desk.tracker
        is_sent = client_order_id in self._used and tracker.intent_of(client_order_id) is not None
        return tracker.find(client_order_id) if is_sent else None

    async def cancel(self, keys: Sequence[str]) -> tuple[CancelEnd, ...]:
        """See ``OrderDesk``."""
        if len(keys) > MOST_CANCELS:
            raise _denied("BATCH", f"at most {MOST_CANCELS} orders can be cancelled at once")
        ends = await asyncio.gather(*(self._cancel(key) for key in keys))
        await self._write_down()
        return tuple(ends)

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None) -> CancelReport:
        """See ``OrderDesk``."""
        report = await self._desk.cancel_all(account_ids, symbol)
        await self._write_down()
        return report

    async def orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        await self._look_up_uncertain()
        await self._take_up(account_ids, symbol)
        await self._write_down()
        accounts = {None, *account_ids}
        unfinished = (order for order in self._desk.tracker if not (order.is_final or order.is_signed_off))
        shown = [one for one in unfinished if one.account_id in accounts and symbol in {None, one.symbol}]
        return tuple(sorted(shown, key=lambda order: (order.is_open, -order.created_ms)))

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``OrderDesk``."""
        return await self._journal.audit(key)

    async def _read(self, requests: Sequence[OrderRequest]) -> Reading:
        """Read the facts, and the open orders whose worth counts against the caps."""
        account_id = self._shared.account_id
        await self._take_up(sorted({account_id, *(request.account_id for request in requests)}), None)
        return await self.facts.read(requests, account_id, {one.symbol for one in self._desk.tracker if one.is_open})

    async def _take_up(self, account_ids: Sequence[int], symbol: str | None) -> None:
        """Join the open orders; those that an earlier command sent, under whatever id, are own ones."""
        for report in await self.facts.open_orders(account_ids, symbol):
            self._learn(report)
        await self._recall.run()

    def _put_off(self, confirmation: Confirmation, begun_s: float) -> Confirmation:
        """Leave out the time that reading the facts took: they are of now, however slow the network is.

        Only so much of it as a network may take: after a suspended computer woke up, what was meant is over.
        """
        taken_ms = min(int((self._clock.monotonic_s() - begun_s) * 1000), _READING_MS)
        return replace(confirmation, at_ms=confirmation.at_ms + taken_ms)

    def _verdicts(
        self, requests: Sequence[OrderRequest], reading: Reading, confirmation: Confirmation | None
    ) -> list[_Verdict]:
        """Judge each as if those before it were sent already; together they are one request to the exchange."""
        guard, now_ms = self._shared.guard, self._clock.now_ms()
        trial = Guard(guard.caps)
        trial.restore(guard.sent(now_ms))
        if guard.is_halted:
            trial.halt()
        verdicts: list[_Verdict] = []
        for request in requests:
            view = reading.view(request, self._venue, self._desk.tracker, guard.caps, self._shared.blocked())
            context = gate_context(view, request, now_ms, trial, confirmation=confirmation)
            found = findings(request, context)
            if verdicts:
                alone = gate_context(view, request, now_ms, guard, confirmation=confirmation)
                pace = [one for one in pacing_against(request, alone) if one.code == "RATE"]
                found = (*pace, *(one for one in found if one.code != "RATE"))
            value = value_of(request, context)
            reference = context.best_ask if request.side is Side.BUY else context.best_bid
            verdicts.append(_Verdict(found, value, reference))
            trial.note(Sent(request, now_ms, value))
        return verdicts

    async def _require_new(self, planned: Sequence[Planned]) -> None:
        """Refuse an id that was used before: HTX itself would take the order a second time."""
        if len({one.client_order_id for one in planned}) < len(planned):
            raise _denied("CLIENT_ORDER_ID", "two orders carry the same client order id")
        for one in planned:
            key = one.client_order_id
            if key in self._used or self._desk.tracker.find(key) is not None or await self._journal.audit(key):
                raise _denied("CLIENT_ORDER_ID", f"the client order id {key} was used before")
            if not self._is_fresh(key) and await self._is_at_venue(key):
                raise _denied("CLIENT_ORDER_ID", f"the exchange knows an order with the client order id {key}")

    def _is_fresh(self, key: str) -> bool:
        """Whether the id was made here a moment ago; an older one may be another order's, given a second time."""
        at_ms = made_ms(key)
        return at_ms is not None and abs(self._clock.now_ms() - at_ms) < _FRESH_MS

    async def _is_at_venue(self, key: str) -> bool:
        now_ms = self._clock.now_ms()
        if await self._exchange.order_by_client_id(key) is not None:
            return True
        # by client order id the venue finds a finished order for two hours only; the other may be of any pair
        finished = await self._exchange.finished_orders(start_ms=now_ms - _DAY_MS, end_ms=now_ms)
        return any(report.client_order_id == key for report in finished)

    async def _send(
        self, planned: Sequence[Planned], confirmation: Confirmation, verdicts: Sequence[_Verdict]
    ) -> tuple[Order, ...]:
        gates = [tuple(f"{one.code}: {one.text}" for one in verdict.found) for verdict in verdicts]
        if len(planned) == 1:
            (one,), (verdict,) = planned, verdicts
            order = await self._desk.send(
                one.client_order_id, one.request, confirmation, gate=gates[0], value=verdict.value
            )
            return (order,)
        return await self._desk.send_many(
            [(one.client_order_id, one.request) for one in planned],
            confirmation,
            gates=gates,
            values=[verdict.value for verdict in verdicts],
        )

    async def _settle(self, key: str) -> None:
        """Stay with a sent order until it is seen at the exchange, or its end is known; bounded."""
        self._shared.follow(key)
        order = self._desk.tracker.find(key)
        is_doubtful = order is not None and order.state is OrderState.UNCERTAIN
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UNCERTAIN_LIMIT_S if is_doubtful else _SEEN_LIMIT_S):
                pause_s = _FIRST_PAUSE_S
                while not self._is_settled(key):
                    if not is_doubtful:
                        await self._desk.reread(key)
                    await self._clock.sleep(pause_s)
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _is_settled(self, key: str) -> bool:
        if self._is_closing():
            return True  # who asked is told how it stands, and the next start looks on
        order = self._desk.tracker.find(key)
        if order is None or order.is_final or order.state in {OrderState.UNPROVEN, OrderState.CONFLICT}:
            return True
        return order.state is not OrderState.UNCERTAIN and self._desk.tracker.is_seen(key)

    async def _cancel(self, key: str) -> CancelEnd:
        order = await self._found(key)
        if order is not None and not order.is_final:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._desk.cancel(order.key), _CANCEL_LIMIT_S)
            order = self._desk.tracker.find(order.key)
        return CancelEnd(key, order)

    async def _found(self, key: str) -> Order | None:
        """Look an order up by either id; what looks like the venue's may still be a client order id."""
        tracker = self._desk.tracker
        if tracker.find(key) is None:
            report = await self._exchange.order(key) if key.isascii() and key.isdigit() and len(key) <= 20 else None
            report = report or await self._exchange.order_by_client_id(key) or await self._by_written_id(key)
            if report is None:
                return None
            self._learn(report)
            await self._recall.run()
            return tracker.find(report.order_id)
        return tracker.find(key)

    async def _by_written_id(self, key: str) -> OrderReport | None:
        """Ask by the venue's id as it was written down: by client order id an order is found for eight hours only."""
        with contextlib.suppress(JournalError):
            for entry in reversed(await self._journal.audit(key)):
                if order_id := entry.facts.get("order_id"):
                    return await self._exchange.order(order_id)
        return None

    def _learn(self, report: OrderReport) -> None:
        """Join what the exchange told; whoever looks for the order, or was to cancel it when found, hears of it."""
        self._desk.learned(self._desk.tracker.merge_report(report))

    async def _look_up_uncertain(self) -> None:
        doubtful = [one.key for one in self._desk.tracker if one.state is OrderState.UNCERTAIN and not one.is_external]
        for key in doubtful:
            self._shared.follow(key)
            self._desk.look_ups.wake(key)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_LIMIT_S):
                while not all(self._is_settled(key) for key in doubtful):
                    await self._clock.sleep(_LONGEST_PAUSE_S)


async def _nothing() -> None:
    """Write nothing down: whoever owns the desk does it by itself."""


def _denied(code: str, text: str) -> Denied:
    return Denied((Finding(code, text, Severity.ERROR),))
