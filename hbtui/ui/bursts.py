"""Telling keys that a finger pressed from those of a paste that the terminal did not mark as one."""

from enum import Enum

from textual import events

__all__ = ["HOLD_S", "BurstGuard", "Verdict"]

_APART_S = 0.005
"""Keys closer together than this came out of one read of the terminal."""
HOLD_S = 0.008
"""So long after it was read, a key has no other of the same read behind it."""


class Verdict(Enum):
    """What is to become of a key."""

    ACT = "act"
    DROP = "drop"
    WAIT = "wait"
    """Nobody can say yet whether it is the first of a paste."""


class BurstGuard:
    """Follows the keys: nothing of a burst that begins outside a text field acts, and nothing of it is text."""

    def __init__(self) -> None:
        self._last_s = 0.0
        self._is_text = False
        """Whether the present burst began in a text field."""

    def judge(self, key: events.Key, following: events.Key | None, *, is_last: bool, is_in_text: bool) -> Verdict:
        """Say what becomes of a key, once, or ``WAIT``.

        ``following`` is the key that came behind it, if one did; ``is_last`` says that none of the same read will.
        """
        if key.time - self._last_s < _APART_S:
            self._last_s = key.time
            return self._of_the_rest(key, is_in_text=is_in_text)
        if not is_in_text and _is_pasteable(key):
            if following is None and not is_last:
                return Verdict.WAIT
            is_first = following is not None and _is_pasteable(following) and following.time - key.time < _APART_S
        else:
            is_first = False
        self._last_s, self._is_text = key.time, is_in_text
        return Verdict.DROP if is_first else Verdict.ACT

    def _of_the_rest(self, key: events.Key, *, is_in_text: bool) -> Verdict:
        """Of a key right behind another: a field takes it as text but for its Enter, nothing else takes a letter."""
        is_dropped = key.key == "enter" if self._is_text and is_in_text else _is_pasteable(key)
        return Verdict.DROP if is_dropped else Verdict.ACT


def _is_pasteable(key: events.Key) -> bool:
    """Whether a key may stand in a text: a held arrow on a slow line comes in bunches, and means every one of them."""
    return key.is_printable or key.key == "enter"
