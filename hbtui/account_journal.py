"""Takes an account's journal for this process alone, and listens for the others; or finds out who has it."""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hbtui.model.account import Mode
from hbtui.model.secret import Secret
from hbtui.target import Target
from hbtui.trading.ports import Journal

if TYPE_CHECKING:
    from hbtui.local.ports import Holder
    from hbtui.local.server import LocalServer

__all__ = ["Taken", "former_paths", "journal_path", "take"]

_log = logging.getLogger("hbtui.local")
_WAIT_S = 5.0
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Taken:
    """A journal, and how this process stands to it."""

    journal: Journal
    """Refuses every intent, with the reason, where another process has the account's or it cannot be used."""
    is_held: bool = False
    """Another process has it."""
    holder: "Holder | None" = None
    """That process, if it answers."""
    sockets: tuple[Path, ...] = ()
    """Where whoever has it may listen."""
    server: "LocalServer | None" = None
    """Where this process has it and listens."""


def journal_path(target: Target, host: str, account_id: int) -> Path:
    """Name the journal: one for each mode and account, and a new one for an exchange that lives as long as we do.

    ``host`` is the exchange's by the one spelling of its address: ``localhost`` and a slash at the end mean the same.
    """
    folder = target.places.data / "journals"
    if target.mode is Mode.LIVE:
        return folder / f"live-{account_id}.sqlite"
    if target.exchange_url is not None:
        return folder / f"exchange-{_file_name(host)}-{account_id}.sqlite"
    return folder / f"demo-{time.time_ns() // 1_000_000}.sqlite"


def former_paths(target: Target, host: str, access_key: Secret) -> tuple[Path, ...]:
    """Name the journals that earlier versions kept for what is an account's now: by the key, or the exchange alone."""
    folder = target.places.data / "journals"
    if target.mode is Mode.LIVE:
        digest = hashlib.blake2b(access_key.reveal().encode(), digest_size=6, person=b"hbtui").hexdigest()
        return (folder / f"live-{digest}.sqlite",)
    return (folder / f"exchange-{_file_name(host)}.sqlite",) if target.exchange_url is not None else ()


async def take(
    stack: AsyncExitStack, path: Path, *, mode: Mode, what: str, former: Sequence[Path] = (), is_shared: bool = True
) -> Taken:
    """Open the journal until ``stack`` closes, and listen where it ``is_shared``.

    A command that has the journal ends soon: for a screen or a program it is waited for, within a bounded time, and
    so is a holder that does not answer. ``what`` this process is: ``screen``, ``command`` or ``program``. Journals
    with a ``former`` name of the account are taken over.
    """
    from hbtui.local.client import find_holder
    from hbtui.local.place import socket_paths
    from hbtui.storage.opening import HaltedJournal, HeldJournal, open_journal

    sockets = socket_paths(path) if is_shared else ()
    deadline_s = time.monotonic() + _WAIT_S
    while True:
        trial = AsyncExitStack()
        journal = await trial.enter_async_context(open_journal(path, former=former))
        if not isinstance(journal, HeldJournal):
            break
        await trial.aclose()
        holder = await find_holder(sockets)
        is_lasting = holder is not None and (what == "command" or holder.what != "command")
        if is_lasting or time.monotonic() > deadline_s:
            return Taken(HeldJournal(_said(holder)), is_held=True, holder=holder, sockets=sockets)
        await asyncio.sleep(_PAUSE_S)
    await stack.enter_async_context(trial)
    if isinstance(journal, HaltedJournal) or not is_shared:
        return Taken(journal)
    return Taken(journal, sockets=sockets, server=await _listening(stack, sockets, mode, what))


async def _listening(stack: AsyncExitStack, sockets: Sequence[Path], mode: Mode, what: str) -> "LocalServer":
    from hbtui.local.ports import Holder
    from hbtui.local.server import LocalServer

    holder = Holder(pid=os.getpid(), what=what, since_ms=time.time_ns() // 1_000_000, mode=mode.value)
    server = await stack.enter_async_context(LocalServer(holder))
    if problem := await server.open(sockets):
        _log.warning("other processes cannot reach this one: %s", problem)
    return server


def _file_name(host: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in host)


def _said(holder: "Holder | None") -> str:
    if holder is None:
        return "Another hbtui holds this account, and does not answer: this one is read-only."
    since = datetime.fromtimestamp(holder.since_ms / 1000).astimezone()
    who = f"{holder.what}, process {holder.pid}, since {since:%H:%M:%S}"
    return f"Another hbtui ({who}) holds this account: this one is read-only."
