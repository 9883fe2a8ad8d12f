"""Which parts of the view are out of date: facts mark, one publication draws."""

from enum import Enum

__all__ = ["ChangeSet", "Part"]


class Part(Enum):
    """A part of the view that is rebuilt as a whole."""

    VENUE = "venue"
    INSTRUMENTS = "instruments"
    WATCHLIST = "watchlist"
    QUOTE = "quote"
    CANDLES = "candles"
    BOOK = "book"
    TAPE = "tape"
    BALANCES = "balances"
    ORDERS = "orders"
    LINKS = "links"
    FEES = "fees"
    STATUS = "status"
    NOTICES = "notices"
    ACCOUNTS = "accounts"
    SWITCH = "switch"
    AUDIT = "audit"
    ARCHIVE = "archive"


class ChangeSet:
    """The parts marked since they were last taken."""

    def __init__(self) -> None:
        self._marked: set[Part] = set()

    def __bool__(self) -> bool:
        return bool(self._marked)

    def mark(self, *parts: Part) -> None:
        """Note that these parts are out of date; marking twice is marking once."""
        self._marked.update(parts)

    def take(self) -> frozenset[Part]:
        """Hand over what is marked, and start afresh."""
        taken = frozenset(self._marked)
        self._marked.clear()
        return taken
