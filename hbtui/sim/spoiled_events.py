"""Private events on their way to one client, left out, doubled, changed or out of order where a fault says so."""

import heapq
from collections.abc import Callable
from itertools import count

from hbtui.sim.faults import Faults
from hbtui.sim.wire import JsonObject

__all__ = ["EventLane"]

_Event = tuple[str, str, JsonObject]


class EventLane:
    """Takes each event of the venue and hands it on, now or later; see ``faults.EVENTS``."""

    def __init__(self, faults: Faults, now: Callable[[], int], deliver: Callable[[str, str, JsonObject], None]) -> None:
        self._faults = faults
        self._now = now
        self._deliver = deliver
        self._numbers = count()
        self._waiting: list[tuple[float, int, _Event]] = []
        self._swapped: dict[str, list[tuple[float, _Event]]] = {}

    def take(self, topic: str, scope: str, data: JsonObject) -> None:
        """Take one event: topic ``orders``, ``accounts`` or ``clearing``; scope is the symbol or the currency."""
        place = f"{topic}:{data.get('eventType') or data.get('changeType')}"
        if self._faults.strike(place, "withhold"):
            return
        if fault := self._faults.strike(place, "edit"):
            data = {name: value for name, value in {**data, **fault.fields}.items() if name not in fault.without}
        fault = self._faults.strike(place, "duplicate")
        for _ in range(fault.copies if fault else 1):
            self._send(place, (topic, scope, data))

    def keep_time(self) -> None:
        """Hand on what has waited long enough."""
        now = self._now()
        for topic, held in list(self._swapped.items()):
            if held[0][0] <= now:
                self._release(topic)
        while self._waiting and self._waiting[0][0] <= now:
            self._deliver(*heapq.heappop(self._waiting)[2])

    def _send(self, place: str, event: _Event) -> None:
        late = self._faults.strike(place, "late", "shuffle")
        if late is not None:
            share = late.draw() if late.action == "shuffle" else 1.0
            due_ms = self._now() + late.seconds * 1000 * share
            heapq.heappush(self._waiting, (due_ms, next(self._numbers), event))
        elif swap := self._faults.strike(place, "swap"):
            self._swapped.setdefault(event[0], []).append((self._now() + swap.seconds * 1000, event))
        else:
            self._deliver(*event)
            self._release(event[0])

    def _release(self, topic: str) -> None:
        for _, event in self._swapped.pop(topic, []):
            self._deliver(*event)
