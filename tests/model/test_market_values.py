"""Books, quotes, balances, instruments and the venue's state."""

from decimal import Decimal

import pytest

from hbtui.model.account import Balance
from hbtui.model.book import Book, Level, Quote
from hbtui.model.instrument import MarketStatus
from tests.support.trading_values import DOGE


def test_book_prices() -> None:
    """Best prices, mid and spread come from the first levels, and are unknown where a side is empty."""
    bids = (Level(Decimal("0.09"), Decimal(5)), Level(Decimal("0.08"), Decimal(5)))
    book = Book("dogeusdt", bids, (Level(Decimal("0.11"), Decimal(5)),), 1)
    assert (book.mid, book.spread) == (Decimal("0.1"), Decimal("0.02"))
    assert book.best_bid == bids[0]
    empty = Book("dogeusdt", (), (), 1)
    assert (empty.mid, empty.spread, empty.best_bid, empty.best_ask) == (None, None, None, None)


@pytest.mark.parametrize(
    ("opened", "last", "change"), [("2", "3", "0.5"), ("2", None, None), (None, "3", None), ("0", "3", None)]
)
def test_change(opened: str | None, last: str | None, change: str | None) -> None:
    """The day's change is a ratio of the opening, and unknown where either is unknown or the opening is 0."""
    quote = Quote(
        symbol="dogeusdt",
        open=None if opened is None else Decimal(opened),
        last=None if last is None else Decimal(last),
    )
    assert quote.change == (None if change is None else Decimal(change))


def test_small_values() -> None:
    """A balance's total holds what orders froze, and an instrument knows its name, its step and whether it trades."""
    assert Balance("doge", Decimal(3), Decimal(2)).total == Decimal(5)
    assert (DOGE.name, DOGE.tick_size, DOGE.is_tradable) == ("DOGE/USDT", Decimal("0.0001"), True)


@pytest.mark.parametrize(("code", "orders", "cancels"), [(1, True, True), (2, False, False), (3, False, True)])
def test_market_status(code: int, *, orders: bool, cancels: bool) -> None:
    """A halted venue takes nothing, and one that only cancels takes cancels (HTX docs, market-status)."""
    status = MarketStatus(code=code)
    assert (status.takes_orders, status.takes_cancels) == (orders, cancels)
