"""Asking again while there is no answer, and only then."""

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hbtui.model.errors import AnswerError, ExchangeError, MaintenanceError, NetworkError, RateLimited
from hbtui.trading.ports import Clock

__all__ = ["is_passing", "until_answered"]

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_PATIENT_S = 30.0
_PASSING = (NetworkError, AnswerError, RateLimited, MaintenanceError)
_T = TypeVar("_T")


def is_passing(error: ExchangeError) -> bool:
    """Whether asking again, the same way, may be answered."""
    return isinstance(error, _PASSING)


async def until_answered(
    work: Callable[[], Awaitable[_T]],
    clock: Clock,
    on_trouble: Callable[[ExchangeError, float], None] = lambda error, pause_s: None,
    *,
    is_patient: bool = False,
    longest_s: float = _PAUSES_S[-1],
) -> _T:
    """Ask until there is an answer, waiting longer each time up to ``longest_s``; ``on_trouble`` hears error and wait.

    For reading only. Errors that asking again cannot mend (a wrong key, an unknown symbol) are raised, or
    with ``is_patient`` asked again at a slow pace.
    """
    attempt = 0
    while True:
        try:
            return await work()
        except ExchangeError as error:
            if not is_passing(error) and not is_patient:
                raise
            pause_s = min(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)], longest_s) if is_passing(error) else _PATIENT_S
            pause_s *= random.uniform(0.8, 1.2)
            if isinstance(error, RateLimited) and error.retry_after_s is not None:
                pause_s = max(pause_s, error.retry_after_s)
            on_trouble(error, pause_s)
            attempt += 1
            await clock.sleep(pause_s)
