"""The client on a running exchange, both feeds into one list."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.model.events import Link, LinkChanged, LinkState
from hbtui.model.secret import Credentials, Secret
from tests.support.exchange import RunningExchange, running_exchange

__all__ = ["PAIR", "both", "is_live", "listening", "states"]

PAIR = "btcusdt"


@asynccontextmanager
async def both(
    client: dict[str, Any] | None = None, **options: object
) -> AsyncIterator[tuple[RunningExchange, HtxExchange, int]]:
    """An exchange, the client on it, and the number of its spot account."""
    async with running_exchange(**options) as venue:
        keys = Credentials(Secret(venue.access_key), Secret(venue.secret_key))
        async with HtxExchange.open(Hosts.from_ready_line(venue.ready_line), keys, **(client or {})) as exchange:
            spot = next(account for account in await exchange.accounts() if account.type == "spot")
            yield venue, exchange, spot.account_id


@asynccontextmanager
async def listening(exchange: HtxExchange) -> AsyncIterator[list[Any]]:
    """Both feeds, running beside the test, into one list."""
    events: list[Any] = []

    def take(batch: Sequence[Any]) -> None:
        events.extend(batch)

    assert exchange.account is not None
    tasks = [asyncio.create_task(exchange.market.run(take)), asyncio.create_task(exchange.account.run(take))]
    try:
        yield events
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def states(events: list[Any], link: Link) -> list[LinkState]:
    """What was told of a link, in order."""
    return [event.state for event in events if isinstance(event, LinkChanged) and event.link is link]


def is_live(events: list[Any], link: Link) -> bool:
    """Whether a link's last word is that it lives."""
    return states(events, link)[-1:] == [LinkState.LIVE]
