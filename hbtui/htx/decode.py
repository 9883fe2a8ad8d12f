"""Market and account answers into model values: every number checked, every text cleaned.

Each function raises ``ValueError`` for a row that cannot be true; the caller decides what to do without it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from hbtui.htx.reading import currency, exact, exact_or_none, moment, positive, symbol, word
from hbtui.htx.wire import (
    BookRow,
    DetailRow,
    KlineRow,
    MarketStatusRow,
    MergedRow,
    SettingsSymbolRow,
    SymbolRow,
    TickerRow,
    TradeGroupRow,
    TradeRow,
)
from hbtui.htx.wire_account import AccountRow, BalanceRow, FeeRateRow, KeyRow
from hbtui.htx.wire_push import TradePush
from hbtui.model.account import Account, Balance, FeeRate, KeyInfo
from hbtui.model.book import Book, Level, Quote, Trade
from hbtui.model.candle import Candle
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import Side

__all__ = [
    "account_of",
    "balances_of",
    "book_of",
    "candle_of",
    "fee_rate_of",
    "instrument_of",
    "instrument_of_settings",
    "key_info_of",
    "levels_of",
    "market_status_of",
    "quote_of_detail",
    "quote_of_merged",
    "quote_of_ticker",
    "trade_of",
    "trades_of",
]

_ZERO = Decimal(0)
_MAX_PRECISION = 30
_LAST_S = 10**11
"""In the year 5138; later ones fit no calendar."""
_MOST_TRADES = 1 << 62
"""What a database's integers hold."""


def candle_of(row: KlineRow) -> Candle:
    """One bar."""
    if not 0 <= row.id < _LAST_S or abs(row.count) > _MOST_TRADES:
        message = "a bar's time or count is out of bounds"
        raise ValueError(message)
    return Candle(
        open_ms=row.id * 1000,
        open=exact(row.open),
        high=exact(row.high),
        low=exact(row.low),
        close=exact(row.close),
        base_volume=exact(row.amount),
        quote_volume=exact(row.vol),
        trades=row.count,
    )


def levels_of(rows: Iterable[Level], *, is_bid: bool) -> tuple[Level, ...]:
    """One side of a book, best price first, without empty levels."""
    kept = [row for row in rows if exact(row.amount) > _ZERO and positive(row.price)]
    kept.sort(reverse=is_bid)
    return tuple(kept)


def book_of(name: str, row: BookRow, ts_ms: int) -> Book:
    """An image of the book; ``ts_ms`` is used where the image has no time of its own."""
    bids, asks = levels_of(row.bids, is_bid=True), levels_of(row.asks, is_bid=False)
    return Book(symbol(name), bids, asks, row.ts if row.ts is not None else ts_ms, row.version or 0)


def quote_of_detail(name: str, row: DetailRow, ts_ms: int) -> Quote:
    """24 hours of one symbol, without the book."""
    return Quote(
        symbol=symbol(name),
        last=exact(row.close),
        open=exact(row.open),
        high=exact(row.high),
        low=exact(row.low),
        base_volume=exact(row.amount),
        quote_volume=exact(row.vol),
        ts_ms=ts_ms,
    )


def quote_of_merged(name: str, row: MergedRow, ts_ms: int) -> Quote:
    """24 hours of one symbol with best bid and ask."""
    return Quote(
        symbol=symbol(name),
        last=exact(row.close),
        open=exact(row.open),
        high=exact(row.high),
        low=exact(row.low),
        base_volume=exact(row.amount),
        quote_volume=exact(row.vol),
        bid=None if row.bid is None else exact(row.bid.price),
        ask=None if row.ask is None else exact(row.ask.price),
        ts_ms=ts_ms,
    )


def quote_of_ticker(row: TickerRow, ts_ms: int) -> Quote:
    """One symbol of the list of all; a bid or ask of 0 is "nobody", which is ``None`` here."""
    return Quote(
        symbol=symbol(row.symbol),
        last=exact_or_none(row.close),
        open=exact_or_none(row.open),
        high=exact_or_none(row.high),
        low=exact_or_none(row.low),
        base_volume=exact_or_none(row.amount),
        quote_volume=exact_or_none(row.vol),
        bid=exact_or_none(row.bid) or None,
        ask=exact_or_none(row.ask) or None,
        ts_ms=ts_ms,
    )


def trade_of(name: str, row: TradeRow | TradePush) -> Trade:
    """One public trade; old messages without a trade id are known by their long id."""
    trade_id = row.trade_id if row.trade_id is not None else int(exact(row.id))
    if moment(row.ts) is None:
        message = "a trade's time is out of bounds"
        raise ValueError(message)
    return Trade(symbol(name), trade_id, positive(row.price), exact(row.amount), Side(row.direction), row.ts)


def trades_of(name: str, groups: Sequence[TradeGroupRow]) -> tuple[Trade, ...]:
    """The public trades of nested, newest-first groups, oldest first."""
    trades = [trade_of(name, row) for group in groups for row in group.data]
    trades.sort(key=lambda trade: (trade.ts_ms, trade.trade_id))
    return tuple(trades)


def market_status_of(row: MarketStatusRow) -> MarketStatus:
    """Whether the venue trades."""
    return MarketStatus(
        code=row.market_status,
        halt_start_ms=moment(row.halt_start_time),
        halt_end_ms=moment(row.halt_end_time),
        reason=row.halt_reason,
        affected_symbols=word(row.affected_symbols, 300),
    )


def _precision(digits: int) -> int:
    if not 0 <= digits <= _MAX_PRECISION:
        message = f"a precision of {digits} digits cannot be"
        raise ValueError(message)
    return digits


def instrument_of(row: SymbolRow) -> Instrument:
    """One pair of ``/v1/common/symbols``."""
    return Instrument(
        symbol=symbol(row.symbol),
        base=currency(row.base_currency),
        quote=currency(row.quote_currency),
        price_precision=_precision(row.price_precision),
        amount_precision=_precision(row.amount_precision),
        value_precision=_precision(row.value_precision if row.value_precision is not None else 8),
        state=word(row.state),
        api_trading=row.api_trading in {None, "enabled"},
        min_value=exact_or_none(row.min_order_value),
        max_value=exact_or_none(row.max_order_value),
        limit_min_amount=exact_or_none(row.limit_order_min_order_amt or row.min_order_amt),
        limit_max_amount=exact_or_none(row.limit_order_max_order_amt or row.max_order_amt),
        limit_max_buy_amount=exact_or_none(row.limit_order_max_buy_amt),
        limit_max_sell_amount=exact_or_none(row.limit_order_max_sell_amt),
        market_sell_min_amount=exact_or_none(row.sell_market_min_order_amt),
        market_sell_max_amount=exact_or_none(row.sell_market_max_order_amt),
        market_buy_max_value=exact_or_none(row.buy_market_max_order_value),
        buy_price_ratio_max=exact_or_none(row.buy_limit_must_less_than),
        sell_price_ratio_min=exact_or_none(row.sell_limit_must_greater_than),
        market_buy_slippage_max=exact_or_none(row.market_buy_order_rate_must_less_than),
        market_sell_slippage_max=exact_or_none(row.market_sell_order_rate_must_less_than),
        tags=word(row.tags, 200),
    )


def instrument_of_settings(row: SettingsSymbolRow) -> Instrument:
    """One pair of ``/v1/settings/common/market-symbols``."""
    return Instrument(
        symbol=symbol(row.symbol),
        base=currency(row.bc),
        quote=currency(row.qc),
        price_precision=_precision(row.pp),
        amount_precision=_precision(row.ap),
        value_precision=_precision(row.vp if row.vp is not None else 8),
        state=word(row.state),
        api_trading=row.at in {None, "enabled"},
        min_value=exact_or_none(row.minov),
        max_value=exact_or_none(row.maxov),
        limit_min_amount=exact_or_none(row.lominoa or row.minoa),
        limit_max_amount=exact_or_none(row.lomaxoa or row.maxoa),
        limit_max_buy_amount=exact_or_none(row.lomaxba),
        limit_max_sell_amount=exact_or_none(row.lomaxsa),
        market_sell_min_amount=exact_or_none(row.smminoa),
        market_sell_max_amount=exact_or_none(row.smmaxoa),
        market_buy_max_value=exact_or_none(row.bmmaxov),
        buy_price_ratio_max=exact_or_none(row.blmlt),
        sell_price_ratio_min=exact_or_none(row.slmgt),
        market_buy_slippage_max=exact_or_none(row.mbormlt),
        market_sell_slippage_max=exact_or_none(row.msormlt),
        tags=word(row.tags, 200),
    )


def account_of(row: AccountRow) -> Account:
    """One account."""
    return Account(row.id, word(row.type), word(row.subtype), word(row.state))


def balances_of(rows: Iterable[BalanceRow]) -> tuple[Balance, ...]:
    """Join the available and the frozen row of each currency, drop the all-zero ones, sort by name."""
    available: dict[str, Decimal] = {}
    frozen: dict[str, Decimal] = {}
    for row in rows:
        if row.type in {"trade", "frozen"}:  # loans, interest and the like are not the user's money
            side = available if row.type == "trade" else frozen
            side[currency(row.currency)] = exact(row.balance)
    names = sorted(available.keys() | frozen.keys())
    balances = (Balance(name, available.get(name, _ZERO), frozen.get(name, _ZERO)) for name in names)
    return tuple(balance for balance in balances if balance.available or balance.frozen)


def fee_rate_of(row: FeeRateRow) -> FeeRate:
    """The account's fees for one pair, after discounts where HTX says them."""
    maker = row.actual_maker_rate if row.actual_maker_rate is not None else row.maker_fee_rate
    taker = row.actual_taker_rate if row.actual_taker_rate is not None else row.taker_fee_rate
    return FeeRate(symbol(row.symbol), exact(maker), exact(taker))


def key_info_of(row: KeyRow) -> KeyInfo:
    """What the key may do."""
    permissions = frozenset(word(part) for part in row.permission.split(",") if part.strip())
    ips = tuple(word(part) for part in (row.ip_addresses or "").split(",") if part.strip())
    return KeyInfo(permissions, ips, row.valid_days, word(row.status))
