"""The client against an exchange that spoils sockets and answers: what is dropped, what is counted, what comes back."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from hbtui.htx.private_session import CHANNELS
from hbtui.model.candle import Period
from hbtui.model.errors import AnswerError, AuthenticationError, ExchangeError
from hbtui.model.events import (
    BalanceChanged,
    BookUpdated,
    FrameDropped,
    Link,
    LinkChanged,
    LinkState,
    OrderUpdated,
    QuoteUpdated,
    Topic,
    TopicKind,
)
from hbtui.model.order import Accepted, CancelAnswer, OrderState, OrderType, Refused, Side, Unknown
from tests.htx.opened import intent, opened
from tests.htx.pair import PAIR, both, is_live, listening, states
from tests.support.eventually import eventually
from tests.support.scripted_server import html, json_answer, scripted_server
from tests.support.scripted_socket import Peer, ScriptedSocket, scripted_socket
from tests.support.virtual_clock import VirtualClock

D = Decimal
PLACE = "/v1/order/orders/place"
TRADES = Topic(TopicKind.TRADES, PAIR)
QUOTE = Topic(TopicKind.QUOTE, PAIR)
FAST: dict[str, Any] = {"random": lambda: 0.0}


def _dropped(events: list[Any], link: Link) -> list[FrameDropped]:
    return [event for event in events if isinstance(event, FrameDropped) and event.link is link]


@pytest.mark.parametrize("action", ["corrupt", "truncate", "wrong-kind"])
@pytest.mark.parametrize(("kind", "link"), [("ws", Link.MARKET), ("private", Link.ACCOUNT)])
async def test_damaged_frames_are_counted_and_five_begin_anew(action: str, kind: str, link: Link) -> None:
    """Bad compression, half a document and the wrong kind of frame: each counted, the fifth in a row reconnects."""
    async with both(FAST, frozen=True) as (venue, exchange, _account):
        async with listening(exchange) as events:
            exchange.market.watch(frozenset({QUOTE}))
            await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
            fault = venue.fault(kind, action, times=5)
            venue.fault("ws", "flood", copies=5)
            venue.place(symbol=PAIR, type="buy-market", amount="10")
            await eventually(lambda: fault.struck == 5)
            await eventually(lambda: LinkState.RECONNECTING in states(events, link))
            assert len(_dropped(events, link)) == 5
            assert [e.reason for e in events if isinstance(e, LinkChanged) and e.reason] == [
                "five frames in a row could not be read"
            ]
            await eventually(lambda: is_live(events, link))
            assert not _dropped(events, Link.BOOK)


@pytest.mark.parametrize("action", ["bomb", "huge-frame"])
@pytest.mark.parametrize(("kind", "link"), [("ws", Link.MARKET), ("private", Link.ACCOUNT)])
async def test_a_frame_that_is_far_too_large_costs_a_frame_or_a_connection(action: str, kind: str, link: Link) -> None:
    """Megabytes in a frame, in small gzip or in full, are not read: the link works on or comes back (W11)."""
    async with both(FAST, frozen=True) as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({QUOTE}))
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
        fault = venue.fault(kind, action, megabytes=8)
        await eventually(lambda: fault.struck == 1)
        await eventually(lambda: _dropped(events, link) or LinkState.RECONNECTING in states(events, link))
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
        other = Link.ACCOUNT if link is Link.MARKET else Link.MARKET
        assert LinkState.RECONNECTING not in states(events, other)


async def test_a_flood_of_the_market_does_not_hold_up_an_order() -> None:
    """With thousands of frames a second on the market's socket, the own order's events come on theirs (W11)."""
    async with both(FAST, queue_frames=200_000) as (venue, exchange, account), listening(exchange) as events:
        exchange.market.watch(frozenset({QUOTE, Topic(TopicKind.DEPTH, PAIR)}))
        await eventually(lambda: is_live(events, Link.MARKET) and is_live(events, Link.ACCOUNT))
        venue.fault("ws", "flood", times=10, copies=500)
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        outcome = await exchange.place(intent(exchange, "hb1FLOOD", account_id=account, price=price))
        assert isinstance(outcome, Accepted)
        await eventually(lambda: [e for e in events if isinstance(e, OrderUpdated)])
        await eventually(lambda: [e for e in events if isinstance(e, QuoteUpdated)])
        assert not _dropped(events, Link.MARKET)


@pytest.mark.parametrize(("kind", "link"), [("ws", Link.MARKET), ("private", Link.ACCOUNT)])
async def test_an_echo_of_another_symbol_confirms_nothing(kind: str, link: Link) -> None:
    """The venue confirms what was not asked for: the frame is counted, and the link is not called live (W10)."""
    async with both(FAST, frozen=True) as (venue, exchange, _account):
        fault = venue.fault(kind, "echo", body="ethusdt")
        async with listening(exchange) as events:
            exchange.market.watch(frozenset({QUOTE}))
            await eventually(lambda: fault.struck == 1)
            await eventually(lambda: _dropped(events, link))
            assert "not asked for" in _dropped(events, link)[0].reason
            assert not is_live(events, link)


async def test_a_push_under_another_name_is_dropped() -> None:
    """A tick of one symbol under the name of another, which nobody watches, is counted and reaches no screen (W10)."""
    async with both(FAST) as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({QUOTE}))
        await eventually(lambda: is_live(events, Link.MARKET))
        fault = venue.fault("push", "mislabel", times=2, body="ethusdt")
        await eventually(lambda: fault.struck == 2)
        await eventually(lambda: len(_dropped(events, Link.MARKET)) == 2)
        assert {e.quote.symbol for e in events if isinstance(e, QuoteUpdated)} == {PAIR}


@pytest.mark.parametrize(("kind", "link"), [("ws", Link.MARKET), ("private", Link.ACCOUNT)])
async def test_a_redirected_handshake_goes_nowhere(kind: str, link: Link) -> None:
    """The name that a redirect points to hears nothing; the link says why it is down, and comes back (W15)."""
    async with scripted_socket() as trap, both(FAST, frozen=True) as (venue, exchange, _account):
        fault = venue.fault(kind, "redirect", location=trap.address.replace("http:", "ws:") + "/ws/v2")
        async with listening(exchange) as events:
            exchange.market.watch(frozenset({QUOTE}))
            await eventually(lambda: is_live(events, link))
            reasons = [e.reason for e in events if isinstance(e, LinkChanged) and e.link is link and e.reason]
            assert fault.struck == 1
            assert reasons == ["the venue did not open the stream (HTTP 307, a redirect, which is never followed)"]
        assert trap.peers == []


async def test_a_gap_in_the_book_is_stale_until_a_new_image() -> None:
    """An increment is lost: the book is called stale and is whole again by itself (W13)."""
    async with both(FAST) as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({Topic(TopicKind.BOOK, PAIR)}))
        await eventually(lambda: [e for e in events if isinstance(e, BookUpdated)])
        fault = venue.fault("mbp", "skip")
        await eventually(lambda: fault.struck and "BookStale" in {type(e).__name__ for e in events})
        stale = next(at for at, event in enumerate(events) if type(event).__name__ == "BookStale")
        await eventually(lambda: [e for e in events[stale:] if isinstance(e, BookUpdated)])


async def _pingless(server: ScriptedSocket, clock: VirtualClock, seconds: int, frame: dict[str, object]) -> None:
    """Let time pass on every open connection, with data each second and not one ping."""
    for _ in range(seconds):
        for peer in server.peers:
            if peer.connection.state.name == "OPEN":
                await peer.say(frame)
        await clock.advance(1)
        await asyncio.sleep(0)


@pytest.mark.parametrize(("link", "limit_s"), [(Link.MARKET, 20), (Link.ACCOUNT, 42)])
async def test_pings_that_stop_are_noticed_though_data_flow(link: Link, limit_s: int) -> None:
    """A link without pings is given up well within 45 s, whatever else still comes; before that it is kept (W2)."""
    clock = VirtualClock()
    push: dict[str, object] = {"ch": "market.btcusdt.trade.detail", "ts": 1, "tick": {"id": 1, "ts": 1, "data": []}}
    if link is Link.ACCOUNT:
        push = {"action": "push", "ch": CHANNELS[1], "data": {"currency": "usdt", "accountId": 1, "balance": "1"}}
    async with scripted_socket() as server, opened(server.address, clock=clock) as exchange:
        feed = exchange.market if link is Link.MARKET else exchange.account
        assert feed is not None
        events: list[Any] = []
        task = asyncio.create_task(feed.run(events.extend))
        exchange.market.watch(frozenset({TRADES}))

        async def lives() -> bool:
            await clock.advance(0.02)
            return is_live(events, link)

        await eventually(lives)
        await _pingless(server, clock, limit_s - 3, push)
        assert is_live(events, link)

        async def is_given_up() -> bool:
            await _pingless(server, clock, 1, push)
            return LinkState.RECONNECTING in states(events, link)

        await eventually(is_given_up)
        assert {e.reason for e in events if isinstance(e, LinkChanged) and e.reason} == {
            "the venue's pings have stopped"
        }
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_half_open_account_socket_is_noticed_within_thirty_seconds() -> None:
    """The account's socket is open and silent: given up after 27 s, one ping of 20 s and its grace (W3)."""
    clock = VirtualClock()
    async with scripted_socket() as server, opened(server.address, clock=clock) as exchange:
        assert exchange.account is not None
        events: list[Any] = []
        task = asyncio.create_task(exchange.account.run(events.extend))

        async def lives() -> bool:
            await clock.advance(0.02)
            return is_live(events, Link.ACCOUNT)

        await eventually(lives)
        await clock.advance(29)
        await eventually(lambda: LinkState.RECONNECTING in states(events, Link.ACCOUNT))
        assert [e.reason for e in events if isinstance(e, LinkChanged)][-1] == "nothing was heard for 27 s"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_an_auth_frame_that_is_never_answered() -> None:
    """Signing in that hangs is given up after ten seconds, told, and tried again (W9)."""
    clock = VirtualClock()

    async def mute(_peer: Peer, _frame: dict[str, Any]) -> None:
        return

    async with scripted_socket() as server, opened(server.address, clock=clock) as exchange:
        server.answer = mute
        assert exchange.account is not None
        events: list[Any] = []
        task = asyncio.create_task(exchange.account.run(events.extend))
        await eventually(lambda: server.peers and server.peers[0].heard)
        await clock.advance(11)
        await eventually(lambda: LinkState.RECONNECTING in states(events, Link.ACCOUNT))
        assert [e.reason for e in events if isinstance(e, LinkChanged)][-1] == (
            "signing in or subscribing was not answered"
        )
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_wrong_time_of_the_venue_does_not_move_the_clock() -> None:
    """One answer of five is an hour off: the median keeps to the four others, and signatures stay good (C3)."""
    async with both(frozen=True) as (venue, exchange, _account):
        for after in range(5):
            fault = venue.fault("/v1/common/timestamp", "shift", after=after, seconds=3600.0)
            await exchange.server_time_ms()
            assert fault.struck == 1
            assert exchange.clock_offset_ms is not None
            assert abs(exchange.clock_offset_ms) < 2000
        assert await exchange.accounts()


async def test_a_step_of_the_own_clock_is_noticed_at_once_and_does_not_spoil_signatures() -> None:
    """The wall clock is set 90 s ahead: the offset says so without asking, and requests keep the venue's time (C2)."""
    clock = VirtualClock(1_700_000_000_000)
    answers = {
        "/v1/common/timestamp": json_answer({"status": "ok", "data": 1_700_000_000_000}),
        "/v1/account/accounts": json_answer({"status": "ok", "data": []}),
    }
    async with scripted_server(answers) as server, opened(server.address, clock=clock) as exchange:
        await exchange.server_time_ms()
        assert exchange.clock_offset_ms == 0
        clock.step_ms = 90_000
        assert exchange.clock_offset_ms == -90_000
        await exchange.accounts()
        assert server.requests[-1].params["Timestamp"] == "2023-11-14T22:13:20"
        await clock.advance(10)
        await exchange.accounts()
        assert server.requests[-1].params["Timestamp"] == "2023-11-14T22:13:30"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("is_readable", [True, False])
async def test_a_key_that_ends_mid_session(status: int, *, is_readable: bool) -> None:
    """A signed read says that the key is the reason, an order is refused or unknown, and public reads go on."""
    said = {"status": "error", "err-code": "api-signature-not-valid", "err-msg": "Incorrect Access key", "data": None}
    spoilt = json_answer(said, status=status) if is_readable else html(status)
    time = {"/v1/common/timestamp": json_answer({"status": "ok", "data": 1_700_000_000_000})}
    async with scripted_server(time, otherwise=spoilt) as server, opened(server.address) as exchange:
        with pytest.raises(AuthenticationError) as raised:
            await exchange.accounts()
        assert raised.value.advice
        assert raised.value.code == ("api-signature-not-valid" if is_readable else f"http-{status}")
        outcome = await exchange.place(intent(exchange))
        assert isinstance(outcome, Refused if is_readable else Unknown)
        assert str(status) in str(outcome) or is_readable
        await exchange.server_time_ms()


async def test_a_gateway_that_bars_the_key_read_is_not_a_sub_users_key() -> None:
    """Where the gateway refuses the question about the key, that is an error, not "HTX does not tell"."""
    answers = {"/v2/user/uid": json_answer({"code": 200, "data": 5})}
    async with scripted_server(answers, otherwise=html(403)) as server, opened(server.address) as exchange:
        with pytest.raises(AuthenticationError, match="403"):
            await exchange.key_info()


@pytest.mark.parametrize(
    "limit",
    [
        {"action": "answer", "status": 429, "headers": {"X-HB-RateLimit-Requests-Remain": "0"}},
        {"action": "error", "status": 429, "code": "too-many-requests"},
        {"action": "error", "status": 200, "code": "base-request-exceed-frequency-limit"},
        {"action": "error", "status": 200, "code": "too-many-requests", "message": "exceeded rate limit"},
    ],
    ids=str,
)
async def test_a_limit_on_orders_leaves_cancels_alone(limit: dict[str, Any]) -> None:
    """HTX counts too many orders, by status or by code alone: the next order waits, a cancel leaves at once (R13)."""
    clock = VirtualClock()
    async with both({"clock": clock}, frozen=True, timestamp_window_s=10**10) as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        first = await exchange.place(intent(exchange, "hb1FIRST", account_id=account, price=price))
        assert isinstance(first, Accepted)
        venue.fault(PLACE, **limit)
        doubtful = await exchange.place(intent(exchange, "hb1LIMIT", account_id=account, price=price))
        assert isinstance(doubtful, Unknown)
        assert "limit" in doubtful.cause or "too often" in doubtful.cause
        waiting = asyncio.create_task(exchange.place(intent(exchange, "hb1NEXT", account_id=account, price=price)))
        cancelled = await asyncio.wait_for(exchange.cancel(first.order_id, PAIR), 5)
        assert cancelled.answer is CancelAnswer.REQUESTED
        assert not waiting.done()
        await clock.advance(1.1)
        assert isinstance(await asyncio.wait_for(waiting, 5), Accepted)


@pytest.mark.parametrize("action", ["redirect", "redirect-after"])
async def test_a_redirect_is_never_followed_and_is_said(action: str) -> None:
    """Order, cancel, batch and read: the other host sees no byte, and each answer names the redirect (R16)."""
    async with scripted_server(otherwise=json_answer({"status": "ok", "data": "1"})) as other:
        async with both(frozen=True) as (venue, exchange, account):
            venue.fault("/v1/", action, times=None, location=other.address, status=308)
            venue.fault("/v2/", action, times=None, location=other.address, status=308)
            meant = intent(exchange, account_id=account)
            told = [str(await exchange.place(meant)), str(await exchange.place_many([meant]))]
            told += [str(await exchange.cancel("5", PAIR)), str(await exchange.cancel_many(["5"]))]
            for read in (exchange.accounts, lambda: exchange.cancel_all_after(5)):
                with pytest.raises(ExchangeError) as raised:
                    await read()
                told.append(str(raised.value))
            assert ["redirect" in text and "never followed" in text for text in told] == [True] * 6
        assert (other.connections, other.bytes_seen) == (0, 0)


async def test_a_bomb_as_an_orders_answer_is_unknown() -> None:
    """Two hundred megabytes in two hundred kilobytes, unasked for: unknown, and the order is found (R21)."""
    async with both(frozen=True) as (venue, exchange, account):
        venue.fault(PLACE, "bomb", megabytes=200)
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        assert isinstance(await exchange.place(intent(exchange, "hb1BOMB", account_id=account, price=price)), Unknown)
        assert await exchange.order_by_client_id("hb1BOMB") is not None
        venue.fault("/v1/account", "bomb", megabytes=200)
        with pytest.raises(AnswerError, match="larger than"):
            await exchange.accounts()


async def test_the_journey_of_a_batch() -> None:
    """Three orders of which one is refused, all seen by look-up; then two cancelled in one request."""
    async with both(frozen=True) as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        meant = [intent(exchange, f"hb1B{n}", account_id=account, price=price) for n in range(3)]
        meant[1] = intent(exchange, "hb1B1", account_id=account, price=price, amount=D("0.000001"))
        outcomes = await exchange.place_many(meant)
        assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Accepted]
        ids = [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)]
        assert [str(order["id"]) for order in venue.orders()] == ids
        found = await exchange.cancel_many([*ids, "77"])
        assert [one.answer for one in found] == [
            CancelAnswer.REQUESTED,
            CancelAnswer.REQUESTED,
            CancelAnswer.NOT_FOUND,
        ]
        again = await exchange.cancel_many(ids)
        assert [(one.answer, one.state) for one in again] == [(CancelAnswer.ALREADY_FINAL, OrderState.CANCELED)] * 2


async def test_the_journey_of_the_switch() -> None:
    """Armed, told when, disarmed: the exchange holds exactly what was asked."""
    async with both(frozen=True) as (venue, exchange, _account):
        at_ms = await exchange.cancel_all_after(60)
        assert at_ms is not None
        assert venue.call(lambda: venue._server.venue.cancel_all_at_ms) == at_ms
        assert await exchange.cancel_all_after(0) is None
        assert venue.call(lambda: venue._server.venue.cancel_all_at_ms) == 0


@pytest.mark.parametrize(
    ("kind", "subtype", "source"),
    [("spot", "", "spot-api"), ("margin", "dogeusdt", "margin-api"), ("super-margin", "", "super-margin-api")],
)
async def test_an_order_from_each_account(kind: str, subtype: str, source: str) -> None:
    """Balances, pushes, look-ups and open orders name the account that the order was placed from, and no other."""
    async with both(frozen=True) as (venue, exchange, _spot), listening(exchange) as events:
        await eventually(lambda: is_live(events, Link.ACCOUNT))
        accounts = await exchange.accounts()
        account = next(one for one in accounts if (one.type, one.subtype) == (kind, subtype))
        events.clear()
        price = (venue.best("dogeusdt")[0] * D("0.98")).quantize(D("0.0001"))
        fields = {"account_id": account.account_id, "symbol": "dogeusdt", "amount": D(200), "price": price}
        outcome = await exchange.place(intent(exchange, "hb1ACC", source=source, **fields))
        assert isinstance(outcome, Accepted)
        report = await exchange.order(outcome.order_id)
        assert report is not None
        assert (report.account_id, report.source) == (account.account_id, source)
        balances = {one.currency: one for one in await exchange.balances(account.account_id)}
        assert balances["usdt"].frozen == price * 200
        assert "loan" not in balances
        for other in accounts:
            is_own = other.account_id == account.account_id
            assert len(await exchange.open_orders(other.account_id)) == int(is_own)
            assert len(await exchange.open_orders(other.account_id, "dogeusdt")) == int(is_own)
            usdt = next(one for one in await exchange.balances(other.account_id) if one.currency == "usdt")
            assert (usdt.frozen > 0) is is_own
        await eventually(lambda: [e for e in events if isinstance(e, BalanceChanged)])
        assert {e.change.account_id for e in events if isinstance(e, BalanceChanged)} == {account.account_id}
        assert {e.report.account_id for e in events if isinstance(e, OrderUpdated)} == {account.account_id}


@pytest.mark.parametrize(
    ("account", "source"),
    [("spot", "margin-api"), ("spot", "super-margin-api"), ("spot", "c2c-margin-api"), ("margin", "spot-api"),
     ("margin", "margin-api"), ("super-margin", "margin-api")],
)  # fmt: skip
async def test_an_account_that_the_source_does_not_name_is_refused(account: str, source: str) -> None:
    """The wrong type of account, or an isolated one of another pair, is a refusal with proof."""
    async with both(frozen=True) as (venue, exchange, _spot):
        chosen = next(one for one in await exchange.accounts() if one.type == account)
        fields = {"account_id": chosen.account_id, "symbol": "ethusdt", "amount": D("0.01"), "price": D(3000)}
        outcome = await exchange.place(intent(exchange, "hb1WRONG", source=source, **fields))
        assert isinstance(outcome, Refused)
        assert outcome.code == "account-account-id-inexistent"
        assert venue.orders() == []


async def test_a_stop_order_from_the_first_byte_to_its_fill() -> None:
    """Waiting, triggered by the last price, then a plain limit order; one that would trigger at once is refused."""
    async with both(frozen=True) as (venue, exchange, account), listening(exchange) as events:
        await eventually(lambda: is_live(events, Link.ACCOUNT))
        last = venue.last_price(PAIR).quantize(D(1))
        fields: dict[str, Any] = {
            "account_id": account,
            "type": OrderType.STOP_LIMIT,
            "side": Side.SELL,
            "price": last - 300,
            "stop_price": last - 200,
            "stop_operator": "lte",
        }
        outcome = await exchange.place(intent(exchange, "hb1STOP", **fields))
        assert isinstance(outcome, Accepted)
        report = await exchange.order(outcome.order_id)
        assert report is not None
        assert (report.state, report.stop_price, report.stop_operator) == (OrderState.CREATED, last - 200, "lte")
        assert [one.state for one in await exchange.open_orders(account)] == [OrderState.CREATED]
        venue.print_trade(PAIR, str(last - 250), "0.001")
        await eventually(lambda: [e for e in events if isinstance(e, OrderUpdated) and e.report.fills])
        filled = await exchange.order(outcome.order_id)
        assert filled is not None
        assert filled.state is OrderState.FILLED
        at_once = await exchange.place(intent(exchange, "hb1HIT", **fields | {"stop_price": last}))
        assert isinstance(at_once, Refused)
        assert at_once.code == "order-stop-order-hit-trigger"
        assert len(venue.orders()) == 1


async def test_the_bytes_of_a_batch_on_the_exchange_are_those_of_the_journal() -> None:
    """What the exchange read from the batch is, order by order, what each journalled body says."""
    async with both(frozen=True) as (venue, exchange, account):
        price = (venue.best(PAIR)[0] * D("0.98")).quantize(D(1))
        meant = [intent(exchange, f"hb1J{n}", account_id=account, price=price + n) for n in range(10)]
        await exchange.place_many(meant)
        for one, order in zip(meant, venue.orders(), strict=True):
            body = json.loads(one.body)
            assert {
                name: body[name] for name in ("client-order-id", "price", "amount", "symbol", "type", "source")
            } == {name: order[name] for name in ("client-order-id", "price", "amount", "symbol", "type", "source")}


async def test_bars_of_a_gap_come_when_the_stream_is_back() -> None:
    """After the venue cut the socket for a while, the topics are asked for again on the new one (W1)."""
    async with both(FAST) as (venue, exchange, _account), listening(exchange) as events:
        exchange.market.watch(frozenset({Topic(TopicKind.CANDLES, PAIR, Period.MINUTE)}))
        await eventually(lambda: is_live(events, Link.MARKET))
        fault = venue.fault("ws", "cut", times=3)
        await eventually(lambda: fault.struck == 3)
        await eventually(lambda: is_live(events, Link.MARKET))
        assert states(events, Link.MARKET).count(LinkState.RECONNECTING) >= 1
        await eventually(lambda: venue.channels() and "market.btcusdt.kline.1min" in venue.channels())
