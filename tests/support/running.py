"""The whole program over loopback: embedded exchange, engine on its thread, screen under Pilot."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from hbtui.config import places
from hbtui.model.account import Balance, Mode
from hbtui.model.candle import Period
from hbtui.runtime import open_session
from hbtui.target import Target
from hbtui.trading.clock import SystemClock
from hbtui.trading.engine import Engine
from hbtui.trading.views import View
from hbtui.ui.app import HbtuiApp, UiSettings
from tests.support.eventually import eventually
from tests.support.exchange import RunningExchange, running_exchange
from tests.support.screens import screen_text

__all__ = ["Running", "running_program", "running_screen"]


@dataclass
class Running:
    """A running program and what a test may do with it."""

    app: HbtuiApp
    pilot: Pilot[None]
    engine: Engine

    @property
    def view(self) -> View:
        """The engine's newest view."""
        return self.engine.view

    def held(self, currency: str) -> Balance:
        """What is held of a currency; the balances must be known."""
        balance = self.engine.view.balances.of(currency)
        assert balance is not None, "the balances are not known yet"
        return balance

    def text(self) -> str:
        """What a person sees."""
        return screen_text(self.app)

    async def shows(self, *words: str, timeout_s: float = 40) -> None:
        """Wait until all the words are on the screen together."""

        async def are_shown() -> bool:
            await self.pilot.pause()
            text = self.text()
            return all(word in text for word in words)

        await eventually(are_shown, timeout_s, what=f"{words} on the screen:\n{self.text()}\n")

    async def sees(self, condition: Callable[[View], object], timeout_s: float = 40) -> None:
        """Wait until the view is so."""
        await eventually(lambda: condition(self.engine.view), timeout_s)

    async def press(self, *keys: str) -> None:
        """Press keys, each after the one before was handled."""
        for key in keys:
            await self.pilot.press(key)

    async def type(self, text: str) -> None:
        """Type a text into the focused field."""
        names = {".": "full_stop", "/": "slash", "-": "minus"}
        await self.press(*(names.get(char, char) for char in text))


@asynccontextmanager
async def running_screen(
    rest: str, *, symbol: str = "dogeusdt", period: Period = Period.MINUTE, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Running]:
    """Open the program on an exchange that runs already; waits for nothing but the first frame."""
    clock = SystemClock()
    engine = Engine(Mode.DEMO, watchlist=("btcusdt", "ethusdt", "dogeusdt"), symbol=symbol, period=period, clock=clock)
    app = HbtuiApp(engine, now_ms=clock.now_ms, settings=UiSettings())
    target = Target(Mode.DEMO, places(), exchange_url=rest, log_path=Path())
    engine.start(lambda: open_session(target))
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Running(app, pilot, engine)
    finally:
        engine.stop(5)


@asynccontextmanager
async def running_program(
    *, symbol: str = "dogeusdt", size: tuple[int, int] = (120, 40), **options: object
) -> AsyncIterator[tuple[RunningExchange, Running]]:
    """Open the program on an embedded exchange of its own, its market standing still; waits until it may trade."""
    async with running_exchange(**{"frozen": True, **options}) as exchange:
        async with running_screen(exchange.rest, symbol=symbol, size=size) as running:
            await running.sees(lambda view: not view.blocked and view.orders.is_known and view.balances.balances)
            await running.sees(lambda view: view.book.book is not None and not view.candles.is_loading)
            yield exchange, running
