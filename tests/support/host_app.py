"""The screen with canned views that move, so that it can be looked at without an exchange.

``python -m tests.support.host_app [calm|uncertain|stale|starting|failed|empty|warn|phrase|margin|halted|held|old]``
"""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from types import MappingProxyType

from hbtui.model.account import Account, Balance
from hbtui.model.events import Link, LinkState
from hbtui.model.order import OrderState, Side
from hbtui.trading.views import Caps, Finding, LinkView, OrdersView, Severity, SwitchView, View
from hbtui.ui.app import HbtuiApp, UiSettings
from tests.support.front import ScriptedFront
from tests.support.views import NOW_MS, book_view, entries_of, fill, live_view, order, quote, starting_view

_STARTED_S = time.monotonic()


def _now_ms() -> int:
    return NOW_MS + int((time.monotonic() - _STARTED_S) * 1000)


def _doubts(view: View) -> View:
    """Three kinds of doubt at once, and the switch armed."""
    doubt = order(9, state=OrderState.UNCERTAIN, order_id=None, created_ms=NOW_MS - 7000, next_check_ms=NOW_MS + 9000)
    unproven = order(8, state=OrderState.UNPROVEN, order_id=None, side=Side.SELL, venue_type="sell-limit")
    conflict = order(7, state=OrderState.CONFLICT, cause="filled and canceled were told")
    orders = replace(view.orders, uncertain=(doubt, unproven, conflict))
    return replace(view, orders=orders, switch=SwitchView(timeout_s=60, trigger_ms=NOW_MS + 47_000, failures=1))


def _old(view: View) -> View:
    """Orders and fills of other days, many of them."""
    day = 86_400_000
    history = tuple(
        order(20 + at, state=OrderState.FILLED, filled_base=Decimal(1000), filled_quote=Decimal(80),
              created_ms=NOW_MS - at * day, updated_ms=NOW_MS - at * day + 9000)
        for at in range(1, 40)
    )  # fmt: skip
    fills = tuple(fill(at, ts_ms=NOW_MS - at * day) for at in range(1, 40))
    return _doubts(replace(view, orders=replace(view.orders, history=history, fills=fills)))


def _margin(view: View) -> View:
    """Three accounts and caps."""
    accounts = (
        Account(4821, "spot", "", "working"),
        Account(77, "margin", "dogeusdt", "working"),
        Account(99, "super-margin", "", "working"),
    )
    held = {77: (Balance("usdt", Decimal(55), Decimal(0)),), 99: (Balance("usdt", Decimal(9), Decimal(0)),)}
    caps = Caps(order_value=Decimal(100), open_value=Decimal(500), session_value=Decimal(2000))
    return replace(view, accounts=accounts, holdings=MappingProxyType(held), caps=caps)


_SAFETY: dict[str, Callable[[View], View]] = {
    "doubts": _doubts,
    "old": _old,
    "margin": _margin,
    "phrase": _margin,
    "halted": lambda view: replace(view, is_halted=True),
    "held": lambda view: replace(view, blocked="Another hbtui (process 4711, pts/3) holds this account."),
}
_FINDINGS = {
    "warn": (Finding("PRICE_COLLAR", "2.1 % above the middle of the book", Severity.WARNING, "price"),),
    "phrase": (
        Finding("MAX_ORDER_VALUE", "the order is worth 120 USDT: the limit is 100 USDT", Severity.ERROR, "", "120"),
        Finding(
            "UNCERTAIN_PENDING",
            "another order on this side may be live: buy 1000 dogeusdt @ 0.08",
            Severity.ERROR,
            "",
            "buy 1000 dogeusdt",
        ),
        Finding("PRICE_COLLAR", "4.1 % above the market", Severity.WARNING, "price"),
    ),
}


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
    if name in _SAFETY:
        return _SAFETY[name](view)
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
        moved = bar._replace(close=last, high=max(bar.high, last), low=min(bar.low, last))
        front.change(
            quote=quote(last=str(last)),
            book=book_view(last=str(last)),
            candles=replace(view.candles, candles=(*view.candles.candles[:-1], moved)),
        )


async def main(name: str) -> None:
    """Run until the person quits."""
    front = ScriptedFront(scene(name), _FINDINGS.get(name, ()))
    front.journal = {made.key: entries_of(made.key) for made in (order(1), order(3), order(9))}
    app = HbtuiApp(front, now_ms=_now_ms, zone=UTC, settings=UiSettings())
    mover = asyncio.create_task(_move(front)) if name in {"calm", "uncertain", "doubts"} else None
    await app.run_async()
    if mover is not None:
        mover.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "calm"))
