"""What trading waits for, in words: each step of the start-up asked until it is answered."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hbtui.model.errors import ExchangeError
from hbtui.trading.ports import Clock
from hbtui.trading.retry import until_answered

__all__ = ["Waits"]

_T = TypeVar("_T")


class Waits:
    """The reasons to wait, by what is waited for; ``on_change`` hears that they are others now."""

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._texts = {"start": "connecting"}

    @property
    def texts(self) -> tuple[str, ...]:
        """Every reason, the oldest first."""
        return tuple(self._texts.values())

    def note(self, what: str, text: str) -> None:
        """Note why trading waits for something; nothing when ``text`` is empty."""
        if text:
            self._texts[what] = text
        else:
            self._texts.pop(what, None)
        self._on_change()

    def close(self) -> None:
        """From now on nothing but the end is waited for."""
        self._texts = {"close": "closing"}

    async def step(self, what: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Ask for one thing of the start-up until it is answered, saying what is waited for and what is in the way.

        Also what asking again cannot mend by itself is asked again, slowly: the person may bind the address, or set
        the clock right, while the prices go on.
        """
        self.note(what, f"reading {what}")

        def troubled(error: ExchangeError, pause_s: float) -> None:
            said = f"{error.title}: {error} {error.advice}".strip()
            self.note(what, f"{said} Next try in {max(pause_s, 1):.0f} s.")

        answer = await until_answered(work, self._clock, troubled, is_patient=True)
        self.note(what, "")
        return answer
