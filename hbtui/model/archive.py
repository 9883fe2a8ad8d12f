"""What the archive of bars tells: summaries, reports of what was put in, downloads that are wanted."""

from dataclasses import dataclass

from hbtui.model.candle import Candle
from hbtui.model.series import Series, Span

__all__ = ["Corrected", "Download", "PutReport", "SeriesSummary"]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A bar that the exchange told with other digits than before: the newer ones are kept."""

    before: Candle
    after: Candle


@dataclass(frozen=True, slots=True)
class PutReport:
    """What became of bars that were put in."""

    added: int = 0
    unchanged: int = 0
    corrected: tuple[Corrected, ...] = ()
    aside: tuple[tuple[Candle, str], ...] = ()
    """What cannot be a bar, each with the reason."""


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series as a whole."""

    series: Series
    reach: Span | None
    """From the first bar's opening to the last bar's end; ``None`` while there is no bar."""
    bars: int
    updated_ms: int
    """When bars were last added, UTC ms; 0 if never."""


@dataclass(frozen=True, slots=True)
class Download:
    """A stretch that is wanted."""

    series: Series
    span: Span
    is_paused: bool = False
