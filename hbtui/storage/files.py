"""The journal's files: private, locked for one process, made whole or not at all, and moved aside durably."""

import fcntl
import os
import sqlite3
import stat
from pathlib import Path
from typing import Literal

from hbtui.model.errors import JournalError

__all__ = [
    "JournalDamaged",
    "JournalHeld",
    "connect",
    "file_ids",
    "install",
    "lock",
    "remove",
    "remove_shared_memory",
    "require_sound",
    "set_aside",
    "sync",
    "take",
]

_COMPANIONS = ("-wal", "-shm")
_PRIVATE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class JournalHeld(JournalError):
    """Another process works with the file."""


class JournalDamaged(JournalError):
    """What lies there is no whole journal: a person decides, and may have it set aside."""


def lock(path: Path) -> int:
    """Take the journal for this process alone, for as long as the returned descriptor is open.

    The lock is the kernel's, on a file of its own beside the journal: it ends with the process, however that ends.
    Raises ``JournalHeld`` where another has it, ``OSError`` where no file can be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_lock_of(path), _PRIVATE, 0o600)
    try:
        take(descriptor, path)
    except (JournalError, OSError):
        os.close(descriptor)
        raise
    return descriptor


def take(descriptor: int, path: Path) -> None:
    """Lock the opened lock file of a journal. Raises as :func:`lock` does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # its last owner may have removed it together with the journal: such a lock keeps nobody out
        is_free = os.fstat(descriptor).st_ino == _lock_of(path).lstat().st_ino
    except (BlockingIOError, FileNotFoundError):
        is_free = False
    if not is_free:
        message = f"Another hbtui holds the journal {path}: end it first, or use that one."
        raise JournalHeld(message)


def require_sound(path: Path) -> bool:
    """Tell whether there is a journal; raise ``JournalError`` where it must not be touched. The caller has the lock."""
    for one in (path, *_companions(path)):
        if os.path.lexists(one) and not stat.S_ISREG(one.lstat().st_mode):
            message = f"The journal {one} is not a regular file."
            raise JournalDamaged(message)
    if not path.exists():
        wal = _companions(path)[0]
        if wal.exists() and wal.stat().st_size:
            message = f"The journal {path} is gone, but {wal.name}, which belongs to it, is there: bring it back."
            raise JournalDamaged(message)
        return False
    if not path.stat().st_size:
        message = f"The journal {path} is empty, which no journal ever is: its content was lost."
        raise JournalDamaged(message)
    mode = path.stat().st_mode
    if not mode & stat.S_IWUSR:
        message = f"The journal {path} is read-only: nothing can be written down, so nothing is sent."
        raise JournalError(message)
    path.chmod(0o600)
    return True


def connect(path: Path, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open a file that is there; it is waited for a moment only, and transactions begin where they are told to.

    Never created by SQLite: a file that vanished in between would come back readable by others.
    """
    return sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True, timeout=0.2, isolation_level=None)


def install(made: Path, path: Path) -> None:
    """Put a finished file into its place, so that a power loss leaves all of it or none. Raises ``OSError``."""
    sync(made)
    made.rename(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Return when a file's content, or a folder's list of names, is on the disk. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_ids(path: Path) -> tuple[int, int] | None:
    """Tell which files the journal and its log are, or ``None`` where one is missing."""
    try:
        return path.lstat().st_ino, _companions(path)[0].lstat().st_ino
    except OSError:
        return None


def remove(path: Path) -> None:
    """Delete the journal with all that belongs to it. The caller has the lock. Raises ``OSError``."""
    for one in (path, *_companions(path), _lock_of(path)):
        one.unlink(missing_ok=True)


def remove_shared_memory(path: Path) -> None:
    """Delete what readers had in common. The caller has SQLite's exclusive lock, and uses none. Raises ``OSError``."""
    Path(f"{path}-shm").unlink(missing_ok=True)


def set_aside(path: Path, now_ms: int) -> Path:
    """Move a journal that cannot be used out of the way, whole and durably; the next start makes a new one.

    What it may hold, an order in doubt among it, is then no longer watched: a person decides that, never the program.
    Returns where it is now. Raises ``JournalHeld`` while a process works with it, ``JournalError`` where it cannot be
    moved or there is none.
    """
    try:
        descriptor = lock(path)
        try:
            return _moved(path, now_ms)
        finally:
            os.close(descriptor)
    except OSError as error:
        message = f"The journal {path} cannot be set aside: {error.strerror}."
        raise JournalError(message) from None


def _moved(path: Path, now_ms: int) -> Path:
    aside = path.with_name(f"{path.name}.aside-{now_ms}")
    found = [suffix for suffix in ("", *_COMPANIONS) if os.path.lexists(f"{path}{suffix}")]
    if not found:
        message = f"There is no journal {path}."
        raise JournalError(message)
    for suffix in found:
        place = Path(f"{aside}{suffix}")
        if os.path.lexists(place):
            message = f"The journal {path} cannot be set aside: {place} is there already."
            raise JournalError(message)
    for suffix in found:
        Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    sync(path.parent)
    return aside


def _companions(path: Path) -> tuple[Path, ...]:
    return tuple(Path(f"{path}{suffix}") for suffix in _COMPANIONS)


def _lock_of(path: Path) -> Path:
    return Path(f"{path}.lock")
