"""Where bars begin: at midnight of GMT+8 for days and longer (HTX docs, kline)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbtui.model.candle import VENUE_ZONE, Candle, Period

times = st.integers(min_value=1_262_304_000_000, max_value=4_102_444_800_000)
periods = st.sampled_from(list(Period))


def utc_ms(text: str) -> int:
    """Read an ISO time of UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("period", "time", "opens"),
    [
        (Period.SECOND, "2024-05-08T13:37:42", "2024-05-08T13:37:42"),
        (Period.MINUTES_15, "2024-05-08T13:37:42", "2024-05-08T13:30:00"),
        (Period.HOURS_4, "2024-05-08T15:59:59", "2024-05-08T12:00:00"),
        (Period.DAY, "2024-05-08T15:59:59", "2024-05-07T16:00:00"),
        (Period.DAY, "2024-05-08T16:00:00", "2024-05-08T16:00:00"),
        (Period.DAY, "2017-07-05T02:00:00", "2017-07-04T16:00:00"),
        (Period.WEEK, "2024-05-05T15:59:59", "2024-04-28T16:00:00"),
        (Period.WEEK, "2024-05-05T16:00:00", "2024-05-05T16:00:00"),
        (Period.MONTH, "2024-02-29T15:59:59", "2024-01-31T16:00:00"),
        (Period.MONTH, "2024-02-29T16:00:00", "2024-02-29T16:00:00"),
        (Period.YEAR, "2023-12-31T15:59:59", "2022-12-31T16:00:00"),
        (Period.YEAR, "2023-12-31T16:00:00", "2023-12-31T16:00:00"),
    ],
)
def test_boundaries(period: Period, time: str, opens: str) -> None:
    """Each boundary lies where the venue has it: days, weeks, months and years turn at 16:00 UTC."""
    assert period.open_ms(utc_ms(time)) == utc_ms(opens)


@given(periods, times)
def test_every_time_lies_in_its_bar(period: Period, time_ms: int) -> None:
    """A time is inside the bar that it opens to, a bar's opening is its own, and the next bar begins where it ends."""
    opens = period.open_ms(time_ms)
    following = period.next_open_ms(opens)
    assert opens <= time_ms < following
    assert period.open_ms(opens) == opens
    assert period.open_ms(following) == following
    assert period.open_ms(following - 1) == opens


@given(times)
def test_longer_bars_begin_with_shorter_ones(time_ms: int) -> None:
    """The opening of a day is one of each shorter period, and a week, month or year opens with a day."""
    day = Period.DAY.open_ms(time_ms)
    for period in (Period.SECOND, Period.MINUTE, Period.MINUTES_30, Period.HOUR, Period.HOURS_4):
        assert period.open_ms(day) == day
    for period in (Period.WEEK, Period.MONTH, Period.YEAR):
        opens = period.open_ms(time_ms)
        assert Period.DAY.open_ms(opens) == opens
        assert datetime.fromtimestamp(opens / 1000, VENUE_ZONE).hour == 0


def test_only_seconds_are_built_here() -> None:
    """The venue serves every period but the one-second bars."""
    assert [period for period in Period if not period.is_from_venue] == [Period.SECOND]


@pytest.mark.parametrize(
    ("prices", "is_sound"),
    [
        (("2", "3", "1", "2"), True),
        (("2", "2", "2", "2"), True),
        (("2", "3", "1", "4"), False),
        (("2", "3", "2.5", "2"), False),
        (("0", "0", "0", "0"), False),
    ],
)
def test_soundness(prices: tuple[str, str, str, str], *, is_sound: bool) -> None:
    """A bar whose prices cannot belong together is known."""
    first, high, low, close = (Decimal(price) for price in prices)
    assert Candle(0, first, high, low, close, Decimal(1), Decimal(1), 1).is_sound() is is_sound


def test_opening_time_is_aware() -> None:
    """The opening time says its zone."""
    price = Decimal(1)
    bar = Candle(1_700_000_000_000, price, price, price, price, price, price, 1)
    assert bar.opened_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
