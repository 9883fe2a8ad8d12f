"""What is done and what goes wrong, and when: drawn from one seed, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from hbtui.model.order import OrderType, Side
from tests.explorer.catalogue import ANSWERS, CANCELS, CRASH_POINTS, TROUBLES

__all__ = ["Act", "Schedule", "drawn", "without"]

_LAST_ACT_S = 60.0
_TYPES = (
    *[OrderType.LIMIT] * 8,
    OrderType.MARKET,
    OrderType.IOC,
    OrderType.FOK,
    OrderType.POST_ONLY,
    OrderType.STOP_LIMIT,
)


@dataclass(frozen=True)
class Act:
    """One thing that a person, the exchange or fate does, at a second after the program was ready."""

    at_s: float
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.args.items())
        return f"{self.at_s:8.3f} s  {self.name}{': ' if told else ''}{told}"


@dataclass(frozen=True)
class Schedule:
    """All acts of one seed, in order of time."""

    seed: int
    acts: tuple[Act, ...]

    def __str__(self) -> str:
        return "\n".join(f"{number:2} {act}" for number, act in enumerate(self.acts))


def drawn(seed: int) -> Schedule:
    """Draw the schedule of a seed."""
    random = Random(seed)
    acts: list[Act] = []
    for number in range(random.choice((1, 1, 2, 3))):
        acts.append(_placing(random, number))
        acts += _later(random, number, acts[-1].at_s)
    acts += [_trouble(random) for _ in range(random.choice((0, 1, 2, 3, 4)))]
    if random.random() < 0.1:
        acts.append(Act(_moment(random), "cancel all"))
    if random.random() < 0.08:
        acts.append(Act(_moment(random), "halt", {"seconds": _seconds(random, 1, 20)}))
    if random.random() < 0.35:
        acts.append(_crash(random, acts))
    return Schedule(seed, tuple(sorted(acts, key=lambda act: act.at_s)))


def without(schedule: Schedule, numbers: Iterable[int]) -> Schedule:
    """Leave some acts out, by number."""
    left_out = set(numbers)
    return replace(schedule, acts=tuple(act for at, act in enumerate(schedule.acts) if at not in left_out))


def _placing(random: Random, number: int) -> Act:
    at_s = _seconds(random, 0, 1) if number == 0 else _seconds(random, 0, 30)
    kind, side = random.choice(_TYPES), random.choice((Side.BUY, Side.SELL))
    is_far = kind in {OrderType.LIMIT, OrderType.POST_ONLY, OrderType.STOP_LIMIT} and random.random() < 0.85
    price = _price(random, side, is_far=is_far)
    amount = Decimal(random.randint(10_000, 60_000)).scaleb(-2)
    if kind is OrderType.MARKET and side is Side.BUY:
        amount = Decimal(random.randint(1000, 5000)).scaleb(-2)
    answer = random.choice(tuple(ANSWERS)) if random.random() < 0.85 else ""
    args = {"number": number, "type": kind, "side": side, "amount": amount, "price": price, "answer": answer}
    return Act(at_s, "place", {**args, **(ANSWERS[answer](random) if answer else {})})


def _price(random: Random, side: Side, *, is_far: bool) -> Decimal:
    """Far from the market an order rests until somebody trades with it, near it it fills at once."""
    ticks = random.randint(500, 4000) if is_far else -random.randint(0, 1000)
    away = Decimal(ticks).scaleb(-6)
    return Decimal("0.0845") - away if side is Side.BUY else Decimal("0.0845") + away


def _later(random: Random, number: int, placed_s: float) -> list[Act]:
    """What becomes of an order that rests: others trade with it, and a person may want it gone."""
    acts = []
    for _ in range(random.choice((0, 1, 1, 2))):
        share = random.choice((Decimal("0.1"), Decimal("0.37"), Decimal("0.5"), Decimal(1)))
        acts.append(Act(placed_s + _soon(random), "trade", {"number": number, "share": share}))
    if random.random() < 0.7:
        answer = random.choice(tuple(CANCELS)) if random.random() < 0.85 else ""
        args = {"number": number, "answer": answer, **(CANCELS[answer](random) if answer else {})}
        acts.append(Act(placed_s + _soon(random), "cancel", args))
    return acts


def _trouble(random: Random) -> Act:
    name = random.choice(tuple(TROUBLES))
    return Act(_moment(random), name, TROUBLES[name](random))


def _crash(random: Random, acts: list[Act]) -> Act:
    """Die at a moment, or at a point of an order's way that time cannot hit."""
    down_s = random.choice((_seconds(random, 0.1, 2), _seconds(random, 1, 60), _seconds(random, 60, 400)))
    if random.random() < 0.6:
        number = random.randrange(sum(act.name == "place" for act in acts))
        return Act(0.0, f"crash {random.choice(CRASH_POINTS)}", {"number": number, "seconds": down_s})
    at_s = random.choice((_moment(random), _seconds(random, 60, 420)))
    return Act(at_s, "crash", {"seconds": down_s})


def _moment(random: Random) -> float:
    spans = (1.0, 1.0, 15.0, _LAST_ACT_S)
    return _seconds(random, 0, random.choice(spans))


def _soon(random: Random) -> float:
    return _seconds(random, 0, random.choice((1.0, 10.0, _LAST_ACT_S)))


def _seconds(random: Random, least: float, most: float) -> float:
    return round(random.uniform(least, most), 3)
