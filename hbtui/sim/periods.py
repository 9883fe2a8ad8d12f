"""HTX's bar periods and where they begin: days, weeks, months and years at midnight of GMT+8 (HTX docs, kline)."""

from datetime import datetime, timedelta, timezone

__all__ = ["GENESIS_S", "LAST_SECOND", "OFFSET_S", "PERIODS", "next_open", "open_of", "previous_open"]

PERIODS = ("1min", "5min", "15min", "30min", "60min", "4hour", "1day", "1week", "1mon", "1year")

OFFSET_S = 8 * 3600
GENESIS_S = 1_514_736_000
"""The first second of the synthetic market: 2018-01-01 00:00 GMT+8, a Monday."""

LAST_SECOND = 2_556_115_200
"""No request may name a later second (HTX docs, kline ``req``)."""

_SECONDS = {"1min": 60, "5min": 300, "15min": 900, "30min": 1800, "60min": 3600, "4hour": 14_400, "1day": 86_400}
_WEEK_S = 7 * 86_400
_ZONE = timezone(timedelta(seconds=OFFSET_S))


def open_of(period: str, second: int) -> int:
    """The opening second (UTC epoch) of the bar that ``second`` falls into; ``ValueError`` for an unknown period."""
    length = _SECONDS.get(period)
    if length is not None:
        return (second + OFFSET_S) // length * length - OFFSET_S
    if period == "1week":
        return (second - GENESIS_S) // _WEEK_S * _WEEK_S + GENESIS_S
    if period not in PERIODS:
        raise ValueError(period)
    local = datetime.fromtimestamp(second, _ZONE)
    return _first_of(local.year, local.month if period == "1mon" else 1)


def next_open(period: str, opened: int) -> int:
    """The opening second of the bar behind the one that opens at ``opened``."""
    if period in _SECONDS:
        return opened + _SECONDS[period]
    longest = {"1week": 7, "1mon": 31, "1year": 366}[period]
    return opened + _WEEK_S if period == "1week" else open_of(period, opened + longest * 86_400)


def previous_open(period: str, opened: int) -> int:
    """The opening second of the bar before the one that opens at ``opened``."""
    return open_of(period, opened - 1)


def _first_of(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=_ZONE).timestamp())
