"""The log is private and holds nothing that could sign a request."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from hbtui.logs import redacted, start_logging


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """Put the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/x?AccessKeyId=CANARY-1&Signature=CANARY-2&Timestamp=t",
        '{"accessKey":"CANARY-1","signature":"CANARY-2"}',
        "AccessKeyId%3DCANARY-1%26Signature%3DCANARY-2",
    ],
)
def test_keys_and_signatures_are_blanked_however_they_are_written(text: str) -> None:
    """A query, a socket's JSON and a quoted query lose their key and signature."""
    assert "CANARY-2" not in redacted(text)
    assert "CANARY-1" not in redacted(text)


def test_an_entry_is_one_private_line_even_with_a_traceback(tmp_path: Path, root_logger: logging.Logger) -> None:
    """Line breaks and escapes cannot forge entries, the file is 0600, and an error's signed URL is blanked."""
    path = start_logging(tmp_path / "logs")
    try:
        message = "failed: https://host/p?AccessKeyId=CANARY&Signature=CANARY"
        raise RuntimeError(message)
    except RuntimeError:
        logging.getLogger("hbtui.test").exception("first\nsecond \x1b]0;title\x07")
    root_logger.handlers[0].flush()
    text = path.read_text()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "CANARY" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_no_error(tmp_path: Path, root_logger: logging.Logger) -> None:
    """A folder that cannot be made leaves the program running without a log."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    start_logging(blocked / "logs")
    logging.getLogger("hbtui.test").warning("unheard")
    assert isinstance(root_logger.handlers[0], logging.NullHandler)


def test_network_libraries_are_quiet(tmp_path: Path, root_logger: logging.Logger) -> None:
    """Libraries that log whole URLs at INFO may not."""
    start_logging(tmp_path)
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert root_logger.handlers
