"""What an answer to a batch proves of each of its orders. Pure: bytes in, verdicts out.

HTX does not promise the order of the rows, so a row is known by the id that it names; an order without a row of its
own, or with two that differ, is not known. Source: HTX docs, "Place a Batch of Orders", "Batch Cancel",
"Dead man's switch".
"""

from collections.abc import Sequence

from hbtui.htx.answers import Answer
from hbtui.htx.order_answers import Doubtful, error_of, strictly_read
from hbtui.htx.outcome import cancel_outcome, cancel_verdict, place_outcome, place_verdict
from hbtui.htx.reading import is_order_id
from hbtui.model.errors import AnswerError
from hbtui.model.order import Accepted, CancelAnswer, CancelOutcome, Outcome, Unknown

__all__ = ["cancel_many_outcomes", "place_many_outcomes", "trigger_ms"]

_Row = dict[str, object]
_NO_ROW = "HTX's answer to the batch says nothing of this order."
_NOT_DOCUMENTED = "HTX's answer is not what its documentation says."
_SECONDS_BELOW = 100_000_000_000  # as milliseconds that is 1973: what is smaller is meant in seconds


def place_many_outcomes(answer: Answer, names: Sequence[str], clock_off_s: float | None = None) -> tuple[Outcome, ...]:
    """The verdicts on an answer to ``batch-orders``, one for each client order id, in their order."""
    rows = _rows(answer, "data")
    if rows is not None:
        return tuple(
            _placed([row for row in rows if row.get("client-order-id") == name], clock_off_s) for name in names
        )
    of_all = place_outcome(answer, clock_off_s)
    if isinstance(of_all, Accepted):
        of_all = Unknown("HTX answered a batch with one order id.")
    return (of_all,) * len(names)


def _placed(rows: Sequence[_Row], clock_off_s: float | None) -> Outcome:
    if len(rows) != 1:
        return Unknown(_NO_ROW if not rows else "HTX's answer to the batch names this order more than once.")
    (row,) = rows
    order_id, code = row.get("order-id"), row.get("err-code")
    if code is None or code == "":
        text = str(order_id) if isinstance(order_id, str | int) and not isinstance(order_id, bool) else ""
        return (
            Accepted(text)
            if is_order_id(text) and text.strip("0")
            else Unknown("HTX's answer to the batch names no order id.")
        )
    if order_id is not None and order_id not in ("", 0):
        return Unknown("HTX's answer to the batch names an order id and an error.")
    return place_verdict(error_of(row, 200), is_error=True, off_s=clock_off_s)


def cancel_many_outcomes(
    answer: Answer, order_ids: Sequence[str], clock_off_s: float | None = None
) -> tuple[CancelOutcome, ...]:
    """The verdicts on an answer to ``batchcancel``, one for each of HTX's order ids, in their order."""
    failed = _rows(answer, "data", "failed")
    if failed is None:
        of_all = cancel_outcome(answer, clock_off_s)
        if of_all.answer is CancelAnswer.REQUESTED:
            of_all = CancelOutcome(CancelAnswer.UNKNOWN, text=_NOT_DOCUMENTED)
        return (of_all,) * len(order_ids)
    taken = {str(name) for name in _listed(strictly_read(answer), "data", "success") or ()}
    refused = {str(row.get("order-id")): row for row in failed}
    return tuple(_cancelled(name, taken, refused, clock_off_s) for name in order_ids)


def _cancelled(name: str, taken: set[str], refused: dict[str, _Row], clock_off_s: float | None) -> CancelOutcome:
    if name in refused and name not in taken:
        row = refused[name]
        return cancel_verdict(error_of(row, 200), row.get("order-state"), clock_off_s)
    if name in taken and name not in refused:
        return CancelOutcome(CancelAnswer.REQUESTED)
    return CancelOutcome(CancelAnswer.UNKNOWN, text=_NO_ROW)


def _listed(said: _Row, *path: str) -> list[object] | None:
    found: object = said
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else None


def _rows(answer: Answer, *path: str) -> list[_Row] | None:
    """The rows of an answer that says ok; ``None`` for any other answer, and where one row is no object."""
    try:
        said = strictly_read(answer)
    except Doubtful:
        return None
    rows = _listed(said, *path) if answer.status == 200 and said.get("status") == "ok" else None
    if rows is None:
        return None
    found = [row for row in rows if isinstance(row, dict)]
    return found if len(found) == len(rows) else None


def trigger_ms(answer: Answer) -> int | None:
    """When an armed ``cancel-all-after`` will strike, UTC ms; ``None`` where HTX says that it is off.

    Two shapes are documented: an object with milliseconds, and a list of one object with seconds as text.
    Raises ``AnswerError`` for any other: whether it is armed is not known then.
    """
    try:
        data = strictly_read(answer).get("data")
    except Doubtful as doubt:
        message = f"The answer cannot be read: HTTP {answer.status}, {doubt}."
        raise AnswerError(message) from None
    row = data[0] if isinstance(data, list) and len(data) == 1 else data
    told = row.get("triggerTime") if isinstance(row, dict) else None
    text = str(told)
    if isinstance(told, bool) or not is_order_id(text) or len(text) > 15:
        raise AnswerError(_NOT_DOCUMENTED)
    moment = int(text)
    return moment * 1000 if 0 < moment < _SECONDS_BELOW else moment or None
