"""Why no order can be sent now."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from hbtui.model.account import KeyInfo, Mode
from hbtui.model.candle import Period
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import MarketStatus
from hbtui.trading.obstacles import obstacles
from hbtui.trading.views import BookView, CandlesView, LinkView, TapeView, VenueView, View

READY = View(
    venue=VenueView(Mode.LIVE, "api.huobi.pro", 7, key=KeyInfo(frozenset({"readOnly", "trade"}), (), -1, "normal")),
    candles=CandlesView("dogeusdt", Period.MINUTE),
    book=BookView("dogeusdt"),
    tape=TapeView("dogeusdt"),
    links=MappingProxyType({link: LinkView(link, LinkState.LIVE) for link in Link}),
    market_status=MarketStatus(code=1),
    clock_offset_ms=40,
)


def with_link(link: Link, state: LinkState, reason: str = "") -> View:
    """A view on which one link is not live."""
    return replace(READY, links=MappingProxyType({**READY.links, link: LinkView(link, state, reason=reason)}))


def test_nothing_stands_in_the_way() -> None:
    """With everything live and read, orders can be sent; the fast book's own link is no condition."""
    assert list(obstacles(READY, is_synced=True)) == []
    assert list(obstacles(with_link(Link.BOOK, LinkState.RECONNECTING), is_synced=True)) == []


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (replace(READY, market_status=MarketStatus(code=2)), "takes no new orders"),
        (with_link(Link.MARKET, LinkState.RECONNECTING), "market's stream is not connected"),
        (with_link(Link.ACCOUNT, LinkState.SYNCING), "account's stream is not connected"),
        (with_link(Link.ACCOUNT, LinkState.REFUSED, "invalid.ip"), "invalid.ip"),
        (replace(READY, links=MappingProxyType({})), "account's stream is not connected"),
        (replace(READY, clock_offset_ms=-11_000), "clock is 11 s off"),
        (replace(READY, venue=replace(READY.venue, key=KeyInfo(frozenset({"readOnly"}), (), 9, "normal"))), "may not"),
    ],
)
def test_what_the_view_shows(view: View, words: str) -> None:
    """Each obstacle on the view is the first reason when it stands alone."""
    assert words in next(obstacles(view, is_synced=True))


def test_what_only_the_engine_knows() -> None:
    """A broken journal comes first of all; unread orders say why, where that is known."""
    assert "Disk full." in next(obstacles(READY, is_synced=False, journal_problem="The journal is broken: Disk full."))
    assert "are being read" in next(obstacles(READY, is_synced=False))
    assert "No answer." in next(obstacles(READY, is_synced=False, problem="No answer."))
