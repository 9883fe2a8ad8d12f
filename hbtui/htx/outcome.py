"""What an answer to an order or a cancel proves. Pure: bytes in, verdict out."""

from dataclasses import replace

from hbtui.htx.answers import Answer
from hbtui.htx.errors import ErrorAnswer, explained, is_rate_limit
from hbtui.htx.order_answers import Doubtful, error_of, is_refusal, strictly_read
from hbtui.htx.reading import is_order_id
from hbtui.model.order import Accepted, CancelAnswer, CancelOutcome, OrderState, Outcome, Refused, Unknown
from hbtui.model.text import clean

__all__ = ["cancel_by_client_id_outcome", "cancel_outcome", "cancel_verdict", "place_outcome", "place_verdict"]

_STATES_BY_NUMBER = {
    2: OrderState.CREATED,
    3: OrderState.SUBMITTED,
    4: OrderState.PARTIALLY_FILLED,
    5: OrderState.PARTIALLY_CANCELED,
    6: OrderState.FILLED,
    7: OrderState.CANCELED,
    10: OrderState.CANCELING,
}
_BARRED = frozenset({401, 403})
_FINAL_NUMBERS = frozenset({"-1", "5", "6", "7"})


def place_outcome(answer: Answer, clock_off_s: float | None = None) -> Outcome:
    """The verdict on an answer to ``POST /v1/order/orders/place``; a redirect or a refused key raises its alarm."""
    if 300 <= answer.status < 400:
        text = f"HTX answered with a redirect (HTTP {answer.status}), which is never followed."
        return Unknown(text, alarm=f"{text} Something stands between this computer and HTX: a portal or a proxy.")
    outcome = _told(answer, clock_off_s)
    if answer.status in _BARRED and not isinstance(outcome, Accepted):
        said = outcome.text if isinstance(outcome, Refused) else outcome.cause
        return replace(outcome, alarm=f"HTX bars this key (HTTP {answer.status}): {said}")
    return outcome


def _told(answer: Answer, clock_off_s: float | None) -> Outcome:
    try:
        said = strictly_read(answer)
    except Doubtful as doubt:
        limit = " (asked too often)" if answer.status == 429 else ""
        return Unknown(f"The answer cannot be read: HTTP {answer.status}, {doubt}{limit}.")
    if answer.status == 200 and said.get("status") == "ok":
        order_id = said.get("data")
        if isinstance(order_id, str) and is_order_id(order_id) and order_id.strip("0"):
            return Accepted(order_id)
        return Unknown("HTX says ok, but names no order id.")
    if said.get("status") == "error" and said.get("data") not in (None, "", 0):
        return Unknown("HTX answered with an error, and with an order beside it.")
    return place_verdict(error_of(said, answer.status), is_error=said.get("status") == "error", off_s=clock_off_s)


def place_verdict(error: ErrorAnswer, *, is_error: bool, off_s: float | None = None) -> Outcome:
    """What a named error means for an order; ``is_error`` is whether the answer called itself one."""
    sentence, advice = explained(error, off_s)
    if is_rate_limit(error):
        return Unknown(f"Refused by HTX's rate limit, to be confirmed ({error.code or 429}).")
    if is_error and is_refusal(error):
        return Refused(error.code, clean(f"{sentence} {advice}".strip(), 500))
    named = error.code or f"HTTP {error.http_status}"
    return Unknown(f"HTX answered {named}, which does not say whether the order exists.")


def _state_by_number(number: object) -> OrderState | None:
    """HTX writes the state's number as number or as text; -1 (closed long ago) is no state of ours."""
    text = str(number)
    return _STATES_BY_NUMBER.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else None


def cancel_outcome(answer: Answer, clock_off_s: float | None = None) -> CancelOutcome:
    """The verdict on an answer to ``submitcancel``."""
    try:
        said = strictly_read(answer)
    except Doubtful as doubt:
        return CancelOutcome(CancelAnswer.UNKNOWN, text=f"The answer cannot be read: HTTP {answer.status}, {doubt}.")
    if answer.status == 200 and said.get("status") == "ok":
        return CancelOutcome(CancelAnswer.REQUESTED)
    return cancel_verdict(error_of(said, answer.status), said.get("order-state"), clock_off_s)


def cancel_verdict(error: ErrorAnswer, number: object, clock_off_s: float | None = None) -> CancelOutcome:
    """What a named error means for a cancel; ``number`` is HTX's ``order-state`` beside it."""
    text = clean(" ".join(explained(error, clock_off_s)).strip(), 500)
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
    number = strictly_read(answer).get("data")
    if str(number) == "0":
        return CancelOutcome(CancelAnswer.NOT_FOUND)
    if str(number) in _FINAL_NUMBERS:
        return CancelOutcome(CancelAnswer.ALREADY_FINAL, _state_by_number(number))
    if str(number) == "10":
        return CancelOutcome(CancelAnswer.REQUESTED, OrderState.CANCELING)
    return CancelOutcome(CancelAnswer.UNKNOWN, text="HTX's answer to the cancel names no state that is known.")
