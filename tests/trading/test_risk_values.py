"""What an order is worth, which cap it would pass, and how far it would walk into the book."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.account import Balance
from hbtui.model.book import Level
from hbtui.model.numbers import EXACT
from hbtui.model.order import Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.guard import Sent
from hbtui.trading.open_value import open_value_of, usdt_price
from hbtui.trading.quantities import is_bounded, is_usable, places_of
from hbtui.trading.risk import GateContext, value_of
from hbtui.trading.slippage import Walk, walked
from hbtui.trading.views import Caps
from tests.support.trading_values import DOGE, request
from tests.trading.gate_values import CAPS, CONTEXT, against, codes, doubtful, levels, sent, stop

IN_BTC = replace(DOGE, symbol="dogebtc", quote="btc")
PRICES = {"btcusdt": Decimal(60000), "dogeusdt": Decimal("0.12"), "dogebtc": Decimal("0.000002")}
MARKET_SELL = request(Side.SELL, OrderType.MARKET)


def at(**changes: object) -> GateContext:
    """Change what is known."""
    return replace(CONTEXT, **changes)  # type: ignore[arg-type]  # the callers name fields of the context


@pytest.mark.parametrize(
    ("asked", "context", "value"),
    [
        (request(), CONTEXT, "10"),
        (request(price="0.05"), CONTEXT, "5"),
        (request(kind=OrderType.MARKET, amount="33.5"), CONTEXT, "33.5"),
        (request(kind=OrderType.MARKET, amount="33.5"), at(best_ask=None, last=None), "33.5"),
        (MARKET_SELL, CONTEXT, "10"),
        (MARKET_SELL, at(last=None), "9.99"),
        (MARKET_SELL, at(best_bid=Decimal("0.2")), "20"),
        (MARKET_SELL, at(best_bid=None, last=None), None),
        (replace(MARKET_SELL, price=Decimal(9)), CONTEXT, "10"),
        (request(Side.SELL, price="0.01"), CONTEXT, "10"),
        (request(Side.SELL, price="0.3"), CONTEXT, "30"),
        (stop(Side.SELL, "0.5", "0.4"), CONTEXT, "50"),
        (request(Side.SELL, price="0.01"), at(best_bid=Decimal("NaN"), last=None), "1"),
        (replace(request(), price=None), CONTEXT, None),
        (request(price="Infinity"), CONTEXT, None),
        (request(amount="sNaN"), CONTEXT, None),
        (request(), at(instrument=None), None),
        (request(), at(instrument=IN_BTC), "600000"),
        (request(), at(instrument=IN_BTC, prices={}), None),
        (request(), at(instrument=IN_BTC, prices={"btcusdt": Decimal("NaN")}), None),
        (request(), at(instrument=replace(DOGE, quote="usdc")), None),
    ],
)
def test_the_worth_of_an_order(asked: OrderRequest, context: GateContext, value: str | None) -> None:
    """A buy is worth its price, a sale what it can fetch at best; other currencies go by their price in USDT."""
    assert value_of(asked, context) == (None if value is None else Decimal(value))


def test_only_usdt_is_one() -> None:
    """A currency that is meant to be worth a dollar is taken at its price, like any other."""
    assert usdt_price("usdt", {}) == 1
    assert usdt_price("usdc", {}) is None
    assert usdt_price("usdc", {"usdcusdt": Decimal("0.97")}) == Decimal("0.97")


@pytest.mark.parametrize(
    ("orders", "value"),
    [
        ((), "0"),
        ((doubtful(),), "10"),
        ((doubtful(), doubtful(filled_base=Decimal(40))), "16"),
        ((doubtful(filled_base=Decimal(140)),), "0"),
        ((doubtful(side=Side.SELL),), "12"),
        ((doubtful(side=Side.SELL, price=Decimal("0.2")),), "20"),
        ((doubtful(side=Side.SELL, price=None, type=OrderType.MARKET),), "12"),
        ((doubtful(type=OrderType.MARKET, price=None, filled_quote=Decimal(30), filled_base=Decimal(99)),), "70"),
        ((doubtful(symbol="dogebtc", price=Decimal("0.000001")),), "6"),
        ((doubtful(price=None),), None),
        ((doubtful(amount=None),), None),
        ((doubtful(), doubtful(filled_base=Decimal("NaN"))), None),
        ((doubtful(symbol="nousdt"),), None),
        ((doubtful(symbol="dogeeth"),), None),
    ],
)
def test_the_worth_of_what_is_open(orders: tuple[Order, ...], value: str | None) -> None:
    """What is left to fill counts, at the better of own and market price for a sale; an unknown makes all unknown."""
    known = {"dogeusdt": DOGE, "dogebtc": IN_BTC, "dogeeth": replace(DOGE, symbol="dogeeth", quote="eth")}
    assert open_value_of(orders, known, PRICES) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("asked", "changes", "phrases"),
    [
        (request(amount="1000"), {}, {}),
        (request(amount="1000.01"), {}, {"MAX_ORDER_VALUE": "101"}),
        (request(amount="1500.5"), {}, {"MAX_ORDER_VALUE": "151"}),
        (request(), {"open_value": Decimal(190)}, {}),
        (request(), {"open_value": Decimal("190.01")}, {"MAX_OPEN_VALUE": "201"}),
        (request(), {"open_value": None}, {"MAX_OPEN_VALUE": "unknown value"}),
        (request(), {"open_value": Decimal("NaN")}, {"MAX_OPEN_VALUE": "unknown value"}),
        (request(), {"sent": (sent(value="100"), sent(value="190"))}, {}),
        (request(), {"sent": (sent(value="100"), sent(value="190.01"))}, {"MAX_SESSION_VALUE": "301"}),
        (request(), {"sent": (sent(value=None),)}, {"MAX_SESSION_VALUE": "unknown value"}),
        (
            request(amount="4000"),
            {},
            {"MAX_ORDER_VALUE": "400", "MAX_OPEN_VALUE": "400", "MAX_SESSION_VALUE": "400"},
        ),
        (request(), {"instrument": IN_BTC, "prices": {}}, {"MAX_ORDER_VALUE": "unknown value"}),
        (request(), {"caps": Caps(order_value=Decimal("NaN"))}, {"MAX_ORDER_VALUE": "10"}),
        (request(amount="5"), {"caps": Caps(order_value=Decimal("Infinity"))}, {"MAX_ORDER_VALUE": "1"}),
        (request(), {"caps": Caps(open_value=Decimal(0))}, {"MAX_OPEN_VALUE": "10"}),
        (request(), {"caps": Caps(session_value=Decimal(9))}, {"MAX_SESSION_VALUE": "10"}),
    ],
)
def test_each_cap_at_its_edge(asked: OrderRequest, changes: Mapping[str, object], phrases: Mapping[str, str]) -> None:
    """At a cap an order passes; beyond it the whole USDT are typed, rounded up, and never a number within the cap."""
    found = against(at(**({"caps": CAPS} | dict(changes))), asked)
    assert {code: one.phrase for code, one in found.items() if code.startswith("MAX_")} == phrases


@pytest.mark.parametrize("caps", [Caps(open_value=Decimal(5)), Caps(session_value=Decimal(5))])
def test_a_worth_that_is_not_known_passes_no_cap(caps: Caps) -> None:
    """Any cap at all asks for the worth; without a cap nobody does."""
    blind = at(instrument=IN_BTC, prices={}, caps=caps, quote=Balance("btc", Decimal(10**6), Decimal(0)))
    assert {code for code in codes(blind) if code.startswith("MAX")} == {"MAX_ORDER_VALUE"}
    assert not {code for code in codes(replace(blind, caps=Caps())) if code.startswith("MAX")}


def test_the_words_of_the_caps() -> None:
    """Each names its sum and its limit."""
    found = against(at(caps=CAPS, sent=(sent(value=None),)), request(amount="4000.5"))
    assert found["MAX_ORDER_VALUE"].text == "the order is worth 401 USDT: the limit is 100 USDT"
    unknown = against(at(caps=CAPS, instrument=IN_BTC, prices={}))["MAX_ORDER_VALUE"]
    assert unknown.text == "what the order is worth in USDT is not known, so that no limit can be kept"
    assert found["MAX_OPEN_VALUE"].text == "with it orders worth 401 USDT would be open: the limit is 200 USDT"
    assert (
        found["MAX_SESSION_VALUE"].text == "with it an unknown value would be sent in 24 hours: the limit is 300 USDT"
    )


BOOK = levels(("2", "10"), ("3", "10"), ("4", "10"))


@pytest.mark.parametrize(
    ("amount", "is_value", "walk"),
    [
        ("1", False, ("1", "2", "2")),
        ("10", False, ("10", "2", "2")),
        ("20", False, ("20", "2.5", "3")),
        ("25", False, ("25", "2.8", "4")),
        ("31", False, ("30", "3", "4")),
        ("20", True, ("20", "2", "2")),
        ("35", True, ("35", "35/15", "3")),
        ("91", True, ("90", "3", "4")),
    ],
)
def test_a_walk_takes_the_best_levels_first(amount: str, is_value: bool, walk: tuple[str, str, str]) -> None:  # noqa: FBT001 - a column of the table
    """In base or in quote: what is taken, at what average, and how far down."""
    taken, average, worst = walk
    top, _, bottom = average.partition("/")
    mean = EXACT.divide(Decimal(top), Decimal(bottom or 1))
    assert walked(BOOK, Decimal(amount), is_value=is_value) == Walk(Decimal(taken), mean, Decimal(worst))


@pytest.mark.parametrize(("price", "amount"), [("NaN", "1"), ("0", "1"), ("-1", "1"), ("1", "0"), ("1", "Infinity")])
def test_a_level_that_is_no_number_ends_the_walk(price: str, amount: str) -> None:
    """Nothing behind it is counted on, and a book that begins with one shows nothing."""
    broken = levels((price, amount))
    assert walked(broken + BOOK, Decimal(5), is_value=False) is None
    walk = walked(BOOK[:1] + broken + BOOK, Decimal(50), is_value=False)
    assert walk is not None
    assert walk.taken == 10


rows = st.lists(
    st.builds(Level, st.decimals("0.01", "1000", places=4), st.decimals("0.01", "1000", places=4)), max_size=8
)


@given(rows, st.decimals("0.01", "100000", places=4), st.booleans())
def test_laws_of_the_walk(book: list[Level], amount: Decimal, is_value: bool) -> None:  # noqa: FBT001 - drawn
    """Never more is taken than asked or there is, the average lies between best and worst, and all of it adds up."""
    side = sorted(book, key=lambda level: level.price)
    walk = walked(side, amount, is_value=is_value)
    assert (walk is None) is (not side)
    if walk is None:
        return
    held = sum((level.price * level.amount if is_value else level.amount for level in side), Decimal(0))
    assert walk.taken == min(amount, held)
    assert side[0].price <= walk.average.quantize(Decimal("1E-20")) <= walk.worst
    assert walk.worst in {level.price for level in side}


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+21", "1E-31", "1." + "0" * 31])
def test_numbers_that_money_does_not_have(text: str) -> None:
    """Neither endless nor absurd numbers are reckoned with."""
    assert not is_bounded(Decimal(text))
    assert not is_usable(Decimal(text))


@pytest.mark.parametrize(("text", "usable"), [("9E+20", True), ("1E-30", True), ("0", False), ("-1", False)])
def test_numbers_at_the_edge(text: str, usable: bool) -> None:  # noqa: FBT001 - a column of the table
    """The largest and the smallest that are reckoned with; a price or an amount is more than nothing."""
    assert is_bounded(Decimal(text))
    assert is_usable(Decimal(text)) is usable
    assert not is_bounded(None)


def test_places_are_as_written() -> None:
    """Zeros at the end count, and what is not finite has none."""
    assert [places_of(Decimal(text)) for text in ("1.50", "1", "1E+3", "NaN")] == [2, 0, -3, 0]


def test_a_session_is_worth_what_all_of_it_was_worth() -> None:
    """Every order of the day counts, whatever became of it."""
    day = tuple(Sent(request(), 0, Decimal(10)) for _ in range(29))
    assert not {code for code in codes(at(caps=CAPS, sent=day)) if code.startswith("MAX")}
    assert "MAX_SESSION_VALUE" in codes(at(caps=CAPS, sent=(*day, day[0])))


def test_money_of_orders_in_doubt_is_not_spent_twice() -> None:
    """What an order in doubt may hold is kept aside, also when it buys another pair with the same money."""
    held = at(pending=(doubtful(symbol="btcusdt", amount=Decimal(19_950)),))
    finding = against(held)["BALANCE"]
    assert (finding.field, finding.phrase) == ("total", "")
    assert "uncertain orders may hold 1995" in finding.text


@pytest.mark.parametrize(
    ("asked", "changes", "is_held"),
    [
        (request(), {"amount": Decimal(19_900)}, False),
        (request(), {"amount": Decimal("19900.01")}, True),
        (request(), {"amount": Decimal(19_901), "account_id": 9}, False),
        (request(), {"amount": Decimal(19_901), "account_id": None}, True),
        (request(), {"amount": Decimal(19_901), "side": Side.SELL}, False),
        (request(), {"amount": Decimal(1991), "type": OrderType.MARKET, "price": None}, True),
        (request(), {"amount": Decimal(1990), "type": OrderType.MARKET, "price": None}, False),
        (request(), {"amount": Decimal(19_901), "price": None}, False),
        (request(amount="20000"), {"price": None}, False),
        (request(amount="20000"), {"amount": Decimal("0.01")}, True),
        (request(), {"amount": Decimal(19_901), "price": Decimal("NaN")}, False),
        (request(), {"amount": Decimal("NaN")}, False),
        (request(), {"amount": None}, False),
        (request(), {"amount": Decimal(19_901), "symbol": "dogeusdc"}, False),
        (request(Side.SELL), {"amount": Decimal(19_901), "side": Side.SELL}, True),
        (request(Side.SELL), {"amount": Decimal(19_900), "side": Side.SELL, "symbol": "dogebtc"}, False),
        (request(Side.SELL), {"amount": Decimal(19_901), "side": Side.SELL, "symbol": "dogebtc"}, True),
        (request(Side.SELL), {"amount": Decimal(19_901), "side": Side.SELL, "price": None}, True),
        (request(Side.SELL), {"amount": Decimal(19_901), "side": Side.SELL, "symbol": "btcusdt"}, False),
        (request(Side.SELL), {"amount": Decimal(19_901)}, False),
    ],
)
def test_what_an_order_in_doubt_may_hold(asked: OrderRequest, changes: dict[str, object], is_held: bool) -> None:  # noqa: FBT001 - a column of the table
    """Of the same account, of the currency that is given, at its worst; what has no number holds none."""
    order = replace(doubtful(OrderState.SENDING), **changes)  # type: ignore[arg-type]  # the table names its fields
    assert ("BALANCE" in codes(at(pending=(order,)), asked)) is is_held


@pytest.mark.parametrize(
    ("asked", "flying", "is_held"),
    [
        (request(), request(amount="19900"), False),
        (request(), request(amount="19901"), True),
        (request(), replace(request(amount="19901"), account_id=9), False),
        (request(), request(Side.SELL, amount="19901"), False),
        (request(), request(kind=OrderType.MARKET, amount="1990.01"), True),
        (request(Side.SELL), request(Side.SELL, amount="19901"), True),
        (request(Side.SELL), request(Side.SELL, OrderType.MARKET, amount="19900"), False),
    ],
)
def test_what_is_in_flight_holds_its_money(asked: OrderRequest, flying: OrderRequest, is_held: bool) -> None:  # noqa: FBT001 - a column of the table
    """What was sent and does not show yet is spent as well."""
    context = at(in_flight=(Sent(flying, CONTEXT.now_ms - 5_000, None),))
    assert ("BALANCE" in codes(context, asked)) is is_held
