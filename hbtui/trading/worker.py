"""The engine's thread: one thread, one asyncio loop, reached from outside by plain calls."""

import asyncio
import threading
from collections.abc import Callable, Coroutine

__all__ = ["EngineThread"]


class EngineThread:
    """Runs one coroutine on a loop and a thread of its own; ``call`` is safe from any thread."""

    def __init__(self, name: str = "hbtui-engine") -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_ready = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, main: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run ``main()``, which must not raise, until it returns; this call comes back once the loop takes calls."""
        if self._thread is not None:
            message = "the engine's thread was started before"
            raise RuntimeError(message)
        self._thread = threading.Thread(target=self._run, args=(main,), name=self._name, daemon=True)
        self._thread.start()
        self._is_ready.wait()

    def call(self, function: Callable[..., object], *args: object) -> bool:
        """Have a function called on the loop soon; ``False`` where the loop has ended, and nothing will be called."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return False
        try:
            loop.call_soon_threadsafe(function, *args)
        except RuntimeError:  # closed between the question and the call
            return False
        return True

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; ``False`` where it did not come in time."""
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self, main: Callable[[], Coroutine[object, object, None]]) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._is_ready.set()
            runner.run(main())
