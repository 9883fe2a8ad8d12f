"""What the review of an order goes by: which findings stand, and whether the market is still the one shown; pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from hbtui.model.numbers import EXACT, parse_plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.views import Finding, Severity, View

__all__ = ["best_opposite", "has_moved", "is_bound_to_market", "is_same_verdict", "settled", "standing"]

_MOST_MOVED = Decimal("0.01")
_AT_ONCE = frozenset({OrderType.MARKET, OrderType.IOC, OrderType.FOK})


def best_opposite(view: View, request: OrderRequest) -> Decimal | None:
    """Find the price that an order would meet first: the best ask of a buy, the best bid of a sell."""
    is_buy = request.side is Side.BUY
    book = view.book.book if view.book.symbol == request.symbol and not view.book.is_stale else None
    level = None if book is None else book.best_ask if is_buy else book.best_bid
    if level is not None:
        return level.price
    quote = view.quote if view.quote is not None and view.quote.symbol == request.symbol else None
    return None if quote is None else quote.ask if is_buy else quote.bid


def is_bound_to_market(request: OrderRequest) -> bool:
    """Whether the order fills at once, so that the market decides what becomes of it."""
    return request.type in _AT_ONCE


def has_moved(shown: Decimal | None, now: Decimal | None) -> bool:
    """Whether a price is more than 1 % away from the one that was shown; a price that came or went has moved."""
    if shown is None or now is None:
        return shown is not now
    return abs(now - shown) > EXACT.multiply(shown, _MOST_MOVED)


def standing(findings: Sequence[Finding], allowed: Collection[str]) -> tuple[Finding, ...]:
    """Keep the findings that still forbid the order once some codes were overridden."""
    errors = (finding for finding in findings if finding.severity is Severity.ERROR)
    return tuple(finding for finding in errors if not finding.phrase or finding.code not in allowed)


def settled(shown: Sequence[Finding], fresh: Sequence[Finding]) -> tuple[Finding, ...]:
    """Take the fresh findings, but let a phrase stay that is a value and follows the market by no more than 1 %.

    Nobody could type a phrase that changes with each tick.
    """
    before = {(one.code, one.field): one.phrase for one in shown if one.phrase}

    def kept(one: Finding) -> Finding:
        old = before.get((one.code, one.field), "")
        was, now = parse_plain(old.replace(",", "")), parse_plain(one.phrase.replace(",", ""))
        is_near = was is not None and now is not None and not has_moved(was, now)
        return replace(one, phrase=old) if is_near else one

    return tuple(kept(one) for one in fresh)


def is_same_verdict(one: Sequence[Finding], other: Sequence[Finding]) -> bool:
    """Whether the same is said, though numbers in the sentences may be newer."""

    def kinds(findings: Sequence[Finding]) -> set[tuple[str, Severity, str, str]]:
        return {(each.code, each.severity, each.field, each.phrase) for each in findings}

    return kinds(one) == kinds(other)
