"""The real client of HTX before a market that stands still: prices are no part of an order's protocol."""

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from hbtui.htx.exchange import HtxExchange
from hbtui.model.account import Account
from hbtui.model.book import Book, Level, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.events import BookUpdated, Link, LinkChanged, LinkState, MarketEvent, QuoteUpdated, Topic

__all__ = ["ASK", "BID", "SYMBOL", "StillMarket"]

SYMBOL = "dogeusdt"
BID, ASK = Decimal("0.0811"), Decimal("0.0813")
_DEPTH = Decimal(1_000_000)
_REPEAT_S = 1.0


class _StillFeed:
    """Says that it is up, and what the price is, once a second."""

    def __init__(self, exchange: "StillMarket") -> None:
        self._exchange = exchange

    def watch(self, topics: frozenset[Topic]) -> None:
        """Take no notice: there is one symbol."""

    async def run(self, emit: Callable[[Sequence[MarketEvent]], None]) -> None:
        """Go on until cancelled."""
        emit([LinkChanged(link=link, state=LinkState.LIVE) for link in (Link.MARKET, Link.BOOK)])
        while True:
            emit([QuoteUpdated(await self._exchange.quote(SYMBOL)), BookUpdated(await self._exchange.book(SYMBOL))])
            await asyncio.sleep(_REPEAT_S)


class StillMarket(HtxExchange):
    """Orders, account and private stream are the client's own; nothing is asked of the market, and it never moves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = _StillFeed(self)  # type: ignore[assignment]  # it has the feed's calls, and no socket

    async def accounts(self) -> tuple[Account, ...]:
        """The spot account: what the others hold is no part of an order from this one."""
        return tuple(account for account in await super().accounts() if account.type == "spot")

    async def quote(self, symbol: str) -> Quote:
        """The price that never moves."""
        return Quote(symbol=symbol, last=BID, open=BID, bid=BID, ask=ASK, ts_ms=self._rest.clock.now_ms())

    async def quotes(self) -> tuple[Quote, ...]:
        """The one symbol's."""
        return (await self.quote(SYMBOL),)

    async def book(self, symbol: str, levels: int | None = None) -> Book:
        """One level a side."""
        assert levels is None or levels > 0
        return Book(symbol, (Level(BID, _DEPTH),), (Level(ASK, _DEPTH),), self._rest.clock.now_ms())

    async def candles(self, symbol: str, period: Period, size: int = 300) -> tuple[Candle, ...]:
        """No history."""
        assert symbol
        assert period in Period
        assert size > 0
        return ()

    async def trades(self, symbol: str, size: int = 100) -> tuple[Trade, ...]:
        """No history."""
        assert symbol
        assert size > 0
        return ()
