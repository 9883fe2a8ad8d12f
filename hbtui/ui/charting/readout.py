"""The line above the chart: one bar's open, high, low, close, change, volume, and its averages."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from rich.cells import cell_len

from hbtui.model.numbers import ratio
from hbtui.ui import text
from hbtui.ui.charting.window import Column

__all__ = ["read_out"]

Runs = list[tuple[str, str]]


def read_out(
    column: Column, averages: Mapping[str, tuple[str, Decimal]], price: Callable[[Decimal], str], room: int, ink: str
) -> Runs:
    """Write a bar in ``room`` cells: spaciously, else tightly, else without what stands last; never half a number.

    ``averages`` gives the name and the value of each average by its ink.
    """
    change = ratio(column.close - column.open, column.open)
    named = (("O", column.open), ("H", column.high), ("L", column.low), ("C", column.close))
    parts: list[Runs] = [[(name, "muted"), (price(number), ink)] for name, number in named]
    parts.append([("V", "muted"), (text.compact(column.base_volume), ink)])
    parts.append([("", ""), (text.percent(change), "up" if column.is_up else "down")])
    needed = len(parts)
    parts += [[(name, average_ink), (price(value), average_ink)] for average_ink, (name, value) in averages.items()]
    for gap, between in ((" ", "  "), ("", " ")):
        lines = [_joined(part, gap) for part in parts]
        if _length(lines[:needed], between) <= room:
            break
    while lines and _length(lines, between) > room:
        lines.pop()
    return [run for line in lines for run in (*line, (between, ""))][:-1]


def _joined(part: Runs, gap: str) -> Runs:
    (name, name_ink), (value, ink) = part
    return [(name + gap, name_ink), (value, ink)] if name else [(value if gap else value.replace(" ", ""), ink)]


def _length(lines: list[Runs], between: str) -> int:
    return sum(cell_len(words) for line in lines for words, _ in line) + len(between) * max(0, len(lines) - 1)
