"""Reads one series of the archive into a row for the screen: what is there, what is missing, and why."""

from collections.abc import Iterable
from dataclasses import replace

from hbtui.model.archive import SeriesSummary
from hbtui.model.series import Gap, GapKind, Span
from hbtui.trading.archive_views import ArchiveRow, DownloadView
from hbtui.trading.archiving import Archive

__all__ = ["coarsened", "read_row"]

_PARTS = 1000
"""A picture has fewer cells: holes of one kind that are nearer to each other are told as one."""


def read_row(archive: Archive, summary: SeriesSummary, download: DownloadView | None) -> ArchiveRow:
    """Read a series (blocks); raises ``ArchiveError``."""
    row = ArchiveRow(summary=summary, covered=archive.coverage(summary.series), download=download)
    if row.whole is None:
        return row
    gaps = archive.gaps(summary.series, row.whole)
    lacking = dict.fromkeys(GapKind, 0)
    for gap in gaps:
        lacking[gap.kind] += gap.bars
    reach = summary.reach
    missing = sum(gap.bars for gap in gaps if reach is not None and gap.span.cut(reach))
    return replace(row, missing=missing, lacking=lacking, holes=coarsened(gaps, row.whole))


def coarsened(gaps: Iterable[Gap], whole: Span) -> tuple[tuple[Span, GapKind], ...]:
    """The stretches of each kind, those that lie close together as one: there may be a million of them."""
    near_ms = (whole.end_ms - whole.start_ms) // _PARTS
    open_: dict[GapKind, Span] = {}
    found: list[tuple[Span, GapKind]] = []
    for gap in gaps:
        before = open_.get(gap.kind)
        if before is not None and gap.span.start_ms - before.end_ms <= near_ms:
            open_[gap.kind] = Span(before.start_ms, gap.span.end_ms)
            continue
        if before is not None:
            found.append((before, gap.kind))
        open_[gap.kind] = gap.span
    found += [(span, kind) for kind, span in open_.items()]
    return tuple(sorted(found, key=lambda one: one[0]))
