"""Orders and cancels: an order's bytes leave once, ever, and its answer is one of three outcomes."""

import logging
from collections.abc import Callable
from dataclasses import replace

from hbtui.htx.answers import Answer
from hbtui.htx.encode import cancel_body, cancel_by_client_id_body, place_body
from hbtui.htx.errors import ErrorAnswer, is_rate_limit
from hbtui.htx.limits import Group
from hbtui.htx.order_answers import ORDER_ANSWER_LIMIT, Doubtful, error_of, strictly_read
from hbtui.htx.outcome import cancel_by_client_id_outcome, cancel_outcome, place_outcome
from hbtui.htx.reading import is_order_id, is_symbol
from hbtui.htx.rest import NO_KEY, Rest
from hbtui.htx.transport import Call, NotSent
from hbtui.model.errors import ExchangeError
from hbtui.model.order import CancelAnswer, CancelOutcome, Intent, OrderRequest, Outcome, Refused, Unknown

__all__ = ["OrderCommands", "is_about_time", "not_sent"]

_log = logging.getLogger(__name__)
_LONGEST_WAIT_S = 3.0
_ANSWER_LIMIT_S = 30.0
"""An order's late answer is still the truth; the desk calls the order uncertain long before."""
_PLACE = "/v1/order/orders/place"


class _KeptBack(NotSent):
    """Whoever sends has thought better of it, at the last moment."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


def not_sent(text: str) -> Refused:
    """Proof that there is no order: nothing left this computer."""
    return Refused("not-sent", f"It did not leave this computer: {text}", is_sent=False)


class OrderCommands:
    """Placing and cancelling; none of these raises but on cancellation of the task."""

    _rest: Rest

    def body_of(self, client_order_id: str, request: OrderRequest) -> bytes:
        """The exact bytes that :meth:`place` would send; raises ``ValueError`` for what cannot be an order."""
        return place_body(client_order_id, request)

    async def place(self, intent: Intent, kept_back: Callable[[], Refused | None] = lambda: None) -> Outcome:
        """Send ``intent.body``, once, ever (HTX docs, "Place a New Order"). See :mod:`hbtui.htx.outcome`.

        ``kept_back`` is asked when nothing is waited for any more, right before the first byte.
        """
        if intent.host != self._rest.transport.host:
            return not_sent("it was meant for another host.")
        answer = await self._placed(_PLACE, intent.body, {Group.PLACE: 1}, kept_back)
        if not isinstance(answer, Answer):
            return answer
        outcome = place_outcome(answer, self._rest.clock.off_s)
        return place_outcome(answer, await self._off_s()) if is_about_time(outcome) else outcome

    async def cancel(self, order_id: str, symbol: str) -> CancelOutcome:
        """Ask to cancel by HTX's id (``submitcancel``); may be repeated. The pair is named where it has a symbol."""
        if not is_order_id(order_id):
            return CancelOutcome(CancelAnswer.NOT_FOUND, text="That is not an order id of HTX.")
        path = f"/v1/order/orders/{order_id}/submitcancel"
        return await self._cancelled(path, cancel_body(symbol if is_symbol(symbol) else ""), cancel_outcome)

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
        answer = await self._asked_to_cancel(path, body, 1)
        return answer if isinstance(answer, CancelOutcome) else verdict(answer, self._rest.clock.off_s)

    async def _placed(
        self, path: str, body: bytes, costs: dict[Group, int], kept_back: Callable[[], Refused | None]
    ) -> Answer | Refused | Unknown:
        """Send orders once; the answer, or what the lack of one means for all of them."""
        if self._rest.signer is None:
            return not_sent(NO_KEY)
        limits = self._rest.limits
        if (wait := max(limits.wait_s(group, calls) for group, calls in costs.items())) > _LONGEST_WAIT_S:
            return not_sent(f"HTX asked to wait {wait:.0f} s between orders.")
        try:
            for group, calls in costs.items():
                await limits.take(group, calls)
            answer = await self._post(Call("POST", path, "", body, within_s=_ANSWER_LIMIT_S, leave=_asking(kept_back)))
        except _KeptBack as error:
            return error.refusal
        except NotSent as error:
            return not_sent(str(error))
        except ExchangeError as error:
            return Unknown(str(error))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the order may exist: that must be said
            _log.error("placing ended in %s", type(error).__name__)
            return Unknown("Sending it failed in a way that does not say whether HTX has it.")
        self._rest.note(answer, Group.PLACE)
        if _asked_too_often(answer):
            self._rest.limits.pause(Group.PLACE, self._rest.pause_s(answer))
        return answer

    async def _asked_to_cancel(self, path: str, body: bytes, calls: int) -> Answer | CancelOutcome:
        """Ask for cancels; the answer, or what the lack of one means."""
        if self._rest.signer is None:
            return CancelOutcome(CancelAnswer.UNKNOWN, code="not-sent", text=NO_KEY)
        try:
            await self._rest.limits.take(Group.CANCEL, calls)
            answer = await self._post(Call("POST", path, "", body))
        except NotSent as error:
            return CancelOutcome(CancelAnswer.UNKNOWN, code="not-sent", text=str(error))
        except ExchangeError as error:
            return CancelOutcome(CancelAnswer.UNKNOWN, text=str(error))
        except Exception as error:  # noqa: BLE001 - a cancel that failed oddly may be repeated, never crash the screen
            _log.error("cancelling ended in %s", type(error).__name__)
            return CancelOutcome(CancelAnswer.UNKNOWN, text="Sending the cancel failed.")
        if _asked_too_often(answer):  # however HTX counts, a cancel waits for half a second at most to try again
            self._rest.limits.pause(Group.CANCEL, 0.5)
        return answer

    async def _post(self, call: Call) -> Answer:
        assert self._rest.signer is not None  # noqa: S101 - every caller asked
        query = self._rest.signer.query("POST", call.path, {}, self._rest.clock.now_ms())
        return await self._rest.transport.send(
            replace(call, query=query, limit_bytes=ORDER_ANSWER_LIMIT, is_urgent=True, is_signed=True)
        )

    async def _off_s(self) -> float | None:
        """By how much the own clock is off, measured now: HTX has just complained about the time."""
        return await self._rest.clock_off_s(ErrorAnswer("api-signature-not-valid", "timestamp"))


def _asking(kept_back: Callable[[], Refused | None]) -> Callable[[], None]:
    """Turn the question whether an order is kept back into what the transport calls before the first byte."""

    def leave() -> None:
        if (refusal := kept_back()) is not None:
            raise _KeptBack(refusal)

    return leave


def is_about_time(outcome: Outcome) -> bool:
    """Whether an order was refused because of its time."""
    return isinstance(outcome, Refused) and "refused the request's time" in outcome.text


def _asked_too_often(answer: Answer) -> bool:
    """Whether HTX counts too many requests, under any of its names, with HTTP 429 or with 200."""
    try:
        error = error_of(strictly_read(answer), answer.status)
    except Doubtful:
        error = ErrorAnswer("", "", answer.status)
    return is_rate_limit(error)
