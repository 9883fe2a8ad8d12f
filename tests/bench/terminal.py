"""A program in a real pseudo-terminal, its output kept with the time of each piece."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import pyte

__all__ = ["Terminal", "terminal"]


@dataclass
class Terminal:
    """A running program; times are seconds since it was executed."""

    pid: int
    handle: int
    columns: int
    rows: int
    started: float
    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def now(self) -> float:
        """Seconds since the program was executed."""
        return time.perf_counter() - self.started

    def read(self, seconds: float) -> bytes:
        """Take what comes within the time (the first piece of it), and keep it."""
        ready, _, _ = select.select([self.handle], [], [], seconds)
        if not ready:
            return b""
        try:
            piece = os.read(self.handle, 1 << 16)
        except OSError:
            return b""
        self.pieces.append((self.now(), piece))
        return piece

    def watch(self, seconds: float) -> None:
        """Keep reading for a while."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            self.read(min(left, 0.05))

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.handle, keys)

    def paint_of(self, keys: bytes, mark: bytes, limit_s: float = 5) -> float | None:
        """Type, and return the seconds until ``mark`` is in the output, or ``None``."""
        since, seen = self.now(), b""
        self.press(keys)
        while self.now() - since < limit_s:
            seen = seen[-len(mark) :] + self.read(0.05)
            if mark in seen:
                return self.now() - since
        return None

    def first(self, shows: Callable[[Sequence[str]], bool]) -> float | None:
        """Replay the output and return when the screen first showed it, or ``None``."""
        screen = _Screen(self.columns, self.rows)
        stream = pyte.ByteStream(screen)
        for at, piece in self.pieces:
            stream.feed(piece)
            if shows(screen.display):
                return at
        return None

    def text(self) -> list[str]:
        """The screen's lines as they are now."""
        screen = _Screen(self.columns, self.rows)
        stream = pyte.ByteStream(screen)
        for _, piece in self.pieces:
            stream.feed(piece)
        return list(screen.display)

    def memory(self) -> list[int]:
        """Resident bytes of the program and of each of its children."""
        process = psutil.Process(self.pid)
        return [one.memory_info().rss for one in (process, *process.children(recursive=True))]


class _Screen(pyte.Screen):
    """pyte's screen, deaf to private sequences that it does not know."""

    def report_device_status(self, *_: object, **__: object) -> None:
        """Say nothing."""

    def set_margins(self, top: int | None = None, bottom: int | None = None, **_: object) -> None:
        """Leave the private flag out."""
        super().set_margins(top, bottom)

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **_: object) -> None:
        """Leave private sequences alone."""
        if not private:
            super().select_graphic_rendition(*attrs)


@contextmanager
def terminal(command: Sequence[str], *, columns: int = 120, rows: int = 40) -> Iterator[Terminal]:
    """Run a program in a pseudo-terminal of the given size; it is killed at the end."""
    environ = dict(os.environ, TERM="xterm-256color", COLORTERM="truecolor")
    started = time.perf_counter()
    pid, handle = pty.fork()
    if pid == 0:  # pragma: no cover - the child becomes another program
        # before the program starts, so that it never sees another size
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvpe(command[0], list(command), environ)  # noqa: S606 - our own interpreter, no shell wanted
    try:
        yield Terminal(pid, handle, columns, rows, started)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and os.waitpid(pid, os.WNOHANG) == (0, 0):
            with contextlib.suppress(OSError):
                if select.select([handle], [], [], 0.05)[0]:
                    os.read(handle, 1 << 16)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(handle)
