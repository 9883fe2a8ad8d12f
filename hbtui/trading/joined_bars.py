"""A long row of bars that is made anew with each tick without being copied."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import overload

from hbtui.model.candle import Candle

__all__ = ["JoinedBars"]


class JoinedBars(Sequence[Candle]):
    """Two tuples that read as one: 100,000 bars that stay, and the newest ones. Immutable; a slice is a tuple.

    To copy so many bars takes 10 ms, and as long to let go of them: too much for every tick.
    """

    __slots__ = ("_newer", "_older")

    def __init__(self, older: tuple[Candle, ...], newer: tuple[Candle, ...]) -> None:
        self._older = older
        self._newer = newer

    def __len__(self) -> int:
        return len(self._older) + len(self._newer)

    @overload
    def __getitem__(self, index: int) -> Candle: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candle, ...]: ...
    def __getitem__(self, index: int | slice) -> Candle | tuple[Candle, ...]:
        border = len(self._older)
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                return tuple(self[at] for at in range(start, stop, step))
            return self._older[start:stop] + self._newer[max(0, start - border) : max(0, stop - border)]
        at = index + len(self) if index < 0 else index
        if not 0 <= at < len(self):
            message = f"no bar has the index {index}"
            raise IndexError(message)
        return self._older[at] if at < border else self._newer[at - border]

    def __iter__(self) -> Iterator[Candle]:
        return chain(self._older, self._newer)

    def __eq__(self, other: object) -> bool:
        """Equal to any row of the same bars."""
        if isinstance(other, JoinedBars) and len(self._older) == len(other._older):
            return self._newer == other._newer and (self._older is other._older or self._older == other._older)
        return isinstance(other, tuple | JoinedBars) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"JoinedBars({len(self._older)} + {len(self._newer)})"
