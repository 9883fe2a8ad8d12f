"""How much of a stretch of time is covered by bars, as a strip of cells; pure."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter

from hbtui.model.series import Span
from hbtui.ui.widgets.panes import Run

__all__ = ["FULL", "LEGEND", "NONE", "PARTLY", "coverage_cells", "coverage_runs"]

FULL, PARTLY, NONE = "█", "▓", "░"
"""A cell in which every bar is there, some are, or none is: three glyphs, so that colour is not needed."""
LEGEND: tuple[tuple[str, str], ...] = ((FULL, "every bar"), (PARTLY, "some missing"), (NONE, "no bar"))
_INKS = {FULL: "up", PARTLY: "warning", NONE: "muted"}
_END = attrgetter("end_ms")


def coverage_cells(covered: Sequence[Span], whole: Span, width: int) -> str:
    """Divide ``whole`` into ``width`` equal cells and write each as ``FULL``, ``PARTLY`` or ``NONE``.

    ``covered`` are disjoint stretches in order. A bar belongs to every cell that it reaches into, so that a cell is
    full only if none of its bars is missing, and empty only if all are.
    """
    length = whole.end_ms - whole.start_ms
    if width <= 0 or length <= 0:
        return ""
    edges = [whole.start_ms + length * cell // width for cell in range(width + 1)]
    return "".join(_glyph(covered, start, max(end, start + 1)) for start, end in pairwise(edges))


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
