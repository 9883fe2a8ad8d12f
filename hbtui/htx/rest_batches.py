"""Orders and cancels by the batch, and the dead man's switch. Source: HTX docs, "Trading"."""

from collections.abc import Callable, Sequence

from hbtui.htx.answers import Answer, error_in, opened
from hbtui.htx.encode import cancel_all_after_body, cancel_many_body, place_many_body
from hbtui.htx.errors import venue_error
from hbtui.htx.limits import Group
from hbtui.htx.outcome_batch import cancel_many_outcomes, place_many_outcomes, trigger_ms
from hbtui.htx.reading import is_order_id
from hbtui.htx.rest import NO_KEY
from hbtui.htx.rest_commands import OrderCommands, is_about_time, not_sent
from hbtui.htx.transport import Call
from hbtui.model.errors import AnswerError, AuthenticationError
from hbtui.model.order import CancelAnswer, CancelOutcome, Intent, Outcome, Refused

__all__ = ["BatchCommands"]

_MOST_ORDERS = 10
_MOST_CANCELS = 50


class BatchCommands(OrderCommands):
    """Several orders or cancels in one request; one answer for each."""

    async def place_many(
        self, intents: Sequence[Intent], kept_back: Callable[[], Refused | None] = lambda: None
    ) -> tuple[Outcome, ...]:
        """Send up to ten journalled bodies in one request, once, ever; one outcome for each, in their order.

        ``kept_back`` is asked right before the first byte. Never raises but on cancellation.
        More than ten, or one client order id twice (of whose answers nobody could
        say which is whose), do not leave this computer.
        """
        names = [intent.client_order_id for intent in intents]
        if reason := self._unsendable(intents, names):
            return (not_sent(reason),) * len(names)
        body = place_many_body(intent.body for intent in intents)
        answer = await self._placed(
            "/v1/order/batch-orders", body, {Group.PLACE: len(names), Group.BATCH: 1}, kept_back
        )
        if not isinstance(answer, Answer):
            return (answer,) * len(names)
        outcomes = place_many_outcomes(answer, names, self._rest.clock.off_s)
        if any(is_about_time(outcome) for outcome in outcomes):
            outcomes = place_many_outcomes(answer, names, await self._off_s())
        return outcomes

    def _unsendable(self, intents: Sequence[Intent], names: Sequence[str]) -> str:
        if not 1 <= len(names) <= _MOST_ORDERS:
            return f"HTX takes 1 to {_MOST_ORDERS} orders in a batch."
        if len(set(names)) < len(names):
            return "two orders of the batch carry the same client order id."
        if any(intent.host != self._rest.transport.host for intent in intents):
            return "it was meant for another host."
        return ""

    async def cancel_many(self, order_ids: Sequence[str]) -> tuple[CancelOutcome, ...]:
        """Ask to cancel up to fifty by HTX's ids (``batchcancel``); one answer for each. May be repeated."""
        if not all(is_order_id(name) for name in order_ids) or not 1 <= len(order_ids) <= _MOST_CANCELS:
            text = f"HTX takes 1 to {_MOST_CANCELS} of its order ids in a batch; nothing was sent."
            return (CancelOutcome(CancelAnswer.UNKNOWN, code="not-sent", text=text),) * len(order_ids)
        # the batch is granted half as many calls as the single cancel, whose lane it shares here
        answer = await self._asked_to_cancel("/v1/order/orders/batchcancel", cancel_many_body(order_ids), 2)
        if isinstance(answer, CancelOutcome):
            return (answer,) * len(order_ids)
        return cancel_many_outcomes(answer, order_ids, self._rest.clock.off_s)

    async def cancel_all_after(self, seconds: int) -> int | None:
        """Arm the dead man's switch (5 s and more), or disarm it with 0; its time, UTC ms, or ``None`` where it is off.

        Raises ``ExchangeError``: then it is not known whether it is armed. ``ValueError`` for 1 to 4 seconds.
        """
        body = cancel_all_after_body(seconds)
        if self._rest.signer is None:
            raise AuthenticationError("no-key", NO_KEY, advice="Set up a key, or use the demo.")
        await self._rest.limits.take(Group.CANCEL)
        answer = await self._post(Call("POST", "/v2/algo-orders/cancel-all-after", "", body))
        if 300 <= answer.status < 400:
            message = f"The answer is a redirect (HTTP {answer.status}), which is never followed."
            raise AnswerError(message)
        if (error := error_in(opened(answer), answer.status)) is not None:
            raise venue_error(error, await self._rest.clock_off_s(error))
        strikes_ms = trigger_ms(answer)
        if (strikes_ms is None) is bool(seconds):
            message = (
                f"HTX says that the switch is {'off' if strikes_ms is None else 'still armed'}, against what was asked."
            )
            raise AnswerError(message)
        return strikes_ms
