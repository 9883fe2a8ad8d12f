"""Signed reads about own orders and fills, all pages, within bounds. Source: HTX docs, "Trading"."""

from typing import TypeVar

import msgspec

from hbtui.htx.answers import payload
from hbtui.htx.decode_orders import fill_of_match, report_of_row
from hbtui.htx.limits import Group
from hbtui.htx.reading import is_order_id
from hbtui.htx.rest import Rest
from hbtui.htx.rest_market import asked_symbol, certain
from hbtui.htx.wire_account import MatchRow, OrderRow
from hbtui.model.errors import AnswerError, VenueError
from hbtui.model.order import Fill, OrderReport

__all__ = ["OrderReads"]

_order = msgspec.json.Decoder(OrderRow)
_orders = msgspec.json.Decoder(list[OrderRow])
_matches = msgspec.json.Decoder(list[MatchRow])
_PAGES = 200
_STATES = "created,submitted,partial-filled,filled,partial-canceled,canceled,canceling"
_NO_RECORD = frozenset({"base-record-invalid", "not-found", "base-not-found", "order-queryorder-invalid"})
_TOO_MANY_PAGES = "HTX's list does not end: more than 200 pages."

Row = TypeVar("Row", OrderRow, MatchRow)


class OrderReads:
    """What the key's owner may ask about his orders; an order that HTX does not find is ``None``, never proof."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def order(self, order_id: str) -> OrderReport | None:
        """One order by HTX's id."""
        if not is_order_id(order_id):
            return None
        return await self._one(f"/v1/order/orders/{order_id}", {})

    async def order_by_client_id(self, client_order_id: str) -> OrderReport | None:
        """One order by client order id: the latest, where several carry it."""
        return await self._one("/v1/order/orders/getClientOrder", {"clientOrderId": client_order_id})

    async def open_orders(self, account_id: int, symbol: str | None = None) -> tuple[OrderReport, ...]:
        """All open orders of an account, of one pair or of all."""
        # account and symbol belong together: HTX takes both or neither, so of "all" the account is picked here
        params = {} if symbol is None else {"account-id": str(int(account_id)), "symbol": asked_symbol(symbol)}
        rows = await self._paged("/v1/order/openOrders", Group.ORDERS, params, _orders, size=500)
        return _oldest_first([row for row in rows if row.account_id in {None, account_id}])

    async def finished_orders(
        self, *, start_ms: int, end_ms: int, symbol: str | None = None
    ) -> tuple[OrderReport, ...]:
        """Finished orders of at most 48 hours, oldest first."""
        rows: dict[int, OrderRow] = {}
        until = end_ms
        for _ in range(_PAGES):
            params = {"start-time": str(start_ms), "end-time": str(until), "direct": "next", "size": "1000"}
            if symbol is not None:
                params["symbol"] = asked_symbol(symbol)
            envelope = await self._rest.get_signed("/v1/order/history", Group.HISTORY, params)
            known = len(rows)
            rows.update((row.id, row) for row in payload(envelope.data, _orders))
            # with direct=next the list goes back in time, and next-time is the end of the next query
            following = envelope.next_time
            if following is None or (len(rows) == known and following >= until) or following < start_ms:
                return _oldest_first(list(rows.values()))
            until = min(following, until)
        raise AnswerError(_TOO_MANY_PAGES)

    async def searched_orders(self, symbol: str, *, start_ms: int, end_ms: int) -> tuple[OrderReport, ...]:
        """Orders of any state created within at most 48 hours, oldest first."""
        params = {
            "symbol": asked_symbol(symbol),
            "states": _STATES,
            "start-time": str(start_ms),
            "end-time": str(end_ms),
        }
        return _oldest_first(await self._paged("/v1/order/orders", Group.ORDERS, params, _orders, size=100))

    async def fills_of(self, order_id: str) -> tuple[Fill, ...]:
        """The fills of one order with their fees; none for an order that HTX does not know."""
        if not is_order_id(order_id):
            return ()
        path = f"/v1/order/orders/{order_id}/matchresults"
        try:
            rows = await self._rest.signed_data(path, Group.ORDERS, {}, _matches)
        except VenueError as error:
            if error.code in _NO_RECORD:
                return ()
            raise
        return _fills(rows)

    async def fills(self, *, start_ms: int, end_ms: int, symbol: str | None = None) -> tuple[Fill, ...]:
        """Own fills of at most 48 hours with their fees, oldest first."""
        params = {"start-time": str(start_ms), "end-time": str(end_ms)}
        if symbol is not None:
            params["symbol"] = asked_symbol(symbol)
        return _fills(await self._paged("/v1/order/matchresults", Group.HISTORY, params, _matches, size=500))

    async def _one(self, path: str, params: dict[str, str]) -> OrderReport | None:
        try:
            row = await self._rest.signed_data(path, Group.ORDERS, params, _order)
        except VenueError as error:
            if error.code in _NO_RECORD:
                return None
            raise
        return certain(lambda: report_of_row(row))

    async def _paged(
        self, path: str, group: Group, params: dict[str, str], decoder: "msgspec.json.Decoder[list[Row]]", *, size: int
    ) -> list[Row]:
        """Follow a list from record to record; ``from`` may or may not repeat the record it names."""
        rows: dict[int, Row] = {}
        start: dict[str, str] = {}
        for _ in range(_PAGES):
            page = await self._rest.signed_data(path, group, {**params, "size": str(size), **start}, decoder)
            known = len(rows)
            rows.update((row.id, row) for row in page)
            if len(page) < size or len(rows) == known:
                return list(rows.values())
            start = {"from": str(page[-1].id), "direct": "next"}
        raise AnswerError(_TOO_MANY_PAGES)


def _oldest_first(rows: list[OrderRow]) -> tuple[OrderReport, ...]:
    ordered = sorted(rows, key=lambda row: (row.created_at or 0, row.id))
    return certain(lambda: tuple(report_of_row(row) for row in ordered))


def _fills(rows: list[MatchRow]) -> tuple[Fill, ...]:
    ordered = sorted(rows, key=lambda row: (row.created_at, row.trade_id))
    return certain(lambda: tuple(fill_of_match(row) for row in ordered))
