"""How much of a stretch of time is covered by bars, as a strip of cells; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter

from hbtui.model.series import GapKind, Span
from hbtui.ui.widgets.panes import Run

__all__ = ["FULL", "LEGEND", "NONE", "NO_MORE", "PARTLY", "SILENT", "coverage_cells", "coverage_runs"]

FULL, NO_MORE, SILENT, PARTLY, NONE = "█", "▒", "?", "▓", "░"
"""A cell in which every bar is there; the exchange has no more than are; it did not answer for some; some were not
asked for yet; none was: five glyphs, so that colour is not needed."""
LEGEND: tuple[tuple[str, str, str], ...] = (
    (FULL, "every bar", "all"),
    (NO_MORE, "the exchange has no more", "exchange has no more"),
    (SILENT, "not answered", "not answered"),
    (PARTLY, "partly not asked yet", "partly"),
    (NONE, "not asked yet", "not asked"),
)
"""Each with its words, and with fewer of them."""
_INKS = {FULL: "up", NO_MORE: "", SILENT: "warning", PARTLY: "warning", NONE: "muted"}
_END = attrgetter("end_ms")


def coverage_cells(covered: Sequence[Span], whole: Span, width: int, holes: Sequence[tuple[Span, GapKind]] = ()) -> str:
    """Divide ``whole`` into ``width`` equal cells and write each as one of the five glyphs.

    ``covered`` are disjoint stretches in order. A bar belongs to every cell that it reaches into, so that a cell is
    full only if none of its bars is missing, and ``NONE`` only if all are. ``holes`` say why bars are missing; where
    they say nothing, nobody has asked yet. Of several reasons a cell shows the one that needs somebody most.
    """
    length = whole.end_ms - whole.start_ms
    if width <= 0 or length <= 0:
        return ""
    edges = [whole.start_ms + length * cell // width for cell in range(width + 1)]
    cells = [_glyph(covered, start, max(end, start + 1)) for start, end in pairwise(edges)]
    by_kind = {
        kind: {at for span, one in holes if one is kind for at in _cells_of(span, whole, width)} for kind in GapKind
    }
    told = by_kind[GapKind.ABSENT] | by_kind[GapKind.UNANSWERED]
    for at, cell in enumerate(cells):
        if cell != FULL and at in told and at not in by_kind[GapKind.UNASKED] - by_kind[GapKind.UNANSWERED]:
            cells[at] = SILENT if at in by_kind[GapKind.UNANSWERED] else NO_MORE
    return "".join(cells)


def _cells_of(span: Span, whole: Span, width: int) -> range:
    """The cells that a stretch reaches into."""
    length = whole.end_ms - whole.start_ms
    first = (span.start_ms - whole.start_ms) * width // length
    return range(max(0, first), min(width, -(-(span.end_ms - whole.start_ms) * width // length)))


def _glyph(covered: Sequence[Span], start_ms: int, end_ms: int) -> str:
    at = bisect_right(covered, start_ms, key=_END)
    if at == len(covered) or covered[at].start_ms >= end_ms:
        return NONE
    reached_ms = start_ms
    # stretches that touch are one
    while at < len(covered) and covered[at].start_ms <= reached_ms < end_ms:
        reached_ms = covered[at].end_ms
        at += 1
    return FULL if reached_ms >= end_ms else PARTLY


def coverage_runs(cells: str, ground: str = "") -> list[Run]:
    """Give the cells their inks, on the ground of the row that they stand in."""
    runs: list[Run] = []
    for cell in cells:
        ink = f"{_INKS[cell]} {ground}".strip()
        if runs and runs[-1][1] == ink:
            runs[-1] = runs[-1][0] + cell, ink
        else:
            runs.append((cell, ink))
    return runs
