"""Where files lie, and where a key comes from: read with suspicion, never exported, never searched for upwards."""

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from hbtui.model.secret import Credentials, Secret
from hbtui.model.text import clean

__all__ = ["ACCESS_KEY", "SECRET_KEY", "ConfigError", "KeyFile", "Places", "find_keys", "places"]

ACCESS_KEY = "HTX_ACCESS_KEY"
SECRET_KEY = "HTX_SECRET_KEY"  # noqa: S105 - the name of a setting, not a secret
_KEY_FILE_LIMIT = 64 * 1024


class ConfigError(Exception):
    """Something about the machine or a setting is not as it must be; ``str()`` says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that hbtui writes to; ``HBTUI_HOME`` puts all of them under one."""

    config: Path
    data: Path
    logs: Path


def places(environ: Mapping[str, str] = os.environ) -> Places:
    """Name the folders (nothing is created): under ``HBTUI_HOME``, else where the system keeps such files.

    Raises ``ConfigError`` where ``HBTUI_HOME`` names no place.
    """
    if home := environ.get("HBTUI_HOME"):
        try:
            root = Path(home).expanduser().absolute()
        except (OSError, RuntimeError):  # no such user, or the current folder is gone
            message = f"HBTUI_HOME is {clean(home)}, which leads nowhere: name a whole path that begins with /."
            raise ConfigError(message) from None
        return Places(root, root, root / "logs")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("hbtui", appauthor=False)
    return Places(dirs.user_config_path, dirs.user_data_path, dirs.user_log_path)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An API key pair and the file it was read from."""

    credentials: Credentials
    path: Path


def find_keys(named: Path | None, *, folder: Path, config: Path) -> KeyFile:
    """Read the key pair from ``named``, else ``folder/.env``, else ``config/.env``; the first that holds one.

    Raises ``ConfigError``: no file holds a key, one of the two keys is missing, or the file is open to others.
    """
    if named is not None:
        found = _read(named, is_required=True)
        if found is None:
            message = f"{named} holds neither {ACCESS_KEY} nor {SECRET_KEY}."
            raise ConfigError(message)
        return found
    candidates = (folder / ".env", config / ".env")
    for path in candidates:
        if (found := _read(path, is_required=False)) is not None:
            return found
    looked = " and ".join(str(path) for path in candidates)
    message = (
        f"No API key found: looked for {ACCESS_KEY} and {SECRET_KEY} in {looked}. "
        "Write both into one of them (chmod 600), or name another file with --env FILE."
    )
    raise ConfigError(message)


def _read(path: Path, *, is_required: bool) -> KeyFile | None:
    """Read one file; ``None`` where it does not exist or holds no key of ours (another project's ``.env``)."""
    try:
        # the checks and the reading use one descriptor, so that nobody can swap the file between them
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        if not is_required:
            return None
        message = f"There is no file {path}."
        raise ConfigError(message) from None
    except OSError as error:
        is_link = error.errno in {errno.ELOOP, errno.EMLINK}
        hint = "it is a symbolic link; name the file itself" if is_link else (error.strerror or "unreadable")
        message = f"{clean(path)} cannot be read: {hint}."
        raise ConfigError(message) from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        message = f"{path} is not a regular file."
        raise ConfigError(message)
    with os.fdopen(handle, "rb") as file:
        raw = file.read(_KEY_FILE_LIMIT + 1)
    values = _values(path, raw)
    present = {name for name in (ACCESS_KEY, SECRET_KEY) if (values.get(name) or "").strip()}
    if not present:
        return None
    _require_private(path, status)
    if missing := {ACCESS_KEY, SECRET_KEY} - present:
        message = f"{path} holds only one of the two keys: {missing.pop()} is missing."
        raise ConfigError(message)
    return KeyFile(Credentials(_secret(path, values, ACCESS_KEY), _secret(path, values, SECRET_KEY)), path)


def _values(path: Path, raw: bytes) -> Mapping[str, str | None]:
    """Parse the file's text without interpolation (a ``$`` in a secret is a ``$``)."""
    from dotenv import dotenv_values

    if len(raw) > _KEY_FILE_LIMIT:
        message = f"{path} is too large for a file of keys (more than 64 KiB)."
        raise ConfigError(message)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{path} is not UTF-8 text."
        raise ConfigError(message) from None
    return dotenv_values(stream=StringIO(text), interpolate=False)


def _secret(path: Path, values: Mapping[str, str | None], name: str) -> Secret:
    """Take one key out, refusing what cannot be one."""
    text = (values[name] or "").strip()
    if not text.isascii() or not text.isprintable() or " " in text:
        message = f"{name} in {clean(path)} holds characters that no key has (white space or control characters)."
        raise ConfigError(message)
    return Secret(text)


def _require_private(path: Path, status: os.stat_result) -> None:
    """Refuse a file of keys that anybody else can read, change or swap."""
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.geteuid():
        message = f"{path} belongs to another user: keys are read only from your own file."
        raise ConfigError(message)
    if mode & 0o077:
        message = f"{path} can be read by others (mode {mode:04o}); make it yours alone: chmod 600 {path}"
        raise ConfigError(message)
    if status.st_nlink > 1:
        message = f"{path} has a second name (a hard link) that others may reach: copy it to a file of its own."
        raise ConfigError(message)
