"""The embedded exchange as a process of its own: started with the program, ended with it."""

import contextlib
import json
import selectors
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import hbtui
from hbtui.config import ConfigError
from hbtui.model.text import clean

__all__ = ["DemoExchange"]

_READY_LIMIT_S = 20
_END_LIMIT_S = 5


class DemoExchange:
    """A child process that serves the embedded exchange on a free loopback port.

    It ends when its standard input closes, which the system does even if this process is killed.
    """

    def __init__(self, *, seed: int | None = None, ledger: Path | None = None) -> None:
        self._command = [sys.executable, "-m", "hbtui.sim", "--watch-stdin"]
        self._command += ["--seed", str(seed)] if seed is not None else []
        self._command += ["--ledger", str(ledger.absolute())] if ledger is not None else []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and come back at once; nothing where it runs already. Raises ``ConfigError``."""
        if self._process is not None:
            return
        try:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
            try:
                self._process = self._started()
            except OSError:
                self._errors.close()
                raise
        except OSError as error:
            message = f"The embedded exchange cannot be started: {error.strerror or 'the system refuses'}."
            raise ConfigError(message) from None

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            # "-m" looks for modules where it is started: never in a folder that a person happens to be in
            cwd=Path(hbtui.__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # Ctrl-C in the terminal is for the screen, not for the exchange under it
        )

    def ready(self) -> dict[str, str]:
        """Wait (blocking) for the line that names its addresses and key pair; raise ``ConfigError`` if none comes.

        Starts it, where that was not done yet.
        """
        self.start()
        try:
            answer = dict(json.loads(self._first_line()))
        except (TypeError, ValueError):
            message = f"The embedded exchange did not start: {self._last_words()}"
            raise ConfigError(message) from None
        return {str(name): str(value) for name, value in answer.items()}

    def _first_line(self) -> bytes:
        assert self._process is not None  # noqa: S101 - ready() starts it
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return self._process.stdout.readline() if selector.select(_READY_LIMIT_S) else b""

    def _last_words(self) -> str:
        self.close(_closes_errors=False)
        with self._errors as errors:
            errors.seek(0)
            lines = errors.read(1 << 16).decode("utf-8", "replace").strip().splitlines()
        return clean(lines[-1]) if lines else "it gave no answer."

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self, *, _closes_errors: bool = True) -> None:
        """End it: by closing its input, then by the signals that cannot be missed."""
        process = self._process
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        for end in (process.terminate, process.kill):
            try:
                process.wait(_END_LIMIT_S)
                break
            except subprocess.TimeoutExpired:
                end()
        process.wait()
        if _closes_errors:
            self._errors.close()
