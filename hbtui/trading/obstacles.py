"""Why no order can be sent now, first things first; pure on a view."""

from collections.abc import Iterator

from hbtui.model.events import Link, LinkState
from hbtui.trading.risk import CLOCK_BLOCK_MS
from hbtui.trading.views import LinkView, View

__all__ = ["obstacles"]


def obstacles(view: View, *, is_synced: bool, problem: str = "", journal_problem: str = "") -> Iterator[str]:
    """Name what stands in the way, in plain words; nothing where an order can be sent.

    ``is_synced`` is whether orders and balances were read since the private stream came up, ``problem`` why they
    cannot be, ``journal_problem`` why nothing can be written down.
    """
    if journal_problem:
        yield journal_problem
    key = view.venue.key
    if key is not None and key.permissions and "trade" not in key.permissions:
        yield "this API key may not trade"
    if view.market_status is not None and not view.market_status.takes_orders:
        yield "the exchange takes no new orders now"
    account = view.links.get(Link.ACCOUNT, LinkView(Link.ACCOUNT))
    if account.state is LinkState.REFUSED:
        yield account.reason or "the exchange refused the account's stream"
    if account.state is not LinkState.LIVE:
        yield "the account's stream is not connected"
    if not is_synced:
        yield f"orders and balances cannot be read: {problem}" if problem else "orders and balances are being read"
    if view.links.get(Link.MARKET, LinkView(Link.MARKET)).state is not LinkState.LIVE:
        yield "the market's stream is not connected"
    offset_ms = view.clock_offset_ms
    if offset_ms is not None and abs(offset_ms) > CLOCK_BLOCK_MS:
        yield f"this computer's clock is {abs(offset_ms) / 1000:.0f} s off: set it right to trade"
