"""Series of bars: their grid, what is missing on it, and why; pure.

A span is half open: it holds what opens at or after its start and before its end, UTC ms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from operator import attrgetter

from hbtui.model.candle import Candle, Period

__all__ = [
    "Gap",
    "GapKind",
    "Series",
    "Span",
    "finished",
    "is_unbroken",
    "missing",
    "opens_between",
    "sound_and_aside",
    "without",
]

_OPENED = attrgetter("open_ms")
_ZERO, _ENDLESS = Decimal(0), Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Series:
    """The bars of one symbol and one period."""

    symbol: str
    period: Period

    def __str__(self) -> str:
        return f"{self.symbol} {self.period.value}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a time, included, to another, excluded; UTC ms."""

    start_ms: int
    end_ms: int

    def cut(self, other: "Span") -> "Span | None":
        """What both have in common, or ``None``."""
        start_ms, end_ms = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start_ms, end_ms) if start_ms < end_ms else None


class GapKind(Enum):
    """Why bars are missing."""

    ABSENT = "absent"
    """The exchange has none: it answered twice, and named none (minutes without a trade)."""
    UNANSWERED = "unanswered"
    """The exchange was asked, and did not answer."""
    UNASKED = "unasked"
    """Nobody has asked yet."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the grid without bars."""

    span: Span
    bars: int
    """How many bars would fit."""
    kind: GapKind


def opens_between(period: Period, span: Span) -> Iterator[int]:
    """Every opening time of the period's grid within the span, UTC ms."""
    open_ms = period.open_ms(span.start_ms)
    if open_ms < span.start_ms:
        open_ms = period.next_open_ms(open_ms)
    while open_ms < span.end_ms:
        yield open_ms
        open_ms = period.next_open_ms(open_ms)


def missing(period: Period, span: Span, present: Sequence[int]) -> list[Span]:
    """The stretches of the grid within the span at which no bar of ``present`` (rising opening times) opens."""
    found: list[Span] = []
    at = next(opens_between(period, span), span.end_ms)
    for open_ms in present:
        if not at <= open_ms < span.end_ms:
            continue
        if open_ms > at:
            found.append(Span(at, open_ms))
        at = period.next_open_ms(open_ms)
    if at < span.end_ms:
        found.append(Span(at, span.end_ms))
    return found


def without(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What is left of a span once all that overlaps with the others is cut out."""
    left: list[Span] = []
    at = span.start_ms
    for other in sorted(taken):
        if other.end_ms <= at or other.start_ms >= span.end_ms:
            continue
        if other.start_ms > at:
            left.append(Span(at, other.start_ms))
        at = max(at, other.end_ms)
    if at < span.end_ms:
        left.append(Span(at, span.end_ms))
    return left


def finished(period: Period, candles: Sequence[Candle], at_ms: int) -> Sequence[Candle]:
    """The bars that are final by the exchange's clock: whose period is over, and has settled."""
    until_ms = at_ms - period.settles_ms
    if candles and period.next_open_ms(max(map(_OPENED, candles))) <= until_ms:
        return candles  # of history all are
    return [one for one in candles if period.next_open_ms(one.open_ms) <= until_ms]


def is_unbroken(period: Period, opens: Sequence[int]) -> bool:
    """Whether the bars of a period that open at these times, rising on its grid, leave no hole between them.

    Of months and years, which differ in length, it is never said: there are few.
    """
    return period.is_even and opens[-1] - opens[0] == (len(opens) - 1) * period.seconds * 1000


def sound_and_aside(period: Period, candles: Sequence[Candle]) -> tuple[list[Candle], list[tuple[Candle, str]]]:
    """Split what an exchange sent into bars that can be, rising, and those that cannot, each with the reason.

    Of two with the same opening time and different numbers neither can be believed; equal ones are one.
    """
    if _are_plain(period, candles):
        return list(candles), []
    by_open: dict[int, Candle] = {}
    aside: list[tuple[Candle, str]] = []
    disputed: set[int] = set()
    for candle in candles:
        if reason := _fault(period, candle):
            aside.append((candle, reason))
        elif by_open.setdefault(candle.open_ms, candle) != candle:
            disputed.add(candle.open_ms)
            aside.append((candle, "told twice, with different numbers"))
    aside += [(by_open.pop(open_ms), "told twice, with different numbers") for open_ms in sorted(disputed)]
    return [by_open[open_ms] for open_ms in sorted(by_open)], aside


def _are_plain(period: Period, candles: Sequence[Candle]) -> bool:
    """Whether bars rise and none of them has a fault.

    The same questions as :func:`_fault` asks, in one loop without a call: most of what an exchange sends is in order,
    and is told so in a fifth of the time.
    """
    length_ms = period.seconds * 1000 if period.is_even else 1
    first_ms = candles[0].open_ms if candles else 0
    before_ms = -1
    try:
        for open_ms, opening, high, low, closing, base, quote, trades in candles:
            if not (
                before_ms < open_ms
                and (open_ms - first_ms) % length_ms == 0
                and _ZERO < low <= opening <= high < _ENDLESS
                and low <= closing <= high
                and _ZERO <= base < _ENDLESS
                and _ZERO <= quote < _ENDLESS
                and trades >= 0
            ):
                return False
            before_ms = open_ms
    except InvalidOperation:  # a number that is none
        return False
    some = candles[:1] if period.is_even else candles  # on the grid with the first are those at whole lengths from it
    return all(period.open_ms(one.open_ms) == one.open_ms for one in some)


def _fault(period: Period, candle: Candle) -> str:
    if candle.open_ms < 0 or period.open_ms(candle.open_ms) != candle.open_ms:
        return "its time is not on the period's grid"
    high, low = candle.high, candle.low
    if not (high.is_finite() and low.is_finite() and candle.open.is_finite() and candle.close.is_finite()):
        return "a price is no number"
    if not candle.is_sound():
        return "its prices contradict each other"
    base, quote = candle.base_volume, candle.quote_volume
    if not (base.is_finite() and quote.is_finite()) or base < 0 or quote < 0 or candle.trades < 0:
        return "a volume is no number, or negative"
    return ""
