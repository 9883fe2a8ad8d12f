"""The venue's rules for one request, checked before anything is sent; pure."""

from collections.abc import Iterator
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.numbers import EXACT, decimal_places, plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.objections import error
from hbtui.trading.quantities import is_bounded, is_usable
from hbtui.trading.views import Finding

__all__ = ["violations"]


def violations(request: OrderRequest, instrument: Instrument | None, last: Decimal | None) -> tuple[Finding, ...]:
    """Name every rule of the instrument that the request breaks, each under the field it stands at.

    A market buy's ``amount`` is the value to spend. Without an instrument the numbers alone are judged. Source: HTX
    docs, place (validation of an order).
    """
    if unusable := tuple(_unusable(request)):
        return unusable
    if instrument is None:
        return ()
    return (
        *_precision(request, instrument),
        *_amount_bounds(request, instrument),
        *_value_bounds(request, instrument),
        *_price_band(request, instrument, last),
        *_stop_side(request, last),
    )


def _unusable(request: OrderRequest) -> Iterator[Finding]:
    """Refuse what is no positive number before it is compared with anything."""
    fields = [("AMOUNT", "amount", request.amount), *_named_prices(request)]
    for code, name, number in fields:
        if not is_usable(number):
            is_large = number is not None and number.is_finite() and number > 0
            yield error(code, "is not a number that money has" if is_large else "must be more than 0", name)
    if request.type.has_stop and request.stop_operator not in {"gte", "lte"}:
        yield error("STOP_OPERATOR", "must be gte (from below) or lte (from above)", "stop_operator")


def _named_prices(request: OrderRequest) -> Iterator[tuple[str, str, Decimal | None]]:
    """The prices that the type takes."""
    if request.type.has_price:
        yield "PRICE", "price", request.price
    if request.type.has_stop:
        yield "STOP_PRICE", "stop_price", request.stop_price


def _precision(request: OrderRequest, instrument: Instrument) -> Iterator[Finding]:
    places = instrument.value_precision if request.is_amount_in_quote else instrument.amount_precision
    if decimal_places(request.amount) > places:
        yield error("PRECISION", _decimals(places), "amount")
    for _, name, price in _named_prices(request):
        if price is not None and decimal_places(price) > instrument.price_precision:
            yield error("PRECISION", _decimals(instrument.price_precision), name)


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
    if is_bounded(least) and request.amount < least:
        yield error("MIN_AMOUNT", f"at least {plain(least)} {unit.upper()}", "amount")
    if is_bounded(most) and request.amount > most:
        yield error("MAX_AMOUNT", f"at most {plain(most)} {unit.upper()}", "amount")


def _least_of(*limits: Decimal | None) -> Decimal | None:
    return min((limit for limit in limits if is_bounded(limit)), default=None)


def _value_bounds(request: OrderRequest, instrument: Instrument) -> Iterator[Finding]:
    if request.is_amount_in_quote:
        value, name = request.amount, "amount"
    elif request.type.has_price and request.price is not None:
        value, name = EXACT.multiply(request.price, request.amount), "total"
    else:
        return  # HTX names no least value for a market sell
    unit = instrument.quote.upper()
    least, most = instrument.min_value, instrument.max_value
    if is_bounded(least) and value < least:
        yield error("MIN_VALUE", f"at least {plain(least)} {unit} in all", name)
    if is_bounded(most) and value > most:
        yield error("MAX_VALUE", f"at most {plain(most)} {unit} in all", name)


def _price_band(request: OrderRequest, instrument: Instrument, last: Decimal | None) -> Iterator[Finding]:
    """HTX refuses a buy far above, and a sell far below, the last trade (``blmlt``, ``slmgt``).

    A stop order is held against its stop price: that is the last trade when it becomes an order.
    """
    last = request.stop_price if request.type.has_stop else last
    if not request.type.has_price or request.price is None or not is_usable(last):
        return
    most, least = instrument.buy_price_ratio_max, instrument.sell_price_ratio_min
    if request.side is Side.BUY and is_bounded(most) and request.price > (limit := EXACT.multiply(last, most)):
        yield error("PRICE_BAND", f"the exchange takes buys up to {plain(limit)} now", "price")
    if request.side is Side.SELL and is_bounded(least) and request.price < (limit := EXACT.multiply(last, least)):
        yield error("PRICE_BAND", f"the exchange takes sells from {plain(limit)} now", "price")


def _stop_side(request: OrderRequest, last: Decimal | None) -> Iterator[Finding]:
    """HTX refuses a stop that the last price has reached already (``order-stop-order-hit-trigger``)."""
    if not request.type.has_stop or request.stop_price is None or not is_usable(last):
        return
    is_from_below = request.stop_operator == "gte"
    if last >= request.stop_price if is_from_below else last <= request.stop_price:
        side = "above" if is_from_below else "below"
        text = f"the stop would trigger at once: it must be {side} the last price, {plain(last)}"
        yield error("STOP_TRIGGERED", text, "stop_price")
