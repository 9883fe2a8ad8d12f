"""What the gate judges an order by, and how it is taken from a view; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType

from hbtui.model.account import Account, Balance, KeyInfo, Mode
from hbtui.model.book import Level
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.numbers import EXACT
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState
from hbtui.trading.guard import Guard, Sent
from hbtui.trading.open_value import open_value_of
from hbtui.trading.quantities import is_bounded
from hbtui.trading.views import BookView, Caps, View

__all__ = ["GateContext", "gate_context"]

_UNSEEN_MS = 10_000
"""So long after it was sent an order may still be missing among the orders of a view."""
_EARLIER_MS = 2_000
"""So much earlier than it was sent an order may seem made: the venue's clock is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """What the gate judges by; ``None`` is not known, and what is not known does not pass where money hangs on it.

    Ages are in ms; an age of ``None`` is not judged.
    """

    now_ms: int
    account_id: int | None
    """The account in use where ``accounts`` is not known."""
    instrument: Instrument | None
    mode: Mode | None = None
    host: str = ""
    accounts: tuple[Account, ...] = ()
    """Every account that orders can be placed from."""
    key: KeyInfo | None = None
    market_status: MarketStatus | None = None
    blocked: str = ""
    """Why nothing can be sent now (a lost link, a broken journal); empty when something can."""
    reconciling: str = ""
    """Why the own orders are not known as they are now; empty when they are."""
    is_halted: bool = False
    is_book_stale: bool = False
    """The order book is known to be broken, or awaited."""
    book_age_ms: int | None = None
    private_age_ms: int | None = None
    """How long the account's stream has been silent."""
    engine_age_ms: int | None = None
    """How long the engine has shown no sign of life."""
    rules_age_ms: int | None = None
    """How long ago the venue's rules were read."""
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    last: Decimal | None = None
    bids: tuple[Level, ...] | None = None
    """The visible levels, the best first."""
    asks: tuple[Level, ...] | None = None
    base: Balance | None = None
    """Of the request's account, like ``quote``."""
    quote: Balance | None = None
    pending: tuple[Order, ...] = ()
    """Own orders that are being sent or in doubt: they may hold money that the balance does not show yet."""
    in_flight: tuple[Sent, ...] = ()
    """What was sent a moment ago and is not among the known orders yet."""
    sent: tuple[Sent, ...] = ()
    """What was sent in the last 24 hours, oldest first."""
    caps: Caps = field(default_factory=Caps)
    open_value: Decimal | None = Decimal(0)
    """What is open, in doubt or on its way, in USDT; ``None`` where that is not wholly known."""
    prices: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """Last prices by symbol: those of pairs with USDT turn a value into USDT."""
    clock_offset_ms: int | None = None
    confirmation: Confirmation | None = None
    """The act that the order is about to be sent by; ``None`` while it is only looked at."""


def gate_context(
    view: View,
    request: OrderRequest,
    now_ms: int,
    guard: Guard | None = None,
    *,
    confirmation: Confirmation | None = None,
) -> GateContext:
    """Take what concerns the request out of a view; out of the guard, if there is one, halt, caps and what was sent."""
    instrument = view.instruments.get(request.symbol)
    reconciling = _reconciling(view)
    context = GateContext(
        now_ms=now_ms,
        account_id=view.venue.account_id,
        instrument=instrument,
        mode=view.venue.mode,
        host=view.venue.host,
        accounts=view.accounts,
        key=view.venue.key,
        market_status=view.market_status,
        blocked="" if reconciling else view.blocked,
        reconciling=reconciling,
        is_halted=view.is_halted,
        private_age_ms=_private_age_ms(view, now_ms),
        engine_age_ms=now_ms - view.heart_ms if view.heart_ms else None,
        rules_age_ms=now_ms - view.instruments_ms if view.instruments_ms else None,
        base=_balance(view, request.account_id, instrument.base) if instrument else None,
        quote=_balance(view, request.account_id, instrument.quote) if instrument else None,
        pending=_pending(view),
        caps=view.caps,
        clock_offset_ms=view.clock_offset_ms,
        confirmation=confirmation,
    )
    context = _with_market(context, view, request.symbol)
    return _with_guard(context, view, guard)


def _with_market(context: GateContext, view: View, symbol: str) -> GateContext:
    """Add the symbol's book and prices; a stale book gives none."""
    is_active = symbol == view.symbol
    quote = view.quote if is_active else next((row.quote for row in view.watchlist if row.symbol == symbol), None)
    quote = quote if quote is not None and quote.symbol == symbol else None
    book = view.book.book if view.book.symbol == symbol and not view.book.is_stale else None
    return replace(
        context,
        is_book_stale=is_active and book is None,
        book_age_ms=_book_age_ms(view.book, context.now_ms, view.clock_offset_ms or 0) if book else None,
        best_bid=book.bids[0].price if book and book.bids else quote.bid if quote else None,
        best_ask=book.asks[0].price if book and book.asks else quote.ask if quote else None,
        last=quote.last if quote else None,
        bids=book.bids if book else None,
        asks=book.asks if book else None,
        prices=_prices(view),
    )


def _book_age_ms(shown: BookView, now_ms: int, offset_ms: int) -> int | None:
    """How long ago the book was told, by the venue's clock, or confirmed, by the own one."""
    if shown.book is None:
        return None
    told_ms = now_ms + offset_ms - shown.book.ts_ms
    confirmed_ms = told_ms if shown.confirmed_ms is None else now_ms - shown.confirmed_ms
    return max(0, min(told_ms, confirmed_ms))


def _with_guard(context: GateContext, view: View, guard: Guard | None) -> GateContext:
    """Add what was sent, the caps and the halt, and what all that is open is worth."""
    if guard is not None:
        sent = guard.sent(context.now_ms)
        context = replace(
            context,
            sent=sent,
            in_flight=tuple(_in_flight(view, sent, context.now_ms)),
            caps=guard.caps,
            is_halted=view.is_halted or guard.is_halted,
        )
    orders = (order for order in (*view.orders.uncertain, *view.orders.open) if not order.is_external)
    value = open_value_of(orders, view.instruments, context.prices)
    for one in context.in_flight:
        value = EXACT.add(value, one.value) if value is not None and is_bounded(one.value) else None
    return replace(context, open_value=value)


def _reconciling(view: View) -> str:
    if view.orders.is_known and not view.orders.is_stale:
        return ""
    return view.blocked or "orders and balances are being read"


def _private_age_ms(view: View, now_ms: int) -> int | None:
    """How long the account's stream is away; while it is there its own pings watch over it."""
    link = view.links.get(Link.ACCOUNT)
    return None if link is None or link.state is LinkState.LIVE else now_ms - link.since_ms


def _balance(view: View, account_id: int, currency: str) -> Balance | None:
    """One currency of the account that the order is for; nothing held is zero, an unread account is unknown."""
    if account_id == view.venue.account_id:
        return view.balances.of(currency)
    held = view.holdings.get(account_id)
    if held is None:
        return None
    return next((one for one in held if one.currency == currency), Balance(currency, Decimal(0), Decimal(0)))


def _pending(view: View) -> tuple[Order, ...]:
    sending = (order for order in view.orders.open if order.state is OrderState.SENDING)
    return tuple(order for order in (*view.orders.uncertain, *sending) if not order.is_external)


def _prices(view: View) -> Mapping[str, Decimal]:
    quotes = (*(row.quote for row in view.watchlist), view.quote)
    return MappingProxyType({one.symbol: one.last for one in quotes if one is not None and one.last is not None})


def _in_flight(view: View, sent: Iterable[Sent], now_ms: int) -> Iterator[Sent]:
    """Find what was sent and does not show yet: a view is up to a disk's patience behind the guard."""
    late = [one for one in sent if one.at_ms > now_ms - _UNSEEN_MS]
    first_ms = min((one.at_ms for one in late), default=now_ms) - _EARLIER_MS
    shown = Counter(
        (order.account_id, order.symbol, order.side, order.type, order.amount, order.price)
        for order in (*view.orders.uncertain, *view.orders.open, *view.orders.history)
        if order.created_ms >= first_ms and not order.is_external
    )
    for one in late:
        asked = one.request
        key = (asked.account_id, asked.symbol, asked.side, asked.type, asked.amount, asked.price)
        if shown[key] > 0:
            shown[key] -= 1
        else:
            yield one
