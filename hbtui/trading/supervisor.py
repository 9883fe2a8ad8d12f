"""Where every task of the engine lives: one that fails is told and forgotten, the others go on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import ParamSpec, Self

__all__ = ["Supervisor"]

Task = asyncio.Task[None]
_P = ParamSpec("_P")
_log = logging.getLogger("hbtui.engine")
_AGAIN_S = 1.0


class Supervisor:
    """Owns tasks; leaving it cancels and awaits them all. ``on_failure`` hears the task's name and the error."""

    def __init__(self, on_failure: Callable[[str, Exception], None]) -> None:
        self._on_failure = on_failure
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._number = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cancel()

    def spawn(self, name: str, work: Callable[_P, Awaitable[object]], *args: _P.args, **kwargs: _P.kwargs) -> Task:
        """Run ``work`` beside everything else."""
        self._number += 1
        return self._start(f"{name}-{self._number}", name, lambda: work(*args, **kwargs))

    def keep(self, name: str, work: Callable[[], Awaitable[object]], pause: Callable[[float], Awaitable[None]]) -> None:
        """Run ``work``, which never ends by itself; should a bug end it, that is told, and it begins anew.

        ``pause`` waits in between: a part that the others rely on must not be missing until the next start.
        """

        async def kept() -> None:
            while True:
                await self._guarded(name, work)
                await pause(_AGAIN_S)

        self._start(name, name, kept)

    def once(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run ``work`` unless a task of this name is at it already."""
        # one that is done may still be listed until the loop's next turn, and would do nothing about this wish
        if (task := self._tasks.get(name)) is None or task.done():
            self._start(name, name, work)

    async def settle(self, prefix: str, timeout_s: float) -> bool:
        """Wait for the tasks whose names begin so; ``False`` where some are still at it after the time."""
        tasks = [task for key, task in self._tasks.items() if key.startswith(prefix)]
        if not tasks:
            return True
        _, pending = await asyncio.wait(tasks, timeout=timeout_s)
        return not pending

    async def cancel(self) -> None:
        """End every task and wait for each to be done."""
        while self._tasks:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _start(self, key: str, name: str, work: Callable[[], Awaitable[object]]) -> Task:
        task = asyncio.create_task(self._guarded(name, work), name=key)
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: str, done: Task) -> None:
        if self._tasks.get(key) is done:
            del self._tasks[key]

    async def _guarded(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the one boundary of all tasks: a bug in one must not end the rest
            # the log's formatter blanks keys and signatures out of whatever a traceback quotes
            _log.error("task %s failed", name, exc_info=error)
            self._on_failure(name, error)
