"""The newest view and who redraws which part of it; published at most every 20 ms."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from hbtui.model.text import clean
from hbtui.trading.changes import ChangeSet, Part
from hbtui.trading.ports import Clock
from hbtui.trading.views import Notice, Severity, View

__all__ = ["Board"]

_PAUSE_S = 0.02
_NOTICES = 50

Draw = Callable[[View], View]


class Board:
    """Collects marks, lets the owners redraw their parts, and hands the whole to ``publish``; one loop's own."""

    def __init__(self, view: View, publish: Callable[[View], None], clock: Clock) -> None:
        self.view = view
        self._publish = publish
        self._clock = clock
        self._changes = ChangeSet()
        self._painters: dict[Part, Draw] = {Part.NOTICES: self._draw_notices}
        self._finish: Draw = lambda view: view
        self._timer: asyncio.TimerHandle | None = None
        self._published_s = 0.0
        self._notices: list[Notice] = list(view.notices)

    def paint(self, part: Part, draw: Draw) -> None:
        """Let ``draw`` rebuild a part whenever it is marked; it must return the same view where nothing changed."""
        self._painters[part] = draw

    def finish(self, draw: Draw) -> None:
        """Let ``draw`` look over every view before it is published."""
        self._finish = draw

    def mark(self, *parts: Part) -> None:
        """Note that parts are out of date; they are redrawn within 20 ms."""
        self._changes.mark(*parts)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            wait_s = max(0.0, self._published_s + _PAUSE_S - loop.time())
            self._timer = loop.call_later(wait_s, self.flush)

    def flush(self) -> None:
        """Redraw and publish now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        view = self.view
        for part in self._changes.take():
            if (draw := self._painters.get(part)) is not None:
                view = draw(view)
        view = self._finish(view)
        self._published_s = asyncio.get_running_loop().time()
        if view is not self.view:
            self.view = view
            self._publish(view)

    def beat(self, at_ms: int) -> None:
        """Show that the engine is alive: the view's time alone changes, and nothing is redrawn."""
        self.view = replace(self.view, heart_ms=at_ms)
        self._publish(self.view)

    def tell(self, severity: Severity, title: str, text: str) -> None:
        """Tell the person something once; the same words are not repeated while they are the newest."""
        last = self._notices[-1] if self._notices else None
        title, text = clean(title), clean(text, 500)
        if last is not None and (last.title, last.text) == (title, text):
            return
        number = last.number + 1 if last is not None else 1
        self._notices.append(Notice(number, severity, title, text, self._clock.now_ms()))
        del self._notices[:-_NOTICES]
        self.mark(Part.NOTICES)

    def _draw_notices(self, view: View) -> View:
        return replace(view, notices=tuple(self._notices))
