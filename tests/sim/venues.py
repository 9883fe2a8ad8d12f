"""A venue without a server: its clock is in the test's hands and its market stands still unless told."""

from decimal import Decimal
from typing import Any

from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.sim.options import Options
from hbtui.sim.orders import Order
from hbtui.sim.venue import Venue
from hbtui.sim.wire import JsonObject

__all__ = ["NOW_MS", "Told", "best", "body", "last", "place", "venue"]

NOW_MS = 1_763_000_000_000


class Told:
    """What a listener of the account socket was told, in order."""

    def __init__(self, source: Venue) -> None:
        self.events: list[tuple[str, str, JsonObject]] = []
        source.listeners.append(self.take)

    def take(self, topic: str, scope: str, data: JsonObject) -> None:
        """Keep one event."""
        self.events.append((topic, scope, data))

    @property
    def story(self) -> list[str]:
        """The events in short, such as ``orders:creation`` or ``accounts:order.place:usdt``."""
        return [
            f"accounts:{data['changeType']}:{scope}" if topic == "accounts" else f"{topic}:{data['eventType']}"
            for topic, scope, data in self.events
        ]


def venue(**options: Any) -> Venue:
    """A venue whose market stands still at a fixed moment."""
    return Venue(Options(**{"frozen": True, "clock": lambda: NOW_MS, **options}))


def body(kind: str, amount: str, price: str | None = None, symbol: str = "btcusdt", **more: Any) -> JsonObject:
    """A placement as it arrives."""
    found: JsonObject = {"account-id": str(SPOT_ACCOUNT), "symbol": symbol, "type": kind, "amount": amount}
    if price is not None:
        found["price"] = price
    return found | {name.replace("_", "-"): value for name, value in more.items()}


def place(at: Venue, kind: str, amount: str, price: Decimal | str | None = None, **more: Any) -> Order:
    """Place an order that must be accepted."""
    return at.place(body(kind, amount, None if price is None else str(price), **more))


def last(at: Venue, symbol: str = "btcusdt") -> Decimal:
    """The last price."""
    return at.market(symbol).tape.last(at.now()).price


def best(at: Venue, symbol: str = "btcusdt") -> tuple[Decimal, Decimal]:
    """Best bid and best ask."""
    bids, asks = at.market(symbol).depth(at.now(), 1)
    return bids[0][0], asks[0][0]
