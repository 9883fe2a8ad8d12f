"""One schedule from its seed to its verdict."""

import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hbtui.htx.exchange import HtxExchange
from hbtui.model.order import Intent
from hbtui.storage.opening import open_journal
from tests.explorer import laws
from tests.explorer.clocks import LoopClock
from tests.explorer.notebook import Committed
from tests.explorer.program import Disk
from tests.explorer.schedule import Schedule, drawn
from tests.explorer.still_market import StillMarket
from tests.explorer.venue import live_venue
from tests.explorer.virtual_loop import VirtualLoop
from tests.explorer.watch import DOUBTFUL, Seen
from tests.explorer.world import World
from tests.support.invariants import shown_orders

__all__ = ["Verdict", "lived"]

_SHOWN_WITHIN_S = 30.0
_LEASE_AND_ROUNDS_S = 480.0
_SETTLED_S = 75.0
"""Balances are read afresh once a minute, whatever was not told of them."""


@dataclass
class Verdict:
    """What came of a schedule."""

    schedule: Schedule
    breaches: list[str] = field(default_factory=list)
    drawn: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    shown: dict[str, list[Seen]] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    """How each order was shown at last."""
    posts: int = 0
    ended_s: float = 0.0


def lived(schedule: Schedule | int, exchange_class: type[HtxExchange] = StillMarket) -> Verdict:
    """Live through a schedule, or through that of a seed, on a loop and in a folder of its own."""
    chosen = drawn(schedule) if isinstance(schedule, int) else schedule
    random.seed(chosen.seed)  # the client's own jitter
    # httpcore asks for it at each request; that it is not there is looked up in every folder, each time
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # the language's own mark of "not to be imported"
    with tempfile.TemporaryDirectory(prefix="explorer-") as folder:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(_lived(chosen, exchange_class, Path(folder)))


async def _lived(schedule: Schedule, exchange_class: type[HtxExchange], folder: Path) -> Verdict:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    verdict = Verdict(schedule, drawn=_drawn(schedule))
    disk = Disk(folder, Committed())
    clock = LoopClock(loop)
    async with live_venue(clock) as live:
        world = World(schedule, live, disk, loop, clock, exchange_class)
        await world.live_through()
        await world.rest(_SHOWN_WITHIN_S)
        verdict.breaches += laws.in_time(world)
        await world.rest(_SETTLED_S - _SHOWN_WITHIN_S)
        await world.rest(_LEASE_AND_ROUNDS_S, until=lambda: not _is_doubtful(world))
        verdict.breaches += laws.at_the_end(world)
        await world.program.close()
        account_id = world.program.view.venue.account_id
        assert account_id is not None
        with loop.thread_at_work():
            unresolved = await _unresolved(disk.journal(account_id))
        verdict.breaches += laws.on_disk(world, unresolved)
        verdict.struck, verdict.ended_s = world.tally(), world.now_s
        verdict.shown, verdict.posts = world.watch.history, len(live.posts)
        verdict.ends = Counter(history[-1].state.value for history in world.watch.history.values())
        verdict.story = sorted([*world.log, *map(str, world.watch.notices)])
    return verdict


def _is_doubtful(world: World) -> bool:
    return any(order.state in DOUBTFUL for order in shown_orders(world.program.view).values())


async def _unresolved(path: Path) -> tuple[Intent, ...]:
    async with open_journal(path) as journal:
        return await journal.unresolved()


def _drawn(schedule: Schedule) -> Counter[str]:
    counts = Counter(act.name for act in schedule.acts)
    counts.update(answer for act in schedule.acts if (answer := act.args.get("answer")))
    return counts
