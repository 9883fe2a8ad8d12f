"""Public reads: clock, venue state, pairs, bars, quotes, book, trades. Source: HTX docs, "Market Data"."""

import logging
from collections.abc import Callable
from typing import TypeVar

import msgspec

from hbtui.htx.answers import JSON_ERRORS, payload
from hbtui.htx.decode import (
    book_of,
    candle_of,
    instrument_of,
    instrument_of_settings,
    market_status_of,
    quote_of_merged,
    quote_of_ticker,
    trades_of,
)
from hbtui.htx.limits import Group
from hbtui.htx.reading import symbol as checked_symbol
from hbtui.htx.rest import Rest
from hbtui.htx.wire import (
    BookRow,
    Envelope,
    KlineRow,
    MarketStatusRow,
    MergedRow,
    SettingsSymbolRow,
    SymbolRow,
    TickerRow,
    TradeGroupRow,
)
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import AnswerError, NotFound, VenueError
from hbtui.model.instrument import Instrument, MarketStatus

__all__ = ["MarketReads", "asked_symbol"]

_log = logging.getLogger(__name__)
_rows = msgspec.json.Decoder(list[msgspec.Raw])
_settings_symbol = msgspec.json.Decoder(SettingsSymbolRow)
_symbol = msgspec.json.Decoder(SymbolRow)
_klines = msgspec.json.Decoder(list[KlineRow])
_merged = msgspec.json.Decoder(MergedRow)
_ticker = msgspec.json.Decoder(TickerRow)
_book = msgspec.json.Decoder(BookRow)
_trades = msgspec.json.Decoder(list[TradeGroupRow])
_status = msgspec.json.Decoder(MarketStatusRow)
_UNREADABLE = "HTX's answer is not what its documentation says."

T = TypeVar("T")
R = TypeVar("R")


def asked_symbol(text: str) -> str:
    """Return a symbol that may stand in a request; raise ``NotFound`` for what cannot be one."""
    try:
        return checked_symbol(text)
    except ValueError as error:
        raise NotFound("invalid-symbol", f"There is no such pair: {error}.") from None


def readable(raws: list[msgspec.Raw], decoder: "msgspec.json.Decoder[T]", convert: Callable[[T], R]) -> tuple[R, ...]:
    """Convert the rows that can be read and leave out (and log the number of) those that cannot."""
    found: list[R] = []
    for raw in raws:
        try:
            found.append(convert(decoder.decode(raw)))
        except JSON_ERRORS:
            continue
    if len(found) < len(raws):
        _log.warning("%d of %d rows could not be read and were left out", len(raws) - len(found), len(raws))
    return tuple(found)


def certain(convert: Callable[[], R]) -> R:
    """Convert an answer that has only one row: what cannot be true is an ``AnswerError``."""
    try:
        return convert()
    except ValueError:
        raise AnswerError(_UNREADABLE) from None


class MarketReads:
    """What anyone may ask."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def server_time_ms(self) -> int:
        """HTX's clock, UTC ms; measures the offset that requests are signed with."""
        return await self._rest.measure_clock()

    async def market_status(self) -> MarketStatus:
        """Whether HTX trades."""
        return market_status_of(await self._rest.data("/v2/market-status", Group.REFERENCE, {}, _status))

    async def instruments(self) -> tuple[Instrument, ...]:
        """Every pair that can be read; a row that cannot disables its own pair only."""
        try:
            raws = await self._rest.data("/v1/settings/common/market-symbols", Group.REFERENCE, {}, _rows)
            if found := readable(raws, _settings_symbol, instrument_of_settings):
                return found
        except (VenueError, AnswerError):
            _log.info("market-symbols is not served; asking for the older list")
        raws = await self._rest.data("/v1/common/symbols", Group.REFERENCE, {}, _rows)
        found = readable(raws, _symbol, instrument_of)
        if raws and not found:
            raise AnswerError(_UNREADABLE)
        return found

    async def candles(self, symbol: str, period: Period, size: int = 300) -> tuple[Candle, ...]:
        """The last ``size`` bars (1–2000), oldest first; the last one is still forming."""
        if not period.is_from_venue:
            message = f"HTX serves no bars of {period.value}"
            raise ValueError(message)
        params = {"symbol": asked_symbol(symbol), "period": period.value, "size": str(min(max(size, 1), 2000))}
        envelope = await self._rest.get("/market/history/kline", Group.MARKET, params)
        rows = payload(envelope.data, _klines)
        if envelope.ch not in {None, f"market.{symbol}.kline.{period.value}"}:
            raise AnswerError(_UNREADABLE)  # another pair's bars, or of another length
        candles = certain(lambda: {row.id: candle_of(row) for row in rows})
        return tuple(candles[opened] for opened in sorted(candles))

    async def quote(self, symbol: str) -> Quote:
        """One pair's rolling 24 hours with best bid and ask."""
        envelope = await self._rest.get("/market/detail/merged", Group.MARKET, {"symbol": asked_symbol(symbol)})
        row = payload(envelope.tick, _merged)
        return certain(lambda: quote_of_merged(symbol, row, _ts_ms(envelope)))

    async def quotes(self) -> tuple[Quote, ...]:
        """All pairs' 24 hours with best bid and ask, those that do not trade now among them."""
        envelope = await self._rest.get("/market/tickers", Group.MARKET)
        raws, ts_ms = payload(envelope.data, _rows), _ts_ms(envelope)
        return readable(raws, _ticker, lambda row: quote_of_ticker(row, ts_ms))

    async def book(self, symbol: str, levels: int | None = None) -> Book:
        """The book now: 5, 10 or 20 levels a side, or with ``None`` the 150 that HTX gives."""
        params = {"symbol": asked_symbol(symbol), "type": "step0"}
        if levels is not None:  # 150 itself is refused as a depth
            params["depth"] = str(next((depth for depth in (5, 10, 20) if levels <= depth), 20))
        envelope = await self._rest.get("/market/depth", Group.MARKET, params)
        row = payload(envelope.tick, _book)
        return certain(lambda: book_of(symbol, row, _ts_ms(envelope)))

    async def trades(self, symbol: str, size: int = 100) -> tuple[Trade, ...]:
        """The last public trades, oldest first; ``size`` counts matches, which may be several trades each."""
        params = {"symbol": asked_symbol(symbol), "size": str(min(max(size, 1), 2000))}
        groups = await self._rest.data("/market/history/trade", Group.MARKET, params, _trades)
        return certain(lambda: trades_of(symbol, groups))


def _ts_ms(envelope: Envelope) -> int:
    return envelope.ts if isinstance(envelope.ts, int) else 0
