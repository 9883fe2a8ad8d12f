"""The single trades of one minute of the synthetic market: they sum to their minute exactly."""

from collections.abc import Sequence
from typing import NamedTuple

from hbtui.sim.cells import Cell, path_of
from hbtui.sim.noise import mixed

__all__ = ["Print", "prints_of"]

_MINUTE_MS = 60_000


class Print(NamedTuple):
    """A trade of the tape: UTC ms, price in ticks, lots, and whether the taker bought."""

    time_ms: int
    price: int
    lots: int
    buy: bool


def prints_of(cell: Cell, opened_ms: int, words: Sequence[int]) -> tuple[Print, ...]:
    """All trades of a minute in order of time: first at its open, last at its close, touching high and low."""
    salt = words[0] << 16 | words[1]
    wished = path_of(cell, cell.trades - 1, words[2])
    prices, lots = _settled(cell, wished, salt)
    times = _times(opened_ms, cell.trades, salt)
    trades: list[Print] = []
    before = cell.open
    for at, price in enumerate(prices):
        buy = price > before or (price == before and mixed(salt, at) % 2 == 0)
        trades.append(Print(times[at], price, lots[at], buy))
        before = price
    return tuple(trades)


def _settled(cell: Cell, wished: list[int], salt: int) -> tuple[list[int], list[int]]:
    """Give each trade its lots, and move two of them to the price that makes the turnover come out exactly."""
    count = cell.trades
    fixed = {0, count - 1, wished.index(cell.high), wished.index(cell.low)}
    free = [at for at in range(count) if at not in fixed]
    balancers = _balancers(cell, wished, free)
    order = [*sorted(fixed), *(at for at in free if at not in balancers)]
    prices, lots = list(wished), [0] * count
    left, value = cell.lots, cell.turnover
    for done, at in enumerate(order):
        still = count - done - 1
        if at not in fixed and not _fits(cell, prices[at], left, value, still):
            prices[at] = value // left
        lots[at] = _lots(cell, prices[at], (left, value), (still, mixed(salt, at + 7)))
        left -= lots[at]
        value -= lots[at] * prices[at]
    low, high = balancers
    prices[low], rest = divmod(value, left)
    lots[low], lots[high] = (left - rest, rest) if rest else (left - left // 2, left // 2)
    prices[high] = prices[low] + (1 if rest else 0)
    return prices, lots


def _balancers(cell: Cell, wished: list[int], free: list[int]) -> tuple[int, int]:
    """The two free trades whose wished prices are nearest to the minute's average."""
    average = cell.turnover // cell.lots
    nearest = sorted(free, key=lambda at: (abs(wished[at] - average), at))
    return nearest[0], nearest[1]


def _fits(cell: Cell, price: int, left: int, value: int, still: int) -> bool:
    """Whether one lot at this price leaves a rest that can still be traded inside the range."""
    rest, worth = left - 1, value - price
    return rest > still and cell.low * rest <= worth <= cell.high * rest


def _lots(cell: Cell, price: int, left: tuple[int, int], draw: tuple[int, int]) -> int:
    """A plausible size that leaves every later trade its room; at least one lot."""
    lots, value = left
    still, word = draw
    size = lots * (1 + word % 64 * (word >> 6 & 63)) // (1024 * (still + 1)) + 1
    size = min(size, (lots - 2 * still) // 2)
    if price > cell.low:
        size = min(size, 2 * (value - cell.low * lots) // ((still + 2) * (price - cell.low)))
    if price < cell.high:
        size = min(size, 2 * (cell.high * lots - value) // ((still + 2) * (cell.high - price)))
    return max(1, size)


def _times(opened_ms: int, count: int, salt: int) -> list[int]:
    gaps = [1 + mixed(salt, at + 91) % 4096 for at in range(count + 1)]
    whole, seen = sum(gaps), 0
    times: list[int] = []
    for at in range(count):
        seen += gaps[at]
        times.append(opened_ms + at + (_MINUTE_MS - count) * seen // whole)
    return times
