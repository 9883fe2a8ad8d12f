"""Facts that arrive: named in the past tense, frozen, and free of any wire format."""

from dataclasses import dataclass
from enum import Enum

from hbtui.model.account import BalanceChange
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.order import Fill, OrderReport

__all__ = [
    "AccountEvent",
    "BalanceChanged",
    "BookStale",
    "BookUpdated",
    "CandleUpdated",
    "FrameDropped",
    "Link",
    "LinkChanged",
    "LinkState",
    "MarketEvent",
    "OrderFilled",
    "OrderUpdated",
    "QuoteUpdated",
    "QuotesUpdated",
    "SubscriptionRefused",
    "Topic",
    "TopicKind",
    "TradesPrinted",
]


class TopicKind(Enum):
    """What can be watched on the market's sockets."""

    CANDLES = "candles"
    BOOK = "book"
    """Every change of the book (HTX ``mbp.150`` on ``/feed``, sequence-checked)."""
    DEPTH = "depth"
    """Whole images about once a second (HTX ``depth.step0``)."""
    TRADES = "trades"
    QUOTE = "quote"
    """Rolling 24 hours and last price (HTX ``detail``)."""
    QUOTES = "quotes"
    """All symbols' 24 hours at once (HTX ``market.tickers``)."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to watch; ``period`` only with ``CANDLES``, ``symbol`` empty only with ``QUOTES``."""

    kind: TopicKind
    symbol: str = ""
    period: Period | None = None


class Link(Enum):
    """The connections that a person may want to know about."""

    MARKET = "market"
    BOOK = "book"
    ACCOUNT = "account"


class LinkState(Enum):
    """The life of a connection; only ``LIVE`` may show prices as now."""

    OFF = "off"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"
    """The venue refused it (wrong key, IP not bound): trying again the same way will not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """A connection came up, went down, or is being tried again."""

    link: Link
    state: LinkState
    attempt: int = 0
    retry_at_ms: int | None = None
    """When the next attempt starts, UTC ms."""
    latency_ms: int | None = None
    reason: str = ""
    """In plain, cleaned words."""


@dataclass(frozen=True, slots=True)
class CandleUpdated:
    """The bar that is forming changed, or a new one began."""

    symbol: str
    period: Period
    candle: Candle
    ts_ms: int


@dataclass(frozen=True, slots=True)
class BookUpdated:
    """The book, whole, as it stands after one or more changes."""

    book: Book


@dataclass(frozen=True, slots=True)
class BookStale:
    """The chain of changes broke; what is known of the book may be wrong until the next ``BookUpdated``."""

    symbol: str
    reason: str


@dataclass(frozen=True, slots=True)
class TradesPrinted:
    """Public trades, oldest first; on subscription the venue repeats an old one, known by its id."""

    symbol: str
    trades: tuple[Trade, ...]


@dataclass(frozen=True, slots=True)
class QuoteUpdated:
    """A symbol's 24 hours changed."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class QuotesUpdated:
    """Many symbols' 24 hours changed."""

    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """The venue will not serve a topic (an unknown symbol, a closed market)."""

    topic: Topic
    reason: str


@dataclass(frozen=True, slots=True)
class FrameDropped:
    """A frame could not be read and was counted instead of shown."""

    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """The venue said something of an own order."""

    report: OrderReport


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """An own order traded (``trade.clearing``, with the fee)."""

    fill: Fill


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """A currency's balance moved."""

    change: BalanceChange


MarketEvent = (
    CandleUpdated
    | BookUpdated
    | BookStale
    | TradesPrinted
    | QuoteUpdated
    | QuotesUpdated
    | SubscriptionRefused
    | FrameDropped
    | LinkChanged
)
AccountEvent = OrderUpdated | OrderFilled | BalanceChanged | FrameDropped | LinkChanged
