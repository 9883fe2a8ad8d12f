"""What a screen may see of the archive of bars, and ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from hbtui.model.archive import SeriesSummary
from hbtui.model.series import GapKind, Series, Span

__all__ = ["ArchiveFront", "ArchiveRow", "ArchiveView", "DownloadView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadView:
    """A download on its way or paused; bars."""

    span: Span
    wanted: int = 0
    """What was missing when it was begun or taken up; 0 while that is not known."""
    done: int = 0
    rate: float = 0.0
    """Bars a second."""
    left_s: float | None = None
    is_paused: bool = False
    is_waiting: bool = False
    """Whether it begins once another one has ended."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """One series of the archive."""

    summary: SeriesSummary
    covered: tuple[Span, ...] = ()
    """Where bars follow each other without a hole, in order."""
    missing: int = 0
    """Bars between the first and the last that are not there, for whatever reason."""
    lacking: Mapping[GapKind, int] = field(default_factory=lambda: MappingProxyType({}))
    """Of :attr:`whole`, how many bars are not there, by the reason."""
    holes: tuple[tuple[Span, GapKind], ...] = ()
    """Where these are; those of one kind that lie close together are one."""
    download: DownloadView | None = None

    @property
    def whole(self) -> Span | None:
        """The stretch of what there is, and what is wanted; ``None`` where there is neither."""
        spans = [one for one in (self.summary.reach, self.download.span if self.download else None) if one is not None]
        return Span(min(one.start_ms for one in spans), max(one.end_ms for one in spans)) if spans else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveView:
    """The archive of the exchange's origin; ``rows`` is ``None`` until it was read."""

    origin: str = ""
    rows: tuple[ArchiveRow, ...] | None = None
    problem: str = ""


class ArchiveFront(Protocol):
    """Every call returns at once; what comes of it is in ``view.archive``, and told by notices."""

    def read(self) -> None:
        """Read what the archive holds."""
        ...

    def fetch(self, series: Series, span: Span) -> None:
        """Fetch what is missing of a stretch; also takes up a paused download of it."""
        ...

    def pause(self, series: Series) -> None:
        """Stop a series' download; what came is kept, and the rest stays wanted."""
        ...

    def delete(self, series: Series) -> None:
        """Delete a series, with its downloads."""
        ...

    def export(self, series: Series, out: Path) -> None:
        """Write a whole series to a ``.csv`` or ``.parquet`` file that does not exist yet."""
        ...
