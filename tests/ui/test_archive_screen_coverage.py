"""The coverage as a picture: no hole is drawn over, nothing that is there is left out."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Period
from hbtui.model.series import GapKind, Span
from hbtui.ui.charting.plain import as_ascii
from hbtui.ui.widgets.coverage import FULL, LEGEND, NO_MORE, NONE, PARTLY, SILENT, coverage_cells, coverage_runs

MINUTE_MS = 60_000


def spans_of(present: list[bool]) -> tuple[Span, ...]:
    """Put neighbouring bars of a minute together, as the archive does."""
    spans, at = [], 0
    for is_there, group in groupby(present):
        length = len(list(group))
        if is_there:
            spans.append(Span(at * MINUTE_MS, (at + length) * MINUTE_MS))
        at += length
    return tuple(spans)


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(1, 120))
def test_a_cell_is_full_only_if_every_bar_in_it_is_there(present: list[bool], width: int) -> None:
    """Of every bar that reaches into a cell: all there is full, none there is empty, else it is partly."""
    length = len(present) * MINUTE_MS
    cells = coverage_cells(spans_of(present), Span(0, length), width)
    assert len(cells) == width
    for number, cell in enumerate(cells):
        start, end = length * number // width, length * (number + 1) // width
        inside = present[start // MINUTE_MS : -(-end // MINUTE_MS)]
        assert cell == (FULL if all(inside) else PARTLY if any(inside) else NONE)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 80), st.integers(1, 40))
def test_stretches_that_touch_are_one(present: list[bool], width: int, at: int) -> None:
    """Told in two pieces, a stretch without a hole is drawn the same."""
    whole = Span(0, len(present) * MINUTE_MS)
    told = spans_of(present)
    cut_ms = at * MINUTE_MS
    pieces = tuple(
        piece
        for span in told
        for piece in (
            (Span(span.start_ms, cut_ms), Span(cut_ms, span.end_ms))
            if span.start_ms < cut_ms < span.end_ms
            else (span,)
        )
    )
    assert coverage_cells(pieces, whole, width) == coverage_cells(told, whole, width)


def test_one_missing_minute_of_a_year_is_seen() -> None:
    """However small the hole, its cell is not full; and one bar alone is not nothing."""
    year = 365 * 1440
    present = [True] * year
    present[200_000] = False
    cells = coverage_cells(spans_of(present), Span(0, year * MINUTE_MS), 40)
    assert cells.count(PARTLY) == 1
    assert cells.count(FULL) == 39
    alone = coverage_cells((Span(77 * MINUTE_MS, 78 * MINUTE_MS),), Span(0, year * MINUTE_MS), 40)
    assert alone == PARTLY + NONE * 39


def test_what_is_wanted_before_the_first_bar_is_empty() -> None:
    """A download that reaches farther back than what is there shows how far."""
    month = Period.MONTH.seconds * 1000
    assert coverage_cells((Span(6 * month, 12 * month),), Span(0, 12 * month), 12) == NONE * 6 + FULL * 6


@pytest.mark.parametrize(("whole", "width"), [(Span(0, 10), 0), (Span(0, 10), -1), (Span(5, 5), 10)])
def test_no_room_or_no_time_is_no_picture(whole: Span, width: int) -> None:
    """Nothing is drawn, and nothing fails."""
    assert coverage_cells((Span(0, 10),), whole, width) == ""


def test_a_strip_of_less_than_a_cell_each_is_still_true() -> None:
    """More cells than milliseconds: each says what its moment is."""
    assert coverage_cells((Span(0, 1),), Span(0, 2), 4) == FULL * 2 + NONE * 2


def test_the_five_signs_differ_in_every_terminal_and_have_words() -> None:
    """Without colours and without Unicode the strip says the same, and the legend names each sign."""
    signs = (FULL, NO_MORE, SILENT, PARTLY, NONE)
    assert len({as_ascii(glyph) for glyph in signs}) == 5
    assert "?" not in as_ascii(FULL + NO_MORE + PARTLY + NONE)
    assert tuple(glyph for glyph, *_ in LEGEND) == signs


KINDS = st.sampled_from([None, *GapKind])


@given(st.lists(KINDS, min_size=1, max_size=300), st.integers(1, 120))
def test_a_cell_shows_the_reason_that_needs_somebody_most(minutes: list[GapKind | None], width: int) -> None:
    """Not answered before not asked for, and what the exchange has not only where nothing else is missing."""
    holes = [(Span(at * MINUTE_MS, (at + 1) * MINUTE_MS), kind) for at, kind in enumerate(minutes) if kind is not None]
    whole = Span(0, len(minutes) * MINUTE_MS)
    cells = coverage_cells(spans_of([kind is None for kind in minutes]), whole, width, holes)
    for number, cell in enumerate(cells):
        start, end = whole.end_ms * number // width, whole.end_ms * (number + 1) // width
        inside = set(minutes[start // MINUTE_MS : -(-end // MINUTE_MS)])
        if GapKind.UNANSWERED in inside:
            assert cell == SILENT
        elif GapKind.UNASKED in inside:
            assert cell == (PARTLY if None in inside else NONE)
        else:
            assert cell == (NO_MORE if GapKind.ABSENT in inside else FULL)


def test_neighbours_of_one_kind_are_one_run_on_the_ground_of_the_row() -> None:
    """Few runs are quick to draw, and the cursor lies under the strip too."""
    runs = coverage_runs(FULL * 3 + NONE + FULL, "cursor")
    assert [words for words, _ in runs] == [FULL * 3, NONE, FULL]
    assert all(ink.endswith(" cursor") for _, ink in runs)
    assert coverage_runs("") == []
