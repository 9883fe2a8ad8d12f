"""Numbers and times as a person reads them: unknown is ``—``, digits line up, and nothing known is ever shown as 0.

A number that is not zero but would round to zero is shown as ``<0.01`` (``>-0.01`` below zero).
"""

from datetime import UTC, datetime, tzinfo
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT, decimal_places

__all__ = [
    "UNKNOWN",
    "ago",
    "amount",
    "cells",
    "clock",
    "column",
    "compact",
    "countdown",
    "date_time",
    "first_fitting",
    "fitted",
    "grouped",
    "in_the_middle",
    "local_time",
    "percent",
    "price",
    "quantity",
    "signed_percent",
    "worth",
]

UNKNOWN = "—"
"""Stands wherever a value is not known; never 0."""

_UNITS = ((12, "T"), (9, "B"), (6, "M"), (3, "K"))


def grouped(number: Decimal, places: int, rounding: str = ROUND_HALF_EVEN) -> str:
    """Write a number with ``places`` digits behind the point and commas between thousands; never 0 for a non-zero."""
    unit = Decimal(1).scaleb(-places)
    shown = number.quantize(unit, rounding=rounding, context=EXACT)
    if number and not shown:
        return f"<{unit:f}" if number > 0 else f">-{unit:f}"
    return f"{shown or abs(shown):,f}"


def price(number: Decimal | None, instrument: Instrument | None) -> str:
    """Write a price with the pair's fixed number of decimals, or as exact as it is where the pair is not known."""
    if number is None:
        return UNKNOWN
    return grouped(number, decimal_places(number) if instrument is None else instrument.price_precision)


def amount(number: Decimal | None, instrument: Instrument | None) -> str:
    """Write an amount of base with the pair's fixed number of decimals, cut, so that it never promises too much."""
    if number is None:
        return UNKNOWN
    places = decimal_places(number) if instrument is None else instrument.amount_precision
    return grouped(number, places, ROUND_DOWN)


def worth(number: Decimal | None, places: int = 2) -> str:
    """Write a worth in quote with ``places`` decimals."""
    return UNKNOWN if number is None else grouped(number, places)


def quantity(number: Decimal | None, places: int = 8) -> str:
    """Write a holding, cut at ``places`` decimals, with at least two of them: ``1,204.10``, ``0.00012``."""
    if number is None:
        return UNKNOWN
    return grouped(number, max(2, min(places, decimal_places(number))), ROUND_DOWN)


def compact(number: Decimal | None) -> str:
    """Write a number in at most about six characters: ``1.2B``, ``44.1K``, ``12.3``, ``0.0012``."""
    if number is None:
        return UNKNOWN
    size = abs(number)
    for position, (exponent, unit) in enumerate(_UNITS):
        if size >= Decimal(1).scaleb(exponent):
            scaled = _one_decimal(number.scaleb(-exponent, EXACT))
            # 999.97 K is 1 M once it is rounded
            if abs(scaled) >= 1000 and position:
                return f"{_one_decimal(number.scaleb(-_UNITS[position - 1][0], EXACT)):,f}{_UNITS[position - 1][1]}"
            return f"{scaled:,f}{unit}"
    return _small(number)


def _one_decimal(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), context=EXACT)


def _small(number: Decimal) -> str:
    # three digits that say something, but no more than six behind the point
    places = min(6, max(1, 2 - number.adjusted())) if number else 0
    shown = number.quantize(Decimal(1).scaleb(-places), context=EXACT)
    if abs(shown) >= 1000:
        return f"{'-' if number < 0 else ''}1.0K"
    text = grouped(number, places)
    return text.rstrip("0").rstrip(".") if "." in text and text[0] not in "<>" else text


def percent(ratio: Decimal | None) -> str:
    """Write a change as ``▲ 2.31%`` or ``▼ 1.20%``; exactly none is ``0.00%``; ``—`` where not known."""
    if ratio is None:
        return UNKNOWN
    size = grouped(abs(ratio).scaleb(2, EXACT), 2)
    return f"{'▲ ' if ratio > 0 else '▼ ' if ratio < 0 else ''}{size}%"


def signed_percent(ratio: Decimal | None, places: int = 1) -> str:
    """Write a change in little room: ``▲0.4``, ``▼1.2``, ``0.0``."""
    if ratio is None:
        return UNKNOWN
    size = grouped(abs(ratio).scaleb(2, EXACT), places)
    return f"{'▲' if ratio > 0 else '▼' if ratio < 0 else ''}{size}"


def local_time(time_ms: int, zone: tzinfo | None = None) -> datetime:
    """Turn UTC milliseconds into a time of ``zone``, by default the computer's own."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).astimezone(zone)


def clock(time_ms: int | None, zone: tzinfo | None = None) -> str:
    """Write a time of day: ``12:02:11``."""
    return UNKNOWN if time_ms is None else f"{local_time(time_ms, zone):%H:%M:%S}"


def ago(elapsed_ms: int | None) -> str:
    """Write a length of time in one or two units: ``3 s``, ``4 min``, ``2 h 5 min``, ``3 d``."""
    if elapsed_ms is None:
        return UNKNOWN
    seconds = max(0, elapsed_ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d"


def fitted(text: str, width: int, align: str = "left") -> str:
    """Make a text exactly ``width`` cells wide; one that is too long ends in ``…``."""
    if width <= 0:
        return ""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - length) + text if align == "right" else text + " " * (width - length)


def in_the_middle(words: str, width: int, height: int) -> list[str]:
    """Lay a sentence out in the middle of ``width`` × ``height`` cells, on as many lines as it takes and there are."""
    lines = [fitted(line, min(width, cell_len(line))) for line in wrap(words, max(1, width))][: max(1, height)]
    above = [""] * max(0, (height - len(lines)) // 2)
    return above + [" " * ((width - cell_len(line)) // 2) + line for line in lines]


def first_fitting(variants: tuple[str, ...], width: int) -> str:
    """Return the first variant that fits into ``width`` cells, or ``…``: a number is never cut in the middle."""
    return next((text for text in variants if cell_len(text) <= width), "…"[:width])


def column(numbers: tuple[Decimal, ...], places: int, width: int) -> tuple[str, ...]:
    """Write numbers that stand under each other, right-aligned and with the same decimals, in ``width`` cells.

    As many of ``places`` decimals are kept as let the widest number fit; where not even whole numbers do, each
    is written compactly.
    """
    used = max((decimal_places(number) for number in numbers), default=0)
    for digits in range(min(places, used), -1, -1):
        texts = tuple(grouped(number, digits, ROUND_DOWN) for number in numbers)
        if all(len(text) <= width for text in texts):
            return tuple(text.rjust(width) for text in texts)
    return tuple(first_fitting((compact(number),), width).rjust(width) for number in numbers)


def cells(text: str) -> int:
    """How many cells a text takes."""
    return cell_len(text)


def countdown(span_ms: int) -> str:
    """Write a length of time that is counted on the screen: ``0:07``, ``12:03``, ``1:02:03``; none is negative."""
    seconds = max(0, span_ms) // 1000
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def date_time(time_ms: int | None, now_ms: int, zone: tzinfo | None = None) -> str:
    """Write a time of today as ``12:02:11``, one of another day with its date: ``08 Oct 23:59``, ``08 Oct 2024``."""
    if time_ms is None:
        return UNKNOWN
    at, now = local_time(time_ms, zone), local_time(now_ms, zone)
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    month = _MONTHS[at.month - 1]
    return f"{at:%d} {month} {at:%H:%M}" if at.year == now.year else f"{at:%d} {month} {at:%Y}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""By hand: the library's names follow the computer's language, and with it their width."""
