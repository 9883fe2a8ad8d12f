"""What the balances are worth in USDT, as far as prices are known; pure."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from types import MappingProxyType

from hbtui.model.account import Balance
from hbtui.model.numbers import EXACT
from hbtui.trading.views import BalancesView

__all__ = ["valued"]

_UNIT = "usdt"
_BRIDGES = ("btc", "eth", "htx", "trx")


def valued(
    balances: Iterable[Balance] | None, price_of: Callable[[str], Decimal | None], *, is_stale: bool
) -> BalancesView:
    """Value each currency through its pair with USDT, else through one more pair; what has no price is named."""
    if balances is None:
        return BalancesView(is_stale=is_stale)
    held = tuple(sorted((one for one in balances if one.total), key=lambda one: one.currency))
    values: dict[str, Decimal] = {}
    unvalued = []
    for balance in held:
        price = _price_in_unit(balance.currency, price_of)
        if price is None:
            unvalued.append(balance.currency)
        else:
            values[balance.currency] = EXACT.multiply(balance.total, price)
    total = sum(values.values(), Decimal(0)) if values or not held else None
    return BalancesView(held, MappingProxyType(values), total, tuple(unvalued), is_stale)


def _price_in_unit(currency: str, price_of: Callable[[str], Decimal | None]) -> Decimal | None:
    if currency == _UNIT:
        return Decimal(1)
    direct = price_of(currency + _UNIT)
    if direct is not None:
        return direct
    for bridge in _BRIDGES:
        first, second = price_of(currency + bridge), price_of(bridge + _UNIT)
        if first is not None and second is not None:
            return EXACT.multiply(first, second)
    return None
