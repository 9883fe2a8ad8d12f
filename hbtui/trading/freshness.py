"""Whether what the order is judged by is of now; pure."""

from collections.abc import Iterator

from hbtui.model.order import OrderRequest
from hbtui.trading.collar import NEEDS_A_PRICE
from hbtui.trading.gate_context import GateContext
from hbtui.trading.objections import error, warning
from hbtui.trading.views import Finding

__all__ = [
    "BOOK_MS",
    "CLOCK_BLOCK_MS",
    "CLOCK_WARN_MS",
    "CONFIRMATION_MS",
    "ENGINE_MS",
    "PRIVATE_MS",
    "RULES_MS",
    "freshness_against",
]

CLOCK_WARN_MS = 2_000
CLOCK_BLOCK_MS = 10_000
"""The venue counts a signature's life by its own clock: so far apart, nothing can be said of a late order."""
BOOK_MS = 3_000
"""A book that neither changed nor was confirmed for so long is not what an order meets."""
PRIVATE_MS = 25_000
"""The account's stream is pinged every 20 s: silent for longer, it is gone, and own orders with it."""
ENGINE_MS = 3_000
"""The engine shows a sign of life every second: without one for so long, the screen is a picture of the past."""
CONFIRMATION_MS = 3_000
"""An order that waited so long to be sent was held up, and its market has moved on."""
RULES_MS = 24 * 3600 * 1000
"""Venues change precision and limits from day to day."""


def freshness_against(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """Name everything that is too old, or of a clock that is wrong."""
    yield from _clock(context)
    yield from _book(request, context)
    if _is_older(context.private_age_ms, PRIVATE_MS):
        yield error("STALE_PRIVATE", "nothing was heard of the account for more than 25 s")
    if _is_older(context.engine_age_ms, ENGINE_MS):
        yield error("ENGINE_STALE", "the engine does not answer: what is on the screen is not up to date")
    if _is_older(context.rules_age_ms, RULES_MS):
        yield warning("RULES_AGE", "the exchange's rules for this pair were read more than a day ago")
    meant = context.confirmation
    if meant is not None and abs(context.now_ms - meant.at_ms) > CONFIRMATION_MS:
        yield error("LATE", "more than 3 s passed since this was confirmed: look again")


def _is_older(age_ms: int | None, most_ms: int) -> bool:
    return age_ms is not None and age_ms > most_ms


def _clock(context: GateContext) -> Iterator[Finding]:
    skew_ms = abs(context.clock_offset_ms or 0)
    if skew_ms > CLOCK_BLOCK_MS:
        yield error("CLOCK_SKEW", f"this computer's clock is {skew_ms / 1000:.0f} s off: set it right to trade")
    elif skew_ms > CLOCK_WARN_MS:
        yield warning("CLOCK_SKEW", f"this computer's clock is {skew_ms / 1000:.1f} s off")


def _book(request: OrderRequest, context: GateContext) -> Iterator[Finding]:
    """An order that meets the book needs one of now; any other is merely placed without seeing it."""
    if context.is_book_stale:
        text = "the order book on the screen is not up to date"
    elif _is_older(context.book_age_ms, BOOK_MS):
        text = "the order book on the screen is more than 3 s old"
    else:
        return
    yield error("STALE_BOOK", text) if request.type in NEEDS_A_PRICE else warning("STALE_BOOK", text)
