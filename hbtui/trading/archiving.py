"""What keeping bars needs from the outside: where they come from, and where they are kept."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from hbtui.model.archive import Download, PutReport, SeriesSummary
from hbtui.model.candle import Candle
from hbtui.model.series import Gap, GapKind, Series, Span

__all__ = ["Archive", "BarRow", "BarSource", "History"]

BarRow = tuple[int, str, str, str, str, str, str, int]
"""Opening time (UTC ms), open, high, low, close, base volume, quote volume, trades."""


class BarSource(Protocol):
    """An exchange's history. Every method may raise ``model.errors.ExchangeError``."""

    async def now_ms(self) -> int:
        """The exchange's clock, UTC ms."""
        ...

    async def bars(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """The bars that open within a span of at most 300, as they were sent; several may be asked for at once."""
        ...

    async def recent(self, series: Series, size: int) -> tuple[Candle, ...]:
        """The last bars (at most 2,000), oldest first, the last one still forming."""
        ...


class Archive(Protocol):
    """Bars of one origin, kept. Calls block: they belong on a thread of their own; failures are ``ArchiveError``."""

    @property
    def origin(self) -> str:
        """Whose bars these are."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of the opening, such as a damaged file that was kept aside."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def put(self, series: Series, candles: Sequence[Candle], *, at_ms: int) -> PutReport:
        """Keep the bars that are final at ``at_ms``, the exchange's clock when it was asked (UTC ms)."""
        ...

    def note_hole(self, series: Series, span: Span, kind: GapKind, *, at_ms: int) -> None:
        """Record why a stretch has no bars; bars already there stay."""
        ...

    def window(self, series: Series, size: int, *, before_ms: int | None = None) -> tuple[Candle, ...]:
        """The last ``size`` bars that open before a time (or of all), oldest first."""
        ...

    def range(self, series: Series, span: Span) -> tuple[Candle, ...]:
        """The bars that open within a span, oldest first."""
        ...

    def rows(self, series: Series, span: Span, limit: int = -1) -> Sequence[BarRow]:
        """The same with numbers as text, digit by digit as the exchange sent them; at most ``limit``."""
        ...

    def places(self, series: Series, span: Span) -> Sequence[int]:
        """The most digits behind the point within a span, for each of the six number columns."""
        ...

    def series(self) -> tuple[SeriesSummary, ...]:
        """Every series with its reach, its bars and when it was last added to, by name."""
        ...

    def coverage(self, series: Series, span: Span | None = None) -> tuple[Span, ...]:
        """Where bars follow each other without a hole, in order."""
        ...

    def gaps(self, series: Series, span: Span) -> tuple[Gap, ...]:
        """Every stretch of the grid within a span that has no bars, in order, and why."""
        ...

    def delete(self, series: Series) -> int:
        """Delete a series with all that is known of it; the number of bars that were there."""
        ...

    def delete_if_empty(self, series: Series) -> None:
        """Forget a series that has no bars: the exchange does not list it."""
        ...

    def keep_download(self, series: Series, span: Span, *, is_paused: bool = False) -> None:
        """Remember that a stretch is wanted, until :meth:`drop_download`."""
        ...

    def drop_download(self, series: Series, span: Span) -> None:
        """Forget that a stretch is wanted; the bars stay."""
        ...

    def downloads(self) -> tuple[Download, ...]:
        """Every stretch that is wanted, in the order of asking."""
        ...


class History(Protocol):
    """What a session offers for keeping bars: the archive of its exchange's origin, and the way to what is missing."""

    async def open_archive(self) -> Archive:
        """Open the archive; raises ``ArchiveError`` and ``ExchangeError``. Whoever opens it closes it."""
        ...

    def source(self) -> AbstractAsyncContextManager[BarSource]:
        """The exchange's whole history, over connections of its own, for the length of an ``async with``."""
        ...

    def export(self, archive: Archive, series: Series, span: Span, out: Path) -> int:
        """Write bars to a file (blocks), never over an existing one; how many. Raises ``ArchiveError``."""
        ...
