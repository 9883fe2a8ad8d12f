"""The exchange against payloads of the real one: every field there is, with text where HTX has text.

The payloads are read where they lie, beside the repository; without them these tests say so and skip.
"""

import json
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sim.clients import Caller, Message, caller_for, market_socket, private_socket
from tests.support.exchange import RunningExchange, running_exchange

PAYLOADS = Path(__file__).parents[2].parent / "shared" / "htx" / "payloads"
pytestmark = pytest.mark.skipif(not PAYLOADS.exists(), reason=f"the shared payloads are not at {PAYLOADS}")

Shape = dict[str, Any] | list[Any] | str


def shape(value: object) -> Shape:
    """What a JSON value is made of: text, number, truth, nothing, or fields and items of these."""
    if isinstance(value, dict):
        return {str(name): shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, Decimal)):
        return "number"
    return "nothing" if value is None else "text"


def lacking(real: Shape, ours: Shape, where: str = "") -> list[str]:
    """Each place where the real one has something that ours has not, or has as another kind."""
    if isinstance(real, dict) and isinstance(ours, dict):
        found = [f"{where}.{name} is missing" for name in real if name not in ours]
        return found + [
            text for name in real if name in ours for text in lacking(real[name], ours[name], f"{where}.{name}")
        ]
    if isinstance(real, list) and isinstance(ours, list):
        return [text for one, other in zip(real, ours, strict=False) for text in lacking(one, other, f"{where}[]")]
    kinds = {
        real if isinstance(real, str) else type(real).__name__,
        ours if isinstance(ours, str) else type(ours).__name__,
    }
    return [f"{where}: {real} there, {ours} here"] if len(kinds) > 1 and "nothing" not in kinds else []


def documents(name: str) -> list[Any]:
    """The JSON documents of a payload file."""
    text = (PAYLOADS / name).read_text(encoding="utf-8")
    if name.endswith(".txt"):
        text = text[text.index("\n=") + 2 :] if "\n=" in text else text[text.index("\n{") :]
    try:
        return [json.loads(text, parse_float=Decimal)]
    except json.JSONDecodeError:
        return [json.loads(line, parse_float=Decimal) for line in text.splitlines() if line.strip()]


@pytest.fixture
async def exchange() -> AsyncIterator[RunningExchange]:
    """An exchange whose market stands still."""
    async with running_exchange(frozen=True) as running:
        yield running


@pytest.fixture
async def caller(exchange: RunningExchange) -> AsyncIterator[Caller]:
    """A client that signs."""
    async with caller_for(exchange) as found:
        yield found


SPOT = "htxnet/Endpoints/Spot"
DOCS = "official-docs"
V1 = f"{DOCS}/v1_en"


@pytest.mark.parametrize(
    ("payload", "path", "query"),
    [
        (f"{SPOT}/ExchangeData/GetLastTrade.txt", "/market/trade", {"symbol": "btcusdt"}),
        (f"{SPOT}/ExchangeData/GetOrderBook.txt", "/market/depth", {"symbol": "btcusdt", "type": "step0"}),
        (f"{SPOT}/ExchangeData/GetSymbolDetails24H.txt", "/market/detail", {"symbol": "btcusdt"}),
        (f"{SPOT}/ExchangeData/GetSymbolStatus.txt", "/v2/market-status", {}),
        (f"{SPOT}/ExchangeData/GetSymbols.txt", "/v2/settings/common/symbols", {}),
        (f"{SPOT}/ExchangeData/GetTradeHistory.txt", "/market/history/trade", {"symbol": "btcusdt", "size": "5"}),
        ("ccxt/htx.fetch_ticker.1.json", "/market/detail/merged", {"symbol": "btcusdt"}),
        ("crypto-msg-parser/huobi.rs__btcusdt.depth.step0.rest.1.json", "/market/depth", {"symbol": "btcusdt"}),
        ("cryptofeed/HUOBI.0__v1_common_symbols_part_open.json", "/v1/common/symbols", {}),
    ],
)
async def test_public_answers_have_every_field(caller: Caller, payload: str, path: str, query: dict[str, str]) -> None:
    """Each field of the real answer is in ours, a number where it is a number and text where it is text."""
    ours = shape(await caller.get(path, **query))
    for document in documents(payload):
        assert lacking(shape(document), ours) == []


async def test_bars_have_every_field(caller: Caller) -> None:
    """A bar has the fields of ccxt's recorded bars."""
    ours = shape(await caller.get("/market/history/kline", symbol="btcusdt", period="1min", size=1))
    for document in documents("ccxt/htx.fetch_ohlcv.1.json"):
        assert lacking(shape(document), ours) == []


@pytest.mark.parametrize(
    ("payload", "question", "may_lack"),
    [
        (f"{SPOT}/Account/GetAccounts.txt", ("/v1/account/accounts", {}), []),
        (f"{SPOT}/Account/GetBalances.txt", ("/v1/account/accounts/100009/balance", {}), []),
        (f"{SPOT}/Account/GetTradingFees.txt", ("/v2/reference/transact-fee-rate", {"symbols": "btcusdt"}), []),
        (f"{SPOT}/Account/GetAssetValuation.txt", ("/v2/account/asset-valuation", {"accountType": "spot"}), []),
        (f"{SPOT}/Account/GetUserId.txt", ("/v2/user/uid", {}), []),
        (f"{V1}/L02994_api-key-query.json", ("/v2/user/api-key", {"uid": "10000901"}), [".message is missing"]),
        (f"{SPOT}/Trading/GetOpenOrders.txt", ("/v1/order/openOrders", {}), []),
        (f"{SPOT}/Trading/GetClosedOrders.txt", ("/v1/order/orders", {"symbol": "btcusdt", "states": "filled"}), []),
        (f"{SPOT}/Trading/GetUserTrades.txt", ("/v1/order/matchresults", {}), []),
        (f"{V1}/L04800_search-historical-orders-within-48-hours.json", ("/v1/order/history", {}), []),
    ],
)
async def test_signed_answers_have_every_field(
    exchange: RunningExchange, caller: Caller, payload: str, question: tuple[str, dict[str, str]], may_lack: list[str]
) -> None:
    """Each field of the real answer is in ours, of the same kind; decimals are text there and here."""
    await caller.placed("buy-market", "btcusdt", "10", client_order_id="seen")
    await caller.placed("buy-limit", "btcusdt", "0.001", str(exchange.best("btcusdt")[0] - 50))
    ours = shape(await caller.signed_get(*question))
    for document in documents(payload):
        assert lacking(shape(document), ours) == may_lack


async def test_answers_to_placing_and_cancelling(exchange: RunningExchange, caller: Caller) -> None:
    """Batches, cancels and their failures look as recorded and documented."""
    price = str(exchange.best("btcusdt")[0] - 50)
    good = {"account-id": "100009", "symbol": "btcusdt", "type": "buy-limit", "amount": "0.001", "price": price}
    batch = await caller.post("/v1/order/batch-orders", [good, {**good, "price": "0.001"}])
    real = documents(f"{SPOT}/Trading/PlaceMultipleOrder.txt")[0]
    for at in (0, 1):
        assert lacking(shape(real["data"][at]), shape(batch["data"][at])) == []
    order_id = str(batch["data"][0]["order-id"])
    cancelled = await caller.post(f"/v1/order/orders/{order_id}/submitcancel")
    assert shape(documents(f"{SPOT}/Trading/CancelOrder.txt")[0]) == shape(cancelled)
    criteria = await caller.post("/v1/order/orders/batchCancelOpenOrders", {})
    assert shape(documents(f"{SPOT}/Trading/CancelOrdersByCriteria.txt")[0]) == shape(criteria)
    several = await caller.post("/v1/order/orders/batchcancel", {"order-ids": [order_id]})
    documented = documents(f"{DOCS}/v1_en/L04288_submit-cancel-for-multiple-orders-by-ids.json")[0]
    assert lacking(shape(documented["data"]["failed"]), shape(several["data"]["failed"])) == []
    armed = await caller.post("/v2/algo-orders/cancel-all-after", {"timeout": 10})
    assert shape(documents(f"{DOCS}/current/cancel-all-after.json")[0]) == shape(armed)


@pytest.mark.parametrize(
    ("payload", "topic"),
    [
        ("crypto-msg-parser/huobi.rs__btcusdt.detail.1.json", "market.btcusdt.detail"),
        ("crypto-msg-parser/huobi.rs__btcusdt.kline.1min.1.json", "market.btcusdt.kline.1min"),
        ("crypto-msg-parser/huobi.rs__btcusdt.trade.detail.1.json", "market.btcusdt.trade.detail"),
        ("htxnet/Subscriptions/Spot/Ticker.txt", "market.btcusdt.ticker"),
        ("htxnet/Subscriptions/Spot/Tickers.txt", "market.tickers"),
        ("htxnet/Subscriptions/Spot/OrderBookMbp.txt", "market.btcusdt.mbp.refresh.20"),
        ("htxnet/Subscriptions/Spot/Symbols.txt", "market.btcusdt.detail"),
    ],
)
async def test_market_pushes_have_every_field(exchange: RunningExchange, payload: str, topic: str) -> None:
    """A push has the fields of the recorded ones, all numbers bare."""
    async with market_socket(exchange) as socket:
        await socket.ask({"sub": topic, "id": 1})
        ours = shape(await socket.receive())
        for document in documents(payload):
            assert lacking(shape(document), ours) == []


async def test_increments_look_as_recorded(exchange: RunningExchange) -> None:
    """An increment of five levels names only the side that changed, of 150 both, as HTX's recorded ones do."""
    async with market_socket(exchange, feed=True) as socket:
        for levels in (5, 150):
            topic = f"market.btcusdt.mbp.{levels}"
            await socket.ask({"sub": topic, "id": 1})
            await socket.ask({"req": topic, "id": 2})
            exchange.print_trade("btcusdt", str(exchange.last_price("btcusdt") + 50), "1", side="buy")
            push = await socket.until(lambda message, topic=topic: message.get("ch") == topic)  # type: ignore[misc]  # a bound default
            assert {"seqNum", "prevSeqNum"} <= set(push["tick"])
            real = documents("tardis/mappers.test.ts__spot_mbp150_sequence.jsonl")[0]
            if levels == 150:
                assert lacking(shape(real), shape(push)) == []


async def test_the_recorded_session_speaks_like_ours(exchange: RunningExchange) -> None:
    """Each kind of frame in the recorded session of 2021 has a twin here with the same fields of the same kinds."""
    lines = (PAYLOADS / "cryptofeed/HUOBI.ws.44.0__decoded.jsonl").read_text(encoding="utf-8").splitlines()
    frames = [json.loads(line, parse_float=Decimal) for line in lines]
    real: dict[str, Message] = {}
    for frame in frames:
        if frame["dir"] == "recv":
            message = frame["msg"]
            kind = message["ch"].split(".", 2)[2] if "ch" in message else " ".join(sorted(message))
            real.setdefault(kind, message)
    async with market_socket(exchange) as socket:
        ours: dict[str, Message] = {}
        for topic in ("depth.step0", "trade.detail"):
            ours["id status subbed ts"] = await socket.ask({"sub": f"market.btcusdt.{topic}", "id": 2})
            ours[topic] = await socket.receive()
    del real["ping"]
    assert set(real) == set(ours)
    for kind, message in real.items():
        assert lacking(shape(message), shape(ours[kind])) == []


@pytest.mark.parametrize(
    ("payload", "channel", "event"),
    [
        ("htxnet/Subscriptions/Spot/Order1.txt", "orders#*", "creation"),
        ("htxnet/Subscriptions/Spot/OrderTrade.txt", "trade.clearing#*#1", "trade"),
        ("htxnet/Subscriptions/Spot/Account.txt", "accounts.update#1", "order.match"),
    ],
)
async def test_private_pushes_have_every_field(
    exchange: RunningExchange, caller: Caller, payload: str, channel: str, event: str
) -> None:
    """A private push has the fields of the documented ones, decimals as text and ids as numbers."""
    real = documents(payload)[0]["data"]
    async with private_socket(exchange, (channel,)) as socket:
        await caller.placed("buy-limit", "btcusdt", "0.001", str(exchange.best("btcusdt")[1]))

        def fits(message: Message) -> bool:
            data = message.get("data", {})
            return event in {data.get("eventType"), data.get("changeType")} and set(real) <= set(data)

        assert lacking(shape(real), shape((await socket.until(fits))["data"])) == []


async def test_numbers_are_written_as_htx_writes_them(caller: Caller) -> None:
    """Every bare number of ours has the form that recorded ones have: a point always, an exponent when far from one."""
    recorded = (PAYLOADS / "crypto-msg-parser/huobi.rs__btcusdt.detail.1.json").read_text(encoding="utf-8")
    form = re.compile(r"\d{1,7}\.\d+|\d\.\d+E-?\d+")
    for text in (
        recorded,
        (await caller.http.get("/market/tickers")).text,
        (await caller.http.get("/market/depth?symbol=htxusdt")).text,
    ):
        numbers = re.findall(r"[:\[,](-?\d[\d.E+-]*\.[\d.E+-]*)", text)
        assert len(numbers) > 5
        assert [number for number in numbers if not form.fullmatch(number)] == []
