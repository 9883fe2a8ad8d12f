"""Frames of the sockets. Source: HTX docs, "Websocket Market Data" and "Websocket Asset and Order" (v2)."""

from decimal import Decimal

from msgspec import Raw, Struct, field

from hbtui.model.book import Level

__all__ = [
    "BalancePush",
    "ClearingPush",
    "MarketFrame",
    "MbpTick",
    "OrderPush",
    "PingData",
    "PrivateFrame",
    "TradePush",
    "TradesTick",
]


class MarketFrame(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Any frame of ``/ws`` and ``/feed``; the payload is left as text until its topic is known."""

    ch: str | None = None
    ts: int | None = None
    tick: Raw = field(default_factory=Raw)
    data: Raw = field(default_factory=Raw)
    ping: int | None = None
    id: str | int | None = None
    status: str | None = None
    subbed: str | None = None
    unsubbed: str | None = None
    rep: str | None = None
    err_code: str | None = None
    err_msg: str | None = None
    update: bool | None = None


class TradePush(Struct, frozen=True, kw_only=True, rename="camel"):
    """One public trade; ``id`` has up to 27 digits and comes as number or text, old ones lack ``tradeId``."""

    id: Decimal
    ts: int
    trade_id: int | None = None
    amount: Decimal
    price: Decimal
    direction: str


class TradesTick(Struct, frozen=True, kw_only=True):
    """The trades of one match."""

    id: int
    ts: int
    data: list[TradePush]


class MbpTick(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change of the book (with ``prevSeqNum``) or an image of it (without); amount 0 deletes a level."""

    seq_num: int
    prev_seq_num: int | None = None
    bids: list[Level] = []
    asks: list[Level] = []


class PrivateFrame(Struct, frozen=True, kw_only=True):
    """Any frame of ``/ws/v2``; some clearing pushes lack ``action``."""

    action: str | None = None
    ch: str | None = None
    code: int | str | None = None
    message: str | None = None
    data: Raw = field(default_factory=Raw)


class PingData(Struct, frozen=True, kw_only=True):
    """What a private ping carries, and its pong repeats."""

    ts: int


class OrderPush(Struct, frozen=True, kw_only=True, rename="camel"):
    """``orders#*``: all five kinds of event; what a kind does not have is absent.

    Of a market buy ``orderValue``, ``remainAmt`` and ``execAmt`` are in quote.
    """

    event_type: str
    symbol: str
    order_status: str | None = None
    account_id: int | None = None
    account_id_misspelt: int | None = field(default=None, name="accountld")  # so in HTX's own example
    order_id: int | str | None = None
    client_order_id: str | None = None
    order_source: str | None = None
    order_side: str | None = None
    type: str | None = None
    order_price: Decimal | None = None
    order_size: Decimal | None = None
    order_value: Decimal | None = None
    order_create_time: int | None = None
    trade_price: Decimal | None = None
    trade_volume: Decimal | None = None
    trade_id: int | None = None
    trade_time: int | None = None
    aggressor: bool | None = None
    remain_amt: Decimal | None = None
    exec_amt: Decimal | None = None
    total_trade_amount: Decimal | None = None
    last_act_time: int | None = None
    canceled_source: str | int | None = None
    canceled_source_desc: str | None = None
    err_code: int | None = None
    err_message: str | None = None


class BalancePush(Struct, frozen=True, kw_only=True, rename="camel"):
    """``accounts.update``: mode 2 carries both balances, the first message of a currency has no change."""

    currency: str
    account_id: int
    balance: Decimal | None = None
    available: Decimal | None = None
    change_type: str | None = None
    account_type: str | None = None
    seq_num: int | str | None = None
    change_time: int | None = None


class ClearingPush(Struct, frozen=True, kw_only=True, rename="camel"):
    """``trade.clearing#*``: a fill with its fee, or (mode 1) a cancellation."""

    event_type: str
    symbol: str | None = None
    order_id: int | str | None = None
    trade_price: Decimal | None = None
    trade_volume: Decimal | None = None
    order_side: str | None = None
    order_type: str | None = None
    aggressor: bool | None = None
    trade_id: int | None = None
    trade_time: int | None = None
    transact_fee: Decimal | None = None
    fee_currency: str | None = None
    fee_deduct: Decimal | None = None
    fee_deduct_blank: Decimal | None = field(default=None, name="feeDeduct ")  # so in HTX's own example
    fee_deduct_type: str | None = None
    account_id: int | None = None
    source: str | None = None
    order_price: Decimal | None = None
    order_size: Decimal | None = None
    order_value: Decimal | None = None
    client_order_id: str | None = None
    stop_price: Decimal | None = None
    operator: str | None = None
    order_create_time: int | None = None
    order_status: str | None = None
    remain_amt: Decimal | None = None
