"""What an order must satisfy before it is accepted, in the order in which the venue checks it."""

import re
from collections.abc import Mapping
from decimal import Decimal

from hbtui.model.numbers import decimal_places, parse_plain, plain
from hbtui.sim.accounts import SOURCES, Account, Accounts
from hbtui.sim.codes import Refused, missing, too_fine, too_much, too_small
from hbtui.sim.exact import times
from hbtui.sim.orders import KINDS, OrderRequest
from hbtui.sim.symbols import PAIRS, Pair

__all__ = ["BUY_CEILING", "SELL_FLOOR", "check_limits", "pair_of", "read_request"]

BUY_CEILING = Decimal("1.1")
"""A buy may not be priced above last × this."""

SELL_FLOOR = Decimal("0.9")
"""A sell may not be priced below last × this."""

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def read_request(body: Mapping[str, object], accounts: Accounts) -> OrderRequest:
    """Read a placement: fields, type, symbol, account, source, numbers; raises ``Refused``."""
    for name in ("account-id", "symbol", "type", "amount"):
        if _is_absent(body.get(name)):
            raise missing(name)
    side, _, kind = str(body["type"]).partition("-")
    if side not in {"buy", "sell"} or kind not in KINDS:
        raise Refused("order-type-invalid", f"Invalid order type: {str(body['type'])[:40]}")
    pair = PAIRS.get(str(body["symbol"]))
    if pair is None:
        raise Refused("base-symbol-error", "The symbol is invalid")
    account = _account(body, accounts, pair)
    stop_price, operator = _stop(body, kind)
    return OrderRequest(
        pair=pair,
        account_id=account.id,
        buy=side == "buy",
        kind=kind,
        amount=_positive(body["amount"], "invalid-amount"),
        price=None if kind == "market" else _price(body),
        client_order_id=_client_order_id(body),
        source=f"{account.kind}-api",
        stop_price=stop_price,
        operator=operator,
        prevents_self_match=str(body.get("self-match-prevent", 0)) == "1",
    )


def _account(body: Mapping[str, object], accounts: Accounts, pair: Pair) -> Account:
    """The account that the order is placed from, which must be of the type that its source names."""
    source = body.get("source")
    kind = SOURCES.get("" if _is_absent(source) else str(source))
    account = accounts.find(body["account-id"])
    if account is not None and kind is None:
        raise Refused("order-source-invalid", "Invalid order source")
    if account is None or not account.takes(str(kind), pair.symbol):
        raise Refused("account-account-id-inexistent", "account id is not exist")
    return account


def check_limits(request: OrderRequest, last: Decimal) -> None:
    """Check precision, size, value and price band against the last price; raises ``Refused``."""
    _check_precision(request)
    _check_size(request)
    pair, price = request.pair, request.price
    if request.spends or price is not None:
        value = request.amount if price is None else times(request.amount, price)
        if value < pair.min_value:
            least = f"{plain(pair.min_value)} {pair.quote.upper()}"
            raise Refused("order-value-min-error", f"Order total cannot be lower than: {least}")
    if price is not None:
        _check_band(request, price, last)


def _check_precision(request: OrderRequest) -> None:
    pair = request.pair
    for price in (request.price, request.stop_price):
        if price is not None and decimal_places(price) > pair.price_places:
            raise too_fine("price", pair.price_places)
    places = pair.value_places if request.spends else pair.amount_places
    if decimal_places(request.amount) > places:
        raise too_fine("amount", places)


def _check_size(request: OrderRequest) -> None:
    pair, amount = request.pair, request.amount
    if request.spends:
        if amount > pair.max_market_value:
            raise too_much("order-marketorder-amount-buy-max-error", "market order amount", pair.max_market_value)
        return
    market = request.kind == "market"
    word = "market order amount" if market else "limit order amount"
    if amount < pair.min_amount:
        kind = "marketorder" if market else "limitorder"
        raise too_small(f"order-{kind}-amount-min-error", word, pair.min_amount)
    if amount > pair.max_amount:
        code = "order-marketorder-amount-sell-max-error" if market else "order-limitorder-amount-max-error"
        raise too_much(code, word, pair.max_amount)


def _check_band(request: OrderRequest, price: Decimal, last: Decimal) -> None:
    if request.buy and price > times(last, BUY_CEILING):
        raise too_much("order-limitorder-price-max-error", "limit order price", times(last, BUY_CEILING))
    if not request.buy and price < times(last, SELL_FLOOR):
        raise too_small("order-limitorder-price-min-error", "limit order price", times(last, SELL_FLOOR))


def _stop(body: Mapping[str, object], kind: str) -> tuple[Decimal | None, str | None]:
    if not kind.startswith("stop-"):
        return None, None
    operator = body.get("operator")
    if _is_absent(body.get("stop-price")) or str(operator) not in {"gte", "lte"}:
        raise Refused("parameter-required", "stop-price and operator are required")
    return _positive(body["stop-price"], "order-invalid-price"), str(operator)


def _price(body: Mapping[str, object]) -> Decimal:
    if _is_absent(body.get("price")):
        raise missing("price")
    return _positive(body["price"], "order-invalid-price")


def _is_absent(value: object) -> bool:
    return value is None or value == ""


def _positive(value: object, code: str) -> Decimal:
    number = None if isinstance(value, bool) else parse_plain(str(value))
    if not number:
        raise Refused(code, "invalid amount" if code == "invalid-amount" else "invalid price")
    return number


def _client_order_id(body: Mapping[str, object]) -> str:
    given = body.get("client-order-id")
    if _is_absent(given):
        return ""
    if not isinstance(given, str) or not _CLIENT_ID.fullmatch(given):
        raise Refused("invalid-client-order-id", "invalid.client.order.id (NT)")
    return given


def pair_of(symbol: object) -> Pair:
    """The pair that a request names; raises ``Refused``."""
    pair = PAIRS.get(str(symbol))
    if pair is None:
        raise Refused("base-symbol-error", "The symbol is invalid")
    return pair
