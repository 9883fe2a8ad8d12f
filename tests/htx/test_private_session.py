"""The account socket's protocol as scripts: signing in, subscribing, pushes, and what goes wrong there."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.hosts import Hosts
from hbtui.htx.private_session import CHANNELS, PrivateSession
from hbtui.htx.signing import Signer
from hbtui.model.events import BalanceChanged, FrameDropped, Link, OrderFilled, OrderUpdated
from hbtui.model.order import OrderState
from hbtui.model.secret import Credentials, Secret
from tests.htx.frames import AT, later, sent

SECRET = "0f9e8d7c-6b5a4c3d-2e1f0a9b-8c7d6"


def _session() -> PrivateSession:
    session = PrivateSession(Signer(Credentials(Secret("access-1234"), Secret(SECRET)), Hosts.live()))
    session.opened(AT)
    return session


def _say(session: PrivateSession, *frames: dict[str, Any]) -> list[Any]:
    return session.receive([json.dumps(frame) for frame in frames], AT)


def _live() -> PrivateSession:
    session = _session()
    session.outgoing(AT.now_s)
    _say(session, {"action": "req", "code": 200, "ch": "auth", "data": {}})
    session.outgoing(AT.now_s)
    _say(session, *({"action": "sub", "code": 200, "ch": channel, "data": {}} for channel in CHANNELS))
    assert session.is_synced
    return session


def test_signing_in_comes_first() -> None:
    """One signed frame opens the connection; nothing is subscribed before it is accepted."""
    session = _session()
    (frame,) = sent(session.outgoing(AT.now_s))
    assert (frame["action"], frame["ch"]) == ("req", "auth")
    assert frame["params"]["timestamp"] == "2023-11-14T22:13:20"
    assert frame["params"]["signatureVersion"] == "2.1"
    assert session.outgoing(AT.now_s) == []
    assert SECRET not in json.dumps(frame)


def test_live_only_after_every_confirmation() -> None:
    """Two of three confirmations are not enough to trust the stream."""
    session = _session()
    session.outgoing(AT.now_s)
    _say(session, {"action": "req", "code": 200, "ch": "auth", "data": {}})
    assert [frame["ch"] for frame in sent(session.outgoing(AT.now_s))] == list(CHANNELS)
    for channel in CHANNELS[:2]:
        _say(session, {"action": "sub", "code": 200, "ch": channel, "data": {}})
    assert not session.is_synced
    _say(session, {"action": "sub", "code": 200, "ch": CHANNELS[2], "data": {}})
    assert session.is_synced


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [(2002, "auth.fail", "does not accept the key"), (2000, "invalid.ip 203.0.113.9", "Bind 203.0.113.9 to the key")],
)
def test_a_refused_key_is_said_with_a_way_out(code: int, message: str, words: str) -> None:
    """Wrong key and wrong address are told apart, and neither is retried the same way."""
    session = _session()
    _say(session, {"action": "req", "code": code, "ch": "auth", "message": message})
    assert words in session.refused
    session.opened(later(60))
    assert session.refused == ""


def test_an_overloaded_venue_is_not_a_refusal() -> None:
    """Too many connections is no fault of the key: the connection is made anew."""
    session = _session()
    _say(session, {"action": "req", "code": 4000, "ch": "auth", "message": "too.many.connection"})
    assert session.refused == ""
    assert session.broken == "too.many.connection (4000)"


def test_silence_while_signing_in_breaks_the_connection() -> None:
    """Ten seconds without an answer, and a new connection is tried."""
    session = _session()
    session.outgoing(AT.now_s + 9)
    assert session.broken == ""
    session.outgoing(AT.now_s + 10)
    assert "not answered" in session.broken


def test_a_ping_is_answered() -> None:
    """The pong carries the ping's time, and the latency comes from it."""
    session = _live()
    _say(session, {"action": "ping", "data": {"ts": AT.venue_ms - 12}})
    assert sent(session.outgoing(AT.now_s)) == [{"action": "pong", "data": {"ts": AT.venue_ms - 12}}]
    assert session.latency_ms == 12


def test_pushes_become_events_in_their_order() -> None:
    """An order, its fill, its clearing (without ``action``) and the balance come out as they came in."""
    order = {
        "eventType": "trade",
        "symbol": "dogeusdt",
        "orderId": 1,
        "type": "buy-limit",
        "tradeId": 2,
        "tradePrice": "3",
        "tradeVolume": "4",
        "tradeTime": 5,
        "aggressor": True,
        "execAmt": "4",
        "orderStatus": "filled",
    }
    clearing = {
        "eventType": "trade",
        "symbol": "dogeusdt",
        "orderId": 1,
        "orderSide": "buy",
        "tradeId": 2,
        "tradePrice": "3",
        "tradeVolume": "4",
        "tradeTime": 5,
        "transactFee": "0.008",
        "feeCurrency": "doge",
    }
    balance = {
        "currency": "doge",
        "accountId": 9,
        "balance": "4",
        "available": "4",
        "accountType": "trade",
        "seqNum": 1,
    }
    events = _say(
        _live(),
        {"action": "push", "ch": "orders#*", "data": order},
        {"action": "push", "ch": "accounts.update#2", "data": balance},
        {"ch": "trade.clearing#*#0", "data": clearing},
    )
    assert [type(event) for event in events] == [OrderUpdated, BalanceChanged, OrderFilled]
    assert events[0].report.state is OrderState.FILLED
    assert events[0].report.fills[0].fee is None
    assert events[1].change.available == Decimal(4)
    assert events[2].fill.fee == Decimal("0.008")


def test_a_loan_is_no_balance() -> None:
    """A push about a loan changes nothing that is shown."""
    data = {"currency": "doge", "accountId": 9, "balance": "4", "accountType": "loan", "seqNum": 1}
    assert _say(_live(), {"action": "push", "ch": "accounts.update#2", "data": data}) == []


def test_a_cleared_cancellation_is_an_order_event() -> None:
    """Should the clearing topic tell a cancellation, it is told as one."""
    data = {
        "eventType": "cancellation",
        "symbol": "dogeusdt",
        "orderId": 3,
        "orderType": "buy-limit",
        "orderStatus": "canceled",
    }
    (event,) = _say(_live(), {"action": "push", "ch": "trade.clearing#*#0", "data": data})
    assert isinstance(event, OrderUpdated)


def test_a_dead_subscription_is_asked_for_again() -> None:
    """HTX's 500 on the accounts topic means that it is dead: not live until it is confirmed again."""
    session = _live()
    assert _say(session, {"action": "push", "ch": "accounts.update#2", "code": 500, "message": "系统异常:"}) == []
    assert not session.is_synced
    assert sent(session.outgoing(AT.now_s)) == [{"action": "sub", "ch": "accounts.update#2"}]
    _say(session, {"action": "sub", "code": 200, "ch": "accounts.update#2", "data": {}})
    assert session.is_synced


def test_a_busy_subscription_is_asked_for_again() -> None:
    """A 500 in place of the acknowledgement too."""
    session = _session()
    session.outgoing(AT.now_s)
    _say(session, {"action": "sub", "code": 500, "ch": "orders#*", "message": "系统异常:"})
    assert sent(session.outgoing(AT.now_s)) == [{"action": "sub", "ch": "orders#*"}]


def test_a_refused_subscription_breaks_the_connection() -> None:
    """Without one of its three topics the stream is not the truth, so it is not shown as live."""
    session = _session()
    _say(session, {"action": "sub", "code": 2001, "ch": "orders#*", "message": "invalid.ch"})
    assert session.broken == "a subscription was refused: invalid.ch (2001)"


def test_a_timeout_notice_breaks_the_connection() -> None:
    """``time out close`` is HTX's goodbye."""
    session = _live()
    _say(session, {"action": "close", "code": 100, "message": "time out close"})
    assert session.broken == "time out close (100)"


JUNK: dict[str, str | bytes] = {
    "binary": b"\x1f\x8b",
    "not json": "<html>",
    "deep": "[" * 100_000,
    "unknown topic": '{"action":"push","ch":"secrets#*","data":{}}',
    "unknown kind": '{"hello":1}',
    "half an order": '{"action":"push","ch":"orders#*","data":{"eventType":"creation"}}',
    "nan": '{"action":"push","ch":"accounts.update#2","data":{"currency":"a","accountId":1,"balance":"NaN"}}',
    "ping without time": '{"action":"ping"}',
    "no data": '{"action":"push","ch":"orders#*"}',
    "lone surrogate": '{"action":"push","ch":"\\ud800","data":{}}',
}


def test_an_order_of_a_pair_that_is_spelt_otherwise_is_no_junk() -> None:
    """However often the user trades such a pair elsewhere, its events are told and the connection stands."""
    session = _live()
    data = '{"eventType":"creation","symbol":"BTC/USDT","orderId":1,"type":"buy-limit"}'
    events = session.receive([f'{{"action":"push","ch":"orders#*","data":{data}}}'] * 6, AT)
    assert [event.report.symbol for event in events if isinstance(event, OrderUpdated)] == ["BTC/USDT"] * 6
    assert session.broken == ""


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_counted_and_forgotten(name: str) -> None:
    """A frame that cannot be read is one FrameDropped in clean words; five in a row break the connection."""
    session = _live()
    (event,) = session.receive([JUNK[name]], AT)
    assert isinstance(event, FrameDropped)
    assert event.link is Link.ACCOUNT
    assert event.reason.isprintable()
    assert session.broken == ""
    session.receive([JUNK[name]] * 4, AT)
    assert session.broken == "five frames in a row could not be read"


@given(st.lists(st.text(max_size=80) | st.binary(max_size=30), max_size=6))
def test_no_text_raises(frames: list[str | bytes]) -> None:
    """Whatever arrives, the session answers with events and never with an exception."""
    _live().receive(frames, AT)


@given(
    st.dictionaries(
        st.sampled_from(["action", "ch", "code", "message", "data"]),
        st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["push", "sub", "ping", "orders#*", "auth"]),
    )
)
def test_no_json_raises(frame: dict[str, object]) -> None:
    """Known names with values of any kind are read or dropped, never a crash."""
    _say(_live(), frame)
