"""How a REST read is made: a token of its group, a fresh signature, one retry on a broken line, errors as a tree."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from hbtui.htx.answers import Answer, error_in, opened, payload
from hbtui.htx.clock import MEASUREMENTS, VenueClock
from hbtui.htx.errors import ErrorAnswer, is_about_time, is_rate_limit, venue_error
from hbtui.htx.limits import Group, RateLimits
from hbtui.htx.signing import Signer, canonical_query
from hbtui.htx.transport import Call, Dropped, Transport
from hbtui.htx.wire import Envelope
from hbtui.model.errors import AnswerError, AuthenticationError, ExchangeError, RateLimited

__all__ = ["NO_KEY", "Rest"]

NO_KEY = "This needs an API key, and none was given."
_WORST_PAUSE_S = 60.0
_SHORT_PAUSE_S = 2.5  # HTX counts most reads in spans of two seconds
_CLOCK_LIMIT_S = 3.0  # an answer about an order does not wait longer for the words that explain it

_UNAUTHORISED = frozenset({401, 403})

T = TypeVar("T")
_milliseconds = msgspec.json.Decoder(int)
_CLOCK_RANGE_MS = range(1_262_304_000_000, 7_258_118_400_000)  # 2010 to 2200: what else is said is no time


class Rest:
    """Reads from HTX's REST side; orders and cancels go through :mod:`hbtui.htx.rest_commands`."""

    def __init__(self, transport: Transport, signer: Signer | None, clock: VenueClock, limits: RateLimits) -> None:
        self.transport = transport
        self.signer = signer
        self.clock = clock
        self.limits = limits

    async def get(self, path: str, group: Group, params: Mapping[str, str] | None = None) -> Envelope:
        """An unsigned read; raises ``ExchangeError``."""
        return await self._read(path, group, params or {}, is_signed=False)

    async def get_signed(self, path: str, group: Group, params: Mapping[str, str] | None = None) -> Envelope:
        """A signed read; raises ``ExchangeError``."""
        return await self._read(path, group, params or {}, is_signed=True)

    async def data(self, path: str, group: Group, params: Mapping[str, str], decoder: "msgspec.json.Decoder[T]") -> T:
        """The ``data`` of an unsigned read."""
        return payload((await self.get(path, group, params)).data, decoder)

    async def signed_data(
        self, path: str, group: Group, params: Mapping[str, str], decoder: "msgspec.json.Decoder[T]"
    ) -> T:
        """The ``data`` of a signed read."""
        return payload((await self.get_signed(path, group, params)).data, decoder)

    async def measure_clock(self) -> int:
        """Ask HTX for its time five times, and return HTX's time now, UTC ms, by the median of the answers.

        Each answer is taken for written halfway through its round trip; see :class:`hbtui.htx.clock.VenueClock`.
        """
        for _ in range(MEASUREMENTS):
            await self._again_after_a_pause(self._measure_once)
        return self.clock.now_ms()

    def note(self, answer: Answer, group: Group) -> None:
        """Slow a group down where the answer's headers say that nothing is left of its span."""
        if answer.remaining == 0:
            self.limits.pause(group, self.pause_s(answer))

    def pause_s(self, answer: Answer) -> float | None:
        """How long HTX asks to wait, in seconds; ``None`` where it does not say, or says nonsense."""
        if answer.resets_at_ms is None:
            return None
        wait = (answer.resets_at_ms - self.clock.now_ms()) / 1000
        return wait if 0 < wait <= _WORST_PAUSE_S else None

    async def clock_off_s(self, error: ErrorAnswer) -> float | None:
        """By how much the own clock is off, measured now where an answer complains about the time."""
        if is_about_time(error):
            with contextlib.suppress(ExchangeError, TimeoutError):
                async with asyncio.timeout(_CLOCK_LIMIT_S):
                    await self.measure_clock()
        return self.clock.off_s

    async def _measure_once(self) -> None:
        await self.limits.take(Group.REFERENCE)
        began_s = self.clock.own.monotonic_s()
        envelope = await self._opened(Call("GET", "/v1/common/timestamp", within_s=5.0), Group.REFERENCE)
        halfway_s = (began_s + self.clock.own.monotonic_s()) / 2
        self.clock.measured(_sane(payload(envelope.data, _milliseconds)), halfway_s)

    async def _read(self, path: str, group: Group, params: Mapping[str, str], *, is_signed: bool) -> Envelope:
        async def ask() -> Envelope:
            return await self._attempt(path, group, params, is_signed=is_signed)

        try:
            return await self._again_after_a_pause(ask)
        except Dropped:  # an idle connection that the server had closed: a read may be asked again
            return await self._again_after_a_pause(ask)

    async def _again_after_a_pause(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, and once more where HTX counted too many: others at this address may have used its span up.

        The pause is that of the group, which was closed when the refusal came; a long one is the caller's to wait.
        """
        try:
            return await ask()
        except RateLimited as refused:
            if (refused.retry_after_s or 0.0) > _SHORT_PAUSE_S:
                raise
        return await ask()

    async def _attempt(self, path: str, group: Group, params: Mapping[str, str], *, is_signed: bool) -> Envelope:
        await self.limits.take(group)
        if not is_signed:
            return await self._opened(Call("GET", path, canonical_query(params)), group)
        if self.signer is None:
            raise AuthenticationError("no-key", NO_KEY, advice="Set up a key, or use the demo.")
        query = self.signer.query("GET", path, params, self.clock.now_ms())
        return await self._opened(Call("GET", path, query, is_signed=True), group)

    async def _opened(self, call: Call, group: Group) -> Envelope:
        answer = await self.transport.send(call)
        self.note(answer, group)
        try:
            envelope = opened(answer)
            error = error_in(envelope, answer.status)
        except AnswerError as unreadable:
            if answer.status in _UNAUTHORISED and call.is_signed:
                code = f"http-{answer.status}"
                raise AuthenticationError(code, str(unreadable), advice=unreadable.advice) from None
            if answer.status != 429:
                raise
            error = ErrorAnswer("429", "", 429)
        if error is None:
            return envelope
        if is_rate_limit(error):
            error = dataclasses.replace(error, retry_after_s=self.pause_s(answer))
            self.limits.pause(group, error.retry_after_s)
        raise venue_error(error, await self.clock_off_s(error))


def _sane(time_ms: int) -> int:
    """Return a time unchanged; raise ``AnswerError`` for what no clock shows."""
    if time_ms not in _CLOCK_RANGE_MS:
        message = "HTX's clock tells no time that can be."
        raise AnswerError(message)
    return time_ms
