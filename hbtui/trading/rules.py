"""The venue's rules for one request, checked before anything is sent; pure."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT, decimal_places, plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.views import Finding, Severity

__all__ = ["violations"]


def violations(request: OrderRequest, instrument: Instrument, last: Decimal | None) -> tuple[Finding, ...]:
    """Name every rule of the instrument that the request breaks, each under the field it stands at.

    A market buy's ``amount`` is the value to spend. Source: HTX docs, place (validation of an order).
    """
    if unusable := tuple(_unusable(request)):
        return unusable
    return (
        *_precision(request, instrument),
        *_amount_bounds(request, instrument),
        *_value_bounds(request, instrument),
        *_price_band(request, instrument, last),
    )


def _error(code: str, field: str, text: str) -> Finding:
    return Finding(code, text, Severity.ERROR, field)


def _unusable(request: OrderRequest) -> Iterator[Finding]:
    """Refuse what is no positive number before it is compared with anything."""
    if not request.amount.is_finite() or request.amount <= 0:
        yield _error("AMOUNT", "amount", "must be more than 0")
    if request.type.has_price and (request.price is None or not request.price.is_finite() or request.price <= 0):
        yield _error("PRICE", "price", "must be more than 0")
    if request.type.has_stop:
        if request.stop_price is None or not request.stop_price.is_finite() or request.stop_price <= 0:
            yield _error("STOP_PRICE", "stop_price", "must be more than 0")
        if request.stop_operator not in {"gte", "lte"}:
            yield _error("STOP_OPERATOR", "stop_operator", "must be gte (from below) or lte (from above)")


def _precision(request: OrderRequest, instrument: Instrument) -> Iterator[Finding]:
    places = instrument.value_precision if request.is_amount_in_quote else instrument.amount_precision
    if decimal_places(request.amount) > places:
        yield _error("PRECISION", "amount", _decimals(places))
    for field, price in (("price", request.price), ("stop_price", request.stop_price)):
        if price is not None and decimal_places(price) > instrument.price_precision:
            yield _error("PRECISION", field, _decimals(instrument.price_precision))


def _decimals(places: int) -> str:
    if not places:
        return "no decimals are allowed here"
    return f"at most {places} decimal{'' if places == 1 else 's'}"


def _amount_bounds(request: OrderRequest, instrument: Instrument) -> Iterator[Finding]:
    is_buy = request.side is Side.BUY
    if request.type is not OrderType.MARKET:
        least = instrument.limit_min_amount
        side_most = instrument.limit_max_buy_amount if is_buy else instrument.limit_max_sell_amount
        most = _least_of(instrument.limit_max_amount, side_most)
        unit = instrument.base
    elif is_buy:
        least, most, unit = None, instrument.market_buy_max_value, instrument.quote
    else:
        least, most, unit = instrument.market_sell_min_amount, instrument.market_sell_max_amount, instrument.base
    if least is not None and request.amount < least:
        yield _error("MIN_AMOUNT", "amount", f"at least {plain(least)} {unit.upper()}")
    if most is not None and request.amount > most:
        yield _error("MAX_AMOUNT", "amount", f"at most {plain(most)} {unit.upper()}")


def _least_of(*limits: Decimal | None) -> Decimal | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _value_bounds(request: OrderRequest, instrument: Instrument) -> Iterator[Finding]:
    if request.is_amount_in_quote:
        value, field = request.amount, "amount"
    elif request.price is not None:
        value, field = EXACT.multiply(request.price, request.amount), "total"
    else:
        return  # HTX names no least value for a market sell
    unit = instrument.quote.upper()
    if instrument.min_value is not None and value < instrument.min_value:
        yield _error("MIN_VALUE", field, f"at least {plain(instrument.min_value)} {unit} in all")
    if instrument.max_value is not None and value > instrument.max_value:
        yield _error("MAX_VALUE", field, f"at most {plain(instrument.max_value)} {unit} in all")


def _price_band(request: OrderRequest, instrument: Instrument, last: Decimal | None) -> Iterator[Finding]:
    """HTX refuses a buy far above, and a sell far below, the last trade (``blmlt``, ``slmgt``)."""
    if request.price is None or last is None:
        return
    if request.side is Side.BUY and instrument.buy_price_ratio_max is not None:
        most = EXACT.multiply(last, instrument.buy_price_ratio_max)
        if request.price > most:
            yield _error("PRICE_BAND", "price", f"the exchange takes buys up to {plain(most)} now")
    if request.side is Side.SELL and instrument.sell_price_ratio_min is not None:
        least = EXACT.multiply(last, instrument.sell_price_ratio_min)
        if request.price < least:
            yield _error("PRICE_BAND", "price", f"the exchange takes sells from {plain(least)} now")
