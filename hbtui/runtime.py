"""Joins the rings: opens the exchange, the journal and the engine in order, and closes them in reverse."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hbtui.account_journal import Taken, former_paths, journal_path, take
from hbtui.config import ConfigError
from hbtui.kept_history import KeptHistory
from hbtui.model.account import KeyInfo, Mode
from hbtui.model.secret import Credentials, Secret
from hbtui.settings import caps_of, read_settings
from hbtui.target import Target
from hbtui.trading.archiving import History
from hbtui.trading.clock import SystemClock
from hbtui.trading.late_journal import LateJournal
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.views import Caps, VenueView

if TYPE_CHECKING:
    from hbtui.htx.hosts import Hosts
    from hbtui.local.own_desk import OwnDesk

__all__ = ["Session", "open_session"]

_KEPT_DEMO_JOURNALS = 10


@dataclass(slots=True, kw_only=True)
class Session:
    """An open exchange, and the journal of its account once that is known."""

    exchange: Exchange
    venue: VenueView
    caps: Caps
    target: Target
    what: str
    """``screen``, ``command`` or ``program``: what other processes are told of this one."""
    stack: AsyncExitStack
    former: tuple[Path, ...] = ()
    """Journals of this account under names that earlier versions gave them."""
    clock: Clock = field(default_factory=SystemClock)
    journal: LateJournal = field(default_factory=LateJournal)
    taken: Taken | None = None
    """How this process stands to the journal, once it was opened."""
    history: History | None = None
    """What keeps bars."""
    arm_switch: Callable[[], None] | None = None
    """What arms the dead man's switch, where the settings want it armed from the start."""

    async def open_journal(self, account_id: int) -> None:
        """Open the journal of the account; where it cannot be used, ``journal`` refuses intents with the reason."""
        path = journal_path(self.target, self.exchange.host, account_id)
        if self.target.demo is not None:
            await _forget(_old_demos(path.parent))
        is_shared = self.target.demo is None  # nobody else can find an exchange that is this process's own
        self.taken = await take(
            self.stack, path, mode=self.target.mode, what=self.what, former=self.former, is_shared=is_shared
        )
        self.journal.bind(self.taken.journal)

    def share(self, desk: SharedDesk) -> None:
        """Lend the desk to the commands of other processes, while this session is open."""
        self.lend(self.own_desk(desk))
        if self.arm_switch is not None and self.taken is not None and not self.taken.is_held:
            self.arm_switch()

    def own_desk(
        self,
        desk: SharedDesk,
        *,
        key: KeyInfo | None = None,
        write_down: Callable[[], Awaitable[None]] | None = None,
    ) -> "OwnDesk":
        """Make the desk as commands use it; ``write_down`` is called to have journalled what changed."""
        from hbtui.local.own_desk import OwnDesk

        server = self.taken.server if self.taken is not None else None
        return OwnDesk(
            shared=desk,
            exchange=self.exchange,
            journal=self.journal,
            venue=replace(self.venue, account_id=desk.account_id, key=key),
            clock=self.clock,
            write_down=write_down,
            is_closing=lambda: server is not None and server.is_closing,
        )

    def lend(self, desk: "OwnDesk") -> None:
        """Answer other processes with this desk, where this one holds the account."""
        if self.taken is not None and self.taken.server is not None:
            self.taken.server.lend(desk)


@asynccontextmanager
async def open_session(
    target: Target, what: str = "screen", *, arm_switch: Callable[[int], None] | None = None
) -> AsyncIterator[Session]:
    """Open what an engine or a command works with, on the running loop.

    ``arm_switch`` hears, once orders can be sent, for how many seconds the settings want the dead man's switch.
    Raises ``ConfigError`` for what the user can mend. Where no journal can be written the session is for reading and
    cancelling: its journal refuses every intent.
    """
    if target.demo is not None:
        target.demo.start()  # it gets ready while the rest is loaded
    # imported here: on the engine's thread, after the first frame (httpx alone costs tens of milliseconds)
    from hbtui.htx.exchange import HtxExchange

    settings = read_settings(target.places.config)
    hosts, credentials = await _where(target)
    # the exchange is closed last: what other processes asked for is answered before
    async with HtxExchange.open(hosts, credentials) as exchange, AsyncExitStack() as stack:
        keys_from = str(target.key_file.path) if target.key_file else ""
        venue = VenueView(target.mode, exchange.host, keys_from=keys_from)
        yield Session(
            exchange=exchange,
            venue=venue,
            caps=caps_of(settings, target.mode),
            target=target,
            what=what,
            stack=stack,
            history=KeptHistory(exchange, target.places),
            former=former_paths(target, exchange.host, credentials.access_key),
            arm_switch=partial(arm_switch, settings.switch_s) if arm_switch and settings.switch_s else None,
        )


async def _where(target: Target) -> tuple["Hosts", Credentials]:
    from hbtui.htx.hosts import HostRefused, Hosts
    from hbtui.sim.keys import ACCESS_KEY, SECRET_KEY

    if target.mode is Mode.LIVE:
        if target.key_file is None:
            message = "Trading live needs a key."
            raise ConfigError(message)
        return Hosts.live(), target.key_file.credentials
    demo_pair = Credentials(Secret(ACCESS_KEY), Secret(SECRET_KEY))
    if target.exchange_url is not None:
        try:
            return Hosts.loopback(target.exchange_url), demo_pair
        except HostRefused as error:
            raise ConfigError(str(error)) from None
    if target.demo is None:
        message = "The embedded exchange was not started."
        raise ConfigError(message)
    ready = await asyncio.to_thread(target.demo.ready)
    return Hosts.from_ready_line(ready), demo_pair


def _old_demos(folder: Path) -> list[Path]:
    return sorted(folder.glob("demo-*.sqlite"))[: -_KEPT_DEMO_JOURNALS + 1]


async def _forget(journals: list[Path]) -> None:
    """Delete the journals of exchanges that are long gone, but none that a running demo works with."""
    from hbtui.storage.opening import remove_unheld

    for journal in journals:
        await remove_unheld(journal)
