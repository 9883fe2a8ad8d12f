"""The gate: every reason against an order, each with a code, and each only where it holds."""

from dataclasses import replace
from decimal import Decimal

import pytest

from hbtui.model.account import Balance, KeyInfo, Mode
from hbtui.model.instrument import MarketStatus
from hbtui.model.order import OrderRequest, OrderState, OrderType, Side
from hbtui.trading.key_rules import refusal_of
from hbtui.trading.risk import GateContext, blocking, findings
from hbtui.trading.views import Severity
from tests.support.trading_values import DOGE, NOW_MS, request
from tests.trading.gate_values import CONTEXT, EVERY_KIND, against, codes, confirmed, doubtful, levels, sent, stop

WARNING = "(a warning)"
"""Stands in the tables below where the phrase of an error would."""
MARKET = OrderType.MARKET
BUY = request()
SELL = request(Side.SELL)
MARKET_BUY = request(kind=MARKET)
MARKET_SELL = request(Side.SELL, MARKET)


OFFLINE = replace(DOGE, state="offline")
NO_API = replace(DOGE, api_trading=False)


def key(*permissions: str) -> KeyInfo:
    """Make a key that may do these things."""
    return KeyInfo(frozenset(permissions), (), -1, "normal")


@pytest.mark.parametrize(("side", "kind"), EVERY_KIND)
def test_nothing_stands_against_a_good_order(side: Side, kind: OrderType) -> None:
    """A good order on a live market passes without a word, whatever its type and side."""
    asked = request(side, kind)
    if kind.has_stop:
        far, operator = ("0.11", "gte") if side is Side.BUY else ("0.09", "lte")
        asked = replace(asked, price=Decimal(far), stop_price=Decimal(far), stop_operator=operator)
    assert findings(asked, CONTEXT) == ()
    assert findings(asked, replace(CONTEXT, confirmation=confirmed(symbol="dogeusdt", side=side))) == ()


WHERE = [
    ({"is_halted": True}, BUY, "HALTED", ""),
    ({"blocked": "the link is lost"}, BUY, "BLOCKED", ""),
    ({"reconciling": "orders are being read"}, BUY, "RECONCILING", ""),
    ({"mode": Mode.LIVE}, BUY, "MODE", ""),
    ({"mode": Mode.LIVE, "host": "localhost"}, BUY, "MODE", ""),
    ({"mode": Mode.LIVE, "host": "[::1]:80"}, BUY, "MODE", ""),
    ({"mode": Mode.LIVE, "host": "scripted.test"}, BUY, "MODE", ""),
    ({"host": "api.huobi.pro"}, BUY, "MODE", ""),
    ({"host": "api.huobi.pro:443", "mode": Mode.PAPER}, BUY, "MODE", ""),
    ({"market_status": MarketStatus(code=2)}, BUY, "MARKET_STATUS", ""),
    ({"market_status": MarketStatus(code=3)}, BUY, "MARKET_STATUS", ""),
    ({"instrument": None}, BUY, "SYMBOL_STATE", ""),
    ({"instrument": replace(DOGE, symbol="btcusdt")}, BUY, "SYMBOL_STATE", ""),
    ({"instrument": replace(DOGE, state="suspend")}, BUY, "SYMBOL_STATE", ""),
    ({"instrument": replace(DOGE, api_trading=False)}, BUY, "SYMBOL_STATE", ""),
    ({"accounts": (), "account_id": None}, BUY, "ACCOUNT", ""),
    ({"accounts": (), "account_id": 8}, BUY, "ACCOUNT", ""),
    ({"accounts": ()}, replace(BUY, source="margin-api"), "ACCOUNT", ""),
    ({}, replace(BUY, account_id=99), "ACCOUNT", ""),
    ({}, replace(BUY, account_id=8), "ACCOUNT", ""),
    ({}, replace(BUY, account_id=11, source="margin-api"), "ACCOUNT", ""),
    ({}, replace(BUY, account_id=12), "ACCOUNT", ""),
    ({}, replace(BUY, account_id=13), "ACCOUNT", ""),
    ({"key": key("readOnly")}, BUY, "PERMISSION", ""),
    ({"key": key("trade", "withdraw"), "mode": Mode.LIVE}, BUY, "PERMISSION", ""),
]
NOW = [
    ({"clock_offset_ms": -10_001}, BUY, "CLOCK_SKEW", ""),
    ({"clock_offset_ms": 10_001}, BUY, "CLOCK_SKEW", ""),
    ({"clock_offset_ms": 10_000}, BUY, "CLOCK_SKEW", WARNING),
    ({"clock_offset_ms": -2_001}, BUY, "CLOCK_SKEW", WARNING),
    ({"is_book_stale": True}, MARKET_BUY, "STALE_BOOK", ""),
    ({"is_book_stale": True}, request(kind=OrderType.IOC), "STALE_BOOK", ""),
    ({"book_age_ms": 3_001}, MARKET_SELL, "STALE_BOOK", ""),
    ({"book_age_ms": 3_001}, request(kind=OrderType.FOK), "STALE_BOOK", ""),
    ({"book_age_ms": 3_001}, BUY, "STALE_BOOK", WARNING),
    ({"is_book_stale": True}, BUY, "STALE_BOOK", WARNING),
    ({"private_age_ms": 25_001}, BUY, "STALE_PRIVATE", ""),
    ({"engine_age_ms": 3_001}, BUY, "ENGINE_STALE", ""),
    ({"rules_age_ms": 24 * 3_600_000 + 1}, BUY, "RULES_AGE", WARNING),
    ({"confirmation": confirmed(3_001)}, BUY, "LATE", ""),
    ({"confirmation": confirmed(-3_001)}, BUY, "LATE", ""),
    ({"sent": (sent(1_999, BUY),)}, BUY, "DUPLICATE", ""),
    ({"sent": (sent(1_999, MARKET_BUY),)}, MARKET_BUY, "DUPLICATE", ""),
    ({"sent": (sent(-5_000, BUY),)}, BUY, "DUPLICATE", ""),
    ({"sent": (sent(999), sent(1))}, BUY, "RATE", ""),
    ({"sent": (sent(), sent(500), sent(0, SELL))}, BUY, "RATE", ""),
    ({"sent": tuple(sent(59_999 - 2_900 * number) for number in range(20))}, BUY, "RATE", ""),
]
ORDER = [
    ({}, request(amount="100.001"), "PRECISION", ""),
    ({}, request(amount="10"), "MIN_VALUE", ""),
    ({}, request(price="0.2"), "PRICE_BAND", ""),
    ({}, request(amount="-5"), "AMOUNT", ""),
    ({}, request(amount="NaN"), "AMOUNT", ""),
    ({}, request(amount="sNaN"), "AMOUNT", ""),
    ({}, request(price="Infinity"), "PRICE", ""),
    ({}, request(price="1E+21"), "PRICE", ""),
    ({"instrument": None}, request(amount="0"), "AMOUNT", ""),
    ({}, replace(BUY, type=OrderType.STOP_LIMIT), "STOP_PRICE", ""),
    ({}, stop(Side.BUY, "0.1", "0.1"), "STOP_TRIGGERED", ""),
    ({}, request(price="0.1031"), "PRICE_COLLAR", "0.1031"),
    ({}, request(Side.SELL, price="0.0969"), "PRICE_COLLAR", "0.0969"),
    ({}, stop(Side.BUY, "0.11", "0.114"), "PRICE_COLLAR", "0.114"),
    ({}, stop(Side.SELL, "0.09", "0.087", "lte"), "PRICE_COLLAR", "0.087"),
    ({"last": None, "best_bid": None}, BUY, "PRICE_COLLAR", "no reference"),
    ({"last": Decimal("NaN"), "best_ask": Decimal("Infinity")}, SELL, "PRICE_COLLAR", "no reference"),
    ({"last": None, "best_ask": None}, stop(Side.BUY, "0.11", "0.11"), "PRICE_COLLAR", "no reference"),
    ({"best_ask": Decimal("0.11"), "best_bid": Decimal("0.09")}, MARKET_BUY, "PRICE_COLLAR", "0.11"),
    ({"best_ask": Decimal("0.11"), "best_bid": Decimal("0.09")}, MARKET_SELL, "PRICE_COLLAR", "0.09"),
    ({}, request(kind=MARKET, amount="1500"), "SLIPPAGE", "0.1021"),
    ({}, request(Side.SELL, MARKET, amount="10001"), "SLIPPAGE", "0.0979"),
    ({"asks": levels(("0.1001", "99"))}, MARKET_BUY, "SLIPPAGE", "thin book"),
    ({"bids": levels(("0.0999", "99"))}, MARKET_SELL, "SLIPPAGE", "thin book"),
    ({"asks": None}, MARKET_BUY, "SLIPPAGE", ""),
    ({"bids": ()}, MARKET_SELL, "SLIPPAGE", ""),
    ({"confirmation": confirmed(reference=Decimal("0.0991"))}, MARKET_BUY, "PRICE_MOVED", ""),
    ({"confirmation": confirmed(reference=Decimal("0.1012"))}, request(kind=OrderType.IOC), "PRICE_MOVED", ""),
    (
        {"confirmation": confirmed(reference=Decimal("0.0988"))},
        request(Side.SELL, OrderType.FOK),
        "PRICE_MOVED",
        "",
    ),
    ({"confirmation": confirmed(reference=Decimal("NaN"))}, MARKET_BUY, "PRICE_MOVED", ""),
    ({"confirmation": confirmed(reference=Decimal("0.1")), "best_ask": None}, MARKET_BUY, "PRICE_MOVED", ""),
    ({"confirmation": confirmed(symbol="btcusdt")}, BUY, "PRICE_MOVED", ""),
    ({"confirmation": confirmed(side=Side.SELL)}, BUY, "PRICE_MOVED", ""),
]
DOUBT = [
    ({"quote": None}, BUY, "BALANCE", ""),
    ({"base": None}, SELL, "BALANCE", ""),
    ({"quote": Balance("usdt", Decimal("NaN"), Decimal(0))}, BUY, "BALANCE", ""),
    ({}, request(amount="20001"), "BALANCE", ""),
    ({}, request(Side.SELL, amount="20001"), "BALANCE", ""),
    ({}, request(kind=MARKET, amount="2000.01"), "BALANCE", ""),
    ({"pending": (doubtful(),)}, request(amount="150"), "UNCERTAIN_PENDING", "buy 100 dogeusdt"),
    ({"pending": (doubtful(amount=None),)}, BUY, "UNCERTAIN_PENDING", "buy ? dogeusdt"),
    ({"pending": (doubtful(account_id=None),)}, BUY, "UNCERTAIN_PENDING", "buy 100 dogeusdt"),
    ({"pending": (doubtful(side=Side.SELL),)}, SELL, "UNCERTAIN_PENDING", "sell 100 dogeusdt"),
    ({"pending": (doubtful(OrderState.UNPROVEN),)}, BUY, "UNPROVEN", WARNING),
    ({"pending": (doubtful(OrderState.CONFLICT),)}, BUY, "CONFLICT", ""),
    ({"pending": (doubtful(OrderState.CONFLICT, side=Side.SELL, account_id=9),)}, BUY, "CONFLICT", ""),
]


@pytest.mark.parametrize(("changes", "asked", "code", "phrase"), [*WHERE, *NOW, *ORDER, *DOUBT])
def test_each_reason_has_its_code_and_its_way_out(
    changes: dict[str, object], asked: OrderRequest, code: str, phrase: str
) -> None:
    """Every reason is found and told in words; it warns, forbids for good, or names the phrase that overrides it."""
    context = replace(CONTEXT, **changes)  # type: ignore[arg-type]  # the tables name fields of the context
    found = against(context, asked)
    finding = found[code]
    assert len(finding.text) > 10
    if phrase == WARNING:
        assert (finding.severity, finding.phrase) == (Severity.WARNING, "")
        assert blocking([finding]) == ()
    else:
        assert (finding.severity, finding.phrase) == (Severity.ERROR, phrase)
        assert blocking([finding]) == (finding,)
        assert blocking([finding], frozenset({code})) == (() if phrase else (finding,))
        assert blocking([finding], frozenset({"OTHER"})) == (finding,)


HARMLESS = [
    ({"mode": Mode.LIVE, "host": "api.huobi.pro"}, BUY),
    ({"host": "localhost:8"}, BUY),
    ({"host": "scripted.test"}, BUY),
    ({"host": "", "mode": Mode.LIVE}, BUY),
    ({"host": ""}, BUY),
    ({"mode": None, "host": "api.huobi.pro"}, BUY),
    ({"market_status": None, "clock_offset_ms": None, "key": None}, BUY),
    ({"key": key()}, BUY),
    ({"key": key("trade", "withdraw")}, BUY),
    ({"key": key("trade"), "mode": Mode.LIVE, "host": "api.huobi.pro"}, BUY),
    ({"accounts": ()}, BUY),
    ({}, replace(BUY, account_id=8, source="margin-api")),
    ({}, replace(BUY, account_id=9, source="super-margin-api")),
    ({}, replace(BUY, account_id=10, source="c2c-margin-api")),
    ({"clock_offset_ms": 2_000}, BUY),
    ({"clock_offset_ms": -2_000}, BUY),
    ({"book_age_ms": 3_000}, MARKET_BUY),
    ({"book_age_ms": None, "private_age_ms": None, "engine_age_ms": None, "rules_age_ms": None}, MARKET_BUY),
    ({"private_age_ms": 25_000, "engine_age_ms": 3_000, "rules_age_ms": 24 * 3_600_000}, BUY),
    ({"confirmation": confirmed(3_000)}, BUY),
    ({"confirmation": confirmed(-3_000)}, BUY),
    ({"sent": (sent(2_000, BUY),)}, BUY),
    ({"sent": (sent(0, BUY),)}, request(amount="101")),
    ({"sent": (sent(0, BUY),)}, request(price="0.101")),
    ({"sent": (sent(0, BUY),)}, SELL),
    ({"sent": (sent(0, BUY),)}, request(kind=OrderType.IOC)),
    ({"sent": (sent(0, BUY),)}, replace(BUY, account_id=9, source="super-margin-api")),
    ({"sent": (sent(0, replace(BUY, symbol="shibusdt")),)}, BUY),
    ({"sent": (sent(0, replace(BUY, amount=Decimal("sNaN"))),)}, BUY),
    ({"sent": (sent(1_000), sent(1))}, BUY),
    ({"sent": (sent(60_000), *(sent(59_000 - 2_900 * number) for number in range(19)))}, BUY),
    ({}, request(price="0.0901")),
    ({}, request(Side.SELL, price="0.11")),
    ({}, request(price="0.103")),
    ({}, request(Side.SELL, price="0.097")),
    ({"last": Decimal("0.11")}, request(price="0.11")),
    ({"last": Decimal("0.09")}, request(Side.SELL, price="0.09")),
    ({"best_bid": None}, BUY),
    ({"last": None}, BUY),
    ({}, stop(Side.BUY, "0.11", "0.1133")),
    ({}, stop(Side.SELL, "0.09", "0.0873", "lte")),
    ({}, stop(Side.BUY, "0.11", "0.1")),
    ({"last": None, "best_bid": None}, MARKET_BUY),
    ({"best_ask": None}, MARKET_BUY),
    ({}, request(kind=MARKET, amount="1001")),
    ({}, request(Side.SELL, MARKET, amount="10000")),
    ({"asks": None, "bids": None}, BUY),
    ({"confirmation": confirmed(reference=Decimal("0.0992"))}, MARKET_BUY),
    ({"confirmation": confirmed(reference=Decimal("0.1011"))}, MARKET_BUY),
    ({"confirmation": confirmed(reference=Decimal("0.2"))}, BUY),
    ({"confirmation": confirmed()}, MARKET_BUY),
    ({}, request(amount="20000")),
    ({}, request(Side.SELL, amount="20000")),
    ({"base": None}, BUY),
    ({"quote": None}, SELL),
    ({"pending": (doubtful(side=Side.SELL),)}, BUY),
    ({"pending": (doubtful(symbol="btcusdt"),)}, BUY),
    ({"pending": (doubtful(account_id=9),)}, BUY),
    ({"pending": (doubtful(OrderState.UNPROVEN, side=Side.SELL),)}, BUY),
    ({"pending": (doubtful(OrderState.SENDING),)}, BUY),
    ({"pending": (doubtful(OrderState.CONFLICT, symbol="shibusdt"),)}, BUY),
]


@pytest.mark.parametrize(("changes", "asked"), HARMLESS)
def test_what_is_harmless_passes(changes: dict[str, object], asked: OrderRequest) -> None:
    """At the bound, on the harmless side, of another account or pair, or not known where it need not be: not a word."""
    context = replace(CONTEXT, **changes)  # type: ignore[arg-type]  # the table names fields of the context
    assert findings(asked, context) == ()


def test_what_blocks_stands_first() -> None:
    """Errors are told before warnings."""
    found = findings(request(price="0.109", amount="1"), replace(CONTEXT, clock_offset_ms=3_000, rules_age_ms=10**9))
    severities = [finding.severity for finding in found]
    assert severities == [Severity.ERROR] * severities.count(Severity.ERROR) + [Severity.WARNING] * 2


def test_a_reason_is_told_once() -> None:
    """What blocks in general is not told again where a finding of its own says the same."""
    context = replace(CONTEXT, market_status=MarketStatus(code=2), blocked="the exchange takes no new orders now")
    assert codes(context) == {"MARKET_STATUS"}
    assert codes(replace(context, blocked="the journal is broken")) == {"MARKET_STATUS", "BLOCKED"}


def test_nothing_is_compared_with_what_is_no_number() -> None:
    """A request without usable numbers is refused for that alone, whatever else would have been said of its money."""
    context = replace(CONTEXT, quote=None, asks=None, last=None, best_bid=None)
    assert codes(context, request(amount="NaN")) == {"AMOUNT"}
    assert codes(context, request(price="-1")) == {"PRICE"}
    assert codes(context, request(kind=MARKET, amount="0")) == {"AMOUNT"}


def test_an_overridden_code_lets_no_other_pass() -> None:
    """Each override is of one code, and a warning is nothing to override."""
    asked = request(price="0.1031")
    found = findings(asked, replace(CONTEXT, pending=(doubtful(),), clock_offset_ms=3_000))
    assert [finding.code for finding in blocking(found)] == ["PRICE_COLLAR", "UNCERTAIN_PENDING"]
    assert [finding.code for finding in blocking(found, frozenset({"PRICE_COLLAR"}))] == ["UNCERTAIN_PENDING"]
    assert blocking(found, frozenset({"PRICE_COLLAR", "UNCERTAIN_PENDING"})) == ()


@pytest.mark.parametrize(
    ("changes", "asked", "code", "text", "field"),
    [
        ({"is_halted": True}, BUY, "HALTED", "new orders are halted; cancels pass", ""),
        ({"mode": Mode.LIVE}, BUY, "MODE", "the mode is live, but the exchange is on this computer", ""),
        ({"host": "htx.com"}, BUY, "MODE", "the mode is not live, but the exchange is not on this computer", ""),
        ({"market_status": MarketStatus(code=3)}, BUY, "MARKET_STATUS", "the exchange takes no new orders now", ""),
        ({"instrument": None}, BUY, "SYMBOL_STATE", "the exchange does not list dogeusdt", ""),
        (
            {"instrument": replace(DOGE, symbol="btcusdt")},
            BUY,
            "SYMBOL_STATE",
            "dogeusdt was to be judged by the rules of DOGE/USDT",
            "",
        ),
        ({"instrument": OFFLINE}, BUY, "SYMBOL_STATE", "DOGE/USDT cannot be traded: it is offline", ""),
        ({"instrument": NO_API}, BUY, "SYMBOL_STATE", "DOGE/USDT cannot be traded: trading over the API is off", ""),
        ({"key": key("readOnly")}, BUY, "PERMISSION", "this API key may not trade", ""),
        ({"accounts": (), "account_id": None}, BUY, "ACCOUNT", "the account is not known yet", ""),
        (
            {},
            replace(BUY, account_id=99),
            "ACCOUNT",
            "the order names another account than those in use",
            "account",
        ),
        ({}, replace(BUY, account_id=13), "ACCOUNT", "the spot account is lock", "account"),
        (
            {},
            replace(BUY, account_id=8),
            "ACCOUNT",
            "an order from the margin account cannot name spot-api",
            "account",
        ),
        (
            {},
            replace(BUY, account_id=11, source="margin-api"),
            "ACCOUNT",
            "this margin account is for btcusdt only",
            "account",
        ),
        (
            {"clock_offset_ms": -61_400},
            BUY,
            "CLOCK_SKEW",
            "this computer's clock is 61 s off: set it right to trade",
            "",
        ),
        ({"clock_offset_ms": 2_300}, BUY, "CLOCK_SKEW", "this computer's clock is 2.3 s off", ""),
        ({"is_book_stale": True}, BUY, "STALE_BOOK", "the order book on the screen is not up to date", ""),
        (
            {"book_age_ms": 9_999},
            BUY,
            "STALE_BOOK",
            "the order book on the screen is more than 3 s old",
            "",
        ),
        (
            {"private_age_ms": 99_999},
            BUY,
            "STALE_PRIVATE",
            "nothing was heard of the account for more than 25 s",
            "",
        ),
        (
            {"engine_age_ms": 9_999},
            BUY,
            "ENGINE_STALE",
            "the engine does not answer: what is on the screen is not up to date",
            "",
        ),
        (
            {"rules_age_ms": 10**9},
            BUY,
            "RULES_AGE",
            "the exchange's rules for this pair were read more than a day ago",
            "",
        ),
        (
            {"confirmation": confirmed(9_999)},
            BUY,
            "LATE",
            "more than 3 s passed since this was confirmed: look again",
            "",
        ),
        ({"sent": (sent(5, BUY),)}, BUY, "DUPLICATE", "the same order was sent less than two seconds ago", ""),
        ({"sent": (sent(999), sent(1))}, BUY, "RATE", "at most 2 orders in 1 s: the next may go in 0.1 s", ""),
        ({"sent": (sent(0), sent(0))}, BUY, "RATE", "at most 2 orders in 1 s: the next may go in 1.0 s", ""),
        (
            {"sent": tuple(sent(55_000 - 2_500 * number) for number in range(20))},
            BUY,
            "RATE",
            "at most 20 orders in 60 s: the next may go in 5.0 s",
            "",
        ),
        ({"last": None, "best_bid": None}, BUY, "PRICE_COLLAR", "there is no market price to compare with", "price"),
        ({}, request(price="0.1031"), "PRICE_COLLAR", "the price is 3.1 % above the market", "price"),
        ({}, request(Side.SELL, price="0.09"), "PRICE_COLLAR", "the price is 10 % below the market", "price"),
        ({}, stop(Side.BUY, "0.11", "0.12"), "PRICE_COLLAR", "the price is 9.1 % above the stop price", "price"),
        (
            {"asks": None},
            MARKET_BUY,
            "SLIPPAGE",
            "the order book does not show what a market order would cost",
            "amount",
        ),
        (
            {"asks": levels(("0.1001", "5000"), ("0.1234", "20000"))},
            request(kind=MARKET, amount="1500"),
            "SLIPPAGE",
            "the order would reach 0.1234, 23.3 % from the best price (on average 0.1145)",
            "amount",
        ),
        (
            {"asks": levels(("0.1", "99"), ("0.2", "1"))},
            MARKET_BUY,
            "SLIPPAGE",
            "the visible book holds only 10.1 of 100, down to 0.2",
            "amount",
        ),
        (
            {"confirmation": confirmed(reference=Decimal("0.113"))},
            MARKET_BUY,
            "PRICE_MOVED",
            "the price moved by -11.4 % to 0.1001 since it was displayed: look again",
            "",
        ),
        (
            {"confirmation": confirmed(reference=Decimal(0))},
            MARKET_BUY,
            "PRICE_MOVED",
            "the price that was displayed cannot be compared with one now: look again",
            "",
        ),
        (
            {"confirmation": confirmed(side=Side.SELL)},
            BUY,
            "PRICE_MOVED",
            "another pair or side was displayed when this was confirmed: look again",
            "",
        ),
        ({"quote": None}, BUY, "BALANCE", "the balance is not known yet", ""),
        ({}, request(amount="20001"), "BALANCE", "2000.1 USDT needed, 2000 available", "total"),
        ({}, request(Side.SELL, amount="20001"), "BALANCE", "20001 DOGE needed, 20000 available", "amount"),
        ({}, request(kind=MARKET, amount="2001"), "BALANCE", "2001 USDT needed, 2000 available", "amount"),
        (
            {"pending": (doubtful(),)},
            BUY,
            "UNCERTAIN_PENDING",
            "another order on this side may be live: buy 100 dogeusdt @ 0.1",
            "",
        ),
        (
            {"pending": (doubtful(price=None), doubtful())},
            BUY,
            "UNCERTAIN_PENDING",
            "another order on this side may be live: buy 100 dogeusdt, and 1 more",
            "",
        ),
        (
            {"pending": (doubtful(OrderState.UNPROVEN),)},
            BUY,
            "UNPROVEN",
            "what became of an earlier order is not proven: buy 100 dogeusdt @ 0.1",
            "",
        ),
        (
            {"pending": (doubtful(OrderState.CONFLICT),)},
            BUY,
            "CONFLICT",
            "two truths were told of an order of this pair: buy 100 dogeusdt @ 0.1",
            "",
        ),
        ({}, request(amount="100.001"), "PRECISION", "at most 2 decimals", "amount"),
        ({}, request(amount="1E+21"), "AMOUNT", "is not a number that money has", "amount"),
        ({}, request(price="-1"), "PRICE", "must be more than 0", "price"),
    ],
)
def test_words(changes: dict[str, object], asked: OrderRequest, code: str, text: str, field: str) -> None:
    """What is said has the numbers in it, and stands under the field that it is about."""
    context = replace(CONTEXT, **changes)  # type: ignore[arg-type]  # the table names fields of the context
    finding = against(context, asked)[code]
    assert (finding.text, finding.field) == (text, field)


def test_slippage_of_one_percent_is_not_beyond_it() -> None:
    """The bound itself passes, the next step does not."""
    asked = request(kind=MARKET, amount="150")
    assert codes(replace(CONTEXT, asks=levels(("0.1", "1000"), ("0.101", "1000"))), asked) == set()
    assert codes(replace(CONTEXT, asks=levels(("0.1", "1000"), ("0.1011", "1000"))), asked) == {"SLIPPAGE"}


def test_a_key_that_may_withdraw_is_refused_in_the_same_words_as_at_the_start() -> None:
    """Where there is money, the gate says what the start says."""
    thief = key("trade", "withdraw")
    context = replace(CONTEXT, key=thief, mode=Mode.LIVE, host="api.huobi.pro")
    assert against(context)["PERMISSION"].text == refusal_of(thief)


def test_the_whole_of_what_a_context_knows_may_be_left_out() -> None:
    """Who builds a context by hand names what he knows; what money hangs on does not pass unknown."""
    bare = GateContext(now_ms=NOW_MS, account_id=BUY.account_id, instrument=DOGE)
    assert codes(bare) == {"PRICE_COLLAR", "BALANCE"}
    assert codes(bare, MARKET_BUY) == {"SLIPPAGE", "BALANCE"}
