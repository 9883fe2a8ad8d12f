"""hbtui without a screen: the same orders, the same journal and the same three outcomes, for scripts and notebooks."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import ExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from hbtui.account_desk import AccountDesk
from hbtui.config import ConfigError
from hbtui.model.account import SOURCES, Account, Balance, KeyInfo, Mode
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.entry import JournalEntry
from hbtui.model.errors import NotFound
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import plain
from hbtui.model.order import Confirmation, Fill, Order, OrderReport, OrderRequest
from hbtui.order_words import ACCOUNT_TYPES, OrderWords, read_code
from hbtui.runtime import Session, open_session
from hbtui.target import Target, make_target
from hbtui.trading.client_ids import new_client_order_id
from hbtui.trading.desk import CancelReport
from hbtui.trading.key_rules import refusal_of, warning_of
from hbtui.words import read_order_key, read_period, read_symbol

if TYPE_CHECKING:
    from hbtui.local.ports import CancelEnd, Judged

__all__ = ["Client", "connect"]

_RECENT_MS = 48 * 3600 * 1000 - 60_000
"""What HTX tells in one question of finished orders and fills: 48 hours."""


@asynccontextmanager
async def connect(
    *, live: bool = False, exchange: str | None = None, env: str | Path | None = None, seed: int | None = None
) -> AsyncIterator["Client"]:
    """Connect to the demo (started for you), a running embedded ``exchange`` (its loopback URL), or HTX (``live``).

    Live reads the key pair as the program does: ``env``, else ``./.env``, else the config folder's. Where another
    hbtui holds the account this one reads and cancels, and ``notes`` says who does. Raises ``ConfigError`` for a key
    that cannot be used, ``ExchangeError`` where the exchange cannot be asked.
    """
    with ExitStack() as stack:
        env_path = Path(env) if env is not None else None
        target = make_target(stack, live=live, exchange=exchange, env=env_path, seed=seed)
        async with Client.open(target) as client:
            await client.desk()
            yield client


class Client:
    """One user on one exchange. Amounts and prices are ``Decimal`` or text, never ``float``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._exchange = session.exchange
        self._venue = session.venue
        self._desk = AccountDesk(session, self._note)
        self._key: KeyInfo | None = None
        self._instruments: dict[str, Instrument] = {}
        self._accounts: tuple[Account, ...] = ()
        self.notes: list[str] = []
        """What a person should know beside the answers: who holds the account, a key without a bound address …"""

    @classmethod
    @asynccontextmanager
    async def open(cls, target: Target, what: str = "program") -> AsyncIterator["Client"]:
        """Open a client on a target for the length of an ``async with``; ``what`` it is, others are told."""
        async with open_session(target, what) as session:
            client = cls(session)
            try:
                await client.begin()
                yield client
            finally:
                await client.close()

    async def begin(self) -> None:
        """Set the clock by the venue's, and refuse a key that could steal."""
        await self._exchange.server_time_ms()
        if self._venue.mode is not Mode.LIVE:
            return
        self._key = key = await self._exchange.key_info()
        if key is None:
            return
        if refusal := refusal_of(key):
            raise ConfigError(refusal)
        if warning := warning_of(key):
            self._note(warning)

    async def close(self) -> None:
        """Answer what other processes asked, and leave the account."""
        await self._desk.close()

    async def desk(self) -> AccountDesk:
        """The desk of the account; taken when it is first needed, since only one process may have it."""
        if not self._desk.is_open:
            await self._desk.open((await self.account("spot")).account_id, self._key)
        return self._desk

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

    async def accounts(self) -> tuple[Account, ...]:
        """Every working account that orders can be placed from, the spot account first; asked for once."""
        if not self._accounts:
            told = [one for one in await self._exchange.accounts() if one.type in SOURCES and one.state == "working"]
            self._accounts = tuple(sorted(told, key=lambda one: (one.type != "spot", one.account_id)))
        return self._accounts

    async def account(self, name: str | int, symbol: str = "") -> Account:
        """An account by its id, or by its word: ``margin`` is the isolated one of the pair."""
        told = await self.accounts()
        if isinstance(name, int):
            found = [one for one in told if one.account_id == name]
        else:
            kind = ACCOUNT_TYPES[name]
            found = [one for one in told if one.type == kind and (kind != "margin" or one.subtype == symbol)]
        if not found:
            of_pair = f" for {symbol}" if name == "margin" else ""
            message = f"The exchange lists no account {name}{of_pair} for this key."
            raise NotFound("account", message)
        return found[0]

    async def balances(self, account: str | int = "spot", symbol: str = "") -> tuple[Balance, ...]:
        """Every currency of an account that is not all zero."""
        return await self._exchange.balances((await self.account(account, symbol)).account_id)

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
        """Open orders of every account, and before them those whose outcome is not known, newest first."""
        only = (await self._instrument(symbol)).symbol if symbol else None
        return await (await self.desk()).orders(await self._account_ids(), only)

    async def finished_orders(self, symbol: str | None = None) -> tuple[OrderReport, ...]:
        """Finished orders of the last 48 hours as the exchange tells them, oldest first."""
        only = (await self._instrument(symbol)).symbol if symbol else None
        now_ms = self._session.clock.now_ms()
        return await self._exchange.finished_orders(start_ms=now_ms - _RECENT_MS, end_ms=now_ms, symbol=only)

    async def fills(self, symbol: str | None = None) -> tuple[Fill, ...]:
        """Own fills of the last 48 hours with their fees, oldest first."""
        only = (await self._instrument(symbol)).symbol if symbol else None
        now_ms = self._session.clock.now_ms()
        return await self._exchange.fills(start_ms=now_ms - _RECENT_MS, end_ms=now_ms, symbol=only)

    async def order(
        self,
        kind: str,
        symbol: str,
        *,
        amount: str | Decimal | int,
        price: str | Decimal | int | None = None,
        stop_price: str | Decimal | int | None = None,
        operator: str | None = None,
        account: str | int = "spot",
        self_match_prevent: bool = False,
        client_order_id: str | None = None,
        allow: Iterable[str] = (),
    ) -> Order:
        """Place one order (``"buy-limit"`` …) and return what is known of it; sent once, whatever happens.

        ``amount`` is in base, of a ``buy-market`` what to spend in quote. ``allow`` names the codes of objections to
        override, one by one. Raises ``BadRequest``, ``Denied`` or ``JournalError`` before anything is sent. A state of
        ``UNCERTAIN`` means: it may exist, do not send it again.
        """
        words = OrderWords.read(
            type=kind,
            symbol=symbol,
            amount=amount,
            price=price,
            stop_price=stop_price,
            operator=operator,
            account=account,
            self_match_prevent=self_match_prevent,
            client_order_id=client_order_id,
        )
        request = await self.request(words)
        allowed = frozenset(read_code(code) for code in allow)
        meant = self.confirmation([request], by="program", allowed=allowed)
        (order,) = await self.submit([request], [words.client_order_id or self.new_id()], meant)
        return order

    async def cancel(self, key: str) -> Order | None:
        """Ask to cancel by order id or client order id, and return the order as it then stands; ``None``: not known."""
        (end,) = await self.cancel_many([key])
        return end.order

    async def cancel_many(self, keys: Sequence[str]) -> "tuple[CancelEnd, ...]":
        """Ask to cancel up to fifty, and say what became of each."""
        return await (await self.desk()).cancel([read_order_key(key) for key in keys])

    async def cancel_all(self, symbol: str | None = None) -> CancelReport:
        """Cancel every open order of every account, of one symbol or of all, until the list is empty twice."""
        only = (await self._instrument(symbol)).symbol if symbol else None
        return await (await self.desk()).cancel_all(await self._account_ids(), only)

    async def audit(self, key: str) -> tuple[JournalEntry, ...]:
        """Everything that was written down of one order, from the decision to its end, oldest first."""
        return await (await self.desk()).audit(read_order_key(key))

    async def arm_switch(self, seconds: int) -> int | None:
        """Arm the dead man's switch once, or disarm it with 0; when it strikes, UTC ms, or ``None`` where it is off.

        It cancels **every** spot order of the user, and nothing here puts it off. Raises ``ExchangeError``: then it is
        not known whether it is armed.
        """
        return await self._exchange.cancel_all_after(seconds)

    async def request(self, words: OrderWords) -> OrderRequest:
        """Make a request of an order's words: the pair and the account must exist."""
        instrument = await self._instrument(words.symbol)
        account = await self.account(words.account, instrument.symbol)
        return OrderRequest(
            account_id=account.account_id,
            symbol=instrument.symbol,
            side=words.side,
            type=words.type,
            amount=words.amount,
            price=words.price,
            stop_price=words.stop_price,
            stop_operator=words.operator,
            source=SOURCES[account.type],
            self_match_prevent=words.self_match_prevent,
        )

    async def judge(self, requests: Sequence[OrderRequest]) -> "tuple[Judged, ...]":
        """What the checks say of requests now, by facts read afresh; nothing is sent."""
        return await (await self.desk()).judge(requests)

    def confirmation(
        self,
        requests: Sequence[OrderRequest],
        *,
        by: str,
        allowed: frozenset[str] = frozenset(),
        reference: Decimal | None = None,
    ) -> Confirmation:
        """Put down the act by which requests are meant, now; ``reference`` is the price that was displayed."""
        is_one = len(requests) == 1
        return Confirmation(
            at_ms=self._session.clock.now_ms(),
            by=by,
            shown="; ".join(self.describe(request) for request in requests),
            reference=reference if is_one else None,
            symbol=requests[0].symbol if is_one else "",
            side=requests[0].side if is_one else None,
            allowed=allowed,
        )

    def new_id(self) -> str:
        """A client order id that was never used before, for :meth:`submit`."""
        return new_client_order_id(self._venue.mode, self._session.clock.now_ms())

    def handed_over(self, client_order_id: str) -> Order | None:
        """The order of an id, as it stands, if it may have been sent."""
        return self._desk.handed_over(client_order_id)

    async def submit(
        self, requests: Sequence[OrderRequest], client_order_ids: Sequence[str], confirmation: Confirmation
    ) -> tuple[Order, ...]:
        """Check once more and send in one request, once; then look until each is seen or ten seconds are over.

        Raises ``Denied`` or ``JournalError`` before anything is sent, and nothing afterwards but on cancellation.
        """
        from hbtui.local.ports import Planned

        planned = [Planned(key, request) for key, request in zip(client_order_ids, requests, strict=True)]
        return await (await self.desk()).place(planned, confirmation)

    def describe(self, request: OrderRequest) -> str:
        """The request as a sentence for a person."""
        instrument = self._instruments[request.symbol]
        quote = instrument.quote.upper()
        unit = quote if request.is_amount_in_quote else instrument.base.upper()
        parts = [f"{request.side.value.upper()} {instrument.name} {request.type.value}"]
        parts.append(f"{'spend' if request.is_amount_in_quote else 'amount'} {plain(request.amount)} {unit}")
        if request.price is not None:
            parts[-1] += f" at {plain(request.price)} {quote}"
        if request.stop_price is not None:
            way = "rises" if request.stop_operator == "gte" else "falls"
            parts.append(f"once the price {way} to {plain(request.stop_price)} {quote}")
        kind = next((one.type for one in self._accounts if one.account_id == request.account_id), "spot")
        if kind != "spot":
            parts.append(f"from the {kind} account {request.account_id}")
        if request.self_match_prevent:
            parts.append("not against own orders")
        return ", ".join(parts)

    async def _account_ids(self) -> list[int]:
        return [one.account_id for one in await self.accounts()]

    async def _instrument(self, symbol: str) -> Instrument:
        name = read_symbol(symbol)
        found = (await self.instruments()).get(name)
        if found is None:
            near = [one for one in self._instruments if name[:3] and one.startswith(name[:3])][:5]
            advice = f"Did you mean {', '.join(near)}?" if near else ""
            raise NotFound("symbol", f"The exchange lists no symbol {name!r}.", advice=advice)
        return found
