"""An exchange of plain values: what it answers is what a test has put into its fields."""

# ruff: noqa: D102 - what each method is, the port's own docstrings say

import asyncio
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from hbtui.model.account import Account, Balance, FeeRate, KeyInfo
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.events import AccountEvent, MarketEvent, Topic
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import (
    Accepted,
    CancelAnswer,
    CancelOutcome,
    Fill,
    Intent,
    OrderReport,
    OrderRequest,
    OrderState,
    Outcome,
    Refused,
)
from hbtui.trading.ports import AccountFeed, MarketFeed

__all__ = ["Feed", "ScriptedExchange"]

_T = TypeVar("_T")
_E = TypeVar("_E", MarketEvent, AccountEvent)


class Feed(Generic[_E]):
    """A stream whose events a test says."""

    def __init__(self) -> None:
        self.topics: frozenset[Topic] = frozenset()
        self.emit: Callable[[Sequence[_E]], None] | None = None
        self.runs = 0
        self._end: asyncio.Future[None] | None = None

    def watch(self, topics: frozenset[Topic]) -> None:
        """Keep what is watched, for the test to see."""
        self.topics = topics

    async def run(self, emit: Callable[[Sequence[_E]], None]) -> None:
        """Be open until cancelled."""
        self.emit = emit
        self.runs += 1
        self._end = asyncio.get_running_loop().create_future()
        try:
            await self._end
        finally:
            self.emit = None

    def break_off(self) -> None:
        """End the run with an error that nobody foresaw."""
        if self._end is not None:
            self._end.set_exception(ValueError("junk"))

    def say(self, *events: _E) -> None:
        """Hand over a batch, as from the socket."""
        assert self.emit is not None, "the feed is not running"
        self.emit(events)


class ScriptedExchange:
    """Answers from its fields; what ``failing`` holds under a call's name is raised, ``blind`` calls see no order."""

    def __init__(self) -> None:
        self.host = "scripted.test"
        self.clock_offset_ms: int | None = 0
        self.public: Feed[MarketEvent] = Feed()
        self.private: Feed[AccountEvent] = Feed()
        self.market: MarketFeed = self.public
        self.account: AccountFeed | None = self.private
        self.failing: dict[str, Exception] = {}
        self.blind: set[str] = set()
        self.calls: list[str] = []
        self.outcomes: list[Outcome] = []
        self.line_gate: asyncio.Event | None = None
        """Before it is set no order leaves."""
        self.answer_gate: asyncio.Event | None = None
        """Before it is set no order is answered."""
        self.placed: list[Intent] = []
        self.cancelled: list[str] = []
        self.cancel_outcomes: list[CancelOutcome] = []
        self.reports: dict[str, OrderReport] = {}
        self.listed: tuple[Instrument, ...] = ()
        self.status = MarketStatus(code=1)
        self.bars: tuple[Candle, ...] = ()
        self.printed: tuple[Trade, ...] = ()
        self.tickers: tuple[Quote, ...] = ()
        self.held: tuple[Balance, ...] = ()
        self.held_elsewhere: dict[int, tuple[Balance, ...]] = {}
        """By account id, what accounts other than the first hold."""
        self.own_accounts: tuple[Account, ...] = (Account(7, "spot", "", "working"),)
        self.key: KeyInfo | None = None
        self.own_fills: tuple[Fill, ...] = ()
        self.batches: list[tuple[str, ...]] = []
        """Of cancels: the ids of each request that named several."""
        self.armed: list[int] = []
        """Every time-out, in seconds, that the dead man's switch was given."""

    def _answer(self, name: str, value: _T) -> _T:
        self.calls.append(name)
        if name in self.failing:
            raise self.failing[name]
        return value

    async def server_time_ms(self) -> int:
        return self._answer("server_time_ms", 1_700_000_000_000)

    async def market_status(self) -> MarketStatus:
        return self._answer("market_status", self.status)

    async def instruments(self) -> tuple[Instrument, ...]:
        return self._answer("instruments", self.listed)

    async def candles(self, symbol: str, period: Period, size: int = 300) -> tuple[Candle, ...]:
        return self._answer(f"candles {symbol} {period.value}", self.bars[-size:])

    async def quote(self, symbol: str) -> Quote:
        return self._answer("quote", Quote(symbol=symbol))

    async def quotes(self) -> tuple[Quote, ...]:
        return self._answer("quotes", self.tickers)

    async def book(self, symbol: str, levels: int | None = None) -> Book:
        return self._answer("book", Book(symbol, (), (), levels or 0))

    async def trades(self, symbol: str, size: int = 100) -> tuple[Trade, ...]:
        return self._answer(f"trades {symbol}", self.printed[-size:])

    async def accounts(self) -> tuple[Account, ...]:
        return self._answer("accounts", self.own_accounts)

    async def balances(self, account_id: int) -> tuple[Balance, ...]:
        return self._answer(f"balances {account_id}", self.held_elsewhere.get(account_id, self.held))

    async def fee_rates(self, symbols: Sequence[str]) -> tuple[FeeRate, ...]:
        rate = Decimal("0.002")
        return self._answer("fee_rates", tuple(FeeRate(symbol, rate, rate) for symbol in symbols))

    async def key_info(self) -> KeyInfo | None:
        return self._answer("key_info", self.key)

    def body_of(self, client_order_id: str, request: OrderRequest) -> bytes:
        return f"{client_order_id} {request.venue_type} {request.symbol}".encode()

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        if self.line_gate is not None:
            await self.line_gate.wait()
        if (refusal := kept_back()) is not None:
            return refusal
        self.placed.append(intent)
        if self.answer_gate is not None:
            await self.answer_gate.wait()
        return self.outcomes.pop(0) if self.outcomes else Accepted(str(1000 + len(self.placed)))

    async def place_many(
        self, intents: Sequence[Intent], kept_back: Callable[[], Refused | None] = lambda: None
    ) -> tuple[Outcome, ...]:
        self.calls.append("place_many")
        return tuple([await self.place(intent, kept_back) for intent in intents])

    async def cancel_many(self, order_ids: Sequence[str]) -> tuple[CancelOutcome, ...]:
        assert 1 <= len(order_ids) <= 50, "HTX takes at most 50"
        self.batches.append(tuple(order_ids))
        if "cancel_many" in self.failing:
            return tuple(CancelOutcome(CancelAnswer.UNKNOWN) for _ in order_ids)
        return tuple([await self.cancel(order_id, "") for order_id in order_ids])

    async def cancel_all_after(self, seconds: int) -> int | None:
        self.armed.append(seconds)
        trigger_ms = 1_700_000_000_000 + (self.clock_offset_ms or 0) + seconds * 1000
        return self._answer("cancel_all_after", trigger_ms if seconds else None)

    async def cancel(self, order_id: str, symbol: str) -> CancelOutcome:
        self.cancelled.append(order_id)
        self.calls.append(f"cancel {symbol}")
        return self.cancel_outcomes.pop(0) if self.cancel_outcomes else CancelOutcome(CancelAnswer.REQUESTED)

    async def cancel_by_client_id(self, client_order_id: str) -> CancelOutcome:
        self.cancelled.append(client_order_id)
        return self.cancel_outcomes.pop(0) if self.cancel_outcomes else CancelOutcome(CancelAnswer.NOT_FOUND)

    async def order(self, order_id: str) -> OrderReport | None:
        return self._answer(f"order {order_id}", self.reports.get(order_id))

    async def order_by_client_id(self, client_order_id: str) -> OrderReport | None:
        seen = () if "order_by_client_id" in self.blind else self.reports.values()
        found = [one for one in seen if one.client_order_id == client_order_id]
        return self._answer("order_by_client_id", found[-1] if found else None)

    async def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[OrderReport, ...]:
        names = (OrderState.SUBMITTED, OrderState.PARTIALLY_FILLED, OrderState.CREATED)
        found = self._of("open_orders", symbol, names)
        return self._answer(f"open_orders {account_id}", tuple(one for one in found if one.account_id == account_id))

    async def finished_orders(
        self, *, start_ms: int, end_ms: int, symbol: str | None = None
    ) -> tuple[OrderReport, ...]:
        assert 0 <= end_ms - start_ms <= 48 * 3600 * 1000, "HTX answers at most 48 hours"
        names = (OrderState.FILLED, OrderState.CANCELED, OrderState.PARTIALLY_CANCELED)
        return self._answer("finished_orders", self._of("finished_orders", symbol, names))

    async def searched_orders(self, symbol: str, *, start_ms: int, end_ms: int) -> tuple[OrderReport, ...]:
        assert end_ms >= start_ms
        return self._answer("searched_orders", self._of("searched_orders", symbol, tuple(OrderState)))

    async def fills_of(self, order_id: str) -> tuple[Fill, ...]:
        return self._answer(f"fills_of {order_id}", tuple(one for one in self.own_fills if one.order_id == order_id))

    async def fills(self, *, start_ms: int, end_ms: int, symbol: str | None = None) -> tuple[Fill, ...]:
        assert 0 <= end_ms - start_ms <= 48 * 3600 * 1000, "HTX answers at most 48 hours"
        return self._answer("fills", tuple(one for one in self.own_fills if symbol in {None, one.symbol}))

    def _of(self, name: str, symbol: str | None, states: Iterable[OrderState]) -> tuple[OrderReport, ...]:
        chosen = set() if name in self.blind else set(states)
        return tuple(one for one in self.reports.values() if one.state in chosen and symbol in {None, one.symbol})
