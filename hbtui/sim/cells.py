"""One stretch of the synthetic market and its exact division into shorter ones.

A cell's prices are whole ticks, its volumes whole lots, its turnover whole tick·lots, so a parent always equals its
children to the last unit. The average price of a cell keeps at least about an eighth of the range away from both
extremes; that is what makes every division possible, down to single trades.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["LOTS_A_MINUTE", "TRADES_A_MINUTE", "Cell", "divided", "joined", "path_mean", "path_of", "shared"]

TRADES_A_MINUTE = 6
"""The fewest trades of a minute: first, last, highest, lowest and two that settle the turnover."""

LOTS_A_MINUTE = 128
"""The fewest lots of a minute: enough to settle any turnover with whole lots."""


class Cell(NamedTuple):
    """Open, high, low and close in ticks, lots traded, turnover in tick·lots, number of trades.

    ``shape`` (16 bits) says where within the cell its extremes lie, so that its average can be known before it is
    divided.
    """

    open: int
    high: int
    low: int
    close: int
    lots: int
    turnover: int
    trades: int
    shape: int = 0


def joined(parts: Sequence[Cell]) -> Cell:
    """Make one cell of consecutive ones (at least one)."""
    return Cell(
        parts[0].open,
        max(part.high for part in parts),
        min(part.low for part in parts),
        parts[-1].close,
        sum(part.lots for part in parts),
        sum(part.turnover for part in parts),
        sum(part.trades for part in parts),
    )


def divided(parent: Cell, parts: int, minutes: int, next_parts: int, words: Sequence[int]) -> tuple[Cell, ...]:
    """Divide a cell into ``parts`` (four to twelve) of ``minutes`` minutes each, drawing from at least 64 words.

    ``next_parts`` is how many parts each of them will have in its turn; 0 for minutes, which become single trades.
    """
    shares = [40_000 + word for word in words[:parts]]
    counts = shared(parent.trades, shares, TRADES_A_MINUTE * minutes)
    lots = shared(parent.lots, [share + words[12 + at] for at, share in enumerate(shares)], LOTS_A_MINUTE * minutes)
    joints = path_of(parent, parts, words[24])
    highs, lows = _extremes(parent, joints, words[36:48])
    shapes = words[48:60]
    wanted = [
        path_mean((joints[at], highs[at], lows[at], joints[at + 1]), next_parts or counts[at] - 1, shapes[at])
        for at in range(parts)
    ]
    lots = _tilted(parent, lots, wanted, LOTS_A_MINUTE * minutes)
    turnovers = _turnovers(parent, lots, wanted, 1024)
    if not _all_fit(highs, lows, lots, turnovers):
        turnovers = _turnovers(parent, lots, wanted, None)
        _widen(parent, highs, lows, lots, turnovers)
    return tuple(
        Cell(joints[at], highs[at], lows[at], joints[at + 1], lots[at], turnovers[at], counts[at], shapes[at])
        for at in range(parts)
    )


def shared(total: int, shares: Sequence[int], least: int) -> list[int]:
    """Share a whole number out by weight, each part at least ``least``; the parts sum to the total exactly."""
    spare = total - least * len(shares)
    whole = sum(shares)
    parts: list[int] = []
    given = seen = 0
    for share in shares:
        seen += share
        until = spare * seen // whole
        parts.append(least + until - given)
        given = until
    return parts


def path_of(cell: Cell, parts: int, salt: int) -> list[int]:
    """The prices of ``parts + 1`` joints from open over both extremes to close, with jitter between.

    The path itself leads to the extremes, or else each of them would end as a spike within one minute.
    """
    knots = _knots(cell[:4], parts, cell.shape)
    reach = (cell.high - cell.low) // parts
    path: list[int] = []
    for (start, left), (end, right) in pairwise(knots):
        path.append(left)
        for at in range(start + 1, end):
            jitter = (((salt + at) * 40_503 & 0xFFFF) - 32_768) * reach // 49_152
            price = left + (right - left) * (at - start) // (end - start) + jitter
            path.append(_reflected(price, cell))
    return [*path, cell.close]


def _reflected(price: int, cell: Cell) -> int:
    """Fold a price that left the cell's range back into it: cut off at the edge, bar after bar would end there."""
    price = 2 * cell.high - price if price > cell.high else price
    price = 2 * cell.low - price if price < cell.low else price
    return min(price, cell.high)


def path_mean(prices: tuple[int, int, int, int], parts: int, shape: int) -> int:
    """The average of the path that a cell with these prices (open, high, low, close) and this shape will take."""
    knots = _knots(prices, parts, shape)
    return sum((left + right) * (end - start) for (start, left), (end, right) in pairwise(knots)) // (2 * parts)


def _knots(prices: tuple[int, ...], parts: int, shape: int) -> list[tuple[int, int]]:
    opened, high, low, closed = prices
    first = 1 + (shape >> 1 & 127) % (parts - 3)
    second = first + 2 + (shape >> 8) % (parts - first - 2)
    early, late = (high, low) if shape & 1 else (low, high)
    return [(0, opened), (first, early), (second, late), (parts, closed)]


def _extremes(parent: Cell, joints: Sequence[int], words: Sequence[int]) -> tuple[list[int], list[int]]:
    """Highs and lows that hold the joints, with wicks, inside the parent's range."""
    parts = len(joints) - 1
    reach = (parent.high - parent.low) // parts
    highs, lows = [], []
    for at in range(parts):
        first, last = joints[at], joints[at + 1]
        top, bottom = max(first, last), min(first, last)
        # a wick takes half of the room at the most, so that few bars share an extreme with their parent
        highs.append(top + (words[at] & 0xFF) * min(reach, parent.high - top) // 512)
        lows.append(bottom - (words[at] >> 8) * min(reach, bottom - parent.low) // 512)
    return highs, lows


def _tilted(parent: Cell, lots: Sequence[int], wanted: Sequence[int], least: int) -> list[int]:
    """Move lots between the parts until the wanted average prices give the parent's turnover, or nearly.

    Volume goes where the average asks for it, so that no part has to stretch its range to hold a foreign average.
    """
    total = parent.lots
    whole = sum(target * part for target, part in zip(wanted, lots, strict=True))
    away = [target * total - whole for target in wanted]
    variance = sum(part * one * one for part, one in zip(lots, away, strict=True))
    if not variance:
        return list(lots)
    missing = (parent.turnover - whole) * total
    moves = [part * one * missing // variance for part, one in zip(lots, away, strict=True)]
    strength = 1024
    for part, move in zip(lots, moves, strict=True):
        if move < 0:
            strength = max(0, min(strength, (part - max(least, part // 8)) * 1024 // -move))
    tilted = [part + move * strength // 1024 for part, move in zip(lots, moves, strict=True)]
    tilted[tilted.index(max(tilted))] += total - sum(tilted)
    return tilted


def _all_fit(highs: Sequence[int], lows: Sequence[int], lots: Sequence[int], turnovers: Sequence[int]) -> bool:
    """Whether each average price keeps an eighth of its part's own range away from both extremes."""
    return all(
        (7 * low + high) * volume <= 8 * turnover <= (low + 7 * high) * volume
        for high, low, volume, turnover in zip(highs, lows, lots, turnovers, strict=True)
    )


def _turnovers(parent: Cell, lots: Sequence[int], wanted: Sequence[int], strength: int | None) -> list[int]:
    """Share the turnover so that the average prices follow the wanted ones, in 1/1024, or as far as they may."""
    total, parts = parent.lots, len(lots)
    if parent.high == parent.low:
        return [parent.low * part for part in lots]
    mean = sum(target * part for target, part in zip(wanted, lots, strict=True))
    pulls = [target * total - mean for target in wanted]
    strength = _strength(parent, pulls) if strength is None else strength
    exact = [part * (1024 * parent.turnover + strength * pull) for part, pull in zip(lots, pulls, strict=True)]
    unit = 1024 * total
    turnovers = [value // unit for value in exact]
    missing = parent.turnover - sum(turnovers)
    for at in range(parts):
        if missing and exact[at] % unit:
            turnovers[at] += 1
            missing -= 1
    return turnovers


def _strength(parent: Cell, pulls: Sequence[int]) -> int:
    """How far, in 1/1024, the average prices may be pulled apart before one leaves the band."""
    total, span = parent.lots, parent.high - parent.low
    above = (8 * parent.high - span) * total - 8 * parent.turnover
    below = 8 * parent.turnover - (8 * parent.low + span) * total
    strength = 1024
    for pull in pulls:
        if pull:
            room = (above if pull > 0 else below) * 128 // abs(pull)
            strength = max(0, min(strength, room))
    return strength


def _widen(parent: Cell, highs: list[int], lows: list[int], lots: Sequence[int], turnovers: Sequence[int]) -> None:
    """Widen each range until its average lies in the band; never beyond the parent's, where the average fits."""
    for at, volume in enumerate(lots):
        turnover = turnovers[at]
        high = min(parent.high, max(highs[at], -(-turnover // volume)))
        lows[at] = max(parent.low, min(lows[at], turnover // volume, (8 * turnover - high * volume) // (7 * volume)))
        highs[at] = min(parent.high, max(high, -((lows[at] * volume - 8 * turnover) // (7 * volume))))
