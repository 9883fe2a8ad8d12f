"""A second witness: the WebSocket client of ccxt, unchanged but for its host, on the embedded exchange.

Its account socket is left out: it finds the path that it signs by cutting ``wss://`` off, so it cannot sign for a
server without TLS.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ccxt = pytest.importorskip("ccxt.pro", reason="ccxt is a test extra")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still unless told."""
    async with running_exchange(frozen=True) as running:
        yield running


def at_host(value: Any, host: str) -> Any:
    """The same addresses on another host, without TLS."""
    if isinstance(value, dict):
        return {name: at_host(item, host) for name, item in value.items()}
    return (
        value.replace("https:", "http:")
        .replace("wss:", "ws:")
        .replace("{hostname}", host)
        .replace("api.huobi.pro", host)
    )


@pytest.fixture
async def client(exchange: RunningExchange) -> AsyncIterator[Any]:
    """The client, its host exchanged and only spot markets loaded."""
    host = f"127.0.0.1:{exchange.port}"
    found = ccxt.htx({"apiKey": exchange.access_key, "secret": exchange.secret_key, "enableRateLimit": False})
    found.hostname = host
    found.urls["hostnames"]["spot"] = host
    found.urls["api"] = at_host(found.urls["api"], host)
    found.options["fetchMarkets"]["types"] = {"spot": True, "linear": False, "inverse": False}
    try:
        await found.load_markets()
        yield found
    finally:
        await found.close()


async def test_it_watches_the_market(client: Any, exchange: RunningExchange) -> None:
    """Ticker, trades and bars arrive, and the book that it keeps from increments and a snapshot is the book."""
    price = float(exchange.last_price("btcusdt"))
    assert (await client.watch_ticker("BTC/USDT"))["last"] == price
    assert (await client.watch_trades("BTC/USDT"))[-1]["price"] == price
    assert (await client.watch_ohlcv("BTC/USDT", "1m"))[-1][4] == price
    watching = asyncio.ensure_future(client.watch_order_book("BTC/USDT", 20))
    await eventually(lambda: exchange.sockets("feed") == 1)
    while not watching.done():
        exchange.print_trade("btcusdt", str(exchange.last_price("btcusdt") + 1), "0.01", side="buy")
        await asyncio.wait([watching], timeout=0.2)
    book = watching.result()
    assert book["bids"][0][0] < book["asks"][0][0]
    assert len(book["asks"]) == 20
