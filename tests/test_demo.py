"""The embedded exchange as a child: started when it is wanted, once, and gone at the end."""

import pytest

from hbtui.config import ConfigError
from hbtui.demo import DemoExchange


def test_it_is_started_once_and_ends() -> None:
    """Starting again changes nothing, the ready line names its addresses, and leaving ends the process."""
    with DemoExchange(seed=7) as demo:
        demo.start()
        process = demo._process
        assert process is not None
        demo.start()
        assert demo._process is process
        assert demo.ready()["rest"].startswith("http://127.0.0.1:")
        assert process.poll() is None
    assert process.returncode == 0


def test_who_waits_for_it_has_it_started() -> None:
    """Asking for its addresses is enough."""
    with DemoExchange() as demo:
        assert demo.ready()["market_ws"].startswith("ws://127.0.0.1:")


def test_what_was_never_started_needs_no_end() -> None:
    """Leaving before the first frame starts and ends nothing."""
    with DemoExchange() as demo:
        pass
    assert demo._process is None


def test_what_cannot_start_says_so_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that is gone is a sentence, and it is the same sentence when it is tried again."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with DemoExchange() as demo:
        for attempt in (demo.start, demo.ready):
            with pytest.raises(ConfigError, match="cannot be started"):
                attempt()
