"""What the tests of the journal have in common: orders, other processes, and a look into the closed file."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hbtui.model.account import Mode
from hbtui.model.order import Fill, Intent, Order, OrderState
from hbtui.trading.client_ids import new_client_order_id
from tests.support.trading_values import NOW_MS, intent

__all__ = [
    "ROOT",
    "content",
    "copied",
    "files",
    "fresh",
    "inserted",
    "is_there",
    "order_of",
    "other_process",
    "read",
    "rights",
    "written",
]

ROOT = Path(__file__).parents[2]

_HOLDER = """
import asyncio, sys
from pathlib import Path
from hbtui.storage.opening import open_journal
from tests.support.trading_values import intent

async def main():
    async with open_journal(Path(sys.argv[1])) as journal:
        if sys.argv[2] == "record":
            await journal.record_intent(intent())
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


def fresh(number: int) -> Intent:
    """Make an intent with an id of its own."""
    made = intent(created_ms=NOW_MS + number)
    return replace(made, client_order_id=new_client_order_id(Mode.DEMO, NOW_MS + number))


def order_of(meant: Intent, state: OrderState, order_id: str | None = "9", fills: tuple[Fill, ...] = ()) -> Order:
    """Make the order that came of an intent."""
    request = meant.request
    return Order(
        client_order_id=meant.client_order_id,
        order_id=order_id,
        account_id=request.account_id,
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        venue_type=request.venue_type,
        state=state,
        amount=request.amount,
        price=request.price,
        filled_base=Decimal("1E+2"),
        filled_quote=Decimal("10.00"),
        fees=Decimal("0.2"),
        fills=fills,
    )


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    """Read the closed file from outside."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def written(path: Path, *statements: str) -> None:
    """Change the closed file from outside, with the count of its entries kept as it was."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def copied(path: Path, name: str = "crashed.sqlite") -> Path:
    """Copy the files as they lie on the disk now."""
    copy = path.with_name(name)
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{path}{suffix}").read_bytes())
    return copy


def inserted(path: Path, table: str, *values: object) -> None:
    """Add a row to a closed file from outside."""
    text = f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})"  # noqa: S608 - a table that the test names
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(text, values)


def is_there(path: Path) -> bool:
    """Tell whether there is such a file."""
    return path.exists()


def rights(path: Path) -> int:
    """Tell who may do what with a file."""
    return path.stat().st_mode & 0o777


def content(path: Path) -> bytes:
    """Read the bytes of a file as they are now."""
    return path.read_bytes()


def files(folder: Path) -> list[str]:
    """Name all that lies in a folder."""
    return sorted(one.name for one in folder.iterdir())


@asynccontextmanager
async def other_process(path: Path, what: str = "hold") -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a process that has the journal open, until it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _HOLDER,
        str(path),
        what,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
