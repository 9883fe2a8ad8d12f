"""Price-time matching: what an incoming order would take, decided before anything is changed."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from hbtui.sim.depth import Level
from hbtui.sim.exact import ZERO, minus, plus, quotient_down, times
from hbtui.sim.orders import Order

__all__ = ["Match", "RestingBook", "SelfMatch", "planned", "quantity"]

_VALUE_PLACES = 18


class SelfMatch(Exception):
    """The order would trade with another order of the same user that forbids it; carries what came before."""

    def __init__(self, before: list["Match"]) -> None:
        super().__init__("self match prevented")
        self.before = before


class Match(NamedTuple):
    """One piece of a trade: at a maker's price, against a user's resting order or (``None``) the market."""

    price: Decimal
    amount: Decimal
    maker: Order | None


class RestingBook:
    """The users' resting orders of one symbol, each side best price first and oldest first within a price."""

    def __init__(self) -> None:
        self._bids: list[Order] = []
        self._asks: list[Order] = []

    def side(self, *, buys: bool) -> Sequence[Order]:
        """The resting buys or sells, best first."""
        return self._bids if buys else self._asks

    def add(self, order: Order) -> None:
        """Queue an order behind all others of its price."""
        buys = order.request.buy
        side = self._bids if buys else self._asks
        price = _price(order)
        behind = sum(1 for other in side if (_price(other) >= price if buys else _price(other) <= price))
        side.insert(behind, order)

    def remove(self, order: Order) -> None:
        """Take an order out; nothing happens when it is not there."""
        side = self._bids if order.request.buy else self._asks
        if order in side:
            side.remove(order)

    def __len__(self) -> int:
        return len(self._bids) + len(self._asks)

    def reached(self, price: Decimal, *, by_sell: bool) -> list[Order]:
        """The resting orders that a taker at this price meets, best first."""
        if by_sell:
            return [order for order in self._bids if _price(order) >= price]
        return [order for order in self._asks if _price(order) <= price]


def planned(order: Order, levels: Sequence[Level], makers: Sequence[Order]) -> list[Match]:
    """What the order would take now from market levels and resting orders (both best first), within its limit.

    Raises ``SelfMatch`` where the order forbids trading with its owner's other orders.
    """
    taking: list[Match] = []
    left = order.remaining
    for price, amount, maker in _offers(levels, makers, ascending=order.request.buy):
        if left <= ZERO or not _within(order, price):
            break
        if maker is not None and order.request.prevents_self_match:
            raise SelfMatch(taking)
        wanted = quotient_down(left, price, _VALUE_PLACES) if order.request.spends else left
        size = min(amount, wanted)
        if size <= ZERO:
            break
        taking.append(Match(price, size, maker))
        left = minus(left, times(size, price) if order.request.spends else size)
    return taking


def _within(order: Order, price: Decimal) -> bool:
    limit = order.request.price
    if limit is None:
        return True
    return price <= limit if order.request.buy else price >= limit


def _offers(
    levels: Sequence[Level], makers: Sequence[Order], *, ascending: bool
) -> Iterator[tuple[Decimal, Decimal, Order | None]]:
    """Market levels and resting orders in the order they are due: by price, then by who was there first."""
    amounts = dict(levels)
    queues: dict[Decimal, list[Order]] = {}
    for maker in makers:
        queues.setdefault(_price(maker), []).append(maker)
    for price in sorted({*amounts, *queues}, reverse=not ascending):
        left = amounts.get(price, ZERO)
        passed = ZERO
        for maker in queues.get(price, ()):
            ahead = min(left, max(ZERO, minus(maker.queue_ahead, passed)))
            if ahead:
                yield price, ahead, None
                left = minus(left, ahead)
                passed = plus(passed, ahead)
            yield price, maker.remaining, maker
        if left:
            yield price, left, None


def _price(order: Order) -> Decimal:
    return order.request.price or ZERO


def quantity(matches: Iterable[Match]) -> Decimal:
    """How much the matches amount to, in the base currency."""
    total = ZERO
    for match in matches:
        total = plus(total, match.amount)
    return total
