"""The line that shows a download: drawn where a person looks, silent elsewhere."""

import io

import pytest

from hbtui.model.candle import Period
from hbtui.model.series import Series
from hbtui.progress import ProgressLine
from hbtui.trading.download import Progress

DOGE = Series("dogeusdt", Period.MINUTE)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Closed(Terminal):
    """A terminal that has gone."""

    def write(self, _text: str) -> int:
        """Fail as a closed line does."""
        raise OSError


def test_how_far_how_fast_and_how_long_are_on_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Series, share, rate and the time that is left can be read."""
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    with ProgressLine(stream, 2) as line:
        line.show(Progress(DOGE, 1000, 250, 2.0))
    text = stream.getvalue()
    assert "dogeusdt 1min █████░" in text
    assert " 25% · 125 bars/s · 0:06 left · series 1 of 2" in text
    assert text.endswith("\r\x1b[2K"), "the line is gone when it is over"


def test_hours_are_hours() -> None:
    """A long download says so in hours."""
    stream = Terminal()
    with ProgressLine(stream, 1) as line:
        line.show(Progress(DOGE, 1_000_000, 100, 1.0))
    assert "2:46:39 left" in stream.getvalue()


def test_it_is_drawn_ten_times_a_second_at_most_but_always_at_the_end() -> None:
    """A flood of progress costs nothing, and the last of it is seen."""
    stream = Terminal()
    with ProgressLine(stream, 1) as line:
        for number in range(100):
            line.show(Progress(DOGE, 99, number, number / 1000))
    assert stream.getvalue().count("bars/s") == 2
    assert "100%" in stream.getvalue()


def test_nothing_is_drawn_where_nobody_looks() -> None:
    """A file or a pipe gets no line; only the sentences go to stderr."""
    stream = io.StringIO()
    with ProgressLine(stream, 1) as line:
        line.show(Progress(DOGE, 10, 5, 1.0))
    assert stream.getvalue() == ""


def test_a_terminal_that_goes_away_ends_nothing() -> None:
    """Drawing fails once, and the download goes on."""
    with ProgressLine(Closed(), 1) as line:
        line.show(Progress(DOGE, 10, 5, 1.0))
        line.show(Progress(DOGE, 10, 10, 2.0))


def test_each_series_ends_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """What came of a series stands on a line of its own."""
    stream = Terminal()
    with ProgressLine(stream, 1) as line:
        line.finish("dogeusdt 1min: 5 bars added")
    assert "dogeusdt 1min: 5 bars added" in capsys.readouterr().err
