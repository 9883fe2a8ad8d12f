"""The asker's end: the desk of another process, reached by its socket."""

import asyncio
import contextlib
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from hbtui.local.messages import (
    LINE_LIMIT,
    VERSION,
    Answer,
    Audit,
    Cancel,
    CancelAll,
    Judge,
    ListOrders,
    MessageError,
    Place,
    Question,
    Welcome,
    encoded,
    raised,
    read,
)
from hbtui.local.peers import is_same_user, peer_user
from hbtui.local.place import private_folder
from hbtui.local.ports import CancelEnd, Holder, Judged, Planned
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import JournalError, NetworkError
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState
from hbtui.trading.desk import CancelReport

__all__ = ["AnswerLost", "LentDesk", "Unreachable", "find_holder"]

_WELCOME_LIMIT_S = 3.0
_START_LIMIT_S = 8.0
_START_PAUSE_S = 0.2
_ANSWER_LIMIT_S = 75.0
_MOST_LINES = 512
_LOST = "the hbtui that holds the account did not answer"
_T = TypeVar("_T")


class Unreachable(JournalError):
    """No process answers at the account's socket; nothing was asked."""


class AnswerLost(NetworkError):
    """The question was handed over, and no answer came: whatever was asked may have been done."""


async def find_holder(paths: Sequence[Path]) -> Holder | None:
    """Who holds the account, if it can be asked."""
    try:
        async with _welcomed(paths) as (welcome, _, _):
            return welcome.holder
    except Unreachable:
        return None


class LentDesk:
    """Implements ``OrderDesk`` by asking the holder; raises ``Unreachable`` where nothing was asked."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._handed: dict[str, Order] = {}

    async def judge(self, requests: Sequence[OrderRequest]) -> tuple[Judged, ...]:
        """See ``OrderDesk``."""
        return await self._ask(Judge(VERSION, list(requests)), Judged)

    async def place(self, planned: Sequence[Planned], confirmation: Confirmation) -> tuple[Order, ...]:
        """See ``OrderDesk``; an order whose answer is lost is uncertain, and is never handed over again."""
        doubtful = tuple(_doubtful(one, confirmation.at_ms) for one in planned)
        question = Place(VERSION, list(planned), confirmation)
        try:
            orders = await self._ask(question, Order, doubtful)
        except AnswerLost:
            return doubtful
        if len(orders) != len(planned):
            return doubtful
        self._handed.update(zip((one.client_order_id for one in planned), orders, strict=True))
        return orders

    def handed_over(self, client_order_id: str) -> Order | None:
        """See ``OrderDesk``."""
        return self._handed.get(client_order_id)

    async def cancel(self, keys: Sequence[str]) -> tuple[CancelEnd, ...]:
        """See ``OrderDesk``."""
        return await self._ask(Cancel(VERSION, list(keys)), CancelEnd)

    async def cancel_all(self, account_ids: Sequence[int], symbol: str | None) -> CancelReport:
        """See ``OrderDesk``."""
        (report,) = await self._ask(CancelAll(VERSION, list(account_ids), symbol), CancelReport)
        return report

    async def orders(self, account_ids: Sequence[int], symbol: str | None) -> tuple[Order, ...]:
        """See ``OrderDesk``."""
        return await self._ask(ListOrders(VERSION, list(account_ids), symbol), Order)

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """See ``OrderDesk``."""
        return await self._ask(Audit(VERSION, key), JournalEntry)

    async def _ask(self, question: Question, kind: type[_T], doubtful: Sequence[Order] = ()) -> tuple[_T, ...]:
        """Ask once; ask anew only where the holder said that it did nothing yet."""
        line = encoded(question)
        if len(line) > LINE_LIMIT:
            message = "The question is too long to be asked: ask for less at once."
            raise JournalError(message)
        deadline_s = asyncio.get_running_loop().time() + _START_LIMIT_S
        while True:
            async with _welcomed(self._paths) as (_, reader, writer):
                # from here on it is not known what the other process has read
                self._handed.update((order.client_order_id, order) for order in doubtful)
                answers = await _answered(reader, writer, line)
            fault = answers[-1].fault
            if fault is None:
                return tuple(_item(raw, kind) for answer in answers for raw in answer.items)
            for order in doubtful:  # the holder says itself that it did nothing
                self._handed.pop(order.client_order_id, None)
            if fault.kind != "starting" or asyncio.get_running_loop().time() > deadline_s:
                raise raised(fault)
            await asyncio.sleep(_START_PAUSE_S)


@asynccontextmanager
async def _welcomed(
    paths: Sequence[Path],
) -> AsyncIterator[tuple[Welcome, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the first socket that welcomes; a holder that ends just now does not, and then nothing was asked."""
    problem = "no hbtui listens for this account"
    for path in paths:
        if not _is_ours(path):
            continue
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(_WELCOME_LIMIT_S):
                reader, writer = await asyncio.open_unix_connection(path, limit=2 * LINE_LIMIT)
                line = await reader.readline() if _is_trusted(writer) else b""
            welcome = read(line, Welcome)
        except (OSError, TimeoutError, ValueError):
            if writer is not None:
                writer.close()
            problem = "the hbtui that holds the account does not answer"
            continue
        try:
            if welcome.v != VERSION:
                message = "another version of hbtui holds the account: use the same one for both"
                raise Unreachable(message)
            yield welcome, reader, writer
        finally:
            writer.close()
        return
    raise Unreachable(f"{problem[:1].upper()}{problem[1:]}.")


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> list[Answer]:
    answers: list[Answer] = []
    try:
        async with asyncio.timeout(_ANSWER_LIMIT_S):
            writer.write(line)
            await writer.drain()
            while not answers or answers[-1].more:
                answers.append(read(await reader.readline(), Answer))
                if len(answers) > _MOST_LINES:
                    raise AnswerLost(_LOST)
    except (OSError, TimeoutError, ValueError):
        raise AnswerLost(f"{_LOST[:1].upper()}{_LOST[1:]}.") from None
    return answers


def _item(raw: bytes, kind: type[_T]) -> _T:
    try:
        return read(raw, kind)
    except MessageError:
        raise AnswerLost(f"{_LOST[:1].upper()}{_LOST[1:]} in words that this one understands.") from None


def _is_ours(path: Path) -> bool:
    """Whether it is a socket, and no link to one, in a folder that nobody else can enter."""
    with contextlib.suppress(OSError):
        return stat.S_ISSOCK(path.lstat().st_mode) and not private_folder(path.parent)
    return False


def _is_trusted(writer: asyncio.StreamWriter) -> bool:
    return is_same_user(peer_user(writer.get_extra_info("socket")))


def _doubtful(planned: Planned, at_ms: int) -> Order:
    """The order as it stands while the holder has not answered."""
    request = planned.request
    return Order(
        client_order_id=planned.client_order_id,
        order_id=None,
        account_id=request.account_id,
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        venue_type=request.venue_type,
        state=OrderState.UNCERTAIN,
        amount=request.amount,
        price=request.price,
        stop_price=request.stop_price,
        stop_operator=request.stop_operator,
        created_ms=at_ms,
        cause=_LOST,
    )
