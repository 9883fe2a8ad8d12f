"""What the review goes by: which findings stand, whether the market moved, and which phrases stay typeable."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.views import BookView, Finding, Severity
from hbtui.ui.reviewing import best_opposite, has_moved, is_bound_to_market, is_same_verdict, settled, standing
from tests.support.views import live_view, quote

CAP = Finding("MAX_ORDER_VALUE", "worth 120 USDT", Severity.ERROR, "", "120")
WALL = Finding("BALANCE", "too little", Severity.ERROR)
WARNING = Finding("PRICE_COLLAR", "far", Severity.WARNING)
BUY = OrderRequest(account_id=1, symbol="dogeusdt", side=Side.BUY, type=OrderType.MARKET, amount=Decimal(50))


def test_an_error_with_a_phrase_stands_until_its_code_is_allowed() -> None:
    """A warning never stands, an error without a phrase always does, whatever is allowed."""
    found = (CAP, WALL, WARNING)
    assert standing(found, ()) == (CAP, WALL)
    assert standing(found, {"MAX_ORDER_VALUE", "BALANCE"}) == (WALL,)
    assert standing((CAP, WARNING), {"MAX_ORDER_VALUE"}) == ()
    assert standing((CAP,), {"PRICE_COLLAR"}) == (CAP,)


@pytest.mark.parametrize(
    ("shown", "now", "moved"),
    [
        ("100", "101", False),
        ("100", "101.01", True),
        ("100", "99", False),
        ("100", "98.99", True),
        ("100", "100", False),
    ],
)
def test_a_price_has_moved_beyond_one_percent(shown: str, now: str, moved: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """Exactly one percent is not yet another market."""
    assert has_moved(Decimal(shown), Decimal(now)) is moved


def test_a_price_that_came_or_went_has_moved() -> None:
    """What was not known when it was shown was not what the person agreed to."""
    assert has_moved(None, Decimal(1))
    assert has_moved(Decimal(1), None)
    assert not has_moved(None, None)


def test_the_opposite_price_is_the_best_of_a_fresh_book_or_of_the_quote() -> None:
    """A buy meets asks, a sell bids; a stale book or another symbol's is no reference."""
    view = live_view()
    book = view.book.book
    assert book is not None
    assert book.best_ask is not None
    assert book.best_bid is not None
    assert best_opposite(view, BUY) == book.best_ask.price
    assert best_opposite(view, replace(BUY, side=Side.SELL)) == book.best_bid.price
    stale = replace(view, book=replace(view.book, is_stale=True))
    assert best_opposite(stale, BUY) == quote().ask
    assert best_opposite(replace(view, book=BookView("btcusdt"), quote=None), BUY) is None
    assert best_opposite(view, replace(BUY, symbol="btcusdt")) is None


def test_only_what_fills_at_once_hangs_on_the_market_price() -> None:
    """A resting order says its own price; a market, IOC or FOK order takes what there is."""
    bound = {kind for kind in OrderType if is_bound_to_market(replace(BUY, type=kind))}
    assert bound == {OrderType.MARKET, OrderType.IOC, OrderType.FOK}


def test_a_phrase_that_is_a_value_stays_while_it_is_near() -> None:
    """Nobody could type 120.37 while it becomes 120.41; a value that is another one has to be typed anew."""
    near, far = replace(CAP, phrase="121"), replace(CAP, phrase="125")
    assert settled((CAP,), (near,)) == (CAP,)
    assert settled((CAP,), (far,)) == (far,)
    named = Finding("UNCERTAIN_PENDING", "x", Severity.ERROR, "", "buy 1 btcusdt")
    other = replace(named, phrase="buy 2 btcusdt")
    assert settled((named,), (other,)) == (other,)
    assert settled((), (CAP, WARNING)) == (CAP, WARNING)


@given(shown=st.decimals("0.01", "1e9", places=2), now=st.decimals("0.01", "1e9", places=2))
def test_a_kept_phrase_is_never_further_than_one_percent(shown: Decimal, now: Decimal) -> None:
    """Whatever the numbers: either the phrase is the fresh one, or within a percent of it."""
    (kept,) = settled((replace(CAP, phrase=f"{shown:f}"),), (replace(CAP, phrase=f"{now:f}"),))
    assert kept.phrase == f"{now:f}" or abs(Decimal(kept.phrase) - now) <= shown / 100


def test_newer_numbers_in_a_sentence_are_no_new_verdict() -> None:
    """Else a moving market would never let anybody confirm; another code, grade or phrase is one."""
    assert is_same_verdict((WARNING, CAP), (CAP, replace(WARNING, text="farther")))
    assert not is_same_verdict((WARNING,), ())
    assert not is_same_verdict((CAP,), (replace(CAP, phrase="500"),))
    assert not is_same_verdict((WARNING,), (replace(WARNING, severity=Severity.ERROR),))
