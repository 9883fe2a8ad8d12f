"""The forms of the archive screen: what to fetch, and where to write what there is."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input

from hbtui.model.candle import Period
from hbtui.model.instrument import Instrument
from hbtui.model.series import Series, Span
from hbtui.ui.archive_forms import FetchReading, bars_in, export_name, read_export, read_fetch
from hbtui.ui.widgets.form_field import FormField
from hbtui.ui.widgets.labelled_bar import LabelledBar
from hbtui.ui.widgets.tabs import WordBar
from hbtui.ui.widgets.words import Words

__all__ = ["ExportDialog", "FetchDialog"]

Answer = TypeVar("Answer")
_PERIODS = {period.value: period.value for period in Period if period.is_from_venue}
_LONGEST_PATH = 400


class _FormDialog(ModalScreen[Answer | None]):
    """Fields over two buttons; Enter goes on, Escape goes back. Errors stand under their fields once one went on."""

    DEFAULT_CSS = """
    _FormDialog {
        align: center middle;
        & > VerticalScroll {
            width: 72;
            max-width: 96%;
            height: auto;
            max-height: 96%;
            border: round $line-focus;
            border-title-style: bold;
            background: $surface;
            padding: 1 2;
        }
        #sum { height: auto; min-height: 1; color: $muted; margin-bottom: 1; }
        #buttons { height: auto; align-horizontal: right; }
        Button { margin-left: 2; }
        LabelledBar, LabelledBar WordBar { height: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", key_display="esc"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Field before", show=False),
    ]

    def __init__(self, title: str, act: str) -> None:
        super().__init__()
        self._title = title
        self._act = act
        self._is_tried = False

    def compose(self) -> ComposeResult:
        """The fields, what they come to, and the way on and back."""
        with VerticalScroll(can_focus=False) as box:
            box.border_title = Content(self._title)
            yield from self.compose_fields()
            yield Words(id="sum")
            with Horizontal(id="buttons"):
                yield Button(Content("Back (esc)"), id="back")
                yield Button(Content(f"{self._act} (⏎)"), id="act")

    def compose_fields(self) -> Iterable[Widget]:
        """The form itself."""
        raise NotImplementedError

    def answer(self) -> Answer | None:
        """What the fields come to; ``None`` where one of them is wrong. Says so under them once somebody went on."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Say what the fields come to as they stand."""
        self.answer()

    def show_error(self, name: str, error: str) -> None:
        """Put an error under a field; not before the person went on once."""
        self.query_one(f"#{name}", FormField).show_error(error if self._is_tried else "")

    def text_of(self, name: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{name}", FormField).text

    @on(Input.Changed)
    @on(WordBar.Chosen)
    def follow(self, event: Input.Changed | WordBar.Chosen) -> None:
        """Read the fields anew."""
        event.stop()
        self.answer()

    @on(Input.Submitted)
    def enter(self, event: Input.Submitted) -> None:
        """Enter in a field goes on."""
        event.stop()
        self._go_on()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """Go on or back."""
        event.stop()
        if event.button.id == "act":
            self._go_on()
        else:
            self.dismiss(None)

    def _go_on(self) -> None:
        self._is_tried = True
        answer = self.answer()
        if answer is not None:
            self.dismiss(answer)


class FetchDialog(_FormDialog[tuple[Series, Span]]):
    """Answers the series and the stretch that are to be fetched."""

    def __init__(self, symbol: str, period: Period, now_ms: int, instruments: Mapping[str, Instrument]) -> None:
        super().__init__("Fetch bars into the archive", "Fetch")
        self._symbol = symbol
        self._period = period if period.is_from_venue else Period.MINUTE
        self._now_ms = now_ms
        self._instruments = instruments

    def compose_fields(self) -> Iterable[Widget]:
        """Symbol, period, and the days."""
        yield FormField("symbol", self._symbol, "", longest=30, id="symbol")
        bar = LabelledBar("period", _PERIODS, bar="period", id="period-row", width=9)
        yield bar
        yield FormField("from", "", "a day of UTC as 2026-01-31, itself included", longest=32, id="from")
        yield FormField("to", "", "a day of UTC, itself left out; empty: until now", longest=32, id="to")

    def on_mount(self) -> None:
        """Begin with the day, which nobody can guess."""
        self.query_one("#period", WordBar).chosen = self._period.value
        self.query_one("#from", FormField).take_focus()
        super().on_mount()

    def answer(self) -> tuple[Series, Span] | None:
        """Read the form."""
        period = Period(self.query_one("#period", WordBar).chosen or self._period.value)
        typed = {name: self.text_of(name) for name in ("symbol", "from", "to")}
        reading = read_fetch(typed, period, self._now_ms, self._instruments)
        for name in typed:
            self.show_error(name, reading.errors.get(name, ""))
        self.query_one("#sum", Words).say(Content(_sum_words(reading)))
        return (reading.series, reading.span) if reading.series and reading.span else None


def _sum_words(reading: FetchReading) -> str:
    if reading.series is None or reading.span is None:
        return "What is there already is not fetched again."
    count = bars_in(reading.series.period, reading.span)
    return f"About {count:,} bars of {reading.series}; what is there already is not fetched again."


class ExportDialog(_FormDialog[Path]):
    """Answers the file that a series is to be written to."""

    def __init__(self, series: Series, bars: int, folder: Path) -> None:
        super().__init__(f"Export {series}", "Export")
        self._series = series
        self._bars = bars
        self._folder = folder

    def compose_fields(self) -> Iterable[Widget]:
        """The file's name."""
        hint = "ends in .csv or .parquet; no file is written over"
        yield FormField("file", export_name(self._series), hint, longest=_LONGEST_PATH, id="file")

    def on_mount(self) -> None:
        """Let the person change the name, or go on at once."""
        self.query_one("#file", FormField).take_focus()
        super().on_mount()

    def answer(self) -> Path | None:
        """Read the name."""
        out, error = read_export(self.text_of("file"), self._folder)
        self.show_error("file", error)
        self.query_one("#sum", Words).say(Content(f"{self._bars:,} bars, in the folder {self._folder}"))
        return out
