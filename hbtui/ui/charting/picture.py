"""The whole candle chart as lines of runs: read-out, grid, candles, averages, volume, orders, axes and crosshair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.model.order import Side
from hbtui.trading.views import CandlesView
from hbtui.ui import text
from hbtui.ui.charting.averages import moving_average
from hbtui.ui.charting.axis import price_ticks, time_label, time_ticks
from hbtui.ui.charting.bars import draw_candle, draw_volume
from hbtui.ui.charting.plot import Plot
from hbtui.ui.charting.raster import Raster
from hbtui.ui.charting.readout import read_out
from hbtui.ui.charting.scale import PriceScale
from hbtui.ui.charting.window import Column, Sight, columns_of, missing_bars

__all__ = ["AVERAGES", "Picture", "Scene", "draw_chart", "gap_words", "plot_columns"]

AVERAGES = ((7, "average-fast"), (25, "average-slow"))
"""Length and ink of each moving average."""

OrderPrices = tuple[tuple[Decimal, Side], ...]
Runs = list[tuple[str, str]]

_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
_MARGIN = 1  # a free cell between the newest bar and the axis
_THIRDS = "▔─▁"
_LOADING = "loading older bars…"
_BEGINNING = "the exchange's bars begin here"


@dataclass(frozen=True, slots=True)
class Picture:
    """The lines, and where things are on them (``None`` where there is nothing to point at)."""

    lines: Sequence[Sequence[tuple[str, str]]]
    plot: Plot | None = None


def plot_columns(width: int, axis_width: int, sight: Sight) -> int:
    """How many columns find room beside the price axis."""
    return max(1, (width - axis_width - _MARGIN) // sight.zoom.cells)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a chart shows."""

    view: CandlesView
    instrument: Instrument | None = None
    orders: OrderPrices = ()
    sight: Sight = field(default_factory=Sight)
    zone: tzinfo | None = None
    is_waiting: bool = False
    """Whether older bars were asked for and have not come yet."""


def draw_chart(scene: Scene, width: int, height: int) -> Picture:
    """Draw a scene into ``width`` × ``height`` cells; where there is nothing to draw, say why in words."""
    if not scene.view.candles or width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        return Picture(_in_words(scene.view, width, height))
    drawing = _Drawing(scene, width, height)
    return Picture(drawing.lines(), drawing.plot)


def _in_words(view: CandlesView, width: int, height: int) -> list[Runs]:
    if view.problem:
        words, ink = view.problem, "warning"
    elif view.candles:
        words, ink = "too small for a chart", "muted"
    else:
        words, ink = ("loading bars …" if view.is_loading else "no bars"), "muted"
    return [[(line, ink)] for line in text.in_the_middle(words, width, height)]


class _Drawing:
    """One chart being drawn; every method adds a layer."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        view, sight = scene.view, scene.sight
        self.view, self.instrument, self.zone = view, scene.instrument, scene.zone
        self.sight, self.orders = sight, scene.orders
        self.is_waiting = scene.is_waiting or view.is_loading_older
        self.width, self.height = width, height
        last = view.candles[-1].close
        # only what may be seen is walked: there may be 100,000 bars; a tick above the highest may have one more digit
        seen = columns_of(view, sight, plot_columns(width, 0, sight))
        highest = max(column.high for column in seen if column is not None) * Decimal("1.05")
        self.tick = scene.instrument.tick_size if scene.instrument else Decimal(1).scaleb(-text_places(last))
        self.axis_width = max(len(self._price(last)), len(self._price(highest))) + 2
        cells = sight.zoom.cells
        count = plot_columns(width, self.axis_width, sight)
        columns = seen[-count:]
        self.volume_rows = 0 if height < 11 else max(2, min(6, height // 6))
        rows = height - 2 - self.volume_rows
        known = [column for column in columns if column is not None]
        scale = PriceScale.around(min(c.low for c in known), max(c.high for c in known), rows, self.tick)
        left = (count - len(columns)) * cells
        self.plot = Plot(scale, columns, cells, left, 1)
        self.right = count * cells + _MARGIN
        self.raster = Raster(width, height)
        self.known = known
        indices = [column.last_index for column in known]
        self.averages = {length: moving_average(view.candles, length, indices) for length, _ in AVERAGES}

    def lines(self) -> list[Runs]:
        """Draw everything, the later over the earlier."""
        self._draw_bars()
        self._draw_crosshair()
        self._draw_averages()
        self._tell_of_beginning()
        self._tell_of_gap()
        self._draw_orders()
        self._draw_price_axis()
        self._draw_last()
        self._draw_time_axis()
        self._label_crosshair()
        return [self._read_out(), *(self.raster.runs(y) for y in range(1, self.height))]

    def _price(self, price: Decimal) -> str:
        return text.grouped(price, self.instrument.price_precision if self.instrument else text_places(price))

    def _xs(self) -> list[tuple[int, Column | None]]:
        plot = self.plot
        return [(plot.left + index * plot.cells, column) for index, column in enumerate(plot.columns)]

    def _draw_bars(self) -> None:
        most = max(column.base_volume for column in self.known)
        bottom = self.height - 2
        for x, column in self._xs():
            if column is None:
                for y in range(1, bottom + 1):
                    self.raster.put(x, y, "┊", "warning")
                continue
            draw_candle(self.raster, column, x, top=self.plot.top, cells=self.plot.cells, scale=self.plot.scale)
            if self.volume_rows:
                draw_volume(
                    self.raster, column, x, bottom=bottom, rows=self.volume_rows, cells=self.plot.cells, most=most
                )

    def _draw_averages(self) -> None:
        scale = self.plot.scale
        for length, ink in AVERAGES:
            averages = self.averages[length]
            for x, column in self._xs():
                average = averages.get(column.last_index) if column is not None else None
                if average is None or not scale.holds(average):
                    continue
                third = scale.part(average, 3)
                for offset in range(self.plot.cells):
                    self._draw_over(x + offset, self.plot.top + third // 3, _THIRDS[third % 3], ink)

    def _draw_over(self, x: int, y: int, glyph: str, ink: str) -> None:
        """Let a line pass behind bodies, but cross wicks: most of its way lies between highs and lows."""
        if self.raster.glyph(x, y) == "│":
            self.raster.put(x, y, "┼", ink)
        self.raster.fill(x, y, glyph, ink)

    def _draw_orders(self) -> None:
        scale = self.plot.scale
        self._tell_of_orders("▲", 0, [order for order in self.orders if order[0] > scale.high])
        self._tell_of_orders("▼", scale.rows - 1, [order for order in self.orders if order[0] < scale.low])
        for price, side in self.orders:
            if not scale.holds(price):
                continue
            y, ink = self.plot.top + scale.row(price), f"order-{side.value}"
            for x in range(self.right):
                self.raster.fill(x, y, "╌", f"line-{side.value}")
            self.raster.write(0, y, side.value.upper(), ink)
            self._label(y, "◂", self._price(price), ink)

    def _tell_of_beginning(self) -> None:
        """Say at the oldest bar whether there are older ones: they are on their way, or there are none."""
        words = _LOADING if self.is_waiting else _BEGINNING if self.view.is_at_beginning else ""
        if not words or self.known[0].open_ms != self.view.candles[0].open_ms:
            return
        self._write_between(max(0, self.plot.left - len(words) - 1), words, "warning" if self.is_waiting else "strong")

    def _tell_of_gap(self) -> None:
        """Say beside the newest gap in sight what it is: bars that are missing, and on their way."""
        gaps = [x for x, column in self._xs() if column is None]
        if not gaps:
            return
        words = text.first_fitting((gap_words(self.view), gap_words(self.view).partition(" being")[0]), self.right)
        right = gaps[-1] + self.plot.cells
        self._write_between(
            right if right + len(words) <= self.right else max(0, gaps[-1] - len(words)), words, "warning"
        )

    def _write_between(self, x: int, words: str, ink: str) -> None:
        """Write words where nothing is drawn, if there is such a row, and else over what is."""
        rows = range(self.plot.top + 1, self.plot.top + self.plot.scale.rows - 1)
        across = range(x, min(self.right, x + len(words)))
        free = (y for y in rows if all(self.raster.is_free(each, y) for each in across))
        self.raster.write(x, next(free, self.plot.top + 1), words[: self.right - x], ink)

    def _tell_of_orders(self, arrow: str, row: int, orders: list[tuple[Decimal, Side]]) -> None:
        """Say in a corner that own orders rest outside of what is seen, and where the nearest one does."""
        if not orders:
            return
        middle = (self.plot.scale.high + self.plot.scale.low) / 2
        price, side = min(orders, key=lambda order: abs(order[0] - middle))
        more = f" +{len(orders) - 1}" if len(orders) > 1 else ""
        words = f"{arrow} {side.value.upper()} {self._price(price)}{more} "
        self.raster.write(0, self.plot.top + row, words, f"order-{side.value}")

    def _label(self, y: int, mark: str, words: str, ink: str) -> None:
        self.raster.write(self.right, y, f"{mark}{words}".ljust(self.axis_width), ink)

    def _draw_price_axis(self) -> None:
        marks = {tick.row: tick.price for tick in price_ticks(self.plot.scale, self.tick)}
        for row in range(self.plot.scale.rows):
            y = self.plot.top + row
            if row in marks:
                for x in range(self.right):
                    self.raster.fill(x, y, "┈", "grid")
            words = self._price(marks[row]) if row in marks else ""
            if not self.raster.runs(y) or self.raster.is_free(self.right, y):
                self.raster.put(self.right, y, "┤" if words else "│", "grid")
                self.raster.write(self.right + 1, y, words, "muted")
        for y in range(self.plot.top + self.plot.scale.rows, self.height - 1):
            self.raster.put(self.right, y, "│", "grid")

    def _draw_last(self) -> None:
        candle = self.view.candles[-1]
        if not self.plot.scale.holds(candle.close):
            return
        direction = "up" if candle.close >= candle.open else "down"
        y = self.plot.top + self.plot.scale.row(candle.close)
        for x in range(self.right):
            self.raster.fill(x, y, "┄", f"line-{direction}")
        self._label(y, "►", self._price(candle.close), f"label-{direction}")

    def _draw_time_axis(self) -> None:
        y = self.height - 1
        opens = [column.open_ms if column else None for column in self.plot.columns]
        start, words = self._pointed_time()
        for tick in time_ticks(opens, self.plot.cells, self.view.period, self.zone):
            x = self.plot.left + tick.x
            # half a date beside the crosshair's would be read as another one
            if not words or x + len(tick.text) <= start or x >= start + len(words):
                self.raster.write(x, y, tick.text, "muted")
        if self.volume_rows:
            most = max(column.base_volume for column in self.known)
            y = self.height - 1 - self.volume_rows
            self.raster.write(
                self.right + 1, y, text.first_fitting((text.compact(most),), self.axis_width - 1), "muted"
            )

    def _draw_crosshair(self) -> None:
        if self.sight.cursor_ms is not None and (x := self.plot.x_of(self.sight.cursor_ms)) is not None:
            for y in range(self.plot.top, self.height - 1):
                self.raster.fill(x, y, "│", "cursor-line")
        if self.sight.cursor_row is not None:
            for x in range(self.right):
                self.raster.fill(x, self.plot.top + self.sight.cursor_row, "─", "cursor-line")

    def _label_crosshair(self) -> None:
        row = self.sight.cursor_row
        if row is not None and row < self.plot.scale.rows:
            self._label(self.plot.top + row, "►", self._price(self.plot.scale.price_at(row)), "label-cursor")
        start, words = self._pointed_time()
        self.raster.write(start, self.height - 1, words, "label-cursor")

    def _pointed_time(self) -> tuple[int, str]:
        """Where the crosshair's time stands on the axis, and its words; none without a crosshair in sight."""
        if self.sight.cursor_ms is None or (x := self.plot.x_of(self.sight.cursor_ms)) is None:
            return 0, ""
        words = f" {time_label(self.sight.cursor_ms, self.view.period, self.zone)} "
        return min(max(0, x - len(words) // 2), max(0, self.right - len(words))), words

    def _read_out(self) -> Runs:
        pointed = None if self.sight.cursor_ms is None else self.plot.column_of(self.sight.cursor_ms)
        column = pointed or self.known[-1]
        state = "stale  " if self.view.is_stale else "loading  " if self.view.is_loading else ""
        averages = {
            ink: (f"MA{length}", average)
            for length, ink in AVERAGES
            if (average := self.averages[length].get(column.last_index)) is not None
        }
        ink = "strong" if pointed else ""
        return [(state, "warning"), *read_out(column, averages, self._price, self.width - len(state), ink)]


def gap_words(view: CandlesView) -> str:
    """What is missing of a view, in words."""
    count = missing_bars(view)
    return f"gap: {count:,} bar{'' if count == 1 else 's'} being asked for"


def text_places(price: Decimal) -> int:
    """How many decimals to show of a price whose pair is not known."""
    return max(0, min(8, 4 - price.adjusted())) if price else 2
