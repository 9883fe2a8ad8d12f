"""What an order is judged by when nobody watches a screen: read from the exchange itself, right before it is sent."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from hbtui.model.account import SOURCES, Account, Balance
from hbtui.model.book import Book, Quote
from hbtui.model.candle import Period
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import Order, OrderReport, OrderRequest
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.together import each, together
from hbtui.trading.views import (
    BalancesView,
    BookView,
    CandlesView,
    Caps,
    OrdersView,
    TapeView,
    VenueView,
    View,
    WatchRow,
)

__all__ = ["FreshFacts", "Reading"]

_RULES_KEPT_MS = 6 * 3600 * 1000
_CLOCK_KEPT_S = 10.0
_K = TypeVar("_K")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the exchange said a moment ago of all that some requests touch."""

    clock_offset_ms: int | None
    status: MarketStatus
    instruments: Mapping[str, Instrument]
    instruments_ms: int
    accounts: tuple[Account, ...]
    quotes: Mapping[str, Quote] = field(default_factory=lambda: MappingProxyType({}))
    books: Mapping[str, Book] = field(default_factory=lambda: MappingProxyType({}))
    held: Mapping[int, tuple[Balance, ...]] = field(default_factory=lambda: MappingProxyType({}))
    prices: tuple[Quote, ...] = ()
    """Every pair's price, where more than the requests' own are needed."""

    def view(self, request: OrderRequest, venue: VenueView, orders: Iterable[Order], caps: Caps, blocked: str) -> View:
        """Show it as the gate reads it; ``orders`` are those known now."""
        known = tuple(orders)
        symbol = request.symbol
        return View(
            venue=venue,
            instruments=self.instruments,
            instruments_ms=self.instruments_ms,
            watchlist=tuple(WatchRow(one.symbol, one) for one in (*self.quotes.values(), *self.prices)),
            symbol=symbol,
            quote=self.quotes.get(symbol),
            candles=CandlesView(symbol, Period.MINUTE),
            book=BookView(symbol, self.books.get(symbol)),
            tape=TapeView(symbol),
            balances=BalancesView(self.held.get(venue.account_id or 0)),
            holdings=self.held,
            orders=OrdersView(
                uncertain=tuple(one for one in known if not (one.is_final or one.is_open or one.is_signed_off)),
                open=tuple(one for one in known if one.is_open),
                history=tuple(one for one in known if one.is_final),
                is_known=True,
            ),
            market_status=self.status,
            clock_offset_ms=self.clock_offset_ms,
            accounts=self.accounts,
            caps=caps,
            blocked=blocked,
        )


class FreshFacts:
    """Asks the exchange for what the gate needs; rules and accounts are kept for a while."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._instruments: Mapping[str, Instrument] = {}
        self._instruments_ms = 0
        self._accounts: tuple[Account, ...] = ()
        self._clock_set_at: tuple[float, int] | None = None

    async def instruments(self) -> Mapping[str, Instrument]:
        """Every pair with its rules, by symbol."""
        now_ms = self._clock.now_ms()
        if not self._instruments or now_ms - self._instruments_ms > _RULES_KEPT_MS:
            self._instruments = {one.symbol: one for one in await self._exchange.instruments()}
            self._instruments_ms = now_ms
        return self._instruments

    async def accounts(self) -> tuple[Account, ...]:
        """Every working account that orders can be placed from, the spot account first."""
        if not self._accounts:
            told = [one for one in await self._exchange.accounts() if one.type in SOURCES and one.state == "working"]
            self._accounts = tuple(sorted(told, key=lambda one: (one.type != "spot", one.account_id)))
        return self._accounts

    async def open_orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[OrderReport, ...]:
        """Open orders of several accounts, in their order."""
        pages = await _each(lambda one: self._exchange.open_orders(one, symbol), account_ids)
        return tuple(report for page in pages for report in page)

    async def read(self, requests: Sequence[OrderRequest], account_id: int, open_symbols: Iterable[str]) -> Reading:
        """Read all that concerns the requests; ``open_symbols`` are those of orders whose worth counts too."""
        symbols = sorted({request.symbol for request in requests})
        account_ids = sorted({account_id, *(request.account_id for request in requests)})
        instruments = await self.instruments()
        status, accounts, held, _ = await together(
            self._exchange.market_status(),
            self.accounts(),
            _each(self._exchange.balances, account_ids),
            self._set_clock(),
        )
        # prices last, so that a slow answer beside them does not make them old
        quotes, books, prices = await together(
            _each(self._exchange.quote, symbols),
            _each(self._exchange.book, symbols),
            self._prices(symbols, open_symbols, instruments),
        )
        return Reading(
            clock_offset_ms=self._exchange.clock_offset_ms,
            status=status,
            instruments=instruments,
            instruments_ms=self._instruments_ms,
            accounts=accounts,
            quotes=dict(zip(symbols, quotes, strict=True)),
            books=dict(zip(symbols, books, strict=True)),
            held=dict(zip(account_ids, held, strict=True)),
            prices=prices,
        )

    async def _set_clock(self) -> None:
        """Measure the exchange's clock, unless that was a moment ago by both own clocks: a suspended one stands still.

        A measurement is several requests; an own clock that steps shows in the offset without one.
        """
        now_s, now_ms = self._clock.monotonic_s(), self._clock.now_ms()
        if self._clock_set_at is not None:
            since_s, since_ms = self._clock_set_at
            if now_s - since_s < _CLOCK_KEPT_S and abs(now_ms - since_ms) < _CLOCK_KEPT_S * 1000:
                return
        await self._exchange.server_time_ms()
        self._clock_set_at = now_s, now_ms

    async def _prices(
        self, symbols: Sequence[str], open_symbols: Iterable[str], instruments: Mapping[str, Instrument]
    ) -> tuple[Quote, ...]:
        """All prices, unless the requests' own quotes tell all that is needed."""
        touched = {*symbols, *open_symbols}
        is_plain = all(symbol in instruments and instruments[symbol].quote == "usdt" for symbol in touched)
        return () if is_plain and touched <= set(symbols) else await self._exchange.quotes()


async def _each(ask: Callable[[_K], Coroutine[Any, Any, _T]], keys: Iterable[_K]) -> list[_T]:
    return await each(ask(key) for key in keys)
