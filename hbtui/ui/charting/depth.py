"""The order book as rows: levels grouped to coarser prices, with running totals."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from hbtui.model.book import Level
from hbtui.model.numbers import EXACT
from hbtui.model.order import Side

__all__ = ["DepthRow", "depth_rows", "group_price"]


class DepthRow(NamedTuple):
    """One row of the ladder; ``total`` is all that rests from the best price to this one."""

    price: Decimal
    amount: Decimal
    total: Decimal


def group_price(price: Decimal, step: Decimal, side: Side) -> Decimal:
    """The group that a price belongs to: bids down and asks up, so that no group looks better than it is."""
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return EXACT.multiply(EXACT.divide(price, step).quantize(Decimal(1), rounding=rounding, context=EXACT), step)


def depth_rows(levels: Sequence[Level], side: Side, step: Decimal | None, count: int) -> tuple[DepthRow, ...]:
    """The first ``count`` rows from the best price outwards, in groups of ``step`` where one is given."""
    rows: list[DepthRow] = []
    total = Decimal(0)
    for price, amount in levels:
        shown = price if step is None else group_price(price, step, side)
        total = EXACT.add(total, amount)
        if rows and rows[-1].price == shown:
            rows[-1] = DepthRow(shown, EXACT.add(rows[-1].amount, amount), total)
            continue
        if len(rows) == count:
            break
        rows.append(DepthRow(shown, amount, total))
    return tuple(rows)
