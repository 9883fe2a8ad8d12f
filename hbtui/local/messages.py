"""The messages between two processes of one user: lines of JSON with a version, bounded, and read strictly."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec
from msgspec import Raw, Struct

from hbtui.local.ports import Holder, Planned
from hbtui.model.errors import (
    AnswerError,
    AuthenticationError,
    ExchangeError,
    JournalError,
    MaintenanceError,
    NetworkError,
    NotFound,
    RateLimited,
    VenueError,
)
from hbtui.model.order import Confirmation, OrderRequest
from hbtui.model.text import clean
from hbtui.trading.views import Denied, Finding

__all__ = [
    "LINE_LIMIT",
    "VERSION",
    "Answer",
    "Audit",
    "Cancel",
    "CancelAll",
    "Fault",
    "Judge",
    "ListOrders",
    "MessageError",
    "Place",
    "Question",
    "Welcome",
    "answer_lines",
    "encoded",
    "fault_of",
    "raised",
    "read",
    "read_question",
]

VERSION = 1
LINE_LIMIT = 64 * 1024
_ITEMS_LIMIT = LINE_LIMIT - 1024
_MOST_DIGITS = 40
_T = TypeVar("_T")


class MessageError(ValueError):
    """A line that this program does not understand."""


class Welcome(Struct, forbid_unknown_fields=True):
    """The holder's first line: from here on it will answer one question."""

    v: int
    holder: Holder
    is_ready: bool


class Judge(Struct, tag="judge", forbid_unknown_fields=True):
    """See ``OrderDesk.judge``."""

    v: int
    requests: list[OrderRequest]


class Place(Struct, tag="place", forbid_unknown_fields=True):
    """See ``OrderDesk.place``."""

    v: int
    planned: list[Planned]
    confirmation: Confirmation


class Cancel(Struct, tag="cancel", forbid_unknown_fields=True):
    """See ``OrderDesk.cancel``."""

    v: int
    keys: list[str]


class CancelAll(Struct, tag="cancel-all", forbid_unknown_fields=True):
    """See ``OrderDesk.cancel_all``."""

    v: int
    account_ids: list[int]
    symbol: str | None


class ListOrders(Struct, tag="orders", forbid_unknown_fields=True):
    """See ``OrderDesk.orders``."""

    v: int
    account_ids: list[int]
    symbol: str | None


class Audit(Struct, tag="audit", forbid_unknown_fields=True):
    """See ``OrderDesk.audit``."""

    v: int
    key: str


Question = Judge | Place | Cancel | CancelAll | ListOrders | Audit

FaultKind = Literal["denied", "journal", "exchange", "misread", "starting"]


class Fault(Struct):
    """Why a question has no answer."""

    kind: FaultKind
    text: str
    findings: tuple[Finding, ...] = ()
    advice: str = ""
    code: str = ""
    error: str = ""


class Answer(Struct):
    """One line of an answer; more follow while ``more`` is true."""

    v: int
    items: list[Raw] = []
    more: bool = False
    fault: Fault | None = None


_EXCHANGE_ERRORS: dict[str, type[ExchangeError]] = {
    kind.__name__: kind
    for kind in (
        ExchangeError,
        NetworkError,
        AnswerError,
        VenueError,
        AuthenticationError,
        RateLimited,
        MaintenanceError,
        NotFound,
    )
}


def encoded(message: object) -> bytes:
    """One line, its end included; numbers are text."""
    return msgspec.json.encode(message, enc_hook=_plain_mapping) + b"\n"


def read(line: bytes, kind: type[_T]) -> _T:
    """Read one line strictly; raise ``MessageError``."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise MessageError(clean(error)) from None


def read_question(line: bytes) -> Question:
    """Read a question whose version is ours and whose numbers are numbers; raise ``MessageError``."""
    question: Question = read(line, Question)  # type: ignore[arg-type]  # msgspec reads unions, for which typing has no name
    if question.v != VERSION:
        message = f"the question is of version {question.v}, and this hbtui speaks {VERSION}: use the same hbtui twice"
        raise MessageError(message)
    requests = question.requests if isinstance(question, Judge) else []
    if isinstance(question, Place):
        requests = [one.request for one in question.planned]
    for request in requests:
        if not all(_is_plain(number) for number in (request.amount, request.price, request.stop_price)):
            message = "an amount or a price is no plain number"
            raise MessageError(message)
    return question


def answer_lines(items: Sequence[object]) -> Iterator[bytes]:
    """Spell an answer in as many lines as keep it within the limit of a line."""
    gathered: list[Raw] = []
    size = 0
    for item in items:
        raw = encoded(item).rstrip(b"\n")
        if gathered and size + len(raw) > _ITEMS_LIMIT:
            yield encoded(Answer(VERSION, gathered, more=True))
            gathered, size = [], 0
        gathered.append(Raw(raw))
        size += len(raw) + 1
    yield encoded(Answer(VERSION, gathered))


def fault_of(error: Denied | JournalError | ExchangeError | MessageError) -> Fault:
    """Spell an error of the project's own, so that it can be raised again at the other end."""
    text = clean(error, 2000)
    match error:
        case Denied():
            return Fault("denied", text, error.findings)
        case JournalError():
            return Fault("journal", text)
        case ExchangeError():
            code = error.code if isinstance(error, VenueError) else ""
            return Fault("exchange", text, advice=error.advice, code=code, error=type(error).__name__)
        case MessageError():
            return Fault("misread", text)


def raised(fault: Fault) -> Exception:
    """Make the error that a fault stands for."""
    text = clean(fault.text, 2000)
    if fault.kind == "denied":
        return Denied(fault.findings)
    if fault.kind == "exchange":
        kind = _EXCHANGE_ERRORS.get(fault.error, ExchangeError)
        if issubclass(kind, VenueError):
            return kind(clean(fault.code), text, advice=clean(fault.advice))
        return kind(text, advice=clean(fault.advice))
    return JournalError(f"{text[:1].upper()}{text[1:].rstrip('.')}.")


def _is_plain(number: Decimal | None) -> bool:
    if number is None:
        return True
    return (
        number.is_finite() and len(number.as_tuple().digits) <= _MOST_DIGITS and abs(number.adjusted()) <= _MOST_DIGITS
    )


def _plain_mapping(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return dict(value)
    message = f"{type(value).__name__} is never told to another process"
    raise NotImplementedError(message)
