"""The holder's end: answers the questions of this user's other processes with the one desk of the account."""

import asyncio
import contextlib
import socket
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from hbtui.local.messages import (
    LINE_LIMIT,
    VERSION,
    Answer,
    Audit,
    Cancel,
    CancelAll,
    Fault,
    Judge,
    ListOrders,
    MessageError,
    Place,
    Question,
    Welcome,
    answer_lines,
    encoded,
    fault_of,
    read_question,
)
from hbtui.local.peers import is_same_user, peer_user
from hbtui.local.place import private_folder
from hbtui.local.ports import Holder, OrderDesk
from hbtui.model.errors import ExchangeError, JournalError
from hbtui.trading.views import Denied

__all__ = ["LocalServer"]

_QUESTION_LIMIT_S = 5.0
_WRITE_LIMIT_S = 5.0
_LAST_ANSWERS_S = 20.0
_MOST_TALKS = 32


class LocalServer:
    """Listens on a socket of mode 0600 in a folder of mode 0700. One connection is one question and one answer."""

    def __init__(self, holder: Holder) -> None:
        self._holder = holder
        self._desk: OrderDesk | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._inode = 0
        self._is_closing = False

    @property
    def is_closing(self) -> bool:
        """Whether the answers that are still being made are the last ones."""
        return self._is_closing

    def lend(self, desk: OrderDesk) -> None:
        """Answer with this desk from now on; before that every question is told that the holder still starts."""
        self._desk = desk

    async def open(self, paths: Sequence[Path]) -> str:
        """Listen on the first path that can be used; say why none can be, or ``""``.

        For the holder of the journal's lock alone: what lies at the path is of a process that is gone, and goes too.
        """
        problem = "its path is too long"
        for path in paths:
            problem = private_folder(path.parent)
            if problem:
                continue
            try:
                listener = _bound(path)
            except OSError as error:
                problem = f"{path} cannot be used: {error.strerror or 'the system refuses'}"
                continue
            self._path, self._inode = path, path.lstat().st_ino
            self._server = await asyncio.start_unix_server(self._talk, sock=listener, limit=LINE_LIMIT)
            return ""
        return problem

    async def close(self) -> None:
        """Take no more questions, and let those that were asked be answered, within a bounded time."""
        self._is_closing = True
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            with contextlib.suppress(OSError):
                if self._path.lstat().st_ino == self._inode:
                    self._path.unlink()
            self._path = None
        if self._talks:
            await asyncio.wait(self._talks, timeout=_LAST_ANSWERS_S)
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - the server makes a task of each connection
        self._talks.add(task)
        try:
            if len(self._talks) <= _MOST_TALKS and _is_welcome(writer):
                await self._answer(reader, writer)
        except (OSError, TimeoutError):
            return  # whoever asked has gone, or said nothing: there is nobody to tell
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Welcome, read one question, and see it through, even where the asker leaves meanwhile."""
        async with asyncio.timeout(_QUESTION_LIMIT_S):
            writer.write(encoded(Welcome(VERSION, self._holder, self._desk is not None)))
            await writer.drain()
            try:
                line = await reader.readline()
            except ValueError:  # longer than a line may be
                line = b"?"
        if not line:
            return
        answer = await self._lines(line)
        async with asyncio.timeout(_WRITE_LIMIT_S):
            for part in answer:
                writer.write(part)
                await writer.drain()

    async def _lines(self, line: bytes) -> list[bytes]:
        try:
            question = read_question(line)
            if self._desk is None:
                return [_told(Fault("starting", "the hbtui that holds the account is still starting"))]
            return list(answer_lines(await _asked(self._desk, question)))
        except (MessageError, Denied, JournalError, ExchangeError) as error:
            return [_told(fault_of(error))]


async def _asked(desk: OrderDesk, question: Question) -> Sequence[object]:
    match question:
        case Judge():
            return await desk.judge(question.requests)
        case Place():
            return await desk.place(question.planned, question.confirmation)
        case Cancel():
            return await desk.cancel(question.keys)
        case CancelAll():
            return [await desk.cancel_all(question.account_ids, question.symbol)]
        case ListOrders():
            return await desk.orders(question.account_ids, question.symbol)
        case Audit():
            return await desk.audit(question.key)


def _told(fault: Fault) -> bytes:
    return encoded(Answer(VERSION, fault=fault))


def _is_welcome(writer: asyncio.StreamWriter) -> bool:
    connection = writer.get_extra_info("socket")
    return is_same_user(peer_user(connection))


def _bound(path: Path) -> socket.socket:
    """Bind without listening: until the mode is right nobody can connect."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            message = "something that is no socket lies there"
            raise OSError(message)
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener
