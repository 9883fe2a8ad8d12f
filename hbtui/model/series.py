"""Series of bars: their grid, what is missing on it, and why; pure.

A span is half open: it holds what opens at or after its start and before its end, UTC ms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from hbtui.model.candle import Candle, Period

__all__ = ["Gap", "GapKind", "Series", "Span", "missing", "opens_between", "sound_and_aside", "without"]


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


def sound_and_aside(period: Period, candles: Sequence[Candle]) -> tuple[list[Candle], list[tuple[Candle, str]]]:
    """Split what an exchange sent into bars that can be, rising, and those that cannot, each with the reason.

    Of two with the same opening time and different numbers neither can be believed; equal ones are one.
    """
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
