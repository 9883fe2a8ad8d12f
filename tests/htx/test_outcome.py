"""Three outcomes of an order: what is proof, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.answers import Answer
from hbtui.htx.outcome import cancel_by_client_id_outcome, cancel_outcome, place_outcome
from hbtui.model.order import Accepted, CancelAnswer, OrderState, Refused, Unknown


def _answer(body: object, status: int = 200) -> Answer:
    return Answer(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def _error(code: str, text: str = "", status: int = 200, **more: object) -> Answer:
    return _answer({"status": "error", "err-code": code, "err-msg": text, "data": None} | more, status)


def test_ok_with_a_decimal_id_is_accepted() -> None:
    """The one answer that names an order."""
    assert place_outcome(_answer({"status": "ok", "data": "59378"})) == Accepted("59378")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>502</html>",
        b'{"status":"ok","data":"5',
        b'{"status":"ok","data":null}',
        b'{"status":"ok"}',
        b'{"status":"ok","data":59378}',
        b'{"status":"ok","data":"abc"}',
        b'{"status":"ok","data":"0"}',
        b'{"status":"ok","data":"000"}',
        b'{"status":"error","err-code":"order-value-min-error","err-msg":"no","data":"59378"}',
        b'{"status":"error","err-code":"order-value-min-error","err-msg":"no","data":{"order-id":59378}}',
        b'{"status":"ok","data":"-5"}',
        b'{"status":"ok","data":"1","data":"2"}',
        b'{"status":"ok","status":"error","data":"2"}',
        b'{"status":"ok","data":"1","x":NaN}',
        b'{"status":"ok","data":"1","x":Infinity}',
        b'{"status":"ok","data":{"a":1,"a":2}}',
        b'{"status":"ok","data":"' + b"1" * 70_000 + b'"}',
        b'{"status":"ok","data":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"status":"ok","data":"\xff"}',
        b'{"status":"okay","data":"1"}',
        b'{"code":200,"data":"1"}',
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
def test_anything_else_with_ok_is_unknown(body: bytes) -> None:
    """Null, not decimal, broken, twice, too large, too deep: the order may exist."""
    assert isinstance(place_outcome(_answer(body)), Unknown)


REFUSALS = [
    "order-value-min-error",
    "order-limitorder-amount-min-error",
    "order-limitorder-amount-max-error",
    "order-marketorder-amount-min-error",
    "order-marketorder-amount-buy-max-error",
    "order-marketorder-amount-sell-max-error",
    "order-orderprice-precision-error",
    "order-orderamount-precision-error",
    "order-limitorder-price-max-error",
    "order-limitorder-price-min-error",
    "order-limitorder-price-buy-max-error",
    "order-invalid-price",
    "account-frozen-balance-insufficient-error",
    "order-accountbalance-error",
    "order-holding-limit-failed",
    "base-symbol-error",
    "base-symbol-trade-disabled",
    "order-disabled",
    "order-type-invalid",
    "account-account-id-inexistent",
    "validation-constraints-required",
    "validation-format-error",
    "invalid-parameter",
    "api-signature-not-valid",
    "login-required",
]


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 405])
def test_a_listed_code_is_a_refusal(code: str, status: int) -> None:
    """On the list, with a readable answer, there is no order."""
    outcome = place_outcome(_error(code, "why", status))
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.is_sent
    assert "why" in outcome.text or code in {"api-signature-not-valid", "login-required"}


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 418, 201, 100])
def test_a_listed_code_of_a_broken_server_is_no_proof(code: str, status: int) -> None:
    """Behind a 5xx even a listed code says nothing."""
    assert isinstance(place_outcome(_error(code, "", status)), Unknown)


@pytest.mark.parametrize(
    "code",
    [
        "timeout",
        "gateway-internal-error",
        "base-system-error",
        "order-update-error",
        "system-maintenance",
        "invalid-client-order-id",
        "order-orderstate-error",
        "some-new-code",
        "order-value-min-error-x",
        "xorder-value-min-error",
        "ORDER-VALUE-MIN-ERROR",
        "",
    ],
)
def test_every_other_code_is_unknown(code: str) -> None:
    """HTX also says ``error`` for orders that it may have taken."""
    assert isinstance(place_outcome(_error(code, "Failed. Try again later.")), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        _error("base-request-exceed-frequency-limit"),
        _error("too-many-requests"),
        _error("invalid-parameter", "request limit"),
        _error("order-value-min-error", "", 429),
        _answer(b"slow down", 429),
    ],
)
def test_too_often_is_unknown(answer: Answer) -> None:
    """A limit is likely a refusal, but it is not proof."""
    outcome = place_outcome(answer)
    assert isinstance(outcome, Unknown)
    assert "limit" in outcome.cause or "too often" in outcome.cause


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_unknown(status: int) -> None:
    """Even one that says ok: whoever wrote it is not HTX."""
    outcome = place_outcome(_answer({"status": "ok", "data": "1"}, status))
    assert isinstance(outcome, Unknown)
    assert "redirect" in outcome.cause


@pytest.mark.parametrize("status", [401, 403])
def test_a_barred_key_raises_its_alarm(status: int) -> None:
    """An order that met 401 or 403 says that no other may follow, whether it is refused or unknown."""
    for answer in (_error("api-signature-not-valid", "Incorrect Access key", status), _answer(b"<html>", status)):
        outcome = place_outcome(answer)
        assert isinstance(outcome, Refused | Unknown)
        assert f"HTTP {status}" in outcome.alarm


@pytest.mark.parametrize("status", [200, 400, 404, 405, 429, 500])
def test_other_answers_raise_no_alarm(status: int) -> None:
    """A refusal, a limit and a broken server concern one order alone."""
    outcome = place_outcome(_error("order-value-min-error", status=status))
    assert isinstance(outcome, Refused | Unknown)
    assert outcome.alarm == ""


def test_a_redirect_raises_its_alarm() -> None:
    """A redirected order says that something stands in between, and that no other may follow."""
    outcome = place_outcome(_answer(b"", 307))
    assert isinstance(outcome, Unknown)
    assert "redirect" in outcome.alarm


def test_a_refusal_says_what_to_do() -> None:
    """The caller's address and the seconds that the clock is off stand in the text."""
    address = place_outcome(
        _error("api-signature-not-valid", "Signature not valid: Incorrect IP address [IP地址错误]:203.0.113.7")
    )
    assert isinstance(address, Refused)
    assert "Bind 203.0.113.7 to the key" in address.text
    clock = place_outcome(_error("api-signature-not-valid", "Signature not valid: [无效的提交时间]"), 312.4)
    assert isinstance(clock, Refused)
    assert "your clock is 312 s off" in clock.text


def test_the_venues_words_are_cleaned() -> None:
    """Escape sequences in an error text do not reach a screen."""
    outcome = place_outcome(_error("order-value-min-error", "\x1b]0;x\x07\u202e[/bad]"))
    assert isinstance(outcome, Refused)
    assert outcome.text.isprintable()


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_bytes_raise_or_place(body: bytes, status: int) -> None:
    """Random bytes are never an acceptance, never a refusal, never a crash."""
    assert isinstance(place_outcome(Answer(status, body)), Unknown)
    assert cancel_outcome(Answer(status, body)).answer is CancelAnswer.UNKNOWN


_VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["ok", "error", "1", "200"])


@given(st.dictionaries(st.sampled_from(["status", "data", "code", "err-code", "err-msg", "order-state"]), _VALUES))
def test_only_ok_with_an_id_accepts(body: dict[str, Any]) -> None:
    """No combination of fields but the documented one is an acceptance."""
    outcome = place_outcome(_answer(body))
    is_documented = body.get("status") == "ok" and isinstance(body.get("data"), str) and body["data"].isascii()
    if isinstance(outcome, Accepted):
        assert is_documented
        assert outcome.order_id.isdigit()
    cancel_outcome(_answer(body))
    cancel_by_client_id_outcome(_answer(body))


def _state(number: object) -> dict[str, Any]:
    return {"order-state": number}


def test_a_cancel_that_is_taken_is_only_requested() -> None:
    """``ok`` means that HTX will try; the order itself says the rest."""
    outcome = cancel_outcome(_answer({"status": "ok", "data": "59378"}))
    assert (outcome.answer, outcome.state) == (CancelAnswer.REQUESTED, None)


@pytest.mark.parametrize(
    ("number", "answer", "state"),
    [
        (-1, CancelAnswer.ALREADY_FINAL, None),
        (5, CancelAnswer.ALREADY_FINAL, OrderState.PARTIALLY_CANCELED),
        (6, CancelAnswer.ALREADY_FINAL, OrderState.FILLED),
        (7, CancelAnswer.ALREADY_FINAL, OrderState.CANCELED),
        ("7", CancelAnswer.ALREADY_FINAL, OrderState.CANCELED),
        (10, CancelAnswer.REQUESTED, OrderState.CANCELING),
        (3, CancelAnswer.UNKNOWN, OrderState.SUBMITTED),
        (None, CancelAnswer.UNKNOWN, None),
        ("²", CancelAnswer.UNKNOWN, None),
        (10**50, CancelAnswer.UNKNOWN, None),
    ],
)
def test_a_cancel_too_late(number: object, answer: CancelAnswer, state: OrderState | None) -> None:
    """The state beside the error decides; HTX writes it as number or as text."""
    outcome = cancel_outcome(_error("order-orderstate-error", "Incorrect order state", **_state(number)))
    assert (outcome.answer, outcome.state, outcome.code) == (answer, state, "order-orderstate-error")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("not-found", CancelAnswer.NOT_FOUND),
        ("base-not-found", CancelAnswer.NOT_FOUND),
        ("base-record-invalid", CancelAnswer.NOT_FOUND),
        ("order-user-cancel-forbidden", CancelAnswer.FORBIDDEN),
        ("order-fl-cancellation-is-disallowed", CancelAnswer.FORBIDDEN),
        ("gateway-internal-error", CancelAnswer.UNKNOWN),
        ("too-many-requests", CancelAnswer.UNKNOWN),
        ("api-signature-not-valid", CancelAnswer.UNKNOWN),
    ],
)
def test_a_cancel_refused(code: str, answer: CancelAnswer) -> None:
    """Not found is a question, forbidden ends by itself, all else may be repeated."""
    outcome = cancel_outcome(_error(code, "text"))
    assert (outcome.answer, outcome.code) == (answer, code)
    assert outcome.text


@pytest.mark.parametrize(
    ("number", "answer", "state"),
    [
        (10, CancelAnswer.REQUESTED, OrderState.CANCELING),
        (0, CancelAnswer.NOT_FOUND, None),
        (-1, CancelAnswer.ALREADY_FINAL, None),
        (5, CancelAnswer.ALREADY_FINAL, OrderState.PARTIALLY_CANCELED),
        (6, CancelAnswer.ALREADY_FINAL, OrderState.FILLED),
        (7, CancelAnswer.ALREADY_FINAL, OrderState.CANCELED),
        ("10", CancelAnswer.REQUESTED, OrderState.CANCELING),
        (None, CancelAnswer.UNKNOWN, None),
        (99, CancelAnswer.UNKNOWN, None),
    ],
)
def test_a_cancel_by_client_id(number: object, answer: CancelAnswer, state: OrderState | None) -> None:
    """This call says ok even for what it did not find; the number is the answer."""
    outcome = cancel_by_client_id_outcome(_answer({"status": "ok", "data": number}))
    assert (outcome.answer, outcome.state) == (answer, state)


def test_a_cancel_by_client_id_refused() -> None:
    """Its errors are those of the other call."""
    assert cancel_by_client_id_outcome(_error("not-found")).answer is CancelAnswer.NOT_FOUND
    assert cancel_by_client_id_outcome(_answer(b"<html>", 502)).answer is CancelAnswer.UNKNOWN


@pytest.mark.parametrize(
    ("number", "state"),
    [(2, OrderState.CREATED), (3, OrderState.SUBMITTED), (4, OrderState.PARTIALLY_FILLED), (8, None), (1, None)],
)
def test_a_cancel_refused_for_an_open_order_names_its_state(number: int, state: OrderState | None) -> None:
    """Where HTX names an open state, or none that is known, the answer is unknown, with the state that it named."""
    outcome = cancel_outcome(_error("order-orderstate-error", "", **_state(number)))
    assert (outcome.answer, outcome.state) == (CancelAnswer.UNKNOWN, state)


@pytest.mark.parametrize(("status", "is_redirect"), [(299, False), (300, True), (399, True), (400, False)])
def test_the_bounds_of_a_redirect(status: int, *, is_redirect: bool) -> None:
    """From 300 to 399 and no further it is called a redirect, of an order and of a cancel alike."""
    answer = _answer({"status": "ok", "data": "1"}, status)
    outcome = place_outcome(answer)
    assert isinstance(outcome, Unknown)
    assert ("redirect" in outcome.cause) is is_redirect
    assert ("redirect" in cancel_outcome(answer).text) is is_redirect


def test_an_unknown_outcome_names_what_htx_said() -> None:
    """The code where there is one, else the status; of a limit its code, else 429."""
    told = [place_outcome(answer) for answer in (_error("odd-code"), _error("", status=503), _error("", status=429))]
    told.append(place_outcome(_error("too-many-requests")))
    causes = [outcome.cause for outcome in told if isinstance(outcome, Unknown)]
    assert ["odd-code" in causes[0], "HTTP 503" in causes[1], "(429)" in causes[2]] == [True] * 3
    assert "(too-many-requests)" in causes[3]
