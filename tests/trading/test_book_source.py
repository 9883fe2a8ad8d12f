"""Where the book comes from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from hbtui.model.account import Mode
from hbtui.model.book import Book, Level
from hbtui.model.candle import Period
from hbtui.model.errors import NetworkError
from hbtui.model.events import BookStale, BookUpdated, Link, LinkChanged, LinkState, Topic, TopicKind
from hbtui.trading.book_source import BookSource
from hbtui.trading.supervisor import Supervisor
from hbtui.trading.views import BookView, CandlesView, TapeView, VenueView, View
from tests.support.trading_values import NOW_MS
from tests.support.virtual_clock import VirtualClock

FAST, IMAGES = Topic(TopicKind.BOOK, "dogeusdt"), Topic(TopicKind.DEPTH, "dogeusdt")
EMPTY = View(
    venue=VenueView(Mode.DEMO, ""),
    candles=CandlesView("dogeusdt", Period.MINUTE),
    book=BookView(""),
    tape=TapeView("dogeusdt"),
)


class Rig:
    """A source with its clock, and what it said."""

    def __init__(self, tasks: Supervisor) -> None:
        self.clock = VirtualClock()
        self.books = 0
        self.topic_changes = 0
        self.looks = 0
        self.venue_book: Book | None = None
        self.source = BookSource(
            "dogeusdt",
            clock=self.clock,
            tasks=tasks,
            on_book=self._book,
            on_topics=self._topics,
            look=self._look,
        )

    async def _look(self, _symbol: str) -> Book:
        self.looks += 1
        if self.venue_book is None:
            message = "No answer."
            raise NetworkError(message)
        return self.venue_book

    def _book(self) -> None:
        self.books += 1

    def _topics(self) -> None:
        self.topic_changes += 1

    def shown(self) -> BookView:
        """What a screen would see."""
        return self.source.draw(EMPTY, is_listed=True).book

    def link(self, link: Link, state: LinkState) -> None:
        """A link changes."""
        self.source.take_link(LinkChanged(link=link, state=state))


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """Run a source's tasks for the length of a test."""
    async with Supervisor(lambda _name, _error: None) as tasks:
        yield Rig(tasks)


def book(at_ms: int = 0, price: str = "0.1", symbol: str = "dogeusdt") -> Book:
    """Make a book with one bid."""
    return Book(symbol, (Level(Decimal(price), Decimal(1)),), (), NOW_MS + at_ms)


async def test_the_fast_stream_is_enough_when_it_comes() -> None:
    """A book within three seconds keeps the images unwatched."""
    async with rig() as one:
        one.source.expect()
        await one.clock.advance(2)
        one.source.take(BookUpdated(book()))
        await one.clock.advance(10)
        assert one.source.topics == {FAST}
        assert (one.shown().book, one.shown().is_stale, one.topic_changes) == (book(), False, 0)


async def test_a_new_symbol_gets_three_seconds_of_its_own() -> None:
    """Patience with the last symbol is not counted against the next."""
    async with rig() as one:
        one.source.expect()
        await one.clock.advance(2)
        one.source.choose("btcusdt")
        await one.clock.advance(2)
        assert one.source.topics == {Topic(TopicKind.BOOK, "btcusdt")}
        await one.clock.advance(1.1)
        assert Topic(TopicKind.DEPTH, "btcusdt") in one.source.topics


async def test_a_refused_book_means_images_at_once() -> None:
    """Where the venue refuses the fast book, nobody waits; refused images are told in the venue's words."""
    async with rig() as one:
        one.source.take_refusal(FAST, "invalid topic")
        assert one.source.topics == {FAST, IMAGES}
        one.link(Link.BOOK, LinkState.LIVE)
        assert one.source.topics == {FAST, IMAGES}
        one.source.take_refusal(IMAGES, "symbol trade not open now")
        assert one.shown().problem == "symbol trade not open now"


async def test_staleness_follows_the_link_in_use() -> None:
    """Losing a link makes stale only the book that it brings."""
    async with rig() as one:
        one.link(Link.BOOK, LinkState.LIVE)
        one.link(Link.MARKET, LinkState.LIVE)
        one.source.take(BookUpdated(book()))
        one.link(Link.MARKET, LinkState.RECONNECTING)
        one.link(Link.ACCOUNT, LinkState.RECONNECTING)
        assert not one.shown().is_stale
        one.link(Link.BOOK, LinkState.RECONNECTING)
        assert one.shown().is_stale
        one.source.take(BookUpdated(book(-5, "0.2")))
        assert (one.shown().is_stale, one.shown().book) == (False, book(-5, "0.2"))


async def test_a_broken_chain_is_stale_until_the_next_book() -> None:
    """A break of this symbol's chain is seen, another symbol's is not; without a book there is nothing to be stale."""
    async with rig() as one:
        one.source.take_break(BookStale("dogeusdt", "a gap"))
        assert not one.shown().is_stale
        one.source.take(BookUpdated(book()))
        one.source.take_break(BookStale("btcusdt", "a gap"))
        assert not one.shown().is_stale
        one.source.take_break(BookStale("dogeusdt", "a gap"))
        assert one.shown().is_stale


async def test_an_unlisted_symbol_is_named() -> None:
    """A symbol that is not listed has no book, and the pane says why."""
    async with rig() as one:
        assert one.source.draw(EMPTY, is_listed=False).book.problem == "the exchange does not list dogeusdt"


async def confirming(made: Rig) -> Supervisor:
    """Let a source look after its book."""
    tasks = made.source._tasks
    tasks.spawn("look", made.source.keep_confirmed)
    await made.clock.advance(0)
    return tasks


async def test_a_book_that_stands_still_is_confirmed_by_asking() -> None:
    """Where nobody trades no change is told: the venue is asked, and the same best prices make the book one of now."""
    async with rig() as made:
        await confirming(made)
        made.venue_book = book(at_ms=90_000)
        made.source.take(BookUpdated(book()))
        await made.clock.advance(10)
        assert made.shown().confirmed_ms is not None
        assert made.clock.now_ms() - (made.shown().confirmed_ms or 0) <= 2_500


async def test_a_book_that_differs_from_the_venues_is_not_confirmed() -> None:
    """Other best prices mean that something was missed: the book grows old."""
    async with rig() as made:
        await confirming(made)
        made.venue_book = book(price="0.2")
        made.source.take(BookUpdated(book()))
        await made.clock.advance(10)
        assert made.looks
        assert made.shown().confirmed_ms is None


async def test_a_look_that_is_not_answered_confirms_nothing() -> None:
    """Silence is no confirmation, and it is asked again."""
    async with rig() as made:
        await confirming(made)
        made.source.take(BookUpdated(book()))
        await made.clock.advance(10)
        assert made.looks > 2
        assert made.shown().confirmed_ms is None


async def test_a_busy_book_is_never_asked_about() -> None:
    """A book that changes by itself costs no question, and neither does a stale or a missing one."""
    async with rig() as made:
        await confirming(made)
        await made.clock.advance(5)
        for number in range(20):
            made.source.take(BookUpdated(book(at_ms=number)))
            await made.clock.advance(0.5)
        made.source.take_break(BookStale("dogeusdt", "a gap"))
        await made.clock.advance(10)
        assert made.looks == 0


async def test_a_change_ends_a_confirmation() -> None:
    """A newer book speaks for itself."""
    async with rig() as made:
        await confirming(made)
        made.venue_book = book()
        made.source.take(BookUpdated(book()))
        await made.clock.advance(10)
        made.source.take(BookUpdated(book(at_ms=1)))
        assert made.shown().confirmed_ms is None
