"""Child processes that talk in lines of JSON, and end by SIGKILL or by themselves; none is left behind."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Life", "exchange_process", "tell"]

_ROOT = Path(__file__).parents[2]
_LIMIT_S = 60.0


class Life:
    """A process that was started; :meth:`said` waits for the line that names something."""

    def __init__(self, *command: str, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=_ROOT,
            env={**os.environ, "HBTUI_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # a line that waited in a buffer here would not be seen by select
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout
        self.lines: list[dict[str, Any]] = []

    def said(self, *names: str) -> dict[str, Any]:
        """Read lines until one names one of these; fail where it ends or says nothing for a minute."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            while selector.select(_LIMIT_S) and (line := self._out.readline()):
                self.lines.append(json.loads(line))
                if any(name in self.lines[-1] for name in names):
                    return self.lines[-1]
        message = f"it ended, or never said any of {names}: {self.lines}"
        raise AssertionError(message)

    def is_over_within(self, seconds: float) -> bool:
        """Whether it ends by itself within the time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; then read what it still had said."""
        self._process.kill()
        self._process.wait()
        self.lines += [json.loads(line) for line in self._out if line.endswith(b"\n")]
        self.close()

    def ended(self) -> int:
        """Wait for its own end; the exit code."""
        code = self._process.wait(_LIMIT_S)
        self.close()
        return code

    def close(self) -> None:
        """Close the pipes, and see that it is gone."""
        for pipe in (self._process.stdin, self._out):
            if pipe is not None:
                pipe.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def exchange_process(ledger: Path, home: Path) -> Iterator[str]:
    """Run the embedded exchange as a process of its own; yields its address."""
    life = Life("-m", "hbtui.sim", "--control", "--frozen", "--watch-stdin", "--ledger", str(ledger), home=home)
    try:
        yield str(life.said("rest")["rest"])
    finally:
        life.close()


def tell(url: str, what: str, **body: object) -> dict[str, Any]:
    """Use the exchange's ``/_control``."""
    asked = urllib.request.Request(f"{url}/_control/{what}", json.dumps(body).encode(), method="POST")  # noqa: S310 - a loopback address
    with urllib.request.urlopen(asked, timeout=_LIMIT_S) as answer:  # noqa: S310 - as above
        found: dict[str, Any] = json.load(answer)
        return found
