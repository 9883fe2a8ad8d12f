"""One life of a program that places an order and stops dead at a point of its way; it is killed from outside.

``python -m tests.kills.driver URL POINT AMOUNT`` says on its standard output, one JSON document a line, what it finds
at its start, what it is about to send, and where it stands.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hbtui.config import places
from hbtui.headless import Client
from hbtui.model.account import Mode
from hbtui.model.order import Intent, Order, Outcome
from hbtui.order_words import OrderWords
from hbtui.target import Target
from hbtui.trading.late_journal import LateJournal
from hbtui.trading.ports import Journal

__all__ = ["AFTER_COMMIT", "BEFORE_COMMIT", "BEFORE_SECOND_COMMIT", "LAST"]

BEFORE_COMMIT, AFTER_COMMIT, BEFORE_SECOND_COMMIT = "before-commit", "after-commit", "before-second-commit"
LAST = "last"
_PACE_S, _PATIENCE = 0.1, 600
_SYMBOL = "dogeusdt"
_ALLOWED = frozenset({"UNCERTAIN_PENDING", "MAX_ORDER_VALUE", "MAX_OPEN_VALUE", "MAX_SESSION_VALUE", "DUPLICATE"})


class _StoppingJournal(LateJournal):
    """The session's journal, at which the program stops for good when it comes to the point."""

    def __init__(self, inner: Journal, point: str) -> None:
        super().__init__()
        self.bind(inner)
        self._point = point

    async def record_intent(self, intent: Intent) -> None:
        """Stop before or after the intent is durable, where that is the point."""
        self._stand(BEFORE_COMMIT)
        await super().record_intent(intent)
        self._stand(AFTER_COMMIT)

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Stop before the outcome is written, where that is the point."""
        self._stand(BEFORE_SECOND_COMMIT)
        await super().record_outcome(client_order_id, outcome, at_ms)

    def _stand(self, point: str) -> None:
        if point == self._point:
            _say(at=point)
            while True:
                signal.pause()


def _say(**facts: Any) -> None:
    sys.stdout.write(f"{json.dumps(facts)}\n")
    sys.stdout.flush()


def _told(orders: Iterable[Order]) -> list[dict[str, Any]]:
    return [
        {
            "key": order.key,
            "order_id": order.order_id,
            "state": order.state.value,
            "filled": str(order.filled_base),
            "spent": str(order.filled_quote),
        }
        for order in orders
    ]


async def _placed(client: Client, amount: str) -> None:
    """Confirm one order and send it: one that rests for an even amount, one that fills at once for an odd one."""
    quote = await client.quote(_SYMBOL)
    assert quote.bid is not None
    assert quote.ask is not None
    price = quote.ask if Decimal(amount) % 2 else (quote.bid * Decimal("0.97")).quantize(Decimal("0.000001"))
    request = await client.request(
        OrderWords.read(type="buy-limit", symbol=_SYMBOL, amount=amount, price=price, account="spot")
    )
    for _ in range(_PATIENCE):  # the gate's pace counts the orders of the lives before this one as well
        (judged,) = await client.judge([request])
        if all(finding.code != "RATE" for finding in judged.findings):
            break
        await asyncio.sleep(_PACE_S)
    key = client.new_id()
    meant = client.confirmation([request], by="program", allowed=_ALLOWED)
    _say(pressed=key)
    await client.submit([request], [key], meant)
    _say(done=key)


async def _shown(client: Client) -> None:
    """Tell all that a person can see: what is open or uncertain, and what is finished."""
    orders = _told(await client.orders())
    finished = [
        {
            "key": report.client_order_id,
            "order_id": report.order_id,
            "state": report.state.value if report.state else "",
            "filled": str(report.filled_base),
            "spent": str(report.filled_quote),
        }
        for report in await client.finished_orders()
    ]
    fees = [{"order_id": fill.order_id, "fee": str(fill.fee)} for fill in await client.fills()]
    _say(orders=orders, finished=finished, fees=fees)


async def _live(url: str, point: str, amount: str) -> None:
    async with Client.open(Target(Mode.DEMO, places(), exchange_url=url)) as client:
        desk = await client.desk()
        assert desk._own is not None
        _say(known=_told(desk._own.tracker), notes=client.notes)
        if point == LAST:
            await _shown(client)
            return
        late = client._session.journal
        assert late._journal is not None
        late.bind(_StoppingJournal(late._journal, point))
        await _placed(client, amount)


def main(argv: Sequence[str]) -> None:
    """Live once."""
    url, point, amount = argv
    asyncio.run(_live(url, point, amount))


if __name__ == "__main__":
    main(sys.argv[1:])
