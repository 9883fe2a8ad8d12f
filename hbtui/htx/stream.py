"""The I/O shell around a session: connect, drain every 20 ms, back off with jitter, and begin again."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from hbtui.htx.clock import VenueClock
from hbtui.htx.session import Moment
from hbtui.htx.sockets import ConnectionLost, Socket
from hbtui.model.events import Link, LinkChanged, LinkState

__all__ = ["Session", "Stream"]

_DRAIN_S = 0.02
_POLL_S = 0.1
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_REFUSED_DELAY_S = 60.0
_SETTLED_S = 10.0
_NEWS_EVERY_S = 5.0

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)


class Session(Protocol[E_co]):
    """A protocol without I/O, for one connection at a time."""

    broken: str
    latency_ms: int | None

    @property
    def is_synced(self) -> bool:
        """Whether everything asked for is confirmed."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether no connection is needed."""
        ...

    def opened(self, at: Moment) -> None:
        """Begin on a new connection."""
        ...

    def outgoing(self, now_s: float) -> list[str]:
        """Take the frames to be sent now."""
        ...

    def receive(self, frames: Sequence[bytes | str], at: Moment) -> Sequence[E_co]:
        """Read a batch of frames."""
        ...

    def lost(self) -> Sequence[E_co]:
        """What the end of the connection means."""
        ...


class Stream(Generic[E]):
    """Keeps one link up for as long as :meth:`run` runs."""

    def __init__(
        self,
        link: Link,
        address: str,
        session: Session[E],
        *,
        clock: VenueClock,
        random: Callable[[], float],
        tls: ssl.SSLContext,
        silence_limit_s: float,
        refused: Callable[[], str] = str,
        each_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = link
        self._address = address
        self._session = session
        self._clock = clock
        self._random = random
        self._tls = tls
        self._silence_limit_s = silence_limit_s
        self._refused = refused
        self._each_turn = each_turn
        self._socket: Socket | None = None
        self._opened_s: float | None = None
        self._wanted = asyncio.Event()
        self._told: tuple[LinkState, int | None] = (LinkState.OFF, None)
        self._told_at_s = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether a connection is open now."""
        return self._socket is not None

    def wake(self) -> None:
        """Look at the session again now: what is watched has changed."""
        self._wanted.set()
        if self._socket is not None:
            self._socket.wake()

    async def run(self, emit: Callable[[Sequence[E | LinkChanged]], None]) -> None:
        """Connect and reconnect until cancelled; ``emit`` gets each batch of events."""
        attempt = 0
        while True:
            if self._session.is_idle:
                attempt = 0
                await self._until_wanted(emit)
            self._tell(emit, LinkState.RECONNECTING if attempt else LinkState.CONNECTING, attempt=attempt)
            self._opened_s = None
            try:
                await self._one_connection(emit)
            except ConnectionLost as lost:
                attempt = 1 if self._has_settled() else attempt + 1
                await self._pause(emit, attempt, str(lost))

    def _has_settled(self) -> bool:
        """Whether the connection that ended was a good one: one that only flaps is tried ever more slowly."""
        return self._opened_s is not None and self._clock.own.monotonic_s() - self._opened_s > _SETTLED_S

    async def _until_wanted(self, emit: Callable[[Sequence[E | LinkChanged]], None]) -> None:
        if self._told[0] is not LinkState.OFF:
            self._tell(emit, LinkState.OFF)
        while self._session.is_idle:
            self._wanted.clear()
            await self._wanted.wait()

    async def _pause(self, emit: Callable[[Sequence[E | LinkChanged]], None], attempt: int, reason: str) -> None:
        """Wait before the next attempt: twice as long each time, and never in step with other clients."""
        refusal = self._refused()
        delay = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2 ** min(attempt - 1, 10))
        delay = (_REFUSED_DELAY_S if refusal else delay) * (0.5 + self._random() / 2)
        state = LinkState.REFUSED if refusal else LinkState.RECONNECTING
        retry_at_ms = self._clock.own.now_ms() + round(delay * 1000)
        emit(self._session.lost())
        self._tell(emit, state, attempt=attempt, retry_at_ms=retry_at_ms, reason=refusal or reason)
        await self._clock.own.sleep(delay)

    async def _one_connection(self, emit: Callable[[Sequence[E | LinkChanged]], None]) -> None:
        """Serve one connection until nothing is watched; raise ``ConnectionLost`` where it ends before."""
        socket = await Socket.opened(self._address, self._tls)
        self._socket, self._opened_s = socket, self._clock.own.monotonic_s()
        try:
            self._session.opened(self._moment())
            self._tell(emit, LinkState.SYNCING)
            heard_s = self._clock.own.monotonic_s()
            while not self._session.is_idle:
                heard_s = await self._turn(socket, emit, heard_s)
        finally:
            self._socket = None
            self._each_turn()
            await socket.close()

    async def _turn(self, socket: Socket, emit: Callable[[Sequence[E | LinkChanged]], None], heard_s: float) -> float:
        """Send, drain, read, tell; then let the next frames gather. Returns when the venue was last heard."""
        for text in self._session.outgoing(self._clock.own.monotonic_s()):
            await socket.send(text)
        frames = await socket.receive(_POLL_S)
        at = self._moment()
        if frames:
            heard_s = at.now_s
            if events := self._session.receive(frames, at):
                emit(events)
        self._each_turn()
        if reason := self._refused() or self._session.broken:
            raise ConnectionLost(reason)
        if at.now_s - heard_s > self._silence_limit_s:
            message = f"nothing was heard for {self._silence_limit_s:.0f} s"
            raise ConnectionLost(message)
        self._tell_state(emit, at.now_s)
        if frames:
            for text in self._session.outgoing(at.now_s):  # pongs do not wait for the next batch
                await socket.send(text)
            await self._clock.own.sleep(_DRAIN_S)
        return heard_s

    def _tell_state(self, emit: Callable[[Sequence[E | LinkChanged]], None], now_s: float) -> None:
        state = LinkState.LIVE if self._session.is_synced else LinkState.SYNCING
        latency = self._session.latency_ms
        is_news = latency != self._told[1] and now_s - self._told_at_s >= _NEWS_EVERY_S
        if state is not self._told[0]:
            # topics added to a live link do not make what is already shown stale
            if state is LinkState.LIVE or self._told[0] is not LinkState.LIVE or self._link is Link.ACCOUNT:
                self._tell(emit, state, latency_ms=latency)
        elif is_news or (self._told[1] is None and latency is not None):
            self._tell(emit, state, latency_ms=latency)

    def _tell(
        self,
        emit: Callable[[Sequence[E | LinkChanged]], None],
        state: LinkState,
        *,
        attempt: int = 0,
        retry_at_ms: int | None = None,
        latency_ms: int | None = None,
        reason: str = "",
    ) -> None:
        self._told, self._told_at_s = (state, latency_ms), self._clock.own.monotonic_s()
        news = LinkChanged(
            link=self._link,
            state=state,
            attempt=attempt,
            retry_at_ms=retry_at_ms,
            latency_ms=latency_ms,
            reason=reason,
        )
        emit([news])

    def _moment(self) -> Moment:
        return Moment(self._clock.now_ms(), self._clock.own.monotonic_s())
