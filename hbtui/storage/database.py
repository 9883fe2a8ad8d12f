"""One SQLite file with one connection on one thread of its own, awaited from an asyncio loop."""

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hbtui.model.errors import JournalError
from hbtui.model.text import clean
from hbtui.storage.chain import Draft, append
from hbtui.storage.files import (
    JournalDamaged,
    JournalHeld,
    connect,
    file_ids,
    install,
    lock,
    remove,
    remove_shared_memory,
    require_sound,
    sync,
)
from hbtui.storage.inspection import inspect
from hbtui.storage.schema import migrate

__all__ = ["CHECKPOINT_EVERY", "Database"]

_T = TypeVar("_T")
_TOGETHER = 256
"""So many writings are committed at once at most: each waits for one turn of the disk, or two."""
CHECKPOINT_EVERY = 500
"""After so many entries the log is written back, so that the next start has little to recover."""


@dataclass(frozen=True, slots=True)
class _Writing:
    drafts: Sequence[Draft]
    told: Future[int] = field(default_factory=Future)


class Database:
    """Appends entries and reads them on the writer thread, in the order asked.

    Every failure is a ``JournalError`` with a sentence. After a failed commit nothing is written any more: what the
    disk has kept is known only once the file is opened anew. Reading goes on.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hbtui-journal")
        self._waiting: deque[_Writing] = deque()
        self._connection: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._files: tuple[int, int] | None = None
        self._problem = ""
        self._since_checkpoint = 0

    async def open(self) -> None:
        """Lock the file for this process alone, check all of it, and make it (0600 in a 0700 folder) if there is none.

        Raises ``JournalHeld``, ``JournalDamaged`` (the file is left as it is), or ``JournalError``.
        """
        await self._on_thread(self._open)

    async def append(self, drafts: Sequence[Draft]) -> int:
        """Append all entries or none; when this returns the last one's number, they are on the disk."""
        # a commit that has begun is seen through even when its asker is cancelled
        return await asyncio.shield(asyncio.wrap_future(self._ask(drafts)))

    def post(self, drafts: Sequence[Draft]) -> None:
        """Append in turn, and return at once; where it fails, the next writing tells."""
        self._ask(drafts)

    async def read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Ask about everything that was written before."""
        return await self._on_thread(lambda: self._read(work))

    async def remove(self) -> None:
        """Delete the file while it is still held, so that nobody else can have begun to use it."""
        await self._on_thread(self._remove)

    async def close(self) -> None:
        """Wait for all that was asked, close the file and end the thread."""
        try:
            await self._on_thread(self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def _submit(self, work: Callable[[], _T]) -> Future[_T]:
        try:
            return self._thread.submit(work)
        except RuntimeError:
            message = "The journal is closed."
            raise JournalError(message) from None

    def _ask(self, drafts: Sequence[Draft]) -> Future[int]:
        if self._problem:
            raise JournalError(self._problem)
        writing = _Writing(drafts)
        self._waiting.append(writing)
        # one turn for each writing, in line with the readings; the first turn takes along all that wait by then
        self._submit(self._write_waiting)
        return writing.told

    def _open(self) -> None:
        try:
            self._lock = lock(self._path)
            if not require_sound(self._path):
                self._create()
            inspect(self._path)
            self._connection = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise self._failure(error) from None

    def _create(self) -> None:
        """Make the file beside its place, private before SQLite writes into it, and put it there when it is whole."""
        made = Path(f"{self._path}.new")
        made.unlink(missing_ok=True)
        try:
            os.close(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            connection = connect(made, "rw")
            try:
                connection.execute("PRAGMA synchronous = OFF")  # synced whole before it gets its name
                migrate(connection)
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()
            install(made, self._path)
        finally:
            made.unlink(missing_ok=True)

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path, "rw")
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            # left to SQLite, a checkpoint that fails would fail in silence
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            connection.execute("BEGIN IMMEDIATE")  # from here on SQLite's own lock is held until the end
            connection.execute("COMMIT")
            remove_shared_memory(self._path)
            sync(self._path.parent)  # the log's name: SQLite does it too, but keeps a failure to itself
            migrate(connection)
            self._files = file_ids(self._path)
        except (JournalError, OSError, sqlite3.Error):
            connection.close()
            raise
        return connection

    def _write_waiting(self) -> None:
        batch: list[_Writing] = []
        while self._waiting and len(batch) < _TOGETHER:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        problem = self._problem or f"The journal {self._path} could not be written."
        try:
            for writing, told in zip(batch, self._commit(batch), strict=True):
                if isinstance(told, JournalError):
                    writing.told.set_exception(told)
                else:
                    writing.told.set_result(told)
            self._checkpoint()
        except sqlite3.Error as error:
            self._problem = problem = str(self._failure(error))
        except JournalError as error:
            self._problem = problem = str(error)
        finally:
            for writing in batch:
                if not writing.told.done():
                    writing.told.set_exception(JournalError(problem))

    def _commit(self, batch: Sequence[_Writing]) -> list[int | JournalError]:
        if self._problem:
            raise JournalError(self._problem)
        connection = self._open_connection()
        self._require_files()
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back on any error
            told = [self._append(connection, writing.drafts) for writing in batch]
        # looked at again: what was committed into a file that nobody can find is not durable
        self._require_files()
        self._since_checkpoint += sum(len(writing.drafts) for writing in batch)
        return told

    def _append(self, connection: sqlite3.Connection, drafts: Sequence[Draft]) -> int | JournalError:
        """Append one asker's entries, or none of them and tell why; the others in the transaction are not touched."""
        told: int | JournalError
        connection.execute("SAVEPOINT asker")
        try:
            told = append(connection, drafts)
        except JournalError as refusal:
            connection.execute("ROLLBACK TO asker")
            told = refusal
        connection.execute("RELEASE asker")  # a failing disk has undone the whole transaction, and is not met here
        return told

    def _checkpoint(self) -> None:
        """Write the log back now and then, after the askers were answered."""
        if self._since_checkpoint >= CHECKPOINT_EVERY:
            self._since_checkpoint = 0
            self._open_connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _read(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._open_connection()
        try:
            return work(connection)
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            message = "The journal is closed."
            raise JournalError(message)
        return self._connection

    def _require_files(self) -> None:
        """Refuse to write where a file was deleted or swapped: what is written there would be lost."""
        if self._files is None or file_ids(self._path) != self._files:
            message = f"The journal {self._path} was removed or replaced while in use."
            raise JournalError(message)

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _close(self) -> None:
        self._close_connection()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _remove(self) -> None:
        try:
            self._close_connection()
            remove(self._path)
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError | sqlite3.Error) -> JournalError:
        if isinstance(error, OSError):
            return JournalError(f"The journal {self._path} cannot be opened: {error.strerror}.")
        name, text = getattr(error, "sqlite_errorname", ""), clean(error)
        if not name:  # not SQLite's word but its binding's, and with the file's content in it
            return JournalDamaged(f"The journal {self._path} is damaged: a text in it cannot be read.")
        if name.startswith("SQLITE_BUSY"):
            return JournalHeld(f"Another program holds the journal {self._path}: end it first.")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return JournalDamaged(f"The journal {self._path} is damaged: {text}.")
        return JournalError(f"The journal {self._path} cannot be used: {text}.")
