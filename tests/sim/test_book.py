"""The synthetic book and the tape as users see them."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.sim.history import History
from hbtui.sim.options import Options
from hbtui.sim.periods import PERIODS, next_open, open_of
from hbtui.sim.symbols import PAIRS
from hbtui.sim.tape import Bar, Tape
from hbtui.sim.venue import Venue
from tests.sim.venues import NOW_MS, best, last, place, venue

moments = st.integers(NOW_MS - 10**9, NOW_MS)


@settings(max_examples=60)
@given(st.sampled_from(sorted(PAIRS)), moments)
def test_the_book_is_a_book(symbol: str, moment: int) -> None:
    """At least 150 levels a side, strictly ordered, on the price grid, bids below asks, by a few ticks."""
    market = Venue(Options(clock=lambda: moment)).market(symbol)
    bids, asks = market.depth(moment, 150)
    tick = Decimal(1).scaleb(-market.pair.price_places)
    assert len(bids) == len(asks) == 150
    assert all(above > below for (above, _), (below, _) in pairwise(bids))
    assert all(below < above for (below, _), (above, _) in pairwise(asks))
    for price, amount in [*bids, *asks]:
        assert price % tick == 0
        assert amount > 0
        assert amount % Decimal(1).scaleb(-market.pair.amount_places) == 0
    assert 0 < asks[0][0] - bids[0][0] <= 12 * tick
    assert market.tape.last(moment).price in {bids[0][0], asks[0][0]}


def test_the_book_moves_and_is_the_same_for_everybody() -> None:
    """Two exchanges of one seed show the same book at the same moment; a second later it is another one."""
    books = [Venue(Options(clock=lambda: NOW_MS)).market("ethusdt").depth(NOW_MS, 150) for _ in range(2)]
    assert books[0] == books[1]
    market = Venue(Options(clock=lambda: NOW_MS)).market("ethusdt")
    states = {str(market.depth(NOW_MS + step * 250, 150)) for step in range(8)}
    assert len(states) > 4


def test_what_is_taken_is_gone_and_comes_back() -> None:
    """A taker leaves a hole where it took; some seconds later somebody else stands there."""
    clock = [NOW_MS]
    at = Venue(Options(clock=lambda: clock[0], balances={"usdt": Decimal(10**7)}))
    price, offered = at.market("btcusdt").depth(at.now(), 1)[1][0]
    order = place(at, "buy-ioc", str(offered), price)
    assert order.filled == offered
    left = dict(at.market("btcusdt").depth(at.now(), 150)[1])
    assert left.get(price, 0) == 0
    book = at.market("btcusdt").book
    assert book._gone(price, NOW_MS // 250 + 20, ask=True) == offered / 2
    assert book._gone(price, NOW_MS // 250 + 40, ask=True) == 0


def test_own_orders_are_in_the_book_and_nothing_crosses_them() -> None:
    """A resting order adds to its level; a market level that it would cross is not shown."""
    at = venue()
    bid, ask = best(at)
    amount = at.market("btcusdt").depth(at.now(), 1)[0][0][1]
    place(at, "buy-limit", "0.01", bid)
    assert at.market("btcusdt").depth(at.now(), 1)[0][0] == (bid, amount + Decimal("0.01"))
    at.print_trade("btcusdt", bid - 5000, Decimal("0.001"), buy=False)
    bids, asks = at.market("btcusdt").depth(at.now(), 150)
    assert bids[0][0] < asks[0][0]
    assert bids[0][0] == bid
    assert ask > bid


def test_a_frozen_market_stands_still() -> None:
    """Without users nothing changes, however long one waits; a printed trade moves the price for good."""
    clock = [NOW_MS]
    at = Venue(Options(frozen=True, clock=lambda: clock[0]))
    before = (last(at), at.market("btcusdt").depth(at.now(), 150))
    clock[0] += 600_000
    at.advance("btcusdt")
    assert (last(at), at.market("btcusdt").depth(at.now(), 150)) == before
    at.print_trade("btcusdt", before[0] + 100, Decimal(1), buy=True)
    clock[0] += 600_000
    assert last(at) == before[0] + 100
    assert best(at)[1] == before[0] + 100


def test_a_frozen_market_may_have_gaps() -> None:
    """Minutes without a trade have no bar; the minute of a printed trade has one, made of that trade."""
    clock = [NOW_MS]
    at = Venue(Options(frozen=True, clock=lambda: clock[0]))
    clock[0] += 600_000
    at.print_trade("btcusdt", Decimal(60_000), Decimal(2), buy=False)
    newest, older = at.market("btcusdt").tape.latest_bars("1min", 2, clock[0])
    assert newest[0] == clock[0] // 60_000 * 60
    assert (newest.open, newest.high, newest.low, newest.close) == (Decimal(60_000),) * 4
    assert (newest.amount, newest.value, newest.trades) == (Decimal(2), Decimal(120_000), 1)
    assert older[0] == NOW_MS // 60_000 * 60


def tape_of(symbol: str) -> Tape:
    """A tape of its own."""
    return Tape(PAIRS[symbol], History(PAIRS[symbol], 1))


def together(bars: list[Bar]) -> tuple[Decimal, ...]:
    """What consecutive bars make together."""
    return (
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum((bar.amount for bar in bars), Decimal(0)),
        sum((bar.value for bar in bars), Decimal(0)),
        Decimal(sum(bar.trades for bar in bars)),
    )


@settings(max_examples=30)
@given(st.sampled_from(sorted(PAIRS)), moments, st.sampled_from(["5min", "15min", "30min", "60min", "4hour", "1day"]))
def test_the_forming_bar_is_its_minutes_so_far(symbol: str, moment: int, period: str) -> None:
    """At any moment the forming bar of a period equals its minutes up to then, the forming minute included."""
    tape = tape_of(symbol)
    opened = open_of(period, moment // 1000)
    minutes = [tape.bar("1min", second, moment) for second in range(opened, moment // 1000 + 1, 60)]
    forming = tape.bar(period, opened, moment)
    present = [bar for bar in minutes if bar is not None]
    assert (forming is None) is (not present)
    if forming is not None:
        assert tuple(forming[1:]) == together(present)


@settings(max_examples=20)
@given(
    st.sampled_from(sorted(PAIRS)),
    moments,
    st.lists(st.tuples(st.integers(0, 7200), st.integers(1, 50)), min_size=1, max_size=6),
)
def test_users_trades_are_in_every_period_alike(symbol: str, moment: int, caused: list[tuple[int, int]]) -> None:
    """Whatever users cause and when, an hour's bar still equals its minutes, and a day's its hours."""
    tape = tape_of(symbol)
    start = open_of("4hour", moment // 1000)
    for second, size in sorted(caused):
        price = tape.last((start + second) * 1000).price
        tape.cause((start + second) * 1000, price, Decimal(size), buy=True)
    now = (start + 14_400) * 1000
    for period, inner in (("4hour", 60), ("4hour", 3600), ("60min", 60)):
        length = next_open(period, start) - start
        name = {60: "1min", 3600: "60min"}[inner]
        parts = [tape.bar(name, second, now) for second in range(start, start + length, inner)]
        whole = tape.bar(period, start, now)
        assert whole is not None
        assert tuple(whole[1:]) == together([part for part in parts if part is not None])


def test_a_bar_watched_live_is_the_bar_that_history_gives() -> None:
    """The bar as it stood at the end of its minute is what is answered for that minute ever after."""
    tape = tape_of("solusdt")
    opened = NOW_MS // 60_000 * 60
    at_the_end = tape.bar("1min", opened, opened * 1000 + 59_999)
    assert at_the_end is not None
    assert tape.bar("1min", opened, NOW_MS + 86_400_000) == at_the_end
    trades = tape.synthetic(opened * 1000 - 1, opened * 1000 + 59_999)
    assert at_the_end.amount == sum(trade.amount for trade in trades)
    assert at_the_end.value == sum(trade.amount * trade.price for trade in trades)


@pytest.mark.parametrize("period", PERIODS)
def test_two_thousand_bars_of_every_period(period: str) -> None:
    """There are 2,000 bars of each period up to a day, and all there are of longer ones, newest first, none twice."""
    bars = tape_of("btcusdt").latest_bars(period, 2000, NOW_MS)
    assert len(bars) == {"1week": 411, "1mon": 95, "1year": 8}.get(period, 2000)
    assert all(after.id > before.id for after, before in pairwise(bars))
    assert all(after.open == before.close for after, before in pairwise(bars))


def test_bars_of_a_span_are_ascending_and_bounded() -> None:
    """A span gives its bars oldest first, both ends included, no more than asked."""
    tape = tape_of("btcusdt")
    start = NOW_MS // 1000 // 3600 * 3600 - 36_000
    bars = tape.bars("60min", (start, start + 7200), 300, NOW_MS)
    assert [bar.id for bar in bars] == [start, start + 3600, start + 7200]
    assert len(tape.bars("1min", (start, NOW_MS // 1000), 300, NOW_MS)) == 300
    assert tape.bars("1min", (NOW_MS, NOW_MS + 60), 300, NOW_MS) == []


def test_trades_have_ids_that_grow() -> None:
    """Newest first, ids strictly fall, the synthetic ones and those that users caused together."""
    at = venue()
    place(at, "buy-market", "5000")
    trades = at.market("btcusdt").tape.recent(300, at.now())
    assert len(trades) == 300
    assert all(newer.id > older.id and newer.time_ms >= older.time_ms for newer, older in pairwise(trades))
