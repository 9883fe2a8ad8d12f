"""The active symbol's book: from the fast stream of changes, or from whole images where that does not come."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from hbtui.model.book import Book
from hbtui.model.errors import ExchangeError
from hbtui.model.events import BookStale, BookUpdated, Link, LinkChanged, LinkState, Topic, TopicKind
from hbtui.trading.ports import Clock
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import BookView, View

__all__ = ["BookSource"]

_PATIENCE_S = 3.0
_LOOK_S = 1.0
_QUIET_MS = 1_500
"""A book that was told or confirmed within so long is not asked about: an order's check lets it be 3 s old."""


class BookSource:
    """Keeps one symbol's book and says which topics bring it; ``on_book`` and ``on_topics`` hear that they changed."""

    def __init__(
        self,
        symbol: str,
        *,
        clock: Clock,
        tasks: Supervisor,
        on_book: Callable[[], None],
        on_topics: Callable[[], None],
        look: Callable[[str], Awaitable[Book]],
    ) -> None:
        self._symbol = symbol
        self._clock = clock
        self._tasks = tasks
        self._on_book = on_book
        self._on_topics = on_topics
        self._look = look
        self._taken_ms = 0
        self._confirmed_ms: int | None = None
        self._book: Book | None = None
        self._is_stale = False
        self._uses_images = False
        self._refusals: dict[Topic, str] = {}
        self._live: set[Link] = set()
        self._number = 0

    @property
    def topics(self) -> frozenset[Topic]:
        """What is to be watched for the book now."""
        images = {Topic(TopicKind.DEPTH, self._symbol)} if self._uses_images else set()
        return frozenset({Topic(TopicKind.BOOK, self._symbol)} | images)

    async def keep_confirmed(self) -> None:
        """Ask whether a book that stands still is still the venue's: where nobody trades, no change is told."""
        while True:
            await self._clock.sleep(_LOOK_S)
            book = self._book
            if book is None or self._is_stale or self._clock.now_ms() - self._heard_ms < _QUIET_MS:
                continue
            try:
                told = await self._look(self._symbol)
            except ExchangeError:
                continue  # unconfirmed it grows old by itself
            if book is self._book and (told.bids[:1], told.asks[:1]) == (book.bids[:1], book.asks[:1]):
                self._confirmed_ms = self._clock.now_ms()
                self._on_book()

    @property
    def _heard_ms(self) -> int:
        return max(self._taken_ms, self._confirmed_ms or 0)

    def choose(self, symbol: str) -> None:
        """Begin anew with another symbol; what was known of the last one is forgotten."""
        self._symbol = symbol
        self._book, self._is_stale, self._uses_images = None, False, False
        self._confirmed_ms = None
        self.expect()

    def expect(self) -> None:
        """Give the fast stream three seconds, then turn to the images as well."""
        self._number += 1
        number = self._number
        self._tasks.once(f"book-{number}", lambda: self._lose_patience(number))

    def take(self, event: BookUpdated) -> None:
        """Take a book; an older image undoes no newer book."""
        book = event.book
        is_older = self._book is not None and not self._is_stale and book.ts_ms < self._book.ts_ms
        if book.symbol == self._symbol and not is_older:
            self._book, self._is_stale = book, False
            self._taken_ms, self._confirmed_ms = self._clock.now_ms(), None
            self._on_book()

    def take_break(self, event: BookStale) -> None:
        """Hear that the chain of changes broke."""
        if event.symbol == self._symbol:
            self._grow_stale()

    def take_refusal(self, topic: Topic, reason: str) -> None:
        """Hear that the venue does not serve a topic."""
        self._refusals[topic] = reason
        if topic == Topic(TopicKind.BOOK, self._symbol):
            self._use_images(is_used=True)
        self._on_book()

    def take_link(self, event: LinkChanged) -> None:
        """Follow the two links that can bring a book; without the one in use the book is no longer now."""
        was_live = event.link in self._live
        is_live = event.state is LinkState.LIVE
        if was_live == is_live or event.link is Link.ACCOUNT:
            return
        (self._live.add if is_live else self._live.discard)(event.link)
        source = Link.MARKET if self._uses_images else Link.BOOK
        if not is_live and event.link is source:
            self._grow_stale()
        if event.link is not Link.BOOK:
            return
        if not is_live:
            self.expect()
        elif Topic(TopicKind.BOOK, self._symbol) not in self._refusals:
            self._use_images(is_used=False)

    def draw(self, view: View, *, is_listed: bool) -> View:
        """Put the book into a view."""
        problem = ""
        if not is_listed:
            problem = f"the exchange does not list {self._symbol}"
        elif self._book is None and self._uses_images:
            problem = self._refusals.get(Topic(TopicKind.DEPTH, self._symbol), "")
        return replace(view, book=BookView(self._symbol, self._book, self._is_stale, problem, self._confirmed_ms))

    def _grow_stale(self) -> None:
        self._is_stale = self._book is not None
        self._on_book()

    async def _lose_patience(self, number: int) -> None:
        await self._clock.sleep(_PATIENCE_S)
        if number == self._number and (self._book is None or self._is_stale):
            self._use_images(is_used=True)

    def _use_images(self, *, is_used: bool) -> None:
        if is_used != self._uses_images:
            self._uses_images = is_used
            self._on_topics()
