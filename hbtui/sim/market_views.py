"""Market data in HTX's shapes, used alike by REST and by the market sockets."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hbtui.sim.depth import Level
from hbtui.sim.exact import ZERO, plus
from hbtui.sim.market import Market
from hbtui.sim.tape import Bar, Trade
from hbtui.sim.wire import JsonObject, number

__all__ = [
    "STEPS",
    "bar_row",
    "best",
    "depth_tick",
    "detail_tick",
    "levels",
    "merged_tick",
    "stepped",
    "ticker_row",
    "ticker_tick",
    "trade_row",
    "trade_tick",
    "version",
    "wide_id",
]

STEPS = ("step0", "step1", "step2", "step3", "step4", "step5")
_MATCH_TAIL = 34_840_000_001


def bar_row(bar: Bar) -> JsonObject:
    """A bar: amount is base, vol is quote, id is the opening second."""
    return {
        "id": bar.id,
        "open": number(bar.open),
        "close": number(bar.close),
        "low": number(bar.low),
        "high": number(bar.high),
        "amount": number(bar.amount),
        "vol": number(bar.value),
        "count": bar.trades,
    }


def wide_id(trade: Trade) -> int:
    """The 27-digit id that market data carries beside the trade id."""
    return trade.id * 10**11 + _MATCH_TAIL


def trade_row(trade: Trade, *, socket: bool) -> JsonObject:
    """One trade; REST says ``trade-id``, the socket ``tradeId``; direction is the taker's side."""
    return {
        "id": wide_id(trade),
        "ts": trade.time_ms,
        "tradeId" if socket else "trade-id": trade.id,
        "amount": number(trade.amount),
        "price": number(trade.price),
        "direction": "buy" if trade.buy else "sell",
    }


def trade_tick(trades: list[Trade], *, socket: bool) -> JsonObject:
    """Trades that came together, under the id and time of the latest."""
    latest = trades[-1]
    rows = [trade_row(trade, socket=socket) for trade in reversed(trades)]
    return {"id": latest.id // 10, "ts": latest.time_ms, "data": rows}


def levels(side: list[Level]) -> list[tuple[object, object]]:
    """Levels as pairs of numbers."""
    return [(number(price), number(amount)) for price, amount in side]


def stepped(side: list[Level], step: int, price_places: int, count: int, *, bids: bool) -> list[Level]:
    """Levels gathered to coarser prices: step n joins 10**n price steps, bids downwards, asks upwards."""
    if not step:
        return side[:count]
    grain = Decimal(1).scaleb(step - price_places)
    gathered: dict[Decimal, Decimal] = {}
    for price, amount in side:
        coarse = (price / grain).to_integral_value(ROUND_FLOOR if bids else ROUND_CEILING) * grain
        gathered[coarse] = plus(gathered.get(coarse, ZERO), amount)
    return list(gathered.items())[:count]


def depth_tick(market: Market, now_ms: int, step: int, count: int) -> JsonObject:
    """The book at a step of aggregation."""
    bids, asks = market.depth(now_ms, 150 if not step else 400)
    places = market.pair.price_places
    return {
        "bids": levels(stepped(bids, step, places, count, bids=True)),
        "asks": levels(stepped(asks, step, places, count, bids=False)),
        "version": version(market, now_ms),
        "ts": now_ms,
    }


def version(market: Market, now_ms: int) -> int:
    """A number that grows whenever the book may have changed."""
    return market.step(now_ms) * 1000 + market.version


def best(market: Market, now_ms: int) -> tuple[Level | None, Level | None]:
    """Best bid and best ask."""
    bids, asks = market.depth(now_ms, 1)
    return (bids[0] if bids else None), (asks[0] if asks else None)


def detail_tick(market: Market, now_ms: int) -> JsonObject:
    """The rolling 24 hours."""
    bar = market.tape.day(now_ms)
    row = bar_row(bar)
    return {**row, "id": version(market, now_ms), "version": version(market, now_ms)}


def merged_tick(market: Market, now_ms: int) -> JsonObject:
    """The rolling 24 hours with the best prices."""
    bid, ask = best(market, now_ms)
    tick = detail_tick(market, now_ms)
    if bid is not None:
        tick["bid"] = levels([bid])[0]
    if ask is not None:
        tick["ask"] = levels([ask])[0]
    return tick


def ticker_tick(market: Market, now_ms: int) -> JsonObject:
    """The rolling 24 hours, the best prices and the last trade, for the ticker topic."""
    last = market.tape.last(now_ms)
    row = ticker_row(market, now_ms)
    del row["symbol"]
    return {**row, "lastPrice": number(last.price), "lastSize": number(last.amount)}


def ticker_row(market: Market, now_ms: int) -> JsonObject:
    """One row of all tickers."""
    nothing = (ZERO, ZERO)
    bid, ask = best(market, now_ms)
    row = bar_row(market.tape.day(now_ms))
    del row["id"]
    return {
        "symbol": market.pair.symbol,
        **row,
        "bid": number((bid or nothing)[0]),
        "bidSize": number((bid or nothing)[1]),
        "ask": number((ask or nothing)[0]),
        "askSize": number((ask or nothing)[1]),
    }
