"""The series that are kept while others are looked at."""

from hbtui.model.candle import Period
from hbtui.trading.looked_at import LookedAt

_MINUTE, _HOUR = Period.MINUTE, Period.HOURS_4


def test_the_one_not_looked_at_for_longest_is_dropped() -> None:
    """Eight are kept; looking at one makes it the newest, and a dropped one begins anew, no longer fresh."""
    kept = LookedAt()
    first, second = kept["btcusdt", _MINUTE], kept["btcusdt", _HOUR]
    kept.refresh(first)
    kept.refresh(second)
    assert kept["btcusdt", _MINUTE] is first
    for number in range(7):
        assert kept.has(second)
        kept[f"coin{number}usdt", _MINUTE]
    assert not kept.has(second)
    assert not kept.is_fresh(("btcusdt", _HOUR))
    assert kept.has(first)
    assert kept.is_fresh(("btcusdt", _MINUTE))
    assert kept["btcusdt", _HOUR] is not second


def test_a_stream_that_ends_leaves_the_bars_and_ages_them() -> None:
    """One stream or all of them: the series stays, and is not called fresh until it is loaded again."""
    kept = LookedAt()
    both = [kept["btcusdt", _MINUTE], kept["ethusdt", _MINUTE]]
    for end in (("btcusdt", _MINUTE), None):
        for series in both:
            kept.refresh(series)
        kept.age(end)
        assert [kept.is_fresh((series.symbol, series.period)) for series in both] == [False, end is not None]
        assert all(kept.has(series) for series in both)
