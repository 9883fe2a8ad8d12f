"""The application: joins the front, the frame timer and the screens; ends cleanly whatever happens."""

import asyncio
import logging
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from hbtui.ui.boot import BootScreen, Opening
from hbtui.ui.commands import TableCommands
from hbtui.ui.frame import FrameTimer
from hbtui.ui.key_turns import KeyTurns
from hbtui.ui.keys import Area, bindings
from hbtui.ui.text import cells, fitted
from hbtui.ui.theme import DEFAULT_THEME, VARIABLE_DEFAULTS, themes

if TYPE_CHECKING:
    # the panes and all they show are loaded once the first frame is out
    from hbtui.trading.views import Front, Notice

__all__ = ["HbtuiApp", "UiSettings"]

_LOG = logging.getLogger(__name__)
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_FRAMES = 12
"""Of the way to an error, so many calls are written to the log."""
_LATE_NOTICES = 3
"""Of the notices from before the first frame, so many are still shown."""
_CALM_AFTER_S = 2.0
_NOTICE_ROWS, _NOTICE_EDGE = 2, 8
"""Rows of a notice, as app.tcss has them, and how much of a row its border and the break between words may take."""
_ERROR_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """What a person may choose of the looks."""

    red_up: bool = False
    """Rising and buying in red, as in mainland China and Japan."""
    theme: str | None = None
    fps: int = 20
    """How often a second the panes are looked at; half of it under load."""
    log_place: str = ""
    """Where the log is, for the sentence after a crash."""


class HbtuiApp(App[None]):
    """Shows the front's view and passes on what the person asks for; owns nothing that matters."""

    TITLE = "hbtui"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {TableCommands}
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Area.ANYWHERE)]

    def __init__(
        self,
        front: "Front | Opening",
        *,
        now_ms: Callable[[], int],
        zone: tzinfo | None = None,
        settings: UiSettings | None = None,
    ) -> None:
        self._settings = settings or UiSettings()
        super().__init__()
        self._opening = front if isinstance(front, Opening) else None
        self._front = None if isinstance(front, Opening) else front
        self._now_ms = now_ms
        self._zone = zone
        self._notice_number = 0
        self._notices_seen: tuple[Notice, ...] = ()
        self._is_quitting = False
        self._keys = KeyTurns(self, super().on_event)
        self.animation_level = "none"
        if self._front is not None:
            self.frames = FrameTimer(self, self._front, now_ms, fps=self._settings.fps)
        for theme in themes(red_up=self._settings.red_up):
            self.register_theme(theme)
        self.theme = self._settings.theme if self._settings.theme in self.available_themes else DEFAULT_THEME

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Make ``$bid``, ``$ask`` and the rest of our variables known to other people's themes too."""
        return dict(VARIABLE_DEFAULTS)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the little that can be said at once, unless there is a view to follow already."""
        if self._opening is None:
            return super().get_default_screen()
        return BootScreen(self._opening, lambda: self.call_later(self._open, self._opening))

    async def on_mount(self) -> None:
        """Listen to the signals that would leave the terminal in disorder, and follow the view if there is one."""
        self._listen_to_signals()
        if self._front is not None:
            await self._follow(self._front)

    async def _open(self, opening: Opening) -> None:
        """Load the rest of the program, now that there is something to look at, and follow what it opens."""
        self._front = front = opening.open_front()
        self.frames = FrameTimer(self, front, self._now_ms, fps=self._settings.fps)
        self.set_timer(_CALM_AFTER_S, opening.when_calm)
        boot = self.screen
        await self._follow(front)
        # keys that came later still wait in the queue of which this is a part: none overtakes another
        typed = boot.typed if isinstance(boot, BootScreen) else ()
        await self._keys.replay([events.Key(key.key, key.character) for key in typed])

    async def _follow(self, front: "Front") -> None:
        from hbtui.ui.screens.trade import TradeScreen

        await self.push_screen(TradeScreen(front, self._now_ms, zone=self._zone))
        self.frames.start()
        self.set_interval(1 / self._settings.fps, self._tell_notices, name="notices")
        self.theme_changed_signal.subscribe(self, lambda _: self.frames.forget())

    def on_unmount(self) -> None:
        """Stop the clockwork."""
        if self._front is not None:
            self.frames.stop()
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)

    def _listen_to_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            # the library restores the terminal only on its own way out
            asyncio.get_running_loop().add_signal_handler(number, self._leave_on_signal, int(number))

    def _leave_on_signal(self, number: int) -> None:
        # in its turn: a screen that is just being made would otherwise be left half made, and fail
        self.call_later(self.exit, return_code=128 + number)

    def _tell_notices(self) -> None:
        notices = self._front.view.notices if self._front is not None else ()
        if notices is self._notices_seen:
            return
        self._notices_seen = notices
        fresh = [notice for notice in notices if notice.number > self._notice_number]
        for notice in fresh[-_LATE_NOTICES:] if not self._notice_number else fresh:
            self.notify(notice.text, title=notice.title, severity=_SEVERITIES[notice.severity.value], markup=False)
        self._notice_number = max((notice.number for notice in fresh), default=self._notice_number)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Tell something on the line of the keys: a title leads the sentence instead of taking a line of its own."""
        told = f"{title}: {message}" if title else message
        room = _NOTICE_ROWS * (self.size.width - _NOTICE_EDGE)
        folded = fitted(told, min(room, cells(told))) if room > 0 else told
        # what went wrong comes back once what was told after it has gone
        seconds = _ERROR_S if timeout is None and severity == "error" else timeout
        super().notify(folded, severity=severity, timeout=seconds, markup=markup)

    # what can be done anywhere

    def action_show_help(self) -> None:
        """Show all keys."""
        from hbtui.ui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a letter to the field that takes letters, though its command works everywhere else."""
        return not (action == "halt" and self._takes_letters)

    @property
    def _takes_letters(self) -> bool:
        return isinstance(self.focused, Input) and getattr(self.focused, "takes_letters", True)

    def action_halt(self) -> None:
        """Stop new orders at once; while they are stopped, ask whether to take them again."""
        front = self._front
        if front is None:
            return
        if not front.view.is_halted:
            front.halt()
            return
        from hbtui.ui.widgets.choice import Choice, ChoiceDialog

        def answered(answer: str | None) -> None:
            if answer is not None:
                front.resume()

        if not isinstance(self.screen, ChoiceDialog):
            lines = ["New orders are stopped, and cancels pass.", "Resume: new orders leave again when you send them."]
            self.push_screen(ChoiceDialog("Resume trading?", lines, [Choice("resume", "Resume", ("y",))]), answered)

    def action_show_switch(self) -> None:
        """Arm the dead man's switch, change it, or disarm it."""
        front = self._front
        if front is None or isinstance(self.screen, ModalScreen):
            return
        from hbtui.ui.widgets.switch import SwitchDialog

        def answered(answer: str | None) -> None:
            if answer is not None:
                front.arm_switch(int(answer))

        self.push_screen(SwitchDialog(front.view.switch), answered)

    def action_show_archive(self) -> None:
        """Open the screen of the archive of bars."""
        front = self._front
        if front is None or isinstance(self.screen, ModalScreen):
            return
        from hbtui.ui.screens.archive import ArchiveScreen

        if not isinstance(self.screen, ArchiveScreen):
            self.push_screen(ArchiveScreen(front, self._now_ms, zone=self._zone))

    async def action_quit(self) -> None:
        """Leave; ask first while the outcome of an order is open or the dead man's switch is armed."""
        if self._is_quitting:
            return
        if self._front is None:
            self.exit()
            return
        from hbtui.ui.leaving import Leaving

        self._is_quitting = True
        Leaving(self, self._front, self._stay).begin()

    def _stay(self) -> None:
        self._is_quitting = False

    async def on_event(self, event: events.Event) -> None:
        """Let each key have its turn, and drop what an unmarked paste presses; everything else goes its way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._keys.take(event)
        else:
            await super().on_event(event)

    # the last resort

    def _handle_exception(self, error: Exception) -> None:
        """End with one sentence; the log gets the kind of error and the way to it, and never a local value."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        way = " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in _frames(error))
        _LOG.critical("the screen failed: %s at %s", type(error).__name__, way)
        self._fatal_error()

    def _fatal_error(self) -> None:
        place = f" The log is in {self._settings.log_place}." if self._settings.log_place else ""
        sentence = "hbtui had to stop: an error in the program itself. Orders at the exchange are not touched by it."
        self.bell()
        self._exit_renderables[:] = [Text(sentence + place)]
        self._close_messages_no_wait()


def _frames(error: Exception) -> list[traceback.FrameSummary]:
    """Where the error came from, innermost first, without looking up source lines or values."""
    summary = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False)
    return summary[: -_FRAMES - 1 : -1]


_SEVERITIES: dict[str, SeverityLevel] = {"info": "information", "warning": "warning", "error": "error"}
"""Of the values of ``views.Severity``."""
