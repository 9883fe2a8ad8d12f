"""The commands about the journal: what it holds of one order, whether it is sound, and setting a damaged one aside."""

import time
from argparse import Namespace
from pathlib import Path

from hbtui.cli import ExitCode
from hbtui.command_answers import answered, ended, tell_entries
from hbtui.headless import Client
from hbtui.model.account import Mode
from hbtui.model.errors import JournalError
from hbtui.questions import is_confirmed
from hbtui.streams import complain
from hbtui.target import Target

__all__ = ["audit", "look_after"]


async def audit(client: Client, asked: Namespace) -> ExitCode:
    """Show the journal's entries of one order."""
    entries = await client.audit(asked.id)
    if not entries:
        return ended(f"The journal holds nothing of an order {asked.id}.", ExitCode.REFUSED)
    return tell_entries(asked, entries)


async def look_after(asked: Namespace, target: Target) -> ExitCode:
    """Check the journals of the mode, or set those aside that are damaged. Asks no exchange."""
    found = {path: await _state_of(path) for path in _journals(target)}
    if asked.action == "check":
        rows = [{"journal": str(path), "state": state, "problem": problem} for path, (state, problem) in found.items()]
        code = answered(asked, rows, "there is no journal yet")
        is_damaged = any(state == "damaged" for state, _ in found.values())
        return ExitCode.CONFIG if is_damaged and code is ExitCode.DONE else code
    damaged = [path for path, (state, _) in found.items() if state == "damaged"]
    if not damaged:
        return ended("No journal is damaged: nothing was set aside.", ExitCode.REFUSED)
    return await _set_aside(asked, damaged)


async def _set_aside(asked: Namespace, damaged: list[Path]) -> ExitCode:
    from hbtui.storage.files import set_aside

    rows = []
    for path in damaged:
        complain(
            f"{path} is damaged. Set aside, it is kept, but no longer used: orders in doubt that it holds are not "
            "looked up any more, and what was sent in the last 24 hours no longer counts against the caps."
        )
        if not asked.yes and not await is_confirmed("Set it aside, and begin a new one?"):
            return ended("Nothing was set aside.", ExitCode.DECLINED)
        rows.append({"journal": str(path), "kept_as": str(set_aside(path, time.time_ns() // 1_000_000))})
    complain("Look at your open orders on HTX before you trade on: hbtui no longer knows which of them are its own.")
    return answered(asked, rows, "")


def _journals(target: Target) -> list[Path]:
    """Every journal of the mode; which account is whose only the exchange could say."""
    kind = "live" if target.mode is Mode.LIVE else "exchange" if target.exchange_url is not None else "demo"
    return sorted((target.places.data / "journals").glob(f"{kind}-*.sqlite"))


async def _state_of(path: Path) -> tuple[str, str]:
    from hbtui.storage.database import Database
    from hbtui.storage.files import JournalDamaged, JournalHeld

    database = Database(path)
    try:
        await database.open()
    except JournalHeld:
        return "in use", "another hbtui works with it: it was checked when that one started"
    except JournalDamaged as error:
        return "damaged", str(error)
    except JournalError as error:
        return "not usable", str(error)
    finally:
        await database.close()
    return "sound", ""
