"""The ladder's lines: prices, amounts and running totals under each other, with a bar of colour for the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.order import Side
from hbtui.ui import text
from hbtui.ui.charting.depth import DepthRow
from hbtui.ui.widgets.panes import Line, Run

__all__ = ["LadderColumns", "barred"]

_MARK = 1
_GAP = 1


def barred(line: Sequence[Run], start: int, ground: str) -> list[Run]:
    """Lay a ground under everything from cell ``start`` on; texts are of single-width characters."""
    runs: list[Run] = []
    at = 0
    for words, ink in line:
        cut = min(len(words), max(0, start - at))
        if cut:
            runs.append((words[:cut], ink))
        if words[cut:]:
            runs.append((words[cut:], f"{ink} {ground}".strip()))
        at += len(words)
    return runs


@dataclass(frozen=True, slots=True)
class LadderColumns:
    """How wide each column is, and what the numbers in it look like."""

    width: int
    prices: dict[Decimal, str]
    amounts: dict[Decimal, str]
    totals: dict[Decimal, str]
    price_width: int
    most: Decimal
    """The greatest amount: its bar is as wide as the pane."""

    @classmethod
    def fitting(cls, rows: Sequence[DepthRow], instrument: Instrument | None, width: int) -> "LadderColumns":
        """Give price its whole width, and share the rest between amount and total."""
        prices = tuple(dict.fromkeys(row.price for row in rows))
        shown = dict(zip(prices, _aligned(tuple(text.price(price, instrument) for price in prices)), strict=True))
        price_width = max((len(words) for words in shown.values()), default=5)
        room = width - _MARK - price_width
        total_width = max(0, room // 2 - _GAP) if room >= 14 else 0
        amount_width = max(0, room - _GAP - (total_width + _GAP if total_width else 0))
        places = instrument.amount_precision if instrument else 4
        return cls(
            width,
            shown,
            _column(tuple(row.amount for row in rows), places, amount_width),
            _column(tuple(row.total for row in rows), places, total_width),
            price_width,
            max((row.amount for row in rows), default=Decimal(0)),
        )

    def head(self, instrument: Instrument | None) -> Line:
        """The labels above the columns."""
        base = f" {instrument.base.upper()}" if instrument else ""
        amount_width = max(map(len, self.amounts.values()), default=6)
        total_width = max(map(len, self.totals.values()), default=0)
        amount = text.first_fitting((f"amount{base}", "amount", "amt"), amount_width)
        line = " " * _MARK + "price".ljust(self.price_width) + " " * _GAP + amount.rjust(amount_width)
        return [(line + (" " * _GAP + "Σ".rjust(total_width) if total_width else ""), "muted")]

    def line(self, side: Side, row: DepthRow, *, is_own: bool, is_chosen: bool) -> Line:
        """One level."""
        ink = "bid" if side is Side.BUY else "ask"
        runs: list[Run] = [
            ("•" if is_own else " ", "own"),
            (self.prices[row.price], f"{ink} strong".strip() if is_own else ink),
            (" " * _GAP + self.amounts[row.amount], ""),
        ]
        if total := self.totals.get(row.total, ""):
            runs.append((" " * _GAP + total, "muted"))
        if is_chosen:
            return barred([*runs, (" " * self.width, "")], 0, "cursor")
        bar = int(row.amount * self.width / self.most) if self.most else 0
        return barred(runs, self.width - bar, f"{ink}-bar")


def _aligned(texts: tuple[str, ...]) -> tuple[str, ...]:
    width = max(map(len, texts), default=0)
    return tuple(words.rjust(width) for words in texts)


def _column(numbers: tuple[Decimal, ...], places: int, width: int) -> dict[Decimal, str]:
    if width <= 0:
        return {}
    return dict(zip(numbers, text.column(numbers, places, width), strict=True))
