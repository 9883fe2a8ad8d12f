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
