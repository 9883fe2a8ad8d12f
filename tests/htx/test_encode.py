"""The bytes of an order: plain numbers, needed fields, nothing that could mean something else."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.encode import cancel_body, cancel_by_client_id_body, is_client_order_id, place_body
from hbtui.model.order import OrderRequest, OrderType, Side


def _request(**changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "account_id": 100009,
        "symbol": "dogeusdt",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "amount": Decimal(1000),
        "price": Decimal("0.08"),
    }
    return OrderRequest(**(fields | changes))


def test_a_limit_order() -> None:
    """Names and values are HTX's, numbers are text, the order of the fields is fixed."""
    assert place_body("hb1D0A", _request()) == (
        b'{"account-id":"100009","symbol":"dogeusdt","type":"buy-limit","amount":"1000","price":"0.08",'
        b'"source":"spot-api","client-order-id":"hb1D0A"}'
    )


FROM = [(7, "spot-api"), (8, "margin-api"), (9, "super-margin-api"), (10, "c2c-margin-api")]
PRICE = b'"price":"0.08",'
STOP = b'"stop-price":"0.09","operator":"gte",'
MIDDLES = {
    OrderType.LIMIT: (b"limit", PRICE),
    OrderType.MARKET: (b"market", b""),
    OrderType.IOC: (b"ioc", PRICE),
    OrderType.POST_ONLY: (b"limit-maker", PRICE),
    OrderType.FOK: (b"limit-fok", PRICE),
    OrderType.STOP_LIMIT: (b"stop-limit", PRICE + STOP),
    OrderType.STOP_LIMIT_FOK: (b"stop-limit-fok", PRICE + STOP),
}
"""HTX's word for each type, and what it has between amount and source (HTX docs, Place a New Order)."""


@pytest.mark.parametrize("is_prevented", [False, True])
@pytest.mark.parametrize(("account_id", "source"), FROM)
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("kind", list(OrderType))
def test_the_bytes_of_every_order(
    kind: OrderType, side: Side, account_id: int, source: str, *, is_prevented: bool
) -> None:
    """Each type, side, account and flag has exactly these bytes: what is not of the type is not written."""
    request = _request(
        type=kind,
        side=side,
        account_id=account_id,
        source=source,
        amount=Decimal("1E+3"),
        price=Decimal("0.0800"),
        stop_price=Decimal("0.0900"),
        stop_operator="gte",
        self_match_prevent=is_prevented,
    )
    word, middle = MIDDLES[kind]
    assert place_body("hb1D0A", request) == b"".join(
        [
            b'{"account-id":"%d","symbol":"dogeusdt",' % account_id,
            b'"type":"%b-%b","amount":"1000",' % (side.value.encode(), word),
            middle,
            b'"source":"%b","client-order-id":"hb1D0A"' % source.encode(),
            b',"self-match-prevent":1' if is_prevented else b"",
            b"}",
        ]
    )


def test_a_market_order_has_no_price() -> None:
    """A market order never carries a price, even where one was left in the request."""
    body = json.loads(place_body("x", _request(type=OrderType.MARKET)))
    assert "price" not in body
    assert body["type"] == "buy-market"


def test_a_stop_order_has_its_trigger() -> None:
    """Stop price and operator go together."""
    request = _request(type=OrderType.STOP_LIMIT, stop_price=Decimal("0.09"), stop_operator="gte", side=Side.SELL)
    body = json.loads(place_body("x", request))
    assert (body["stop-price"], body["operator"], body["type"]) == ("0.09", "gte", "sell-stop-limit")


def test_self_match_prevention_is_a_number() -> None:
    """Only where it is wanted."""
    assert json.loads(place_body("x", _request(self_match_prevent=True)))["self-match-prevent"] == 1
    assert "self-match-prevent" not in json.loads(place_body("x", _request()))


@given(st.decimals(min_value=Decimal("1E-18"), max_value=Decimal(10**15), places=18, allow_nan=False))
def test_numbers_are_plain(amount: Decimal) -> None:
    """No exponent, no trailing zeros, and the same value when read back."""
    text = json.loads(place_body("x", _request(amount=amount)))["amount"]
    assert set(text) <= set("0123456789.")
    assert Decimal(text) == amount
    assert not (text.endswith("0") and "." in text)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(0)},
        {"amount": Decimal(-1)},
        {"amount": Decimal("NaN")},
        {"amount": Decimal("Infinity")},
        {"amount": Decimal("1E+99999")},
        {"price": None},
        {"price": Decimal(0)},
        {"symbol": "DOGE/USDT"},
        {"symbol": "../x"},
        {"type": OrderType.STOP_LIMIT},
        {"type": OrderType.STOP_LIMIT, "stop_operator": "gte"},
        {"type": OrderType.STOP_LIMIT, "stop_price": Decimal(1), "stop_operator": "eq"},
    ],
    ids=str,
)
def test_what_cannot_be_an_order_is_not_written(changes: dict[str, Any]) -> None:
    """Zero, negative, endless and missing numbers, and names that are none, do not become bytes."""
    with pytest.raises(ValueError, match=r".+"):
        place_body("x", _request(**changes))


@pytest.mark.parametrize("text", ["", "a b", "a\n", "ä", "x" * 65, 'a"b', "a/b"])
def test_what_cannot_be_a_client_order_id(text: str) -> None:
    """Letters, digits, underscore and hyphen, at most 64."""
    assert not is_client_order_id(text)
    with pytest.raises(ValueError, match="client order id"):
        place_body(text, _request())
    with pytest.raises(ValueError, match="client order id"):
        cancel_by_client_id_body(text)


def test_cancels() -> None:
    """By HTX's id the symbol goes along where it is known; by client id the id."""
    assert cancel_body("dogeusdt") == b'{"symbol":"dogeusdt"}'
    assert cancel_body("") == b"{}"
    assert cancel_by_client_id_body("hb1-x_Y") == b'{"client-order-id":"hb1-x_Y"}'
