"""What a screen may read: one frozen ``View``, replaced as a whole; a part that is the same object did not change.

The engine builds parts on its own thread and publishes the whole by one assignment; a reader on another thread
takes ``front.view`` once a frame and compares parts by identity with the ones it drew last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from hbtui.model.account import Account, Balance, FeeRate, KeyInfo, Mode
from hbtui.model.book import Book, Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.entry import JournalEntry
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import Instrument, MarketStatus
from hbtui.model.order import Confirmation, Fill, Order, OrderRequest
from hbtui.trading.archive_views import ArchiveFront, ArchiveView
from hbtui.trading.archiving import History
from hbtui.trading.ports import Exchange, Journal

if TYPE_CHECKING:
    from hbtui.trading.shared_desk import SharedDesk

__all__ = [
    "AuditView",
    "BalancesView",
    "BookView",
    "CandlesView",
    "Caps",
    "Denied",
    "Finding",
    "Front",
    "LinkView",
    "Notice",
    "OpenSession",
    "OrdersView",
    "Severity",
    "SwitchView",
    "TapeView",
    "VenueView",
    "View",
    "WatchRow",
]


class Severity(Enum):
    """How much a notice or a finding matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the pre-trade gate says of a request; an ``ERROR`` stops it, a ``WARNING`` is shown in the review."""

    code: str
    text: str
    severity: Severity
    field: str = ""
    """``price``, ``amount``, ``total`` … or empty: under which field it stands."""
    phrase: str = ""
    """Of an ``ERROR`` that may be overridden: what a person types to do so. Empty: nothing overrides it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What one program may send at most, in USDT; ``None`` is no cap. Findings name them: ``MAX_ORDER_VALUE``."""

    order_value: Decimal | None = None
    """Of one order."""
    open_value: Decimal | None = None
    """Of all that is open, uncertain or being sent, the new one included."""
    session_value: Decimal | None = None
    """Of all that was sent in the last 24 hours, over restarts, the new one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchView:
    """The dead man's switch: while armed, the venue cancels every spot order of the user at ``trigger_ms``."""

    timeout_s: int = 0
    """0 is off."""
    trigger_ms: int | None = None
    """When it strikes unless it is put off again, UTC ms by this computer's clock; ``None``: not known, or off."""
    failures: int = 0
    """How often in a row putting it off was not answered."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """What the journal holds of one order, as last asked for."""

    key: str = ""
    entries: tuple[JournalEntry, ...] = ()
    problem: str = ""
    is_loading: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person once; plain text, never markup."""

    number: int
    """Grows by one with each notice."""
    severity: Severity
    title: str
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class VenueView:
    """Where the orders go: fixed but for the account, which is known after the first answer."""

    mode: Mode
    host: str
    account_id: int | None = None
    keys_from: str = ""
    """The file that the key was read from, or empty."""
    key: KeyInfo | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """One connection's state."""

    link: Link
    state: LinkState = LinkState.OFF
    since_ms: int = 0
    attempt: int = 0
    retry_at_ms: int | None = None
    latency_ms: int | None = None
    reason: str = ""
    dropped: int = 0
    """How many frames could not be read, or were not of what was asked for, since the start."""


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One line of the watchlist."""

    symbol: str
    quote: Quote | None = None
    closes: tuple[Decimal, ...] = ()
    """Recent closing prices, oldest first, for a small line."""
    is_listed: bool = True
    """False where the venue does not list the symbol: shown, in words."""


@dataclass(frozen=True, slots=True)
class CandlesView:
    """The chart's bars, oldest first, the last one still forming."""

    symbol: str
    period: Period
    candles: Sequence[Candle] = ()
    is_loading: bool = True
    is_stale: bool = False
    gaps: tuple[tuple[int, int], ...] = ()
    """Ranges [from, to) in UTC ms that are missing and being asked for."""
    problem: str = ""
    is_at_beginning: bool = False
    """Whether there is nothing older: the exchange has no bars before the first."""
    is_loading_older: bool = False
    """Whether bars before the first are being asked for."""


@dataclass(frozen=True, slots=True)
class BookView:
    """The book of the active symbol; ``book`` is ``None`` until the first one came."""

    symbol: str
    book: Book | None = None
    is_stale: bool = False
    problem: str = ""
    confirmed_ms: int | None = None
    """When the venue, asked, had the same best prices as a book that did not change; UTC ms, own clock."""


@dataclass(frozen=True, slots=True)
class TapeView:
    """The active symbol's last public trades, newest first."""

    symbol: str
    trades: tuple[Trade, ...] = ()


@dataclass(frozen=True, slots=True)
class BalancesView:
    """The account's currencies; ``balances`` is ``None`` until the first answer (unknown is never 0)."""

    balances: tuple[Balance, ...] | None = None
    values: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    """Value of each currency in USDT where a price is known."""
    total: Decimal | None = None
    """Sum of the known values in USDT; ``None`` while nothing is known."""
    unvalued: tuple[str, ...] = ()
    """Currencies held without a known price: the total leaves them out, and says so."""
    is_stale: bool = False

    def of(self, currency: str) -> Balance | None:
        """One currency's balance; zero where the account is known and has none; ``None`` while unknown."""
        if self.balances is None:
            return None
        found = (balance for balance in self.balances if balance.currency == currency)
        return next(found, Balance(currency, Decimal(0), Decimal(0)))


@dataclass(frozen=True, slots=True)
class OrdersView:
    """Own orders: uncertain ones first, then open, each newest first; ``is_known`` after the first snapshot."""

    uncertain: tuple[Order, ...] = ()
    open: tuple[Order, ...] = ()
    history: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    is_known: bool = False
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a screen shows."""

    venue: VenueView
    instruments: Mapping[str, Instrument] = field(default_factory=lambda: MappingProxyType({}))
    instruments_ms: int = 0
    """When the venue's rules were read, UTC ms; 0: not known."""
    watchlist: tuple[WatchRow, ...] = ()
    symbol: str = ""
    """The active symbol."""
    quote: Quote | None = None
    """The active symbol's 24 hours; ``quote.last`` follows every tick."""
    candles: CandlesView
    book: BookView
    tape: TapeView
    balances: BalancesView = field(default_factory=BalancesView)
    orders: OrdersView = field(default_factory=OrdersView)
    links: Mapping[Link, LinkView] = field(default_factory=lambda: MappingProxyType({}))
    fees: Mapping[str, FeeRate] = field(default_factory=lambda: MappingProxyType({}))
    market_status: MarketStatus | None = None
    clock_offset_ms: int | None = None
    notices: tuple[Notice, ...] = ()
    """The last 50, oldest first."""
    blocked: str = "connecting"
    """Why no new order can be sent now, in plain words; empty when one can."""
    accounts: tuple[Account, ...] = ()
    """Every working account of the user that orders can be placed from, the spot account first."""
    holdings: Mapping[int, tuple[Balance, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Balances of the accounts other than the spot account, by account id, as far as they are known."""
    caps: Caps = field(default_factory=Caps)
    is_halted: bool = False
    """A person stopped new orders; cancels pass."""
    switch: SwitchView = field(default_factory=SwitchView)
    audit: AuditView = field(default_factory=AuditView)
    archive: ArchiveView = field(default_factory=ArchiveView)
    heart_ms: int = 0
    """When the engine last showed that it is alive, UTC ms; 0 before it started."""
    is_failed: bool = False
    """The engine could not start; ``blocked`` says why. Nothing more will come."""


class Front(Protocol):
    """What a screen may ask for. Every call returns at once; facts come back through ``view``."""

    @property
    def view(self) -> View:
        """The newest view; safe from any thread."""
        ...

    def watch(self, symbol: str, period: Period) -> None:
        """Make a symbol and a period the active ones."""
        ...

    def check(self, request: OrderRequest) -> tuple[Finding, ...]:
        """What the pre-trade gate says now; pure on the newest view."""
        ...

    def place(self, request: OrderRequest, confirmation: Confirmation | None = None) -> str:
        """Take one confirmed order and return its client order id; what comes of it is in ``view.orders``.

        Raises ``Denied`` where the gate says no, but for what ``confirmation.allowed`` overrides; then nothing was
        recorded and nothing sent.
        """
        ...

    def halt(self) -> None:
        """Stop new orders at once, those that are confirmed but have not left this computer included."""
        ...

    def resume(self) -> None:
        """Take new orders again after :meth:`halt`."""
        ...

    def sign_off(self, key: str) -> None:
        """Settle an unproven order: the person knows what became of it; it leaves the uncertain ones."""
        ...

    def arm_switch(self, seconds: int) -> None:
        """Arm the dead man's switch (30 s and more) and keep putting it off; 0 disarms it."""
        ...

    def load_older(self) -> None:
        """Put older bars before the chart's first: from the archive, or fetched into it."""
        ...

    @property
    def archive(self) -> ArchiveFront:
        """What may be asked of the archive of bars."""
        ...

    def read_audit(self, key: str) -> None:
        """Read the journal's entries of one order into ``view.audit``."""
        ...

    def cancel(self, key: str) -> None:
        """Ask to cancel one order, by client order id or the venue's id."""
        ...

    def cancel_all(self, symbol: str | None = None) -> None:
        """Ask to cancel every open order, of one symbol or of all."""
        ...

    def look_now(self, key: str) -> None:
        """Look an uncertain order up at once instead of at its next check."""
        ...


class OpenSession(Protocol):
    """What an engine works with: an open exchange, the journal that belongs to it, and what to call the place."""

    @property
    def exchange(self) -> Exchange:
        """The open exchange."""
        ...

    @property
    def journal(self) -> Journal:
        """The journal, which refuses everything until :meth:`open_journal`."""
        ...

    async def open_journal(self, account_id: int) -> None:
        """Open the journal of the account; where it cannot be used, ``journal`` refuses intents with the reason."""
        ...

    @property
    def history(self) -> History | None:
        """What keeps bars; ``None`` where nothing does."""
        ...

    @property
    def caps(self) -> Caps:
        """What may be sent at most, from the settings."""
        ...

    def share(self, desk: "SharedDesk") -> None:
        """Lend the desk to the commands of other processes, while this session is open."""
        ...

    @property
    def venue(self) -> VenueView:
        """Mode, host and where the key is from."""
        ...


class Denied(Exception):
    """The pre-trade gate said no; ``findings`` say why. Nothing was sent."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Keep the findings; the sentence is what forbids, not what merely warns."""
        super().__init__("; ".join(finding.text for finding in findings if finding.severity is Severity.ERROR))
        self.findings = findings
