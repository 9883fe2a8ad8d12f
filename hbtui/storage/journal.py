"""The journal: what was meant and what came of it, on disk before and after the wire. No key is ever in it."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Self

from hbtui import __version__
from hbtui.model.errors import JournalError
from hbtui.model.numbers import plain
from hbtui.model.order import (
    FINAL,
    Accepted,
    Intent,
    Order,
    OrderRequest,
    OrderState,
    OrderType,
    Outcome,
    Refused,
    Side,
    Unknown,
)
from hbtui.storage.adoption import take_over
from hbtui.storage.database import Database
from hbtui.storage.schema import migrate

__all__ = ["Journal"]

_INTENT_COLUMNS = (
    "client_order_id, created_ms, host, mode, account_id, symbol, side, type, amount, price, stop_price, "
    "stop_operator, source, self_match_prevent, body"
)
_OPEN_ENDED = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})


class Journal:
    """Keeps intents, outcomes, states and cancels of one account; one process at a time."""

    def __init__(self, database: Database, run: int) -> None:
        self._database = database
        self._run = run

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, started_ms: int = 0, *, left_behind: Iterable[Path] = ()) -> AsyncIterator[Self]:
        """Open or create the file. Raises ``JournalError``: another process holds it, it is damaged, newer, unwritable.

        ``started_ms`` is noted as the start of this run, UTC ms. ``left_behind`` are journals of the same account
        whose processes may be gone: what they hold is taken over as of earlier runs.
        """
        database = Database(path)
        try:
            await database.open(migrate)
            for other in left_behind:
                await take_over(database, other)
            yield cls(database, await database.run(lambda connection: _begin_run(connection, started_ms)))
        finally:
            await database.close()

    async def record_intent(self, intent: Intent) -> None:
        """Return only when the intent is durable; raise ``JournalError`` where it is not, or its id was used before."""
        row = _intent_row(intent, self._run)
        try:
            await self._database.run(lambda connection: _insert(connection, "intents", row))
        except _Duplicate:
            message = f"The client order id {intent.client_order_id} was used before."
            raise JournalError(message) from None

    async def record_outcome(self, client_order_id: str, outcome: Outcome, at_ms: int) -> None:
        """Append what came of the POST."""
        row: dict[str, str | int | None] = {"client_order_id": client_order_id, "at_ms": at_ms, **_told(outcome)}
        await self._database.run(lambda connection: _insert(connection, "outcomes", row))

    async def record_order(self, order: Order, at_ms: int) -> None:
        """Append an own order's state as it changed."""
        row: dict[str, str | int | None] = {
            "client_order_id": order.client_order_id,
            "at_ms": at_ms,
            "order_id": order.order_id,
            "state": order.state.value,
            "filled_base": plain(order.filled_base),
            "filled_quote": plain(order.filled_quote),
            "fees": None if order.fees is None else plain(order.fees),
            "cause": order.cause,
        }
        await self._database.run(lambda connection: _insert(connection, "order_states", row))

    async def record_cancel(self, key: str, at_ms: int) -> None:
        """Append that a person asked to cancel."""
        await self._database.run(lambda connection: _insert(connection, "cancels", {"order_key": key, "at_ms": at_ms}))

    async def unresolved(self) -> tuple[Intent, ...]:
        """Intents of earlier runs without a final outcome, oldest first.

        Resolved is an intent that was accepted, refused or never left, and one that was later seen at the venue or
        proven absent.
        """
        return await self._database.run(lambda connection: _unresolved(connection, self._run))


class _Duplicate(JournalError):
    """The id is in the journal already."""


def _begin_run(connection: sqlite3.Connection, started_ms: int) -> int:
    row = connection.execute(
        "INSERT INTO runs (started_ms, version) VALUES (?, ?) RETURNING run", (started_ms, __version__)
    ).fetchone()
    return int(row[0])


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, str | int | bytes | None]) -> None:
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    try:
        # table and column names are this module's own; every value is bound
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorname == "SQLITE_CONSTRAINT_PRIMARYKEY":
            raise _Duplicate from None
        raise


def _intent_row(intent: Intent, run: int) -> dict[str, str | int | bytes | None]:
    request = intent.request
    return {
        "client_order_id": intent.client_order_id,
        "run": run,
        "created_ms": intent.created_ms,
        "host": intent.host,
        "mode": intent.mode,
        "account_id": request.account_id,
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "amount": plain(request.amount),
        "price": None if request.price is None else plain(request.price),
        "stop_price": None if request.stop_price is None else plain(request.stop_price),
        "stop_operator": request.stop_operator,
        "source": request.source,
        "self_match_prevent": int(request.self_match_prevent),
        "body": intent.body,
        "body_sha256": hashlib.sha256(intent.body).hexdigest(),
    }


def _told(outcome: Outcome) -> dict[str, str | int | None]:
    match outcome:
        case Accepted(order_id):
            return {"outcome": "accepted", "order_id": order_id}
        case Refused(code, text, is_sent):
            return {"outcome": "refused" if is_sent else "not-sent", "code": code, "text": text}
        case Unknown(cause):
            return {"outcome": "unknown", "text": cause}


def _unresolved(connection: sqlite3.Connection, run: int) -> tuple[Intent, ...]:
    open_ended = ", ".join(f"'{state.value}'" for state in sorted(_OPEN_ENDED, key=lambda state: state.value))
    final = ", ".join(f"'{state.value}'" for state in sorted(FINAL, key=lambda state: state.value))
    rows = connection.execute(
        # only names of states, which are this program's own, are written into the text
        f"""
        SELECT {_INTENT_COLUMNS} FROM intents
        WHERE run < ?
          AND NOT EXISTS (
            SELECT 1 FROM outcomes
            WHERE outcomes.client_order_id = intents.client_order_id AND outcomes.outcome <> 'unknown')
          AND NOT EXISTS (
            SELECT 1 FROM order_states
            WHERE order_states.client_order_id = intents.client_order_id
              AND (state IN ({final}) OR (order_id IS NOT NULL AND state NOT IN ({open_ended}))))
        ORDER BY created_ms, client_order_id
        """,  # noqa: S608 - see above
        (run,),
    ).fetchall()
    return tuple(_intent(row) for row in rows)


def _intent(
    row: tuple[str, int, str, str, int, str, str, str, str, str | None, str | None, str | None, str, int, bytes],
) -> Intent:
    (key, created_ms, host, mode, account_id, symbol, side, kind, amount, price, stop_price, operator, source) = row[
        :13
    ]
    request = OrderRequest(
        account_id=account_id,
        symbol=symbol,
        side=Side(side),
        type=OrderType(kind),
        amount=Decimal(amount),
        price=None if price is None else Decimal(price),
        stop_price=None if stop_price is None else Decimal(stop_price),
        stop_operator=operator,
        source=source,
        self_match_prevent=bool(row[13]),
    )
    return Intent(client_order_id=key, request=request, body=row[14], created_ms=created_ms, host=host, mode=mode)
