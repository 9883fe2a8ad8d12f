"""Series of an archive for tests of its screen, told in days before the present one."""

from dataclasses import replace

from hbtui.model.archive import SeriesSummary
from hbtui.model.candle import Period
from hbtui.model.series import GapKind, Series, Span
from hbtui.trading.archive_views import ArchiveRow, ArchiveView, DownloadView
from tests.support.views import NOW_MS

__all__ = ["DAY_MS", "TODAY_MS", "download", "every_state", "kept"]

DAY_MS = 86_400_000
TODAY_MS = NOW_MS // DAY_MS * DAY_MS
"""2025-10-09, midnight UTC."""


def download(days: int = 400, **changes: object) -> DownloadView:
    """Build a download of so many days until today."""
    return DownloadView(span=Span(TODAY_MS - days * DAY_MS, TODAY_MS), **changes)  # type: ignore[arg-type]  # the callers name its fields


def kept(
    symbol: str,
    period: Period = Period.MINUTE,
    days: int = 30,
    *,
    holes: tuple[tuple[int, int], ...] = (),
    why: tuple[GapKind, ...] = (),
    of: DownloadView | None = None,
) -> ArchiveRow:
    """Build a series of so many days until today; ``holes`` are from and to, in days ago, and ``why`` their kinds."""
    starts = [TODAY_MS - days * DAY_MS, *(TODAY_MS - to * DAY_MS for _, to in holes)]
    ends = [*(TODAY_MS - since * DAY_MS for since, _ in holes), TODAY_MS]
    covered = tuple(Span(start, end) for start, end in zip(starts, ends, strict=True))
    bar_ms = period.seconds * 1000
    bars = sum((span.end_ms - span.start_ms) // bar_ms for span in covered)
    row = ArchiveRow(
        summary=SeriesSummary(Series(symbol, period), Span(starts[0], TODAY_MS), bars, NOW_MS - 240_000),
        covered=covered,
        missing=days * DAY_MS // bar_ms - bars,
        download=of,
    )
    assert row.whole is not None
    told = dict(zip(holes, why, strict=False))
    spans = {Span(TODAY_MS - since * DAY_MS, TODAY_MS - to * DAY_MS): told.get((since, to)) for since, to in holes}
    if row.whole.start_ms < starts[0]:
        spans[Span(row.whole.start_ms, starts[0])] = None
    kinds = tuple((span, kind or GapKind.UNASKED) for span, kind in sorted(spans.items()))
    lacking = dict.fromkeys(GapKind, 0)
    for span, kind in kinds:
        lacking[kind] += (span.end_ms - span.start_ms) // bar_ms
    return replace(row, holes=kinds, lacking=lacking)


def every_state(origin: str = "htx") -> ArchiveView:
    """Build an archive in which a series of each kind is found."""
    nothing = SeriesSummary(Series("solusdt", Period.HOUR), None, 0, 0)
    rows = (
        kept("btcusdt", holes=((20, 18), (12, 11), (5, 4)), why=(GapKind.ABSENT, GapKind.UNANSWERED)),
        kept("dogeusdt", Period.MINUTES_5, 365, of=download(wanted=43_200, done=12_345, rate=3120.4, left_s=9.9)),
        kept("ethusdt", Period.DAY, 3650, holes=((2000, 1500),), of=download(is_paused=True)),
        kept("htxusdt", Period.MINUTE, 3650),
        ArchiveRow(summary=nothing, download=download(40)),
        kept("xrpusdt", days=3, of=download(3, problem="the exchange did not answer for 30 s.")),
    )
    return ArchiveView(origin=origin, rows=rows)
