"""Answers to orders and cancels, read strictly: one plain JSON object, or doubt. Pure: bytes in, meaning out.

A refusal is an allow-list of codes: HTX also answers ``status:error`` for orders that it may have taken
(``timeout``, ``gateway-internal-error``, ``base-system-error``), and those are not known.
"""

import json
from re import compile as pattern

from hbtui.htx.answers import Answer
from hbtui.htx.errors import ErrorAnswer
from hbtui.model.text import clean

__all__ = ["ORDER_ANSWER_LIMIT", "Doubtful", "error_of", "is_refusal", "strictly_read"]

ORDER_ANSWER_LIMIT = 64 * 1024
"""Bytes; an order's answer is a few dozen, that of a full batch a few thousand."""

_REFUSALS = frozenset(
    {
        "order-value-min-error",
        "order-invalid-price",
        "order-stop-order-hit-trigger",
        "order-source-invalid",
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


class Doubtful(ValueError):
    """A body that cannot be trusted to mean one thing; ``str()`` says why in a few fixed words."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says one name twice: which of the two is true cannot be known."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name twice"
        raise Doubtful(message)
    return found


def _no_constant(name: str) -> object:
    raise Doubtful(name)


def strictly_read(answer: Answer) -> dict[str, object]:
    """Read an order's answer; ``Doubtful`` for a redirect, and for anything but one plain JSON object."""
    if 300 <= answer.status < 400:
        message = "a redirect, which is never followed"
        raise Doubtful(message)
    if len(answer.body) > ORDER_ANSWER_LIMIT:
        message = "too large"
        raise Doubtful(message)
    try:
        said = json.loads(answer.body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except Doubtful:
        raise
    except (ValueError, RecursionError):
        message = "not JSON"
        raise Doubtful(message) from None
    if not isinstance(said, dict):
        message = "not an object"
        raise Doubtful(message)
    return said


def error_of(said: dict[str, object], status: int) -> ErrorAnswer:
    """The error that an object names, of the whole answer or of one row of a batch; both texts cleaned."""
    code = clean(said.get("err-code") or said.get("err_code") or said.get("code") or "", 80)
    text = clean(said.get("err-msg") or said.get("err_msg") or said.get("message") or "")
    return ErrorAnswer(code, text, status)


def is_refusal(error: ErrorAnswer) -> bool:
    """Whether the error proves that there is no order: a listed code, from a server that is not broken."""
    if error.http_status not in _REFUSING_STATUSES:
        return False
    return error.code in _REFUSALS or _REFUSAL_FAMILIES.fullmatch(error.code) is not None
