"""The archive of bars: what is kept, where it has holes, what is being fetched; fetching, deleting and exporting."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.timer import Timer

from hbtui.model.candle import Period
from hbtui.model.series import Series, Span
from hbtui.trading.archive_views import DownloadView
from hbtui.trading.views import Front
from hbtui.ui.frame import Moment, Pane
from hbtui.ui.keys import Area, bindings
from hbtui.ui.screens.parts import header_pane
from hbtui.ui.widgets.alarms import StateLines
from hbtui.ui.widgets.coverage_list import CoverageList
from hbtui.ui.widgets.header import HeaderBar
from hbtui.ui.widgets.keybar import KeyBar

__all__ = ["ArchiveScreen"]

_READ_EVERY_S = 10.0


class ArchiveScreen(Screen[None]):
    """Reads the archive anew while it is shown; owns nothing: downloads go on when it is left."""

    CSS_PATH = "archive.tcss"
    AUTO_FOCUS = "CoverageList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.ARCHIVE)]

    def __init__(
        self,
        front: Front,
        now_ms: Callable[[], int],
        *,
        zone: tzinfo | None,
        read_every_s: float = _READ_EVERY_S,
    ) -> None:
        super().__init__()
        self._front = front
        self._now_ms = now_ms
        self._zone = zone
        self._read_every_s = read_every_s
        self._reading: Timer | None = None
        self._panes: tuple[Pane, ...] = ()

    def compose(self) -> ComposeResult:
        """Header, the series, and the keys."""
        yield HeaderBar(id="header")
        yield StateLines()
        yield CoverageList(id="coverage")
        yield KeyBar()

    def on_mount(self) -> None:
        """Follow the view."""
        self._reading = self.set_interval(self._read_every_s, self._front.archive.read, pause=True)
        self._panes = (
            self.query_one(StateLines).pane(),
            Pane(self._list, self._parts, self._draw),
            header_pane(self.query_one(HeaderBar), self._zone),
        )

    def on_screen_resume(self) -> None:
        """Read what there is now, and every so often."""
        self._front.archive.read()
        if self._reading is not None:
            self._reading.reset()
            self._reading.resume()

    def on_screen_suspend(self) -> None:
        """Nobody looks: the disk is left alone."""
        if self._reading is not None:
            self._reading.pause()

    def panes(self) -> Sequence[Pane]:
        """The series with the part of the view that they come from."""
        return self._panes

    @property
    def _list(self) -> CoverageList:
        return self.query_one(CoverageList)

    def _parts(self, now: Moment) -> tuple[object, ...]:
        # "4 min ago" is another word after a minute
        return now.view.archive, now.view.instruments, now.view.is_failed, now.second // 60

    def _draw(self, now: Moment) -> None:
        archive = now.view.archive
        if now.view.is_failed and not archive.problem:
            # nothing will come any more: "reading" would be a lie
            archive = replace(archive, problem=now.view.blocked)
        self._list.show(archive, now.view.instruments, now.now_ms)
        self.refresh_bindings()

    # what can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what needs a series, or a download of it."""
        lists = self.query(CoverageList)
        chosen = lists.first().selected if lists else None
        if action in {"delete", "export"}:
            return True if chosen else None
        if action == "turn_download":
            return True if chosen and chosen.download else None
        return True

    def action_leave(self) -> None:
        """Go back to where the person came from."""
        self.dismiss()

    def action_read(self) -> None:
        """Read the archive now."""
        self._front.archive.read()

    def action_fetch(self) -> None:
        """Ask what to fetch."""
        from hbtui.ui.widgets.archive_dialogs import FetchDialog

        view = self._front.view

        def answered(wanted: tuple[Series, Span] | None) -> None:
            if wanted is not None:
                self._begin(*wanted)

        self.app.push_screen(FetchDialog(view.symbol, view.candles.period, self._now_ms(), view.instruments), answered)

    def _begin(self, series: Series, span: Span) -> None:
        rows = self._front.view.archive.rows or ()
        download = next((row.download for row in rows if row.summary.series == series), None)
        self._list.select(series)
        if download is not None and not _stands_still(download):
            self.notify(f"{series} is being fetched already: p pauses it.", markup=False)
            return
        self._front.archive.fetch(series, span)

    def action_turn_download(self) -> None:
        """Pause what is being fetched of the selected series, or go on with what stands still."""
        chosen = self._list.selected
        if chosen is None or chosen.download is None:
            return
        series, download = chosen.summary.series, chosen.download
        if _stands_still(download):
            self._front.archive.fetch(series, download.span)
        else:
            self._front.archive.pause(series)

    def action_delete(self) -> None:
        """Ask whether to delete the selected series."""
        from hbtui.ui.widgets.choice import Choice, ChoiceDialog

        chosen = self._list.selected
        if chosen is None:
            return
        series = chosen.summary.series

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._front.archive.delete(series)

        lines = [f"{chosen.summary.bars:,} bars of {series} are deleted from the archive for good."]
        if chosen.download is not None:
            lines.append("What is being fetched of it stops, and is forgotten.")
        if self._is_kept_up(series):
            lines.append("It is watched: bars that close from now on are kept again.")
        lines.append("Files that were exported stay.")
        self.app.push_screen(ChoiceDialog("Delete this series?", lines, [Choice("delete", "Delete", ("y",))]), answered)

    def _is_kept_up(self, series: Series) -> bool:
        """Whether bars of the series are kept as they close: minutes of what is watched, and what the chart shows."""
        view = self._front.view
        chart = Series(view.candles.symbol, view.candles.period)
        watched = {view.symbol, *(row.symbol for row in view.watchlist)}
        return series == chart or (series.period is Period.MINUTE and series.symbol in watched)

    def action_export(self) -> None:
        """Ask for the file to write the selected series to."""
        from hbtui.ui.widgets.archive_dialogs import ExportDialog

        chosen = self._list.selected
        if chosen is None:
            return
        series = chosen.summary.series

        def answered(out: Path | None) -> None:
            if out is not None:
                self._front.archive.export(series, out)

        self.app.push_screen(ExportDialog(series, chosen.summary.bars, Path.cwd()), answered)


def _stands_still(download: DownloadView) -> bool:
    return download.is_paused or bool(download.problem)
