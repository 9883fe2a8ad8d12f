"""Clients that are wrong on purpose: what cannot catch these proves nothing."""

from collections.abc import Callable

from hbtui.model.order import Intent, Outcome, Refused, Unknown
from tests.explorer.still_market import StillMarket

__all__ = ["Resending", "TooSure"]

_LOOKS = 5


class Resending(StillMarket):
    """Sends an order again when the answer did not come, under the same client order id, as many do."""

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Send, and send again."""
        outcome = await super().place(intent, kept_back)
        return await super().place(intent, kept_back) if isinstance(outcome, Unknown) else outcome


class TooSure(StillMarket):
    """Calls an order refused that was not found five times, as if "not found" were a proof."""

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Send; where the answer says nothing, look a few times and then believe it."""
        outcome = await super().place(intent, kept_back)
        if not isinstance(outcome, Unknown):
            return outcome
        for _ in range(_LOOKS):
            if await self.order_by_client_id(intent.client_order_id) is not None:
                return outcome
            await self._rest.clock.own.sleep(0.5)
        return Refused("not-found", "it was not found five times")
