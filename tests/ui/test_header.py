"""The header: never believes more than it knows, and never cuts a number."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.account import Mode
from hbtui.model.events import Link, LinkState
from hbtui.trading.views import LinkView, View
from hbtui.ui.widgets.header import HeaderBar, link_words
from tests.support.host import count_drawings, hosted
from tests.support.screens import screen_text
from tests.support.views import NOW_MS, live_view, quote, starting_view


def with_links(*links: LinkView) -> View:
    """A live view with these connections only."""
    return replace(live_view(), links=MappingProxyType({link.link: link for link in links}))


async def header(view: View, width: int = 120) -> str:
    """What the header says at a width."""
    bar = HeaderBar()
    async with hosted(bar, size=(width, 4)) as stage:
        bar.show(view, NOW_MS, UTC)
        await stage.pilot.pause()
        return screen_text(stage.pilot.app).splitlines()[0]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
async def test_what_is_seen_at_each_width(width: int, snapshot: SnapshotAssertion) -> None:
    """The less important goes first: sparkline, labels, volume, seconds, high and low."""
    assert await header(live_view(), width) == snapshot


@pytest.mark.parametrize("width", [*range(40, 130, 3)])
async def test_no_number_is_ever_cut(width: int) -> None:
    """Everything on the line is there as a whole at every width; mode, pair, price always are."""
    words = (await header(live_view(), width)).split()
    whole = set((await header(live_view(), 200)).split()) | {"09:00", "●", "live"}
    numbers = {word for word in words if any(digit.isdigit() for digit in word)}
    assert numbers <= whole
    assert words[:3] == ["DEMO", "DOGE/USDT", "0.081230"]


@pytest.mark.parametrize("mode", list(Mode))
async def test_the_mode_is_said_in_words(mode: Mode) -> None:
    """Demo, paper and live are written, first of all, at any width."""
    view = replace(live_view(), venue=replace(live_view().venue, mode=mode))
    for width in (60, 80, 120):
        assert (await header(view, width)).lstrip().startswith(mode.value.upper())


async def test_the_mode_has_a_colour_of_its_own() -> None:
    """The badge's ground differs between all three."""
    grounds = set()
    for mode in Mode:
        bar = HeaderBar()
        async with hosted(bar, size=(80, 3)):
            bar.show(replace(live_view(), venue=replace(live_view().venue, mode=mode)), NOW_MS, UTC)
            style = next(iter(bar.render_line(0))).style
            assert style is not None
            grounds.add(style.bgcolor)
    assert len(grounds) == 3


async def test_before_the_first_answer_everything_is_unknown() -> None:
    """Price, change, range, volume and account are dashes, the link is off, no zero anywhere but in the time."""
    words = await header(starting_view())
    assert "DOGEUSDT  —  —" in words
    assert "spot —" in words
    assert "○ off" in words
    assert "0" not in words.replace("09:00:00", "")


async def test_a_quote_of_another_symbol_is_not_shown() -> None:
    """Just after a change of symbol the price is unknown, not the one of the symbol before."""
    words = await header(replace(live_view(), symbol="btcusdt"))
    assert "BTC/USDT  —" in words
    assert "0.08" not in words


LIVE = LinkState.LIVE


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ([LinkView(Link.MARKET, LIVE, latency_ms=34)], "● live 34 ms"),
        ([LinkView(Link.MARKET, LIVE)], "● live"),
        ([], "○ off"),
        (
            [LinkView(Link.MARKET, LinkState.RECONNECTING, since_ms=NOW_MS - 3200, attempt=2)],
            "◐ reconnecting 3 s · attempt 2",
        ),
        (
            [LinkView(Link.MARKET, LIVE, latency_ms=3), LinkView(Link.BOOK, LinkState.RECONNECTING, since_ms=NOW_MS)],
            "◐ book reconnecting 0 s",
        ),
        ([LinkView(Link.MARKET, LinkState.CONNECTING)], "◐ connecting"),
        ([LinkView(Link.MARKET, LinkState.SYNCING)], "◐ syncing"),
        ([LinkView(Link.MARKET, LIVE), LinkView(Link.ACCOUNT, LinkState.REFUSED)], "○ account refused"),
        ([LinkView(Link.MARKET, LIVE, latency_ms=9), LinkView(Link.ACCOUNT, LinkState.OFF)], "● live 9 ms"),
        (
            [LinkView(Link.MARKET, LinkState.SYNCING), LinkView(Link.BOOK, LinkState.RECONNECTING, attempt=1)],
            "◐ book reconnecting · attempt 1",
        ),
    ],
)
def test_the_worst_link_is_told(links: Iterable[LinkView], words: str) -> None:
    """One bad connection is enough not to say live; a missing account is no fault where there is no key."""
    assert link_words(with_links(*links), NOW_MS)[0] == words


def test_stale_data_is_told_even_while_every_link_is_up() -> None:
    """A live socket is not a fresh price."""
    view = live_view()
    stale = replace(view, book=replace(view.book, is_stale=True))
    assert link_words(stale, NOW_MS) == ("◐ book stale", "warning")
    both = replace(stale, candles=replace(view.candles, is_stale=True))
    assert link_words(both, NOW_MS)[0] == "◐ book and chart stale"


@pytest.mark.parametrize("width", [80, 120])
async def test_reconnecting_is_in_words_at_every_width(width: int) -> None:
    """However narrow, it does not read as live."""
    words = await header(with_links(LinkView(Link.MARKET, LinkState.RECONNECTING, NOW_MS - 3000, 2)), width)
    assert "reconnecting" in words
    assert "live" not in words


async def test_a_tick_changes_price_and_sparkline() -> None:
    """The next bar's close moves the line and the price beside it."""
    view = live_view()
    bars = view.candles.candles
    jumped = (*bars[:-1], bars[-1]._replace(close=Decimal("0.09")))
    after = replace(view, quote=quote(last="0.09"), candles=replace(view.candles, candles=jumped))
    before_words, after_words = await header(view, 160), await header(after, 160)
    assert "0.090000" in after_words
    assert before_words != after_words
    assert [block for block in after_words if block in "▁▂▃▄▅▆▇█"][-1] == "█"


async def test_only_what_it_shows_makes_it_draw() -> None:
    """The same view and second, and a view in which only the orders changed, cost nothing; a second does."""
    bar = HeaderBar()
    view = live_view()
    async with hosted(bar, size=(120, 4)) as stage:
        bar.show(view, NOW_MS, UTC)
        await stage.pilot.pause()
        drawings = count_drawings(bar)
        bar.show(view, NOW_MS + 300, UTC)
        bar.show(replace(view, blocked="x"), NOW_MS + 900, UTC)
        await stage.pilot.pause()
        assert drawings() == 0
        bar.show(view, NOW_MS + 1000, UTC)
        await stage.pilot.pause()
        assert drawings() == 1


async def test_the_clock_is_of_the_zone_asked_for() -> None:
    """Hong Kong's morning is not London's."""
    bar = HeaderBar()
    async with hosted(bar, size=(120, 4)) as stage:
        bar.show(live_view(), NOW_MS, timezone(timedelta(hours=8)))
        await stage.pilot.pause()
        assert "17:00:00" in screen_text(stage.pilot.app)
