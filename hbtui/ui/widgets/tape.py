"""The tape: the last public trades, newest first."""

from datetime import tzinfo

from hbtui.model.instrument import Instrument
from hbtui.model.order import Side
from hbtui.trading.views import TapeView
from hbtui.ui import text
from hbtui.ui.widgets.panes import Line, LinePane

__all__ = ["TradesTape"]


class TradesTape(LinePane):
    """Shows time, price and amount of each trade; the arrow is the taker's side (``▲`` bought, ``▼`` sold)."""

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        """Take the zone that times are shown in; by default the computer's own."""
        super().__init__(id=id, classes=classes)
        self._zone = zone
        self._view: TapeView | None = None
        self._instrument: Instrument | None = None
        self.entitle("Trades")

    def show(self, tape: TapeView, instrument: Instrument | None) -> None:
        """Show these trades."""
        if tape is self._view and instrument is self._instrument:
            return
        self._view, self._instrument = tape, instrument
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw as many trades as there are rows."""
        if self._view is None or not self._view.trades:
            return [[("no trades yet", "muted")]]
        trades = self._view.trades[: max(0, height - 1)]
        prices = [text.price(trade.price, self._instrument) for trade in trades]
        clock_width = 9 if width >= 26 else 0
        price_width = max((len(price) for price in prices), default=0) + 2
        room = width - clock_width - price_width - 1
        places = self._instrument.amount_precision if self._instrument else 4
        amounts = text.column(tuple(trade.amount for trade in trades), places, max(1, room))
        head = f"{'time':<{clock_width}}" if clock_width else ""
        lines: list[Line] = [
            [(f"{head}{'price':<{price_width}}{'amount':>{max(1, width - clock_width - price_width)}}", "muted")]
        ]
        for trade, price, amount in zip(trades, prices, amounts, strict=True):
            mark, ink = ("▲", "up") if trade.side is Side.BUY else ("▼", "down")
            when = f"{text.clock(trade.ts_ms, self._zone):<{clock_width}}" if clock_width else ""
            lines.append([(when, "muted"), (f"{price} {mark}".ljust(price_width), ink), (f" {amount}", "")])
        return lines
