"""What trading needs from the outside world, as protocols; the edges implement them, ``runtime`` joins them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from hbtui.model.account import Account, Balance, FeeRate, KeyInfo
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError
from hbtui.model.events import AccountEvent, MarketEvent, Topic
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import (
    CancelOutcome,
    Fill,
    Intent,
    Order,
    OrderReport,
    OrderRequest,
    OrderState,
    Outcome,
    Refused,
)

__all__ = ["AccountFeed", "Clock", "Exchange", "Journal", "JournalError", "MarketFeed"]


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def now_ms(self) -> int:
        """Wall clock, UTC ms."""
        ...

    def monotonic_s(self) -> float:
        """A clock that never steps, seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        ...


class MarketFeed(Protocol):
    """The venue's public streams: reconnect, resubscribe and resync by themselves for as long as they run."""

    def watch(self, topics: frozenset[Topic]) -> None:
        """Replace what is watched; takes effect on the live connection and on every later one."""
        ...

    async def run(self, emit: Callable[[Sequence[MarketEvent]], None]) -> None:
        """Connect, and hand over batches of events (``LinkChanged`` among them) until cancelled.

        ``emit`` is called on the event loop, at most about every 20 ms a connection, and must not block.
        """
        ...


class AccountFeed(Protocol):
    """The venue's private stream: own orders, fills and balances."""

    async def run(self, emit: Callable[[Sequence[AccountEvent]], None]) -> None:
        """Connect, authenticate, subscribe, and hand over batches of events until cancelled.

        ``LinkChanged(ACCOUNT, LIVE)`` comes only after every subscription was acknowledged.
        """
        ...


class Exchange(Protocol):
    """The venue's REST side. Every method may raise ``model.errors.ExchangeError``, but the order calls do not."""

    @property
    def host(self) -> str:
        """Where it is: shown on the screen and kept in the journal."""
        ...

    @property
    def clock_offset_ms(self) -> int | None:
        """Venue's clock less own clock as last measured, or ``None``; requests are signed with the corrected time."""
        ...

    @property
    def market(self) -> MarketFeed:
        """The public streams."""
        ...

    @property
    def account(self) -> AccountFeed | None:
        """The private stream; ``None`` without a key."""
        ...

    async def server_time_ms(self) -> int:
        """The venue's clock, UTC ms; measures ``clock_offset_ms`` on the way."""
        ...

    async def market_status(self) -> MarketStatus:
        """Whether the venue trades."""
        ...

    async def instruments(self) -> tuple[Instrument, ...]:
        """Every pair that the venue lists."""
        ...

    async def candles(self, symbol: str, period: Period, size: int = 300) -> tuple[Candle, ...]:
        """The last ``size`` bars (1–2000), oldest first; the last one is still forming."""
        ...

    async def quote(self, symbol: str) -> Quote:
        """One symbol's rolling 24 hours with best bid and ask."""
        ...

    async def quotes(self) -> tuple[Quote, ...]:
        """All symbols' 24 hours with best bid and ask."""
        ...

    async def book(self, symbol: str, levels: int | None = None) -> Book:
        """The book now: 5, 10 or 20 levels a side, or with ``None`` as many as the venue gives (150)."""
        ...

    async def trades(self, symbol: str, size: int = 100) -> tuple[Trade, ...]:
        """The last public trades, oldest first."""
        ...

    async def accounts(self) -> tuple[Account, ...]:
        """The user's accounts."""
        ...

    async def balances(self, account_id: int) -> tuple[Balance, ...]:
        """Every currency that is not all zero, sorted by name."""
        ...

    async def fee_rates(self, symbols: Sequence[str]) -> tuple[FeeRate, ...]:
        """The account's own fees for any number of symbols."""
        ...

    async def key_info(self) -> KeyInfo | None:
        """What the key may do; ``None`` where the venue does not tell (a sub-user's key)."""
        ...

    def body_of(self, client_order_id: str, request: OrderRequest) -> bytes:
        """The exact bytes that :meth:`place` would send, for the journal."""
        ...

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = ...) -> Outcome:
        """Send ``intent.body``, once, ever. Never raises but on cancellation: three outcomes.

        ``kept_back`` is asked when all waiting is over, right before the first byte leaves: the refusal that it
        returns is the outcome, and nothing leaves.
        """
        ...

    async def place_many(
        self, intents: Sequence[Intent], kept_back: Callable[[], Refused | None] = ...
    ) -> tuple[Outcome, ...]:
        """Send up to ten in one request, once, ever; one outcome for each, in their order. Never raises, as above."""
        ...

    async def cancel_many(self, order_ids: Sequence[str]) -> tuple[CancelOutcome, ...]:
        """Ask to cancel up to fifty by the venue's ids in one request; one answer for each, in their order."""
        ...

    async def cancel_all_after(self, seconds: int) -> int | None:
        """Arm the dead man's switch (5 s and more), or disarm it with 0; the trigger's time, UTC ms, ``None`` if off.

        The venue cancels *every* spot order of the user when it is not asked again before that time.
        Raises ``ExchangeError``: then it is not known whether it is armed.
        """
        ...

    async def cancel(self, order_id: str, symbol: str) -> CancelOutcome:
        """Ask to cancel by the venue's id. May be repeated. Never raises but on cancellation."""
        ...

    async def cancel_by_client_id(self, client_order_id: str) -> CancelOutcome:
        """Ask to cancel by client order id, while no other is known. Never raises but on cancellation."""
        ...

    async def order(self, order_id: str) -> OrderReport | None:
        """One order by the venue's id; ``None`` where the venue has no record (never proof by itself)."""
        ...

    async def order_by_client_id(self, client_order_id: str) -> OrderReport | None:
        """One order by client order id (the latest, where several carry it); ``None`` as above."""
        ...

    async def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[OrderReport, ...]:
        """All open orders, every page, of one symbol or of all."""
        ...

    async def finished_orders(
        self, *, start_ms: int, end_ms: int, symbol: str | None = None
    ) -> tuple[OrderReport, ...]:
        """Finished orders of at most 48 hours (HTX ``/v1/order/history``), every page, oldest first."""
        ...

    async def searched_orders(self, symbol: str, *, start_ms: int, end_ms: int) -> tuple[OrderReport, ...]:
        """Orders of any state created within at most 48 hours (HTX ``/v1/order/orders``), every page, oldest first."""
        ...

    async def fills_of(self, order_id: str) -> tuple[Fill, ...]:
        """The fills of one order with their fees."""
        ...

    async def fills(self, *, start_ms: int, end_ms: int, symbol: str | None = None) -> tuple[Fill, ...]:
        """Own fills of at most 48 hours with their fees, every page, oldest first."""
        ...


class Journal(Protocol):
    """What was meant and what came of it, on disk before and after the wire."""

    async def record_intent(self, intent: Intent) -> None:
        """Return only when the intent is durable; raise ``JournalError`` where it is not."""
        ...

    async def record_intents(self, intents: Sequence[Intent]) -> None:
        """The same for several that leave in one request: all of them are durable, or none is written."""
        ...

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Append what came of the POST."""
        ...

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Append an own order's state as it changed."""
        ...

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Append that a person asked to cancel (queued; does not wait for the disk)."""
        ...

    async def record_sign_off(self, client_order_id: str, at_ms: int) -> None:
        """Append that a person has settled what became of an unproven order; it is not taken up again."""
        ...

    async def unresolved(self) -> tuple[Intent, ...]:
        """Intents of earlier runs without a final outcome and not signed off, oldest first."""
        ...

    async def questionable(self) -> tuple[tuple[Intent, str, OrderState], ...]:
        """Intents of earlier runs whose order had an id and was last unproven or in conflict, and was not signed off.

        Each with that id and state; oldest first.
        """
        ...

    async def cancels_wanted(self) -> frozenset[str]:
        """Client order ids of unresolved intents that a person has asked to cancel: done when they are found."""
        ...

    async def unfinished(self, client_order_ids: Sequence[str]) -> tuple[Intent, ...]:
        """Those of these ids that were meant here, and of which no end was written down."""
        ...

    async def sent_since(self, since_ms: int) -> tuple[Intent, ...]:
        """Every intent from then on, oldest first, whatever became of it."""
        ...

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Everything that was written of one order, by client order id or the venue's id, oldest first."""
        ...
