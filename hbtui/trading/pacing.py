"""How fast orders may follow one another; pure."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.order import OrderRequest
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error
from hbtui.trading.quantities import is_bounded
from hbtui.trading.views import Finding

__all__ = ["DUPLICATE_MS", "RATES", "pacing_against"]

DUPLICATE_MS = 2_000
"""The same order again within this time is a key held too long or pressed twice."""
RATES = ((2, 1_000), (20, 60_000))
"""At most so many orders in so many ms: more than a person means, and far below the venue's own limit."""


def pacing_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Look for the same order a moment ago, and for too many of any kind."""
    if any(_is_same(request, one.request) and context.now_ms - one.at_ms < DUPLICATE_MS for one in context.sent):
        yield error("DUPLICATE", "the same order was sent less than two seconds ago")
    times = sorted(one.at_ms for one in context.sent)
    waits = [(_wait_ms(times, context.now_ms, count, window), count, window) for count, window in RATES]
    wait_ms, count, window = max(waits)
    if wait_ms > 0:
        tenths = -(-wait_ms // 100)
        text = f"at most {count} orders in {window // 1000} s: the next may go in {tenths // 10}.{tenths % 10} s"
        yield error("RATE", text)


def _wait_ms(times: list[int], now_ms: int, count: int, window_ms: int) -> int:
    """How long until fewer than ``count`` of the times lie within the window."""
    return times[-count] + window_ms - now_ms if len(times) >= count else 0


def _is_same(one: OrderRequest, other: OrderRequest) -> bool:
    if (one.account_id, one.symbol, one.side, one.type) != (other.account_id, other.symbol, other.side, other.type):
        return False
    return _is_equal(one.amount, other.amount) and (not one.type.has_price or _is_equal(one.price, other.price))


def _is_equal(one: Decimal | None, other: Decimal | None) -> bool:
    return is_bounded(one) and is_bounded(other) and one == other
