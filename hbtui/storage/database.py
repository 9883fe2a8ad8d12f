"""One SQLite file with one connection on one thread of its own, awaited from an asyncio loop."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from hbtui.model.errors import JournalError

__all__ = ["Database", "JournalHeld"]

_T = TypeVar("_T")


class JournalHeld(JournalError):
    """Another process works with the file."""


class Database:
    """Runs work on the writer thread, in the order asked. Every failure is a ``JournalError`` with a sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hbtui-journal")
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Create the file if need be (0600 in a 0700 folder), lock it for this process alone, and ``prepare`` it."""
        await self._on_thread(lambda: self._open(prepare))

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do ``work`` in one transaction; when this returns, it is on the disk."""
        return await self._on_thread(lambda: self._transact(work))

    async def remove(self) -> None:
        """Delete the file while it is still held, so that nobody else can have begun to use it."""
        await self._on_thread(self._unlink)

    async def close(self) -> None:
        """Wait for all that was asked, close the file and end the thread."""
        try:
            await self._on_thread(self._close)
        finally:
            self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], _T]) -> _T:
        try:
            future = self._thread.submit(work)
        except RuntimeError:
            message = "The journal is closed."
            raise JournalError(message) from None
        # a commit that has begun is seen through even when its asker is cancelled
        return await asyncio.shield(asyncio.wrap_future(future))

    def _open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        try:
            self._create()
            # never created by SQLite: a file that vanished in between would come back readable by others
            place = f"{self._path.as_uri()}?mode=rw"
            connection = sqlite3.connect(place, uri=True, timeout=0.2, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._failure(error) from None
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")  # from here on the lock is held until the end
            connection.execute("COMMIT")
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                message = f"The journal {self._path} is damaged: move it aside, and start again."
                raise JournalError(message)
            prepare(connection)
            self._inode = self._path.stat().st_ino
        except (OSError, sqlite3.Error) as error:
            connection.close()
            raise self._failure(error) from None
        except JournalError:
            connection.close()
            raise
        self._connection = connection

    def _create(self) -> None:
        """Make the file before SQLite does, so that nobody else can read it for even a moment.

        A file that exists is not opened here: closing it again would drop every lock that this process has on it.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            if not stat.S_ISREG(self._path.lstat().st_mode):
                message = f"The journal {self._path} is not a regular file."
                raise JournalError(message) from None
            self._path.chmod(0o600)

    def _transact(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._connection
        if connection is None:
            message = "The journal is closed."
            raise JournalError(message)
        self._require_file()
        try:
            connection.execute("BEGIN IMMEDIATE")
            with connection:  # commits, or rolls back on any error
                return work(connection)
        except sqlite3.Error as error:
            raise self._failure(error) from None

    def _require_file(self) -> None:
        """Refuse to write where the file was deleted or swapped: what is written there would be lost."""
        try:
            is_same = self._path.lstat().st_ino == self._inode
        except OSError:
            is_same = False
        if not is_same:
            message = f"The journal {self._path} was removed or replaced while in use."
            raise JournalError(message)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _unlink(self) -> None:
        try:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError | sqlite3.Error) -> JournalError:
        if isinstance(error, OSError):
            return JournalError(f"The journal {self._path} cannot be opened: {error.strerror or 'unreadable'}.")
        if "locked" in str(error):
            return JournalHeld(f"Another hbtui holds the journal {self._path}: end it first, or use that one.")
        return JournalError(f"The journal {self._path} cannot be used: {error}.")
