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


async def test_a_part_that_is_kept_begins_anew_after_a_bug() -> None:
    """What the others rely on is told and begun again, as often as it breaks, and ends with the rest."""
    told: list[str] = []
    pauses: list[float] = []
    runs: list[int] = []

    async def work() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            message = "unforeseen"
            raise RuntimeError(message)
        await asyncio.get_running_loop().create_future()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with Supervisor(lambda name, error: told.append(f"{name}: {error}")) as tasks:
        tasks.keep("sync", work, pause)
        await settle()
        assert (runs, told, pauses) == ([0, 1, 2], ["sync: unforeseen"] * 2, [1.0, 1.0])
