"""Moving averages, exact."""

from decimal import Decimal
from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from hbtui.ui.charting.averages import moving_average
from tests.ui.bars import bar

CLOSES = st.lists(st.decimals(min_value="0.01", max_value=100_000, places=2), max_size=60)


def test_an_average_needs_its_whole_length() -> None:
    """Where not as many bars came before, there is no average rather than a wrong one."""
    candles = [bar(n, f"{n} {n} {n} {n}") for n in range(1, 6)]
    assert moving_average(candles, 3, range(5)) == {2: Decimal(2), 3: Decimal(3), 4: Decimal(4)}
    assert moving_average(candles, 6, range(5)) == {}


@given(CLOSES, st.integers(1, 30), st.integers(1, 5))
def test_it_is_the_mean_of_the_last_closes_in_any_stride(closes: list[Decimal], length: int, stride: int) -> None:
    """Running sums and single sums agree with the definition, for bars one by one and for every so many."""
    candles = [bar(n, f"{close} {close} {close} {close}") for n, close in enumerate(closes)]
    averages = moving_average(candles, length, range(0, len(closes), stride))
    assert set(averages) == {index for index in range(0, len(closes), stride) if index >= length - 1}
    for index, average in averages.items():
        assert abs(average - mean(closes[index - length + 1 : index + 1])) < Decimal("1e-20")
