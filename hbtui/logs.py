"""The log file: private, bounded, one line an entry, and without anything that could sign a request."""

import logging
import os
import re
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

__all__ = ["redacted", "start_logging"]

_FORMAT = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s %(message)s"
_QUIET = ("httpx", "httpcore", "websockets", "asyncio", "uvicorn")
# a signed query is a licence to trade for five minutes: it leaves no trace, whoever logs it
_SIGNED = re.compile(r"((?:AccessKeyId|accessKey|Signature|signature)(?:=|%3D|\"?\s*:\s*\"?))[^&\s\"']+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def redacted(text: str) -> str:
    """Blank keys and signatures out of a text and fold it into one line."""
    return _CONTROL.sub("·", _SIGNED.sub(r"\1…", text))


class _OneSafeLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Write an entry as one line without secrets."""
        return redacted(super().format(record))


class _PrivateFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        return TextIOWrapper(os.fdopen(handle, "ab"), encoding="utf-8")


def start_logging(folder: Path, *, is_verbose: bool = False) -> Path:
    """Log to ``folder/hbtui.log`` (0600, three files of 1 MiB) and return its path; a full disk is no error."""
    path = folder / "hbtui.log"
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if is_verbose else logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    handler: logging.Handler
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _PrivateFile(path, maxBytes=1 << 20, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()  # a full or read-only disk must not keep a trader from cancelling
    handler.setFormatter(_OneSafeLine(_FORMAT, "%Y-%m-%dT%H:%M:%S"))
    root.handlers[:] = [handler]
    return path
