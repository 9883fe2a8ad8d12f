"""From what a person typed about the archive to a stretch of bars or a file, or to an error under its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hbtui.model.candle import Period
from hbtui.model.instrument import Instrument
from hbtui.model.series import Series, Span
from hbtui.words import BadRequest, read_moment, read_symbol

__all__ = ["FORMATS", "FetchReading", "bars_in", "export_name", "read_export", "read_fetch"]

FORMATS = (".csv", ".parquet")
_NO_FILE = "that cannot be a file here"


@dataclass(frozen=True, slots=True)
class FetchReading:
    """What is to be fetched; ``None`` with at least one of the errors, which go by the name of their field."""

    series: Series | None = None
    span: Span | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def read_fetch(
    typed: Mapping[str, str], period: Period, now_ms: int, instruments: Mapping[str, Instrument]
) -> FetchReading:
    """Read the fields ``symbol``, ``from`` and ``to`` (dates or times of UTC; empty ``to`` is now)."""
    errors: dict[str, str] = {}
    symbol = _symbol(typed["symbol"], instruments, errors)
    start_ms = _moment("from", typed["from"], errors) if typed["from"].strip() else None
    if start_ms is None:
        errors.setdefault("from", "the day to begin with, as 2026-01-31")
    end_ms = _moment("to", typed["to"], errors) if typed["to"].strip() else now_ms
    if start_ms is not None and start_ms >= now_ms:
        errors["from"] = "that is still to come"
    elif start_ms is not None and end_ms is not None and start_ms >= end_ms:
        errors["to"] = "not after the day to begin with (bars up to it, itself left out)"
    elif end_ms is not None and end_ms > now_ms:
        errors["to"] = "that is still to come: leave it empty for all until now"
    if errors or start_ms is None or end_ms is None:
        return FetchReading(errors=errors)
    return FetchReading(Series(symbol, period), Span(start_ms, end_ms))


def _symbol(text: str, instruments: Mapping[str, Instrument], errors: dict[str, str]) -> str:
    try:
        symbol = read_symbol(text)
    except BadRequest as error:
        errors["symbol"] = str(error)
        return ""
    if instruments and symbol not in instruments:
        errors["symbol"] = f"the exchange does not list {symbol}"
    return symbol


def _moment(name: str, text: str, errors: dict[str, str]) -> int | None:
    try:
        moment = read_moment(text)
    except BadRequest as error:
        errors[name] = str(error)
        return None
    if moment < 0:
        errors[name] = "no exchange is that old"
    return moment


def bars_in(period: Period, span: Span) -> int:
    """About how many bars a stretch holds."""
    return max(1, (span.end_ms - span.start_ms) // (period.seconds * 1000))


def export_name(series: Series) -> str:
    """The name that a file is given unless a person says otherwise."""
    return f"{series.symbol}-{series.period.value}{FORMATS[0]}"


def read_export(typed: str, folder: Path) -> tuple[Path | None, str]:
    """Read a file's name, relative to a folder: where to write, or an error."""
    name = typed.strip()
    if not name:
        return None, "a name, ending in .csv or .parquet"
    if not name.isprintable():
        return None, _NO_FILE
    try:
        out = folder / Path(name).expanduser()
        if out.suffix.lower() not in FORMATS:
            return None, "the name must end in .csv or .parquet"
        if out.exists():
            return None, "that file exists already, and is not written over"
        if not out.parent.is_dir():
            return None, "there is no such folder"
    except (OSError, RuntimeError, ValueError):
        return None, _NO_FILE
    return out, ""
