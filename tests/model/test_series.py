"""Series: the grid, what is missing on it, and which bars can be believed."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import Candle, Period
from hbtui.model.series import Series, Span, finished, is_unbroken, missing, opens_between, sound_and_aside, without

MINUTE = 60_000
START = 1_700_000_040_000
PERIODS = [period for period in Period if period.is_from_venue]


def bar(at_ms: int = START, **changes: object) -> Candle:
    """A sound bar."""
    one = Decimal(1)
    candle = Candle(at_ms, one, Decimal(2), Decimal("0.5"), one, Decimal(10), Decimal(11), 3)
    return candle._replace(**changes)  # type: ignore[arg-type]  # the test names the fields


@given(st.sampled_from(PERIODS), st.integers(1_500_000_000_000, 1_900_000_000_000), st.integers(0, 400))
def test_every_opening_time_of_a_span_lies_on_the_grid_within_it(period: Period, start_ms: int, bars: int) -> None:
    """The grid of a span is rising, starts at or after its start, and leaves no bar out."""
    span = Span(start_ms, start_ms + bars * period.seconds * 1000)
    opens = list(opens_between(period, span))
    assert all(span.start_ms <= at < span.end_ms and period.open_ms(at) == at for at in opens)
    assert all(period.next_open_ms(one) == other for one, other in itertools.pairwise(opens))
    if bars:
        assert abs(len(opens) - bars) <= max(1, bars // 20)


@given(st.sampled_from([Period.MINUTE, Period.WEEK, Period.MONTH]), st.data())
def test_what_is_missing_and_what_is_there_make_up_the_grid(period: Period, data: st.DataObject) -> None:
    """Present bars and the stretches that are missing share nothing, and together are the whole grid."""
    grid = list(opens_between(period, Span(START, START + 60 * period.seconds * 1000)))
    span = Span(grid[0], period.next_open_ms(grid[-1]))
    present = sorted(data.draw(st.sets(st.sampled_from(grid))))
    holes = [at for hole in missing(period, span, present) for at in opens_between(period, hole)]
    assert sorted([*present, *holes]) == grid


def test_a_span_that_begins_between_two_bars_misses_nothing_before_its_first_bar() -> None:
    """Half a minute before the first whole one is no missing bar."""
    span = Span(START + 30_000, START + 3 * MINUTE)
    assert missing(Period.MINUTE, span, [START + MINUTE, START + 2 * MINUTE]) == []


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=6))
def test_what_is_left_of_a_span_shares_nothing_with_what_was_taken(parts: list[tuple[int, int]]) -> None:
    """Taking stretches away leaves exactly the numbers that are in none of them."""
    taken = [Span(start, start + length) for start, length in parts]
    left = without(Span(5, 45), taken)
    numbers = {number for span in left for number in range(span.start_ms, span.end_ms)}
    assert numbers == {n for n in range(5, 45) if not any(one.start_ms <= n < one.end_ms for one in taken)}


def test_a_cut_is_what_two_spans_share() -> None:
    """Overlap is cut out, and spans that only touch share nothing."""
    assert Span(0, 10).cut(Span(5, 20)) == Span(5, 10)
    assert Span(0, 10).cut(Span(10, 20)) is None


def test_a_series_is_called_by_symbol_and_period() -> None:
    """Sentences name a series the way a person types it."""
    assert str(Series("dogeusdt", Period.HOURS_4)) == "dogeusdt 4hour"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"open_ms": START + 1000}, "its time is not on the period's grid"),
        ({"open_ms": START + 90_000}, "its time is not on the period's grid"),
        ({"open_ms": -MINUTE}, "its time is not on the period's grid"),
        ({"low": Decimal("1.5")}, "its prices contradict each other"),
        ({"high": Decimal("0.9")}, "its prices contradict each other"),
        ({"low": Decimal(0)}, "its prices contradict each other"),
        ({"close": Decimal("NaN")}, "a price is no number"),
        ({"high": Decimal("Infinity")}, "a price is no number"),
        ({"base_volume": Decimal(-1)}, "a volume is no number, or negative"),
        ({"quote_volume": Decimal("NaN")}, "a volume is no number, or negative"),
        ({"trades": -1}, "a volume is no number, or negative"),
    ],
)
def test_what_cannot_be_a_bar_is_kept_aside_with_the_reason(changes: dict[str, object], reason: str) -> None:
    """Each kind of impossible bar is told apart in words wherever it stands, and the sound one beside it is kept."""
    odd = bar(START, **changes)
    for told in itertools.permutations([bar(START + MINUTE), odd]):
        sound, aside = sound_and_aside(Period.MINUTE, told)
        assert sound == [bar(START + MINUTE)]
        assert aside == [(odd, reason)]


_FAULTS: list[dict[str, object]] = [
    {name: Decimal(word)}
    for name in ("open", "high", "low", "close", "base_volume", "quote_volume")
    for word in ("NaN", "Infinity", "-Infinity", "-1", "0.4", "3")
]


@given(st.sampled_from([Period.MINUTE, Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR]), st.data())
def test_bars_that_come_in_order_are_judged_like_those_that_do_not(period: Period, data: st.DataObject) -> None:
    """Rising bars, which are looked at all together, are split exactly as the same bars told newest first."""
    grid = list(opens_between(period, Span(START, START + 20 * period.seconds * 1000)))
    opens = data.draw(st.lists(st.sampled_from(grid), min_size=2, unique=True).map(sorted))
    told = [bar(at) for at in opens]
    for at in data.draw(st.sets(st.integers(0, len(told) - 1), max_size=2)):
        odd = st.one_of(st.sampled_from(_FAULTS), st.just({"open_ms": told[at].open_ms + 1}), st.just({"trades": -1}))
        told[at] = told[at]._replace(**data.draw(odd))
    sound, aside = sound_and_aside(period, told)
    assert (sound, set(map(str, aside))) == ((other := sound_and_aside(period, told[::-1]))[0], set(map(str, other[1])))


def test_bars_between_which_one_is_missing_are_not_unbroken() -> None:
    """Times that follow each other are one stretch, and those of months are counted one by one."""
    assert is_unbroken(Period.MINUTE, [START, START + MINUTE])
    assert not is_unbroken(Period.MINUTE, [START, START + 2 * MINUTE])
    assert not is_unbroken(Period.MONTH, list(opens_between(Period.MONTH, Span(START, START + 90 * 86_400_000))))


def test_only_finished_bars_are_final() -> None:
    """A bar is final from five seconds after its end on, in whatever order bars were told."""
    told = [bar(START + MINUTE), bar()]
    last_ms = START + 2 * MINUTE + 5_000
    assert list(finished(Period.MINUTE, told, last_ms)) == told
    assert list(finished(Period.MINUTE, told, last_ms - 1)) == [bar()]


def test_bars_come_out_rising_and_once() -> None:
    """HTX tells the newest first by REST; equal bars told twice are one."""
    sound, aside = sound_and_aside(Period.MINUTE, [bar(START + MINUTE), bar(), bar()])
    assert sound == [bar(), bar(START + MINUTE)]
    assert aside == []


def test_of_two_stories_about_one_bar_neither_is_believed() -> None:
    """Two bars of one time with different numbers are both kept aside."""
    other = bar(close=Decimal("1.1"))
    sound, aside = sound_and_aside(Period.MINUTE, [bar(), other, bar(START + MINUTE)])
    assert sound == [bar(START + MINUTE)]
    assert {candle for candle, _ in aside} == {bar(), other}
