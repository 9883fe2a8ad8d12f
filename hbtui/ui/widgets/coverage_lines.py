"""One series of the archive as lines of runs: its reach, its bars, its coverage, and what is being fetched of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.series import GapKind
from hbtui.trading.archive_views import ArchiveRow, DownloadView
from hbtui.ui import text
from hbtui.ui.widgets.coverage import LEGEND, coverage_cells, coverage_runs
from hbtui.ui.widgets.panes import Line, Run

__all__ = [
    "Layout",
    "day_text",
    "download_line",
    "heading",
    "lacking_line",
    "legend",
    "origin_words",
    "row_line",
    "series_name",
]

HTX = "htx"
_TITLES = ("symbol", "period", "from", "to", "bars", "missing", "updated")
_WIDTHS = (9, 6, 10, 10, 10, 8, 10)
_NUMBERS = (4, 5)
_UPDATED = 6
_LEAST_STRIP = 14
_LONGEST_NAME = 16
_MARK = 2
_ROOMY = 90
_BAR = 20


def origin_words(origin: str) -> str:
    """Whose bars they are, so that synthetic ones are never taken for HTX's."""
    return "HTX" if origin == HTX else f"{origin} · synthetic bars, not HTX's"


def series_name(symbol: str, instruments: Mapping[str, Instrument]) -> str:
    """The pair as people write it, where it is known."""
    instrument = instruments.get(symbol)
    return instrument.name if instrument else symbol.upper()


def day_text(time_ms: int) -> str:
    """A day of UTC as ``2026-01-31``; with the time where that is not midnight: ``2026-01-31 12:00``."""
    when = text.local_time(time_ms, UTC)
    return f"{when:%Y-%m-%d}" if time_ms % 86_400_000 == 0 else f"{when:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns find room, how wide they are, and what is left for the strip."""

    columns: tuple[tuple[int, int], ...]
    """Index of the column and its width."""
    gap: int
    strip: int

    @classmethod
    def of(cls, width: int, names: Sequence[str]) -> "Layout":
        """Fit the columns into a width; the last update is the first to go."""
        gap = 2 if width >= _ROOMY else 1
        name = min(_LONGEST_NAME, max((text.cells(name) for name in names), default=0))
        widths = [max(_WIDTHS[0], name), *_WIDTHS[1:]]
        kept = list(range(len(widths)))

        def room() -> int:
            return width - _MARK - sum(widths[index] + gap for index in kept)

        for index in (_UPDATED, 5, 2):
            if room() < _LEAST_STRIP:
                kept.remove(index)
        return cls(tuple((index, widths[index]) for index in kept), gap, max(0, room()))


def heading(layout: Layout) -> Line:
    """The titles of the columns."""
    return [(_laid(_TITLES, layout) + "coverage", "muted")]


def row_line(row: ArchiveRow, layout: Layout, name: str, now_ms: int, *, is_selected: bool, ground: str) -> Line:
    """Write a series as a line; what is selected is marked by a sign too."""
    summary = row.summary
    reach, period = summary.reach, summary.series.period.value
    words = (
        name,
        period,
        f"{text.local_time(reach.start_ms, UTC):%Y-%m-%d}" if reach else text.UNKNOWN,
        f"{text.local_time(reach.end_ms, UTC):%Y-%m-%d}" if reach else text.UNKNOWN,
        summary.bars,
        row.missing if reach else text.UNKNOWN,
        _age(now_ms - summary.updated_ms) if summary.updated_ms else text.UNKNOWN,
    )
    whole = row.whole
    strip = coverage_runs(coverage_cells(row.covered, whole, layout.strip, row.holes), ground) if whole else None
    mark: Run = ("▸ " if is_selected else "  ", f"active {ground}".strip())
    ink = f"strong {ground}".strip() if is_selected else ground
    laid: Run = (_laid(words, layout)[_MARK:], ink)
    return [mark, laid, *([("nothing yet", f"muted {ground}".strip())] if strip is None else strip)]


def _laid(words: Sequence[str | int], layout: Layout) -> str:
    parts = []
    for index, width in layout.columns:
        word = words[index]
        if isinstance(word, int):
            word = text.first_fitting((f"{word:,}", text.compact(Decimal(word))), width)
        parts.append(text.fitted(word, width, "right" if index in _NUMBERS else "left") + " " * layout.gap)
    return " " * _MARK + "".join(parts)


def _age(elapsed_ms: int) -> str:
    """How long ago, in one unit."""
    return " ".join(text.ago(elapsed_ms).split()[:2]) + " ago"


def legend(width: int) -> str:
    """What the glyphs of a strip mean, in as many words as there is room for."""
    long = " · ".join(f"{glyph} {words}" for glyph, words, _ in LEGEND)
    short = " · ".join(f"{glyph} {words}" for glyph, _, words in LEGEND)
    return text.first_fitting((f"{long} · days of UTC", long, short), width)


_WHY = {
    GapKind.ABSENT: ("that the exchange has not", "exchange has none"),
    GapKind.UNANSWERED: ("not answered", "not answered"),
    GapKind.UNASKED: ("not asked yet", "not asked"),
}


def lacking_line(row: ArchiveRow, name: str, width: int) -> Line:
    """Say in words from when to when a series is, what is missing of it by the reason, and what would bring it."""
    if row.whole is None or not row.lacking:
        return []  # it was not read yet
    kinds = [kind for kind in GapKind if row.lacking.get(kind)]
    long = " · ".join(f"{row.lacking[kind]:,} {_WHY[kind][0]}" for kind in kinds) or "nothing"
    short = " · ".join(f"{row.lacking[kind]:,} {_WHY[kind][1]}" for kind in kinds) or "nothing"
    shortest = " · ".join(f"{text.compact(Decimal(row.lacking[kind]))} {_WHY[kind][1]}" for kind in kinds)
    is_open = any(kind is not GapKind.ABSENT for kind in kinds)
    advice = " (n asks for it)" if is_open else ""
    lead = f"  {name} {row.summary.series.period.value}: missing "
    reach = row.summary.reach or row.whole
    span = f"{day_text(reach.start_ms)} → {day_text(reach.end_ms)} UTC"
    exact = f"  {name} {row.summary.series.period.value}: {span} · missing {long}{advice}"
    variants = (exact, f"{lead}{long}{advice}", f"{lead}{long}", f"  missing {short}", f"  missing {shortest}")
    return [(text.first_fitting(variants, width), "warning" if is_open else "muted")]


def download_line(download: DownloadView, width: int, ground: str) -> Line:
    """Say how far a download is, or why it stands still and what begins it again."""
    span = f"{day_text(download.span.start_ms)} → {day_text(download.span.end_ms)}"
    lead = "    "
    if download.problem:
        words = f"{lead}stopped: {download.problem.rstrip('.')} · p tries again"
        return [(text.fitted(words, width), f"warning {ground}".strip())]
    if download.is_paused:
        return [(text.fitted(f"{lead}paused: {span} · p goes on", width), f"warning {ground}".strip())]
    if download.is_waiting:
        return [(text.fitted(f"{lead}waiting: {span} · begins once another download has ended", width), ground)]
    if not download.wanted:
        return [(text.fitted(f"{lead}fetching {span} · looking for what is missing …", width), ground)]
    done = min(download.done, download.wanted)
    filled = _BAR * done // download.wanted
    share = f" {100 * done // download.wanted:>3} %  "
    figures = (f"{done:,} of {download.wanted:,} bars", f"{download.rate:,.0f} bars/s", _left(download.left_s))
    rest = width - len(lead) - _BAR - len(share)
    variants = tuple(" · ".join((f"fetching {span}", *figures)[first:]) for first in (0, 1, 2, 3))
    return [
        (lead, ground),
        ("━" * filled, f"up {ground}".strip()),
        ("─" * (_BAR - filled), f"muted {ground}".strip()),
        (share, f"strong {ground}".strip()),
        (text.first_fitting(variants, rest), ground),
    ]


def _left(left_s: float | None) -> str:
    return "time left not known" if left_s is None else f"{text.ago(int(left_s * 1000))} left"
