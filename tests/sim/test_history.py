"""The synthetic market's past: one story at every period, the same on every machine, for nothing."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hbtui.sim.cells import Cell, joined
from hbtui.sim.history import LEVELS, History
from hbtui.sim.periods import GENESIS_S, OFFSET_S, PERIODS, next_open, open_of, previous_open
from hbtui.sim.symbols import PAIRS

NOON = int(datetime(2025, 3, 12, 4, tzinfo=UTC).timestamp())
HISTORIES = {symbol: History(pair, 1) for symbol, pair in PAIRS.items()}

symbols = st.sampled_from(sorted(PAIRS))
moments = st.integers(GENESIS_S, NOON)


def minutes_of(history: History, start: int, end: int) -> list[Cell]:
    """The 1-minute cells between two seconds."""
    return [history.cell(60, (second + OFFSET_S) // 60) for second in range(start, end, 60)]


@settings(max_examples=40)
@given(symbols, moments, st.sampled_from(["5min", "15min", "30min", "60min", "4hour", "1day"]))
def test_every_period_is_its_minutes(symbol: str, moment: int, period: str) -> None:
    """A bar of any period up to a day is exactly what its 1-minute bars make together."""
    history = HISTORIES[symbol]
    start = open_of(period, moment)
    end = next_open(period, start)
    bar = history.bar(start, end)
    assert bar is not None
    assert bar[:7] == joined(minutes_of(history, start, end))[:7]


@settings(max_examples=6)
@given(symbols, moments)
def test_a_week_is_its_minutes(symbol: str, moment: int) -> None:
    """A week's bar, from Monday 00:00 GMT+8, is exactly what its 10,080 minutes make together."""
    history = HISTORIES[symbol]
    start = open_of("1week", moment)
    bar = history.bar(start, start + 7 * 86_400)
    assert bar is not None
    assert bar[:7] == joined(minutes_of(history, start, start + 7 * 86_400))[:7]


@settings(max_examples=10)
@given(symbols, moments, st.sampled_from(["1mon", "1year"]))
def test_months_and_years_are_their_days(symbol: str, moment: int, period: str) -> None:
    """A month's or a year's bar is exactly what its days make together."""
    history = HISTORIES[symbol]
    start = open_of(period, moment)
    end = next_open(period, start)
    days = [history.cell(86_400, (second + OFFSET_S) // 86_400) for second in range(start, end, 86_400)]
    bar = history.bar(start, end)
    assert bar is not None
    assert bar[:7] == joined(days)[:7]


def test_a_month_is_its_minutes() -> None:
    """Right down to the minutes: one whole month, checked against all 40,320 of them."""
    history = HISTORIES["dogeusdt"]
    start = open_of("1mon", int(datetime(2023, 2, 11, tzinfo=UTC).timestamp()))
    end = next_open("1mon", start)
    bar = history.bar(start, end)
    assert bar is not None
    assert bar[:7] == joined(minutes_of(history, start, end))[:7]


@given(symbols, moments)
def test_bars_chain(symbol: str, moment: int) -> None:
    """Each minute opens where the one before closed, across every boundary."""
    history = HISTORIES[symbol]
    start = max(GENESIS_S, moment // 60 * 60)
    cells = minutes_of(history, start, start + 1200)
    assert all(before.close == after.open for before, after in pairwise(cells))


@settings(max_examples=25)
@given(symbols, moments)
def test_trades_are_their_minute(symbol: str, moment: int) -> None:
    """The single trades of a minute make exactly its bar, so a bar watched live equals history's later answer."""
    history = HISTORIES[symbol]
    minute = moment // 60
    cell = history.cell(60, minute + OFFSET_S // 60)
    trades = history.minute_trades(minute)
    prices = [trade.price for trade in trades]
    volume = sum(trade.lots for trade in trades)
    turnover = sum(trade.lots * trade.price for trade in trades)
    assert (prices[0], max(prices), min(prices), prices[-1], volume, turnover, len(trades)) == cell[:7]


def test_the_same_in_another_process_and_in_any_order() -> None:
    """Another process that asks other things first, in another order, hears the same bars and trades."""
    code = (
        "from hbtui.sim.history import History\nfrom hbtui.sim.symbols import PAIRS\n"
        "h = History(PAIRS['ethusdt'], 7)\n"
        f"h.minute_trades({NOON // 60 - 5}); h.bar({NOON - 86400 * 40}, {NOON})\n"
        f"print([tuple(h.cell(60, {(NOON + OFFSET_S) // 60} - at)) for at in (900, 3, 40_000)], "
        f"h.minute_trades({NOON // 60}))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    history = History(PAIRS["ethusdt"], 7)
    trades = history.minute_trades(NOON // 60)
    cells = [tuple(history.cell(60, (NOON + OFFSET_S) // 60 - at)) for at in (900, 3, 40_000)]
    assert told.strip() == f"{cells} {trades}"


def test_a_seed_is_a_market_of_its_own() -> None:
    """Another seed tells another story, and so does another symbol."""
    stories = {
        History(PAIRS[symbol], seed).cell(60, 27_000_000) for symbol in ("btcusdt", "ethusdt") for seed in (1, 2)
    }
    assert len(stories) == 4


@pytest.mark.parametrize("symbol", ["btcusdt", "shibusdt", "ethbtc"])
def test_two_thousand_bars_cost_about_as_many_divisions(symbol: str) -> None:
    """The last 2,000 bars of any period come from a few thousand cells, and no year is ever unfolded for them."""
    for period, length in LEVELS.items():
        history = History(PAIRS[symbol], 1)
        for at in range(2000):
            history.cell(length, (NOON + OFFSET_S) // length - at)
        days, divisions = history._day.cache_info().misses, history._division.cache_info().misses
        assert days <= 2000, period
        assert divisions <= 2000, period


def test_prices_stay_plausible() -> None:
    """Over all the years every pair stays within a factor of two of its typical price, and never at zero."""
    for symbol, pair in PAIRS.items():
        for day in range(17_600, 20_700, 23):
            cell = HISTORIES[symbol].cell(86_400, day)
            assert pair.typical_ticks * 3 // 10 < cell.low < cell.high < pair.typical_ticks * 3


def test_minutes_are_calm() -> None:
    """A typical minute moves by a fraction of a percent, and none jumps as far as a day."""
    for history in HISTORIES.values():
        cells = minutes_of(history, NOON - 86_400, NOON)
        moves = sorted((cell.high - cell.low) / cell.open for cell in cells)
        assert moves[len(moves) // 2] < 0.006
        assert moves[-1] < 0.05


@pytest.mark.parametrize(
    ("period", "second", "opened"),
    [
        ("1day", "2017-07-05 03:00", "2017-07-04 16:00"),
        ("1day", "2024-02-29 15:59", "2024-02-28 16:00"),
        ("1day", "2024-02-29 16:00", "2024-02-29 16:00"),
        ("4hour", "2024-02-29 16:30", "2024-02-29 16:00"),
        ("60min", "2024-02-29 16:59", "2024-02-29 16:00"),
        ("1week", "2024-03-03 15:59", "2024-02-25 16:00"),
        ("1week", "2024-03-03 16:00", "2024-03-03 16:00"),
        ("1mon", "2024-03-31 15:59", "2024-02-29 16:00"),
        ("1mon", "2024-03-31 16:00", "2024-03-31 16:00"),
        ("1year", "2024-12-31 15:59", "2023-12-31 16:00"),
        ("1year", "2024-12-31 16:00", "2024-12-31 16:00"),
    ],
)
def test_boundaries_are_those_of_gmt_plus_8(period: str, second: str, opened: str) -> None:
    """Days, weeks (Monday), months and years begin at midnight of GMT+8, as HTX's kline page says."""
    moment, wanted = (int(datetime.fromisoformat(text + "+00:00").timestamp()) for text in (second, opened))
    assert open_of(period, moment) == wanted
    assert open_of(period, wanted) == wanted


@given(st.sampled_from(PERIODS), moments)
def test_boundaries_follow_one_another(period: str, moment: int) -> None:
    """The next opening comes back with ``previous_open``, and holds no other opening between."""
    opened = open_of(period, moment)
    after = next_open(period, opened)
    assert opened <= moment < after
    assert previous_open(period, after) == opened
    assert open_of(period, after - 1) == opened


def test_an_unknown_period_is_refused() -> None:
    """HTX has no two-hour bars."""
    with pytest.raises(ValueError, match="120min"):
        open_of("120min", NOON)


def test_months_begin_on_the_first() -> None:
    """Walking twelve months of openings visits each first of a month at midnight of GMT+8."""
    opened = open_of("1mon", NOON)
    for _ in range(14):
        local = datetime.fromtimestamp(opened, UTC) + timedelta(hours=8)
        assert (local.day, local.hour, local.minute) == (1, 0, 0)
        opened = next_open("1mon", opened)


def test_starting_costs_nothing() -> None:
    """Making all markets divides nothing: what is not asked for is never made."""
    made = [History(pair, 3) for pair in PAIRS.values()]
    assert all(history._division.cache_info().misses == 0 for history in made)
