"""The venue's rules, each at its edge."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.rules import violations
from tests.support.trading_values import DOGE, request

LAST = Decimal("0.1")


def codes(asked: OrderRequest, last: Decimal | None = LAST) -> list[str]:
    """Which rules a request breaks, with their fields."""
    return [f"{finding.code} {finding.field}" for finding in violations(asked, DOGE, last)]


@pytest.mark.parametrize(
    ("within", "beyond", "code"),
    [
        (request(amount="100.25"), request(amount="100.251"), "PRECISION amount"),
        (request(price="0.1001"), request(price="0.10011"), "PRECISION price"),
        (request(amount="50"), request(amount="49.99"), "MIN_VALUE total"),
        (request(amount="900000"), request(amount="900000.01"), "MAX_AMOUNT amount"),
        (
            request(Side.SELL, amount="1000000", price="0.09"),
            request(Side.SELL, amount="1000000.01", price="0.09"),
            "MAX_AMOUNT amount",
        ),
        (request(price="0.11"), request(price="0.1101"), "PRICE_BAND price"),
        (request(Side.SELL, price="0.09"), request(Side.SELL, price="0.0899"), "PRICE_BAND price"),
        (
            request(Side.SELL, OrderType.MARKET, "2"),
            request(Side.SELL, OrderType.MARKET, "1.99"),
            "MIN_AMOUNT amount",
        ),
        (
            request(Side.SELL, OrderType.MARKET, "500000"),
            request(Side.SELL, OrderType.MARKET, "500000.01"),
            "MAX_AMOUNT amount",
        ),
        (
            request(kind=OrderType.MARKET, amount="5"),
            request(kind=OrderType.MARKET, amount="4.99999999"),
            "MIN_VALUE amount",
        ),
        (
            request(kind=OrderType.MARKET, amount="50000"),
            request(kind=OrderType.MARKET, amount="50000.01"),
            "MAX_AMOUNT amount",
        ),
        (
            request(kind=OrderType.MARKET, amount="5.12345678"),
            request(kind=OrderType.MARKET, amount="5.123456789"),
            "PRECISION amount",
        ),
    ],
)
def test_each_rule_at_its_edge(within: OrderRequest, beyond: OrderRequest, code: str) -> None:
    """The last value within a rule passes, and the next one beyond it is told under its field."""
    assert codes(within) == []
    assert codes(beyond) == [code]


def test_a_rule_that_the_venue_does_not_name_is_no_rule() -> None:
    """Limits that are absent in the venue's list forbid nothing; without a last price there is no band."""
    bare = replace(
        DOGE,
        min_value=None,
        max_value=None,
        limit_min_amount=None,
        limit_max_amount=None,
        limit_max_buy_amount=None,
        buy_price_ratio_max=None,
    )
    assert violations(request(amount="0.01", price="9"), bare, LAST) == ()
    assert codes(request(price="0.2"), None) == []


@pytest.mark.parametrize("kind", [OrderType.IOC, OrderType.FOK, OrderType.POST_ONLY, OrderType.STOP_LIMIT])
def test_every_priced_type_keeps_the_limits_of_limit_orders(kind: OrderType) -> None:
    """All types with a price are held to the same bounds."""
    asked = replace(request(amount="0.5"), type=kind, stop_price=LAST * 2, stop_operator="gte")
    assert codes(asked) == ["MIN_AMOUNT amount", "MIN_VALUE total"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(amount="0"), ["AMOUNT amount"]),
        (request(amount="-1", price="-1"), ["AMOUNT amount", "PRICE price"]),
        (request(amount="sNaN"), ["AMOUNT amount"]),
        (replace(request(), price=None), ["PRICE price"]),
        (replace(request(), type=OrderType.STOP_LIMIT), ["STOP_PRICE stop_price", "STOP_OPERATOR stop_operator"]),
    ],
)
def test_what_is_no_number_is_compared_with_nothing(asked: OrderRequest, expected: list[str]) -> None:
    """Zero, negative, infinite and missing numbers are refused before any comparison."""
    assert codes(asked) == expected


def test_whole_coins_say_so() -> None:
    """Where no decimals are allowed the sentence says that, and one is written in the singular."""
    whole = replace(DOGE, amount_precision=0, price_precision=1)
    texts = [finding.text for finding in violations(request(amount="100.5", price="0.11"), whole, None)]
    assert texts == ["no decimals are allowed here", "at most 1 decimal"]
