"""When a hole in a series is believed: what the answers to the questions about one slice prove together; pure.

An answer may be cut short, empty by mistake, or another question's. So one alone proves nothing: an answer counts only
if it holds every bar that is known of its stretch and none from elsewhere. Two such answers prove a hole where one of
them has bars on both sides of it (what was cut off has none on one side); where none has, four have to agree.
"""

from collections.abc import Iterable, Iterator, Sequence

from hbtui.model.candle import Candle, Period
from hbtui.model.series import GapKind, Span, missing, opens_between, sound_and_aside, without

__all__ = ["HoleProof", "inside"]

_MOST_BARS = 300
"""So many an answer may hold."""
_ENOUGH, _ENOUGH_AT_AN_EDGE = 2, 4


def inside(candles: Iterable[Candle], span: Span) -> tuple[Candle, ...]:
    """The bars that open within a span, in their order."""
    return tuple(one for one in candles if span.start_ms <= one.open_ms < span.end_ms)


class HoleProof:
    """The answers about one slice, and what they prove."""

    def __init__(self, period: Period, part: Span) -> None:
        self._period = period
        self._part = part
        self._known: set[int] = set()
        self._impossible: set[int] = set()
        self._agreeing = 0
        self._has_both_sides = False
        self.holes: list[Span] = [part]
        """Where no answer has had a bar."""

    @property
    def is_settled(self) -> bool:
        """Whether there is no hole, or the holes are proven."""
        enough = _ENOUGH if self._has_both_sides else _ENOUGH_AT_AN_EDGE
        return not self.holes or self._agreeing >= enough

    def question(self, beside: Iterable[int] = ()) -> Span:
        """What to ask next: the holes, and on either side as much as holds a bar, if an answer has room for that.

        ``beside`` are opening times around the slice at which bars are known to be. No more than one known bar is
        asked for again, since an answer that was cut to some length should bring what is new.
        """
        period, known = self._period, self._known.union(beside)
        start_ms, end_ms = self.holes[0].start_ms, self.holes[-1].end_ms
        end_ms = period.next_open_ms(period.open_ms(end_ms - 1))
        room = _MOST_BARS - sum(1 for _ in opens_between(period, Span(start_ms, end_ms)))
        for _ in range(max(1, room // 2)):
            start_ms = period.open_ms(start_ms - 1)
            if start_ms in known:
                break
        for _ in range(max(1, room // 2)):
            last_ms, end_ms = end_ms, period.next_open_ms(end_ms)
            if last_ms in known:
                break
        return Span(start_ms, end_ms)

    def hear(self, asked: Span, candles: Sequence[Candle], beside: Iterable[int] = ()) -> None:
        """Take one answer; ``beside`` are opening times around the slice at which bars are known to be."""
        told = inside(candles, asked)
        sound, aside = sound_and_aside(self._period, told)
        opens = {one.open_ms for one in sound}
        self._impossible |= {one.open_ms for one, _ in aside}
        expected = (self._known | set(beside)) - self._impossible
        is_whole = len(told) == len(candles) and all(at in opens for at in expected if _holds(asked, at))
        news = {at for at in opens if _holds(self._part, at)} - self._known
        if news:
            self._known |= news
            self.holes = missing(self._period, self._part, sorted(self._known))
            self._agreeing, self._has_both_sides = 0, False
        if is_whole and self.holes:
            self._agreeing += 1
            first_ms, end_ms = self.holes[0].start_ms, self.holes[-1].end_ms
            self._has_both_sides |= min(opens, default=end_ms) < first_ms and max(opens, default=0) >= end_ms

    def kinds(self) -> Iterator[tuple[Span, GapKind]]:
        """Every hole with what is to be recorded of it: a bar that was told, but cannot be, is no answer."""
        for hole in self.holes:
            odd = [
                Span(at, self._period.next_open_ms(at)) for at in sorted(self._impossible) if self._is_bar_of(hole, at)
            ]
            kind = GapKind.ABSENT if self.is_settled else GapKind.UNANSWERED
            yield from ((rest, kind) for rest in without(hole, odd))
            yield from ((one, GapKind.UNANSWERED) for one in odd)

    def _is_bar_of(self, hole: Span, at_ms: int) -> bool:
        return _holds(hole, at_ms) and self._period.open_ms(at_ms) == at_ms


def _holds(span: Span, at_ms: int) -> bool:
    return span.start_ms <= at_ms < span.end_ms
