"""The order book: best prices meet at the spread, and a pick means what was seen."""

from dataclasses import replace
from decimal import Decimal

import pytest
from syrupy.assertion import SnapshotAssertion

from hbtui.model.book import Book, Level
from hbtui.model.order import Side
from hbtui.trading.views import BookView
from hbtui.ui.widgets.ladder import DepthLadder
from hbtui.ui.widgets.ladder_lines import barred
from tests.support.host import Stage, count_drawings, hosted
from tests.support.screens import widget_text
from tests.support.views import NOW_MS, book_view, instrument

DOGE = instrument()
VIEW = book_view()
BOOK = VIEW.book or Book("", (), (), 0)
LAST = Decimal("0.08123")
OWN = ((BOOK.bids[2].price, Side.BUY), (BOOK.asks[0].price, Side.SELL))


async def shown(view: BookView, size: tuple[int, int] = (36, 15)) -> str:
    """What is seen of a book."""
    pane = DepthLadder()
    async with hosted(pane, size=size) as stage:
        pane.show(view, DOGE, OWN, LAST)
        await stage.pilot.pause()
        return widget_text(pane)


def picked(stage: Stage) -> list[tuple[Decimal, Side]]:
    """The prices that were chosen."""
    return [(message.price, message.side) for message in stage.heard(DepthLadder.PriceChosen)]


@pytest.mark.parametrize("size", [(24, 12), (30, 15), (36, 20), (60, 12)])
async def test_what_is_seen_at_each_size(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    """Price, amount and total as far as there is room; as many levels on either side."""
    assert await shown(VIEW, size) == snapshot


async def test_the_best_prices_are_next_to_the_spread() -> None:
    """The lowest ask stands right above it, the highest bid right below."""
    lines = (await shown(VIEW)).splitlines()
    at = next(index for index, line in enumerate(lines) if "spread" in line)
    assert f"{BOOK.asks[0].price}" in lines[at - 1]
    assert f"{BOOK.bids[0].price}" in lines[at + 1]
    assert "0.081230" in lines[at]
    assert "spread 0.000020 0.02%" in lines[at]


@pytest.mark.parametrize("height", range(7, 30))
async def test_both_sides_have_as_many_rows_whatever_the_height(height: int) -> None:
    """The spread stays in the middle, one level more or less never tilts it."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, height)) as stage:
        pane.show(book_view(levels=40), DOGE)
        await stage.pilot.pause()
        sides = [side for side, _ in pane._levels.values()]
        assert sides.count(Side.BUY) == sides.count(Side.SELL) == (height - 4) // 2


async def test_a_thin_side_leaves_its_far_rows_empty() -> None:
    """Few asks stay next to the spread; none at all leaves the spread unknown."""
    thin = BookView("dogeusdt", Book("dogeusdt", BOOK.bids, BOOK.asks[:1], NOW_MS))
    lines = (await shown(thin)).splitlines()
    at = next(index for index, line in enumerate(lines) if "spread" in line)
    assert f"{BOOK.asks[0].price}" in lines[at - 1]
    assert lines[at - 2].strip("│ ") == ""
    none = BookView("dogeusdt", Book("dogeusdt", BOOK.bids, (), NOW_MS))
    assert "spread — —" in await shown(none)


async def test_own_orders_are_marked() -> None:
    """A dot stands beside the levels where own orders of that side rest, and beside no other."""
    lines = (await shown(VIEW)).splitlines()
    marked = [line.split()[1] for line in lines if "•" in line]
    assert marked == [f"•{price}" for price in (BOOK.asks[0].price, BOOK.bids[2].price)]


async def test_stale_is_a_word_in_the_place_of_the_spread() -> None:
    """A spread that may be wrong is not shown."""
    text = await shown(replace(VIEW, is_stale=True))
    assert text.count("stale") == 2
    assert "spread" not in text


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (BookView("dogeusdt"), "loading order book …"),
        (BookView("foousdt", problem="HTX does not list foousdt [/x]"), "HTX does not list foousdt [/x]"),
    ],
)
async def test_without_a_book_there_are_words(view: BookView, words: str) -> None:
    """Not yet, or not at all; the exchange's words stand as they are."""
    text = await shown(view)
    assert words in " ".join(text.replace("│", " ").split())


async def test_too_low_a_pane_says_so() -> None:
    """Three lines are no ladder."""
    assert "too small" in await shown(VIEW, (36, 5))


async def test_a_click_picks_the_level_that_was_seen() -> None:
    """Asks and bids give their price and side; the head and the spread give nothing."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, (), LAST)
        await stage.pilot.pause()
        for y in (6, 7, 8, 1):
            await stage.pilot.click(pane, offset=(8, y))
        await stage.pilot.pause()
        assert picked(stage) == [(BOOK.asks[0].price, Side.SELL), (BOOK.bids[0].price, Side.BUY)]


async def test_keys_start_at_the_spread_and_enter_picks() -> None:
    """Down from nothing is the best bid, up from it the best ask; Escape lets go, Enter then picks nothing."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, (), LAST)
        await stage.pilot.press("enter", "down", "enter", "down", "enter", "up", "up", "enter", "escape", "enter")
        await stage.pilot.pause()
        assert picked(stage) == [
            (BOOK.bids[0].price, Side.BUY),
            (BOOK.bids[1].price, Side.BUY),
            (BOOK.asks[0].price, Side.SELL),
        ]


async def test_the_cursor_stops_at_the_last_level() -> None:
    """Going on and on upwards ends at the highest ask that is seen."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, (), LAST)
        await stage.pilot.press(*["up"] * 40, "enter")
        await stage.pilot.pause()
        assert picked(stage) == [(BOOK.asks[4].price, Side.SELL)]


async def test_grouping_goes_through_its_steps_and_back() -> None:
    """`g` makes prices coarser, says by how much, marks own orders in their group, and ends at single ticks again."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, OWN, LAST)
        await stage.pilot.pause()
        single = widget_text(pane)
        await stage.pilot.press("g", "g")
        await stage.pilot.pause()
        text = widget_text(pane)
        assert "by 0.000050" in text
        assert "•0.081200" in text
        assert "•0.081250" in text
        await stage.pilot.press(*["g"] * 4)
        await stage.pilot.pause()
        assert widget_text(pane) == single


async def test_the_arrow_tells_where_the_last_price_came_from() -> None:
    """Up and down since the last change, kept while the price stays."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, (), LAST)
        pane.show(replace(VIEW), DOGE, (), LAST + Decimal("0.00001"))
        pane.show(replace(VIEW), DOGE, (), LAST + Decimal("0.00001"))
        await stage.pilot.pause()
        assert "0.081240 ▲" in widget_text(pane)
        pane.show(replace(VIEW), DOGE, (), LAST)
        await stage.pilot.pause()
        assert "0.081230 ▼" in widget_text(pane)


async def test_another_symbol_forgets_cursor_group_and_direction() -> None:
    """Nothing of the market before is carried over."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, (), LAST)
        await stage.pilot.press("g", "down")
        btc = book_view("btcusdt")
        pane.show(btc, instrument("btcusdt"), (), Decimal("67012.50"))
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        text = widget_text(pane)
        assert "by " not in text
        assert "▲" not in text
        assert "67,012.60" in text
        assert not picked(stage)


async def test_the_bar_is_as_long_as_the_amount_is_large() -> None:
    """The greatest amount's bar spans the pane, half of it spans half."""
    levels = (Level(Decimal("0.08"), Decimal(100)), Level(Decimal("0.07"), Decimal(50)))
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)):
        pane.show(BookView("dogeusdt", Book("dogeusdt", levels, (), NOW_MS)), DOGE)
        strips = [pane.render_line(line) for line in range(pane.size.height)]
        ground = pane.rich_style.bgcolor
        bars = [sum(len(run.text) for run in strip if run.style and run.style.bgcolor != ground) for strip in strips]
        assert [length for length in bars if length] == [pane.size.width, pane.size.width // 2]


def test_a_ground_cuts_runs_where_it_begins() -> None:
    """Text before it keeps its own ground, and no letter is lost."""
    line = [("abc", "bid"), ("def", "")]
    assert barred(line, 2, "bid-bar") == [("ab", "bid"), ("c", "bid bid-bar"), ("def", "bid-bar")]
    assert barred(line, 9, "bid-bar") == line
    assert barred(line, 0, "x") == [("abc", "bid x"), ("def", "x")]


async def test_the_same_book_costs_nothing() -> None:
    """Equal orders in a new tuple are no change; a new book is."""
    pane = DepthLadder()
    async with hosted(pane, size=(36, 15)) as stage:
        pane.show(VIEW, DOGE, OWN, LAST)
        await stage.pilot.pause()
        drawings = count_drawings(pane)
        pane.show(VIEW, DOGE, tuple(OWN), LAST)
        await stage.pilot.pause()
        assert drawings() == 0
        for _ in range(300):
            pane.show(replace(VIEW), DOGE, OWN, LAST)
        await stage.pilot.pause()
        assert drawings() == 1
