"""Orders and cancels: an order's bytes leave once, ever, and its answer is one of three outcomes."""

import logging
from collections.abc import Callable

from hbtui.htx.answers import Answer
from hbtui.htx.encode import cancel_body, cancel_by_client_id_body, place_body
from hbtui.htx.errors import ErrorAnswer
from hbtui.htx.limits import Group
from hbtui.htx.outcome import (
    ORDER_ANSWER_LIMIT,
    cancel_by_client_id_outcome,
    cancel_outcome,
    place_outcome,
)
from hbtui.htx.reading import is_order_id, is_symbol
from hbtui.htx.rest import NO_KEY, Rest
from hbtui.htx.transport import Call, NotSent
from hbtui.model.errors import ExchangeError
from hbtui.model.order import CancelAnswer, CancelOutcome, Intent, OrderRequest, Outcome, Refused, Unknown

__all__ = ["OrderCommands"]

_log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 3.0
_PLACE = "/v1/order/orders/place"


def _not_sent(text: str) -> Refused:
    return Refused("not-sent", f"It did not leave this computer: {text}", is_sent=False)


class OrderCommands:
    """Placing and cancelling; none of these raises but on cancellation of the task."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def body_of(self, client_order_id: str, request: OrderRequest) -> bytes:
        """The exact bytes that :meth:`place` would send; raises ``ValueError`` for what cannot be an order."""
        return place_body(client_order_id, request)

    async def place(self, intent: Intent) -> Outcome:
        """Send ``intent.body``, once, ever (HTX docs, "Place a New Order"). See :mod:`hbtui.htx.outcome`."""
        if self._rest.signer is None:
            return _not_sent(NO_KEY)
        if intent.host != self._rest.transport.host:
            return _not_sent("it was meant for another host.")
        if (wait := self._rest.limits.wait_s(Group.PLACE)) > _LONGEST_WAIT_S:
            return _not_sent(f"HTX asked to wait {wait:.0f} s between orders.")
        try:
            await self._rest.limits.take(Group.PLACE)
            answer = await self._post(_PLACE, intent.body)
        except NotSent as error:
            return _not_sent(str(error))
        except ExchangeError as error:
            return Unknown(str(error))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the order may exist: that must be said
            _log.error("placing ended in %s", type(error).__name__)
            return Unknown("Sending it failed in a way that does not say whether HTX has it.")
        self._slow_down(answer, Group.PLACE)
        outcome = place_outcome(answer, self._rest.clock.off_s)
        if isinstance(outcome, Refused) and "refused the request's time" in outcome.text:
            off_s = await self._rest.clock_off_s(ErrorAnswer(outcome.code, "timestamp"))
            outcome = place_outcome(answer, off_s)
        return outcome

    async def cancel(self, order_id: str, symbol: str) -> CancelOutcome:
        """Ask to cancel by HTX's id (``submitcancel``); may be repeated."""
        if not is_order_id(order_id) or not (is_symbol(symbol) or not symbol):
            return CancelOutcome(CancelAnswer.NOT_FOUND, text="That is not an order id of HTX.")
        path = f"/v1/order/orders/{order_id}/submitcancel"
        return await self._cancelled(path, cancel_body(symbol), cancel_outcome)

    async def cancel_by_client_id(self, client_order_id: str) -> CancelOutcome:
        """Ask to cancel by client order id (``submitCancelClientOrder``), while no other is known."""
        try:
            body = cancel_by_client_id_body(client_order_id)
        except ValueError:
            return CancelOutcome(CancelAnswer.NOT_FOUND, text="That is not a client order id.")
        path = "/v1/order/orders/submitCancelClientOrder"
        return await self._cancelled(path, body, cancel_by_client_id_outcome)

    async def _cancelled(
        self, path: str, body: bytes, verdict: Callable[[Answer, float | None], CancelOutcome]
    ) -> CancelOutcome:
        if self._rest.signer is None:
            return CancelOutcome(CancelAnswer.UNKNOWN, code="not-sent", text=NO_KEY)
        try:
            await self._rest.limits.take(Group.CANCEL)
            answer = await self._post(path, body)
        except NotSent as error:
            return CancelOutcome(CancelAnswer.UNKNOWN, code="not-sent", text=str(error))
        except ExchangeError as error:
            return CancelOutcome(CancelAnswer.UNKNOWN, text=str(error))
        except Exception as error:  # noqa: BLE001 - a cancel that failed oddly may be repeated, never crash the screen
            _log.error("cancelling ended in %s", type(error).__name__)
            return CancelOutcome(CancelAnswer.UNKNOWN, text="Sending the cancel failed.")
        self._slow_down(answer, Group.CANCEL)
        return verdict(answer, self._rest.clock.off_s)

    async def _post(self, path: str, body: bytes) -> Answer:
        assert self._rest.signer is not None  # noqa: S101 - both callers asked
        query = self._rest.signer.query("POST", path, {}, self._rest.clock.now_ms())
        return await self._rest.transport.send(
            Call("POST", path, query, body, limit_bytes=ORDER_ANSWER_LIMIT, is_urgent=True)
        )

    def _slow_down(self, answer: Answer, group: Group) -> None:
        if group is Group.CANCEL:  # however HTX counts, a cancel waits for half a second at most before it tries again
            if answer.status == 429:
                self._rest.limits.pause(group, 0.5)
            return
        self._rest.note(answer, group)
        if answer.status == 429:
            self._rest.limits.pause(group, self._rest.pause_s(answer))
