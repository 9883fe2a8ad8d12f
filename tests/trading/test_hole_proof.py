"""What answers prove of a hole: cut, empty and foreign ones prove nothing, and impossible bars are no absence."""

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.model.series import GapKind, Series, Span, opens_between
from hbtui.storage.archive import SqliteArchive
from hbtui.trading.hole_proof import HoleProof, inside
from tests.trading.test_download import DOGE, MINUTE, NOW, ScriptedSource, bar, fetched, require_truth

START = NOW - 10_000 * MINUTE


def span(first: int, end: int) -> Span:
    """From one minute to another."""
    return Span(START + first * MINUTE, START + end * MINUTE)


def bars(*numbers: int) -> list[Candle]:
    """The bars of some minutes."""
    return [bar(START + number * MINUTE) for number in numbers]


def proof_of(part: Span, *answers: tuple[Span, list[Candle]]) -> HoleProof:
    """A proof that has heard some answers."""
    proof = HoleProof(Period.MINUTE, part)
    for asked, candles in answers:
        proof.hear(asked, candles)
    return proof


def test_two_answers_with_bars_on_both_sides_prove_a_hole() -> None:
    """One alone proves nothing; the second one of the same makes it the exchange's own."""
    once = proof_of(span(0, 10), (span(0, 10), bars(0, 1, 2, 5, 6, 7, 8, 9)))
    assert (once.holes, once.is_settled) == ([span(3, 5)], False)
    once.hear(span(0, 10), bars(0, 1, 2, 5, 6, 7, 8, 9))
    assert list(once.kinds()) == [(span(3, 5), GapKind.ABSENT)]


def test_an_answer_that_was_cut_at_the_holes_edge_needs_four_of_its_kind() -> None:
    """With bars on one side only, an answer may end there because it was cut."""
    cut = bars(0, 1, 2, 3, 4)
    proof = proof_of(span(0, 10), *[(span(0, 10), cut)] * 3)
    assert not proof.is_settled
    proof.hear(span(0, 10), cut)
    assert list(proof.kinds()) == [(span(5, 10), GapKind.ABSENT)]


def test_an_answer_that_lacks_a_known_bar_does_not_count() -> None:
    """Known of this slice, or known beside it: whoever leaves it out has not told everything."""
    proof = proof_of(span(0, 10), (span(0, 10), bars(0, 1, 2)))
    for _ in range(9):
        proof.hear(span(0, 10), bars(0, 2))
        proof.hear(span(-1, 11), bars(0, 1, 2), {START - MINUTE})
    assert not proof.is_settled
    assert list(proof.kinds()) == [(span(3, 10), GapKind.UNANSWERED)]


def test_an_answer_with_bars_from_elsewhere_does_not_count() -> None:
    """A repeated answer to an earlier question is empty where it was asked, which says nothing."""
    proof = proof_of(span(0, 10), *[(span(0, 10), bars(*range(500, 510)))] * 9)
    assert not proof.is_settled


def test_a_bar_that_cannot_be_is_not_the_exchange_having_none() -> None:
    """Told with low above high, or twice with other numbers, a bar stays asked for; the hole beside it is proven."""
    odd = bar(START + 4 * MINUTE)._replace(low=Decimal(10**6))
    twice = bar(START + 6 * MINUTE)
    candles = [*bars(0, 1, 2, 3, 6, 7, 8, 9), odd, twice._replace(close=twice.open, open=twice.close, trades=9)]
    proof = proof_of(span(0, 10), *[(span(0, 10), candles)] * 2)
    assert list(proof.kinds()) == [
        (span(5, 6), GapKind.ABSENT),
        (span(4, 5), GapKind.UNANSWERED),
        (span(6, 7), GapKind.UNANSWERED),
    ]


@given(st.integers(1, 298), st.integers(0, 297), st.sampled_from([p for p in Period if p.is_from_venue]))
def test_a_question_holds_the_holes_and_fits_into_an_answer(size: int, first: int, period: Period) -> None:
    """There is at least one bar on either side of the holes, and never more than 300 in all."""
    opens = [period.open_ms(1_600_000_000_000)]
    while len(opens) <= size:
        opens.append(period.next_open_ms(opens[-1]))
    part = Span(opens[0], opens[-1])
    proof = HoleProof(period, part)
    proof.hear(part, [bar(at) for at in opens[: min(first, size - 1)]])
    question = proof.question()
    asked = list(opens_between(period, question))
    assert len(asked) <= 300
    assert asked[0] < proof.holes[0].start_ms
    assert asked[-1] >= proof.holes[-1].end_ms


def test_inside_is_from_included_to_excluded() -> None:
    """What opens at the end is another span's."""
    assert inside(bars(0, 1, 2, 3), span(1, 3)) == tuple(bars(1, 2))


class LyingSource(ScriptedSource):
    """An exchange that also answers emptily, with another stretch, with too much, unsorted, or with odd bars."""

    lies: tuple[str, ...] = ()
    share = 0.0
    odd: frozenset[int] = frozenset()

    async def bars(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """Answer truly, and then spoil it."""
        found = list(await super().bars(series, span))
        found = [one._replace(low=one.high + 1) if one.open_ms in self.odd else one for one in found]
        if not self.lies or self.dice.random() >= self.share:
            return tuple(found)
        lie = self.dice.choice(self.lies)
        if lie == "empty":
            return ()
        if lie == "elsewhere":
            ago = 1000 * series.period.seconds * 1000
            return tuple(self.truth(series, Span(span.start_ms - ago, span.end_ms - ago)))
        if lie == "too much":
            return tuple(self.truth(series, Span(span.start_ms - 200 * MINUTE, span.end_ms + 200 * MINUTE)))
        if lie == "short":
            return tuple(found[:100])
        if lie == "off grid":
            return tuple(one._replace(open_ms=one.open_ms + 1000) for one in found)
        doubled = found + found[::2]
        self.dice.shuffle(doubled)
        return tuple(doubled)


LIES = ("empty", "elsewhere", "too much", "short", "off grid", "doubled")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(lie,) for lie in LIES] + [LIES]))
def test_lies_leave_the_truth(seed: int, lies: tuple[str, ...]) -> None:
    """Whatever a fiftieth of the answers say, what is kept is what there is, and absent is only what there is not."""
    dice = random.Random(seed)
    holes = frozenset(NOW - dice.randrange(20, 2000) * MINUTE for _ in range(dice.choice([0, 5, 900])))
    source = LyingSource(holes=holes, lost=0.02, cut=0.02, seed=seed, has_rest=False)
    source.lies, source.share = lies, 0.02
    wanted = Span(NOW - 2000 * MINUTE, NOW - 10 * MINUTE)
    with SqliteArchive.open(Path(":memory:"), "test") as archive:
        for _ in range(20):
            if not asyncio.run(fetched(archive, source, DOGE, wanted)).unanswered:
                break
        require_truth(archive, source, DOGE, wanted)
        assert archive.series()[0].reach == Span(archive.range(DOGE, wanted)[0].open_ms, wanted.end_ms)


@pytest.mark.parametrize("lie", ["short", "empty", "elsewhere"])
async def test_an_exchange_that_always_lies_proves_no_absence(lie: str) -> None:
    """Answers that are always short are put together; always foreign ones are not answered, and never absent."""
    source = LyingSource(has_rest=False)
    source.lies, source.share = (lie,), 1.0
    wanted = Span(NOW - 3000 * MINUTE, NOW - 2000 * MINUTE)
    with SqliteArchive.open(Path(":memory:"), "test") as archive:
        if lie == "empty":
            archive.put(DOGE, [bar(at) for at in opens_between(Period.MINUTE, Span(wanted.start_ms - MINUTE, NOW))
                               if not wanted.start_ms <= at < wanted.end_ms], at_ms=NOW)  # fmt: skip
            wanted = Span(wanted.start_ms, wanted.start_ms + 1)
            archive.put(DOGE, [bar(wanted.start_ms + MINUTE)], at_ms=NOW)
        report = await fetched(archive, source, DOGE, wanted)
        if lie == "short":
            require_truth(archive, source, DOGE, wanted)
        else:
            assert (report.added, report.absent) == (0, 0)
            assert {gap.kind for gap in archive.gaps(DOGE, wanted)} == {GapKind.UNANSWERED}


async def test_impossible_bars_are_kept_aside_once_and_stay_wanted() -> None:
    """They are reported and not answered, however often they are told; the bars around them are there."""
    wanted = Span(NOW - 3000 * MINUTE, NOW - 2500 * MINUTE)
    odd = frozenset({wanted.start_ms + 40 * MINUTE, wanted.start_ms + 41 * MINUTE})
    source = LyingSource(has_rest=False)
    source.odd = odd
    with SqliteArchive.open(Path(":memory:"), "test") as archive:
        for _ in range(2):
            report = await fetched(archive, source, DOGE, wanted)
            assert {one.open_ms for one, _ in report.aside} == odd
            assert (len(report.aside), report.absent, report.unanswered) == (2, 0, 2)
            assert {gap.kind for gap in archive.gaps(DOGE, wanted)} == {GapKind.UNANSWERED}
        assert len(archive.range(DOGE, wanted)) == 498
        assert [at for at, _, _ in archive.aside(DOGE)] == sorted(odd)
        assert [one.span for one in archive.downloads()] == [wanted]
