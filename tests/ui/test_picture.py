"""The whole chart, drawn without a screen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from hbtui.model.candle import Period
from hbtui.model.order import Side
from hbtui.trading.views import CandlesView
from hbtui.ui.charting.picture import Scene, draw_chart
from hbtui.ui.charting.window import ZOOMS, Sight
from tests.support.views import candles_view, instrument
from tests.ui.bars import START_MS, bars, pair, rising

SCENE = Scene(candles_view(), instrument(), zone=UTC)


def words(lines: Sequence[Sequence[tuple[str, str]]]) -> str:
    """Join runs to text."""
    return "\n".join("".join(run for run, _ in line).rstrip() for line in lines)


def drawn(scene: Scene, width: int = 72, height: int = 20) -> str:
    """Draw a scene as text."""
    return words(draw_chart(scene, width, height).lines)


def ink_of(scene: Scene, part: str) -> set[str]:
    """The inks of all runs that contain a text."""
    return {ink for line in draw_chart(scene, 72, 20).lines for run, ink in line if part in run}


@pytest.mark.parametrize("level", [ZOOMS.index((4, 1)), ZOOMS.index((1, 1)), ZOOMS.index((1, 2)), ZOOMS.index((1, 4))])
def test_the_chart_at_every_kind_of_zoom(level: int, snapshot: SnapshotAssertion) -> None:
    """What a person sees: several bars a column, one a cell, one with air, boxes."""
    assert drawn(replace(SCENE, sight=Sight(level))) == snapshot


def test_orders_gap_and_crosshair(snapshot: SnapshotAssertion) -> None:
    """Own orders have lines and labels, missing data a dotted column, the crosshair its bar's numbers and labels."""
    view = candles_view()
    cut = (*view.candles[:170], *view.candles[175:])
    scene = replace(
        SCENE,
        view=replace(view, candles=cut, gaps=((view.candles[170].open_ms, view.candles[175].open_ms),)),
        orders=((Decimal("0.0805"), Side.BUY), (Decimal("0.0815"), Side.SELL), (Decimal("0.07"), Side.BUY)),
        sight=Sight(cursor_ms=view.candles[190].open_ms, cursor_row=4),
    )
    assert drawn(scene) == snapshot


@pytest.mark.parametrize("place", ["between", "newest"])
@pytest.mark.parametrize("width", [30, 72])
def test_a_gap_is_named_beside_its_column(place: str, width: int) -> None:
    """Between two bars or behind the newest one: a dotted column, and how many bars are missing, in words."""
    view = rising(60)
    last_ms = view.candles[-1].open_ms
    if place == "between":
        cut = (*view.candles[:50], *view.candles[53:])
        view = replace(view, candles=cut, gaps=((view.candles[50].open_ms, view.candles[53].open_ms),))
    else:
        view = replace(view, gaps=((last_ms + 60_000, last_ms + 240_000),))
    for cursor in (None, last_ms):
        text = drawn(Scene(view, pair(), sight=Sight(cursor_ms=cursor), zone=UTC), width)
        assert ("gap: 3 bars being asked for" if width > 40 else "gap: 3 bars") in text
        assert "┊" in text
        assert ("09 Oct 09:59" in text) is (cursor is not None), "the crosshair is where it was"


@settings(max_examples=60)
@given(st.integers(0, 130), st.integers(0, 50), st.integers(0, len(ZOOMS) - 1), st.integers(0, 200))
def test_it_fits_whatever_the_room(width: int, height: int, level: int, cursor: int) -> None:
    """No line is wider than the pane, and there are never too many, down to no room at all."""
    view = SCENE.view
    sight = Sight(level, cursor_ms=view.candles[min(cursor, 199)].open_ms, cursor_row=cursor)
    lines = draw_chart(replace(SCENE, sight=sight), width, height).lines
    assert len(lines) <= max(1, height)
    assert all(cell_len("".join(run for run, _ in line)) <= max(1, width) for line in lines)


def test_the_last_price_is_marked_with_all_its_digits() -> None:
    """The label has the price of the forming bar, in the colour of its direction."""
    assert "►0.081230" in drawn(SCENE)
    last = SCENE.view.candles[-1]
    direction = "up" if last.close >= last.open else "down"
    assert f"label-{direction}" in ink_of(SCENE, "0.081230")


def test_prices_on_the_axis_are_whole_even_when_the_highest_has_more_digits() -> None:
    """A tick above 100,000 beside a last price below it is not cut."""
    scene = Scene(bars("99990 99999 99900 99950", "99950 99999 99900 99900", "99900 99999.5 99900 99990"), pair())
    text = drawn(scene, 40, 18)
    assert "100,000.00" in text
    assert all(not line.endswith((",", "100,0")) for line in text.splitlines())


def test_rise_and_fall_differ_without_colour() -> None:
    """The same body upwards is hollow, downwards filled."""
    rise, fall = bars("1 9 1 9", "1 9 1 9"), bars("9 9 1 1", "9 9 1 1")
    assert "║" in drawn(Scene(rise, pair()))
    assert "┃" not in drawn(Scene(rise, pair()))
    assert "┃" in drawn(Scene(fall, pair()))
    assert "║" not in drawn(Scene(fall, pair()))


def test_orders_out_of_sight_are_told_of() -> None:
    """An order far above or below is named in the corner, the nearest of several, with their number."""
    orders = ((Decimal("0.07"), Side.BUY), (Decimal("0.06"), Side.BUY), (Decimal("0.09"), Side.SELL))
    text = drawn(replace(SCENE, orders=orders))
    assert "▼ BUY 0.070000 +1" in text
    assert "▲ SELL 0.090000" in text


def test_own_orders_are_named_on_their_line() -> None:
    """Side in words and price on the axis, in the side's ink."""
    scene = replace(SCENE, orders=((Decimal("0.0805"), Side.BUY),))
    line = next(line for line in drawn(scene).splitlines() if "◂0.080500" in line)
    assert "BUY" in line
    assert ink_of(scene, "◂0.080500") == {"order-buy"}


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (CandlesView("dogeusdt", Period.MINUTE), "loading bars …"),
        (CandlesView("dogeusdt", Period.MINUTE, is_loading=False), "no bars"),
        (CandlesView("dogeusdt", Period.MINUTE, problem="HTX does not list [/x]"), "HTX does not list [/x]"),
        (replace(rising(5), is_stale=True), "stale  O 104.00"),
        (replace(rising(5), is_loading=True), "loading  O 104.00"),
    ],
)
def test_every_state_is_said_in_words(view: CandlesView, said: str) -> None:
    """Loading, empty, refused and stale are not left to colour; the exchange's words stand as they are."""
    assert said in drawn(Scene(view, pair()))


def test_too_small_a_pane_says_so() -> None:
    """Instead of an unreadable chart."""
    assert "too small" in drawn(SCENE, 18, 8)


def test_a_click_means_the_price_that_is_seen() -> None:
    """The row of the last-price label maps back to that price, within the height of a row."""
    picture = draw_chart(SCENE, 72, 20)
    assert picture.plot is not None
    y = next(y for y, line in enumerate(words(picture.lines).splitlines()) if "►" in line)
    row = picture.plot.row_at(y)
    assert row is not None
    scale = picture.plot.scale
    assert abs(scale.price_at(row) - Decimal("0.08123")) <= (scale.high - scale.low) / scale.rows


def test_volume_is_left_out_of_low_panes_only() -> None:
    """In ten lines prices have all the room; in eleven the volume is there, with its scale."""
    assert "█" not in drawn(SCENE, 72, 10)
    assert "█" in drawn(SCENE, 72, 11)
    assert "9.8K" in drawn(SCENE, 72, 20)


def test_the_crosshair_reads_its_own_bar_out() -> None:
    """The line above speaks of the bar under the crosshair, and the time axis of its time."""
    scene = Scene(rising(30), pair(), sight=Sight(cursor_ms=START_MS + 600_000), zone=UTC)
    text = drawn(scene)
    assert text.startswith("O 110.00  H 112.00  L 109.00  C 111.00  V 10  ▲ 0.91%")
    assert "09 Oct 09:10" in text.splitlines()[-1]


def test_averages_stand_in_the_read_out_with_their_own_inks() -> None:
    """MA7 of the last bar is exact; MA25 is left out until there are 25 bars."""
    scene = Scene(rising(20), pair())
    text = drawn(scene, 100)
    assert "MA7 117.00" in text
    assert "MA25" not in text
    assert ink_of(Scene(rising(30), pair()), "MA7") == {"average-fast"}


@pytest.mark.parametrize("index", range(150, 200, 3))
def test_the_crosshairs_time_leaves_no_half_of_another_beside_it(index: int) -> None:
    """A label of the axis stands whole or not at all: cut, it would be read as another time."""
    sight = Sight(cursor_ms=SCENE.view.candles[index].open_ms, cursor_row=4)
    axis = draw_chart(replace(SCENE, sight=sight), 72, 20).lines[-1]
    plain = {label for run, _ in draw_chart(SCENE, 72, 20).lines[-1] for label in run.split()}
    beside = {label for run, ink in axis if not ink.startswith("label") for label in run.split()}
    assert beside <= plain
    assert any(ink == "label-cursor" for _, ink in axis)
