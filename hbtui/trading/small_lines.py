"""The watchlist's rows: last prices, and the small line of recent closes behind each."""

from collections.abc import Callable, Mapping, Sequence

from hbtui.model.book import Quote
from hbtui.model.candle import Period
from hbtui.model.errors import ExchangeError
from hbtui.trading.market import Closes
from hbtui.trading.ports import Clock, Exchange
from hbtui.trading.retry import until_answered
from hbtui.trading.views import WatchRow

__all__ = ["SmallLines"]

_PERIOD, _COUNT = Period.HOUR, 24
_AFTER_S = 0.3


class SmallLines:
    """Recent closing prices of some symbols; ``on_change`` hears that one of them was read."""

    def __init__(
        self, names: Sequence[str], *, exchange: Exchange, clock: Clock, on_change: Callable[[], None]
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._on_change = on_change
        self._closes = {name: Closes(_PERIOD, _COUNT) for name in names}

    def follow(self, quote: Quote) -> None:
        """Let a symbol's line end in its last price."""
        if quote.last is not None and (closes := self._closes.get(quote.symbol)) is not None:
            closes.follow(quote.last, quote.ts_ms)

    def rows(
        self, quotes: Mapping[str, Quote], is_listed: Callable[[str], bool], known: Sequence[WatchRow]
    ) -> tuple[WatchRow, ...]:
        """One row for each symbol; a row that did not change is the known one."""
        before = {row.symbol: row for row in known}
        rows = []
        for name, closes in self._closes.items():
            row = WatchRow(name, quotes.get(name), closes.prices, is_listed(name))
            rows.append(before[name] if before.get(name) == row else row)
        return tuple(rows)

    async def load(self, is_listed: Callable[[str], bool]) -> None:
        """Load the lines one after the other, behind everything that matters more."""
        await self._clock.sleep(_AFTER_S)
        for name, closes in self._closes.items():
            if not is_listed(name):
                continue
            try:
                bars = await until_answered(
                    lambda name=name: self._exchange.candles(name, _PERIOD, _COUNT),  # type: ignore[misc]  # mypy does not infer defaults of lambdas
                    self._clock,
                )
            except ExchangeError:
                continue  # a row without a small line
            closes.load(bars)
            self._on_change()
