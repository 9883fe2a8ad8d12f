"""REST reads over real sockets: which questions are asked, page by page, and what is made of the answers."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.candle import Period
from hbtui.model.errors import (
    AnswerError,
    AuthenticationError,
    ExchangeError,
    MaintenanceError,
    NotFound,
    RateLimited,
    VenueError,
)
from hbtui.model.order import CancelAnswer, OrderState, Refused
from tests.htx.opened import ACCESS, intent, opened, shown, spilled
from tests.support.eventually import eventually
from tests.support.scripted_server import Exchange, Request, ScriptedServer, json_answer, scripted_server
from tests.support.virtual_clock import VirtualClock, settle

D = Decimal
_SYMBOLS, _OLD_SYMBOLS = "/v1/settings/common/market-symbols", "/v1/common/symbols"
_PAIR = {
    "symbol": "dogeusdt",
    "bc": "doge",
    "qc": "usdt",
    "pp": 6,
    "ap": 2,
    "vp": 8,
    "state": "online",
    "at": "enabled",
}
_OLD_PAIR = {
    "symbol": "dogeusdt", "base-currency": "doge", "quote-currency": "usdt", "price-precision": 6,
    "amount-precision": 2, "value-precision": 8, "state": "online", "api-trading": "enabled",
}  # fmt: skip


def _ok(data: object, **more: object) -> dict[str, object]:
    return {"status": "ok", "data": data} | more


def _no(code: str, text: str = "") -> dict[str, object]:
    return {"status": "error", "err-code": code, "err-msg": text, "data": None}


def _computed(server: ScriptedServer, path: str, answer: Callable[[Request], object]) -> None:
    """Answer a path by what is asked."""

    async def respond(exchange: Exchange) -> None:
        await json_answer(answer(exchange.request))(exchange)

    server.answers[path] = respond


def _order(number: int, **more: object) -> dict[str, object]:
    return {
        "id": number,
        "symbol": "dogeusdt",
        "account-id": 7,
        "type": "buy-limit",
        "state": "submitted",
        "amount": "1",
        "price": "2",
        "created-at": number,
    } | more


async def test_pairs_from_the_newer_list() -> None:
    """The settings list is asked first; a row that cannot be read disables its own pair only."""
    rows = [
        _PAIR,
        {"symbol": "half"},
        _PAIR | {"symbol": "b/d"},
        _PAIR | {"pp": "x"},
        5,
        _PAIR | {"symbol": "shibusdt"},
    ]
    answer = _ok(rows, ts="1641880897191", full=1)
    async with scripted_server({_SYMBOLS: json_answer(answer)}) as server, opened(server.address) as exchange:
        found = await exchange.instruments()
        assert [pair.symbol for pair in found] == ["dogeusdt", "shibusdt"]
        assert server.paths() == [_SYMBOLS]
        assert server.requests[0].params == {}


@pytest.mark.parametrize(
    "newer",
    [json_answer(_no("bad-request")), json_answer(b"<html>", status=405), json_answer(_ok([])), json_answer(_ok([5])),
     json_answer({"status": "error", "err_code": "x", "err_msg": "y"})],
)  # fmt: skip
async def test_pairs_from_the_older_list(newer: Any) -> None:
    """Where the newer list is refused, missing, empty or unreadable, the older one is asked."""
    answers = {_SYMBOLS: newer, _OLD_SYMBOLS: json_answer(_ok([_OLD_PAIR]))}
    async with scripted_server(answers) as server, opened(server.address) as exchange:
        (pair,) = await exchange.instruments()
        assert (pair.symbol, pair.price_precision) == ("dogeusdt", 6)
        assert server.paths() == [_SYMBOLS, _OLD_SYMBOLS]


async def test_no_pair_that_can_be_read_is_an_error() -> None:
    """Better a sentence than an empty market."""
    answers = {_SYMBOLS: json_answer(_ok([])), _OLD_SYMBOLS: json_answer(_ok([{"symbol": "x"}]))}
    async with scripted_server(answers) as server, opened(server.address) as exchange:
        with pytest.raises(AnswerError):
            await exchange.instruments()


async def test_bars_oldest_first_and_once_each() -> None:
    """Newest first on the wire, oldest first here; size and period are HTX's."""
    rows = [
        {"id": n, "open": 1, "close": 1, "low": 1, "high": 1, "amount": 0, "vol": 0, "count": 0}
        for n in (120, 60, 60, 0)
    ]
    async with (
        scripted_server({"/market/history/kline": json_answer(_ok(rows))}) as server,
        opened(server.address) as exchange,
    ):
        bars = await exchange.candles("dogeusdt", Period.MINUTE, 5000)
        assert [bar.open_ms for bar in bars] == [0, 60_000, 120_000]
        assert server.requests[0].params == {"symbol": "dogeusdt", "period": "1min", "size": "2000"}
        with pytest.raises(ValueError, match="no bars of 1sec"):
            await exchange.candles("dogeusdt", Period.SECOND)


async def test_an_impossible_symbol_never_leaves() -> None:
    """Path tricks, look-alikes and blanks are NotFound here, before any byte."""
    async with scripted_server(otherwise=json_answer(_ok([]))) as server, opened(server.address) as exchange:
        for text in ("../x", "btc/usdt", "btсusdt", "", "btcusdt&x=1", "\x1b[2J"):
            for ask in (exchange.quote, exchange.book, exchange.trades):
                with pytest.raises(NotFound) as raised:
                    await ask(text)
                assert str(raised.value).isprintable()
        assert (await exchange.cancel("12/../13", "btcusdt")).answer is CancelAnswer.NOT_FOUND
        assert await exchange.order("12?x=1") is None
        assert await exchange.fills_of("x") == ()
        assert server.requests == []
        # an order of such a pair can be cancelled all the same: by its id alone
        await exchange.cancel("12", "../x")
        (request,) = server.requests
        assert (request.path, request.body) == ("/v1/order/orders/12/submitcancel", b"{}")


async def test_an_unknown_symbol_is_not_found() -> None:
    """HTX's own refusal of a symbol is the same error."""
    error = {"ts": 1, "status": "error", "err-code": "invalid-parameter", "err-msg": "invalid symbol"}
    async with scripted_server(otherwise=json_answer(error)) as server, opened(server.address) as exchange:
        with pytest.raises(NotFound, match="invalid symbol"):
            await exchange.quote("nosuchpair")


async def test_the_book_asks_for_what_htx_serves() -> None:
    """Depths are 5, 10 or 20; all levels are asked for by leaving the parameter out (150 is refused by HTX)."""
    tick = {"bids": [[2, 1]], "asks": [[3, 1]], "ts": 8, "version": 4}
    answer = json_answer({"status": "ok", "ch": "x", "ts": 9, "tick": tick})
    async with scripted_server({"/market/depth": answer}) as server, opened(server.address) as exchange:
        book = await exchange.book("dogeusdt")
        assert (book.mid, book.ts_ms) == (D("2.5"), 8)
        for levels in (1, 5, 7, 20, 150):
            await exchange.book("dogeusdt", levels)
        asked = [request.params.get("depth") for request in server.requests]
        assert asked == [None, "5", "5", "10", "20", "20"]
        assert {request.params["type"] for request in server.requests} == {"step0"}


async def test_quotes_trades_status() -> None:
    """The other public reads."""
    day = {"open": 1, "close": 2, "low": 1, "high": 2, "amount": 3, "vol": 4, "count": 5}
    trade = {"id": 1, "ts": 5, "trade-id": 9, "amount": 1, "price": 2, "direction": "sell"}
    answers = {
        "/market/detail/merged": json_answer(
            {"status": "ok", "ts": 9, "tick": day | {"bid": [1.9, 1], "ask": [2.1, 1]}}
        ),
        "/market/tickers": json_answer(_ok([day | {"symbol": "dogeusdt", "bid": 1, "ask": 2}, {"symbol": "?"}], ts=8)),
        "/market/history/trade": json_answer(_ok([{"id": 1, "ts": 5, "data": [trade]}])),
        "/v2/market-status": json_answer({"code": 200, "message": "success", "data": {"marketStatus": 3}}),
    }
    async with scripted_server(answers) as server, opened(server.address) as exchange:
        quote = await exchange.quote("dogeusdt")
        assert (quote.last, quote.bid, quote.ts_ms) == (D(2), D("1.9"), 9)
        (listed,) = await exchange.quotes()
        assert (listed.symbol, listed.ask, listed.ts_ms) == ("dogeusdt", D(2), 8)
        assert (await exchange.trades("dogeusdt"))[0].trade_id == 9
        status = await exchange.market_status()
        assert status.takes_cancels
        assert not status.takes_orders


async def test_the_clock_is_measured_and_used() -> None:
    """The median of five offsets signs the next request; one wrong answer does not move it."""
    clock = VirtualClock(1_700_000_000_000)
    times = iter([1_700_000_090_000, 1_700_003_600_000, 1_700_000_090_000, 1_700_000_090_000, 1_700_000_090_000])
    async with scripted_server({"/v1/account/accounts": json_answer(_ok([]))}) as server:
        _computed(server, "/v1/common/timestamp", lambda _: _ok(next(times)))
        async with opened(server.address, clock=clock) as exchange:
            before = exchange.clock_offset_ms
            assert before is None
            assert await exchange.server_time_ms() == 1_700_000_090_000
            assert exchange.clock_offset_ms == 90_000
            await exchange.accounts()
            assert server.requests[-1].params["Timestamp"] == "2023-11-14T22:14:50"


@pytest.mark.parametrize("time_ms", [0, -1, 1_700_000_400, 10**17, 10**18])
async def test_a_time_that_no_clock_shows_is_not_taken(time_ms: int) -> None:
    """Seconds for milliseconds, or any number at all, is an unreadable answer, and no request is signed with it."""
    async with scripted_server({"/v1/common/timestamp": json_answer(_ok(time_ms))}) as server:
        async with opened(server.address) as exchange:
            with pytest.raises(AnswerError, match="clock"):
                await exchange.server_time_ms()
            assert exchange.clock_offset_ms is None


async def test_a_clock_that_is_off_is_said_in_seconds() -> None:
    """When HTX refuses the time, the offset is measured and stands in the sentence, of reads and orders alike."""
    clock = VirtualClock(1_700_000_000_000)
    refusal = json_answer(
        _no("api-signature-not-valid", "Signature not valid: invalid submission time [无效的提交时间]")
    )
    answers = {"/v1/common/timestamp": json_answer(_ok(1_700_000_400_000))}
    async with scripted_server(answers, otherwise=refusal) as server:
        async with opened(server.address, clock=clock) as exchange:
            with pytest.raises(AuthenticationError, match="your clock is 400 s off") as raised:
                await exchange.accounts()
            assert "clock" in raised.value.advice
        async with opened(server.address, clock=clock) as exchange:
            outcome = await exchange.place(intent(exchange))
            assert isinstance(outcome, Refused)
            assert "your clock is 400 s off" in outcome.text
            assert exchange.clock_offset_ms == 400_000


@pytest.mark.parametrize(
    ("text", "sentence", "advice"),
    [
        (
            "Signature not valid: Incorrect Access key [Access key错误]",
            "does not know this access key",
            "HTX_ACCESS_KEY",
        ),
        ("Signature not valid: Verification failure [校验失败]", "secret key does not belong", "HTX_SECRET_KEY"),
        ("Signature not valid: Incorrect IP address [IP地址错误]:203.0.113.7", "203.0.113.7", "Bind 203.0.113.7"),
    ],
)
async def test_bad_keys_get_a_sentence_and_a_way_out(text: str, sentence: str, advice: str) -> None:
    """Wrong key, wrong secret, IP not allowed: each told apart, and nothing of the key in it."""
    answer = json_answer(_no("api-signature-not-valid", text))
    async with scripted_server(otherwise=answer) as server, opened(server.address) as exchange:
        with pytest.raises(AuthenticationError, match=sentence) as raised:
            await exchange.balances(7)
        assert advice in raised.value.advice
        assert spilled(shown(raised.value) + raised.value.advice.replace("HTX_", "")) == []


async def test_maintenance_and_limits() -> None:
    """Other refusals are errors of their own kind; the limit headers say how long to wait."""
    clock = VirtualClock(1_700_000_000_000)
    async with scripted_server(otherwise=json_answer(_no("system-maintenance", "System is in maintenance!"))) as server:
        async with opened(server.address, clock=clock) as exchange:
            with pytest.raises(MaintenanceError):
                await exchange.accounts()
            server.otherwise = json_answer(
                _no("too-many-requests"), headers=("X-HB-RateLimit-Requests-Expire: 1700000001500",)
            )
            asked = asyncio.create_task(exchange.accounts())
            await eventually(lambda: len(server.requests) == 2)
            server.otherwise = json_answer(
                _no("too-many-requests"), headers=("X-HB-RateLimit-Requests-Expire: 1700000021500",)
            )
            await clock.advance(1.5)
            with pytest.raises(RateLimited) as raised:
                await asked
            assert raised.value.retry_after_s == 20
            assert len(server.requests) == 3  # so long a pause is the caller's to wait


async def test_a_read_that_was_counted_too_many_is_asked_once_more_after_the_pause() -> None:
    """What other programs at this address used up costs a short wait, of the clock's reading too, and no error."""
    clock = VirtualClock(1_700_000_000_000)
    too_many = json_answer(_no("too-many-requests"), headers=("X-HB-RateLimit-Requests-Expire: 1700000002000",))
    async with scripted_server(otherwise=too_many) as server, opened(server.address, clock=clock) as exchange:
        for number, ask in enumerate((exchange.accounts, exchange.server_time_ms)):
            server.otherwise = too_many
            before = len(server.requests)
            asked = asyncio.create_task(ask())
            await eventually(lambda before=before: len(server.requests) == before + 1)  # type: ignore[misc]  # bound now
            server.otherwise = json_answer(_ok(1_700_000_000_000 if number else []))
            await settle()
            assert len(server.requests) == before + 1  # it waits
            await clock.advance(2)
            await asked


async def test_an_order_waits_no_longer_than_three_seconds_for_a_limit() -> None:
    """Told to wait longer, the order is not sent at all; a cancel is."""
    clock = VirtualClock(1_700_000_000_000)
    headers = ("X-HB-RateLimit-Requests-Remain: 0", "X-HB-RateLimit-Requests-Expire: 1700000020000")
    async with scripted_server(otherwise=json_answer(_ok("1"), headers=headers)) as server:
        async with opened(server.address, clock=clock) as exchange:
            await exchange.place(intent(exchange, "first"))
            outcome = await exchange.place(intent(exchange, "second"))
            assert isinstance(outcome, Refused)
            assert not outcome.is_sent
            assert "wait 20 s" in outcome.text
            assert (await exchange.cancel("1", "btcusdt")).answer is CancelAnswer.REQUESTED
            assert (await exchange.cancel("1", "btcusdt")).answer is CancelAnswer.REQUESTED
            assert len(server.requests) == 3


async def test_fees_of_many_pairs_ten_a_call() -> None:
    """HTX takes ten symbols a call."""
    names = [f"sym{n}usdt" for n in range(23)]

    def answer(request: Request) -> object:
        rows = [
            {"symbol": name, "makerFeeRate": "0.002", "takerFeeRate": "0.002"}
            for name in request.params["symbols"].split(",")
        ]
        return {"code": 200, "data": rows, "success": True}

    async with scripted_server() as server, opened(server.address) as exchange:
        _computed(server, "/v2/reference/transact-fee-rate", answer)
        rates = await exchange.fee_rates(names)
        assert [rate.symbol for rate in rates] == names
        assert [len(request.params["symbols"].split(",")) for request in server.requests] == [10, 10, 3]
        assert await exchange.fee_rates([]) == ()


async def test_what_the_key_may_do() -> None:
    """The key in use is picked out of the list; a venue that does not tell is no error."""
    keys = [
        {"accessKey": "other", "permission": "readOnly,withdraw"},
        {"accessKey": ACCESS, "permission": "trade,readOnly", "ipAddresses": "", "validDays": 42, "status": "normal"},
    ]
    answers = {
        "/v2/user/uid": json_answer({"code": 200, "data": 63}),
        "/v2/user/api-key": json_answer({"code": 200, "message": "success", "data": keys}),
    }
    async with scripted_server(answers) as server, opened(server.address) as exchange:
        info = await exchange.key_info()
        assert info is not None
        assert info.permissions == {"trade", "readOnly"}
        assert (info.bound_ips, info.valid_days) == ((), 42)
        assert (server.requests[1].params["uid"], server.requests[1].params["accessKey"]) == ("63", ACCESS)
        for answer in ({"code": 1002, "message": "forbidden"}, {"code": 200, "data": []}):
            server.answers["/v2/user/api-key"] = json_answer(answer)
            assert await exchange.key_info() is None
        server.answers["/v2/user/api-key"] = json_answer({"code": 510, "message": "too many"})
        with pytest.raises(RateLimited):
            await exchange.key_info()


async def test_no_record_of_an_order_is_none_and_never_an_error() -> None:
    """Every word that HTX has for "not there" is ``None``; other refusals are raised."""
    async with scripted_server() as server, opened(server.address) as exchange:
        for code in ("base-record-invalid", "not-found", "base-not-found"):
            server.otherwise = json_answer(_no(code))
            assert await exchange.order("5") is None
            assert await exchange.order_by_client_id("hb1") is None
            assert await exchange.fills_of("5") == ()
        server.otherwise = json_answer(_no("gateway-internal-error"))
        for ask in (exchange.order, exchange.order_by_client_id, exchange.fills_of):
            with pytest.raises(VenueError):
                await ask("5")


async def test_one_order() -> None:
    """By HTX's id and by client order id."""
    async with (
        scripted_server(otherwise=json_answer(_ok(_order(5, state="filled")))) as server,
        opened(server.address) as exchange,
    ):
        report = await exchange.order("5")
        assert report is not None
        assert (report.order_id, report.state) == ("5", OrderState.FILLED)
        assert await exchange.order_by_client_id("hb1") == report
        assert server.paths() == ["/v1/order/orders/5", "/v1/order/orders/getClientOrder"]


def _pages(rows: list[dict[str, object]], *, is_inclusive: bool) -> Callable[[Request], object]:
    """Serve a newest-first list by ``from``, which may or may not repeat the record that it names."""

    def page(request: Request) -> object:
        start, size = request.params.get("from"), int(request.params["size"])
        assert (start is None) is ("direct" not in request.params)
        found = [row for row in rows if start is None or int(str(row["id"])) < int(start) + is_inclusive]
        return _ok(found[:size])

    return page


@pytest.mark.parametrize("is_inclusive", [True, False])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1200])
async def test_open_orders_of_every_page(count: int, *, is_inclusive: bool) -> None:
    """All pages, each order once, oldest first, and only the account's; HTX's ``from`` may mean either."""
    rows = [_order(number, **{"account-id": 7 if number % 2 else 8}) for number in range(count, 0, -1)]
    async with scripted_server() as server, opened(server.address) as exchange:
        _computed(server, "/v1/order/openOrders", _pages(rows, is_inclusive=is_inclusive))
        found = await exchange.open_orders(7)
        assert [report.order_id for report in found] == [str(n) for n in range(1, count + 1) if n % 2]
        assert "account-id" not in server.requests[0].params
        await exchange.open_orders(7, "dogeusdt")
        assert (server.requests[-1].params["account-id"], server.requests[-1].params["symbol"]) == ("7", "dogeusdt")


async def test_searched_orders_of_every_page() -> None:
    """Every state is asked for, with the window, a hundred a page."""
    rows = [_order(number) for number in range(250, 0, -1)]
    async with scripted_server() as server, opened(server.address) as exchange:
        _computed(server, "/v1/order/orders", _pages(rows, is_inclusive=False))
        found = await exchange.searched_orders("dogeusdt", start_ms=1, end_ms=9)
        assert len(found) == 250
        params = server.requests[0].params
        assert (params["start-time"], params["end-time"], params["size"]) == ("1", "9", "100")
        assert set(params["states"].split(",")) == {
            "created", "submitted", "partial-filled", "filled", "partial-canceled", "canceled", "canceling",
        }  # fmt: skip
        assert len(server.requests) == 3


async def test_finished_orders_of_every_page() -> None:
    """``next-time`` is the end of the next query; orders on that very millisecond are neither lost nor doubled."""
    rows = [_order(number, **{"created-at": number // 3}) for number in range(2500, 0, -1)]

    def page(request: Request) -> object:
        end, size = int(request.params["end-time"]), int(request.params["size"])
        found = [row for row in rows if int(str(row["created-at"])) <= end]
        more = {"next-time": found[size]["created-at"]} if len(found) > size else {}
        return _ok(found[:size], **more)

    async with scripted_server() as server, opened(server.address) as exchange:
        _computed(server, "/v1/order/history", page)
        found = await exchange.finished_orders(start_ms=0, end_ms=10_000, symbol="dogeusdt")
        assert sorted(int(report.order_id) for report in found) == list(range(1, 2501))
        assert [report.created_ms for report in found] == sorted(report.created_ms or 0 for report in found)
        assert server.requests[0].params["symbol"] == "dogeusdt"
        assert len(server.requests) == 3


async def test_a_list_that_does_not_move_ends() -> None:
    """A server that repeats one page for ever is left after it has nothing new to say."""
    page = [_order(number) for number in range(500, 0, -1)]
    async with scripted_server(otherwise=json_answer(_ok(page))) as server, opened(server.address) as exchange:
        assert len(await exchange.open_orders(7)) == 500
        assert len(server.requests) == 2
        history = _ok([_order(1)], **{"next-time": 50})
        server.answers["/v1/order/history"] = json_answer(history)
        assert len(await exchange.finished_orders(start_ms=0, end_ms=50)) == 1


async def test_fills() -> None:
    """Own fills by time and of one order, oldest first, with the fee."""

    def match(number: int) -> dict[str, object]:
        return {
            "id": number,
            "order-id": 5,
            "trade-id": number,
            "symbol": "dogeusdt",
            "type": "sell-limit",
            "price": "2",
            "filled-amount": "1",
            "filled-fees": "0.004",
            "fee-currency": "usdt",
            "role": "maker",
            "created-at": number,
        }

    async with scripted_server() as server, opened(server.address) as exchange:
        _computed(server, "/v1/order/matchresults", _pages([match(n) for n in range(600, 0, -1)], is_inclusive=True))
        found = await exchange.fills(start_ms=1, end_ms=2, symbol="dogeusdt")
        assert [fill.trade_id for fill in found] == list(range(1, 601))
        assert (found[0].fee, found[0].fee_currency, found[0].is_maker) == (D("0.004"), "usdt", True)
        server.answers["/v1/order/orders/5/matchresults"] = json_answer(_ok([match(2), match(1)]))
        assert [fill.trade_id for fill in await exchange.fills_of("5")] == [1, 2]


async def test_rows_that_cannot_be_true_are_an_error_where_money_hangs_on_them() -> None:
    """An impossible balance, order or fill is not shown as something else: the whole answer is refused."""
    async with scripted_server() as server, opened(server.address) as exchange:
        server.otherwise = json_answer(
            _ok({"id": 1, "type": "spot", "list": [{"currency": "a", "type": "trade", "balance": "NaN"}]})
        )
        with pytest.raises(AnswerError):
            await exchange.balances(1)
        server.otherwise = json_answer(_ok([_order(1, price="1e99999999")]))
        with pytest.raises(AnswerError):
            await exchange.open_orders(7)
        server.otherwise = json_answer(_ok([_order(1, type="hold-limit")]))
        with pytest.raises(AnswerError):
            await exchange.searched_orders("dogeusdt", start_ms=0, end_ms=1)


async def test_no_network_is_a_sentence() -> None:
    """Nobody there: one clean sentence from every kind of call."""
    async with HtxExchange.open(Hosts.loopback("http://127.0.0.1:1"), None) as exchange:
        for ask in (exchange.quotes, exchange.instruments, exchange.server_time_ms, exchange.market_status):
            with pytest.raises(ExchangeError, match="refused"):
                await ask()
