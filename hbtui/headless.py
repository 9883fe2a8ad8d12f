"""hbtui without a screen: the same orders, the same journal and the same three outcomes, for scripts and notebooks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path

from hbtui.config import ConfigError
from hbtui.model.account import Balance, Mode
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.errors import ExchangeError, JournalError, NotFound
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import plain
from hbtui.model.order import Order, OrderRequest, OrderState, OrderType, Side
from hbtui.runtime import Session, open_session
from hbtui.target import Target, make_target
from hbtui.trading.clock import SystemClock
from hbtui.trading.desk import Desk
from hbtui.trading.key_rules import refusal_of, warning_of
from hbtui.trading.risk import GateContext, findings
from hbtui.trading.views import Denied, Finding, Severity
from hbtui.words import BadRequest, read_number, read_order_key, read_period, read_symbol, read_type

__all__ = ["Client", "connect"]

_LOOK_LIMIT_S = 10.0
_SEEN_LIMIT_S = 5.0
_DOUBTFUL = frozenset({OrderState.SENDING, OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT})
"""States of own orders that may hold money which the balance does not show yet."""


@asynccontextmanager
async def connect(
    *, live: bool = False, exchange: str | None = None, env: str | Path | None = None, seed: int | None = None
) -> AsyncIterator["Client"]:
    """Connect to the demo (started for you), a running embedded ``exchange`` (its loopback URL), or HTX (``live``).

    Live reads the key pair as the program does: ``env``, else ``./.env``, else the config folder's. Raises
    ``ConfigError`` for a key that cannot be used, ``ExchangeError`` where the exchange cannot be asked.
    """
    with ExitStack() as stack:
        env_path = Path(env) if env is not None else None
        target = make_target(stack, live=live, exchange=exchange, env=env_path, seed=seed)
        async with Client.open(target) as client:
            yield client


class Client:
    """One account on one exchange. Amounts and prices are ``Decimal`` or text, never ``float``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._exchange = session.exchange
        self._venue = session.venue
        self._journal = session.journal
        self._clock = SystemClock()
        self._changed: set[str] = set()
        self._desk = Desk(
            exchange=session.exchange,
            journal=session.journal,
            clock=self._clock,
            mode=session.venue.mode,
            on_change=self._changed.add,
            on_journal_broken=self._note,
            link_up_since_s=lambda: None,  # there is no stream here, so absence cannot be proven
        )
        self._instruments: dict[str, Instrument] = {}
        self._account_id: int | None = None
        self._judged: tuple[OrderRequest, GateContext] | None = None
        self.notes: list[str] = []
        """What a person should know beside the answers: a key without a bound address, a journal that fails."""

    @classmethod
    @asynccontextmanager
    async def open(cls, target: Target) -> AsyncIterator["Client"]:
        """Open a client on a target for the length of an ``async with``."""
        async with open_session(target) as session:
            client = cls(session)
            await client.begin()
            yield client

    async def begin(self) -> None:
        """Set the clock by the venue's, take up what earlier runs left open, and refuse a key that could steal."""
        await self._exchange.server_time_ms()
        await self._session.open_journal(await self._account())
        try:
            await self._desk.recover()
        except JournalError as error:
            self._note(f"No order can be sent: {error}")
        if self._venue.mode is not Mode.LIVE:
            return
        key = await self._exchange.key_info()
        if key is None:
            return
        if refusal := refusal_of(key):
            raise ConfigError(refusal)
        if warning := warning_of(key):
            self._note(warning)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    @property
    def place_name(self) -> str:
        """Where orders go, in words."""
        return f"{self._venue.mode.value.upper()} ({self._exchange.host})"

    async def instruments(self) -> dict[str, Instrument]:
        """Every pair with its rules, by symbol; asked for once."""
        if not self._instruments:
            self._instruments = {one.symbol: one for one in await self._exchange.instruments()}
        return self._instruments

    async def balances(self) -> tuple[Balance, ...]:
        """Every currency of the spot account that is not all zero."""
        return await self._exchange.balances(await self._account())

    async def klines(self, symbol: str, period: str | Period = "1min", size: int = 150) -> tuple[Candle, ...]:
        """The last ``size`` bars (1 to 2000), oldest first; the last one is still forming."""
        instrument = await self._instrument(symbol)
        return await self._exchange.candles(instrument.symbol, read_period(period), size)

    async def quote(self, symbol: str) -> Quote:
        """Last price, best bid and ask, and the last 24 hours."""
        return await self._exchange.quote((await self._instrument(symbol)).symbol)

    async def book(self, symbol: str) -> Book:
        """The order book now, up to 150 levels a side."""
        return await self._exchange.book((await self._instrument(symbol)).symbol)

    async def trades(self, symbol: str, size: int = 100) -> tuple[Trade, ...]:
        """The last public trades, oldest first."""
        return await self._exchange.trades((await self._instrument(symbol)).symbol, size)

    async def orders(self, symbol: str | None = None) -> tuple[Order, ...]:
        """Open orders, and before them those whose outcome is not known, newest first."""
        only = (await self._instrument(symbol)).symbol if symbol else None
        await self._look_up_uncertain()
        for report in await self._exchange.open_orders(await self._account(), only):
            self._desk.tracker.merge_report(report)
        shown = [order for order in self._desk.tracker if not order.is_final and only in {None, order.symbol}]
        return tuple(sorted(shown, key=lambda order: (order.is_open, -order.created_ms)))

    async def order(
        self, kind: str, symbol: str, *, amount: str | Decimal | int, price: str | Decimal | int | None = None
    ) -> Order:
        """Place one order (``"buy-limit"`` …) and return what is known of it; sent once, whatever happens.

        ``amount`` is in base, of a ``buy-market`` what to spend in quote. Raises ``BadRequest`` or ``Denied`` before
        anything is sent. A state of ``UNCERTAIN`` means: it may exist, do not send it again.
        """
        side, order_type = read_type(kind)
        price_number = None if price is None else read_number("price", price)
        return await self.submit(
            await self.request(side, order_type, symbol, read_number("amount", amount), price_number)
        )

    async def cancel(self, key: str) -> Order | None:
        """Ask to cancel by order id or client order id, and return the order as it then stands; ``None``: not known."""
        order = await self._find(read_order_key(key))
        if order is None:
            return None
        if not order.is_final:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._desk.cancel(order.key), _LOOK_LIMIT_S)
            await self._write_down()
        return self._desk.tracker.find(order.key)

    async def request(
        self, side: Side, kind: OrderType, symbol: str, amount: Decimal, price: Decimal | None
    ) -> OrderRequest:
        """Make a request and gather, fresh, what the checks before sending need."""
        if kind.has_price is (price is None):
            message = "this type of order needs a price" if price is None else "a market order takes no price"
            raise BadRequest(message)
        instrument = await self._instrument(symbol)
        account_id = await self._account()
        request = OrderRequest(
            account_id=account_id, symbol=instrument.symbol, side=side, type=kind, amount=amount, price=price
        )
        status, quote, balances = await asyncio.gather(
            self._exchange.market_status(), self._exchange.quote(instrument.symbol), self._exchange.balances(account_id)
        )
        held = {balance.currency: balance for balance in balances}
        nothing = Decimal(0)
        context = GateContext(
            now_ms=self._clock.now_ms(),
            account_id=account_id,
            instrument=instrument,
            market_status=status,
            best_bid=quote.bid,
            best_ask=quote.ask,
            last=quote.last,
            base=held.get(instrument.base, Balance(instrument.base, nothing, nothing)),
            quote=held.get(instrument.quote, Balance(instrument.quote, nothing, nothing)),
            pending=tuple(one for one in self._desk.tracker if one.state in _DOUBTFUL and not one.is_external),
            clock_offset_ms=self._exchange.clock_offset_ms,
        )
        self._judged = request, context
        return request

    def check(self, request: OrderRequest) -> tuple[Finding, ...]:
        """What the checks say of the request made last; raises ``Denied`` where they forbid it."""
        if self._judged is None or self._judged[0] is not request:
            message = "a request is checked right after it was made by request(): what it is judged by is its own"
            raise BadRequest(message)
        found = findings(*self._judged)
        if any(finding.severity is Severity.ERROR for finding in found):
            raise Denied(found)
        return found

    def new_id(self) -> str:
        """A client order id that was never used before, for :meth:`submit`."""
        return self._desk.new_id()

    def handed_over(self, client_order_id: str) -> Order | None:
        """The order of an id, as it stands, if its intent was written down: from then on it may have been sent."""
        return self._desk.tracker.find(client_order_id)

    async def submit(self, request: OrderRequest, client_order_id: str | None = None) -> Order:
        """Check once more and send, once; then look until the order is seen or ten seconds are over.

        Raises ``Denied`` or ``JournalError`` before anything is sent, and nothing afterwards but on cancellation.
        """
        self.check(request)
        order = await self._desk.send(client_order_id or self.new_id(), request)
        if order.state is OrderState.UNCERTAIN:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._desk.follow(order.client_order_id), _LOOK_LIMIT_S)
        elif order.order_id:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._until_seen(order.key), _SEEN_LIMIT_S)
        await self._write_down()
        return self._desk.tracker.find(order.client_order_id) or order

    def describe(self, request: OrderRequest) -> str:
        """The request as a sentence for a person."""
        instrument = self._instruments[request.symbol]
        unit = instrument.quote if request.is_amount_in_quote else instrument.base
        verb = "spend" if request.is_amount_in_quote else "amount"
        price = f" at {plain(request.price)} {instrument.quote.upper()}" if request.price is not None else ""
        words = f"{request.side.value.upper()} {instrument.name} {request.type.value}"
        return f"{words}, {verb} {plain(request.amount)} {unit.upper()}{price}"

    async def _until_seen(self, key: str) -> None:
        pause_s = 0.02
        while not self._desk.tracker.is_seen(key):
            await self._desk.reread(key)
            await self._clock.sleep(pause_s)
            pause_s *= 2

    async def _look_up_uncertain(self) -> None:
        doubtful = [order.client_order_id for order in self._desk.tracker if order.state is OrderState.UNCERTAIN]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(self._desk.follow(key) for key in doubtful)), _LOOK_LIMIT_S / 3)
        await self._write_down()

    async def _write_down(self) -> None:
        """Keep what was learned of own orders, so that the next command need not ask again.

        A journal that fails now changes nothing of what is true of the orders: it is a note.
        """
        while self._changed:
            order = self._desk.tracker.find(self._changed.pop())
            if order is None or self._desk.tracker.intent_of(order.key) is None:
                continue
            try:
                await self._journal.record_order(order, self._clock.now_ms())
            except JournalError as error:
                self._note(str(error))
                return

    async def _find(self, key: str) -> Order | None:
        """Look an order up by either id; what looks like the venue's may still be a client order id."""
        if self._desk.tracker.find(key) is None:
            report = await self._exchange.order(key) if key.isascii() and key.isdigit() and len(key) <= 20 else None
            report = report or await self._exchange.order_by_client_id(key)
            if report is None:
                return None
            self._desk.tracker.merge_report(report)
        return self._desk.tracker.find(key)

    async def _instrument(self, symbol: str) -> Instrument:
        name = read_symbol(symbol)
        found = (await self.instruments()).get(name)
        if found is None:
            near = [one for one in self._instruments if name[:3] and one.startswith(name[:3])][:5]
            advice = f"Did you mean {', '.join(near)}?" if near else ""
            raise NotFound("symbol", f"The exchange lists no symbol {name!r}.", advice=advice)
        return found

    async def _account(self) -> int:
        if self._account_id is None:
            spot = [one for one in await self._exchange.accounts() if one.type == "spot"]
            if not spot:
                message = "The exchange lists no spot account for this key."
                raise ExchangeError(message)
            self._account_id = spot[0].account_id
        return self._account_id
