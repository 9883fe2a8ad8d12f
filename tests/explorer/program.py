"""The program under test as one process of it: the real engine and the real client, which may die at any moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.account import Mode
from hbtui.model.secret import Credentials, Secret
from hbtui.sim.keys import ACCESS_KEY, SECRET_KEY
from hbtui.storage.opening import open_journal
from hbtui.trading.engine import Engine
from hbtui.trading.late_journal import LateJournal
from hbtui.trading.ports import Exchange, Journal
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.views import Caps, VenueView, View
from tests.explorer.clocks import LoopClock
from tests.explorer.notebook import Committed, WatchedJournal
from tests.explorer.still_market import SYMBOL, StillMarket
from tests.explorer.virtual_loop import VirtualLoop

__all__ = ["Disk", "Program"]


class _OnThisLoop:
    """Stands in for the engine's thread: the same calls, on the loop that runs already."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the engine lives."""
        return self.task is not None and not self.task.done()

    def start(self, main: Callable[[], Coroutine[object, object, None]]) -> None:
        """Run ``main()`` beside everything else."""
        self.task = self._loop.create_task(main())

    def call(self, function: Callable[..., object], *args: object) -> bool:
        """Have a function called soon; ``False`` where the engine has ended."""
        if self.is_running:
            self._loop.call_soon(function, *args)
        return self.is_running

    def join(self, timeout_s: float) -> bool:
        """Say whether it has ended: waiting would hold the loop that it ends on."""
        return timeout_s < 0 or not self.is_running


class _WatchedEngine(Engine):
    """The engine, on this loop; ``saw`` hears of each view as it is published."""

    def __init__(self, saw: Callable[[View], None], clock: LoopClock) -> None:
        super().__init__(Mode.DEMO, watchlist=(), symbol=SYMBOL, clock=clock)
        self.saw = saw
        self.thread = _OnThisLoop()
        self._thread = self.thread  # type: ignore[assignment]  # it has the thread's calls, and no thread

    def _publish(self, view: View) -> None:
        super()._publish(view)
        self.saw(view)


@dataclass(frozen=True)
class _Session:
    """What the engine works with; see ``views.OpenSession``."""

    exchange: Exchange
    venue: VenueView
    journal: LateJournal
    caps: Caps
    opened: Callable[[int], Awaitable[None]]
    history: None = None

    async def open_journal(self, account_id: int) -> None:
        """Open the account's journal."""
        await self.opened(account_id)

    def share(self, desk: SharedDesk) -> None:
        """Lend nothing: there is no other process."""


@dataclass(frozen=True)
class Disk:
    """What outlives a process: its folder, and what was committed there."""

    folder: Path
    committed: Committed

    def journal(self, account_id: int) -> Path:
        """Where the account's journal is."""
        return self.folder / f"explorer-{account_id}.sqlite"


class Program:
    """One life of the program, from :meth:`start` to :meth:`close` or :meth:`crash`."""

    def __init__(self, url: str, disk: Disk, clock: LoopClock, *, random: Random, saw: Callable[[View], None]) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop
        self._url = url
        self._disk = disk
        self._clock = clock
        self._random = random
        self._journals: list[WatchedJournal] = []
        self.exchange_class: type[HtxExchange] = StillMarket
        self.dies_at: Callable[[str, str], bool] = lambda *_: False
        """Asked at each point of an order's way whether the program dies there."""
        self.engine = _WatchedEngine(saw, clock)

    @property
    def view(self) -> View:
        """What a person sees."""
        return self.engine.view

    def start(self) -> None:
        """Begin; it connects and reads by itself."""
        self.engine.start(self._session)

    async def close(self) -> None:
        """Quit as a person does."""
        self.engine.stop()
        if (task := self.engine.thread.task) is not None:
            await asyncio.wait({task})

    async def crash(self) -> None:
        """Die as by SIGKILL: nothing more is written or sent, and what the kernel has of it still arrives."""
        self.engine.saw = lambda _: None
        for journal in self._journals:
            journal.is_dead = True
        was_down, self._loop.is_down = self._loop.is_down, True
        self._loop.cut()
        if (task := self.engine.thread.task) is not None:
            task.cancel()
            await asyncio.wait({task})
        self._loop.cut()
        self._loop.is_down = was_down

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        keys = Credentials(Secret(ACCESS_KEY), Secret(SECRET_KEY))
        hosts = Hosts.loopback(self._url)
        journal = LateJournal()
        async with AsyncExitStack() as stack:
            opened = self.exchange_class.open(hosts, keys, clock=self._clock, random=self._random.random)
            exchange = await stack.enter_async_context(opened)

            async def open_account(account_id: int) -> None:
                inner = await stack.enter_async_context(self._opened(self._disk.journal(account_id)))
                watched = WatchedJournal(inner, self._loop, self._disk.committed, self.dies_at)
                self._journals.append(watched)
                journal.bind(watched)

            venue = VenueView(Mode.DEMO, exchange.host)
            yield _Session(exchange, venue, journal, Caps(), open_account)

    @asynccontextmanager
    async def _opened(self, path: Path) -> AsyncIterator[Journal]:
        """Open the real journal; virtual time stands still while its thread opens and closes the file."""
        opened = open_journal(path)
        with self._loop.thread_at_work():
            journal = await opened.__aenter__()
        try:
            yield journal
        finally:
            with self._loop.thread_at_work():
                await opened.__aexit__(None, None, None)
