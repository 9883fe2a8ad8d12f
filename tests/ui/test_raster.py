"""The grid of characters."""

from hbtui.ui.charting.raster import Raster


def test_cells_outside_are_left_out() -> None:
    """Drawing over the edge neither fails nor comes in on the other side."""
    raster = Raster(3, 2)
    for x, y in ((-1, 0), (3, 0), (0, -1), (0, 2)):
        raster.put(x, y, "x", "up")
        raster.fill(x, y, "x", "up")
        assert raster.glyph(x, y) == ""
    raster.write(1, 1, "abcd", "up")
    assert raster.text() == "\n ab"


def test_filling_keeps_what_is_there() -> None:
    """Grid and averages go behind candles."""
    raster = Raster(2, 1)
    raster.put(0, 0, "┃", "up")
    raster.fill(0, 0, "─", "grid")
    raster.fill(1, 0, "─", "grid")
    assert raster.text() == "┃─"
    assert not raster.is_free(1, 0)
    spaced = Raster(3, 1)
    spaced.write(0, 0, "a b", "up")
    spaced.fill(1, 0, "─", "grid")
    assert spaced.text() == "a b"


def test_runs_join_equal_inks_and_blanks() -> None:
    """Few runs a row: empty cells go with what stands before them."""
    raster = Raster(6, 1)
    raster.put(0, 0, "a", "up")
    raster.put(2, 0, "b", "up")
    raster.put(4, 0, "c", "down")
    assert raster.runs(0) == [("a b ", "up"), ("c ", "down")]


def test_a_label_does_not_bleed_into_the_blank_behind_it() -> None:
    """A label has a ground of its own, so the empty cells behind it are not part of it; its own blanks are."""
    raster = Raster(6, 1)
    raster.write(0, 0, "1 2", "label-up")
    assert raster.runs(0) == [("1 2", "label-up"), ("   ", "")]
