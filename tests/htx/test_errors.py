"""HTX's refusals in plain words: each cause by its own name, with a way out, and no escape sequence."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.htx.answers import Answer, error_in, opened, payload
from hbtui.htx.errors import ErrorAnswer, explained, is_about_time, is_rate_limit, venue_error
from hbtui.model.errors import (
    AnswerError,
    AuthenticationError,
    MaintenanceError,
    NotFound,
    RateLimited,
    VenueError,
)

_SIGNATURE = "api-signature-not-valid"


@pytest.mark.parametrize(
    ("code", "text", "sentence", "advice"),
    [
        (_SIGNATURE, "Signature not valid: Incorrect Access key [Access key错误]", "does not know this access key",
         "HTX_ACCESS_KEY"),
        (_SIGNATURE, "Signature not valid: Verification failure [校验失败]", "secret key does not belong",
         "HTX_SECRET_KEY"),
        (_SIGNATURE, "Signature not valid: Incorrect IP address [IP地址错误]:203.0.113.7", "203.0.113.7",
         "Bind 203.0.113.7"),
        (_SIGNATURE, "Signature not valid: Incorrect IP address [IP地址错误]:2001:db8::7", "2001:db8::7",
         "Bind 2001:db8::7"),
        (_SIGNATURE, "Signature not valid: Incorrect IP address [IP地址错误]", "IP address", "public IP address"),
        (_SIGNATURE, "Signature not valid: [无效的提交时间]", "your clock is off", "clock"),
        (_SIGNATURE, "Signature not valid: API key has no permission [API Key没有权限]", "no permission", "'trade'"),
        (_SIGNATURE, "APIkey has expired", "expired", "make a new one"),
        (_SIGNATURE, "something new", "something new", "Check both keys"),
        ("api-signature-check-failed", "", "secret key does not belong", "HTX_SECRET_KEY"),
        ("login-required", "", "does not know this access key", "HTX_ACCESS_KEY"),
        ("1003", "invalid signature", "does not accept the key", "Check both keys"),
        ("2000", "invalid.ip", "IP address", "Bind"),
    ],
)  # fmt: skip
def test_a_key_that_is_not_accepted(code: str, text: str, sentence: str, advice: str) -> None:
    """Wrong key, wrong secret, address, clock, permission and expiry are told apart, each with its way out."""
    error = venue_error(ErrorAnswer(code, text))
    assert isinstance(error, AuthenticationError)
    assert sentence in str(error)
    assert advice in error.advice
    assert error.code == code


def test_a_clock_that_is_off_by_a_known_time() -> None:
    """Where the offset was measured, the sentence says it."""
    answer = ErrorAnswer(_SIGNATURE, "Signature not valid: [无效的提交时间]")
    assert is_about_time(answer)
    assert "your clock is 312 s off" in str(venue_error(answer, -312.3))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ErrorAnswer("too-many-requests", ""), RateLimited),
        (ErrorAnswer("invalid-parameter", "request limit"), RateLimited),
        (ErrorAnswer("error", "429 too many request"), RateLimited),
        (ErrorAnswer("x", "", 429), RateLimited),
        (ErrorAnswer("1006", "limit"), RateLimited),
        (ErrorAnswer("system-maintenance", "System is in maintenance!"), MaintenanceError),
        (ErrorAnswer("x", "under maintenance"), MaintenanceError),
        (ErrorAnswer("invalid-parameter", "invalid symbol"), NotFound),
        (ErrorAnswer("base-symbol-error", "The symbol is invalid"), NotFound),
        (ErrorAnswer("base-record-invalid", "record invalid"), NotFound),
        (ErrorAnswer("account-account-id-inexistent", ""), NotFound),
        (ErrorAnswer("invalid-interval", ""), VenueError),
        (ErrorAnswer("brand-new", "whatever"), VenueError),
    ],
)
def test_the_right_branch_of_the_tree(answer: ErrorAnswer, kind: type[VenueError]) -> None:
    """Each code is the error that its handler looks for."""
    error = venue_error(answer)
    assert type(error) is kind
    assert str(error).endswith(".")


def test_a_limit_says_how_long() -> None:
    """Where HTX says when to come back, the error knows."""
    error = venue_error(ErrorAnswer("too-many-requests", "", 200, 1.5))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 1.5
    assert not is_rate_limit(ErrorAnswer("invalid-parameter", "invalid size"))


def test_an_order_error_in_plain_words() -> None:
    """The plain sentence comes first, the venue's numbers behind it."""
    sentence, _ = explained(ErrorAnswer("order-value-min-error", "Order total cannot be lower than: 1 USDT"))
    assert sentence == "The order's value is below the pair's minimum (Order total cannot be lower than: 1 USDT)."


@given(st.text(max_size=80), st.text(max_size=400), st.integers(100, 599))
def test_no_text_breaks_the_tree(code: str, text: str, status: int) -> None:
    """Whatever HTX writes, the result is one printable sentence of bounded length."""
    error = venue_error(ErrorAnswer(code, text, status), 5.0)
    assert len(str(error)) <= 400
    assert str(error).isprintable()


def _opened_error(body: bytes, status: int = 200) -> ErrorAnswer | None:
    return error_in(opened(Answer(status, body)), status)


@pytest.mark.parametrize(
    "body",
    [
        b'{"status":"error","err-code":"c-1","err-msg":"t","data":null}',
        b'{"status":"error","err_code":"c-1","err_msg":"t"}',
        b'{"code":"c-1","message":"t"}',
        b'{"ts":5,"status":"error","err-code":"c-1","err-msg":"t"}',
    ],
)
def test_four_spellings_of_an_error(body: bytes) -> None:
    """v1, settings, v2 and market answers say it differently, and mean the same."""
    assert _opened_error(body) == ErrorAnswer("c-1", "t", 200)


@pytest.mark.parametrize(
    "body", [b'{"status":"ok","data":1}', b'{"code":200,"data":1}', b'{"code":"200","data":1}', b'{"status":"ok"}']
)
def test_yes_in_every_spelling(body: bytes) -> None:
    """v2 writes its 200 as number or as text."""
    assert _opened_error(body) is None


def test_a_status_overrules_a_friendly_body() -> None:
    """An answer that is not HTTP 200 is no yes, whatever it says."""
    error = _opened_error(b'{"status":"ok","data":1}', 500)
    assert error is not None
    assert error.code == "http-500"


@pytest.mark.parametrize(
    ("status", "words"), [(403, "HTTP 403"), (502, "HTTP 502"), (405, "HTTP 405"), (200, "documentation")]
)
def test_a_gateways_page_is_a_sentence(status: int, words: str) -> None:
    """HTML in place of JSON becomes a sentence with the status, and none of the page."""
    with pytest.raises(AnswerError, match=words) as raised:
        opened(Answer(status, b"<html><script>alert(1)</script></html>"))
    assert "script" not in str(raised.value)


@pytest.mark.parametrize("body", [b"{}", b'{"data":1}', b'{"ok":true}'])
def test_neither_yes_nor_no_is_no_answer(body: bytes) -> None:
    """An object without a status is not HTX's."""
    with pytest.raises(AnswerError):
        _opened_error(body)


def test_a_payload_of_another_shape_is_an_answer_error() -> None:
    """A promised list that is an object, or missing, is a sentence and not a crash."""
    decoder = msgspec.json.Decoder(list[int])
    assert payload(msgspec.Raw(b"[1,2]"), decoder) == [1, 2]
    for raw in (b"{}", b"null", b"", b"[1,", b"[" * 100_000):
        with pytest.raises(AnswerError):
            payload(msgspec.Raw(raw), decoder)
