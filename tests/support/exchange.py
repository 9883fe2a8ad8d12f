"""A running embedded exchange for tests: in a thread of its own, on a free port, with the truth within reach."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import TypeVar

from hbtui.sim.control import dump
from hbtui.sim.faults import Fault
from hbtui.sim.keys import SPOT_ACCOUNT
from hbtui.sim.options import Options
from hbtui.sim.outside import open_many, place
from hbtui.sim.server import ExchangeServer, bound, ready_line
from hbtui.sim.wire import JsonObject

__all__ = ["RunningExchange", "exchange_in_thread", "running_exchange"]

_T = TypeVar("_T")
_PATIENCE_S = 20


class RunningExchange:
    """Where it listens, and what a test may do to it from its own thread."""

    def __init__(self, server: ExchangeServer, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self._server = server
        self._loop = loop
        self.port = port
        self.ready_line = ready_line(server.options, port)
        self.rest = self.ready_line["rest"]
        self.market_ws = self.ready_line["market_ws"]
        self.feed_ws = self.ready_line["feed_ws"]
        self.private_ws = self.ready_line["private_ws"]
        self.access_key = self.ready_line["access_key"]
        self.secret_key = self.ready_line["secret_key"]

    def print_trade(self, symbol: str, price: str, amount: str = "1", side: str = "sell") -> None:
        """Let somebody trade; users' orders at or beyond the price are filled first, up to the amount."""
        values = (Decimal(price), Decimal(amount))
        self.call(lambda: self._server.venue.print_trade(symbol, *values, buy=side == "buy"))

    def last_price(self, symbol: str) -> Decimal:
        """The last traded price."""
        return self.call(lambda: self._server.venue.market(symbol).tape.last(self._server.venue.now()).price)

    def best(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Best bid and best ask."""
        bids, asks = self.call(lambda: self._server.venue.market(symbol).depth(self._server.venue.now(), 1))
        return bids[0][0], asks[0][0]

    def fault(self, match: str, action: str, **options: object) -> Fault:
        """Put a fault in force; its ``struck`` counts. See ``hbtui.sim.faults`` for matches and actions."""
        rule = Fault(match, action, **options)  # type: ignore[arg-type]  # a wrong option is the test's mistake, and raises
        return self.call(lambda: self._server.faults.add(rule))

    def clear_faults(self) -> None:
        """Lift every fault."""
        self.call(self._server.faults.clear)

    def close_sockets(self, kind: str | None = None) -> int:
        """Cut all sockets, or those of one kind (``ws``, ``feed``, ``private``); says how many."""
        return self.call(lambda: self._server.close_sockets(kind))

    def sockets(self, kind: str | None = None) -> int:
        """How many sockets are open."""
        return self.call(lambda: self._server.sockets(kind))

    def channels(self) -> list[str]:
        """Every topic and channel that is subscribed now, on whichever socket."""
        return self.call(self._server.channels)

    def market_status(self, status: int) -> None:
        """Set the state of the whole market: 1 normal, 2 halted, 3 cancel-only."""

        def change() -> None:
            self._server.venue.market_status = status

        self.call(change)

    def orders(self) -> list[JsonObject]:
        """The truth: every order with its ``fills``, oldest first, as the v1 reads would show it."""
        found = self.call(lambda: dump(self._server.venue))["orders"]
        assert isinstance(found, list)
        return found

    def events(self) -> list[JsonObject]:
        """What happened to orders, as ``--ledger`` writes it."""
        return self.call(lambda: list(self._server.venue.recorder.events))

    def place(self, **body: object) -> str:
        """Place an order from elsewhere (fields as HTX spells them, ``_`` for ``-``); its id. Ids may be used again."""
        fields = {name.replace("_", "-"): value for name, value in body.items()}
        return str(self.call(lambda: place(self._server.venue, fields).id))

    def open_many(self, symbol: str, count: int) -> list[str]:
        """Open many small orders far from the market; their ids."""
        return [str(order.id) for order in self.call(lambda: open_many(self._server.venue, symbol, count))]

    def fill(self, order_id: str) -> None:
        """Let somebody fill the rest of a resting order, at its price."""
        self.call(lambda: self._server.venue.fill(self._server.venue.orders[int(order_id)]))

    def cancel(self, order_id: str) -> None:
        """Cancel an order from elsewhere."""
        self.call(lambda: self._server.venue.cancel(self._server.venue.orders[int(order_id)], "spot-web"))

    def balances(self, account_id: int = SPOT_ACCOUNT) -> dict[str, tuple[Decimal, Decimal]]:
        """Available and frozen of an account (spot, where none is named) by currency."""
        ledger = self._server.venue.accounts[account_id].ledger
        return self.call(
            lambda: {name: (ledger.balance(name).available, ledger.balance(name).frozen) for name in ledger.currencies}
        )

    def call(self, action: Callable[[], _T]) -> _T:
        """Run something on the exchange's own loop and wait for it."""

        async def done() -> _T:
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_PATIENCE_S)

    def stop(self) -> None:
        """End it; afterwards connections are refused."""
        self._loop.call_soon_threadsafe(self._server.stop)


@contextmanager
def exchange_in_thread(**options: object) -> Iterator[RunningExchange]:
    """Run an exchange for a test without an event loop; options as in ``hbtui.sim.options.Options``."""
    chosen = Options(**options)  # type: ignore[arg-type]  # a wrong option is the test's mistake, and raises
    listener = bound(chosen.port)
    ready = threading.Event()
    started: list[RunningExchange] = []

    async def serve() -> None:
        server = ExchangeServer(chosen)
        started.append(RunningExchange(server, asyncio.get_running_loop(), listener.getsockname()[1]))
        await server.run(listener, ready.set)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="exchange", daemon=True)
    thread.start()
    if not ready.wait(_PATIENCE_S):
        message = "the exchange did not start"
        raise AssertionError(message)
    try:
        yield started[0]
    finally:
        if thread.is_alive():
            started[0].stop()
            thread.join(_PATIENCE_S)
        listener.close()
    assert not thread.is_alive(), "the exchange did not end"


@asynccontextmanager
async def running_exchange(**options: object) -> AsyncIterator[RunningExchange]:
    """Run an exchange beside an async test; options as in ``hbtui.sim.options.Options``."""
    opened = exchange_in_thread(**options)
    exchange = await asyncio.to_thread(opened.__enter__)
    try:
        yield exchange
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)
