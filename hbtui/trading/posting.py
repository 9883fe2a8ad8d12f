"""The one POST of an order: waited for as long as a person would, and listened to for as long as it may answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from hbtui.model.order import Intent, Outcome, Refused, Unknown
from hbtui.trading.ports import Clock, Exchange

__all__ = ["PATIENCE_S", "Posting"]

PATIENCE_S = 3.0
"""After so long without an answer an order shows as uncertain, while its answer is still listened for."""
_STILL_LISTENING = Unknown("no answer for 3 s, still listening")
_CLOSED = Unknown("the program was closed before the answer came")
_ODD = Unknown("sending it ended in a way that does not say whether the exchange has it")
_HALTED = Refused("HALTED", "HALTED: did not leave this computer", is_sent=False)
_WAITS_S = 10.0
"""An order that waited longer, by either clock, is not sent any more: while the computer slept its market went on, and
a signature made late would outlive the lease that is counted from the intent."""

_log = logging.getLogger("hbtui.engine")
Post = asyncio.Task[Sequence[Outcome]]


class Posting:
    """Sends intents once, ever, and hands every outcome on, the late ones too; one loop's own.

    ``halted`` is asked before anything is waited for, and again right before the first byte leaves.
    ``merge`` shows outcomes, ``conclude`` shows them and writes them down; neither may raise.
    """

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        *,
        halted: Callable[[], bool],
        merge: Callable[[Sequence[Intent], Sequence[Outcome]], None],
        conclude: Callable[[Sequence[Intent], Sequence[Outcome]], Awaitable[None]],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._halted = halted
        self._merge = merge
        self._conclude = conclude
        self._late: set[asyncio.Task[None]] = set()

    async def send(self, intents: Sequence[Intent]) -> None:
        """Send one intent, or up to ten in one request, and return once each has an outcome: after 3 s at the latest.

        An outcome that comes later is concluded when it comes. Where this call is cancelled, what has no answer is
        unknown: the bytes may be out, and the next start looks for the order.
        """
        post = asyncio.create_task(self._post(intents))
        timer = asyncio.ensure_future(self._clock.sleep(PATIENCE_S))
        try:
            await asyncio.wait({post, timer}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            post.cancel()
            await asyncio.wait({post})
            self._merge(intents, _told(post, intents, _CLOSED))
            raise
        finally:
            timer.cancel()
        if post.done():
            await self._conclude(intents, _told(post, intents, _ODD))
            return
        late = asyncio.create_task(self._listen(intents, post))
        self._late.add(late)
        late.add_done_callback(self._late.discard)
        await self._conclude(intents, [_STILL_LISTENING] * len(intents))

    async def close(self) -> None:
        """Stop listening; what is still awaited was written down as unknown already."""
        late = tuple(self._late)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _post(self, intents: Sequence[Intent]) -> Sequence[Outcome]:
        started_s = self._clock.monotonic_s()

        def kept_back() -> Refused | None:
            if self._halted():
                return _HALTED
            waited_s = (self._clock.now_ms() - intents[0].created_ms) / 1000
            return _late(max(waited_s, self._clock.monotonic_s() - started_s))

        if (refusal := kept_back()) is not None:
            return [refusal] * len(intents)
        if len(intents) == 1:
            return (await self._exchange.place(intents[0], kept_back),)
        return await self._exchange.place_many(intents, kept_back)

    async def _listen(self, intents: Sequence[Intent], post: Post) -> None:
        try:
            await asyncio.wait({post})
        except asyncio.CancelledError:
            post.cancel()
            await asyncio.wait({post})
            raise
        await self._conclude(intents, _told(post, intents, _ODD))


def _late(waited_s: float) -> Refused | None:
    if waited_s <= _WAITS_S:
        return None
    text = f"it waited {waited_s:.0f} s, and the market has moved on: did not leave this computer"
    return Refused("LATE", text, is_sent=False)


def _told(post: Post, intents: Sequence[Intent], doubt: Unknown) -> Sequence[Outcome]:
    """What a POST that is over said; one that broke in an unforeseen way, or answers for others, leaves a doubt."""
    if post.cancelled():
        return [doubt] * len(intents)
    if (error := post.exception()) is not None:
        _log.error("an order's POST ended in %s", type(error).__name__)
        return [_ODD] * len(intents)
    told = post.result()
    return told if len(told) == len(intents) else [_ODD] * len(intents)
