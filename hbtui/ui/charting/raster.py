"""A grid of characters with an ink each, given out as runs of equal ink."""

__all__ = ["Raster"]


class Raster:
    """``width`` × ``height`` cells; what is drawn later covers what was there, unless it keeps to empty cells."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._glyphs = [[" "] * width for _ in range(height)]
        self._inks = [[""] * width for _ in range(height)]

    def put(self, x: int, y: int, glyph: str, ink: str) -> None:
        """Set a cell; one outside the grid is left out."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._glyphs[y][x] = glyph
            self._inks[y][x] = ink

    def fill(self, x: int, y: int, glyph: str, ink: str) -> None:
        """Set a cell only where nothing is drawn yet; a blank that was written is something."""
        if 0 <= x < self.width and 0 <= y < self.height and self.is_free(x, y):
            self._glyphs[y][x] = glyph
            self._inks[y][x] = ink

    def glyph(self, x: int, y: int) -> str:
        """What stands in a cell, or nothing outside the grid."""
        return self._glyphs[y][x] if 0 <= x < self.width and 0 <= y < self.height else ""

    def is_free(self, x: int, y: int) -> bool:
        """Whether nothing is drawn in a cell of the grid."""
        return self._glyphs[y][x] == " " and not self._inks[y][x]

    def write(self, x: int, y: int, text: str, ink: str) -> None:
        """Set cells from a text of single-width characters."""
        for offset, glyph in enumerate(text):
            self.put(x + offset, y, glyph, ink)

    def runs(self, y: int) -> list[tuple[str, str]]:
        """A row as runs of equal ink; an empty cell joins the run before it, unless that is a label with a ground."""
        glyphs, inks = self._glyphs[y], self._inks[y]
        runs: list[tuple[str, str]] = []
        start, ink = 0, inks[0] if inks else ""
        for x in range(1, self.width):
            joins = glyphs[x] == " " and not inks[x] and not ink.startswith("label")
            if inks[x] != ink and not joins:
                runs.append(("".join(glyphs[start:x]), ink))
                start, ink = x, inks[x]
        runs.append(("".join(glyphs[start:]), ink))
        return runs

    def text(self) -> str:
        """All rows without ink."""
        return "\n".join("".join(row).rstrip() for row in self._glyphs)
