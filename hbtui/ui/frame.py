"""The one frame timer: twenty times a second it draws the panes whose part of the view became another object."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.app import App
from textual.timer import Timer
from textual.widget import Widget

if TYPE_CHECKING:
    from hbtui.trading.views import Front, View

__all__ = ["FrameTimer", "LiveScreen", "Moment", "Pane", "is_shown"]

_CALM_FRAMES = 20
"""So many frames are drawn at half the rate after one that came too early."""

_STARTING_FRAMES = 40
"""So many frames of the start may come too early without slowing the rest: every pane is new then."""
_TURN_CELLS = 900
"""So many cells are drawn in one turn, about half the chart of a usual terminal: some 5 ms."""
_PATIENCE_FRAMES = 10
"""So many frames a queue of panes may wait for a screen to call back."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a pane draws from: the newest view and the wall clock, UTC ms."""

    view: "View"
    now_ms: int

    @property
    def second(self) -> int:
        """The wall clock's second, for what is counted on the screen."""
        return self.now_ms // 1000


@dataclass(frozen=True, slots=True)
class Pane:
    """One widget of a live screen, what it shows of the view, and how it is told."""

    widget: Widget
    parts: Callable[[Moment], tuple[object, ...]]
    """The parts of the view that it shows; it is drawn when one of them is another object than before."""
    draw: Callable[[Moment], None]


@runtime_checkable
class LiveScreen(Protocol):
    """A screen that follows the view."""

    def panes(self) -> Sequence[Pane]:
        """Every pane, the most urgent first; always the same objects."""
        ...


def is_shown(widget: Widget) -> bool:
    """Whether a widget and all that hold it are displayed."""
    return widget.is_attached and all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))


def _is_same(old: tuple[object, ...], new: tuple[object, ...]) -> bool:
    """Compare by identity; numbers and words, which are made anew each frame, by value."""
    return len(old) == len(new) and all(
        a is b or (isinstance(a, int | str) and a == b) for a, b in zip(old, new, strict=True)
    )


class FrameTimer:
    """Draws the active screen: each changed pane in a turn of its own, so that a key never waits for all of them."""

    def __init__(self, app: App[None], front: "Front", now_ms: Callable[[], int], *, fps: int) -> None:
        self._app = app
        self._front = front
        self._now_ms = now_ms
        self._fps = fps
        self._timer: Timer | None = None
        self._drawn: dict[Widget, tuple[object, ...]] = {}
        self._turns: deque[tuple[Pane, Moment]] = deque()
        self._calm_left = 0
        self._starting_left = 0
        self._count = 0
        self._waited = 0

    def start(self) -> None:
        """Begin; the first frame is drawn at once."""
        self._starting_left = _STARTING_FRAMES
        self._timer = self._app.set_interval(1 / self._fps, self.tick, name="frame")
        self._app.call_later(self.tick)

    def stop(self) -> None:
        """End for good."""
        if self._timer is not None:
            self._timer.stop()
        self._turns.clear()

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(self._front.view, self._now_ms())

    @property
    def is_calm(self) -> bool:
        """Whether the frame rate is halved, because drawing did not keep up."""
        return self._calm_left > 0

    @property
    def is_waiting(self) -> bool:
        """Whether panes wait for their turn."""
        return bool(self._turns)

    @property
    def is_settled(self) -> bool:
        """Whether every displayed pane shows the newest view."""
        return bool(self._drawn) and not self._turns and not self._changed(self.moment)

    def forget(self) -> None:
        """Draw every pane again with the next frame (colours or sizes changed)."""
        self._drawn.clear()

    def tick(self) -> None:
        """Look once: queue the panes that changed, unless those of the last frame are still waiting."""
        self._count += 1
        self._starting_left = max(0, self._starting_left - 1)
        if self._turns:
            # the keyboard comes first: the next frame draws what this one would have, and newer
            self._calm_left = 0 if self._starting_left else _CALM_FRAMES
            self._waited += 1
            if self._waited >= _PATIENCE_FRAMES:
                # the screen that should have called back is gone
                self._waited = 0
                self._app.call_later(self._turn)
            return
        self._waited = 0
        if self._calm_left:
            self._calm_left -= 1
            if self._count % 2:
                return
        moment = self.moment
        self._turns.extend((pane, moment) for pane in self._changed(moment))
        if self._turns:
            self._app.call_later(self._turn)

    def _changed(self, moment: Moment) -> list[Pane]:
        screen = self._live_screen()
        if screen is None:
            return []
        return [
            pane
            for pane in screen.panes()
            if is_shown(pane.widget) and not _is_same(self._drawn.get(pane.widget, ()), pane.parts(moment))
        ]

    def _live_screen(self) -> LiveScreen | None:
        """The screen on top, or the one that shows through the dialogs on top of it."""
        for screen in reversed(self._app.screen_stack):
            if isinstance(screen, LiveScreen):
                return screen
            if not screen.is_modal:
                return None
        return None

    def _turn(self) -> None:
        """Draw a few small panes or a large one, and let them be flushed before the next turn."""
        cells = 0
        widget: Widget | None = None
        while self._turns and cells < _TURN_CELLS:
            pane, moment = self._turns.popleft()
            if pane.widget.is_attached:
                self._drawn[pane.widget] = pane.parts(moment)
                pane.draw(moment)
                widget = pane.widget
                cells += widget.size.area
        if self._turns:
            # by way of the widget: its own message to the screen that it wants to be flushed is then on its way
            (widget or self._app).call_after_refresh(self._turn)
