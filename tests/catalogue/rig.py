"""The rig of the fault catalogue: engine and client, a proxy that spoils bytes, the exchange, and one clock for all.

Everything is real but the time: sockets, threads, journal, signatures. Leaving the rig ends the faults, gives hbtui
thirty seconds of that time to learn the truth, stops it, and checks the invariants J1–J12.
"""

import contextlib
import io
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hbtui.htx.exchange import HtxExchange
from hbtui.htx.hosts import Hosts
from hbtui.logs import start_logging
from hbtui.model.account import Mode
from hbtui.model.candle import Period
from hbtui.model.numbers import EXACT, truncated
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState, OrderType, Side
from hbtui.model.secret import Credentials, Secret
from hbtui.sim.faults import Fault
from hbtui.sim.matching import Match
from hbtui.sim.wire import JsonObject
from hbtui.storage.journal import Journal
from hbtui.trading.engine import Engine
from hbtui.trading.ports import Clock
from hbtui.trading.views import Caps, OpenSession, VenueView, View
from tests.support.eventually import eventually_sync
from tests.support.exchange import RunningExchange, exchange_in_thread
from tests.support.fault_proxy import FaultProxy, Seen, fault_proxy
from tests.support.invariants import Evidence, breaches, journal_rows, shown_orders, unlike
from tests.support.trading_values import Session
from tests.support.warp_clock import WarpClock

__all__ = [
    "ACCESS",
    "LEASE_S",
    "ORDER",
    "PLACE",
    "SECRET",
    "SYMBOL",
    "UNCERTAIN_TOO",
    "Rig",
    "Stranger",
    "rig",
    "stranger",
]

_log = logging.getLogger(__name__)
SYMBOL = "dogeusdt"
PLACE = "/v1/order/orders/place"
ORDER = "/v1/order/orders/{id}"
ACCESS = "canary7a-51b2c3d4-e5f6a7b8-accs1"
SECRET = "canary9z-8y7x6w5v-4u3t2s1r-scrt2"
LEASE_S = 360.0
UNCERTAIN_TOO = ("UNCERTAIN_PENDING",)
"""What a person overrides who sends beside an uncertain order."""
_STEP_S = 4.0  # longer ones would be a computer that was asleep
_PACE_S = 4.0
_TRUTH_S = 30.0
_BEAT_PATIENCE_S = 0.3


class _RecordedEngine(Engine):
    """Keeps every view that it publishes."""

    def __init__(self, seen: list[View], clock: Clock) -> None:
        super().__init__(Mode.DEMO, watchlist=["btcusdt", SYMBOL], symbol=SYMBOL, period=Period.MINUTE, clock=clock)
        self._seen = seen

    def _publish(self, view: View) -> None:
        super()._publish(view)
        self._seen.append(view)


@dataclass
class Rig:
    """A running hbtui with everything that may be done to it."""

    exchange: RunningExchange
    proxy: FaultProxy
    clock: WarpClock
    folder: Path
    engine_clock: Clock
    caps: Caps = field(default_factory=Caps)
    stderr: io.StringIO = field(default_factory=io.StringIO)
    views: list[View] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    confirmed: dict[str, OrderRequest] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)
    stranger: "Stranger | None" = None
    """Another host, which must hear nothing."""
    is_beating: bool = True
    """Whether time that passes brings the exchange's pings along."""
    deaf: set[str] = field(default_factory=set)
    """Kinds of streams on which nothing arrives, so that they are not pinged."""
    _engine: _RecordedEngine | None = None

    @property
    def engine(self) -> Engine:
        """The engine that runs now."""
        assert self._engine is not None, "hbtui is not running"
        return self._engine

    @property
    def view(self) -> View:
        """The newest view."""
        return self.engine.view

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.sqlite"

    def start(self, *, is_ready: bool = True) -> None:
        """Start hbtui, and wait until it may trade."""
        self.starts.append(len(self.views))
        self._engine = _RecordedEngine(self.views, self.engine_clock)
        self._engine.start(self.open_session)
        if is_ready:
            self.until_ready()

    def until_ready(self) -> None:
        """Wait until an order can be sent."""
        self.until(
            lambda view: not view.blocked and view.book.book and not view.book.is_stale and view.quote,
            what="hbtui being ready",
        )

    def open_session(self) -> AbstractAsyncContextManager[OpenSession]:
        """What the engine works with."""
        return trading_session(self.proxy.port, self.journal, self.engine_clock, self.caps)

    def stop(self) -> None:
        """Stop hbtui."""
        engine, self._engine = self._engine, None
        if engine is not None:
            assert engine.stop(5), "hbtui did not stop"

    def until(self, condition: Callable[[View], object], timeout_s: float = 40, what: str = "") -> None:
        """Wait on the view, while time runs as it does."""

        def is_so() -> object:
            assert not self.view.is_failed, self.view.blocked
            return condition(self.view)

        try:
            eventually_sync(is_so, timeout_s, what or "what was waited for")
        except AssertionError as error:
            raise AssertionError(self._said(str(error))) from None

    def until_passing(
        self, condition: Callable[[View], object], within_s: float, *, step_s: float = _STEP_S, what: str = ""
    ) -> None:
        """Let time pass until the view is so; fail where it is not within so many seconds of the rig's clock."""
        ends_s = self.clock.monotonic_s() + within_s
        while not condition(self.view):
            assert self.clock.monotonic_s() < ends_s, self._said(f"{what or 'it'} did not come true in {within_s} s")
            self.pass_time(step_s, step_s=step_s)

    def pass_time(self, seconds: float, *, step_s: float = _STEP_S) -> None:
        """Let time pass, step by step, the streams being alive all the while."""
        while seconds > 0:
            step_s = min(step_s, seconds)
            seconds -= step_s
            self.clock.jump(step_s)
            if self.is_beating:
                self._beat()

    def order(self, key: str) -> Order:
        """An order as it is shown."""
        return shown_orders(self.view)[key]

    def state(self, key: str) -> OrderState | None:
        """An order's state as it is shown, or ``None`` while it is not."""
        order = shown_orders(self.view).get(key)
        return None if order is None else order.state

    def states(self, key: str) -> list[OrderState]:
        """Every state in which an order was ever shown, in order."""
        found: list[OrderState] = []
        for view in self.views.copy():
            order = shown_orders(view).get(key)
            if order is not None and (not found or found[-1] is not order.state):
                found.append(order.state)
        return found

    def has_told(self, *words: str) -> bool:
        """Whether a notice with all the words was shown."""
        texts = [f"{notice.title} {notice.text}" for notice in self.view.notices]
        return any(all(word in text for word in words) for text in texts)

    def request(
        self,
        side: Side = Side.BUY,
        kind: OrderType = OrderType.LIMIT,
        amount: str = "1000",
        share: str = "0.98",
        symbol: str = SYMBOL,
    ) -> OrderRequest:
        """Ask for something at a share of the last price, where a buy below 1 rests."""
        assert self.view.venue.account_id is not None
        price = EXACT.multiply(self.exchange.last_price(symbol), Decimal(share))
        return OrderRequest(
            account_id=self.view.venue.account_id,
            symbol=symbol,
            side=side,
            type=kind,
            amount=Decimal(amount),
            price=truncated(price, self.view.instruments[symbol].price_precision) if kind.has_price else None,
        )

    def confirmation(self, *allowed: str) -> Confirmation:
        """One press of the confirming key, with what it overrides."""
        return Confirmation(at_ms=self.engine_clock.now_ms(), by="key", shown="shown", allowed=frozenset(allowed))

    def place(self, request: OrderRequest | None = None, *allowed: str) -> str:
        """Confirm an order as a person does, not too soon after the last, and return its key once it is shown."""
        asked = request if request is not None else self.request()
        if self.confirmed:
            self.pass_time(_PACE_S)
        confirmation = Confirmation(
            at_ms=self.engine_clock.now_ms(), by="key", shown="shown", allowed=frozenset(allowed)
        )
        key = self.engine.place(asked, confirmation)
        self.confirmed[key] = asked
        self.until(lambda view: key in shown_orders(view), what="the order being shown")
        return key

    def cancel(self, key: str) -> None:
        """Press cancel."""
        self.cancelled.append(key)
        self.engine.cancel(key)

    def until_state(self, key: str, *states: OrderState, timeout_s: float = 40) -> None:
        """Wait until an order is shown so."""
        self.until(lambda _: self.state(key) in states, timeout_s, what=f"{key} being {states}")

    def until_was(self, key: str, state: OrderState) -> None:
        """Wait until an order was shown so at least once."""
        self.until(lambda _: state in self.states(key), what=f"{key} having been {state.value}")

    def was_unknown(self, key: str) -> bool:
        """Whether the answer to an order's POST was taken for no proof: so the journal says.

        Its row may never have shown it, where something else told of the order in the same moment.
        """

        def outcomes(view: View) -> list[str]:
            entries = view.audit.entries if view.audit.key == key else ()
            return [entry.facts["outcome"] for entry in entries if entry.kind == "outcome"]

        def is_read(view: View) -> bool:
            self.engine.read_audit(key)
            return bool(outcomes(view))

        self.until(is_read, what="the journal telling the outcome")
        return outcomes(self.view) == ["unknown"]

    def until_found(self, key: str, state: OrderState = OrderState.SUBMITTED) -> None:
        """Let up to thirty seconds pass until an order is shown as it is at the exchange."""
        self.until_passing(lambda _: self.state(key) is state, _TRUTH_S, step_s=1.0, what=f"{key} being {state.value}")

    def until_struck(self, fault: Fault) -> None:
        """Let time pass until a fault of the exchange has struck."""
        self.until_passing(lambda _: fault.struck, _TRUTH_S, step_s=1.0, what=f"{fault.action} striking")

    def posts(self) -> list[Seen]:
        """Every POST of an order that left."""
        return self.proxy.requests(f"POST {PLACE}")

    def truth(self, key: str) -> JsonObject | None:
        """The exchange's order under an id, if there is one."""
        return next((one for one in self.exchange.orders() if one["client-order-id"] == key), None)

    def place_body(self, key: str = "", amount: str = "700") -> dict[str, str]:
        """What somebody else's program sends for an order that rests."""
        return {
            "account-id": str(self.view.venue.account_id),
            "symbol": SYMBOL,
            "type": "buy-limit",
            "amount": amount,
            "price": f"{self.request().price:f}",
            "client-order-id": key,
            "source": "spot-api",
        }

    def plant(self, key: str = "", amount: str = "700") -> str:
        """Let the exchange have an order that hbtui did not send; return its id."""
        body = self.place_body(key, amount)
        order = self.exchange.call(lambda: self.exchange._server.venue.place(dict(body)))
        self.planted.add(str(order.id))
        return str(order.id)

    def fill(self, key: str, amount: str) -> None:
        """Let somebody take so much of one order, and of no other."""
        venue = self.exchange._server.venue

        def trade() -> None:
            order = venue.by_client_id(key)
            assert order is not None
            assert order.request.price is not None
            match = Match(order.request.price, Decimal(amount), order)
            venue._trade(venue.market(order.request.pair.symbol), match, None, venue.now())

        self.exchange.call(trade)

    def mute(self) -> None:
        """Let the stream tell nothing of orders and trades."""
        for topic in ("orders", "clearing"):
            self.exchange.fault(topic, "withhold", times=None)

    def hide_lists(self) -> None:
        """Let no list of orders be read."""
        for path in ("/v1/order/openOrders", "/v1/order/history"):
            self.exchange.fault(path, "error", times=None)

    def settle(self) -> None:
        """End the faults, and let thirty seconds pass for hbtui to learn all that the exchange knows."""
        self.exchange.clear_faults()
        self.proxy.remove()
        self.is_beating = True
        self.deaf.clear()
        ends_s = self.clock.monotonic_s() + _TRUTH_S
        while self._unknown() and self.clock.monotonic_s() < ends_s:
            self.pass_time(1.0, step_s=1.0)

    def check(self) -> None:
        """Settle, stop, and find no invariant broken."""
        if self._engine is not None:
            self.settle()
            self.stop()
        assert breaches(self.evidence()) == []

    def evidence(self) -> Evidence:
        """Everything that the case left behind."""
        return Evidence(
            orders=self.exchange.orders(),
            arrivals=self.exchange.events(),
            journal=journal_rows(self.journal),
            views=self.views,
            starts=self.starts,
            requests=self.proxy.seen,
            host=f"127.0.0.1:{self.proxy.port}",
            confirmed=self.confirmed,
            cancelled=self.cancelled,
            max_order_value=self.caps.order_value,
            planted=frozenset(self.planted),
            sinks=[
                *((str(path), path.read_bytes()) for path in self.folder.rglob("*") if path.is_file()),
                ("the view", repr(self.views[-1]).encode()),
                ("stderr", self.stderr.getvalue().encode()),
            ],
            canaries=(ACCESS, SECRET),
            strangers=self.stranger.received if self.stranger else b"",
        )

    def _said(self, what: str) -> str:
        """What went wrong, with what is on the screen."""
        shown = [(order.key, order.state.value, order.cause) for order in shown_orders(self.view).values()]
        told = [f"{notice.title}: {notice.text}" for notice in self.view.notices]
        return f"{what}; blocked: {self.view.blocked!r}; orders: {shown}; notices: {told}"

    def _unknown(self) -> bool:
        """Whether the exchange knows something that is not shown as it is."""
        shown = {order.order_id: order for order in shown_orders(self.view).values()}
        conflicts = {one.client_order_id for one in shown.values() if one.state is OrderState.CONFLICT}
        for truth in self.exchange.orders():
            order = shown.get(str(truth["id"]))
            if str(truth["client-order-id"]) in conflicts:
                continue
            if order is None and len(self.view.orders.history) >= 500:
                continue
            if order is None or unlike(order, truth):
                return True
        return any(self.state(key) in {OrderState.CANCELING, OrderState.SUBMITTED} for key in self.cancelled)

    def _beat(self) -> None:
        """Let every stream of the exchange ping once, and wait for the pongs of those that live, and for the engine."""

        def ping() -> None:
            for session in self.exchange._server._sessions:
                if session.link.kind not in self.deaf:
                    session._unanswered = 0
                    session._ping()

        def is_answered() -> bool:
            sessions = self.exchange._server._sessions
            return self.exchange.call(lambda: all(session._unanswered == 0 for session in sessions))

        self.exchange.call(ping)
        for condition, patience_s in ((is_answered, _BEAT_PATIENCE_S), (self._has_kept_up, 2.0)):
            try:
                eventually_sync(condition, patience_s)
            except AssertionError:
                _log.info("a stream or the engine lags behind")  # it may be what the case has spoilt

    def _has_kept_up(self) -> bool:
        """Whether the engine has noticed how late it is."""
        engine = self._engine
        return engine is None or engine.view.heart_ms > self.engine_clock.now_ms() - 1500


@asynccontextmanager
async def trading_session(
    port: int, journal: Path, clock: Clock, caps: Caps | None = None
) -> AsyncIterator[OpenSession]:
    """Open the client of a loopback port with the canary keys, and the journal that goes with it."""
    keys = Credentials(Secret(ACCESS), Secret(SECRET))
    hosts = Hosts.loopback(f"http://127.0.0.1:{port}")
    async with (
        Journal.open(journal, clock.now_ms()) as opened,
        HtxExchange.open(hosts, keys, clock=clock) as exchange,
    ):
        yield Session(exchange, opened, VenueView(Mode.DEMO, exchange.host), caps or Caps())


class Stranger:
    """A computer that is not the exchange; keeps every byte that it is sent."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="stranger", daemon=True)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = b""
        self.connections = 0
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection:
                    connection.settimeout(1)
                    self.received += connection.recv(4096)


@contextmanager
def stranger() -> Iterator[Stranger]:
    """Run another computer."""
    other = Stranger()
    try:
        yield other
    finally:
        other.close()


@contextmanager
def rig(
    folder: Path,
    *,
    is_started: bool = True,
    caps: Caps | None = None,
    clock: WarpClock | None = None,
    engine_clock: Clock | None = None,
    **options: object,
) -> Iterator[Rig]:
    """Run everything, and check the invariants at the end; ``options`` are the exchange's."""
    time = clock if clock is not None else WarpClock()
    folder.mkdir(exist_ok=True)
    handlers = logging.getLogger().handlers[:]
    start_logging(folder / "logs", is_verbose=True)
    chosen = {"frozen": True, "clock": time.now_ms, "access_key": ACCESS, "secret_key": SECRET, **options}
    try:
        with exchange_in_thread(**chosen) as exchange, fault_proxy(exchange.port) as proxy:
            running = Rig(exchange, proxy, time, folder, engine_clock or time, caps or Caps())
            try:
                with contextlib.redirect_stderr(running.stderr):
                    if is_started:
                        running.start()
                    yield running
                    running.check()
            finally:
                running.stop()
    finally:
        for handler in logging.getLogger().handlers:
            handler.close()
        logging.getLogger().handlers[:] = handlers
