"""One order per confirmation: intent on disk, row on the screen, one POST ever, and three outcomes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from hbtui.model.account import Mode
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.order import (
    CancelAnswer,
    CancelOutcome,
    Intent,
    Order,
    OrderRequest,
    OrderState,
    Outcome,
    Refused,
    Unknown,
)
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.ports import Clock, Exchange, Journal
from hbtui.trading.reconcile import LookUps
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.views import Denied, Finding, Severity

__all__ = ["CancelReport", "Desk"]

_SLOW_DISK_S = 2.0
_SEEN_AFTER_S = (3.0, 5.0, 10.0, 20.0)
_CANCEL_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_CANCEL_LOOKS_S = (0.2, 0.8, 2.0, 5.0, 10.0)
_SWEEP_PAUSE_S = 0.5
_SWEEPS = 40
_ASK_AGAIN = 10
_CANCELS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What came of cancelling everything: how many orders were asked to go, and how many still stand."""

    asked: int
    remaining: int
    problem: str = ""


class Desk:
    """Sends and cancels. All calls belong to one event loop; none of them is ever repeated for a POST of an order."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        journal: Journal,
        clock: Clock,
        mode: Mode,
        tracker: OrderTracker | None = None,
        gate: Callable[[OrderRequest], tuple[Finding, ...]] = lambda _: (),
        on_change: Callable[[str], None] = lambda _: None,
        on_journal_broken: Callable[[str], None] = lambda _: None,
        link_up_since_s: Callable[[], float | None] = lambda: 0.0,
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._clock = clock
        self._mode = mode
        self.tracker = tracker if tracker is not None else OrderTracker()
        self.look_ups = LookUps(
            exchange=exchange,
            tracker=self.tracker,
            clock=clock,
            on_change=on_change,
            link_up_since_s=link_up_since_s,
        )
        self._gate = gate
        self._on_change = on_change
        self._on_journal_broken = on_journal_broken

    def new_id(self) -> str:
        """A client order id that was never used before; safe from any thread."""
        return new_client_order_id(self._mode, self._clock.now_ms())

    async def submit(self, request: OrderRequest) -> Order:
        """Pass the gate and send; return the order as it stands after the answer (accepted, refused or uncertain).

        Raises ``Denied`` where the gate says no and ``JournalError`` where the intent could not be made durable;
        in both cases nothing was sent.
        """
        against = self._gate(request)
        if any(finding.severity is Severity.ERROR for finding in against):
            raise Denied(against)
        return await self.send(self.new_id(), request)

    async def send(self, client_order_id: str, request: OrderRequest) -> Order:
        """Send a request that has passed the gate, under a fresh id. Raises ``JournalError``; then nothing was sent."""
        intent = Intent(
            client_order_id=client_order_id,
            request=request,
            body=self._exchange.body_of(client_order_id, request),
            created_ms=self._clock.now_ms(),
            host=self._exchange.host,
            mode=self._mode.value,
        )
        started_s = self._clock.monotonic_s()
        try:
            await self._journal.record_intent(intent)
        except JournalError as error:
            self._on_journal_broken(str(error))
            raise
        self._changed(self.tracker.add_intent(intent))
        if self._clock.monotonic_s() - started_s > _SLOW_DISK_S:
            text = "the journal's disk took too long: the order did not leave this computer"
            return await self._conclude(intent, Refused("JOURNAL_SLOW", text, is_sent=False))
        try:
            outcome = await self._exchange.place(intent)
        except asyncio.CancelledError:
            # the program is closing: the bytes may be out, and the next start looks for the order
            self._merge(intent, Unknown("the program was closed before the answer came"))
            raise
        return await self._conclude(intent, outcome)

    async def follow(self, client_order_id: str) -> None:
        """Stay with a sent order: look for it while uncertain, and ask for it where only an id is known."""
        order = self.tracker.find(client_order_id)
        intent = self.tracker.intent_of(client_order_id)
        if order is None or intent is None:
            return
        if order.state in {OrderState.UNCERTAIN, OrderState.SENDING}:
            await self.look_ups.resolve(intent)
            order = self.tracker.find(client_order_id) or order
            if order.is_open and order.is_cancel_requested:
                await self.cancel(client_order_id)
        for pause_s in _SEEN_AFTER_S:
            if self.tracker.is_seen(client_order_id) or not (order := self._current(order)).order_id:
                return
            await self._clock.sleep(pause_s)
            if not self.tracker.is_seen(client_order_id):
                await self.reread(client_order_id)

    async def recover(self) -> tuple[Intent, ...]:
        """Take up earlier runs' intents whose end is not known; each stays uncertain until :meth:`follow` ends it."""
        intents = await self._journal.unresolved()
        for intent in intents:
            self._changed(self.tracker.add_intent(intent))
            self._merge(intent, Unknown("the program ended before the answer was known"))
        return intents

    async def cancel(self, key: str) -> CancelOutcome:
        """Ask to cancel, again while no answer comes; the end itself comes from the venue's word on the order."""
        self._changed(self.tracker.request_cancel(key))
        try:
            await self._journal.record_cancel(key, self._clock.now_ms())
        except JournalError as error:
            self._on_journal_broken(str(error))  # a broken disk must not hold a cancel
        outcome = await self._cancel_once(key)
        for pause_s in _CANCEL_PAUSES_S:
            if outcome.answer is not CancelAnswer.UNKNOWN:
                break
            await self._clock.sleep(pause_s)
            await self.reread(key)
            order = self.tracker.find(key)
            if order is not None and order.is_final:
                return CancelOutcome(CancelAnswer.ALREADY_FINAL, order.state)
            outcome = await self._cancel_once(key)
        if outcome.answer is CancelAnswer.REQUESTED:
            self._changed(self.tracker.accept_cancel(key))
        await self._see_end(key, outcome)
        return outcome

    async def cancel_all(self, account_id: int, symbol: str | None = None) -> CancelReport:
        """Cancel every open order, listed afresh until the list is empty twice; bounded, and honest about the rest."""
        asked: set[str] = set()
        remaining, empty, problem = 0, 0, ""
        for sweep in range(_SWEEPS):
            try:
                reports = await self._exchange.open_orders(account_id, symbol)
            except ExchangeError as error:
                problem = str(error)
                await self._clock.sleep(_SWEEP_PAUSE_S)
                continue
            problem, remaining = "", len(reports)
            for report in reports:
                self._changed(self.tracker.merge_report(report))
            empty = 0 if reports else empty + 1
            if empty == 2:
                break
            # what was not taken yet is asked again at each sweep, what was taken now and then, should it have been lost
            is_again = sweep % _ASK_AGAIN == 0
            await self._cancel_each(
                [one.order_id for one in reports if is_again or not self._is_canceling(one.order_id)]
            )
            asked.update(report.order_id for report in reports)
            await self._clock.sleep(_SWEEP_PAUSE_S)
        return CancelReport(len(asked), remaining, problem)

    async def reread(self, key: str) -> None:
        """Ask for one order and its missing trades; an answer that does not come changes nothing."""
        order = self.tracker.find(key)
        if order is None:
            return
        try:
            if order.order_id:
                report = await self._exchange.order(order.order_id)
            else:
                report = await self._exchange.order_by_client_id(order.client_order_id)
            if report is not None:
                self._changed(self.tracker.merge_report(report))
            if order.order_id and self.tracker.lacks_fills(key):
                for fill in await self._exchange.fills_of(order.order_id):
                    self._changed(self.tracker.merge_fill(fill))
        except ExchangeError:
            return

    async def _conclude(self, intent: Intent, outcome: Outcome) -> Order:
        """Join the outcome, then write it down; the row is right even where the disk is not."""
        self._merge(intent, outcome)
        try:
            await self._journal.record_outcome(intent.client_order_id, outcome, self._clock.now_ms())
        except JournalError as error:
            self._on_journal_broken(str(error))
        order = self.tracker.find(intent.client_order_id)
        if order is None:  # an intent was added above, so the row exists
            message = "the order vanished from the tracker"
            raise RuntimeError(message)
        return order

    def _merge(self, intent: Intent, outcome: Outcome) -> None:
        self._changed(self.tracker.merge_outcome(intent.client_order_id, outcome, self._clock.now_ms()))

    def _changed(self, key: str | None) -> None:
        if key is not None:
            self._on_change(key)

    def _is_canceling(self, order_id: str) -> bool:
        order = self.tracker.find(order_id)
        return order is not None and order.state is OrderState.CANCELING

    def _current(self, order: Order) -> Order:
        return self.tracker.find(order.key) or order

    async def _cancel_once(self, key: str) -> CancelOutcome:
        order = self.tracker.find(key)
        if order is not None and order.is_final:
            return CancelOutcome(CancelAnswer.ALREADY_FINAL, order.state)
        if order is not None and order.order_id:
            return await self._exchange.cancel(order.order_id, order.symbol)
        if order is not None:
            return await self._exchange.cancel_by_client_id(order.client_order_id)
        return CancelOutcome(CancelAnswer.NOT_FOUND, text="no such order is known here")

    async def _cancel_each(self, order_ids: list[str]) -> None:
        """Ask for many at once, a few at a time, leaving the looking to the sweep."""
        slots = asyncio.Semaphore(_CANCELS_AT_ONCE)

        async def one(order_id: str) -> None:
            async with slots:
                self._changed(self.tracker.request_cancel(order_id))
                outcome = await self._cancel_once(order_id)
                if outcome.answer is CancelAnswer.REQUESTED:
                    self._changed(self.tracker.accept_cancel(order_id))

        await asyncio.gather(*(one(order_id) for order_id in order_ids))

    async def _see_end(self, key: str, outcome: CancelOutcome) -> None:
        """Ask for the order until its end is known; the private stream usually says it first."""
        if outcome.answer in {CancelAnswer.ALREADY_FINAL, CancelAnswer.NOT_FOUND}:
            await self.reread(key)
        for pause_s in _CANCEL_LOOKS_S:
            order = self.tracker.find(key)
            if order is None or order.is_final or not order.order_id:
                return
            await self._clock.sleep(pause_s)
            if not ((order := self.tracker.find(key)) and order.is_final):
                await self.reread(key)
