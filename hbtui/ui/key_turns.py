"""One key after another: none begins before the one in front of it has done all that it does."""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widgets import Input

from hbtui.ui.bursts import HOLD_S, BurstGuard, Verdict

__all__ = ["KeyTurns"]

_PATIENCE_S = 1.0
"""A key that was on its way for so long met something that is gone."""


class KeyTurns:
    """Lets what is typed right behind a ``b`` reach the ticket's field, and nothing of an unmarked paste act.

    A key passes from widget to widget on its way to what it does, and the library sends the next one off meanwhile:
    to where the focus was, so that a digit meant for the price would change the chart.
    """

    def __init__(self, app: App[None], deliver: Callable[[events.Key], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._bursts = BurstGuard()
        self._waiting: deque[tuple[events.Key, bool]] = deque()
        self._number = 0
        """Of the key that is on its way."""
        self._is_busy = False
        self._last: events.Key | None = None
        """A key that has no other of the same read behind it."""

    async def take(self, key: events.Key) -> None:
        """Deliver a key that was just read, in its turn."""
        self._waiting.append((key, False))
        if not self._is_busy:
            await self._next()
        else:
            self._app.set_timer(_PATIENCE_S, partial(self._end, self._number))

    async def replay(self, keys: Sequence[events.Key]) -> None:
        """Deliver keys that were judged when they were read, before all that wait."""
        self._waiting.extendleft((key, True) for key in reversed(keys))
        if not self._is_busy:
            await self._next()

    async def _next(self) -> None:
        """Send off the first key that may act."""
        self._is_busy = False
        while self._waiting and not self._is_busy:
            key, is_judged = self._waiting[0]
            verdict = Verdict.ACT if is_judged else self._judge(key)
            if verdict is Verdict.WAIT:
                self._wait(key)
                return
            self._waiting.popleft()
            if verdict is Verdict.ACT:
                await self._send(key)

    def _wait(self, key: events.Key) -> None:
        """Look again when another key comes, and once none of the same read can be on its way any more."""
        left_s = key.time + HOLD_S - time.monotonic()
        if left_s > 0:
            self._app.set_timer(left_s, partial(self._look_again, key))
        else:
            # the app was busy: the rest of a paste may stand in its queue by now
            self._app.call_later(self._look_again, key)

    async def _look_again(self, key: events.Key) -> None:
        self._last = key
        if not self._is_busy:
            await self._next()

    def _judge(self, key: events.Key) -> Verdict:
        following = self._waiting[1][0] if len(self._waiting) > 1 else None
        is_in_text = isinstance(self._app.focused, Input)
        return self._bursts.judge(key, following, is_last=key is self._last, is_in_text=is_in_text)

    async def _send(self, key: events.Key) -> None:
        self._is_busy = True
        self._number += 1
        target = self._app.focused or self._app.screen
        is_text = isinstance(target, Input) and target.check_consume_key(key.key, key.character)
        await self._deliver(key)
        self._follow(([target] if is_text else list(target.ancestors_with_self)), self._number)

    def _follow(self, way: Sequence[MessagePump], number: int) -> None:
        """Go behind a key from queue to queue; then see that what it opened is there and has the focus."""
        for place, pump in enumerate(way):
            rest = way[place + 1 :]
            if pump.call_later(self._follow, rest, number):
                return
        self._app.call_later(self._settle, number)

    def _settle(self, number: int) -> None:
        """Wait for the screen on top, which may be a new one, and for the focus that it asked the app for."""
        screen = self._app.screen
        if not screen.call_later(self._app.call_later, self._end, number):
            self._app.call_later(self._end, number)

    async def _end(self, number: int) -> None:
        if self._is_busy and number == self._number:
            await self._next()
