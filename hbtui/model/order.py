"""Orders: what was asked, what came of asking, what the venue said, and which states may follow which."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

__all__ = [
    "FINAL",
    "OPEN",
    "TRANSITIONS",
    "Accepted",
    "CancelAnswer",
    "CancelOutcome",
    "Confirmation",
    "Fill",
    "Intent",
    "Order",
    "OrderReport",
    "OrderRequest",
    "OrderState",
    "OrderType",
    "Outcome",
    "Refused",
    "Side",
    "Unknown",
]


class Side(Enum):
    """Which way base moves, from the orderer's point of view."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(Enum):
    """How an order meets the book; the value is HTX's word behind ``buy-`` or ``sell-``."""

    LIMIT = "limit"
    MARKET = "market"
    IOC = "ioc"
    FOK = "limit-fok"
    POST_ONLY = "limit-maker"
    STOP_LIMIT = "stop-limit"
    STOP_LIMIT_FOK = "stop-limit-fok"

    @property
    def has_price(self) -> bool:
        """Whether the orderer names a price."""
        return self is not OrderType.MARKET

    @property
    def has_stop(self) -> bool:
        """Whether a trigger price and operator belong to it."""
        return self in {OrderType.STOP_LIMIT, OrderType.STOP_LIMIT_FOK}


class OrderState(Enum):
    """What is known of an order, in one word. Of the first six the venue has said nothing."""

    SENDING = "sending"
    """The intent is on disk; the answer is awaited."""
    UNCERTAIN = "uncertain"
    """It may or may not exist at the venue: never a failure, never a success."""
    NOT_SENT = "not-sent"
    """Proof: no byte left this computer."""
    REFUSED = "refused"
    """Proof: the venue refused it."""
    NOT_PLACED = "not-placed"
    """Proof by exhaustion: it never came to exist and no longer can."""
    UNPROVEN = "unproven"
    """The venue's records no longer reach far enough to say whether it was placed, or how it ended: signed off by a
    person, or known after all."""
    ACCEPTED = "accepted"
    """The venue gave an order id; the order itself was not seen yet."""
    CREATED = "created"
    """A stop order that waits for its trigger."""
    SUBMITTED = "submitted"
    PARTIALLY_FILLED = "partial-filled"
    CANCELING = "canceling"
    PARTIALLY_CANCELED = "partial-canceled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    """The venue took it and rejected it afterwards (a stop that could not be placed)."""
    CONFLICT = "conflict"
    """Two truths were told: shown, read again, never settled silently."""


FINAL = frozenset(
    {
        OrderState.NOT_SENT,
        OrderState.REFUSED,
        OrderState.NOT_PLACED,
        OrderState.PARTIALLY_CANCELED,
        OrderState.FILLED,
        OrderState.CANCELED,
        OrderState.REJECTED,
    }
)
"""Nothing more is expected of an order in one of these."""

OPEN = frozenset(
    {
        OrderState.ACCEPTED,
        OrderState.CREATED,
        OrderState.SUBMITTED,
        OrderState.PARTIALLY_FILLED,
        OrderState.CANCELING,
    }
)
"""The venue holds the order and may still fill it."""

_VENUE = OPEN | {
    OrderState.PARTIALLY_CANCELED,
    OrderState.FILLED,
    OrderState.CANCELED,
    OrderState.REJECTED,
    OrderState.CONFLICT,
}

TRANSITIONS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.SENDING: frozenset({OrderState.UNCERTAIN, OrderState.NOT_SENT, OrderState.REFUSED}) | _VENUE,
    # a late answer, a look-up or the private stream ends the doubt
    OrderState.UNCERTAIN: frozenset(
        {OrderState.NOT_SENT, OrderState.REFUSED, OrderState.NOT_PLACED, OrderState.UNPROVEN}
    )
    | _VENUE,
    OrderState.UNPROVEN: frozenset({OrderState.NOT_PLACED}) | _VENUE,
    # the venue may say that an open order is over without a word on how: that is not proven either
    OrderState.ACCEPTED: (_VENUE | {OrderState.UNPROVEN}) - {OrderState.ACCEPTED},
    OrderState.CREATED: (_VENUE | {OrderState.UNPROVEN}) - {OrderState.CREATED, OrderState.ACCEPTED},
    OrderState.SUBMITTED: (_VENUE | {OrderState.UNPROVEN})
    - {OrderState.SUBMITTED, OrderState.CREATED, OrderState.ACCEPTED},
    OrderState.PARTIALLY_FILLED: frozenset(
        {
            OrderState.UNPROVEN,
            OrderState.CANCELING,
            OrderState.PARTIALLY_CANCELED,
            OrderState.FILLED,
            OrderState.CANCELED,  # the venue's word for the end stands, though something was filled
            OrderState.CONFLICT,
        }
    ),
    OrderState.CANCELING: frozenset(
        {
            OrderState.UNPROVEN,
            OrderState.CANCELED,
            OrderState.PARTIALLY_CANCELED,
            OrderState.FILLED,  # the cancel lost the race
            OrderState.REJECTED,  # so did the cancel of a stop order that triggered and could not be placed
            OrderState.CONFLICT,
        }
    ),
    # two different ends are a contradiction, and so is a venue's word about an order proven not to exist
    OrderState.NOT_SENT: frozenset({OrderState.CONFLICT}),
    OrderState.REFUSED: frozenset({OrderState.CONFLICT}),
    OrderState.NOT_PLACED: frozenset({OrderState.CONFLICT}),
    OrderState.FILLED: frozenset({OrderState.CONFLICT}),
    OrderState.CANCELED: frozenset({OrderState.CONFLICT}),
    OrderState.PARTIALLY_CANCELED: frozenset({OrderState.CONFLICT}),
    OrderState.REJECTED: frozenset({OrderState.CONFLICT}),
    OrderState.CONFLICT: frozenset(),
}
"""Which state may be shown after which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What a person or a program asks for, complete but for its client order id."""

    account_id: int
    symbol: str
    side: Side
    type: OrderType
    amount: Decimal
    """In base; of a market buy the value to spend, in quote."""
    price: Decimal | None = None
    stop_price: Decimal | None = None
    stop_operator: str | None = None
    """``gte`` or ``lte``: the last price must reach the stop price from below or from above."""
    source: str = "spot-api"
    self_match_prevent: bool = False

    @property
    def is_amount_in_quote(self) -> bool:
        """Whether ``amount`` is money to spend instead of coins to get."""
        return self.type is OrderType.MARKET and self.side is Side.BUY

    @property
    def venue_type(self) -> str:
        """HTX's word for side and type together: ``buy-limit``."""
        return f"{self.side.value}-{self.type.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The one act by which an order was meant: it is journalled with the intent, and answers for one POST."""

    at_ms: int
    """When the key was pressed, or the command was given; UTC ms."""
    by: str
    """``key``, ``command`` or ``program``."""
    shown: str = ""
    """What was displayed when it was confirmed, as a sentence."""
    reference: Decimal | None = None
    """The market price that was displayed: own side's best opposite price, in quote."""
    symbol: str = ""
    """The pair that was displayed; another one is not sent under this confirmation. Empty: not told."""
    side: Side | None = None
    """The side that was displayed, as above."""
    allowed: frozenset[str] = frozenset()
    """Codes of the gate's objections that were overridden, one by one, in so many words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One human decision: one row in the journal, one client order id, at most one POST, ever."""

    client_order_id: str
    request: OrderRequest
    body: bytes
    """The exact bytes that will be sent."""
    created_ms: int
    host: str
    mode: str
    confirmation: Confirmation | None = None
    """Who meant it, and what was on the screen then."""
    gate: tuple[str, ...] = ()
    """What the gate said of it: each finding as ``CODE: sentence``."""
    value: Decimal | None = None
    """What the order was worth when it was sent, in USDT; ``None`` where no price told."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue gave an order id."""

    order_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Proof that there is no order: the venue refused (an allow-listed code), or no byte left (``is_sent`` false)."""

    code: str
    text: str
    is_sent: bool = True
    alarm: str = field(default="", compare=False)
    """Why no other order may follow before a person has looked (the key is refused, a redirect); or empty."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Everything else: the order may or may not exist."""

    cause: str
    alarm: str = field(default="", compare=False)
    """As of :class:`Refused`."""


Outcome = Accepted | Refused | Unknown


class CancelAnswer(Enum):
    """What an answered cancel means; none of these says "cancelled" (that word comes from the order itself)."""

    REQUESTED = "requested"
    ALREADY_FINAL = "already-final"
    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """The venue's answer to a cancel."""

    answer: CancelAnswer
    state: OrderState | None = None
    """The order's state where the venue named it beside its answer."""
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade of an own order. Source: HTX matchresults, ``trade.clearing`` and ``orders#`` trade events."""

    trade_id: int
    order_id: str
    client_order_id: str = ""
    symbol: str
    side: Side
    price: Decimal
    amount: Decimal
    """In base."""
    ts_ms: int
    fee: Decimal | None = None
    """Positive is paid, negative is a rebate, ``None`` is not known yet (``orders#`` does not say)."""
    fee_currency: str = ""
    is_maker: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """What the venue said of one order in one message; ``None`` is "not said here"."""

    order_id: str
    client_order_id: str = ""
    account_id: int | None = None
    symbol: str
    side: Side
    type: OrderType | None = None
    """``None`` for a type that this program cannot place (grid orders): shown by ``venue_type``."""
    venue_type: str = ""
    state: OrderState | None = None
    amount: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    stop_operator: str | None = None
    filled_base: Decimal | None = None
    filled_quote: Decimal | None = None
    fees: Decimal | None = None
    created_ms: int | None = None
    updated_ms: int | None = None
    source: str = ""
    cause: str = ""
    """Why it was cancelled or rejected, in the venue's cleaned words."""
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as this program knows it: the join of the own intent and of all that the venue ever said."""

    client_order_id: str
    """Own or foreign id; ``""`` where an external order has none."""
    order_id: str | None
    account_id: int | None
    symbol: str
    side: Side
    type: OrderType | None
    venue_type: str
    state: OrderState
    amount: Decimal | None
    """In base; of a market buy the value in quote."""
    price: Decimal | None
    stop_price: Decimal | None = None
    stop_operator: str | None = None
    filled_base: Decimal = Decimal(0)
    filled_quote: Decimal = Decimal(0)
    fees: Decimal | None = None
    created_ms: int = 0
    updated_ms: int = 0
    is_external: bool = False
    is_cancel_requested: bool = False
    cause: str = ""
    """Why it was refused or cancelled, or why it is uncertain; cleaned."""
    next_check_ms: int | None = None
    """When an uncertain order is looked up next, UTC ms."""
    is_signed_off: bool = False
    """A person settled it as it stands (unproven, or in conflict): it belongs to the history, not to the uncertain."""
    fills: tuple[Fill, ...] = field(default=())

    @property
    def key(self) -> str:
        """What this program calls it: an own order's client order id, else the venue's id (foreign ids may repeat)."""
        if self.is_external and self.order_id:
            return self.order_id
        return self.client_order_id or (self.order_id or "")

    @property
    def is_amount_in_quote(self) -> bool:
        """Whether ``amount`` is in quote."""
        return self.type is OrderType.MARKET and self.side is Side.BUY

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.state in FINAL

    @property
    def is_open(self) -> bool:
        """Whether the venue holds it and may fill it."""
        return self.state in OPEN

    @property
    def average_price(self) -> Decimal | None:
        """Quote spent or received for each base filled, or ``None`` while nothing is."""
        return self.filled_quote / self.filled_base if self.filled_base else None
