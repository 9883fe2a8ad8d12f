"""The laws J1–J8 and J10, judged by what the exchange, the disk and the screen say; never by what hbtui believes."""

import json
from collections import Counter
from collections.abc import Iterator

from hbtui.model.order import FINAL, Intent
from hbtui.trading.client_ids import is_own
from tests.explorer.watch import ABSENT, DOUBTFUL
from tests.explorer.world import World
from tests.support.invariants import shown_orders, unlike

__all__ = ["at_the_end", "in_time", "on_disk"]

_NEWS_S = 5.0
"""Cancels are tried again for as long as they must: what one of them does just now has yet to be told."""
_GIVEN_UP = "The cancel was not taken"
_BROKEN = "Something went wrong inside hbtui"


def in_time(world: World) -> Iterator[str]:
    """J5: whatever the exchange knows is shown as it is, but for what it learnt a moment ago."""
    shown = {order.order_id: order for order in shown_orders(world.program.view).values()}
    for row in world.live.rows():
        if world.live.quiet_s(int(row["id"])) < _NEWS_S:
            continue
        order = shown.get(str(row["id"]))
        if order is None:
            yield f"J5: {row['client-order-id']} ({row['state']}) is not shown"
        elif difference := unlike(order, row):
            yield f"J5: {row['client-order-id']}: {difference}"


def at_the_end(world: World) -> Iterator[str]:
    """Everything but what is on the disk."""
    yield from _one_order_each(world)
    yield from _intent_first(world)
    yield from _absent_is_absent(world)
    yield from (breach.replace("J5", "J4") for breach in in_time(world))
    yield from world.watch.breaches
    yield from _one_confirmation_each(world)
    yield from _as_journalled(world)
    yield from _cancels_end(world)
    yield from _halt_holds(world)
    yield from _balances(world)
    yield from (f"P3: {notice}" for notice in world.watch.notices if notice.title == _BROKEN)


def on_disk(world: World, unresolved: tuple[Intent, ...]) -> Iterator[str]:
    """What the next start would take up is what was on the screen as uncertain: nothing is lost, nothing is kept."""
    shown = shown_orders(world.program.view)
    for intent in unresolved:
        order = shown.get(intent.client_order_id)
        if order is None or order.state not in DOUBTFUL:
            yield f"J5: {intent.client_order_id} is open in the journal, and not shown as uncertain"


def _one_order_each(world: World) -> Iterator[str]:
    counts = Counter(str(row["client-order-id"]) for row in world.live.rows())
    yield from (f"J1: {key} became {count} orders" for key, count in counts.items() if count > 1)


def _intent_first(world: World) -> Iterator[str]:
    committed = world.disk.committed.at_s
    for row in world.live.rows():
        key = str(row["client-order-id"])
        if is_own(key) and key not in committed:
            yield f"J2: {key} is at the exchange, and its intent was never committed"
    for post in world.live.posts:
        if post.at_s < committed.get(post.client_order_id, float("inf")):
            yield f"J2: {post.client_order_id} was posted before its intent was committed"


def _absent_is_absent(world: World) -> Iterator[str]:
    for row in world.live.rows():
        key = str(row["client-order-id"])
        if seen := world.watch.ever(key, ABSENT):
            yield f"J3: {key} was shown as {seen.state.value} at {seen.at_s:.1f} s, and the exchange has it"


def _one_confirmation_each(world: World) -> Iterator[str]:
    counts = Counter(post.client_order_id for post in world.live.posts)
    yield from (f"J7: {key} was posted {count} times" for key, count in counts.items() if count > 1)
    yield from (f"J7: {key} was posted and never confirmed" for key in counts if key not in world.confirmed)


def _as_journalled(world: World) -> Iterator[str]:
    for post in world.live.posts:
        intent = world.disk.committed.intents.get(post.client_order_id)
        if intent is not None and intent.body != post.body:
            yield f"J8: {post.client_order_id} was sent as {post.body!r}, journalled as {intent.body!r}"
        request = world.confirmed.get(post.client_order_id)
        sent = json.loads(post.body)
        if request is not None and (sent["type"], sent["symbol"]) != (request.venue_type, request.symbol):
            yield f"J8: {post.client_order_id} was confirmed as {request}, sent as {sent}"


def _cancels_end(world: World) -> Iterator[str]:
    """J10: a cancel ends the order, or leaves it visibly uncertain, or is given up in words.

    A life that ended took its cancels with it: the order is on the screen of the next one, as it is.
    """
    shown = shown_orders(world.program.view)
    for cancel in world.cancels:
        order = shown.get(cancel.key)
        is_over = order is not None and (order.state in FINAL or order.state in DOUBTFUL)
        is_told = any(told.title == _GIVEN_UP and told.at_s >= cancel.at_s for told in world.watch.notices)
        if cancel.life == world.watch.life and not is_over and not is_told:
            yield f"J10: {cancel.key} was to be cancelled, and is {order.state.value if order else 'not shown'}"


def _halt_holds(world: World) -> Iterator[str]:
    """While new orders are stopped, nothing is sent, whenever it was confirmed."""
    for began_s, ended_s in world.halts:
        sent = [post.client_order_id for post in world.live.posts if began_s < post.at_s < ended_s]
        yield from (f"HALT: {key} was sent while new orders were stopped" for key in sent)


def _balances(world: World) -> Iterator[str]:
    """J5 of money: what is held is shown, to the last digit."""
    ledger = world.live.venue.ledger
    for currency in ("usdt", "doge"):
        true, shown = ledger.balance(currency), world.program.view.balances.of(currency)
        if shown is None or (shown.available, shown.frozen) != (true.available, true.frozen):
            yield f"J5: {currency} is {true.available} and {true.frozen} frozen, shown as {shown}"
