"""A witness: other people's HTX client, unchanged but for its host, trades on the embedded exchange."""

import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from hbtui.sim.symbols import PAIRS
from tests.support.exchange import RunningExchange, exchange_in_thread

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ccxt = pytest.importorskip("ccxt", reason="ccxt is a test extra")


@pytest.fixture(scope="module")
def exchange() -> Iterator[RunningExchange]:
    """An exchange whose market stands still."""
    with exchange_in_thread(frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def client(exchange: RunningExchange) -> Any:
    """The HTX client of ccxt, its host exchanged and only spot markets loaded."""
    host = f"127.0.0.1:{exchange.port}"
    found = ccxt.htx({"apiKey": exchange.access_key, "secret": exchange.secret_key, "enableRateLimit": False})
    found.hostname = host
    found.urls["hostnames"]["spot"] = host
    found.urls["api"] = {name: url.replace("https:", "http:") for name, url in found.urls["api"].items()}
    found.options["fetchMarkets"]["types"] = {"spot": True, "linear": False, "inverse": False}
    found.session.trust_env = False
    found.load_markets()
    yield found
    found.session.close()


def test_symbols(client: Any) -> None:
    """It reads every pair with its precisions and minimums, and every currency."""
    assert {market["id"] for market in client.markets.values()} == set(PAIRS)
    market = client.market("BTC/USDT")
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.000001)
    assert (market["limits"]["amount"]["min"], market["limits"]["cost"]["min"]) == (0.00001, 5)
    assert market["active"] is True
    assert {"BTC", "USDT", "DOGE", "HTX"} <= set(client.currencies)


def test_time_and_fees(client: Any) -> None:
    """It reads the clock and the fee."""
    assert client.fetch_time() > 1_700_000_000_000
    assert client.fetch_trading_fee("BTC/USDT")["taker"] == 0.002


def test_klines(client: Any) -> None:
    """It reads bars, through the candles endpoint that it prefers and through the documented one alike."""
    bars = client.fetch_ohlcv("DOGE/USDT", "1h", limit=200)
    assert len(bars) == 200
    assert all(later[0] - earlier[0] == 3_600_000 for earlier, later in pairwise(bars))
    documented = client.fetch_ohlcv("DOGE/USDT", "1h", limit=200, params={"useHistoricalEndpointForSpot": False})
    assert documented == bars
    since = client.fetch_ohlcv("DOGE/USDT", "1d", since=bars[0][0] - 40 * 86_400_000, limit=10)
    assert len(since) == 10


def test_market_data(client: Any, exchange: RunningExchange) -> None:
    """It reads tickers, the book and the latest trades."""
    bid, ask = exchange.best("BTC/USDT".replace("/", "").lower())
    ticker = client.fetch_ticker("BTC/USDT")
    assert (ticker["bid"], ticker["ask"]) == (float(bid), float(ask))
    assert set(client.fetch_tickers()) == set(client.markets)
    book = client.fetch_order_book("BTC/USDT", 20)
    assert (book["bids"][0][0], book["asks"][0][0], len(book["bids"])) == (float(bid), float(ask), 20)
    assert len(client.fetch_trades("BTC/USDT", limit=50)) == 50


def test_balance(client: Any) -> None:
    """It reads what is free and what is used."""
    balance = client.fetch_balance()
    assert balance["USDT"] == {"free": 10_000.0, "used": 0.0, "total": 10_000.0}
    assert balance["BTC"]["free"] == 0.25


def test_orders(client: Any, exchange: RunningExchange) -> None:
    """It places, finds, lists and cancels a limit order, and trades at the market; the money follows."""
    price = float(exchange.best("ethusdt")[0] - 100)
    placed = client.create_order("ETH/USDT", "limit", "buy", 0.5, price)
    found = client.fetch_order(placed["id"], "ETH/USDT")
    assert (found["status"], found["side"], found["amount"], found["price"]) == ("open", "buy", 0.5, price)
    assert [order["id"] for order in client.fetch_open_orders("ETH/USDT")] == [placed["id"]]
    assert client.fetch_balance()["USDT"]["used"] == pytest.approx(0.5 * price)
    client.cancel_order(placed["id"], "ETH/USDT")
    assert client.fetch_order(placed["id"], "ETH/USDT")["status"] == "canceled"
    bought = client.create_market_buy_order_with_cost("ETH/USDT", 100)
    filled = client.fetch_order(bought["id"], "ETH/USDT")
    assert filled["status"] == "closed"
    trades = client.fetch_my_trades("ETH/USDT")
    assert sum(trade["cost"] for trade in trades) == pytest.approx(100)
    assert {trade["fee"]["currency"] for trade in trades} == {"ETH"}


def test_refusals_have_their_class(client: Any) -> None:
    """What the exchange refuses, ccxt knows by its code: too little money, and a wrong secret."""
    with pytest.raises(ccxt.InsufficientFunds):
        client.create_order("BTC/USDT", "limit", "buy", 10, float(client.fetch_ticker("BTC/USDT")["bid"]))
    secret, client.secret = client.secret, "wrong"
    try:
        with pytest.raises(ccxt.AuthenticationError):
            client.fetch_balance()
    finally:
        client.secret = secret


def test_a_batch_and_its_cancel(client: Any, exchange: RunningExchange) -> None:
    """It places three orders in one request, of which one is too small, and cancels the others in one."""
    price = float(exchange.best("ethusdt")[0] - 100)
    order = {"symbol": "ETH/USDT", "type": "limit", "side": "buy", "amount": 0.01, "price": price}
    placed = client.create_orders([order, order, order | {"amount": 0.001}])
    ids = [one["id"] for one in placed if one["id"]]
    assert len(ids) == 2
    assert [client.fetch_order(one, "ETH/USDT")["status"] for one in ids] == ["open", "open"]
    cancelled = client.cancel_orders([*ids, "77"], "ETH/USDT")
    assert {one["id"] for one in cancelled} >= set(ids)
    assert [client.fetch_order(one, "ETH/USDT")["status"] for one in ids] == ["canceled", "canceled"]


def test_a_stop_order(client: Any, exchange: RunningExchange) -> None:
    """It places an order that waits for a price, reads it back, and sees it filled once the price is reached."""
    last = float(exchange.last_price("ethusdt"))
    trigger = round(last - 20, 2)
    params = {"triggerPrice": trigger}
    placed = client.create_order("ETH/USDT", "limit", "sell", 0.01, round(trigger - 20, 2), params)
    found = client.fetch_order(placed["id"], "ETH/USDT")
    assert (found["info"]["state"], found["triggerPrice"], found["info"]["operator"]) == ("created", trigger, "lte")
    exchange.print_trade("ethusdt", str(trigger), "0.01")
    assert client.fetch_order(placed["id"], "ETH/USDT")["status"] == "closed"


@pytest.mark.parametrize(("mode", "kind"), [("isolated", "margin"), ("cross", "super-margin")])
def test_a_margin_order(client: Any, exchange: RunningExchange, mode: str, kind: str) -> None:
    """It finds the margin account by itself, places from it, and reads that account's money."""
    price = float(exchange.best("dogeusdt")[0]) * 0.95
    before = client.fetch_balance()["USDT"]["used"]
    placed = client.create_order("DOGE/USDT", "limit", "buy", 100, price, {"marginMode": mode})
    found = client.fetch_order(placed["id"], "DOGE/USDT")
    assert (found["status"], found["info"]["source"]) == ("open", f"{kind}-api")
    accounts = {account["id"]: account["info"]["type"] for account in client.fetch_accounts()}
    assert accounts[str(found["info"]["account-id"])] == kind
    assert client.fetch_balance()["USDT"]["used"] == before
    client.cancel_order(placed["id"], "DOGE/USDT")
    assert client.fetch_order(placed["id"], "DOGE/USDT")["status"] == "canceled"
