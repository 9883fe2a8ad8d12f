"""The gate before an order is sent: every reason against it, each with a code; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.account import Balance
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.numbers import EXACT, plain
from hbtui.model.order import Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.rules import violations
from hbtui.trading.views import Finding, Severity, View

__all__ = ["CLOCK_BLOCK_MS", "CLOCK_WARN_MS", "GateContext", "findings", "gate_context"]

CLOCK_WARN_MS = 2_000
CLOCK_BLOCK_MS = 10_000
_DUPLICATE_WINDOW_MS = 2_000
_COLLAR = Decimal("0.03")
_NEEDS_A_PRICE = frozenset({OrderType.MARKET, OrderType.IOC, OrderType.FOK})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """What the gate judges by; ``None`` is not known, and what is not known does not pass where money hangs on it."""

    now_ms: int
    account_id: int | None
    instrument: Instrument | None
    market_status: MarketStatus | None = None
    blocked: str = ""
    """Why nothing can be sent now (start-up, a lost link, a broken journal); empty when something can."""
    is_book_stale: bool = False
    best_bid: Decimal | None = None
    best_ask: Decimal | None = None
    last: Decimal | None = None
    base: Balance | None = None
    quote: Balance | None = None
    pending: tuple[Order, ...] = ()
    """Own orders that are being sent or uncertain: they may hold money that the balance does not show yet."""
    recent: tuple[tuple[OrderRequest, int], ...] = ()
    """What was asked for a moment ago, with its UTC ms."""
    clock_offset_ms: int | None = None


def findings(request: OrderRequest, context: GateContext) -> tuple[Finding, ...]:
    """Say everything that stands against sending the request now, blocking findings first."""
    found = [*_venue(request, context), *_order(request, context), *_pending(request, context)]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def gate_context(
    view: View, request: OrderRequest, now_ms: int, recent: Iterable[tuple[OrderRequest, int]] = ()
) -> GateContext:
    """Take what concerns the request out of a view."""
    instrument = view.instruments.get(request.symbol)
    is_active = request.symbol == view.symbol
    quote = (
        view.quote if is_active else next((row.quote for row in view.watchlist if row.symbol == request.symbol), None)
    )
    book = view.book.book if is_active and not view.book.is_stale else None
    bid = book.bids[0].price if book and book.bids else quote.bid if quote else None
    ask = book.asks[0].price if book and book.asks else quote.ask if quote else None
    return GateContext(
        now_ms=now_ms,
        account_id=view.venue.account_id,
        instrument=instrument,
        market_status=view.market_status,
        blocked=view.blocked,
        is_book_stale=is_active and (view.book.is_stale or view.book.book is None),
        best_bid=bid,
        best_ask=ask,
        last=quote.last if quote else None,
        base=view.balances.of(instrument.base) if instrument else None,
        quote=view.balances.of(instrument.quote) if instrument else None,
        pending=_pending_of(view),
        recent=tuple(recent),
        clock_offset_ms=view.clock_offset_ms,
    )


def _pending_of(view: View) -> tuple[Order, ...]:
    sending = (order for order in view.orders.open if order.state is OrderState.SENDING)
    return tuple(order for order in (*view.orders.uncertain, *sending) if not order.is_external)


def _error(code: str, text: str, field: str = "") -> Finding:
    return Finding(code, text, Severity.ERROR, field)


def _warning(code: str, text: str, field: str = "") -> Finding:
    return Finding(code, text, Severity.WARNING, field)


def _venue(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge whether anything can be sent at all."""
    if context.blocked:
        yield _error("BLOCKED", context.blocked)
    status = context.market_status
    if status is not None and not status.takes_orders and not context.blocked:
        yield _error("MARKET_STATUS", "the exchange takes no new orders now")
    if context.account_id is None:
        yield _error("ACCOUNT", "the account is not known yet")
    elif request.account_id != context.account_id:
        yield _error("ACCOUNT", "the order names another account than the one in use")
    yield from _clock(context)
    instrument = context.instrument
    if instrument is None:
        yield _error("SYMBOL_STATE", f"the exchange does not list {request.symbol}")
    elif not instrument.is_tradable:
        reason = f"it is {instrument.state}" if instrument.state != "online" else "trading over the API is off"
        yield _error("SYMBOL_STATE", f"{instrument.name} cannot be traded: {reason}")


def _clock(context: GateContext) -> Iterator[Finding]:
    if context.clock_offset_ms is None:
        return
    skew = abs(context.clock_offset_ms)
    if skew > CLOCK_BLOCK_MS and not context.blocked:
        yield _error("CLOCK_SKEW", f"this computer's clock is {skew / 1000:.0f} s off: set it right to trade")
    elif CLOCK_BLOCK_MS >= skew > CLOCK_WARN_MS:
        yield _warning("CLOCK_SKEW", f"this computer's clock is {skew / 1000:.1f} s off")


def _order(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge the order by the venue's rules, the market and the balance."""
    if context.instrument is None:
        return
    broken = violations(request, context.instrument, context.last)
    yield from broken
    if any(finding.code in {"AMOUNT", "PRICE"} for finding in broken):
        return
    if context.is_book_stale:
        text = "the order book on the screen is not up to date"
        yield _error("STALE_BOOK", text) if request.type in _NEEDS_A_PRICE else _warning("STALE_BOOK", text)
    yield from _collar(request, context)
    yield from _balance(request, context)


def _collar(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Look for a price beyond both mid and last on the side that hurts."""
    mid = (context.best_bid + context.best_ask) / 2 if context.best_bid and context.best_ask else None
    known = [price for price in (mid, context.last) if price is not None and price > 0]
    if not known:
        text = "there is no market price to compare with"
        yield _warning("PRICE_COLLAR", text) if request.type.has_price else _error("PRICE_COLLAR", text)
        return
    if request.price is None:
        return
    if request.side is Side.BUY:
        distance, word = request.price / max(known) - 1, "above"
    else:
        distance, word = 1 - request.price / min(known), "below"
    if distance > _COLLAR:
        yield _warning("PRICE_COLLAR", f"the price is {distance * 100:.1f} % {word} the market", "price")


def _balance(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    given = context.quote if request.side is Side.BUY else context.base
    if given is None:
        yield _error("BALANCE", "the balance is not known yet")
        return
    reserved = sum((_cost(order, given.currency) for order in context.pending), Decimal(0))
    need = _need(request)
    if need > given.available - reserved:
        unit = given.currency.upper()
        text = f"{plain(need)} {unit} needed, {plain(given.available)} available"
        if reserved:
            text += f", of which uncertain orders may hold {plain(reserved)}"
        yield _error("BALANCE", text, "total" if request.side is Side.BUY and request.price is not None else "amount")


def _need(request: OrderRequest) -> Decimal:
    """What leaves the balance, at most."""
    if request.side is Side.BUY and request.price is not None:
        return EXACT.multiply(request.price, request.amount)
    return request.amount


def _cost(order: Order, currency: str) -> Decimal:
    """What an order in doubt may hold of a currency, of any pair, taken at its worst."""
    is_buy = order.side is Side.BUY
    is_given = order.symbol.endswith(currency) if is_buy else order.symbol.startswith(currency)
    if not is_given or order.amount is None:
        return Decimal(0)
    if not is_buy or order.is_amount_in_quote:
        return order.amount
    return EXACT.multiply(order.price or Decimal(0), order.amount)


def _pending(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Look for the same order asked a moment ago, and for one in doubt on the same side."""
    if any(_is_same(request, other) and context.now_ms - at < _DUPLICATE_WINDOW_MS for other, at in context.recent):
        yield _error("DUPLICATE", "the same order was sent less than two seconds ago")
    same_side = [order for order in context.pending if (order.symbol, order.side) == (request.symbol, request.side)]
    if order := _first(same_side, (OrderState.UNCERTAIN, OrderState.CONFLICT)):
        yield _error("UNCERTAIN_PENDING", f"another order on this side may be live: {_told(order)}")
    elif order := _first(same_side, (OrderState.UNPROVEN,)):
        yield _warning("UNCERTAIN_PENDING", f"what became of an earlier order is not proven: {_told(order)}")


def _is_same(one: OrderRequest, other: OrderRequest) -> bool:
    return (one.symbol, one.side, one.amount, one.price) == (other.symbol, other.side, other.amount, other.price)


def _first(orders: Sequence[Order], states: tuple[OrderState, ...]) -> Order | None:
    return next((order for order in orders if order.state in states), None)


def _told(order: Order) -> str:
    price = f" @ {plain(order.price)}" if order.price is not None else ""
    amount = plain(order.amount) if order.amount is not None else "?"
    return f"{order.side.value} {amount} {order.symbol}{price} ({order.state.value})"
