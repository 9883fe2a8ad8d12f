"""Blocking calls are seen through, whatever becomes of whoever asked for them."""

import asyncio
import threading

import pytest

from hbtui.trading.writing import seen_through
from tests.support.eventually import eventually


async def test_an_answer_and_a_failure_come_back() -> None:
    """The call's own result, or its own exception."""
    assert await seen_through(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await seen_through(divmod, 7, 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_whoever_is_cancelled_waits_for_the_thread(*, fails: bool) -> None:
    """The cancellation comes out only once the thread is done with it, and a failure then is nobody's any more."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(20)
        ended.set()
        if fails:
            raise ValueError

    task = asyncio.ensure_future(seen_through(work))
    await eventually(begun.is_set)
    task.cancel()
    await asyncio.wait({task}, timeout=0.01)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
