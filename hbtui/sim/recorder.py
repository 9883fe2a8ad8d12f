"""The truth about orders, written down as it happens: one JSON line for each event, flushed at once."""

import contextlib
import json
import sys
from pathlib import Path
from typing import TextIO

from hbtui.model.numbers import plain
from hbtui.sim.orders import Fill, Order
from hbtui.sim.wire import JsonObject

__all__ = ["Recorder"]

_KEPT = 10_000


class Recorder:
    """Keeps the latest events in memory, and appends all of them to a file when there is one."""

    def __init__(self, path: str | None = None) -> None:
        self.events: list[JsonObject] = []
        self._file: TextIO | None = None
        if path:
            self._file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 -- open for the exchange's whole life

    def arrived(self, body: JsonObject, now_ms: int) -> None:
        """A placement reached the venue, before anything is checked."""
        fields = {name: body.get(name) for name in ("client-order-id", "symbol", "type", "amount", "price")}
        self._write("arrived", fields, None, now_ms)

    def refused(self, body: JsonObject, now_ms: int) -> None:
        """A placement was refused."""
        fields = {name: body.get(name) for name in ("client-order-id", "symbol", "type", "amount", "price")}
        self._write("refused", fields, None, now_ms)

    def accepted(self, order: Order) -> None:
        """An order was accepted."""
        self._write("accepted", _fields(order), order.id, order.created_ms)

    def filled(self, order: Order, fill: Fill) -> None:
        """One fill: amount and price are the fill's own, the amount in the base currency."""
        fields = {**_fields(order), "amount": plain(fill.amount), "price": plain(fill.price)}
        self._write("filled", fields, order.id, fill.time_ms)

    def cancelled(self, order: Order) -> None:
        """The rest of an order was cancelled."""
        self._write("cancelled", _fields(order), order.id, order.canceled_ms)

    def rejected(self, order: Order) -> None:
        """A stop order was triggered and could not be placed."""
        self._write("rejected", _fields(order), order.id, order.updated_ms)

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what could not be written was told when it happened
                file.close()

    def _write(self, event: str, fields: JsonObject, order_id: int | None, now_ms: int) -> None:
        line: JsonObject = {
            "event": event,
            "client_order_id": fields.get("client-order-id"),
            "order_id": None if order_id is None else str(order_id),
            "symbol": fields.get("symbol"),
            "type": fields.get("type"),
            "amount": _text(fields.get("amount")),
            "price": _text(fields.get("price")),
            "ts": now_ms,
        }
        self.events.append(line)
        del self.events[:-_KEPT]
        if self._file is not None:
            self._append(self._file, json.dumps(line) + "\n")

    def _append(self, file: TextIO, line: str) -> None:
        """Write one line, or give the file up with one sentence: a ledger with holes would pass for the truth."""
        try:
            file.write(line)
            file.flush()
        except OSError as error:
            self.close()
            sys.stderr.write(f"The ledger file cannot be written any more ({error.strerror}): it ends here.\n")


def _fields(order: Order) -> JsonObject:
    request = order.request
    return {
        "client-order-id": request.client_order_id or None,
        "symbol": request.pair.symbol,
        "type": request.type,
        "amount": plain(request.amount),
        "price": None if request.price is None else plain(request.price),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
