"""Telling keys that a finger pressed from those of a paste that the terminal did not mark as one."""

from textual import events

__all__ = ["BurstGuard"]

_APART_S = 0.005
"""Keys closer together than this came out of one read of the terminal."""


class BurstGuard:
    """Follows the keys; once a burst began outside a text field, nothing of it acts and nothing of it is text.

    The first key of a burst cannot be told from a pressed one: it acts, and no single key sends or cancels anything.
    """

    def __init__(self) -> None:
        self._last_s = 0.0
        self._is_text = False
        """Whether the present burst began in a text field."""

    def is_pasted(self, key: events.Key, *, is_in_text: bool) -> bool:
        """Whether a key has to be dropped: a letter or Enter right behind another key, unless it is text in a field."""
        is_burst = key.time - self._last_s < _APART_S
        self._last_s = key.time
        if not is_burst:
            self._is_text = is_in_text
            return False
        if self._is_text and is_in_text:
            return key.key == "enter"
        return key.is_printable or key.key == "enter"
