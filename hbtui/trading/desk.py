"""One order per confirmation: intent on disk, row on the screen, one POST ever, and three outcomes."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.model.order import (
    CancelOutcome,
    Confirmation,
    Intent,
    Order,
    OrderRequest,
    OrderState,
    Outcome,
    Refused,
    Unknown,
)
from hbtui.trading.cancelling import Cancelling, CancelReport
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.ports import Clock, Exchange, Journal
from hbtui.trading.posting import Posting
from hbtui.trading.reconcile import LookUps
from hbtui.trading.tracker import OrderTracker
from hbtui.trading.views import Denied, Finding, Severity

__all__ = ["CancelReport", "Desk", "NotSettled"]

_SLOW_DISK_S = 2.0
_SEEN_AFTER_S = (3.0, 5.0, 10.0, 20.0)
_TWO_TRUTHS = "two truths were told of it before hbtui was started again"
_SIGNED_OFF_AS = frozenset({OrderState.UNPROVEN, OrderState.CONFLICT})
_SLOW = Refused(
    "JOURNAL_SLOW", "the journal's disk took too long: the order did not leave this computer", is_sent=False
)


class NotSettled(Exception):
    """The order is not one that a person may sign off; ``str()`` says why."""


class Desk:
    """Sends and cancels. All calls belong to one event loop; none of them is ever repeated for a POST of an order.

    ``halted`` is asked right before the first byte of each POST leaves; ``on_alarm`` hears why no other order may
    follow; ``link_up_since_s`` says since when the private stream is up, which proofs of absence need.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        journal: Journal,
        clock: Clock,
        mode: Mode,
        tracker: OrderTracker | None = None,
        gate: Callable[[OrderRequest], tuple[Finding, ...]] = lambda _: (),
        halted: Callable[[], bool] = lambda: False,
        on_change: Callable[[str], None] = lambda _: None,
        on_journal_broken: Callable[[str], None] = lambda _: None,
        on_alarm: Callable[[str], None] = lambda _: None,
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
            on_change=self._changed,
            link_up_since_s=link_up_since_s,
        )
        self._cancelling = Cancelling(
            exchange=exchange,
            journal=journal,
            tracker=self.tracker,
            clock=clock,
            on_change=self._changed,
            on_journal_broken=on_journal_broken,
        )
        self._posting = Posting(exchange, clock, halted=halted, merge=self._merge, conclude=self._conclude)
        self._gate = gate
        self._on_change = on_change
        self._on_journal_broken = on_journal_broken
        self._on_alarm = on_alarm

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

    async def send(
        self,
        client_order_id: str,
        request: OrderRequest,
        confirmation: Confirmation | None = None,
        *,
        gate: tuple[str, ...] = (),
        value: Decimal | None = None,
    ) -> Order:
        """Send a request that has passed the gate, under a fresh id, and return the order as it stands after 3 s.

        ``gate`` is what the gate said, ``value`` the order's worth in USDT: both are journalled with the intent.
        Raises ``JournalError`` where that could not be made durable; then nothing was sent.
        """
        intent = self._intent(client_order_id, request, confirmation, gate, value)
        (order,) = await self._send((intent,))
        return order

    async def send_many(
        self,
        orders: Sequence[tuple[str, OrderRequest]],
        confirmation: Confirmation | None = None,
        *,
        gates: Sequence[tuple[str, ...]] = (),
        values: Sequence[Decimal | None] = (),
    ) -> tuple[Order, ...]:
        """Send up to ten requests in one POST, each under its fresh id; one order for each, in their order.

        All intents are made durable in one commit, or ``JournalError`` is raised and nothing was sent. ``gates`` and
        ``values`` belong to the orders in their order.
        """
        texts, worths = (*gates, *[()] * len(orders)), (*values, *[None] * len(orders))
        intents = [
            self._intent(key, request, confirmation, texts[at], worths[at]) for at, (key, request) in enumerate(orders)
        ]
        return await self._send(intents)

    async def follow(self, client_order_id: str) -> None:
        """Stay with a sent order: look for it while uncertain, and ask for it where only an id is known."""
        order = self.tracker.find(client_order_id)
        intent = self.tracker.intent_of(client_order_id)
        if order is None or intent is None:
            return
        if order.state in {OrderState.UNCERTAIN, OrderState.SENDING}:
            await self.look_ups.resolve(intent)
        for pause_s in _SEEN_AFTER_S:
            order = self.tracker.find(client_order_id)
            if order is None or not order.order_id or self.tracker.is_seen(client_order_id):
                return
            await self._clock.sleep(pause_s)
            if not self.tracker.is_seen(client_order_id):
                await self.reread(client_order_id)

    async def recover(self) -> tuple[Intent, ...]:
        """Take up earlier runs' intents whose end is not known; each stays uncertain until :meth:`follow` ends it.

        What was in conflict stays so until a person signs it off, and what was unproven until the venue says more. A
        cancel that was asked for then is sent the moment its order appears. Raises ``JournalError``.
        """
        intents = await self._journal.unresolved()
        wanted = await self._journal.cancels_wanted()
        for intent in intents:
            self._changed(self.tracker.add_intent(intent))
            self._merge((intent,), (Unknown("the program ended before the answer was known"),))
            if intent.client_order_id in wanted:
                self._cancelling.wish(intent.client_order_id)
        for intent, order_id, state in await self._journal.questionable():
            self._changed(self.tracker.adopt(intent, order_id))
            if state is OrderState.UNPROVEN:
                self._changed(self.tracker.close(intent.client_order_id))
            else:
                self._changed(self.tracker.contradict(intent.client_order_id, _TWO_TRUTHS))
        return intents

    async def sign_off(self, key: str) -> None:
        """Settle an order as it stands, because a person knows what became of it; written down first.

        Raises ``NotSettled`` for one that is neither unproven nor in conflict, ``JournalError`` where it could not be
        written: then it is not settled.
        """
        order = self.tracker.find(key)
        if order is None or order.state not in _SIGNED_OFF_AS:
            message = "Only an order that is unproven or in conflict can be signed off."
            raise NotSettled(message)
        if self.tracker.intent_of(key) is not None:
            await self._journal.record_sign_off(order.client_order_id, self._clock.now_ms())
        self._changed(self.tracker.sign_off(key, order.state))

    async def cancel(self, key: str) -> CancelOutcome:
        """Ask to cancel, again while that is not answered; the end itself comes from the venue's word on the order."""
        return await self._cancelling.cancel(key)

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None = None) -> CancelReport:
        """Cancel every open order of the accounts, listed afresh until the lists are empty twice; bounded."""
        return await self._cancelling.cancel_all(account_ids, symbol)

    async def reread(self, key: str) -> None:
        """Ask for one order and its missing trades; an answer that does not come changes nothing."""
        await self._cancelling.reread(key)

    def learned(self, key: str | None) -> None:
        """Hear that an order changed by another way than this desk, and let everybody know who listens to it."""
        self._changed(key)

    def noticed(self, key: str) -> None:
        """Hear that an order changed by another way than this desk: a search for it, and a wished cancel, go by it."""
        self.look_ups.noticed(key)
        self._cancelling.noticed(key)

    async def close(self) -> None:
        """Stop listening for late answers (they are in the journal as unknown) and finish what is being written."""
        await self._posting.close()
        await self._cancelling.close()

    def _intent(
        self,
        client_order_id: str,
        request: OrderRequest,
        confirmation: Confirmation | None,
        gate: tuple[str, ...],
        value: Decimal | None,
    ) -> Intent:
        now_ms = self._clock.now_ms()
        return Intent(
            client_order_id=client_order_id,
            request=request,
            body=self._exchange.body_of(client_order_id, request),
            created_ms=now_ms,
            host=self._exchange.host,
            mode=self._mode.value,
            confirmation=confirmation or Confirmation(at_ms=now_ms, by="program"),
            gate=gate,
            value=value,
        )

    async def _send(self, intents: Sequence[Intent]) -> tuple[Order, ...]:
        """Make the intents durable, then send them once."""
        started_s = self._clock.monotonic_s()
        try:
            if len(intents) == 1:
                await self._journal.record_intent(intents[0])
            else:
                await self._journal.record_intents(intents)
        except JournalError as error:
            self._on_journal_broken(str(error))
            raise
        for intent in intents:
            self._changed(self.tracker.add_intent(intent))
        if self._clock.monotonic_s() - started_s > _SLOW_DISK_S:
            await self._conclude(intents, [_SLOW] * len(intents))
        else:
            await self._posting.send(intents)
        orders = [self.tracker.find(intent.client_order_id) for intent in intents]
        return tuple(order for order in orders if order is not None)

    async def _conclude(self, intents: Sequence[Intent], outcomes: Sequence[Outcome]) -> None:
        """Join the outcomes, then write them down; the rows are right even where the disk is not."""
        self._merge(intents, outcomes)
        for intent, outcome in zip(intents, outcomes, strict=True):
            if isinstance(outcome, Refused | Unknown) and outcome.alarm:
                self._on_alarm(outcome.alarm)
            try:
                await self._journal.record_outcome(intent.client_order_id, outcome, self._clock.now_ms())
            except JournalError as error:
                self._changed(self.tracker.mark_unrecorded(intent.client_order_id))
                self._on_journal_broken(str(error))

    def _merge(self, intents: Sequence[Intent], outcomes: Sequence[Outcome]) -> None:
        for intent, outcome in zip(intents, outcomes, strict=True):
            self._changed(self.tracker.merge_outcome(intent.client_order_id, outcome, self._clock.now_ms()))

    def _changed(self, key: str | None) -> None:
        if key is not None:
            self._on_change(key)
            self.noticed(key)
