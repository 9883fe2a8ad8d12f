"""Public REST over a real socket: shapes, numbers and errors as HTX has them."""

import json
import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from hbtui.sim.options import Options
from hbtui.sim.periods import PERIODS
from hbtui.sim.rest import Asked, Rest
from hbtui.sim.symbols import PAIRS
from hbtui.sim.venue import Venue
from tests.sim.clients import caller_for
from tests.sim.venues import NOW_MS
from tests.support.exchange import running_exchange

NUMBER = r"-?\d+\.\d+(?:E-?\d+)?"
BAR_KEYS = ["id", "open", "close", "low", "high", "amount", "vol", "count"]


def ask(path: str, **options: Any) -> tuple[int, str]:
    """Ask an exchange that stands still; status and text."""
    venue = Venue(Options(**{"frozen": True, "clock": lambda: NOW_MS, **options}))
    path, _, query = path.partition("?")
    answer = Rest(venue).answer(Asked("GET", path, "127.0.0.1", query.encode(), b""))
    return answer.status, answer.body.decode()


def data(path: str, **options: Any) -> Any:
    """The decoded answer."""
    status, text = ask(path, **options)
    assert status == 200
    return json.loads(text, parse_float=Decimal)


def test_time_and_state() -> None:
    """The clock is a bare number of milliseconds; the market's state is 1, and 2 or 3 come with their reasons."""
    assert ask("/v1/common/timestamp") == (200, f'{{"status":"ok","data":{NOW_MS}}}')
    assert ask("/v2/market-status") == (200, '{"code":200,"message":"success","data":{"marketStatus":1}}')
    halted = data("/v2/market-status", market_status=2)["data"]
    assert halted == {"marketStatus": 2, "haltStartTime": NOW_MS, "haltReason": 3, "affectedSymbols": "all"}


def test_market_symbols_are_short_and_numbers() -> None:
    """Settings rows have short names, bare numbers, and a time that is a string."""
    found = data("/v1/settings/common/market-symbols?symbols=btcusdt,dogeusdt")
    assert (found["status"], found["ts"], found["full"]) == ("ok", str(NOW_MS), 1)
    assert [row["symbol"] for row in found["data"]] == ["btcusdt", "dogeusdt"]
    row = found["data"][0]
    assert (row["bc"], row["qc"], row["state"], row["at"]) == ("btc", "usdt", "online", "enabled")
    assert (row["pp"], row["ap"], row["vp"]) == (2, 6, 8)
    assert (row["minov"], row["lominoa"], row["blmlt"], row["slmgt"]) == tuple(
        map(Decimal, ("5", "0.00001", "1.1", "0.9"))
    )
    assert '"lominoa":0.00001,' in ask("/v1/settings/common/market-symbols")[1]
    assert len(data("/v1/settings/common/market-symbols")["data"]) == len(PAIRS) >= 12


def test_four_generations_of_symbols_tell_the_same() -> None:
    """Precision and names agree, whichever list is asked."""
    rows = {
        "long": {
            r["symbol"]: (r["price-precision"], r["amount-precision"]) for r in data("/v1/common/symbols")["data"]
        },
        "short": {r["symbol"]: (r["pp"], r["ap"]) for r in data("/v1/settings/common/market-symbols")["data"]},
        "display": {r["sc"]: (r["tpp"], r["tap"]) for r in data("/v2/settings/common/symbols")["data"]},
        "old": {r["symbol"]: (r["tpp"], r["tap"]) for r in data("/v1/settings/common/symbols")["data"]},
    }
    assert rows["long"] == rows["short"] == rows["display"] == rows["old"]
    assert {"btcusdt", "ethusdt", "dogeusdt", "htxusdt", "ethbtc"} <= set(rows["long"])


def test_currencies() -> None:
    """Every currency of a pair is listed, by each of the four endpoints."""
    names = set(data("/v1/common/currencys")["data"])
    assert {pair.base for pair in PAIRS.values()} | {pair.quote for pair in PAIRS.values()} == names
    for path in ("/v1/settings/common/currencys", "/v2/settings/common/currencies"):
        assert {row["name"] for row in data(path)["data"]} == names
    assert {row["currency"] for row in data("/v2/reference/currencies")["data"]} == names
    assert data("/v2/reference/currencies?currency=btc")["data"][0]["chains"][0]["withdrawPrecision"] == 8
    assert data("/v2/reference/currencies?currency=nope")["code"] == 2002


@pytest.mark.parametrize("period", PERIODS)
def test_kline_shape(period: str) -> None:
    """Newest first, all numbers, amount before vol, the id a second of the period's grid."""
    status, text = ask(f"/market/history/kline?symbol=htxusdt&period={period}&size=3")
    row = r"\{" + ",".join(f'"{key}":' + (r"\d+" if key in {"id", "count"} else NUMBER) for key in BAR_KEYS) + r"\}"
    pattern = rf'\{{"ch":"market\.htxusdt\.kline\.{period}","status":"ok","ts":\d+,"data":\[{row},{row},{row}\]\}}'
    assert status == 200
    assert re.fullmatch(pattern, text), text
    ids = [bar["id"] for bar in json.loads(text)["data"]]
    assert ids == sorted(ids, reverse=True)


def test_kline_defaults_and_bounds() -> None:
    """150 bars when no size is given, 2,000 at most."""
    assert len(data("/market/history/kline?symbol=btcusdt&period=1min")["data"]) == 150
    assert len(data("/market/history/kline?symbol=btcusdt&period=15min&size=2000")["data"]) == 2000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("symbol=btcusdt&period=2min", "invalid period"),
        ("symbol=btcusdt", "invalid period"),
        ("symbol=BTCUSDT&period=1min", "invalid symbol"),
        ("period=1min", "invalid symbol"),
        ("symbol=btcusdt&period=1min&size=0", "invalid size,valid range: [1, 2000]"),
        ("symbol=btcusdt&period=1min&size=2001", "invalid size,valid range: [1, 2000]"),
        ("symbol=btcusdt&period=1min&size=ten", "invalid size"),
        ("symbol=btcusdt&period=1min&size=" + "9" * 5000, "invalid size"),
    ],
)
def test_kline_errors(query: str, words: str) -> None:
    """Market errors have a time, a status, a code and a text, with HTTP 200."""
    status, text = ask(f"/market/history/kline?{query}")
    assert (status, json.loads(text)) == (
        200,
        {"ts": NOW_MS, "status": "error", "err-code": "invalid-parameter", "err-msg": words},
    )


def test_candles_take_a_range() -> None:
    """The undocumented twin takes from and to in seconds, both included, and gives nothing above 1,000."""
    start = NOW_MS // 1000 // 3600 * 3600 - 36_000
    query = f"symbol=btcusdt&period=60min&from={start}&to={start + 7200}&size=10"
    found = data(f"/market/history/candles?{query}")["data"]
    assert [bar["id"] for bar in found] == [start + 7200, start + 3600, start]
    upto = data(f"/market/history/candles?symbol=btcusdt&period=60min&to={start}&size=2")["data"]
    assert [bar["id"] for bar in upto] == [start, start - 3600]
    assert data("/market/history/candles?symbol=btcusdt&period=60min&size=1001")["data"] == []
    kline = data("/market/history/kline?symbol=btcusdt&period=60min&size=5")["data"]
    assert data("/market/history/candles?symbol=btcusdt&period=60min&size=5")["data"] == kline


def test_merged_and_detail() -> None:
    """The rolling 24 hours; merged adds the best prices, each with its amount."""
    merged = data("/market/detail/merged?symbol=btcusdt")
    assert merged["ch"] == "market.btcusdt.detail.merged"
    tick = merged["tick"]
    assert sorted(tick) == sorted([*BAR_KEYS, "version", "bid", "ask"])
    assert tick["low"] <= tick["bid"][0] < tick["ask"][0] <= tick["high"] + 5
    detail = data("/market/detail?symbol=btcusdt")
    assert detail["ch"] == "market.btcusdt.detail"
    assert sorted(detail["tick"]) == sorted([*BAR_KEYS, "version"])
    assert all(detail["tick"][key] == tick[key] for key in ("open", "close", "high", "low", "amount", "vol", "count"))


def test_tickers_name_every_symbol() -> None:
    """One row for each pair, with best prices and sizes."""
    found = data("/market/tickers")
    assert [row["symbol"] for row in found["data"]] == list(PAIRS)
    assert sorted(found["data"][0]) == sorted(
        ["symbol", "open", "high", "low", "close", "amount", "vol", "count", "bid", "bidSize", "ask", "askSize"]
    )


def test_depth() -> None:
    """150 levels without a depth, 20 when steps gather them; steps gather to powers of ten, and lose nothing."""
    tick = data("/market/depth?symbol=btcusdt&type=step0")["tick"]
    assert (len(tick["bids"]), len(tick["asks"])) == (150, 150)
    assert sorted(tick) == ["asks", "bids", "ts", "version"]
    for step in range(1, 6):
        gathered = data(f"/market/depth?symbol=btcusdt&type=step{step}&depth=5")["tick"]
        grain = Decimal(10) ** (step - 2)
        assert all(Decimal(str(price)) % grain == 0 for price, _ in [*gathered["bids"], *gathered["asks"]])
        assert gathered["bids"][0][0] <= tick["bids"][0][0]
        assert gathered["asks"][0][0] >= tick["asks"][0][0]
        best = gathered["asks"][0]
        assert best[1] == sum(amount for price, amount in tick["asks"] if price <= best[0]) or len(tick["asks"]) == 150
    assert len(data("/market/depth?symbol=btcusdt&type=step0&depth=5")["tick"]["bids"]) == 5
    assert data("/market/depth?symbol=btcusdt&depth=150")["err-msg"] == "invalid depth"
    assert data("/market/depth?symbol=btcusdt&type=step6")["err-msg"] == "invalid type"


def test_trades_are_nested_and_have_wide_ids() -> None:
    """Groups of trades, newest first; the id has 27 digits without quotes, the trade id is the one to trust."""
    text = ask("/market/history/trade?symbol=btcusdt&size=20")[1]
    assert re.search(r'"id":\d{27},"ts":', text)
    groups = json.loads(text)["data"]
    trades = [trade for group in groups for trade in group["data"]]
    assert len(groups) == 20
    assert sorted(trades[0]) == ["amount", "direction", "id", "price", "trade-id", "ts"]
    ids = [trade["trade-id"] for trade in trades]
    assert ids == sorted(ids, reverse=True)
    last = data("/market/trade?symbol=btcusdt")
    assert last["ch"] == "market.btcusdt.trade.detail"
    assert last["tick"]["data"][0]["trade-id"] == ids[0]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_an_unknown_path_or_verb_is_405(method: str) -> None:
    """HTX answers method-not-allowed for a typo, a wrong case or a wrong verb."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        for path in ("/v1/nothing", "/v1/Common/timestamp", "/", "/v1/order/orders/place/x"):
            answer = await caller.http.request(method, path)
            assert answer.status_code == 405
            assert answer.json()["err-code"] == "method-not-allowed"
        if method != "GET":
            assert (await caller.http.request(method, "/market/tickers")).status_code == 405


async def test_a_get_with_a_body_is_403() -> None:
    """HTX refuses GET requests that carry a body."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        answer = await caller.http.request("GET", "/v1/common/timestamp", content=b"{}")
        assert answer.status_code == 403


async def test_rate_limits_are_told_and_kept() -> None:
    """Each answer says what is left of the window; beyond it there is 429 with HTX's code, until the window ends."""
    clock = [NOW_MS]
    async with running_exchange(frozen=True, clock=lambda: clock[0]) as exchange, caller_for(exchange) as caller:
        answers: list[httpx.Response] = [await caller.http.get("/v1/common/timestamp") for _ in range(101)]
        assert [int(answer.headers["X-HB-RateLimit-Requests-Remain"]) for answer in answers[:3]] == [99, 98, 97]
        assert answers[0].headers["X-HB-RateLimit-Requests-Expire"] == str(NOW_MS + 2000)
        assert [answer.status_code for answer in answers[99:]] == [200, 429]
        assert answers[100].json()["err-code"] == "too-many-requests"
        clock[0] += 2000
        assert (await caller.http.get("/v1/common/timestamp")).status_code == 200


async def test_a_body_beyond_the_cap_is_refused() -> None:
    """Two megabytes are not read into memory."""
    async with running_exchange(frozen=True) as exchange, caller_for(exchange) as caller:
        answer = await caller.http.post("/v1/order/orders/place", content=b"x" * (2 << 20))
        assert answer.status_code == 413
