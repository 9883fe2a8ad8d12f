"""The candle chart: candles with volume, averages, own orders and a crosshair, moved by keys and mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from hbtui.model.candle import Candle
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import rounded
from hbtui.model.order import Side
from hbtui.trading.views import CandlesView
from hbtui.ui.charting.picture import AVERAGES, Picture, Scene, draw_chart, gap_words
from hbtui.ui.charting.window import Sight, is_near_oldest, last_index
from hbtui.ui.widgets.panes import Line, LinePane

__all__ = ["CandleChart"]


class CandleChart(LinePane, can_focus=True):
    """Shows a symbol's bars. Zoom and position are the person's: new bars change neither."""

    HELP = """\
    # Candle chart

    Left and right move the crosshair bar by bar, up and down its price; Enter takes that price into the ticket.
    Page up and page down move through time, Home and End go to the oldest and the newest bar; older ones are brought
    as you come near the oldest, until there are none.
    Escape ends the crosshair. A bar that rose is hollow, one that fell is filled. A dotted column is a gap: bars that
    closed while the connection was away, until they have been brought.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign,equal", "zoom(1)", "Zoom in", id="chart.zoom-in", show=False),
        Binding("minus,underscore", "zoom(-1)", "Zoom out", id="chart.zoom-out", show=False),
        Binding("left", "point(-1)", "Crosshair earlier", id="chart.left", show=False),
        Binding("right", "point(1)", "Crosshair later", id="chart.right", show=False),
        Binding("up", "point_price(-1)", "Crosshair higher", id="chart.up", show=False),
        Binding("down", "point_price(1)", "Crosshair lower", id="chart.down", show=False),
        Binding("enter", "choose", "Take the price", id="chart.choose", show=False),
        Binding("pageup", "pan(-1)", "Earlier", id="chart.earlier", show=False),
        Binding("pagedown", "pan(1)", "Later", id="chart.later", show=False),
        Binding("home", "oldest", "Oldest bar", id="chart.oldest", show=False),
        Binding("end", "newest", "Newest bar", id="chart.newest", show=False),
        Binding("escape", "clear", "End the crosshair", id="chart.clear", show=False),
    ]

    @dataclass
    class PriceChosen(Message):
        """A price was picked on the chart, rounded to the pair's tick."""

        price: Decimal

    class OlderWanted(Message):
        """The person looks at the oldest bars, or nearly; said once until other bars came."""

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        """Take the zone that times are shown in; by default the computer's own."""
        super().__init__(id=id, classes=classes)
        self._zone = zone
        self._view: CandlesView | None = None
        self._instrument: Instrument | None = None
        self._orders: tuple[tuple[Decimal, Side], ...] = ()
        self._sight = Sight()
        self._picture = Picture(())
        self._asked_of: Sequence[Candle] = ()
        """The bars before which older ones were asked for."""
        self._is_by_mouse = False
        """Whether the crosshair came with the mouse, and goes with it."""

    @property
    def sight(self) -> Sight:
        """Zoom, position and crosshair, as the person left them."""
        return self._sight

    def show(
        self,
        candles: CandlesView,
        instrument: Instrument | None,
        order_prices: tuple[tuple[Decimal, Side], ...] = (),
    ) -> None:
        """Show these bars and own orders; a new symbol or period starts at the newest bar, without crosshair."""
        before = self._view
        if candles is before and instrument is self._instrument and order_prices == self._orders:
            return
        if before is not None and (before.symbol, before.period) != (candles.symbol, candles.period):
            self._sight = Sight(self._sight.zoom_level)
            self._asked_of = ()
        self._view, self._instrument, self._orders = candles, instrument, order_prices
        self.is_faded = candles.is_stale
        name = instrument.name if instrument else candles.symbol.upper()
        bars = f" · {len(candles.candles):,} bars" if candles.candles else ""
        averages = [(f" MA{length}", f"${ink}") for length, ink in AVERAGES]
        title = [(f"{name} · {candles.period.value} ·", ""), *averages, (bars, "")]
        states = ["stale"] if candles.is_stale else []
        states += [gap_words(candles)] if candles.gaps else []
        self.entitle(title, [(" · ".join(states), "$warning")] if states else "")
        self.redraw()
        if self._asked_of and self._has_grown_back(before):
            # a far zoom may take several helpings to fill
            self._reach_back()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the whole chart."""
        if self._view is None:
            return []
        is_waiting = bool(self._asked_of) and self._view.candles is self._asked_of
        scene = Scene(self._view, self._instrument, self._orders, self._sight, self._zone, is_waiting)
        self._picture = draw_chart(scene, width, height)
        return list(self._picture.lines)

    def action_zoom(self, steps: int) -> None:
        """Look at fewer or at more bars."""
        self._look(self._sight.zoomed(steps))
        self._reach_back()

    def action_pan(self, pages: int) -> None:
        """Move through time by most of a page."""
        self._pan(pages * max(1, self._column_count() - 4))

    def action_oldest(self) -> None:
        """Go to the oldest bar."""
        if self._view is not None:
            self._pan(-len(self._view.candles))

    def action_newest(self) -> None:
        """Follow the newest bar again."""
        if self._view is not None:
            self._pan(len(self._view.candles))

    def action_point(self, columns: int) -> None:
        """Move the crosshair by columns, and the chart with it at the edges."""
        plot = self._picture.plot
        if plot is None:
            return
        self._is_by_mouse = False
        opens = [column.open_ms for column in plot.columns if column is not None]
        pointed = None if self._sight.cursor_ms is None else plot.column_of(self._sight.cursor_ms)
        row = self._sight.cursor_row
        if pointed is None:
            self._look(self._sight.pointed(opens[-1], row))
            return
        index = opens.index(pointed.open_ms) + columns
        if 0 <= index < len(opens):
            self._look(self._sight.pointed(opens[index], row))
        else:
            self._step_over_edge(columns)
            self._reach_back()

    def action_point_price(self, rows: int) -> None:
        """Move the crosshair's price by rows, from the last price at first."""
        plot = self._picture.plot
        if plot is None or self._view is None:
            return
        self._is_by_mouse = False
        row = self._sight.cursor_row
        row = plot.scale.row(self._view.candles[-1].close) if row is None else row + rows
        row = min(plot.scale.rows - 1, max(0, row))
        column = next(column for column in reversed(plot.columns) if column is not None)
        self._look(self._sight.pointed(self._sight.cursor_ms or column.open_ms, row))

    def action_choose(self) -> None:
        """Take the crosshair's price."""
        if self._sight.cursor_row is not None:
            self._choose(self._sight.cursor_row)

    def action_clear(self) -> None:
        """Take the crosshair away."""
        self._look(self._sight.pointed(None))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Escape and Enter to others while there is no crosshair."""
        if action == "clear":
            return self._sight.cursor_ms is not None
        if action == "choose":
            return self._sight.cursor_row is not None
        return super().check_action(action, parameters)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the crosshair follow the mouse."""
        plot = self._picture.plot
        offset = event.get_content_offset(self)
        if plot is None or offset is None:
            return
        column, row = plot.column_at(offset.x), plot.row_at(offset.y)
        if column is not None:
            self._is_by_mouse = True
            self._look(self._sight.pointed(column.open_ms, row))

    def on_leave(self) -> None:
        """Take the mouse's crosshair away with the mouse."""
        if self._is_by_mouse:
            self.action_clear()

    def on_click(self, event: events.Click) -> None:
        """Choose the price that was clicked."""
        plot = self._picture.plot
        offset = event.get_content_offset(self)
        if plot is not None and offset is not None and (row := plot.row_at(offset.y)) is not None:
            event.stop()
            self._choose(row)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in."""
        event.stop()
        self.action_zoom(1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out."""
        event.stop()
        self.action_zoom(-1)

    def _look(self, sight: Sight) -> None:
        if sight != self._sight:
            self._sight = sight
            self.redraw()

    def _column_count(self) -> int:
        plot = self._picture.plot
        return 1 if plot is None else plot.room

    def _pan(self, columns: int) -> None:
        # before the first drawing nobody knows how much a page is
        if self._view is not None and self._picture.plot is not None:
            self._look(self._sight.panned(self._view.candles, columns, self._column_count()))
            self._reach_back()

    def _reach_back(self) -> None:
        """Ask for older bars before the person gets to the end of those that there are."""
        view = self._view
        if view is None or not view.candles or view.candles is self._asked_of or not view.period.is_from_venue:
            return
        is_settled = view.is_at_beginning or view.is_loading_older
        if not is_settled and is_near_oldest(view, self._sight, self._column_count()):
            self._asked_of = view.candles
            self.post_message(self.OlderWanted())
            self.redraw()

    def _has_grown_back(self, before: CandlesView | None) -> bool:
        """Whether the same market now has bars before the first that it had."""
        view = self._view
        if before is None or view is None or (before.symbol, before.period) != (view.symbol, view.period):
            return False
        return bool(before.candles and view.candles and view.candles[0].open_ms < before.candles[0].open_ms)

    def _step_over_edge(self, columns: int) -> None:
        view, cursor_ms = self._view, self._sight.cursor_ms
        if view is None or cursor_ms is None:
            return
        bars = self._sight.zoom.bars
        index = last_index(view.candles, cursor_ms) + columns * bars
        if 0 <= index < len(view.candles):
            panned = self._sight.panned(view.candles, columns, self._column_count())
            self._look(panned.pointed(view.candles[index].open_ms, self._sight.cursor_row))

    def _choose(self, row: int) -> None:
        if self._picture.plot is not None:
            places = self._instrument.price_precision if self._instrument else 8
            self.post_message(self.PriceChosen(rounded(self._picture.plot.scale.price_at(row), places)))
