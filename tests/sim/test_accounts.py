"""Spot, isolated and cross margin: each account has money of its own, and everything names the right one."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.sim.accounts import Accounts
from hbtui.sim.codes import Refused
from hbtui.sim.exact import sum_of
from hbtui.sim.keys import C2C_MARGIN_ACCOUNT, MARGIN_ACCOUNTS, SPOT_ACCOUNT, SUPER_MARGIN_ACCOUNT
from hbtui.sim.options import CROSS_OPENING, MARGIN_OPENING, OPENING
from hbtui.sim.orders import Order
from hbtui.sim.venue import Venue
from tests.sim.clients import caller_for, private_socket
from tests.sim.venues import Told, best, body, place, venue
from tests.support.exchange import running_exchange

BTC_MARGIN, DOGE_MARGIN = MARGIN_ACCOUNTS["btcusdt"], MARGIN_ACCOUNTS["dogeusdt"]
PLACES = {
    SPOT_ACCOUNT: ("spot-api", "btcusdt"),
    BTC_MARGIN: ("margin-api", "btcusdt"),
    DOGE_MARGIN: ("margin-api", "dogeusdt"),
    SUPER_MARGIN_ACCOUNT: ("super-margin-api", "btcusdt"),
    C2C_MARGIN_ACCOUNT: ("c2c-margin-api", "dogeusdt"),
}
OPENINGS = {
    SPOT_ACCOUNT: OPENING,
    BTC_MARGIN: MARGIN_OPENING["btcusdt"],
    DOGE_MARGIN: MARGIN_OPENING["dogeusdt"],
    SUPER_MARGIN_ACCOUNT: CROSS_OPENING,
    C2C_MARGIN_ACCOUNT: CROSS_OPENING,
}


def placed(at: Venue, account: int, kind: str, amount: str, price: Decimal | None = None, **more: Any) -> Order:
    """An order from an account, with the source and a symbol that belong to it."""
    source, symbol = PLACES[account]
    return place(at, kind, amount, price, symbol=symbol, account_id=str(account), source=source, **more)


def step(at: Venue, symbol: str) -> Decimal:
    """The smallest step of a price."""
    return Decimal(1).scaleb(-at.market(symbol).pair.price_places)


def is_whole(at: Venue) -> bool:
    """Whether in every account nothing was made and nothing was lost."""
    return all(
        account.ledger.whole(currency) == OPENINGS[account.id].get(currency, Decimal(0))
        for account in at.accounts
        for currency in account.ledger.currencies
    )


@pytest.mark.parametrize("account", PLACES)
def test_an_order_lives_in_its_account(account: int) -> None:
    """Frozen, filled, refunded and cancelled in one account, told under its number; the others are not touched."""
    at = venue(c2c_balances=CROSS_OPENING)
    told = Told(at)
    symbol = PLACES[account][1]
    bid, ask = best(at, symbol)
    resting = placed(
        at, account, "buy-limit", "1000" if symbol == "dogeusdt" else "0.001", bid - 100 * step(at, symbol)
    )
    placed(at, account, "buy-limit", "100" if symbol == "dogeusdt" else "0.001", ask)
    placed(at, account, "sell-market", "10" if symbol == "dogeusdt" else "0.0005")
    at.cancel(resting)
    for other in at.accounts:
        changed = [name for name in other.ledger.currencies if other.ledger.balance(name).sequence]
        assert bool(changed) is (other.id == account)
    assert is_whole(at)
    assert {data["accountId"] for topic, _, data in told.events if topic == "accounts"} == {account}
    named = [data for topic, _, data in told.events if topic == "clearing"]
    assert {(data["accountId"], data["source"]) for data in named} == {(account, PLACES[account][0])}
    created = [data for topic, _, data in told.events if topic == "orders" and data["eventType"] == "creation"]
    assert {(data["accountId"], data["orderSource"]) for data in created} == {(account, PLACES[account][0])}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(PLACES)), st.sampled_from(["buy", "sell"]), st.integers(-3, 3), st.booleans()),
        max_size=12,
    )
)
def test_every_ledger_keeps_its_laws(orders: list[tuple[int, str, int, bool]]) -> None:
    """Whatever is placed from whichever account, trades between them included, each account stays whole."""
    at = venue(c2c_balances=CROSS_OPENING)
    for account, side, distance, is_cancelled in orders:
        symbol = PLACES[account][1]
        price = best(at, symbol)[0] + distance * step(at, symbol)
        with contextlib.suppress(Refused):  # too little money is as good a case as any
            order = placed(at, account, f"{side}-limit", "100" if symbol == "dogeusdt" else "0.001", price)
            if is_cancelled:
                at.cancel(order)
        assert is_whole(at)
    for held in at.accounts:
        for currency in held.ledger.currencies:
            balance = held.ledger.balance(currency)
            frozen = sum_of(
                order.frozen
                for order in at.orders.values()
                if (order.request.account_id, order.request.frozen_currency) == (held.id, currency)
            )
            assert min(balance.available, balance.frozen) >= 0
            assert balance.frozen == frozen


@pytest.mark.parametrize(
    ("account", "source", "symbol", "code"),
    [
        (SPOT_ACCOUNT, "margin-api", "btcusdt", "account-account-id-inexistent"),
        (SPOT_ACCOUNT, "super-margin-api", "btcusdt", "account-account-id-inexistent"),
        (SPOT_ACCOUNT, "c2c-margin-api", "btcusdt", "account-account-id-inexistent"),
        (BTC_MARGIN, "spot-api", "btcusdt", "account-account-id-inexistent"),
        (BTC_MARGIN, "", "btcusdt", "account-account-id-inexistent"),
        (BTC_MARGIN, "margin-api", "dogeusdt", "account-account-id-inexistent"),
        (BTC_MARGIN, "super-margin-api", "btcusdt", "account-account-id-inexistent"),
        (C2C_MARGIN_ACCOUNT, "spot-api", "btcusdt", "account-account-id-inexistent"),
        (C2C_MARGIN_ACCOUNT, "super-margin-api", "btcusdt", "account-account-id-inexistent"),
        (SUPER_MARGIN_ACCOUNT, "c2c-margin-api", "btcusdt", "account-account-id-inexistent"),
        (SUPER_MARGIN_ACCOUNT, "margin-api", "btcusdt", "account-account-id-inexistent"),
        (SUPER_MARGIN_ACCOUNT, "api", "btcusdt", "account-account-id-inexistent"),
        (SUPER_MARGIN_ACCOUNT, "moon-api", "btcusdt", "order-source-invalid"),
        (MARGIN_ACCOUNTS["ethusdt"], "margin-api", "ethusdt", "account-account-id-inexistent"),
    ],
)
def test_the_account_must_be_of_the_type_that_the_source_names(
    account: int, source: str, symbol: str, code: str
) -> None:
    """Another type, an isolated account of another pair, and one that was never opened are refused."""
    at = venue(c2c_balances=CROSS_OPENING)
    with pytest.raises(Refused) as refusal:
        at.place(body("buy-limit", "10", "0.05", symbol=symbol, account_id=account, source=source))
    assert refusal.value.code == code
    assert not at.orders


def test_the_old_name_of_the_spot_source_is_spot() -> None:
    """``api`` and no source at all mean the spot account, and are read back as spot-api."""
    at = venue()
    for source in ("api", "", "spot-api"):
        order = place(at, "buy-limit", "0.001", "60000", source=source)
        assert (order.request.account_id, order.request.source) == (SPOT_ACCOUNT, "spot-api")


def test_accounts_are_what_the_options_open() -> None:
    """The spot account is always first; the margin accounts can be others, or none."""
    assert [account.kind for account in Accounts({}, {}, None)] == ["spot"]
    at = venue(margin_balances={"ethusdt": {"eth": Decimal(3)}}, cross_balances=None)
    assert [(account.id, account.kind, account.subtype) for account in at.accounts] == [
        (SPOT_ACCOUNT, "spot", ""),
        (MARGIN_ACCOUNTS["ethusdt"], "margin", "ethusdt"),
    ]
    assert at.accounts[MARGIN_ACCOUNTS["ethusdt"]].ledger.balance("eth").available == 3
    assert at.ledger is at.accounts.spot.ledger


async def test_accounts_over_rest_and_socket() -> None:
    """Listed with their pair, their balances with HTX's loan rows, pushed when subscribed, orders kept apart."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        rows = (await caller.signed_get("/v1/account/accounts"))["data"]
        assert [(row["id"], row["type"], row["subtype"]) for row in rows] == [
            (SPOT_ACCOUNT, "spot", ""),
            (BTC_MARGIN, "margin", "btcusdt"),
            (DOGE_MARGIN, "margin", "dogeusdt"),
            (SUPER_MARGIN_ACCOUNT, "super-margin", ""),
        ]
        price = str((exchange.best("dogeusdt")[0] * Decimal("0.9")).quantize(Decimal("0.0001")))
        more = {"account_id": str(DOGE_MARGIN), "source": "margin-api"}
        order_id = await caller.placed("buy-limit", "dogeusdt", "100", price, **more)
        found = (await caller.signed_get(f"/v1/account/accounts/{DOGE_MARGIN}/balance"))["data"]
        assert (found["id"], found["type"], {row["currency"] for row in found["list"]}) == (
            DOGE_MARGIN, "margin", {"doge", "usdt"},
        )  # fmt: skip
        usdt = {row["type"]: Decimal(row["balance"]) for row in found["list"] if row["currency"] == "usdt"}
        held = Decimal(price) * 100
        assert usdt == {
            "trade": 500 - held, "frozen": held, "loan": 0, "interest": 0, "loan-available": 0,
            "transfer-out-available": 500 - held,
        }  # fmt: skip
        assert exchange.balances(DOGE_MARGIN)["usdt"] == (500 - held, held)
        assert exchange.balances()["usdt"] == (Decimal(10_000), Decimal(0))
        for account, wanted in ((DOGE_MARGIN, [int(order_id)]), (SPOT_ACCOUNT, [])):
            query = {"account-id": str(account), "symbol": "dogeusdt"}
            listed = (await caller.signed_get("/v1/order/openOrders", query))["data"]
            assert [row["id"] for row in listed] == wanted
        (row,) = (await caller.signed_get("/v1/order/openOrders"))["data"]
        assert (row["account-id"], row["source"]) == (DOGE_MARGIN, "margin-api")
        async with private_socket(exchange, ("accounts.update#2",)) as socket:
            pushed = [(await socket.receive())["data"] for _ in range(8 + 2 + 2 + 3)]
            assert {(push["accountId"], push["currency"]) for push in pushed} >= {
                (SPOT_ACCOUNT, "usdt"), (DOGE_MARGIN, "doge"), (SUPER_MARGIN_ACCOUNT, "btc"), (BTC_MARGIN, "usdt"),
            }  # fmt: skip
        answer = await caller.post("/v1/order/orders/batchCancelOpenOrders", {"account-id": str(SPOT_ACCOUNT)})
        assert answer["data"]["success-count"] == 0
        answer = await caller.post("/v1/order/orders/batchCancelOpenOrders", {"account-id": str(DOGE_MARGIN)})
        assert answer["data"]["success-count"] == 1
        for path in ("/v1/order/orders/batchCancelOpenOrders",):
            assert (await caller.post(path, {"account-id": "7"}))["err-code"] == "account-account-id-inexistent"
        worth = {"accountType": "margin", "valuationCurrency": "USD"}
        assert Decimal((await caller.signed_get("/v2/account/asset-valuation", worth))["data"]["balance"]) > 1500
