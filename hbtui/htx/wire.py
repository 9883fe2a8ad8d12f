"""REST answers as they lie on the wire: the envelope of every family, market data and reference data.

Every field is typed as HTX sends it, so that nothing is lost between the text and the attribute: a decimal is a
``Decimal`` whether it comes as a number or as a string, a 27-digit trade id is exact, and an absent field is ``None``.
Source: HTX docs, "Reference Data" and "Market Data"; the v1 family spells ``kebab-case``, v2 ``camelCase``.
"""

from decimal import Decimal

from msgspec import Raw, Struct, field

from hbtui.model.book import Level

__all__ = [
    "BookRow",
    "DetailRow",
    "Envelope",
    "KlineRow",
    "MarketStatusRow",
    "MergedRow",
    "SettingsSymbolRow",
    "SymbolRow",
    "TickerRow",
    "TradeGroupRow",
    "TradeRow",
]


class Envelope(Struct, frozen=True, kw_only=True, rename="kebab"):
    """What surrounds every answer; ``data`` and ``tick`` are left as text for the decoder of the endpoint."""

    status: str | None = None
    code: int | str | None = None
    message: str | None = None
    err_code: str | int | None = None
    err_msg: str | None = None
    settings_err_code: str | int | None = field(default=None, name="err_code")
    settings_err_msg: str | None = field(default=None, name="err_msg")
    ch: str | None = None
    ts: int | str | None = None
    full: int | None = None
    ok: bool | None = None
    success: bool | None = None
    order_state: int | str | None = None
    next_time: int | None = None
    next_id: int | str | None = None
    data: Raw = field(default_factory=Raw)
    tick: Raw = field(default_factory=Raw)


class KlineRow(Struct, frozen=True, kw_only=True):
    """One bar; ``id`` is its opening time in seconds, ``amount`` base volume, ``vol`` quote volume."""

    id: int
    open: Decimal
    close: Decimal
    low: Decimal
    high: Decimal
    amount: Decimal
    vol: Decimal
    count: int


class MergedRow(Struct, frozen=True, kw_only=True):
    """24 hours with the best bid and ask."""

    id: int | None = None
    version: int | None = None
    open: Decimal
    close: Decimal
    low: Decimal
    high: Decimal
    amount: Decimal
    vol: Decimal
    count: int
    bid: Level | None = None
    ask: Level | None = None


class DetailRow(Struct, frozen=True, kw_only=True):
    """24 hours without the book."""

    id: int | None = None
    version: int | None = None
    open: Decimal
    close: Decimal
    low: Decimal
    high: Decimal
    amount: Decimal
    vol: Decimal
    count: int


class TickerRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """24 hours of one symbol in the list of all."""

    symbol: str
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    close: Decimal | None = None
    amount: Decimal | None = None
    vol: Decimal | None = None
    count: int | None = None
    bid: Decimal | None = None
    bid_size: Decimal | None = None
    ask: Decimal | None = None
    ask_size: Decimal | None = None


class BookRow(Struct, frozen=True, kw_only=True):
    """An image of the book."""

    bids: list[Level] = []
    asks: list[Level] = []
    ts: int | None = None
    version: int | None = None


class TradeRow(Struct, frozen=True, kw_only=True):
    """One public trade over REST; the documentation prints some ``id`` rounded, so ``trade-id`` is the identity."""

    id: Decimal
    ts: int
    trade_id: int | None = field(default=None, name="trade-id")
    amount: Decimal
    price: Decimal
    direction: str


class TradeGroupRow(Struct, frozen=True, kw_only=True):
    """The trades of one match."""

    id: int
    ts: int
    data: list[TradeRow]


class MarketStatusRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the venue trades."""

    market_status: int
    halt_start_time: int | None = None
    halt_end_time: int | None = None
    halt_reason: int | None = None
    affected_symbols: str | None = None


class SymbolRow(Struct, frozen=True, kw_only=True, rename="kebab"):
    """One pair of ``/v1/common/symbols`` (long names); all but the first seven may be missing."""

    symbol: str
    base_currency: str
    quote_currency: str
    price_precision: int
    amount_precision: int
    value_precision: int | None = None
    state: str
    symbol_partition: str | None = None
    api_trading: str | None = None
    tags: str | None = None
    min_order_amt: Decimal | None = None
    max_order_amt: Decimal | None = None
    min_order_value: Decimal | None = None
    max_order_value: Decimal | None = None
    limit_order_min_order_amt: Decimal | None = None
    limit_order_max_order_amt: Decimal | None = None
    limit_order_max_buy_amt: Decimal | None = None
    limit_order_max_sell_amt: Decimal | None = None
    sell_market_min_order_amt: Decimal | None = None
    sell_market_max_order_amt: Decimal | None = None
    buy_market_max_order_value: Decimal | None = None
    buy_limit_must_less_than: Decimal | None = None
    sell_limit_must_greater_than: Decimal | None = None
    market_buy_order_rate_must_less_than: Decimal | None = None
    market_sell_order_rate_must_less_than: Decimal | None = None
    leverage_ratio: Decimal | None = None
    super_margin_leverage_ratio: Decimal | None = None
    funding_leverage_ratio: Decimal | None = None
    underlying: str | None = None
    mgmt_fee_rate: Decimal | None = None
    charge_time: str | None = None
    rebal_time: str | None = None
    rebal_threshold: Decimal | None = None
    init_nav: Decimal | None = None


class SettingsSymbolRow(Struct, frozen=True, kw_only=True):
    """One pair of ``/v1/settings/common/market-symbols``, under HTX's own short names."""

    symbol: str
    bc: str
    qc: str
    pp: int
    ap: int
    vp: int | None = None
    state: str
    sp: str | None = None
    tags: str | None = None
    at: str | None = None
    lr: Decimal | None = None
    smlr: Decimal | None = None
    flr: Decimal | None = None
    minoa: Decimal | None = None
    maxoa: Decimal | None = None
    minov: Decimal | None = None
    maxov: Decimal | None = None
    lominoa: Decimal | None = None
    lomaxoa: Decimal | None = None
    lomaxba: Decimal | None = None
    lomaxsa: Decimal | None = None
    smminoa: Decimal | None = None
    smmaxoa: Decimal | None = None
    bmmaxov: Decimal | None = None
    blmlt: Decimal | None = None
    slmgt: Decimal | None = None
    mbormlt: Decimal | None = None
    msormlt: Decimal | None = None
    u: str | None = None
    mfr: Decimal | None = None
    ct: str | None = None
    rt: str | None = None
    rthr: Decimal | None = None
    in_: Decimal | None = field(default=None, name="in")
    castate: str | None = None
