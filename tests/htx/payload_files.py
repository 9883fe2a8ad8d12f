"""Other people's recordings and documentation examples: which file lies where, and what it must decode to."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hbtui.htx.wire import (
    BookRow,
    DetailRow,
    Envelope,
    KlineRow,
    MarketStatusRow,
    MergedRow,
    SymbolRow,
    TickerRow,
    TradeGroupRow,
    TradeRow,
)
from hbtui.htx.wire_account import AccountRow, BalancesRow, FeeRateRow, KeyRow, MatchRow, OrderRow
from hbtui.htx.wire_push import (
    BalancePush,
    ClearingPush,
    MarketFrame,
    MbpTick,
    OrderPush,
    PingData,
    PrivateFrame,
    TradesTick,
)

__all__ = ["ANSWERS", "BARE", "FOLDER", "OUT_OF_SCOPE", "REQUESTS", "SOCKETS", "Shape", "documents", "shape_of_frame"]

FOLDER = Path(__file__).parents[2].parent / "shared" / "htx" / "payloads"


@dataclass(frozen=True)
class Shape:
    """The struct around, and what its ``data`` and ``tick`` hold."""

    outer: Any
    data: Any = None
    tick: Any = None


ANSWERS: dict[str, Shape] = {
    name: Shape(Envelope, data, tick)
    for name, data, tick in (
        ("ccxt/htx.cancel_order.1.json", str, None),
        ("ccxt/htx.fetch_accounts.1.json", list[AccountRow], None),
        ("ccxt/htx.fetch_balance.1.json", BalancesRow, None),
        ("ccxt/htx.fetch_markets_by_type_and_sub_type.1.json", list[SymbolRow], None),
        ("ccxt/htx.fetch_my_trades.1.json", list[MatchRow], None),
        ("ccxt/htx.fetch_ohlcv.1.json", list[KlineRow], None),
        ("ccxt/htx.fetch_open_orders.1.json", list[OrderRow], None),
        ("ccxt/htx.fetch_ticker.1.json", None, MergedRow),
        ("ccxt/htx.fetch_trades.1.json", list[TradeGroupRow], None),
        ("ccxt/htx.fetch_trading_fee.1.json", list[FeeRateRow], None),
        ("ccxt/htx.handle_errors.1.json", type(None), None),
        ("crypto-msg-parser/huobi.rs__btcusdt.depth.step0.rest.1.json", None, BookRow),
        ("cryptofeed/HUOBI.0__v1_common_symbols_part_open.json", list[SymbolRow], None),
        ("htxnet/Endpoints/Spot/Account/GetAccounts.txt", list[AccountRow], None),
        ("htxnet/Endpoints/Spot/Account/GetBalances.txt", BalancesRow, None),
        ("htxnet/Endpoints/Spot/Account/GetTradingFees.txt", list[FeeRateRow], None),
        ("htxnet/Endpoints/Spot/Account/GetUserId.txt", int, None),
        ("htxnet/Endpoints/Spot/ExchangeData/GetLastTrade.txt", None, TradeGroupRow),
        ("htxnet/Endpoints/Spot/ExchangeData/GetOrderBook.txt", None, BookRow),
        ("htxnet/Endpoints/Spot/ExchangeData/GetSymbolDetails24H.txt", None, DetailRow),
        ("htxnet/Endpoints/Spot/ExchangeData/GetSymbolStatus.txt", MarketStatusRow, None),
        ("htxnet/Endpoints/Spot/ExchangeData/GetTradeHistory.txt", list[TradeGroupRow], None),
        ("htxnet/Endpoints/Spot/Trading/CancelOrder.txt", str, None),
        ("htxnet/Endpoints/Spot/Trading/GetClosedOrders.txt", list[OrderRow], None),
        ("htxnet/Endpoints/Spot/Trading/GetOpenOrders.txt", list[OrderRow], None),
        ("htxnet/Endpoints/Spot/Trading/GetOrderTrades.txt", list[MatchRow], None),
        ("htxnet/Endpoints/Spot/Trading/GetUserTrades.txt", list[MatchRow], None),
        ("official-docs/v1_cn/L04087.json", None, None),
        ("official-docs/v1_cn/L04273.json", list[OrderRow], None),
        ("official-docs/v1_en/L01081_get-market-status.json", MarketStatusRow, None),
        ("official-docs/v1_en/L02994_api-key-query.json", list[KeyRow], None),
        ("official-docs/v1_en/L03044_get-uid.json", int, None),
        ("official-docs/v1_en/L04800_search-historical-orders-within-48-hours.json", list[OrderRow], None),
        ("xchange/example-ticker-data.json", None, MergedRow),
    )
}
"""REST answers with their envelope."""

BARE: dict[str, Shape] = {
    "ccxt/htx.parse_account.1.json": Shape(AccountRow),
    "ccxt/htx.parse_ohlcv.1.json": Shape(KlineRow),
    "ccxt/htx.parse_ticker.1.json": Shape(MergedRow),
    "ccxt/htx.parse_ticker.2.json": Shape(TickerRow),
    "ccxt/htx.parse_trade.1.json": Shape(TradeRow),
    "huobi_Java/AccountParserTest.JSON_ARRAY_STRING.json": Shape(list[AccountRow]),
    "official-docs/v1_cn/L01438.json": Shape(list[KlineRow]),
    "official-docs/v1_cn/L01535.json": Shape(list[TickerRow]),
    "official-docs/v1_cn/L01797.json": Shape(DetailRow),
}
"""Parts of REST answers, as their sources keep them."""

SOCKETS: tuple[str, ...] = (
    "ccxt/pro_htx.handle_authenticate.1.json",
    "ccxt/pro_htx.handle_balance.1.json",
    "ccxt/pro_htx.handle_error_message.1.json",
    "ccxt/pro_htx.handle_error_message.2.json",
    "ccxt/pro_htx.handle_message.3.json",
    "ccxt/pro_htx.handle_message.6.json",
    "ccxt/pro_htx.handle_ohlcv.1.json",
    "ccxt/pro_htx.handle_order_book.1.json",
    "ccxt/pro_htx.handle_order_book_message.1.json",
    "ccxt/pro_htx.handle_subject.1.json",
    "ccxt/pro_htx.handle_subject.4.json",
    "ccxt/pro_htx.handle_ticker.1.json",
    "ccxt/pro_htx.handle_trades.1.json",
    "crypto-msg-parser/huobi.rs__btcusdt.detail.1.json",
    "crypto-msg-parser/huobi.rs__btcusdt.kline.1min.1.json",
    "crypto-msg-parser/huobi.rs__btcusdt.mbp.20.2.json",
    "crypto-msg-parser/huobi.rs__btcusdt.trade.detail.1.json",
    "cryptofeed/HUOBI.ws.44.0__decoded.jsonl",
    "gocryptotrader/wsMyAccount.json",
    "gocryptotrader/wsMyOrders.json",
    "gocryptotrader/wsMyTrades.json",
    "gocryptotrader/wsTicker.json",
    "htxnet/Subscriptions/Spot/Account.txt",
    "htxnet/Subscriptions/Spot/Order1.txt",
    "htxnet/Subscriptions/Spot/OrderBookChange.txt",
    "htxnet/Subscriptions/Spot/OrderBookMbp.txt",
    "htxnet/Subscriptions/Spot/OrderTrade.txt",
    "htxnet/Subscriptions/Spot/Symbols.txt",
    "htxnet/Subscriptions/Spot/Tickers.txt",
    "official-docs/current/ws_detail_push.json",
    "official-docs/v1_cn/L07464.json",
    "official-docs/v1_cn/L07670.json",
    "official-docs/v1_cn/L07750.json",
    "official-docs/v1_cn/L08118.json",
    "official-docs/v1_en/L07422_market-by-price-incremental-update.json",
    "official-docs/v1_en/L07437_market-by-price-incremental-update.json",
    "official-docs/v1_en/L07534_market-by-price-incremental-update.json",
    "official-docs/v1_en/L07738_trade-detail.json",
    "official-docs/v1_en/L07818_market-details.json",
    "official-docs/v1_en/L07919_introduction.json",
    "official-docs/v1_en/L07990_introduction.json",
    "official-docs/v1_en/L08037_introduction.json",
    "official-docs/v1_en/L08079_subscribe-order-updates.json",
    "official-docs/v1_en/L08096_subscribe-order-updates.json",
    "official-docs/v1_en/L08127_subscribe-order-updates.json",
    "official-docs/v1_en/L08154_subscribe-order-updates.json",
    "official-docs/v1_en/L08328_subscribe-trade-details-order-cancellation-post-clearing.json",
    "official-docs/v1_en/L08339_subscribe-trade-details-order-cancellation-post-clearing.json",
    "tardis/mappers.test.ts__spot_01.json",
    "tardis/mappers.test.ts__spot_02.json",
    "tardis/mappers.test.ts__spot_03.json",
    "tardis/mappers.test.ts__spot_05.json",
    "tardis/mappers.test.ts__spot_06.json",
    "tardis/mappers.test.ts__spot_07.json",
    "tardis/mappers.test.ts__spot_mbp150_sequence.jsonl",
)
"""Frames that a server sends, on either socket; the topic says what is in them."""

REQUESTS: dict[str, str] = {
    "official-docs/v1_cn/L03909.json": "place",
    "official-docs/v1_en/L07173_introduction.json": "unsub",
    "official-docs/v1_en/L07229_market-candlestick.json": "sub",
    "official-docs/v1_en/L07491_market-by-price-incremental-update.json": "req",
    "official-docs/v1_en/L07712_trade-detail.json": "sub",
    "official-docs/v1_en/L07930_introduction.json": "pong",
    "official-docs/v1_en/L08069_subscribe-order-updates.json": "private sub",
}
"""What a client sends: compared with what this client sends."""

OUT_OF_SCOPE: dict[str, tuple[str, ...]] = {
    "not a payload": ("SOURCES.md",),
    "read by the signing tests": ("signing/",),
    "batch, mass and timed cancels and batch orders are not part of this client": (
        "ccxt/htx.cancel_all_orders_after.1.json",
        "ccxt/htx.cancel_orders.1.json",
        "ccxt/htx.parse_cancel_orders.1.json",
        "htxnet/Endpoints/Spot/Trading/CancelOrdersByCriteria.txt",
        "htxnet/Endpoints/Spot/Trading/PlaceMultipleOrder.txt",
        "official-docs/current/batch",
        "official-docs/current/cancel-all-after.json",
        "official-docs/v1_cn/L04251.json",
        "official-docs/v1_cn/L04338.json",
        "official-docs/v1_en/L03962",
        "official-docs/v1_en/L04288",
        "official-docs/v1_en/L04379",
    ),
    "margin, loans, conditional orders, sub-users, transfers, withdrawals, ledgers, valuations, ETF": (
        "ccxt/htx.fetch_balance.3.json",
        "htxnet/Endpoints/Spot/Margin/",
        "htxnet/Endpoints/Spot/SubAccount/",
        "htxnet/Endpoints/Spot/Account/CancelWithdrawal.txt",
        "htxnet/Endpoints/Spot/Account/GetAssetValuation.txt",
        "htxnet/Endpoints/Spot/Account/GetDeductAssets.txt",
        "htxnet/Endpoints/Spot/Account/GetDepositAddresses.txt",
        "htxnet/Endpoints/Spot/Account/GetWithdrawal",
        "htxnet/Endpoints/Spot/Account/InternalTransfer.txt",
        "htxnet/Endpoints/Spot/Account/Transfer.txt",
        "htxnet/Endpoints/Spot/Account/Withdraw.txt",
        "htxnet/Endpoints/Spot/Trading/GetClosedConditionalOrders.txt",
        "htxnet/Endpoints/Spot/Trading/GetConditionalOrder.txt",
        "htxnet/Endpoints/Spot/Trading/PlaceConditionalOrder.txt",
        "htxnet/Endpoints/Spot/Trading/PlaceMarginOrder.txt",
        "official-docs/v1_cn/L02547.json",
        "official-docs/v1_cn/L02652.json",
        "official-docs/v1_cn/L02703.json",
        "official-docs/v1_cn/L03062.json",
        "official-docs/v1_cn/L03087.json",
        "official-docs/v1_cn/L03422.json",
        "official-docs/v1_cn/L03509.json",
        "official-docs/v1_cn/L03776.json",
        "official-docs/v1_cn/L05",
        "official-docs/v1_cn/L06099.json",
        "official-docs/v1_en/L02039",
        "official-docs/v1_en/L02098",
        "official-docs/v1_en/L02147",
        "official-docs/v1_en/L02330",
        "official-docs/v1_en/L05",
        "official-docs/v1_en/L06963",
        "official-docs/v1_en/L08748",
        "official-docs/v1_en/L08808",
    ),
    "currencies, chains and the display list of symbols are not asked for": (
        "ccxt/htx.fetch_currencies.1.json",
        "ccxt/htx.fetch_deposit_withdraw_fees.1.json",
        "ccxt/htx.parse_deposit_withdraw_fee.1.json",
        "htxnet/Endpoints/Spot/ExchangeData/GetAssetsAndNetworks.txt",
        "htxnet/Endpoints/Spot/ExchangeData/GetSymbols.txt",
    ),
    "the ticker topic is not watched (detail is)": (
        "htxnet/Subscriptions/Spot/Ticker.txt",
        "official-docs/current/ws_ticker_push.json",
    ),
    "requests that this client never makes (several topics at once, one-shot images, refresh)": (
        "official-docs/current/ws_kline_batch_sub.json",
        "official-docs/v1_en/L04776",
        "official-docs/v1_en/L07390",
        "official-docs/v1_en/L07576",
        "official-docs/v1_en/L07775",
        "official-docs/v1_en/L07852",
    ),
}
"""Reason → files, or beginnings of their names."""

_PUSHES: tuple[tuple[str, Any], ...] = (
    (".kline.", KlineRow),
    (".depth.", BookRow),
    (".trade.detail", TradesTick),
    (".detail", DetailRow),
    (".mbp.", MbpTick),
)
_PRIVATE: tuple[tuple[str, Any], ...] = (
    ("orders#", OrderPush),
    ("accounts.update", BalancePush),
    ("trade.clearing#", ClearingPush),
)


def documents(path: Path) -> list[str]:
    """The JSON texts of the frames or answers in a file that a server sent."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl" or path.parent.name == "gocryptotrader":
        lines = text.splitlines()
        return [_recorded(line) for line in lines if line.strip() and '"dir":"sent"' not in line]
    if path.suffix == ".txt" and "Endpoints" in path.parts:
        return ["\n".join(text.splitlines()[3:])]
    if path.suffix == ".txt":
        before, _, pushed = text.partition("\n=")
        answered = [line[1:] for line in before.splitlines() if line.startswith("<")]
        return [*answered, pushed]
    return [text]


def _recorded(line: str) -> str:
    """Take the message out of a recorded line, its numbers untouched."""
    return line[line.index('"msg":') + 6 : line.rindex("}")] if line.startswith('{"t":') else line


def shape_of_frame(text: str) -> Shape:
    """What a socket's frame must decode to, by its topic."""
    frame = json.loads(text)
    topic = str(frame.get("ch") or frame.get("rep") or "")
    is_private = "action" in frame or topic.startswith(("orders#", "accounts.", "trade.clearing"))
    if is_private:
        if frame.get("action") == "ping":
            return Shape(PrivateFrame, PingData)
        is_push = frame.get("action") in {None, "push"}
        data = next((kind for start, kind in _PRIVATE if topic.startswith(start)), None) if is_push else None
        return Shape(PrivateFrame, data or (dict if "data" in frame else None))
    kind = next((kind for part, kind in _PUSHES if part in topic), None)
    if topic == "market.tickers":
        return Shape(MarketFrame, data=list[TickerRow])
    return Shape(MarketFrame, data=kind if "rep" in frame else None, tick=kind if "ch" in frame else None)
