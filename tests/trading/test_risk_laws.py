"""Laws of the gate, for any request and any context at all."""

from dataclasses import fields, replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.model.account import Account, Balance, KeyInfo, Mode
from hbtui.model.book import Level
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState, OrderType, Side
from hbtui.trading.guard import Sent
from hbtui.trading.risk import GateContext, blocking, findings
from hbtui.trading.views import Caps, Severity
from tests.support.trading_values import ACCOUNT_ID, DOGE, request
from tests.trading.gate_values import CAPS, CONTEXT, codes, confirmed, doubtful, sent

_ODD = ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "-0", "0E+50", "1E+20", "1E-30"]
_USUAL = ["0.1", "0.0999", "0.1001", "0.11", "1", "100", "1000.5", "99999999", "0"]
numbers = st.sampled_from([Decimal(text) for text in (*_USUAL, *_USUAL, *_ODD)])
maybe = st.none() | numbers
times = st.integers(-(10**15), 10**15)
symbols = st.sampled_from(["dogeusdt", "dogebtc", "btcusdt", "", "\x1b"])
ids = st.sampled_from([ACCOUNT_ID, 8, 9])
texts = st.sampled_from(["", "usdt", "btc", "doge", "spot-api", "margin-api", "online", "working"])
requests = st.builds(
    OrderRequest,
    account_id=ids,
    symbol=symbols,
    side=st.sampled_from(Side),
    type=st.sampled_from(OrderType),
    amount=numbers,
    price=maybe,
    stop_price=maybe,
    stop_operator=st.sampled_from(["gte", "lte", "", None]),
    source=texts,
)
orders = st.builds(
    Order,
    client_order_id=st.just("hb1"),
    order_id=st.none(),
    account_id=st.none() | ids,
    symbol=symbols,
    side=st.sampled_from(Side),
    type=st.none() | st.sampled_from(OrderType),
    venue_type=st.just("buy-limit"),
    state=st.sampled_from(OrderState),
    amount=maybe,
    price=maybe,
)
instruments = st.builds(
    Instrument,
    symbol=symbols,
    base=texts,
    quote=texts,
    price_precision=st.integers(-2, 40),
    amount_precision=st.integers(-2, 40),
    value_precision=st.integers(-2, 40),
    state=texts,
    **{one.name: maybe for one in fields(Instrument) if one.name.startswith(("m", "limit", "buy", "sell"))},
)
books = st.none() | st.lists(st.builds(Level, numbers, numbers), max_size=4).map(tuple)
contexts = st.builds(
    GateContext,
    now_ms=times,
    account_id=st.none() | ids,
    instrument=st.none() | instruments,
    mode=st.none() | st.sampled_from(Mode),
    host=st.sampled_from(["", "api.huobi.pro", "127.0.0.1:1"]),
    accounts=st.lists(st.builds(Account, ids, texts, symbols, texts), max_size=2).map(tuple),
    key=st.none()
    | st.builds(KeyInfo, st.frozensets(st.sampled_from(["trade", "withdraw"])), st.just(()), times, texts),
    market_status=st.none() | st.builds(MarketStatus, code=st.integers(0, 4)),
    blocked=texts,
    reconciling=texts,
    is_halted=st.booleans(),
    is_book_stale=st.booleans(),
    book_age_ms=st.none() | times,
    private_age_ms=st.none() | times,
    engine_age_ms=st.none() | times,
    rules_age_ms=st.none() | times,
    best_bid=maybe,
    best_ask=maybe,
    last=maybe,
    bids=books,
    asks=books,
    base=st.none() | st.builds(Balance, texts, numbers, numbers),
    quote=st.none() | st.builds(Balance, texts, numbers, numbers),
    pending=st.lists(orders, max_size=3).map(tuple),
    in_flight=st.lists(st.builds(Sent, requests, times, maybe), max_size=2).map(tuple),
    sent=st.lists(st.builds(Sent, requests, times, maybe), max_size=4).map(tuple),
    caps=st.builds(Caps, order_value=maybe, open_value=maybe, session_value=maybe),
    open_value=maybe,
    prices=st.dictionaries(symbols, numbers, max_size=3),
    clock_offset_ms=st.none() | times,
    confirmation=st.none()
    | st.builds(
        Confirmation, at_ms=times, by=texts, reference=maybe, symbol=symbols, side=st.none() | st.sampled_from(Side)
    ),
)


@settings(max_examples=300)
@given(requests, contexts)
def test_the_gate_is_total(asked: OrderRequest, context: GateContext) -> None:
    """Whatever is asked and whatever is known: an answer, in words, with what forbids first, and never an exception."""
    found = findings(asked, context)
    severities = [one.severity is Severity.WARNING for one in found]
    assert severities == sorted(severities)
    assert all(one.code and one.text for one in found)
    assert set(blocking(found)) == {one for one in found if one.severity is Severity.ERROR}


@settings(max_examples=100)
@given(requests, contexts)
def test_only_numbers_that_money_has_pass(asked: OrderRequest, context: GateContext) -> None:
    """No order passes with an amount or a price of its type that is not finite and more than 0, whatever is allowed."""
    everything = frozenset(one.code for one in findings(asked, context))
    if not blocking(findings(asked, context), everything):
        prices = [asked.price] * asked.type.has_price + [asked.stop_price] * asked.type.has_stop
        assert all(one is not None and one.is_finite() and one > 0 for one in (asked.amount, *prices))


@settings(max_examples=100)
@given(requests, contexts, orders)
def test_another_order_in_doubt_never_allows_more(asked: OrderRequest, context: GateContext, more: Order) -> None:
    """What forbade an order before still forbids it when one more order is in doubt, for anyone who allows anything."""
    before = {one.code for one in blocking(findings(asked, context))}
    for state in (OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT, OrderState.SENDING):
        worse = replace(context, pending=(*context.pending, replace(more, state=state)))
        assert before <= {one.code for one in blocking(findings(asked, worse))}


@settings(max_examples=100)
@given(requests, contexts, st.builds(Sent, requests, times, maybe))
def test_another_order_sent_never_allows_more(asked: OrderRequest, context: GateContext, more: Sent) -> None:
    """What was sent only ever speaks against sending again."""
    before = {one.code for one in blocking(findings(asked, context))}
    worse = replace(context, sent=(*context.sent, more), in_flight=(*context.in_flight, more))
    assert before <= {one.code for one in blocking(findings(asked, worse))}


REASONS: dict[str, dict[str, object]] = {
    "HALTED": {"is_halted": True},
    "BLOCKED": {"blocked": "the journal is broken"},
    "RECONCILING": {"reconciling": "orders are being read"},
    "MODE": {"host": "api.huobi.pro"},
    "MARKET_STATUS": {"market_status": MarketStatus(code=2)},
    "SYMBOL_STATE": {"instrument": replace(DOGE, state="suspend")},
    "ACCOUNT": {"accounts": (Account(99, "spot", "", "working"),)},
    "PERMISSION": {"key": KeyInfo(frozenset({"readOnly"}), (), 1, "normal")},
    "CLOCK_SKEW": {"clock_offset_ms": 10_001},
    "STALE_PRIVATE": {"private_age_ms": 25_001},
    "ENGINE_STALE": {"engine_age_ms": 3_001},
    "LATE": {"confirmation": confirmed(3_001)},
    "DUPLICATE": {"sent": (sent(1_500, request(amount="1500")),)},
    "BALANCE": {"quote": None},
    "CONFLICT": {"pending": (doubtful(OrderState.CONFLICT, amount=Decimal(1)),)},
    "MAX_ORDER_VALUE": {"caps": CAPS},
    "PRICE_COLLAR": {"best_bid": Decimal("0.05"), "best_ask": Decimal("0.0501"), "last": Decimal("0.095")},
}


@pytest.mark.parametrize(("one", "other"), list(combinations(REASONS, 2)))
def test_no_reason_hides_another(one: str, other: str) -> None:
    """Any two reasons at once are both told: mending one does not turn up the other as news."""
    asked = request(amount="1500")
    context = replace(CONTEXT, **(REASONS[one] | REASONS[other]))  # type: ignore[arg-type]  # the table names fields
    assert {one, other} <= codes(context, asked)


prices = st.decimals("0.0001", "10", places=4)


@given(st.sampled_from(Side), st.sampled_from(OrderType), st.tuples(prices, prices, prices, prices))
def test_the_collar_is_on_the_harmful_side_only(
    side: Side, kind: OrderType, drawn: tuple[Decimal, Decimal, Decimal, Decimal]
) -> None:
    """Only a buy above, or a sale below, all that it is compared with is held back: by 3 %, and never otherwise."""
    price, stop_price, half_spread, last = drawn
    mid = Decimal(20)
    best = {Side.BUY: mid + half_spread, Side.SELL: mid - half_spread}
    context = replace(CONTEXT, best_bid=best[Side.SELL], best_ask=best[Side.BUY], last=last)
    asked = replace(request(side, kind), price=price, stop_price=stop_price, stop_operator="gte")
    met = price if kind.has_price else best[side]
    compared = [stop_price] if kind.has_stop else [mid, last]
    if side is Side.BUY:
        is_harmful = all(met > Decimal("1.03") * one for one in compared)
    else:
        is_harmful = all(met < Decimal("0.97") * one for one in compared)
    assert ("PRICE_COLLAR" in codes(context, asked)) is is_harmful


@given(st.decimals("0.0001", "0.2", places=4), st.integers(0, 3))
def test_a_worse_price_never_passes_where_a_better_did(price: Decimal, step: int) -> None:
    """Moving a price further to the harmful side never lifts the collar."""
    worse = price + Decimal(step).scaleb(-3)
    for side, near, far in ((Side.BUY, price, worse), (Side.SELL, worse, price)):
        if "PRICE_COLLAR" in codes(CONTEXT, request(side, price=f"{near:f}")):
            assert "PRICE_COLLAR" in codes(CONTEXT, request(side, price=f"{far:f}"))
