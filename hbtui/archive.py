"""The archive of bars for notebooks and scripts: ``Archive.open().frame("dogeusdt", "5min", start, end)``."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from hbtui.archive_places import open_archive
from hbtui.config import places
from hbtui.model.archive import SeriesSummary
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ArchiveError
from hbtui.model.series import Gap, GapKind, Series, Span, opens_between
from hbtui.trading.archiving import Archive as Kept
from hbtui.trading.resample import fits_into, resampled
from hbtui.words import BadRequest, read_moment, read_period, read_symbol

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Archive", "ArchiveError"]

_END_MS = 1 << 62
_Moment = str | datetime | int | None


class Archive:
    """What was fetched of one origin: ``htx``, or an embedded exchange's (``embedded-seed-1``)."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    @classmethod
    def open(cls, origin: str = "htx", *, where: str | Path | None = None) -> Self:
        """Open an origin's archive: hbtui's own, or the file or ``postgresql://`` URL ``where``.

        Raises ``ArchiveError``: nothing was fetched yet, it holds another origin's bars, or it cannot be read.
        """
        return cls(open_archive(places(), origin, where=where, creates=False))

    def close(self) -> None:
        """Close it."""
        self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def origin(self) -> str:
        """Whose bars these are."""
        return self._kept.origin

    def series(self) -> Sequence[SeriesSummary]:
        """Every series with its reach, its bars and when it was last added to."""
        return self._kept.series()

    def gaps(self, symbol: str, period: str, start: _Moment = None, end: _Moment = None) -> Sequence[Gap]:
        """What is missing between two moments (default: between the first and the last bar), and why."""
        series = Series(read_symbol(symbol), read_period(period))
        reach = next((one.reach for one in self.series() if one.series == series), None)
        if reach is None:
            message = f"The archive of {self.origin} holds no bars of {series}: fetch them first."
            raise ArchiveError(message)
        return self._kept.gaps(series, Span(_moment_ms(start, reach.start_ms), _moment_ms(end, reach.end_ms)))

    def candles(
        self, symbol: str, period: str, start: _Moment = None, end: _Moment = None, *, of: str | None = None
    ) -> list[Candle]:
        """The bars that open between two moments (from included, to excluded), exact, oldest first.

        ``of`` names a shorter period to make them from, such as ``"1min"``. Only whole bars are made, equal to the
        exchange's own: one that begins before the range, or of which a shorter bar is missing that the exchange may
        have (see :meth:`gaps`), is left out. Moments are ``"2026-01-31"``, ``"2026-01-31 12:00"`` (UTC), a
        ``datetime`` (UTC unless it is aware) or UTC ms.
        """
        wanted = read_period(period)
        source = Series(read_symbol(symbol), wanted if of is None else read_period(of))
        span = Span(_moment_ms(start, 0), _moment_ms(end, _END_MS))
        bars = self._kept.range(source, span) if source.period is wanted else self._made(source, wanted, span)
        if not bars:
            whole = "" if source.period is wanted else f" that make a whole one of {wanted.value}"
            message = f"The archive of {self.origin} holds no bars of {source} in that range{whole}: fetch them first."
            raise ArchiveError(message)
        return list(bars)

    def _made(self, source: Series, wanted: Period, span: Span) -> list[Candle]:
        """Whole bars that open within a span, of shorter ones."""
        if not fits_into(source.period, wanted):
            message = f"Bars of {wanted.value} cannot be made of bars of {source.period.value}."
            raise BadRequest(message)
        reach = next((one.reach for one in self.series() if one.series == source), None)
        within = span.cut(reach) if reach is not None else None
        if within is None:
            return []
        opens = list(opens_between(wanted, within))
        if not opens:
            return []
        whole = Span(opens[0], wanted.next_open_ms(opens[-1]))
        unsure = [gap.span for gap in self._kept.gaps(source, whole) if gap.kind is not GapKind.ABSENT]
        made = resampled(self._kept.range(source, whole), wanted)
        return [one for one in made if _is_clear(Span(one.open_ms, wanted.next_open_ms(one.open_ms)), unsure)]

    def frame(
        self,
        symbol: str,
        period: str,
        start: _Moment = None,
        end: _Moment = None,
        *,
        of: str | None = None,
        library: Literal["pandas", "polars"] = "pandas",
        exact: bool = False,
    ) -> "pd.DataFrame | pl.DataFrame":
        """The same as a frame: ``opened`` (UTC; the index in pandas), the prices, both volumes and the trades.

        Numbers are floats, as analysis wants them; ``exact`` keeps them as ``Decimal``. Raises ``ArchiveError`` where
        the library is not installed.
        """
        bars = self.candles(symbol, period, start, end, of=of)
        columns: dict[str, list[object]] = {"opened": [datetime.fromtimestamp(one.open_ms / 1000, UTC) for one in bars]}
        for name in ("open", "high", "low", "close", "base_volume", "quote_volume"):
            numbers = (getattr(one, name) for one in bars)
            columns[name] = [number if exact else float(number) for number in numbers]
        columns["trades"] = [one.trades for one in bars]
        try:
            if library == "polars":
                import polars as pl

                return pl.DataFrame(columns)
            import pandas as pd
        except ImportError:
            message = f"A frame needs {library}: install hbtui[{library}]."
            raise ArchiveError(message) from None
        return pd.DataFrame(columns).set_index("opened")


def _is_clear(bar: Span, unsure: Sequence[Span]) -> bool:
    """Whether none of some stretches (rising) reaches into a bar."""
    at = bisect_right(unsure, bar.start_ms, key=lambda one: one.end_ms)
    return at == len(unsure) or unsure[at].start_ms >= bar.end_ms


def _moment_ms(moment: _Moment, default: int, zone: tzinfo = UTC) -> int:
    if moment is None:
        return default
    if isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        return read_moment(moment, zone)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)
