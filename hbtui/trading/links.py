"""The venue's streams as long as a session is open: kept running, begun anew where one ends, and shown."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from hbtui.model.events import AccountEvent, FrameDropped, Link, LinkChanged, LinkState, MarketEvent
from hbtui.trading.board import Board
from hbtui.trading.changes import Part
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import LinkView

__all__ = ["Links"]

_PAUSE_S = 1.0


class Links:
    """Runs the feeds, hands their events on, and keeps the story of each link; one loop's own."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Clock,
        board: Board,
        tasks: Supervisor,
        on_market: Callable[[MarketEvent], None],
        on_account: Callable[[AccountEvent], None],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._board = board
        self._tasks = tasks
        self._on_market = on_market
        self._on_account = on_account
        self._links = {link: LinkView(link) for link in Link}
        self._streams: dict[Link, asyncio.Task[None]] = {}
        self._why = ""
        board.paint(Part.LINKS, lambda view: replace(view, links=MappingProxyType(dict(self._links))))

    def start(self) -> None:
        """Run the feeds that there are."""
        self._tasks.spawn("market-feed", self._keep, Link.MARKET, lambda: self._exchange.market.run(self._take_market))
        account = self._exchange.account
        if account is not None:
            self._tasks.spawn("account-feed", self._keep, Link.ACCOUNT, lambda: account.run(self._take_account))

    def restart(self, why: str) -> None:
        """Begin every feed anew: what the open ones say may be long over."""
        self._why = why
        for stream in self._streams.values():
            stream.cancel()

    async def _keep(self, link: Link, run: Callable[[], Awaitable[None]]) -> None:
        """Keep a feed running: it reconnects by itself, and is begun anew should it ever end."""
        while True:
            stream = self._streams[link] = self._tasks.spawn(f"{link.value}-stream", run)
            await asyncio.wait({stream})
            why = self._why or "the stream broke off"
            for name in (Link.MARKET, Link.BOOK) if link is Link.MARKET else (Link.ACCOUNT,):
                event = LinkChanged(link=name, state=LinkState.RECONNECTING, reason=why)
                self._note(event)
                self._on_market(event)
                self._on_account(event)
            await self._clock.sleep(_PAUSE_S)
            self._why = ""

    def _take_market(self, events: Sequence[MarketEvent]) -> None:
        for event in events:
            self._hear(event)
            self._on_market(event)

    def _take_account(self, events: Sequence[AccountEvent]) -> None:
        for event in events:
            self._hear(event)
            self._on_account(event)

    def _hear(self, event: MarketEvent | AccountEvent) -> None:
        if isinstance(event, LinkChanged):
            self._note(event)
        elif isinstance(event, FrameDropped):
            known = self._links[event.link]
            self._links[event.link] = replace(known, dropped=known.dropped + 1)
            self._board.mark(Part.LINKS)

    def _note(self, event: LinkChanged) -> None:
        known = self._links[event.link]
        self._links[event.link] = LinkView(
            link=event.link,
            state=event.state,
            since_ms=known.since_ms if known.state is event.state else self._clock.now_ms(),
            attempt=event.attempt,
            retry_at_ms=event.retry_at_ms,
            latency_ms=event.latency_ms if event.latency_ms is not None else known.latency_ms,
            reason=event.reason,
            dropped=known.dropped,
        )
        self._board.mark(Part.LINKS)
