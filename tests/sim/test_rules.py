"""What the venue refuses, with which code, and in which order it looks."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.sim.codes import Refused
from hbtui.sim.wire import JsonObject
from tests.sim.venues import best, body, last, venue

TICK = Decimal("0.01")


def refused(placement: JsonObject, **options: Any) -> Refused:
    """The refusal of a placement, after which nothing is left behind."""
    at = venue(**options)
    with pytest.raises(Refused) as refusal:
        at.place(placement)
    assert not at.orders
    assert at.ledger.balance("usdt").frozen == at.ledger.balance("btc").frozen == 0
    assert [event["event"] for event in at.recorder.events] == ["arrived", "refused"]
    return refusal.value


@pytest.mark.parametrize(
    ("placement", "code", "words"),
    [
        (body("buy-limit", "", "60000"), "validation-constraints-required", "Field is missing: amount."),
        (body("buy-limit", "1"), "validation-constraints-required", "Field is missing: price."),
        (body("", "1", "60000"), "validation-constraints-required", "Field is missing: type."),
        (body("buy-limit", "1", "60000", symbol=""), "validation-constraints-required", "Field is missing: symbol."),
        (body("buy-limit", "1", "60000", account_id=None), "validation-constraints-required", "account-id."),
        (body("buy-iceberg", "1", "60000"), "order-type-invalid", "order type"),
        (body("hold-limit", "1", "60000"), "order-type-invalid", "order type"),
        (body("buy-limit", "1", "60000", symbol="nopeusdt"), "base-symbol-error", "The symbol is invalid"),
        (body("buy-limit", "1", "60000", account_id="7"), "account-account-id-inexistent", "not exist"),
        (body("buy-limit", "1", "60000", source="moon-api"), "order-source-invalid", "source"),
        (body("buy-limit", "1", "60000", source="margin-api"), "account-account-id-inexistent", "not exist"),
        (body("buy-limit", "-1", "60000"), "invalid-amount", "invalid amount"),
        (body("buy-limit", "1e3", "60000"), "invalid-amount", "invalid amount"),
        (body("buy-limit", "0", "60000"), "invalid-amount", "invalid amount"),
        (body("buy-limit", "1", "NaN"), "order-invalid-price", "invalid price"),
        (body("buy-limit", "1", "60000", client_order_id="a b"), "invalid-client-order-id", "invalid.client"),
        (body("buy-limit", "1", "60000", client_order_id="x" * 65), "invalid-client-order-id", "invalid.client"),
        (body("buy-limit", "1", "60000.123"), "order-orderprice-precision-error", "scale: `2`"),
        (body("buy-limit", "0.0000001", "60000"), "order-orderamount-precision-error", "scale: `6`"),
        (body("buy-market", "10.123456789"), "order-orderamount-precision-error", "scale: `8`"),
        (body("buy-limit", "0.000001", "60000"), "order-limitorder-amount-min-error", "min: `0.00001`"),
        (body("sell-market", "0.000001"), "order-marketorder-amount-min-error", "min: `0.00001`"),
        (body("sell-limit", "1001", "70000"), "order-limitorder-amount-max-error", "max: `1000`"),
        (body("sell-market", "1001"), "order-marketorder-amount-sell-max-error", "max: `1000`"),
        (body("buy-market", "1000001"), "order-marketorder-amount-buy-max-error", "max: `1000000`"),
        (body("buy-limit", "0.00005", "60000"), "order-value-min-error", "Order total cannot be lower than: 5 USDT"),
        (body("buy-market", "4.99"), "order-value-min-error", "Order total cannot be lower than: 5 USDT"),
        (body("buy-limit", "0.01", "900000"), "order-limitorder-price-max-error", "max: `"),
        (body("sell-limit", "0.01", "1000"), "order-limitorder-price-min-error", "min: `"),
        (body("buy-stop-limit", "0.01", "60000"), "parameter-required", "stop-price"),
        (body("buy-stop-limit", "0.01", "60000", stop_price="1", operator="eq"), "parameter-required", "operator"),
        (body("sell-limit", "0.25000001", "65000"), "order-orderamount-precision-error", "scale"),
        (body("sell-limit", "0.3", "65000"), "account-frozen-balance-insufficient-error", "left: `0.25`"),
        (body("buy-market", "10001"), "account-frozen-balance-insufficient-error", "left: `10000`"),
    ],
)
def test_each_mistake_has_its_code(placement: JsonObject, code: str, words: str) -> None:
    """Every rule refuses with HTX's code and text, and the ledger and the book stay as they were."""
    found = refused(placement)
    assert found.code == code
    assert words in found.message


@pytest.mark.parametrize("value", [[], {}, True, ["1"], 1.5, "１２", " ", "1,5", "0x10", "9" * 40])
def test_strange_values_are_refused_and_nothing_else(value: object) -> None:
    """Whatever JSON value stands where a number belongs, it is a refusal, never a fault of the exchange."""
    fields = ["account-id", "type", "symbol"]
    fields += [] if value == 1.5 else ["amount", "price"]
    fields += [] if isinstance(value, str) else ["client-order-id", "source"]
    for field in fields:
        at = venue()
        with pytest.raises(Refused):
            at.place({**body("buy-limit", "0.001", "60000"), field: value})


@given(
    st.dictionaries(
        st.sampled_from(sorted(body("buy-limit", "1", "1"))), st.none() | st.text() | st.integers() | st.booleans()
    )
)
def test_any_placement_is_accepted_or_refused(placement: dict[str, object]) -> None:
    """There is no third outcome, whatever is sent."""
    at = venue()
    try:
        at.place({**body("buy-limit", "0.001", "60000"), **placement})
        assert len(at.orders) == 1
    except Refused:
        assert not at.orders


def test_a_market_sell_needs_no_price_and_a_stray_one_is_ignored() -> None:
    """HTX takes market orders without a price; one that is there does nothing."""
    at = venue()
    order = at.place(body("sell-market", "0.01", "1"))
    assert order.state == "filled"
    assert order.request.price is None


def test_the_band_is_measured_from_the_last_price() -> None:
    """Ten percent above and below the last trade is still allowed, one step further is not."""
    at = venue()
    ceiling = (last(at) * Decimal("1.1")).quantize(TICK, rounding="ROUND_DOWN")
    assert at.place(body("buy-ioc", "0.001", str(ceiling))).state == "filled"
    ceiling = (last(at) * Decimal("1.1")).quantize(TICK, rounding="ROUND_DOWN")
    with pytest.raises(Refused, match="price-max"):
        at.place(body("buy-limit", "0.001", str(ceiling + TICK)))


def test_a_stop_that_would_fire_at_once_is_refused() -> None:
    """A stop price that the market has already reached is no stop."""
    at = venue()
    price = last(at)
    for operator, stop in (("gte", price), ("lte", price)):
        with pytest.raises(Refused, match="hit-trigger"):
            at.place(body("buy-stop-limit", "0.001", str(price), stop_price=str(stop), operator=operator))


def test_a_halted_market_takes_no_orders_and_a_cancel_only_one_lets_go() -> None:
    """State 2 refuses placing and cancelling, state 3 only placing."""
    at = venue()
    order = at.place(body("buy-limit", "0.001", str(best(at)[0] - 100)))
    at.market_status = 2
    with pytest.raises(Refused, match="order-disabled"):
        at.place(body("buy-limit", "0.001", "60000"))
    with pytest.raises(Refused, match="cancel-disabled"):
        at.cancel(order)
    at.market_status = 3
    with pytest.raises(Refused, match="order-disabled"):
        at.place(body("buy-limit", "0.001", "60000"))
    at.cancel(order)
    assert order.state == "canceled"


def test_duplicate_client_ids_are_accepted_unless_told_otherwise() -> None:
    """HTX checks no uniqueness since 2021: two orders result, the latest is what the id finds; a switch refuses."""
    at = venue()
    price = str(best(at)[0] - 100)
    orders = [at.place(body("buy-limit", "0.001", price, client_order_id="twice")) for _ in range(2)]
    assert at.by_client_id("twice") is orders[1]
    assert len(at.open_orders()) == 2
    strict = venue(unique_client_ids=True)
    strict.place(body("buy-limit", "0.001", price, client_order_id="once"))
    with pytest.raises(Refused, match="invalid-client-order-id"):
        strict.place(body("buy-limit", "0.001", price, client_order_id="once"))
