"""What a user may set: ``settings.toml`` in the config folder, read strictly; without the file the defaults hold.

::

    [limits.live]                  # in USDT; "none" lifts a limit
    max_order_value = 100          # of one order
    max_open_value = 500           # of all that is open, the new order included
    max_session_value = 2000       # of all that was sent in 24 hours, the new order included

    [limits.demo]                  # the same three

    [dead_mans_switch]
    seconds = 0                    # 0 is off, else 30 and more

There is no address of an exchange among the settings, and nothing that is run: a file from somebody else can at most
lift limits. Nothing is ever created or written here.
"""

import errno
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from hbtui.config import ConfigError
from hbtui.model.account import Mode
from hbtui.model.numbers import parse_plain
from hbtui.model.text import clean
from hbtui.trading.views import Caps

__all__ = ["SETTINGS_NAME", "Settings", "caps_of", "read_settings"]

SETTINGS_NAME = "settings.toml"
_SIZE_LIMIT = 64 * 1024
_NO_LIMIT = "none"
_CAPS = MappingProxyType(
    {"max_order_value": "order_value", "max_open_value": "open_value", "max_session_value": "session_value"}
)
_MODES = MappingProxyType({"live": Mode.LIVE, "demo": Mode.DEMO})
_DEFAULTS = MappingProxyType(
    {
        # low enough that a slip of the finger is a lesson, until the user raises them
        Mode.LIVE: Caps(order_value=Decimal(100), open_value=Decimal(500), session_value=Decimal(2_000)),
        Mode.DEMO: Caps(order_value=Decimal(10_000), open_value=Decimal(50_000), session_value=Decimal(200_000)),
    }
)
_LARGEST = Decimal(10**15)
_LEAST_SWITCH_S, _MOST_SWITCH_S = 30, 24 * 3600
_VALUE_RULE = f'a plain number of USDT from 0 to {_LARGEST} such as 250 or 99.50, or "{_NO_LIMIT}" for no limit'
_SWITCH_RULE = f"0 (off), or a whole number of seconds from {_LEAST_SWITCH_S} to {_MOST_SWITCH_S}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set."""

    limits: Mapping[Mode, Caps] = field(default_factory=lambda: _DEFAULTS)
    switch_s: int = 0
    """The dead man's switch that is armed at the start, in seconds; 0 is off."""


def caps_of(settings: Settings, mode: Mode) -> Caps:
    """What may be sent in a mode at most; paper money is the demo's kind of money."""
    return settings.limits[Mode.LIVE if mode is Mode.LIVE else Mode.DEMO]


def read_settings(config: Path) -> Settings:
    """Read the file in the config folder; where there is none, the defaults.

    Raises ``ConfigError`` with the file, the key and what is allowed: for a key that is not known, a value of the
    wrong kind, and a file that is not wholly the user's own.
    """
    path = config / SETTINGS_NAME
    raw = _bytes_of(path)
    if raw is None:
        return Settings()
    try:
        tables = tomllib.loads(raw.decode("utf-8-sig"), parse_float=_PlainText)
    except UnicodeDecodeError:
        message = f"{clean(path)} is not UTF-8 text."
        raise ConfigError(message) from None
    except (ValueError, RecursionError) as error:
        message = f"{clean(path)} is not TOML: {clean(error)}."
        raise ConfigError(message) from None
    _known(path, tables, "", ("limits", "dead_mans_switch"))
    limits = _table(path, tables, "limits", tuple(_MODES))
    switch = _table(path, tables, "dead_mans_switch", ("seconds",))
    caps = {mode: _caps(path, limits, name, _DEFAULTS[mode]) for name, mode in _MODES.items()}
    return Settings(MappingProxyType(caps), _seconds(path, switch.get("seconds", 0)))


@dataclass(frozen=True, slots=True)
class _PlainText:
    """A number with a point or an exponent as it stands in the file, so that nothing of it is rounded."""

    text: str

    def __str__(self) -> str:
        return self.text


def _bytes_of(path: Path) -> bytes | None:
    """Read the file, if it is there and nobody else can have written it."""
    try:
        # the checks and the reading use one descriptor, so that nobody can swap the file between them
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        is_link = error.errno in {errno.ELOOP, errno.EMLINK}
        hint = "it is a symbolic link; put the file itself there" if is_link else (error.strerror or "unreadable")
        message = f"{clean(path)} cannot be read: {hint}."
        raise ConfigError(message) from None
    status = os.fstat(handle)
    if problem := next(_problems(path, status), ""):
        os.close(handle)
        message = f"{clean(path)} {problem}"
        raise ConfigError(message)
    with os.fdopen(handle, "rb") as file:
        raw = file.read(_SIZE_LIMIT + 1)
    if len(raw) > _SIZE_LIMIT:
        message = f"{clean(path)} is too large for settings (more than 64 KiB)."
        raise ConfigError(message)
    return raw


def _problems(path: Path, status: os.stat_result) -> Iterator[str]:
    """Say why somebody else may have had a hand in the file."""
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        yield "is not a regular file."
    if status.st_uid != os.geteuid():
        yield "belongs to another user: settings are read only from your own file."
    if mode & 0o022:
        yield f"can be changed by others (mode {mode:04o}); make it yours alone: chmod go-w {clean(path)}"


def _known(path: Path, table: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> None:
    """Refuse what is not a setting: a misspelt limit must not be one that silently does not hold."""
    for key in table:
        if key not in allowed:
            where = f"[{name}]" if name else "the file"
            message = f"{clean(path)}: {clean(key)!r} is no setting; {where} takes {', '.join(allowed)}."
            raise ConfigError(message)


def _table(
    path: Path, parent: Mapping[str, object], key: str, allowed: tuple[str, ...], within: str = ""
) -> Mapping[str, object]:
    """Take a table out of another; an absent one is empty."""
    name = f"{within}.{key}" if within else key
    table = parent.get(key, {})
    if not isinstance(table, dict):
        message = f"{clean(path)}: {name} must be a table, written as [{name}]."
        raise ConfigError(message)
    _known(path, table, name, allowed)
    return table


def _caps(path: Path, limits: Mapping[str, object], name: str, usual: Caps) -> Caps:
    """Read the limits of one mode; what is not named stays as usual."""
    table = _table(path, limits, name, tuple(_CAPS), "limits")
    set_here = {_CAPS[key]: _value(path, f"limits.{name}.{key}", value) for key, value in table.items()}
    return replace(usual, **set_here)


def _value(path: Path, name: str, value: object) -> Decimal | None:
    if value == _NO_LIMIT:
        return None
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = Decimal(value)
    elif isinstance(value, _PlainText):
        number = parse_plain(value.text)
    if number is None or not 0 <= number <= _LARGEST:
        raise _refused(path, name, value, _VALUE_RULE)
    return number


def _seconds(path: Path, value: object) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, int) and is_whole and (value == 0 or _LEAST_SWITCH_S <= value <= _MOST_SWITCH_S):
        return value
    raise _refused(path, "dead_mans_switch.seconds", value, _SWITCH_RULE)


def _refused(path: Path, name: str, value: object, rule: str) -> ConfigError:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return ConfigError(f"{clean(path)}: {name} is {clean(shown, 40)}; it must be {rule}.")
