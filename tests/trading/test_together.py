"""Questions asked at once end together."""

import asyncio

import pytest

from hbtui.trading.together import each, together


async def told(answer: int) -> int:
    """Answer a little later."""
    await asyncio.sleep(0)
    return answer


async def test_answers_come_in_the_order_of_the_questions() -> None:
    """Whatever is answered first, each answer stands where its question stood."""
    assert await together(told(1), told(2)) == (1, 2)
    assert await together(told(1), told(2), told(3)) == (1, 2, 3)
    assert await each(told(number) for number in range(5)) == [0, 1, 2, 3, 4]


async def test_a_failure_ends_the_others_before_it_is_told() -> None:
    """When the failure arrives, nothing of the rest is running any more, and its own end was awaited."""
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)
            ended.append("long")

    async def failing() -> None:
        await asyncio.sleep(0)
        message = "no"
        raise ValueError(message)

    with pytest.raises(ValueError, match="no"):
        await together(long(), failing())
    assert ended == ["long"]
    assert len(asyncio.all_tasks()) == 1
