"""What the venue says of itself: what it trades by which rules, whether it trades now, its prices and its fees."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import chain, repeat
from types import MappingProxyType

from hbtui.model.account import FeeRate
from hbtui.model.errors import AuthenticationError, ExchangeError
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.retry import until_answered
from hbtui.trading.views import Severity, View

__all__ = ["VenueFacts"]

_UPKEEP_S = 30.0
_RULES_MS = 3600 * 1000
_CLOCK_READS = 5


class VenueFacts:
    """Reads and keeps them, and shows them; one loop's own. ``on_instruments`` hears each new list of symbols."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Clock,
        board: Board,
        on_instruments: Callable[[dict[str, Instrument]], None],
        fee_symbols: Callable[[], tuple[str, ...]],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._board = board
        self._on_instruments = on_instruments
        self._fee_symbols = fee_symbols
        self._instruments: dict[str, Instrument] = {}
        self._instruments_ms = 0
        self._status: MarketStatus | None = None
        self._tickers: dict[str, Decimal] = {}
        self._fees: dict[str, FeeRate] = {}
        board.paint(Part.INSTRUMENTS, self._draw_instruments)
        board.paint(Part.FEES, lambda view: replace(view, fees=MappingProxyType(dict(self._fees))))
        board.paint(Part.STATUS, self._draw_status)

    def price(self, symbol: str) -> Decimal | None:
        """The last price of a symbol in the venue's list."""
        return self._tickers.get(symbol)

    async def read_clock(self) -> None:
        """Ask for the venue's time a few times: the client takes the median, so that one wrong answer is outvoted."""
        for _ in range(_CLOCK_READS):
            await self._exchange.server_time_ms()
        self._board.mark(Part.STATUS)

    async def read_instruments(self) -> None:
        """Read what is traded and by which rules."""
        self._instruments = {one.symbol: one for one in await self._exchange.instruments()}
        self._instruments_ms = self._clock.now_ms()
        self._on_instruments(self._instruments)
        self._board.mark(Part.INSTRUMENTS)

    async def read_status(self) -> None:
        """Read whether the venue trades."""
        self._status = await self._exchange.market_status()
        self._board.mark(Part.STATUS)

    async def read_fees(self) -> None:
        """Read the fees of the symbols in sight that are not known yet; without them trading goes on."""
        symbols = [name for name in self._fee_symbols() if name in self._instruments and name not in self._fees]
        if not symbols:
            return
        try:
            rates = await until_answered(lambda: self._exchange.fee_rates(symbols), self._clock)
        except ExchangeError as error:
            self._board.tell(Severity.WARNING, "The fees are not known", str(error))
            return
        self._fees.update((rate.symbol, rate) for rate in rates)
        self._board.mark(Part.FEES)

    async def keep(self) -> None:
        """Keep the clock's offset, the market's status, the rules and the prices of everything held fresh."""
        works = (self._read_tickers, self._exchange.server_time_ms, self.read_status, self._refresh_rules)
        for due in chain([works[:1]], repeat(works)):  # the others were read just now
            for work in due:
                try:
                    await work()
                except AuthenticationError as error:
                    self._board.tell(Severity.ERROR, error.title, f"{error} {error.advice}")
                except ExchangeError:
                    continue  # the links tell that the venue is away; the next round asks again
            self._board.mark(Part.STATUS, Part.BALANCES)
            await self._clock.sleep(_UPKEEP_S)

    async def _refresh_rules(self) -> None:
        if self._clock.now_ms() - self._instruments_ms >= _RULES_MS:
            await self.read_instruments()

    async def _read_tickers(self) -> None:
        quotes = await self._exchange.quotes()
        self._tickers = {quote.symbol: quote.last for quote in quotes if quote.last is not None}

    def _draw_instruments(self, view: View) -> View:
        rules = MappingProxyType(self._instruments)
        return replace(view, instruments=rules, instruments_ms=self._instruments_ms)

    def _draw_status(self, view: View) -> View:
        return replace(view, market_status=self._status, clock_offset_ms=self._exchange.clock_offset_ms)
