"""Several questions at once, of which none is left running when another fails."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar, overload

__all__ = ["each", "together"]

_T = TypeVar("_T")
_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")


@overload
async def together(a: Coroutine[Any, Any, _A], b: Coroutine[Any, Any, _B], /) -> tuple[_A, _B]: ...
@overload
async def together(
    a: Coroutine[Any, Any, _A], b: Coroutine[Any, Any, _B], c: Coroutine[Any, Any, _C], /
) -> tuple[_A, _B, _C]: ...
@overload
async def together(
    a: Coroutine[Any, Any, _A], b: Coroutine[Any, Any, _B], c: Coroutine[Any, Any, _C], d: Coroutine[Any, Any, _D], /
) -> tuple[_A, _B, _C, _D]: ...
async def together(*works: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Do all at once and return what each returned; the first failure ends the others before it is raised.

    What went on by itself would still be connecting when its exchange is closed.
    """
    return tuple(await each(works))


async def each(works: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """The same for any number of one kind."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
