"""From an answer's bytes to its payload, or to the error that it is."""

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from hbtui.htx.errors import ErrorAnswer
from hbtui.htx.wire import Envelope
from hbtui.model.errors import AnswerError
from hbtui.model.text import clean

__all__ = ["JSON_ERRORS", "Answer", "error_in", "opened", "payload"]

JSON_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError)
"""What decoding can raise on hostile bytes: malformed, too deep, not UTF-8, a number out of range."""

T = TypeVar("T")
_envelopes = msgspec.json.Decoder(Envelope)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, the limit headers, and the whole body, inflated, within the cap."""

    status: int
    body: bytes = field(repr=False)
    remaining: int | None = None
    """``X-HB-RateLimit-Requests-Remain``."""
    resets_at_ms: int | None = None
    """``X-HB-RateLimit-Requests-Expire``, assumed to be epoch ms (its unit is not documented)."""


def opened(answer: Answer) -> Envelope:
    """Read the envelope; raise ``AnswerError`` for what is not one."""
    try:
        return _envelopes.decode(answer.body)
    except JSON_ERRORS:
        raise AnswerError(_unreadable(answer), advice=_gateway_advice(answer.status)) from None


def _unreadable(answer: Answer) -> str:
    if answer.status == 403:
        return "HTX's gateway refused the request (HTTP 403) without saying why."
    if answer.status != 200:
        return f"HTX's gateway answered with HTTP {answer.status} and no readable reason."
    return "HTX's answer is not what its documentation says."


def _gateway_advice(status: int) -> str:
    if status == 403:
        return "HTX blocks some countries and networks; check where this computer's traffic leaves."
    if status == 401:
        return "Check the key on HTX's API management page: deleted, ended, or bound to another IP address."
    return "Try again in a moment." if status >= 500 else ""


def error_in(envelope: Envelope, status: int) -> ErrorAnswer | None:
    """The error that an envelope carries, in any of the four spellings; ``None`` where it says yes."""
    is_yes = envelope.status == "ok" or (envelope.status is None and str(envelope.code) == "200")
    if is_yes and status == 200:
        return None
    named = (envelope.err_code, envelope.settings_err_code, envelope.code)
    code = next((clean(name, 80) for name in named if name is not None), "")
    texts = (envelope.err_msg, envelope.settings_err_msg, envelope.message)
    text = next((clean(said) for said in texts if said), "")
    if not code and status == 200 and envelope.status is None:
        raise AnswerError("HTX's answer is not what its documentation says.")
    return ErrorAnswer(code or f"http-{status}", text, status)


def payload(raw: msgspec.Raw, decoder: "msgspec.json.Decoder[T]") -> T:
    """Decode the part that an endpoint promises; raise ``AnswerError`` where it is missing or of another shape."""
    try:
        return decoder.decode(raw)
    except JSON_ERRORS:
        message = "HTX's answer is not what its documentation says."
        raise AnswerError(message) from None
