"""Where the socket of an account lies: in a folder that nobody else can enter, under a name made from its journal."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["private_folder", "socket_paths"]

_LONGEST_PATH = 103
"""Bytes of a Unix socket's path, its end mark not counted: 103 on macOS, 107 on Linux."""
_NAME_LENGTH = 24


def socket_paths(journal: Path, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Name the sockets that the holder of ``journal`` may listen on, the preferred one first; nothing is created.

    Both sides try them in this order: an environment that differs between two processes must not part them.
    """
    name = f"{hashlib.sha256(os.fsencode(journal.absolute())).hexdigest()[:_NAME_LENGTH]}.sock"
    paths = (folder / name for folder in _folders(journal, environ))
    return tuple(path for path in paths if len(os.fsencode(path)) <= _LONGEST_PATH)


def _folders(journal: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and not environ.get("HBTUI_HOME"):
        yield Path(runtime) / "hbtui"
    yield journal.absolute().parent / "sockets"
    # a home may be too long for a socket's path, or lie on a disk that takes none
    yield Path(tempfile.gettempdir()) / f"hbtui-{os.geteuid()}"


def private_folder(folder: Path) -> str:
    """Make the folder if need be, 0700; say why it cannot be trusted, or ``""`` where only this user can enter it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        return f"{folder} cannot be used: {error.strerror or 'the system refuses'}"
    if not stat.S_ISDIR(status.st_mode):
        return f"{folder} is not a folder of its own (a link or a file)"
    if status.st_uid != os.geteuid():
        return f"{folder} belongs to another user"
    if stat.S_IMODE(status.st_mode) & 0o077:
        return f"{folder} can be entered by others"
    return ""
