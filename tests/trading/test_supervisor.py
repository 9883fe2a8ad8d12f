"""Tasks of one name: one at a time, and no wish for another is lost."""

import asyncio

from hbtui.trading.supervisor import Supervisor
from tests.support.virtual_clock import settle


async def test_one_at_a_time() -> None:
    """While a task is at it, the same is not begun again."""
    runs: list[int] = []
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        runs.append(len(runs))
        await gate

    async with Supervisor(lambda _name, _error: None) as tasks:
        tasks.once("bars", work)
        await settle()
        tasks.once("bars", work)
        await settle()
        assert runs == [0]


async def test_a_wish_in_the_very_turn_of_a_tasks_end_is_heard() -> None:
    """Bars that were answered just before the link went live are asked for again, not left stale for ever."""
    runs: list[int] = []
    loop = asyncio.get_running_loop()
    gate: asyncio.Future[None] = loop.create_future()

    async def work() -> None:
        runs.append(len(runs))
        await gate

    async with Supervisor(lambda _name, _error: None) as tasks:
        tasks.once("bars", work)
        await settle()
        gate.set_result(None)  # the task takes its last step in the loop's next turn,
        loop.call_soon(tasks.once, "bars", work)  # and the wish comes right behind it
        await settle()
        assert runs == [0, 1]
        tasks.once("bars", work)
        await settle()
        assert runs == [0, 1, 2]
