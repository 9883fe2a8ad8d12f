"""HTX as the rest of the program sees it: one object that is opened, asked, and closed."""

import random as randomness
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from re import compile as pattern

import msgspec

from hbtui.htx.clock import Clock, SystemClock, VenueClock
from hbtui.htx.feeds import HtxAccountFeed, HtxMarketFeed
from hbtui.htx.history import HtxBarSource, opened_lines
from hbtui.htx.hosts import Hosts
from hbtui.htx.limits import Group, RateLimits
from hbtui.htx.rest import Rest
from hbtui.htx.rest_account import AccountReads
from hbtui.htx.rest_batches import BatchCommands
from hbtui.htx.rest_market import MarketReads
from hbtui.htx.rest_orders import OrderReads
from hbtui.htx.signing import Signer
from hbtui.htx.transport import Transport, tls_context
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import AnswerError
from hbtui.model.secret import Credentials
from hbtui.model.text import clean

__all__ = ["HtxExchange"]

_name = msgspec.json.Decoder(str)
_ORIGIN = pattern(r"embedded-[a-z0-9-]{1,40}", 0)


class HtxExchange(MarketReads, AccountReads, OrderReads, BatchCommands):
    """REST and streams of one venue with one key pair, or with none; made by :meth:`open`.

    Reads raise ``hbtui.model.errors.ExchangeError``; placing and cancelling answer with outcomes and never raise.
    """

    def __init__(self, rest: Rest, hosts: Hosts, random: Callable[[], float], tls: ssl.SSLContext) -> None:
        self._rest = rest
        self._hosts, self._tls = hosts, tls
        self.host = hosts.name
        self.market = HtxMarketFeed(hosts, rest.clock, random, tls)
        signer = rest.signer
        self.account = None if signer is None else HtxAccountFeed(hosts, signer, rest.clock, random, tls)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        hosts: Hosts,
        credentials: Credentials | None,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] | None = None,
    ) -> AsyncIterator["HtxExchange"]:
        """Open the HTTP client (nothing is sent yet); the feeds connect when they are run."""
        venue_clock = VenueClock(clock or SystemClock())
        signer = None if credentials is None else Signer(credentials, hosts)
        tls = tls_context(hosts)
        async with Transport(hosts, tls) as transport:
            rest = Rest(transport, signer, venue_clock, RateLimits(venue_clock.own))
            yield cls(rest, hosts, random or randomness.random, tls)

    @property
    def clock_offset_ms(self) -> int | None:
        """HTX's clock less own clock as last measured, or ``None``; requests are signed with the corrected time."""
        return self._rest.clock.offset_ms

    async def origin(self) -> str:
        """Whose bars these are: ``htx``, or an embedded exchange's, by its seed. Raises ``ExchangeError``."""
        if self._hosts.is_live:
            return "htx"
        said: str = await self._rest.data("/_about", Group.REFERENCE, {}, _name)
        told = clean(said, 60)
        if _ORIGIN.fullmatch(told) is None:
            message = "The exchange on this computer does not say whose market it shows."
            raise AnswerError(message)
        return told

    @asynccontextmanager
    async def bar_source(self, connections: int = 4) -> AsyncIterator[HtxBarSource]:
        """The whole history of bars, over market sockets of its own, for the length of an ``async with``."""
        async with opened_lines(self._hosts.market_ws, self._tls, self._rest.clock, connections) as lines:
            yield HtxBarSource(lines, self, self._rest.clock)

    async def candles_between(self, symbol: str, period: Period, *, start_ms: int, end_ms: int) -> tuple[Candle, ...]:
        """Bars of any span, over the market socket (REST gives only the last ones), while it is connected."""
        return await self.market.history(symbol, period, start_ms=start_ms, end_ms=end_ms)
