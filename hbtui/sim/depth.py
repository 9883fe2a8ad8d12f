"""The synthetic book: who else is in the market around the last price, and how fast they come back when taken."""

from decimal import Decimal

from hbtui.model.numbers import truncated
from hbtui.sim.exact import ZERO, minus, plus, units
from hbtui.sim.noise import mixed
from hbtui.sim.symbols import Pair

__all__ = ["STEP_MS", "Level", "SyntheticBook"]

STEP_MS = 250
"""The book changes this often."""

_REFILL_STEPS = 40
_NEAR = 4

Level = tuple[Decimal, Decimal]
"""Price and amount."""


class SyntheticBook:
    """The levels of one pair as a function of the last trade and the time, less what users have taken lately."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self._pair = pair
        self._salt = mixed(seed, sum(pair.symbol.encode()))
        self._grid = max(1, pair.typical_ticks // 40_000)
        self._typical = max(1, pair.daily_lots // 24_000)
        self._taken: dict[tuple[bool, Decimal], tuple[Decimal, int]] = {}

    def sides(self, last: Decimal, step: int, count: int, *, buy: bool) -> tuple[list[Level], list[Level]]:
        """Bids (best first) and asks (best first) around the last trade, whose taker bought or sold."""
        price = int(last.scaleb(self._pair.price_places))
        spread = 1 + mixed(self._salt, step // 16) % 3 * max(1, self._grid // 60)
        bid, ask = (price - spread, price) if buy else (price, price + spread)
        return self._side(bid, -1, step, count), self._side(ask, 1, step, count)

    def take(self, price: Decimal, amount: Decimal, step: int, *, ask: bool) -> None:
        """Remember that users took this much; it comes back over the next seconds."""
        self._taken[ask, price] = (plus(self._gone(price, step, ask=ask), amount), step)
        if len(self._taken) > 2000:
            self._taken = {key: left for key, left in self._taken.items() if step - left[1] < _REFILL_STEPS}

    def _side(self, touch: int, away: int, step: int, count: int) -> list[Level]:
        levels: list[Level] = []
        price = touch
        for place in range(count * 3 + 32):
            if len(levels) == count or price <= 0:
                break
            amount = self._amount(price, step, away > 0, near=place <= _NEAR)
            if amount:
                levels.append((units(price, self._pair.price_places), amount))
            price = self._next(price, away, near=place < _NEAR)
        return levels

    def _next(self, price: int, away: int, *, near: bool) -> int:
        """The next price that somebody may quote: dense at the touch, then one in each stretch of the grid."""
        if near:
            return price + away * (1 + mixed(self._salt, price) % max(1, self._grid // 8))
        slot = price // self._grid + away
        return slot * self._grid + mixed(self._salt, slot) % self._grid

    def _amount(self, price: int, step: int, ask: bool, *, near: bool) -> Decimal:  # noqa: FBT001 -- a hot inner call
        mark = mixed(self._salt, price)
        life = 2 + mark % 6 if near else 6 + mark % 90
        word = mixed(mark, (step + mark) // life)
        if word % 9 == 0 and not near:
            return ZERO
        lots = (
            1 + self._typical * (1 + word % 1021 * (word >> 10 & 1023) // 4096 + (2048 if word % 61 == 1 else 0)) // 96
        )
        amount = units(lots, self._pair.amount_places)
        if self._taken:
            gone = self._gone(units(price, self._pair.price_places), step, ask=ask)
            amount = truncated(max(ZERO, minus(amount, gone)), self._pair.amount_places)
        return amount

    def _gone(self, price: Decimal, step: int, *, ask: bool) -> Decimal:
        taken = self._taken.get((ask, price))
        if taken is None:
            return ZERO
        amount, since = taken
        left = _REFILL_STEPS - (step - since)
        return (amount * left / _REFILL_STEPS).quantize(Decimal(1).scaleb(-18)) if left > 0 else ZERO
