"""One pair as it trades now: its tape, the synthetic book around it, and the users' orders in it."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from hbtui.sim.depth import STEP_MS, Level, SyntheticBook
from hbtui.sim.exact import ZERO, plus
from hbtui.sim.history import History
from hbtui.sim.matching import RestingBook
from hbtui.sim.orders import Order
from hbtui.sim.symbols import Pair
from hbtui.sim.tape import Tape, Trade

__all__ = ["DEEP", "Market"]

DEEP = 400
"""As many levels a side as anybody can ask for."""


class Market:
    """What is traded in one pair; ``now_ms`` is always given, never read."""

    def __init__(self, pair: Pair, seed: int, stopped_ms: int | None) -> None:
        self.pair = pair
        self.tape = Tape(pair, History(pair, seed), stopped_ms)
        self.book = SyntheticBook(pair, seed)
        self.resting = RestingBook()
        self.stops: list[Order] = []
        self.seen_ms = 0
        self.version = 0
        self._stopped = stopped_ms
        self._shown: tuple[tuple[int, int, int], tuple[list[Level], list[Level]]] | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether an order waits for this market to move."""
        return bool(self.stops) or len(self.resting) > 0

    def publish(self, watchers: Iterable[Callable[[str, list[Trade]], None]], trade: Trade) -> None:
        """Tell everybody who watches of a trade."""
        for watcher in watchers:
            watcher(self.pair.symbol, [trade])

    def touched(self) -> None:
        """Say that a user changed the book."""
        self.version += 1

    def step(self, now_ms: int) -> int:
        """The number of the synthetic book's state."""
        return (now_ms if self._stopped is None else min(now_ms, self._stopped)) // STEP_MS

    def around(self, now_ms: int) -> tuple[list[Level], list[Level]]:
        """The rest of the market without the users' orders: bids and asks that do not cross those, best first."""
        last = self.tape.last(now_ms)
        key = (last.id, self.step(now_ms), self.version)
        if self._shown is None or self._shown[0] != key:
            bids, asks = self.book.sides(last.price, key[1], DEEP, buy=last.buy)
            own_bid, own_ask = (self._best(buys=buys) for buys in (True, False))
            bids = [level for level in bids if own_ask is None or level[0] < own_ask]
            asks = [level for level in asks if own_bid is None or level[0] > own_bid]
            self._shown = (key, (bids, asks))
        return self._shown[1]

    def depth(self, now_ms: int, count: int) -> tuple[list[Level], list[Level]]:
        """The whole book, users' orders included: ``count`` bids and asks, best first."""
        bids, asks = self.around(now_ms)
        return self._merged(bids, count, buys=True), self._merged(asks, count, buys=False)

    def ahead(self, price: Decimal, now_ms: int, *, buys: bool) -> Decimal:
        """How much of the rest of the market queues at this price on this side."""
        side = self.around(now_ms)[0 if buys else 1]
        return next((amount for level, amount in side if level == price), ZERO)

    def _best(self, *, buys: bool) -> Decimal | None:
        orders = self.resting.side(buys=buys)
        return orders[0].request.price if orders else None

    def _merged(self, levels: list[Level], count: int, *, buys: bool) -> list[Level]:
        orders = self.resting.side(buys=buys)
        if not orders:
            return levels[:count]
        amounts = dict(levels)
        for order in orders:
            price = order.request.price or ZERO
            amounts[price] = plus(amounts.get(price, ZERO), order.remaining)
        return sorted(amounts.items(), reverse=buys)[:count]
