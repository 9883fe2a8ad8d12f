"""A series as the archive's screen sees it: its gaps by their reason, and never a million of them."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.series import Gap, GapKind, Span
from hbtui.storage.archive import SqliteArchive
from hbtui.trading.archive_reading import coarsened, read_row
from hbtui.trading.archive_views import DownloadView
from tests.storage.test_archive import DOGE, LATE, MINUTE, bar, span


def test_what_is_missing_is_counted_by_its_reason() -> None:
    """Of what there is and what is wanted: what lies before the first bar is not missing between the bars."""
    with SqliteArchive.open(Path(":memory:"), "htx") as archive:
        archive.put(DOGE, [bar(number) for number in (10, 11, 15, 19)], at_ms=LATE)
        archive.note_hole(DOGE, span(12, 15), GapKind.ABSENT, at_ms=LATE)
        archive.note_hole(DOGE, span(16, 18), GapKind.UNANSWERED, at_ms=LATE)
        row = read_row(archive, archive.series()[0], DownloadView(span=span(0, 20)))
    assert row.whole == span(0, 20)
    assert row.lacking == {GapKind.ABSENT: 3, GapKind.UNANSWERED: 2, GapKind.UNASKED: 11}
    assert row.missing == 6
    assert row.holes == (
        (span(0, 10), GapKind.UNASKED),
        (span(12, 15), GapKind.ABSENT),
        (span(16, 18), GapKind.UNANSWERED),
        (span(18, 19), GapKind.UNASKED),
    )


def test_a_series_without_bars_and_wishes_has_nothing_to_tell() -> None:
    """Neither a stretch nor a hole."""
    with SqliteArchive.open(Path(":memory:"), "htx") as archive:
        archive.note_hole(DOGE, span(12, 15), GapKind.ABSENT, at_ms=LATE)
        row = read_row(archive, archive.series()[0], None)
    assert (row.whole, row.holes, dict(row.lacking)) == (None, (), {})


@given(st.sets(st.integers(0, 19_999), max_size=300), st.sampled_from(GapKind))
def test_holes_that_lie_close_together_are_told_as_one(numbers: set[int], kind: GapKind) -> None:
    """Every hole is within one that is told, none reaches farther than it must, and there are never many."""
    gaps = [Gap(span(number, number + 1), 1, kind) for number in sorted(numbers)]
    told = [one for one, _ in coarsened(gaps, span(0, 20_000))]
    assert len(told) <= 1000
    assert all(any(one.start_ms <= gap.span.start_ms and gap.span.end_ms <= one.end_ms for one in told) for gap in gaps)
    starts, ends = {gap.span.start_ms for gap in gaps}, {gap.span.end_ms for gap in gaps}
    assert all(one.start_ms in starts and one.end_ms in ends for one in told)
    assert all(after.start_ms - one.end_ms > 20 * MINUTE for one, after in pairwise(told))
    assert all(isinstance(one, Span) for one in told)
