"""Batches and the dead man's switch over real sockets: one request, ever, and one honest outcome for each order."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.answers import Answer
from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.htx.limits import Group
from hbtui.htx.outcome_batch import cancel_many_outcomes, place_many_outcomes, trigger_ms
from hbtui.model.errors import AnswerError, AuthenticationError, ExchangeError, NetworkError, VenueError
from hbtui.model.order import Accepted, CancelAnswer, CancelOutcome, OrderState, Refused, Unknown
from tests.htx.opened import intent, opened, spilled
from tests.htx.test_transport import NASTY
from tests.support.scripted_server import json_answer, scripted_server
from tests.support.virtual_clock import VirtualClock

_BATCH = "/v1/order/batch-orders"
_CANCEL = "/v1/order/orders/batchcancel"
_SWITCH = "/v2/algo-orders/cancel-all-after"
_NAMES = ("one", "two", "three")


def _ok(data: object) -> dict[str, object]:
    return {"status": "ok", "data": data}


def _answer(body: object, status: int = 200) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def _no(name: str, code: str, text: str = "why") -> dict[str, object]:
    return {"client-order-id": name, "err-code": code, "err-msg": text}


async def test_a_batch_is_the_journalled_bodies_in_one_request() -> None:
    """One POST, its body an array of the very bytes that the journal holds; rows are matched by name, not by place."""
    rows = [
        {"client-order-id": "three", "order-id": 361560582529749},
        _no("two", "order-value-min-error", "Order total cannot be lower than: 5 USDT"),
        {"client-order-id": "one", "order-id": "42"},
    ]
    async with scripted_server({_BATCH: json_answer(_ok(rows))}) as server, opened(server.address) as exchange:
        meant = [intent(exchange, name) for name in _NAMES]
        outcomes = await exchange.place_many(meant)
        (request,) = server.requests
        assert request.body == b"[" + b",".join(one.body for one in meant) + b"]"
        assert [row["client-order-id"] for row in json.loads(request.body)] == list(_NAMES)
        assert set(request.params) == {"AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp", "Signature"}
        assert spilled(repr(outcomes)) == []
    first, second, third = outcomes
    assert (first, third) == (Accepted("42"), Accepted("361560582529749"))
    assert isinstance(second, Refused)
    assert (second.code, second.is_sent) == ("order-value-min-error", True)
    assert "5 USDT" in second.text


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"order-id": None},
        {"order-id": ""},
        {"order-id": 0},
        {"order-id": "00"},
        {"order-id": 0.5},
        {"order-id": True},
        {"order-id": "12x"},
        {"order-id": -5},
        {"order-id": [1]},
        {"order-id": 7, "err-code": "order-value-min-error"},
        {"err-code": "base-system-error", "err-msg": "try again"},
        {"err-code": "invalid-client-order-id"},
        {"err-code": "too-many-requests"},
        {"err-code": "order-value-min-error", "err-msg": "request limit"},
        {"err-code": 5},
        {"err-code": ["order-value-min-error"]},
    ],
    ids=str,
)
def test_a_row_without_proof_is_unknown(row: dict[str, Any]) -> None:
    """A row that names neither a decimal id alone nor a listed code alone proves nothing of its order."""
    (outcome,) = place_many_outcomes(_answer(_ok([{"client-order-id": "one"} | row])), ["one"])
    assert isinstance(outcome, Unknown)
    assert outcome.cause.endswith(".")


def test_a_row_that_is_missing_doubled_or_foreign_is_unknown() -> None:
    """Of three orders, one answered twice, one not at all and one under another name: nothing is known of them."""
    rows = [{"client-order-id": "one", "order-id": 1}] * 2 + [{"client-order-id": "Three", "order-id": 3}]
    outcomes = place_many_outcomes(_answer(_ok(rows)), _NAMES)
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown, Unknown]
    assert ["more than once" in str(outcome) for outcome in outcomes] == [True, False, False]


def test_an_empty_error_code_beside_an_id_is_no_error() -> None:
    """Fields that say nothing do not turn an acceptance into doubt."""
    row = {"client-order-id": "one", "order-id": 1, "err-code": "", "err-msg": ""}
    assert place_many_outcomes(_answer(_ok([row])), ["one"]) == (Accepted("1"),)


def test_a_batch_refused_as_a_whole_refuses_each() -> None:
    """A listed code of the whole answer is proof for all; any other code is doubt about all."""
    listed = _answer({"status": "error", "err-code": "login-required", "err-msg": "", "data": None})
    other = _answer({"status": "error", "err-code": "gateway-internal-error", "err-msg": "", "data": None})
    refused = place_many_outcomes(listed, _NAMES)
    assert [outcome.code for outcome in refused if isinstance(outcome, Refused)] == ["login-required"] * 3
    assert [type(outcome) for outcome in place_many_outcomes(other, _NAMES)] == [Unknown] * 3


@pytest.mark.parametrize(
    "body",
    [
        {"status": "ok", "data": "59378"},
        {"status": "ok", "data": None},
        {"status": "ok", "data": {}},
        {"status": "ok", "data": [1]},
        {"status": "ok", "data": [{"client-order-id": "one", "order-id": 1}, None]},
        {"data": [{"client-order-id": "one", "order-id": 1}]},
        b'{"status":"ok","data":[{"client-order-id":"one","order-id":1,"order-id":2}]}',
        b'[{"client-order-id":"one","order-id":1}]',
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_unknown_for_all(body: object) -> None:
    """What is not a list of rows under ``ok`` says nothing of any order, not even one order id does."""
    assert [type(outcome) for outcome in place_many_outcomes(_answer(body), ["one", "two"])] == [Unknown, Unknown]


@pytest.mark.parametrize("status", [301, 307, 429, 500, 502])
def test_rows_behind_a_broken_status_are_unknown(status: int) -> None:
    """Even a perfect list proves nothing when a redirect, a limit or a broken server carries it."""
    rows = [{"client-order-id": "one", "order-id": 1}, _no("two", "order-value-min-error")]
    outcomes = place_many_outcomes(_answer(_ok(rows), status), ["one", "two"])
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]


@given(st.binary(max_size=120), st.integers(100, 599))
def test_no_bytes_raise_or_prove(body: bytes, status: int) -> None:
    """Random bytes are doubt about every order and every cancel of a batch, and never a crash."""
    assert {type(outcome) for outcome in place_many_outcomes(Answer(status, body), _NAMES)} == {Unknown}
    cancels = cancel_many_outcomes(Answer(status, body), ["1", "2"])
    assert {outcome.answer for outcome in cancels} == {CancelAnswer.UNKNOWN}


@pytest.mark.parametrize("name", NASTY)
async def test_a_spoilt_answer_to_a_batch_is_unknown_for_all(name: str) -> None:
    """However the answer breaks, the batch left once, and each of its orders may exist."""
    async with scripted_server({_BATCH: NASTY[name]}) as server, opened(server.address) as exchange:
        outcomes = await exchange.place_many([intent(exchange, name) for name in _NAMES])
        assert [type(outcome) for outcome in outcomes] == [Unknown] * 3
        assert len(server.requests) == 1


async def test_a_batch_that_cannot_leave_is_proof_for_each() -> None:
    """Nobody listens, no key, another host, one name twice, none or eleven: no byte leaves, and each is told so."""
    async with opened("http://127.0.0.1:9") as exchange:
        outcomes = await exchange.place_many([intent(exchange, name) for name in _NAMES])
        assert [isinstance(outcome, Refused) and outcome.is_sent for outcome in outcomes] == [False] * 3
    async with scripted_server(otherwise=json_answer(_ok([]))) as server, opened(server.address) as exchange:
        meant = [intent(exchange, f"n{number}") for number in range(11)]
        assert await exchange.place_many([]) == ()
        for batch in (meant, [meant[0], meant[0]], [meant[0], replace(meant[1], host="api.huobi.pro")]):
            outcomes = await exchange.place_many(batch)
            assert len(outcomes) == len(batch)
            assert not any(outcome.is_sent for outcome in outcomes if isinstance(outcome, Refused))
            assert {type(outcome) for outcome in outcomes} == {Refused}
        async with HtxExchange.open(Hosts.loopback(server.address), None) as keyless:
            (outcome,) = await keyless.place_many([intent(keyless)])
            assert isinstance(outcome, Refused)
            assert not outcome.is_sent
        assert server.requests == []
        assert len(await exchange.place_many(meant[:10])) == 10
        assert len(server.requests) == 1


async def test_a_batch_refused_for_its_time_measures_the_clock() -> None:
    """Each order's refusal says by how many seconds the clock is off."""
    refusal = {"status": "error", "err-code": "api-signature-not-valid", "err-msg": "[无效的提交时间]", "data": None}
    answers = {
        _BATCH: json_answer(refusal),
        "/v1/common/timestamp": json_answer(_ok(1_700_000_400_000)),
    }
    clock = VirtualClock(1_700_000_000_000)
    async with scripted_server(answers) as server, opened(server.address, clock=clock) as exchange:
        outcomes = await exchange.place_many([intent(exchange, name) for name in _NAMES])
        assert ["your clock is 400 s off" in str(outcome) for outcome in outcomes] == [True] * 3


async def test_a_batch_counts_for_as_many_orders_as_it_holds() -> None:
    """Batches of ten spend the lane of orders ten at a time, so that single orders and batches together keep it."""
    clock = VirtualClock()
    async with (
        scripted_server({_BATCH: json_answer(_ok([]))}) as server,
        opened(server.address, clock=clock) as exchange,
    ):
        meant = [intent(exchange, f"n{number}") for number in range(10)]
        for _ in range(4):
            await asyncio.wait_for(exchange.place_many(meant), 5)
        fifth = asyncio.create_task(exchange.place_many(meant))
        await clock.advance(0.1)
        assert len(server.requests) == 4
        await clock.advance(0.5)
        await asyncio.wait_for(fifth, 5)
        limits = exchange._rest.limits
        assert limits.wait_s(Group.PLACE, 10) > 0
        assert limits.wait_s(Group.CANCEL) == 0


async def test_cancels_by_the_batch() -> None:
    """Taken, final, being cancelled, forbidden, unknown to HTX, left out: each id has its own answer."""
    failed = [
        {"order-id": "2", "err-code": "order-orderstate-error", "err-msg": "", "order-state": 7},
        {"order-id": 3, "err-code": "order-orderstate-error", "err-msg": "", "order-state": "10"},
        {"order-id": "4", "err-code": "order-user-cancel-forbidden", "err-msg": ""},
        {"order-id": "5", "err-code": "base-record-invalid", "err-msg": "record invalid"},
        {"order-id": "7", "err-code": "base-system-error", "err-msg": ""},
        {"order-id": "8", "err-code": "order-orderstate-error", "order-state": 6},
    ]
    answer = json_answer(_ok({"success": ["1", "8", 9], "failed": failed}))
    async with scripted_server({_CANCEL: answer}) as server, opened(server.address) as exchange:
        found = await exchange.cancel_many([str(number) for number in range(1, 10)])
        assert json.loads(server.requests[0].body) == {"order-ids": [str(number) for number in range(1, 10)]}
    assert [outcome.answer for outcome in found] == [
        CancelAnswer.REQUESTED,
        CancelAnswer.ALREADY_FINAL,
        CancelAnswer.REQUESTED,
        CancelAnswer.FORBIDDEN,
        CancelAnswer.NOT_FOUND,
        CancelAnswer.UNKNOWN,
        CancelAnswer.UNKNOWN,
        CancelAnswer.UNKNOWN,  # taken and failed at once
        CancelAnswer.REQUESTED,
    ]
    assert found[1].state is OrderState.CANCELED
    assert found[2].state is OrderState.CANCELING


@pytest.mark.parametrize(
    "body", [_ok(None), _ok({"success": ["1"]}), _ok({"failed": [1]}), _ok([]), {"status": "error", "err-code": "x"}]
)
def test_an_unreadable_answer_to_a_batch_of_cancels_is_unknown(body: object) -> None:
    """Without both lists nobody knows which cancels were taken."""
    found = cancel_many_outcomes(_answer(body), ["1", "2"])
    assert [outcome.answer for outcome in found] == [CancelAnswer.UNKNOWN] * 2


def test_an_answer_that_lists_only_failures_leaves_the_rest_unknown() -> None:
    """An id that is in neither list was not answered."""
    found = cancel_many_outcomes(_answer(_ok({"failed": []})), ["1"])
    assert found == (CancelOutcome(CancelAnswer.UNKNOWN, text="HTX's answer to the batch says nothing of this order."),)


async def test_cancels_that_are_no_ids_or_too_many_do_not_leave() -> None:
    """Fifty are HTX's most, and only decimal ids go into the request."""
    async with scripted_server(otherwise=json_answer(_ok(None))) as server, opened(server.address) as exchange:
        assert await exchange.cancel_many([]) == ()
        for names in (["1"] * 51, ["1", "hb1"]):
            found = await exchange.cancel_many(names)
            assert {(outcome.answer, outcome.code) for outcome in found} == {(CancelAnswer.UNKNOWN, "not-sent")}
            assert len(found) == len(names)
        assert server.requests == []
        await exchange.cancel_many(["1"] * 50)
        assert len(server.requests) == 1
    async with opened("http://127.0.0.1:9") as exchange:
        assert [outcome.code for outcome in await exchange.cancel_many(["1", "2"])] == ["not-sent"] * 2


@pytest.mark.parametrize(
    ("data", "at_ms"),
    [
        ({"currentTime": 1_700_000_000_000, "triggerTime": 1_700_000_060_000}, 1_700_000_060_000),
        ([{"currentTime": "1587971400", "triggerTime": "1587971460"}], 1_587_971_460_000),
        ({"currentTime": 1_700_000_000_000, "triggerTime": 0}, None),
        ([{"currentTime": "1587971400", "triggerTime": "0"}], None),
    ],
)
async def test_the_switch_tells_its_time(data: object, at_ms: int | None) -> None:
    """Both documented shapes, milliseconds and seconds, armed and off."""
    answer = json_answer({"code": 200, "message": "success", "data": data})
    seconds = 60 if at_ms else 0
    async with scripted_server({_SWITCH: answer}) as server, opened(server.address) as exchange:
        assert await exchange.cancel_all_after(seconds) == at_ms
        assert json.loads(server.requests[0].body) == {"timeout": seconds}
        # an answer against what was asked says neither that it is armed nor that it is off
        with pytest.raises(AnswerError, match="still armed" if at_ms else "is off"):
            await exchange.cancel_all_after(60 - seconds)


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"triggerTime": None}, {"triggerTime": "soon"}, {"triggerTime": True}, {"triggerTime": -1}, [[]],
     {"triggerTime": 1.5}, [{"triggerTime": 5}] * 2, {"triggerTime": 10**15}],
    ids=str,
)  # fmt: skip
async def test_a_switch_that_does_not_say_its_time_is_an_error(data: object) -> None:
    """Whether it is armed is not known then, and that is what is said."""
    answer = json_answer({"code": 200, "message": "success", "data": data})
    async with scripted_server({_SWITCH: answer}) as server, opened(server.address) as exchange:
        with pytest.raises(AnswerError):
            await exchange.cancel_all_after(60)


async def test_a_switch_that_is_refused_or_not_reached_is_an_error() -> None:
    """HTX's own reason, a missing key, a broken line and a time below five seconds are told apart."""
    refusal = json_answer({"code": 2002, "message": 'invalid field value in "timeout"'})
    async with scripted_server({_SWITCH: refusal}) as server, opened(server.address) as exchange:
        with pytest.raises(VenueError, match="timeout"):
            await exchange.cancel_all_after(60)
        with pytest.raises(ValueError, match="5 seconds"):
            await exchange.cancel_all_after(4)
        async with HtxExchange.open(Hosts.loopback(server.address), None) as keyless:
            with pytest.raises(AuthenticationError):
                await keyless.cancel_all_after(60)
        assert len(server.requests) == 1
    async with opened("http://127.0.0.1:9") as exchange:
        with pytest.raises(NetworkError):
            await exchange.cancel_all_after(60)


class _BrokenClock(VirtualClock):
    """A clock that fails when a request is to be signed, as a defect of this program might."""

    def now_ms(self) -> int:
        """Fail."""
        raise ArithmeticError


async def test_a_defect_of_this_program_is_no_proof(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever breaks inside while sending, orders are unknown and cancels too; the log has its kind and no more."""
    async with scripted_server(otherwise=json_answer(_ok([]))) as server:
        async with opened(server.address, clock=_BrokenClock()) as exchange:
            meant = intent(exchange)
            assert isinstance(await exchange.place(meant), Unknown)
            assert [type(outcome) for outcome in await exchange.place_many([meant])] == [Unknown]
            assert (await exchange.cancel("5", "btcusdt")).answer is CancelAnswer.UNKNOWN
            assert (await exchange.cancel_many(["5"]))[0].answer is CancelAnswer.UNKNOWN
            assert (await exchange.cancel_by_client_id("a b")).answer is CancelAnswer.NOT_FOUND
        assert server.requests == []
    assert caplog.text.count("ArithmeticError") == 4
    assert spilled(caplog.text) == []


@pytest.mark.parametrize("name", NASTY)
async def test_a_spoilt_answer_of_the_switch_is_an_error(name: str) -> None:
    """No broken answer passes for an armed switch or for one that is off."""
    async with scripted_server({_SWITCH: NASTY[name]}) as server, opened(server.address) as exchange:
        with pytest.raises(ExchangeError):
            await exchange.cancel_all_after(60)


def test_a_time_that_is_no_object_is_an_error() -> None:
    """Bytes that are not one JSON object tell no time."""
    with pytest.raises(AnswerError, match="cannot be read"):
        trigger_ms(_answer(b"[]"))
