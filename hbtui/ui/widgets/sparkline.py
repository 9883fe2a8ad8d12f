"""The active symbol's recent closes as one small line that moves with every tick."""

from decimal import Decimal

from hbtui.model.instrument import Instrument
from hbtui.trading.views import CandlesView
from hbtui.ui import text
from hbtui.ui.charting.spark import spark
from hbtui.ui.widgets.panes import Line, LinePane

__all__ = ["KlineSparkline"]


class KlineSparkline(LinePane):
    """Shows the closes of as many bars as there are cells, with the least, the greatest and the last of them."""

    DEFAULT_CSS = """
    KlineSparkline { height: 1; border: none; padding: 0; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._view: CandlesView | None = None
        self._instrument: Instrument | None = None

    def show(self, candles: CandlesView, instrument: Instrument | None) -> None:
        """Show these bars' closes."""
        if candles is self._view and instrument is self._instrument:
            return
        self._view, self._instrument = candles, instrument
        self.is_faded = candles.is_stale
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw one line."""
        if self._view is None or not self._view.candles:
            return [[(text.UNKNOWN, "muted")]]
        candles = self._view.candles
        last = text.price(candles[-1].close, self._instrument)
        stale = " stale" if self._view.is_stale else ""
        closes: tuple[Decimal, ...] = tuple(
            candle.close for candle in candles[-max(1, width - len(last) - len(stale) - 1) :]
        )
        ink = "up" if closes[-1] >= closes[0] else "down"
        return [[(spark(closes, width - len(last) - len(stale) - 1), ink), (f" {last}", "strong"), (stale, "warning")]]
