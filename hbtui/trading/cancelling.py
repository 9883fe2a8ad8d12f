"""Cancels: asked again until they are answered, and ended by nothing but the venue's word on the order itself."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hbtui.model.errors import ExchangeError, JournalError
from hbtui.model.order import CancelAnswer, CancelOutcome, OrderReport, OrderState
from hbtui.trading.ports import Clock, Exchange, Journal
from hbtui.trading.tracker import OrderTracker

__all__ = ["CancelReport", "Cancelling"]

_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_LOOKS_S = (0.2, 0.8, 2.0, 5.0, 10.0)
_SWEEP_PAUSE_S = 0.5
_SWEEPS = 40
_ASK_AGAIN = 10
_A_BATCH = 50
_AT_ONCE = 8
_LAST_MOMENT_S = 0.5
_IN_DOUBT = frozenset({OrderState.SENDING, OrderState.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What came of cancelling everything: how many orders were asked to go, and how many still stand."""

    asked: int
    remaining: int
    problem: str = ""


class Cancelling:
    """Cancels one order or all of them; no gate, no halt and no disk stands in its way. One loop's own."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        journal: Journal,
        tracker: OrderTracker,
        clock: Clock,
        on_change: Callable[[str | None], None],
        on_journal_broken: Callable[[str], None],
    ) -> None:
        self._exchange = exchange
        self._journal = journal
        self._tracker = tracker
        self._clock = clock
        self._changed = on_change
        self._on_journal_broken = on_journal_broken
        self._on_sight: set[str] = set()
        self._tasks: set[asyncio.Task[object]] = set()

    def wish(self, key: str) -> None:
        """Note that an order that is not known yet is to be cancelled the moment it appears."""
        self._changed(self._tracker.request_cancel(key))
        self._on_sight.add(key)

    def noticed(self, key: str) -> None:
        """Hear that an order changed: a wished cancel is sent as soon as there is something to cancel."""
        order = self._tracker.find(key)
        if key not in self._on_sight or order is None or not order.order_id:
            return
        self._on_sight.discard(key)
        if not order.is_final:
            self._spawn(self.cancel(key))

    async def cancel(self, key: str) -> CancelOutcome:
        """Ask to cancel, again while that is not answered; the end itself comes from the venue's word on the order.

        While the venue's id is not known it is asked by client order id, and again by the venue's once that is known.
        """
        self._changed(self._tracker.request_cancel(key))
        # written down beside everything else: a slow or broken disk must not hold a cancel
        self._spawn(self._write(key, self._clock.now_ms()))
        order = self._tracker.find(key)
        if order is not None and not order.is_final and not order.order_id:
            self._on_sight.add(key)
        outcome = await self._once(key)
        for pause_s in _PAUSES_S:
            await self._see_end(key, outcome)
            if not self._is_wanted_again(key, outcome):
                break
            await self._clock.sleep(pause_s)
            await self.reread(key)
            outcome = await self._once(key)
        return outcome

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None = None) -> CancelReport:
        """Cancel every open order of the accounts, listed afresh until the lists are empty twice.

        Bounded, and honest about what still stands and what could not be read. An order in doubt is in no list: it is
        cancelled the moment it appears, and until its end is known nothing is said to be over.
        """
        self._wish_doubtful(account_ids, symbol)
        asked: set[str] = set()
        remaining, empty, problem = 0, 0, ""
        for sweep in range(_SWEEPS):
            reports, problem = await self._listed(account_ids, symbol)
            remaining = len(reports)
            for report in reports:
                self._changed(self._tracker.merge_report(report))
            empty = 0 if reports or problem else empty + 1
            if empty == 2:
                break
            # what was not taken yet is asked again at each sweep, what was taken now and then, should it have been lost
            is_again = sweep % _ASK_AGAIN == 0
            await self._cancel_each([one for one in reports if is_again or not self._is_canceling(one.order_id)])
            asked.update(report.order_id for report in reports)
            await self._clock.sleep(_SWEEP_PAUSE_S)
        if count := len(self._doubtful(account_ids, symbol)):
            in_doubt = f"{count} in doubt may still be live, to be cancelled when found"
            problem = "; ".join(filter(None, (problem, in_doubt)))
        return CancelReport(len(asked), remaining, problem)

    async def reread(self, key: str) -> bool:
        """Ask for one order and its missing trades; ``False`` where the venue answered that it has no record of it."""
        order = self._tracker.find(key)
        if order is None:
            return True
        try:
            if order.order_id:
                report = await self._exchange.order(order.order_id)
            else:
                report = await self._exchange.order_by_client_id(order.client_order_id)
            if report is not None:
                self._changed(self._tracker.merge_report(report))
            if order.order_id and self._tracker.lacks_fills(key):
                await self._read_fills(order.order_id)
        except ExchangeError:
            return True
        return report is not None

    async def close(self) -> None:
        """Give what is on its way to the disk or to the venue a last moment."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_MOMENT_S)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _read_fills(self, order_id: str) -> None:
        for fill in await self._exchange.fills_of(order_id):
            self._changed(self._tracker.merge_fill(fill))

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, key: str, at_ms: int) -> None:
        try:
            await self._journal.record_cancel(key, at_ms)
        except JournalError as error:
            self._on_journal_broken(str(error))

    def _is_canceling(self, order_id: str) -> bool:
        order = self._tracker.find(order_id)
        return order is not None and order.state is OrderState.CANCELING

    def _is_wanted_again(self, key: str, outcome: CancelOutcome) -> bool:
        """Whether asking again may help: nothing was said, or the order still stands after it was taken."""
        order = self._tracker.find(key)
        if order is None or order.is_final or outcome.answer in {CancelAnswer.ALREADY_FINAL, CancelAnswer.FORBIDDEN}:
            return False
        return outcome.answer is CancelAnswer.UNKNOWN or order.is_open

    async def _once(self, key: str) -> CancelOutcome:
        order = self._tracker.find(key)
        if order is None:
            return CancelOutcome(CancelAnswer.NOT_FOUND, text="no such order is known here")
        if order.is_final:
            return CancelOutcome(CancelAnswer.ALREADY_FINAL, order.state)
        if not order.order_id:
            outcome = await self._exchange.cancel_by_client_id(order.client_order_id)
        else:
            # of two orders under one client order id both are meant to go
            answers = [await self._exchange.cancel(one, order.symbol) for one in self._tracker.order_ids(key)]
            outcome = next((one for one in answers if one.answer is not CancelAnswer.REQUESTED), answers[0])
        if outcome.answer is CancelAnswer.REQUESTED:
            self._changed(self._tracker.accept_cancel(key))
        return outcome

    async def _see_end(self, key: str, outcome: CancelOutcome) -> None:
        """Ask for the order until its end is known; the private stream usually says it first."""
        order = self._tracker.find(key)
        is_whole = order is None or (order.is_final and not self._tracker.lacks_fills(key))
        if is_whole or outcome.answer is CancelAnswer.UNKNOWN:
            return
        is_on_record = outcome.answer is CancelAnswer.REQUESTED or await self.reread(key)
        for pause_s in _LOOKS_S:
            if self._is_over(key) or outcome.answer is CancelAnswer.NOT_FOUND:
                return
            await self._clock.sleep(pause_s)
            if not self._is_over(key):
                is_on_record = await self.reread(key)
        if outcome.answer is CancelAnswer.ALREADY_FINAL and not is_on_record and not self._is_over(key):
            await self._close(key)

    async def _close(self, key: str) -> None:
        """Take the venue at its word that the order is over, and read the trades, which it keeps for longer."""
        self._changed(self._tracker.close(key))
        for order_id in self._tracker.order_ids(key):
            with suppress(ExchangeError):
                await self._read_fills(order_id)

    def _is_over(self, key: str) -> bool:
        order = self._tracker.find(key)
        return order is None or order.is_final or not order.order_id

    def _doubtful(self, account_ids: Sequence[int], symbol: str | None) -> list[str]:
        """Own orders that may exist at the venue although no list shows them."""
        return [
            order.key
            for order in self._tracker
            if order.state in _IN_DOUBT and order.account_id in account_ids and symbol in {None, order.symbol}
        ]

    def _wish_doubtful(self, account_ids: Sequence[int], symbol: str | None) -> None:
        for key in self._doubtful(account_ids, symbol):
            self.wish(key)
            self._spawn(self._write(key, self._clock.now_ms()))

    async def _listed(self, account_ids: Sequence[int], symbol: str | None) -> tuple[list[OrderReport], str]:
        """Every open order of the accounts that answer, and what the others said."""
        found: list[OrderReport] = []
        problems: list[str] = []
        for account_id in account_ids:
            try:
                found += await self._exchange.open_orders(account_id, symbol)
            except ExchangeError as error:
                problems.append(str(error))
        return found, "; ".join(dict.fromkeys(problems))

    async def _cancel_each(self, reports: Sequence[OrderReport]) -> None:
        """Ask for many at once, a few requests at a time, leaving the looking to the sweep."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def batch(some: Sequence[OrderReport]) -> None:
            for report in some:
                self._changed(self._tracker.request_cancel(report.order_id))
            async with slots:
                answers = await self._exchange.cancel_many([report.order_id for report in some])
            if len(answers) == len(some) and any(one.answer is not CancelAnswer.UNKNOWN for one in answers):
                self._taken(some, answers)
            else:
                await asyncio.gather(*(single(report) for report in some))

        async def single(report: OrderReport) -> None:
            async with slots:
                self._taken([report], [await self._exchange.cancel(report.order_id, report.symbol)])

        await asyncio.gather(*(batch(reports[at : at + _A_BATCH]) for at in range(0, len(reports), _A_BATCH)))

    def _taken(self, reports: Sequence[OrderReport], answers: Sequence[CancelOutcome]) -> None:
        for report, outcome in zip(reports, answers, strict=True):
            if outcome.answer is CancelAnswer.REQUESTED:
                self._changed(self._tracker.accept_cancel(report.order_id))
