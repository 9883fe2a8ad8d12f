"""Canned views: small, true to life, and the same on every run."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from hbtui.model.account import Balance, FeeRate, Mode
from hbtui.model.book import Book, Level, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.entry import JournalEntry
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import Fill, Order, OrderState, OrderType, Side
from hbtui.trading.views import (
    BalancesView,
    BookView,
    CandlesView,
    LinkView,
    OrdersView,
    TapeView,
    VenueView,
    View,
    WatchRow,
)

__all__ = [
    "NOW_MS",
    "balances_view",
    "book_view",
    "candles_view",
    "entries_of",
    "fill",
    "instrument",
    "instruments",
    "live_view",
    "order",
    "quote",
    "starting_view",
]

NOW_MS = 1_760_000_400_000
"""2025-10-09 09:00:00 UTC."""

_SPECS = {
    "btcusdt": ("btc", 2, 6, "67012.50", "0.0041"),
    "ethusdt": ("eth", 2, 4, "3401.07", "-0.0122"),
    "dogeusdt": ("doge", 6, 2, "0.081230", "0.0231"),
    "htxusdt": ("htx", 10, 0, "0.0000019420", "0.0007"),
    "solusdt": ("sol", 4, 4, "148.2210", "-0.0315"),
    "xrpusdt": ("xrp", 5, 2, "0.52310", "0.0102"),
}


def instrument(symbol: str = "dogeusdt", **changes: Any) -> Instrument:
    """Build one pair with plausible rules."""
    base, price_digits, amount_digits, *_ = _SPECS[symbol]
    made = Instrument(
        symbol=symbol,
        base=base,
        quote="usdt",
        price_precision=price_digits,
        amount_precision=amount_digits,
        value_precision=8,
        min_value=Decimal(5),
        limit_min_amount=Decimal(1).scaleb(-amount_digits),
        market_sell_min_amount=Decimal(1).scaleb(-amount_digits),
    )
    return replace(made, **changes)


def instruments() -> Mapping[str, Instrument]:
    """Build all pairs."""
    return MappingProxyType({symbol: instrument(symbol) for symbol in _SPECS})


def quote(symbol: str = "dogeusdt", last: str | None = None) -> Quote:
    """Build one symbol's 24 hours around its last price."""
    *_, usual, change = _SPECS[symbol]
    price = Decimal(last or usual)
    return Quote(
        symbol=symbol,
        last=price,
        open=price / (1 + Decimal(change)),
        high=price * Decimal("1.034"),
        low=price * Decimal("0.96"),
        base_volume=Decimal(1234567890),
        quote_volume=Decimal("100283500.25"),
        bid=price * Decimal("0.9999"),
        ask=price * Decimal("1.0001"),
        ts_ms=NOW_MS,
    )


def _wave(index: int) -> Decimal:
    """Swing between -1 and 1 in a way that looks like a market and needs no chance."""
    return Decimal((index * 37) % 29 - 14) / 28 + Decimal((index * 11) % 97 - 48) / 96


def candles_view(symbol: str = "dogeusdt", period: Period = Period.MINUTES_5, count: int = 200) -> CandlesView:
    """Build bars that end at :data:`NOW_MS`."""
    last = Decimal(_SPECS[symbol][3])
    tick = Decimal(1).scaleb(-_SPECS[symbol][1])
    candles = []
    open_ms = period.open_ms(NOW_MS) - (count - 1) * period.seconds * 1000
    close = last * Decimal("0.98")
    for index in range(count):
        opened, close = close, last * (1 + _wave(index) / 100 + Decimal(index - count) / (count * 60))
        close = (last if index == count - 1 else close).quantize(tick)
        high, low = max(opened, close) * Decimal("1.002"), min(opened, close) * Decimal("0.998")
        volume = Decimal(1000 + (index * 7919) % 9000)
        candles.append(
            Candle(open_ms, opened.quantize(tick), high.quantize(tick), low.quantize(tick), close, volume,
                   volume * close, 10 + index % 7)
        )  # fmt: skip
        open_ms = period.next_open_ms(open_ms)
    return CandlesView(symbol, period, tuple(candles), is_loading=False)


def book_view(symbol: str = "dogeusdt", last: str | None = None, levels: int = 20) -> BookView:
    """Build a book of some levels around the last price."""
    price = Decimal(last or _SPECS[symbol][3])
    step = Decimal(1).scaleb(-_SPECS[symbol][1]) * 10
    sizes = [Decimal(1000 + (index * 7919) % 43000) for index in range(levels)]
    bids = tuple(Level(price - step * (index + 1), size) for index, size in enumerate(sizes))
    asks = tuple(Level(price + step * (index + 1), size) for index, size in enumerate(reversed(sizes)))
    return BookView(symbol, Book(symbol, bids, asks, NOW_MS, 1))


def balances_view(**changes: Any) -> BalancesView:
    """Build an account with some money, coins, and a currency without a price."""
    balances = (
        Balance("btc", Decimal("0.0125"), Decimal(0)),
        Balance("doge", Decimal(12000), Decimal(1000)),
        Balance("usdt", Decimal("1204.10"), Decimal(80)),
    )
    values = {"btc": Decimal("837.66"), "doge": Decimal("1055.99"), "usdt": Decimal("1284.10")}
    made = BalancesView(balances, MappingProxyType(values), sum(values.values(), Decimal(0)))
    return replace(made, **changes)


def order(number: int = 1, **changes: Any) -> Order:
    """Build an own resting limit order."""
    made = Order(
        client_order_id=f"hb1D{number:028d}",
        order_id=str(1000 + number),
        account_id=4821,
        symbol="dogeusdt",
        side=Side.BUY,
        type=OrderType.LIMIT,
        venue_type="buy-limit",
        state=OrderState.SUBMITTED,
        amount=Decimal(1000),
        price=Decimal("0.08"),
        created_ms=NOW_MS - number * 61_000,
        updated_ms=NOW_MS - number * 60_000,
    )
    return replace(made, **changes)


def fill(number: int = 1, **changes: Any) -> Fill:
    """Build a trade of an own order, with its fee."""
    made = Fill(
        trade_id=number,
        order_id=str(1000 + number),
        symbol="dogeusdt",
        side=Side.BUY,
        price=Decimal("0.0812"),
        amount=Decimal(500),
        ts_ms=NOW_MS - number * 90_000,
        fee=Decimal(1),
        fee_currency="doge",
        is_maker=False,
    )
    return replace(made, **changes)


def entries_of(key: str = "hb1D0000000000000000000000000001") -> tuple[JournalEntry, ...]:
    """Build the journal of an order that was confirmed, sent, accepted, and filled in two parts."""
    meant = {
        "confirmed_ms": str(NOW_MS - 60_412), "confirmed_by": "key", "created_ms": str(NOW_MS - 60_400),
        "lease_until_ms": str(NOW_MS + 299_600), "host": "127.0.0.1:18080", "mode": "demo", "account_id": "4821",
        "symbol": "dogeusdt", "side": "buy", "type": "limit", "amount": "1000", "price": "0.08",
        "source": "spot-api", "shown": "BUY · DOGE/USDT · limit order · amount 1,000 DOGE · price 0.08 USDT",
        "reference": "0.08125", "gate": "PRICE_COLLAR: 2.1 % above the market", "allowed": "MAX_ORDER_VALUE",
        "value": "80", "body": '{"amount":"1000","price":"0.08"}', "run": "3",
    }  # fmt: skip
    filled = {"price": "0.08", "amount": "400", "order_id": "1001", "trade_id": "1", "ts_ms": str(NOW_MS - 30_000)}
    written: tuple[tuple[int, str, dict[str, str]], ...] = (
        (60_400, "intent", meant),
        (60_310, "outcome", {"outcome": "accepted", "order_id": "1001"}),
        (60_200, "order", {"state": "submitted", "filled_base": "0", "updated_ms": str(NOW_MS - 60_290)}),
        (29_990, "fill", {**filled, "fee": "0.8", "fee_currency": "doge", "role": "maker"}),
        (20_000, "cancel", {}),
        (19_000, "fill", {**filled, "amount": "600", "trade_id": "2"}),
        (18_900, "order", {"state": "filled", "filled_base": "1000", "updated_ms": str(NOW_MS - 19_000)}),
    )
    return tuple(
        JournalEntry(number, NOW_MS - ago, kind, key, facts) for number, (ago, kind, facts) in enumerate(written, 7)
    )


def starting_view(mode: Mode = Mode.DEMO) -> View:
    """Build what is known before the first answer: nothing."""
    symbol = "dogeusdt"
    return View(
        venue=VenueView(mode, "127.0.0.1:18080"),
        symbol=symbol,
        candles=CandlesView(symbol, Period.MINUTES_5),
        book=BookView(symbol),
        tape=TapeView(symbol),
    )


def live_view(**changes: Any) -> View:
    """Build a view with everything known and every link up."""
    links = {link: LinkView(link, LinkState.LIVE, NOW_MS - 60_000, latency_ms=34) for link in Link}
    tape = TapeView(
        "dogeusdt",
        tuple(
            Trade("dogeusdt", number, Decimal("0.08123") + Decimal(number % 3).scaleb(-5), Decimal(100 * number),
                  Side.SELL if number % 3 else Side.BUY, NOW_MS - number * 1300)
            for number in range(1, 40)
        ),
    )  # fmt: skip
    made = View(
        venue=VenueView(Mode.DEMO, "127.0.0.1:18080", 4821),
        instruments=instruments(),
        watchlist=tuple(
            WatchRow(symbol, quote(symbol), tuple(bar.close for bar in candles_view(symbol, count=24).candles))
            for symbol in _SPECS
        ),
        symbol="dogeusdt",
        quote=quote(),
        candles=candles_view(),
        book=book_view(),
        tape=tape,
        balances=balances_view(),
        orders=OrdersView(
            open=(order(1), order(2, side=Side.SELL, venue_type="sell-limit", price=Decimal("0.0845"),
                                state=OrderState.PARTIALLY_FILLED, filled_base=Decimal(250),
                                filled_quote=Decimal("21.125"))),
            history=(order(3, state=OrderState.FILLED, filled_base=Decimal(1000), filled_quote=Decimal(80)),
                     order(4, state=OrderState.CANCELED)),
            fills=(fill(1), fill(2, side=Side.SELL, fee=Decimal("0.0812"), fee_currency="usdt", is_maker=True)),
            is_known=True,
        ),
        links=MappingProxyType(links),
        fees=MappingProxyType({"dogeusdt": FeeRate("dogeusdt", Decimal("0.002"), Decimal("0.002"))}),
        market_status=MarketStatus(code=1),
        clock_offset_ms=3,
        blocked="",
    )  # fmt: skip
    return replace(made, **changes)
