"""Blocking calls that are seen through to their end, also while whoever asked for them is being cancelled."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["seen_through"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def seen_through(work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Do it on a thread; when this ends, also by being cancelled, the thread is done with it.

    Otherwise a download that was stopped could still write after the series was deleted, or the archive closed.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # nobody is left to hear of it
        raise
