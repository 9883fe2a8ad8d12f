"""The gate before an order is sent: every reason against it, each with a code; pure."""

from collections.abc import Iterable, Iterator, Sequence

from hbtui.model.account import SOURCES, Account, Mode
from hbtui.model.numbers import plain
from hbtui.model.order import Order, OrderRequest, OrderState
from hbtui.trading.caps import caps_against, value_of
from hbtui.trading.collar import collar_against, moved_against
from hbtui.trading.freshness import CLOCK_BLOCK_MS, CLOCK_WARN_MS, freshness_against
from hbtui.trading.funds import funds_against
from hbtui.trading.gate_context import GateContext, gate_context
from hbtui.trading.key_rules import refusal_of
from hbtui.trading.objections import error, warning
from hbtui.trading.pacing import pacing_against
from hbtui.trading.rules import violations
from hbtui.trading.slippage import slippage_against
from hbtui.trading.views import Finding, Severity

__all__ = ["CLOCK_BLOCK_MS", "CLOCK_WARN_MS", "GateContext", "blocking", "findings", "gate_context", "value_of"]

_SPOT = "spot"
_WORKING = "working"


def findings(request: OrderRequest, context: GateContext) -> tuple[Finding, ...]:
    """Say everything that stands against sending the request now, what forbids first. Never raises."""
    found = [
        *_place(request, context),
        *freshness_against(request, context),
        *moved_against(request, context),
        *_account(request, context),
        *_order(request, context),
        *_doubt(request, context),
        *pacing_against(request, context),
    ]
    told = {finding.text for finding in found}
    found += [finding for finding in _general(context) if finding.text not in told]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def blocking(found: Iterable[Finding], allowed: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Say what still forbids the order where some codes were overridden, in so many words, by a person."""
    errors = (finding for finding in found if finding.severity is Severity.ERROR)
    return tuple(finding for finding in errors if not finding.phrase or finding.code not in allowed)


def _general(context: GateContext) -> Iterator[Finding]:
    """What stands against any order, in words that came from elsewhere."""
    if context.blocked:
        yield error("BLOCKED", context.blocked)
    if context.reconciling:
        yield error("RECONCILING", context.reconciling)


def _place(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge whether this place takes an order for this pair at all."""
    if context.is_halted:
        yield error("HALTED", "new orders are halted; cancels pass")
    is_here = _is_here(context.host)
    if context.host and context.mode is Mode.LIVE and is_here:
        yield error("MODE", "the mode is live, but the exchange is on this computer")
    elif context.host and context.mode in {Mode.DEMO, Mode.PAPER} and not is_here:
        yield error("MODE", "the mode is not live, but the exchange is not on this computer")
    status = context.market_status
    if status is not None and not status.takes_orders:
        yield error("MARKET_STATUS", "the exchange takes no new orders now")
    instrument = context.instrument
    if instrument is None:
        yield error("SYMBOL_STATE", f"the exchange does not list {request.symbol}")
    elif instrument.symbol != request.symbol:
        yield error("SYMBOL_STATE", f"{request.symbol} was to be judged by the rules of {instrument.name}")
    elif not instrument.is_tradable:
        reason = f"it is {instrument.state}" if instrument.state != "online" else "trading over the API is off"
        yield error("SYMBOL_STATE", f"{instrument.name} cannot be traded: {reason}")


def _is_here(host: str) -> bool:
    """Whether a host is on this computer, or of a name that is nowhere (RFC 6761: ``.test``)."""
    name = host.rpartition(":")[0] or host
    return name in {"127.0.0.1", "localhost", "[::1]"} or name.endswith(".test")


def _account(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge whether the account may place it, and the key."""
    if (key := context.key) is not None:
        if key.permissions and "trade" not in key.permissions:
            yield error("PERMISSION", "this API key may not trade")
        if context.mode is Mode.LIVE and (refusal := refusal_of(key)):
            yield error("PERMISSION", refusal)
    accounts = context.accounts
    if not accounts:
        if context.account_id is None:
            yield error("ACCOUNT", "the account is not known yet")
            return
        accounts = (Account(context.account_id, _SPOT, "", _WORKING),)
    account = next((one for one in accounts if one.account_id == request.account_id), None)
    if account is None:
        yield error("ACCOUNT", "the order names another account than those in use", "account")
    elif account.state != _WORKING:
        yield error("ACCOUNT", f"the {account.type} account is {account.state}", "account")
    elif SOURCES.get(account.type) != request.source:
        yield error("ACCOUNT", f"an order from the {account.type} account cannot name {request.source}", "account")
    elif account.type == "margin" and account.subtype != request.symbol:
        yield error("ACCOUNT", f"this margin account is for {account.subtype} only", "account")


def _order(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Judge the order by the venue's rules, the market, the limits and the balance."""
    broken = violations(request, context.instrument, context.last)
    yield from broken
    if any(finding.code in {"AMOUNT", "PRICE"} for finding in broken):
        return  # what is no number is compared with nothing
    yield from collar_against(request, context)
    yield from slippage_against(request, context)
    yield from caps_against(request, context)
    yield from funds_against(request, context)


def _doubt(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Look for orders whose end is not known: this one may be meant as theirs."""
    here = [order for order in context.pending if order.symbol == request.symbol]
    if conflicts := [order for order in here if order.state is OrderState.CONFLICT]:
        yield error("CONFLICT", f"two truths were told of an order of this pair: {_told(conflicts)}")
    alike = [order for order in here if order.side is request.side and order.account_id in {None, request.account_id}]
    if uncertain := [order for order in alike if order.state is OrderState.UNCERTAIN]:
        text = f"another order on this side may be live: {_told(uncertain)}"
        yield error("UNCERTAIN_PENDING", text, phrase=_named(uncertain[0]))
    if unproven := [order for order in alike if order.state is OrderState.UNPROVEN]:
        yield warning("UNPROVEN", f"what became of an earlier order is not proven: {_told(unproven)}")


def _named(order: Order) -> str:
    amount = plain(order.amount) if order.amount is not None else "?"
    return f"{order.side.value} {amount} {order.symbol}"


def _told(orders: Sequence[Order]) -> str:
    first = orders[0]
    price = f" @ {plain(first.price)}" if first.price is not None else ""
    others = f", and {len(orders) - 1} more" if len(orders) > 1 else ""
    return f"{_named(first)}{price}{others}"
