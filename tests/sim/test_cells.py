"""The division of a stretch of market: nothing may be lost, and every piece must be a market of its own."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hbtui.sim.cells import LOTS_A_MINUTE, Cell, divided, joined, path_mean, shared
from hbtui.sim.prints import prints_of

WORDS = st.lists(st.integers(0, 65_535), min_size=64, max_size=64)


@st.composite
def cells(draw: st.DrawFn, minutes: int) -> Cell:
    """Any market of so many minutes whose average price keeps its distance from both extremes."""
    low = draw(st.integers(1, 10**7))
    high = low + draw(st.sampled_from([0, 1, 2, 3, 7, 40, 1000, 50_000]))
    opened, closed = draw(st.integers(low, high)), draw(st.integers(low, high))
    trades = draw(st.integers(6 * minutes, 60 * minutes))
    lots = draw(st.integers(max(LOTS_A_MINUTE * minutes, 32 * trades), 10**9 * minutes))
    span = high - low
    least, most = lots * low + lots * span // 8 + 1, lots * high - lots * span // 8 - 1
    turnover = lots * low if span == 0 else draw(st.integers(least, most))
    return Cell(opened, high, low, closed, lots, turnover, trades, draw(st.integers(0, 65_535)))


@given(cells(240), WORDS, st.sampled_from([(4, 60, 12), (12, 20, 5), (6, 40, 4), (5, 48, 0)]))
def test_a_division_keeps_everything(parent: Cell, words: list[int], plan: tuple[int, int, int]) -> None:
    """The pieces together are the whole: same open, extremes, close, lots, turnover and trades, to the last unit."""
    parts = divided(parent, *plan, words)
    assert len(parts) == plan[0]
    assert joined(parts)[:7] == parent[:7]


@given(cells(240), WORDS)
def test_the_pieces_chain_and_each_holds_its_own_prices(parent: Cell, words: list[int]) -> None:
    """Each piece opens where the one before closed, and its average lies within its own range."""
    parts = divided(parent, 4, 60, 12, words)
    assert all(before.close == after.open for before, after in pairwise(parts))
    for part in parts:
        assert part.low <= min(part.open, part.close) <= max(part.open, part.close) <= part.high
        assert part.low * part.lots <= part.turnover <= part.high * part.lots
        assert part.trades >= 6 * 60
        assert part.lots >= LOTS_A_MINUTE * 60


@given(cells(20), WORDS, WORDS, WORDS)
def test_division_can_go_on_down_to_single_trades(
    parent: Cell, first: list[int], second: list[int], last: list[int]
) -> None:
    """Whatever a piece of a piece looks like, trades exist that sum to it exactly."""
    assume(parent.lots > 64 * parent.trades)
    for part in divided(parent, 4, 5, 5, first):
        for minute in divided(part, 5, 1, 0, second):
            if minute.lots < 4 * minute.trades:
                continue
            assert_sums_to(minute, last)


@given(cells(1), WORDS)
def test_the_trades_of_a_minute_are_the_minute(minute: Cell, words: list[int]) -> None:
    """Trades give a minute's open, extremes, close, lots, turnover and count exactly, in order of time within it."""
    assert_sums_to(minute, words)


def assert_sums_to(minute: Cell, words: list[int]) -> None:
    """Check one minute against its trades."""
    trades = prints_of(minute, 600_000, words)
    prices = [trade.price for trade in trades]
    lots = sum(trade.lots for trade in trades)
    turnover = sum(trade.lots * trade.price for trade in trades)
    assert (prices[0], max(prices), min(prices), prices[-1], lots, turnover, len(trades)) == minute[:7]
    assert min(trade.lots for trade in trades) > 0
    times = [trade.time_ms for trade in trades]
    assert 600_000 <= times[0] <= times[-1] < 660_000
    assert all(before < after for before, after in pairwise(times))


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=12), st.integers(0, 1000))
def test_sharing_out_loses_nothing(spare: int, shares: list[int], least: int) -> None:
    """Shares sum to the whole, and nobody gets less than the least."""
    total = spare + least * len(shares)
    parts = shared(total, shares, least)
    assert sum(parts) == total
    assert min(parts) >= least


@pytest.mark.parametrize("shape", range(0, 65_536, 4099))
def test_the_expected_average_keeps_its_distance(shape: int) -> None:
    """A day's average, as its shape foretells it, is far enough from both extremes for every later division."""
    for opened, closed in [(100_000, 100_000), (200_000, 200_000), (100_000, 200_000), (150_000, 150_000)]:
        mean = path_mean((opened, 200_000, 100_000, closed), 6, shape)
        assert 100_000 + 12_500 <= mean <= 200_000 - 12_500
