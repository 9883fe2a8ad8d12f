"""Reads what the archive's commands have in common: series, ranges, and times as they are shown."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from re import compile as pattern

from hbtui.model.candle import Period
from hbtui.model.series import Span
from hbtui.model.text import clean
from hbtui.words import BadRequest, read_moment, read_period, read_symbol, read_zone

__all__ = ["read_series_words", "read_span", "utc_text"]

_PERIOD = pattern(r"[0-9]+(?:sec|min|hour|day|week|mon|year)s?", 0)
"""What looks like a period is meant as one; no pair is called so."""


def read_series_words(words: Sequence[str]) -> tuple[list[str], list[Period]]:
    """Tell pairs from periods; raise ``BadRequest`` for what is neither."""
    periods = [read_period(word) for word in words if _PERIOD.fullmatch(word)]
    return [read_symbol(word) for word in words if not _PERIOD.fullmatch(word)], periods


def read_span(asked: Namespace, *, needs_start: bool) -> Span:
    """The range that was asked for, from included, to excluded (default: now); raise ``BadRequest``."""
    zone = read_zone(asked.zone)
    if needs_start and not asked.start:
        message = "Say --from: the date to begin with."
        raise BadRequest(message)
    start_ms = read_moment(asked.start, zone) if asked.start else 0
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    end_ms = read_moment(asked.end, zone) if asked.end else now_ms
    if start_ms < 0:
        message = f"--from ({clean(asked.start, 60)}) is before 1970: no exchange is that old."
        raise BadRequest(message)
    if needs_start and start_ms >= now_ms:
        message = f"--from ({utc_text(start_ms)} UTC) is still to come."
        raise BadRequest(message)
    if start_ms >= end_ms:
        message = f"--from ({utc_text(start_ms)} UTC) is not before --to ({utc_text(end_ms)} UTC)."
        raise BadRequest(message)
    return Span(start_ms, end_ms)


def utc_text(time_ms: int) -> str:
    """A time to the minute, UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
