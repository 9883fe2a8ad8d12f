"""A line that shows how far a download is, where a person looks; only sentences where nobody does."""

import shutil
from typing import TYPE_CHECKING, Self, TextIO

from hbtui.streams import complain

if TYPE_CHECKING:
    from types import TracebackType

    from hbtui.trading.download import Progress

__all__ = ["ProgressLine"]

_BAR = 20
_EVERY_S = 0.1


class ProgressLine:
    """One line, drawn over and over; each series ends with a sentence of its own."""

    def __init__(self, stream: TextIO, series: int) -> None:
        self._stream = stream
        self._is_seen = stream.isatty()
        self._series = series
        self._finished = 0
        self._drawn_s = -1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._clear()

    def show(self, progress: "Progress") -> None:
        """Draw how far a series is, at most ten times a second."""
        is_last = progress.done >= progress.wanted
        if not self._is_seen or (0 <= progress.seconds - self._drawn_s < _EVERY_S and not is_last):
            return
        self._drawn_s = progress.seconds
        share = progress.done / progress.wanted if progress.wanted else 1.0
        full = int(share * _BAR)
        left = "" if progress.left_s is None else f" · {_clock(progress.left_s)} left"
        many = f" · series {self._finished + 1} of {self._series}" if self._series > 1 else ""
        bar = "█" * full + "░" * (_BAR - full)
        text = f"{progress.series} {bar} {share:4.0%} · {progress.rate:,.0f} bars/s{left}{many}"
        self._write(f"\r\x1b[2K{text[: shutil.get_terminal_size().columns - 1]}")

    def finish(self, sentence: str) -> None:
        """Say what came of a series."""
        self._clear()
        self._finished += 1
        self._drawn_s = -1.0
        complain(sentence)

    def _clear(self) -> None:
        if self._is_seen:
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._is_seen = False  # nobody can see it any more


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
