"""The screen with canned views that move, so that it can be looked at without an exchange.

``python -m tests.support.host_app [calm|uncertain|stale|starting|failed|blocked]``
"""

import asyncio
import sys
import time
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from types import MappingProxyType

from hbtui.model.events import Link, LinkState
from hbtui.model.order import OrderState
from hbtui.trading.views import Finding, LinkView, OrdersView, Severity, View
from hbtui.ui.app import HbtuiApp, UiSettings
from tests.support.front import ScriptedFront
from tests.support.views import NOW_MS, book_view, live_view, order, quote, starting_view

_STARTED_S = time.monotonic()


def _now_ms() -> int:
    return NOW_MS + int((time.monotonic() - _STARTED_S) * 1000)


def scene(name: str) -> View:
    """Build the view that a name stands for."""
    view = live_view()
    if name == "uncertain":
        doubt = order(
            9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 9000
        )
        return replace(view, orders=replace(view.orders, uncertain=(doubt,)))
    if name == "stale":
        down = LinkView(Link.MARKET, LinkState.RECONNECTING, NOW_MS - 3000, 2, NOW_MS + 4000, reason="the line dropped")
        return replace(
            view,
            links=MappingProxyType(dict.fromkeys(Link, down)),
            candles=replace(view.candles, is_stale=True),
            book=replace(view.book, is_stale=True),
            balances=replace(view.balances, is_stale=True),
            orders=replace(view.orders, is_stale=True),
            blocked="the market data is not live",
        )
    if name == "empty":
        return replace(view, orders=OrdersView(is_known=True))
    if name == "starting":
        return starting_view()
    if name == "failed":
        return replace(starting_view(), is_failed=True, blocked="The key is wrong. Check HTX_ACCESS_KEY in .env.")
    return view


async def _move(front: ScriptedFront) -> None:
    """Let price and book wander."""
    step = 0
    while True:
        await asyncio.sleep(0.25)
        step += 1
        last = Decimal("0.08123") + Decimal((step * 7) % 11 - 5).scaleb(-5)
        view = front.view
        bar = view.candles.candles[-1]
        moved = replace(bar, close=last, high=max(bar.high, last), low=min(bar.low, last))
        front.change(
            quote=quote(last=str(last)),
            book=book_view(last=str(last)),
            candles=replace(view.candles, candles=(*view.candles.candles[:-1], moved)),
        )


async def main(name: str) -> None:
    """Run until the person quits."""
    findings = (Finding("COLLAR", "2.1 % above the middle of the book", Severity.WARNING, "price"),)
    front = ScriptedFront(scene(name), findings if name == "warn" else ())
    app = HbtuiApp(front, now_ms=_now_ms, zone=UTC, settings=UiSettings())
    mover = asyncio.create_task(_move(front)) if name in {"calm", "uncertain"} else None
    await app.run_async()
    if mover is not None:
        mover.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "calm"))
