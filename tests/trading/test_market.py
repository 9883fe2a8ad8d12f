"""Bounded series, the tape, small lines, and prices that follow every tick."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.book import Quote, Trade
from hbtui.model.candle import Candle, Period
from hbtui.model.order import Side
from hbtui.trading.market import Closes, Series, Tape, merged_quote, ticked_quote
from tests.support.trading_values import NOW_MS, bar

MINUTE_MS = 60_000
START_MS = Period.MINUTE.open_ms(NOW_MS)


def minute(number: int, close: str = "0.1", trades: int = 1) -> Candle:
    """Make the bar of some minute."""
    return bar(START_MS + number * MINUTE_MS, close, trades)


def trade(number: int, price: str = "0.1", at_ms: int = 0, amount: str = "2") -> Trade:
    """Make a public trade."""
    return Trade("dogeusdt", number, Decimal(price), Decimal(amount), Side.BUY, NOW_MS + at_ms)


def series(*candles: Candle, period: Period = Period.MINUTE) -> Series:
    """Make a loaded series."""
    made = Series("dogeusdt", period)
    made.load(candles)
    return made


def test_a_tick_replaces_the_forming_bar_and_a_new_one_follows() -> None:
    """Ticks of one bar replace it; the next bar is appended, and no bar is asked for."""
    bars = series(minute(0), minute(1))
    assert not bars.apply(minute(1, "0.2", 2))
    assert not bars.apply(minute(2, "0.3"))
    assert [one.close for one in bars.bars] == [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]
    assert bars.last == minute(2, "0.3")
    assert list(bars.gaps) == []


def test_a_jump_is_a_gap_until_it_is_answered() -> None:
    """A tick that jumps leaves a gap to ask for; the answer closes it, whether it has bars for it or not."""
    bars = series(minute(0))
    assert bars.apply(minute(4))
    assert list(bars.gaps) == [(START_MS + MINUTE_MS, START_MS + 4 * MINUTE_MS)]
    assert not bars.apply(minute(4, "0.2", 2))
    bars.load([minute(0), minute(2), minute(4)])
    assert list(bars.gaps) == []
    assert [one.open_ms for one in bars.bars] == [START_MS + number * MINUTE_MS for number in (0, 2, 4)]


def test_an_answer_that_ends_too_early_closes_no_gap() -> None:
    """Bars that do not reach over the gap leave it open."""
    bars = series(minute(0))
    bars.apply(minute(4))
    bars.load([minute(0), minute(1)])
    assert len(bars.gaps) == 1


def test_bars_that_are_not_joined_to_the_answer_are_let_go() -> None:
    """After an outage longer than an answer reaches, no hole is drawn over: what lies before it is brought anew."""
    for first_tick in (False, True):
        bars = series(minute(0), minute(1))
        bars.put_before([minute(-2), minute(-1)])
        bars.is_at_beginning = True
        if first_tick:
            assert bars.apply(minute(5000))
        bars.load([minute(number) for number in range(3001, 5001)])
        assert [bars.bars[0], bars.bars[-1], len(bars.bars)] == [minute(3001), minute(5000), 2000]
        assert (bars.gaps, bars.is_at_beginning) == ((), False)


def test_bars_that_follow_each_other_stay_however_few_an_answer_has() -> None:
    """An answer that begins within, or right behind, what is known takes nothing away."""
    for first in (1, 2):
        bars = series(minute(0), minute(1))
        bars.put_before([minute(-2), minute(-1)])
        bars.load([minute(number) for number in range(first, 9)])
        assert [one.open_ms for one in bars.bars] == [minute(number).open_ms for number in range(-2, 9)]


def test_what_nobody_heard_is_a_gap_until_the_exchange_is_asked() -> None:
    """From the last bar's end to the bar that is forming; none where that one is known, nor where nothing is."""
    bars = series(minute(0), minute(1))
    bars.expect_until(minute(1).open_ms + 59_000)
    assert list(bars.gaps) == []
    bars.expect_until(minute(5).open_ms + 7)
    assert list(bars.gaps) == [(minute(2).open_ms, minute(5).open_ms)]
    bars.load([minute(0), minute(1)])
    assert list(bars.gaps) == [], "the exchange has none"
    fresh = Series("dogeusdt", Period.MINUTE)
    fresh.expect_until(minute(5).open_ms)
    assert list(fresh.gaps) == []


def test_an_old_answer_does_not_take_back_a_newer_tick() -> None:
    """Of two tellings of one bar the one with more trades stands; the stream may be ahead of the answer."""
    bars = series()
    bars.apply(minute(1, "0.3", trades=9))
    bars.load([minute(0), minute(1, "0.2", trades=5)])
    assert bars.last == minute(1, "0.3", trades=9)
    bars.load([minute(1, "0.4", trades=12)])
    assert bars.last == minute(1, "0.4", trades=12)


def test_a_late_correction_of_an_old_bar_is_taken() -> None:
    """A tick of an older bar corrects it in its place, and one that was missing is put in order."""
    bars = series(minute(0), minute(2))
    bars.apply(minute(0, "0.5", 7))
    bars.apply(minute(1, "0.6"))
    assert [one.close for one in bars.bars] == [Decimal("0.5"), Decimal("0.6"), Decimal("0.1")]


def test_a_series_is_bounded() -> None:
    """However long it runs, at most 2,000 bars are shown and little more is kept."""
    bars = series()
    for number in range(5000):
        bars.apply(minute(number))
    assert len(bars.bars) == 2000
    assert len(bars._bars) <= 2200
    assert bars.bars[-1] == minute(4999)


def test_one_second_bars_grow_from_trades() -> None:
    """Trades of one second become one bar with open, high, low, close and volumes; empty seconds are no gap."""
    bars = Series("dogeusdt", Period.SECOND)
    bars.add_trades([trade(1, "0.10"), trade(2, "0.12", 100), trade(3, "0.09", 200), trade(4, "0.11", 5000)])
    first, second = bars.bars
    assert (first.open, first.high, first.low, first.close) == (
        Decimal("0.10"),
        Decimal("0.12"),
        Decimal("0.09"),
        Decimal("0.09"),
    )
    assert (first.base_volume, first.quote_volume, first.trades) == (Decimal(6), Decimal("0.62"), 3)
    assert second.open_ms - first.open_ms == 5000
    assert list(bars.gaps) == []
    bars.add_trades([trade(5, "0.2", 300)])
    assert bars.bars[0].high == Decimal("0.2")


prices = st.decimals(min_value=Decimal("0.01"), max_value=10, places=4)


@given(st.lists(st.tuples(prices, st.integers(min_value=0, max_value=20_000)), min_size=1, max_size=60))
def test_bars_from_trades_add_up(made: list[tuple[Decimal, int]]) -> None:
    """Whatever the trades, the bars are sound, in order, each second once, and hold every trade."""
    bars = Series("dogeusdt", Period.SECOND)
    bars.add_trades(trade(number, str(price), at_ms) for number, (price, at_ms) in enumerate(made))
    opens = [one.open_ms for one in bars.bars]
    assert opens == sorted(set(opens))
    assert all(one.is_sound() for one in bars.bars)
    assert sum(one.trades for one in bars.bars) == len(made)
    assert sum(one.base_volume for one in bars.bars) == 2 * len(made)


@given(st.permutations(list(range(12))))
def test_the_order_of_ticks_and_answers_does_not_matter_for_closed_bars(order: list[int]) -> None:
    """Bars that arrive in any order end in one series."""
    bars = series()
    for number in order:
        bars.apply(minute(number, trades=number + 1))
    assert bars.bars == tuple(minute(number, trades=number + 1) for number in range(12))


def test_the_tape_knows_each_trade_once() -> None:
    """A trade that the venue repeats on subscription is not printed again."""
    tape = Tape()
    assert tape.add([trade(1), trade(2, at_ms=1)]) == [trade(1), trade(2, at_ms=1)]
    assert tape.add([trade(2, at_ms=1), trade(3, at_ms=2)]) == [trade(3, at_ms=2)]
    assert [one.trade_id for one in tape.newest_first] == [3, 2, 1]


def test_late_trades_find_their_place() -> None:
    """Older trades that come after newer ones (a REST answer behind the stream) are put where they belong."""
    tape = Tape()
    tape.add([trade(9, at_ms=900)])
    tape.add([trade(1, at_ms=100), trade(2, at_ms=200)])
    assert [one.trade_id for one in tape.newest_first] == [9, 2, 1]


def test_the_tape_is_bounded() -> None:
    """The tape keeps the last 200 trades and remembers a bounded number of ids."""
    tape = Tape()
    for number in range(20_000):
        tape.add([trade(number, at_ms=number)])
    assert len(tape.newest_first) == 200
    assert len(tape._known) <= 8000
    assert tape.add([trade(19_999, at_ms=19_999)]) == []


def test_a_quote_keeps_what_a_telling_leaves_out() -> None:
    """A telling without bid and ask does not take them away, and an older one takes back no newer price."""
    known = Quote(symbol="dogeusdt", last=Decimal("0.1"), bid=Decimal("0.09"), ts_ms=5)
    newer = merged_quote(known, Quote(symbol="dogeusdt", last=Decimal("0.2"), ts_ms=6))
    assert (newer.last, newer.bid, newer.ts_ms) == (Decimal("0.2"), Decimal("0.09"), 6)
    older = merged_quote(newer, Quote(symbol="dogeusdt", last=Decimal("0.3"), open=Decimal("0.05"), ts_ms=1))
    assert (older.last, older.open, older.ts_ms) == (Decimal("0.2"), Decimal("0.05"), 6)
    assert merged_quote(None, known) is known


def test_the_last_price_follows_ticks() -> None:
    """A tick moves last, high and low; an older tick and the same price move nothing."""
    known = Quote(symbol="dogeusdt", last=Decimal("0.1"), high=Decimal("0.2"), low=Decimal("0.09"), ts_ms=5)
    up = ticked_quote(known, "dogeusdt", Decimal("0.3"), 6)
    assert (up.last, up.high, up.low) == (Decimal("0.3"), Decimal("0.3"), Decimal("0.09"))
    down = ticked_quote(up, "dogeusdt", Decimal("0.01"), 7)
    assert (down.high, down.low) == (Decimal("0.3"), Decimal("0.01"))
    assert ticked_quote(down, "dogeusdt", Decimal("0.5"), 6) is down
    assert ticked_quote(down, "dogeusdt", Decimal("0.01"), 9) is down
    assert ticked_quote(None, "dogeusdt", Decimal(1), 9).high is None


def test_small_lines_follow_the_price() -> None:
    """A small line waits for its bars, then its last point moves, and a new hour begins a new point."""
    closes = Closes(Period.HOUR, 3)
    closes.follow(Decimal(9), NOW_MS)
    assert list(closes.prices) == []
    hour_ms = Period.HOUR.open_ms(NOW_MS)
    closes.load([bar(hour_ms - 3_600_000, "1"), bar(hour_ms, "2")])
    closes.follow(Decimal(3), NOW_MS)
    assert list(closes.prices) == [Decimal(1), Decimal(3)]
    closes.follow(Decimal(4), hour_ms + 3_600_000)
    closes.follow(Decimal(5), hour_ms + 7_200_000)
    assert list(closes.prices) == [Decimal(3), Decimal(4), Decimal(5)]
