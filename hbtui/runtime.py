"""Joins the rings: opens the exchange, the journal and the engine in order, and closes them in reverse."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hbtui.config import ConfigError
from hbtui.model.account import Mode
from hbtui.model.secret import Credentials, Secret
from hbtui.target import Target
from hbtui.trading.late_journal import LateJournal
from hbtui.trading.ports import Exchange, Journal
from hbtui.trading.shared_desk import SharedDesk
from hbtui.trading.views import Caps, VenueView

if TYPE_CHECKING:
    from hbtui.htx.hosts import Hosts

__all__ = ["Session", "open_session"]

_KEPT_DEMO_JOURNALS = 10


@dataclass(frozen=True, slots=True)
class Session:
    """An open exchange, and the journal of its account once that is known."""

    exchange: Exchange
    journal: LateJournal
    venue: VenueView
    caps: Caps
    _open: Callable[[int], Awaitable[Journal]]

    async def open_journal(self, account_id: int) -> None:
        """Open the journal of the account; where it cannot be used, ``journal`` refuses intents with the reason."""
        self.journal.bind(await self._open(account_id))

    def share(self, desk: SharedDesk) -> None:
        """Lend the desk to the commands of other processes, while this session is open."""


@asynccontextmanager
async def open_session(target: Target) -> AsyncIterator[Session]:
    """Open what an engine or a command works with, on the running loop.

    Raises ``ConfigError`` for what the user can mend. Where no journal can be written the session is for reading and
    cancelling: its journal refuses every intent.
    """
    if target.demo is not None:
        target.demo.start()  # it gets ready while the rest is loaded
    # imported here: on the engine's thread, after the first frame (httpx alone costs tens of milliseconds)
    from hbtui.htx.exchange import HtxExchange
    from hbtui.storage.opening import open_journal

    hosts, credentials = await _where(target)
    async with AsyncExitStack() as stack, HtxExchange.open(hosts, credentials) as exchange:

        async def opened(account_id: int) -> Journal:
            path = _journal_path(target, hosts, account_id)
            if target.demo is not None:
                await _forget(_old_demos(path.parent))
            return await stack.enter_async_context(open_journal(path))

        keys_from = str(target.key_file.path) if target.key_file else ""
        venue = VenueView(target.mode, exchange.host, keys_from=keys_from)
        yield Session(exchange, LateJournal(), venue, Caps(), opened)


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


def _journal_path(target: Target, hosts: "Hosts", account_id: int) -> Path:
    """Name the journal: one for each mode and account, and a new one for an exchange that lives as long as we do."""
    folder = target.places.data / "journals"
    if target.mode is Mode.LIVE:
        return folder / f"live-{account_id}.sqlite"
    if target.exchange_url is not None:
        # by the one spelling of its address: "localhost" and a slash at the end mean the same exchange
        return folder / f"exchange-{''.join(char if char.isalnum() else '-' for char in hosts.name)}.sqlite"
    return folder / f"demo-{time.time_ns() // 1_000_000}.sqlite"


def _old_demos(folder: Path) -> list[Path]:
    return sorted(folder.glob("demo-*.sqlite"))[: -_KEPT_DEMO_JOURNALS + 1]


async def _forget(journals: list[Path]) -> None:
    """Delete the journals of exchanges that are long gone, but none that a running demo works with."""
    from hbtui.storage.opening import remove_unheld

    for journal in journals:
        await remove_unheld(journal)
