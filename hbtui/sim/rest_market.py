"""Public REST under ``/market``."""

from collections.abc import Mapping

from hbtui.sim import market_views as view
from hbtui.sim.call import whole_number
from hbtui.sim.codes import Refused
from hbtui.sim.market import Market
from hbtui.sim.periods import GENESIS_S, LAST_SECOND, PERIODS
from hbtui.sim.symbols import PAIRS
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject

__all__ = ["MARKET"]

Query = Mapping[str, str]
_SIZES = {"5", "10", "20", "30"}


def _invalid(what: str) -> Refused:
    return Refused("invalid-parameter", f"invalid {what}")


def _market(venue: Venue, query: Query) -> Market:
    symbol = query.get("symbol", "")
    if symbol not in PAIRS:
        raise _invalid("symbol")
    venue.advance(symbol)
    return venue.market(symbol)


def _size(query: Query, default: int, most: int) -> int:
    size = whole_number(query.get("size") or str(default))
    if size is None:
        raise _invalid("size")
    if not 1 <= size <= most:
        raise _invalid(f"size,valid range: [1, {most}]")
    return size


def _period(query: Query) -> str:
    period = query.get("period", "")
    if period not in PERIODS:
        raise _invalid("period")
    return period


def _answer(venue: Venue, channel: str, **content: object) -> JsonObject:
    return {"ch": channel, "status": "ok", "ts": venue.now(), **content}


def _kline(venue: Venue, query: Query) -> JsonObject:
    market, period = _market(venue, query), _period(query)
    bars = market.tape.latest_bars(period, _size(query, 150, 2000), venue.now())
    return _answer(venue, f"market.{market.pair.symbol}.kline.{period}", data=[view.bar_row(bar) for bar in bars])


def _candles(venue: Venue, query: Query) -> JsonObject:
    market, period = _market(venue, query), _period(query)
    size, now = _size(query, 150, 1_000_000), venue.now()
    channel = f"market.{market.pair.symbol}.kline.{period}"
    if size > 1000:
        return _answer(venue, channel, data=[])
    if not query.get("from"):
        bars = market.tape.latest_bars(period, size, now, _second(query, "to", now // 1000))
        return _answer(venue, channel, data=[view.bar_row(bar) for bar in bars])
    span = (_second(query, "from", GENESIS_S), _second(query, "to", now // 1000))
    bars = market.tape.bars(period, span, size, now)
    return _answer(venue, channel, data=[view.bar_row(bar) for bar in reversed(bars)])


def _second(query: Query, name: str, default: int) -> int:
    second = whole_number(query.get(name) or str(default))
    if second is None:
        raise _invalid(name)
    return min(second, LAST_SECOND)


def _merged(venue: Venue, query: Query) -> JsonObject:
    market = _market(venue, query)
    tick = view.merged_tick(market, venue.now())
    return _answer(venue, f"market.{market.pair.symbol}.detail.merged", tick=tick)


def _detail(venue: Venue, query: Query) -> JsonObject:
    market = _market(venue, query)
    return _answer(venue, f"market.{market.pair.symbol}.detail", tick=view.detail_tick(market, venue.now()))


def _tickers(venue: Venue, _query: Query) -> JsonObject:
    now = venue.now()
    rows = [view.ticker_row(venue.market(symbol), now) for symbol in PAIRS]
    return {"status": "ok", "ts": now, "data": rows}


def _depth(venue: Venue, query: Query) -> JsonObject:
    market = _market(venue, query)
    kind, depth = query.get("type") or "step0", query.get("depth")
    if kind not in view.STEPS:
        raise _invalid("type")
    if depth is not None and depth not in _SIZES:
        raise _invalid("depth")
    step = view.STEPS.index(kind)
    count = int(depth) if depth else (20 if step else 150)
    tick = view.depth_tick(market, venue.now(), step, count)
    return _answer(venue, f"market.{market.pair.symbol}.depth.{kind}", tick=tick)


def _last_trade(venue: Venue, query: Query) -> JsonObject:
    market = _market(venue, query)
    tick = view.trade_tick([market.tape.last(venue.now())], socket=False)
    return _answer(venue, f"market.{market.pair.symbol}.trade.detail", tick=tick)


def _trades(venue: Venue, query: Query) -> JsonObject:
    market = _market(venue, query)
    trades = market.tape.recent(_size(query, 1, 2000), venue.now())
    data = [view.trade_tick([trade], socket=False) for trade in trades]
    return _answer(venue, f"market.{market.pair.symbol}.trade.detail", data=data)


MARKET = {
    "/market/history/kline": _kline,
    "/market/history/candles": _candles,
    "/market/detail/merged": _merged,
    "/market/detail": _detail,
    "/market/tickers": _tickers,
    "/market/depth": _depth,
    "/market/trade": _last_trade,
    "/market/history/trade": _trades,
}
