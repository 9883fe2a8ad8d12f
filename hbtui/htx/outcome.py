"""What an answer to an order or a cancel proves. Pure: bytes in, verdict out.

A refusal is an allow-list of codes: HTX also answers ``status:error`` for orders that it may have taken
(``timeout``, ``gateway-internal-error``, ``base-system-error``), and those are not known.
"""

import json
from re import compile as pattern

from hbtui.htx.answers import Answer
from hbtui.htx.errors import ErrorAnswer, explained, is_rate_limit
from hbtui.htx.reading import is_order_id
from hbtui.model.order import Accepted, CancelAnswer, CancelOutcome, OrderState, Outcome, Refused, Unknown
from hbtui.model.text import clean

__all__ = ["ORDER_ANSWER_LIMIT", "cancel_by_client_id_outcome", "cancel_outcome", "place_outcome"]

ORDER_ANSWER_LIMIT = 64 * 1024
"""Bytes; an order's answer is a few dozen."""

_REFUSALS = frozenset(
    {
        "order-value-min-error",
        "order-invalid-price",
        "account-frozen-balance-insufficient-error",
        "order-accountbalance-error",
        "order-holding-limit-failed",
        "base-symbol-error",
        "base-symbol-trade-disabled",
        "order-disabled",
        "order-type-invalid",
        "account-account-id-inexistent",
        "invalid-parameter",
        "api-signature-not-valid",
        "login-required",
    }
)
_REFUSAL_FAMILIES = pattern(
    r"order-[a-z]+-amount-[a-z-]*error|order-[a-z]*precision-error|order-[a-z]+-precision-error"
    r"|order-limitorder-price-[a-z-]+|validation-[a-z-]+",
    0,
)
_REFUSING_STATUSES = frozenset({200, 400, 401, 403, 404, 405})
_STATES_BY_NUMBER = {
    2: OrderState.CREATED,
    3: OrderState.SUBMITTED,
    4: OrderState.PARTIALLY_FILLED,
    5: OrderState.PARTIALLY_CANCELED,
    6: OrderState.FILLED,
    7: OrderState.CANCELED,
    10: OrderState.CANCELING,
}


class _Doubtful(ValueError):
    """A body that cannot be trusted to mean one thing."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says one name twice: which of the two is true cannot be known."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name twice"
        raise _Doubtful(message)
    return found


def _no_constant(name: str) -> object:
    raise _Doubtful(name)


def _strictly_read(body: bytes) -> dict[str, object]:
    """Read an order's answer; ``_Doubtful`` for anything but one plain JSON object."""
    if len(body) > ORDER_ANSWER_LIMIT:
        message = "too large"
        raise _Doubtful(message)
    try:
        answer = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        message = "not JSON"
        raise _Doubtful(message) from None
    if not isinstance(answer, dict):
        message = "not an object"
        raise _Doubtful(message)
    return answer


def _error_of(answer: dict[str, object], status: int) -> ErrorAnswer:
    code = clean(answer.get("err-code") or answer.get("err_code") or answer.get("code") or "", 80)
    text = clean(answer.get("err-msg") or answer.get("err_msg") or answer.get("message") or "")
    return ErrorAnswer(code, text, status)


def _is_refusal(error: ErrorAnswer) -> bool:
    if error.http_status not in _REFUSING_STATUSES:
        return False
    return error.code in _REFUSALS or _REFUSAL_FAMILIES.fullmatch(error.code) is not None


def place_outcome(answer: Answer, clock_off_s: float | None = None) -> Outcome:
    """The verdict on an answer to ``POST /v1/order/orders/place``."""
    if 300 <= answer.status < 400:
        return Unknown(f"HTX answered with a redirect (HTTP {answer.status}), which is never followed.")
    try:
        said = _strictly_read(answer.body)
    except _Doubtful as doubt:
        limit = " (asked too often)" if answer.status == 429 else ""
        return Unknown(f"The answer cannot be read: HTTP {answer.status}, {doubt}{limit}.")
    if answer.status == 200 and said.get("status") == "ok":
        order_id = said.get("data")
        if isinstance(order_id, str) and is_order_id(order_id):
            return Accepted(order_id)
        return Unknown("HTX says ok, but names no order id.")
    error = _error_of(said, answer.status)
    sentence, advice = explained(error, clock_off_s)
    if is_rate_limit(error):
        return Unknown(f"Refused by HTX's rate limit, to be confirmed ({error.code or 429}).")
    if said.get("status") == "error" and _is_refusal(error):
        return Refused(error.code, clean(f"{sentence} {advice}".strip(), 500))
    named = error.code or f"HTTP {answer.status}"
    return Unknown(f"HTX answered {named}, which does not say whether the order exists.")


def _state_by_number(number: object) -> OrderState | None:
    """HTX writes the state's number as number or as text; -1 (closed long ago) is no state of ours."""
    text = str(number)
    return _STATES_BY_NUMBER.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else None


_FINAL_NUMBERS = frozenset({"-1", "5", "6", "7"})


def cancel_outcome(answer: Answer, clock_off_s: float | None = None) -> CancelOutcome:
    """The verdict on an answer to ``submitcancel``."""
    try:
        said = _strictly_read(answer.body)
    except _Doubtful as doubt:
        return CancelOutcome(CancelAnswer.UNKNOWN, text=f"The answer cannot be read: HTTP {answer.status}, {doubt}.")
    if answer.status == 200 and said.get("status") == "ok":
        return CancelOutcome(CancelAnswer.REQUESTED)
    error = _error_of(said, answer.status)
    text = clean(" ".join(explained(error, clock_off_s)).strip(), 500)
    number = said.get("order-state")
    if error.code == "order-orderstate-error":
        state = _state_by_number(number)
        if str(number) in _FINAL_NUMBERS:
            return CancelOutcome(CancelAnswer.ALREADY_FINAL, state, error.code, text)
        if state is OrderState.CANCELING:
            return CancelOutcome(CancelAnswer.REQUESTED, state, error.code, text)
        return CancelOutcome(CancelAnswer.UNKNOWN, state, error.code, text)
    if error.code in {"not-found", "base-not-found", "base-record-invalid"}:
        return CancelOutcome(CancelAnswer.NOT_FOUND, None, error.code, text)
    if error.code in {"order-user-cancel-forbidden", "order-fl-cancellation-is-disallowed"}:
        return CancelOutcome(CancelAnswer.FORBIDDEN, None, error.code, text)
    return CancelOutcome(CancelAnswer.UNKNOWN, None, error.code, text)


def cancel_by_client_id_outcome(answer: Answer, clock_off_s: float | None = None) -> CancelOutcome:
    """The verdict on an answer to ``submitCancelClientOrder``, which says ok even for what it did not find."""
    outcome = cancel_outcome(answer, clock_off_s)
    if outcome.answer is not CancelAnswer.REQUESTED or outcome.code:
        return outcome
    number = _strictly_read(answer.body).get("data")
    if str(number) == "0":
        return CancelOutcome(CancelAnswer.NOT_FOUND)
    if str(number) in _FINAL_NUMBERS:
        return CancelOutcome(CancelAnswer.ALREADY_FINAL, _state_by_number(number))
    if str(number) == "10":
        return CancelOutcome(CancelAnswer.REQUESTED, OrderState.CANCELING)
    return CancelOutcome(CancelAnswer.UNKNOWN, text="HTX's answer to the cancel names no state that is known.")
