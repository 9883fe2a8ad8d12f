"""Opens the full-screen terminal on a target and closes everything behind it."""

import contextlib
import gc
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hbtui.cli import ExitCode
from hbtui.config import ConfigError
from hbtui.streams import complain
from hbtui.target import Target

if TYPE_CHECKING:
    from hbtui.model.candle import Period
    from hbtui.trading.engine import Engine
    from hbtui.trading.ports import Clock
    from hbtui.trading.views import OrdersView

__all__ = ["DEFAULT_WATCHLIST", "run_screen"]

DEFAULT_WATCHLIST = (
    "btcusdt", "ethusdt", "solusdt", "xrpusdt", "dogeusdt", "htxusdt", "trxusdt", "adausdt", "ltcusdt", "linkusdt",
)  # fmt: skip
_END_LIMIT_S = 10.0
_START_SWITCH_S, _SWITCH_S = 0.001, sys.getswitchinterval()


def run_screen(asked: Namespace, target: Target) -> int:
    """Show the trade screen until the person leaves, and return the exit code; the terminal is left as it was found.

    Of a screen that a signal ended the code is 128 and the signal's number. Orders whose outcome is not known are
    told on stderr, where they stay in sight.
    """
    _require_settings(target)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain("the screen needs a terminal; for scripts there are commands (hbtui --help).")
        return ExitCode.FAILED
    # the library's output loop may run faster than its default of 60: a key is painted sooner
    os.environ["TEXTUAL_FPS"] = "120"
    from hbtui.words import read_period, read_symbol

    watchlist = tuple(read_symbol(text) for text in (asked.watch or "").split(",") if text) or DEFAULT_WATCHLIST
    symbol, period = read_symbol(asked.symbol), read_period(asked.period)

    # nearly all that is made now stays: the collector would walk it again and again and find nothing
    gc.disable()
    # two threads load the program: the one that opens the exchange waits for its answers, and should ask early
    sys.setswitchinterval(_START_SWITCH_S)
    from hbtui.trading.clock import SystemClock
    from hbtui.ui.app import HbtuiApp, UiSettings
    from hbtui.ui.boot import Opening
    from hbtui.ui.charting.plain import write_twins

    clock = SystemClock()
    engines: list[Engine] = []

    def open_front() -> "Engine":
        engines.append(_engine(target, watchlist=watchlist, symbol=symbol, period=period, clock=clock))
        return engines[0]

    opening = Opening(mode=target.mode, symbol=symbol, open_front=open_front, when_calm=_collect_again)
    settings = UiSettings(red_up=asked.red_up, theme=asked.theme, log_place=str(target.log_path or ""))
    write_twins(sys.__stderr__)  # the stream that the library draws on
    app = HbtuiApp(opening, now_ms=clock.now_ms, settings=settings)
    try:
        app.run()
    finally:
        for engine in engines:
            engine.stop(_END_LIMIT_S)
            _tell_uncertain(engine.view.orders)
    return app.return_code or ExitCode.DONE


def _engine(target: Target, *, watchlist: Sequence[str], symbol: str, period: "Period", clock: "Clock") -> "Engine":
    """Start an engine on the target."""
    if target.demo is not None:
        # not before the first frame is out, which it would slow down; what fails is told where it is waited for
        with contextlib.suppress(ConfigError):
            target.demo.start()
    from hbtui.runtime import open_session
    from hbtui.trading.engine import Engine

    engine = Engine(mode=target.mode, watchlist=watchlist, symbol=symbol, period=period, clock=clock)
    engine.start(lambda: open_session(target, arm_switch=engine.arm_switch))
    return engine


def _require_settings(target: Target) -> None:
    """Refuse wrong settings before the screen opens; where there are none, nothing is loaded to find that out."""
    if os.path.lexists(target.places.config / "settings.toml"):
        from hbtui.settings import read_settings

        read_settings(target.places.config)


def _tell_uncertain(orders: "OrdersView") -> None:
    """Name the orders whose outcome nobody knows yet, once the screen is gone."""
    doubtful = [*orders.uncertain, *(one for one in orders.open if one.state.value == "sending")]
    if not doubtful:
        return
    from hbtui.model.numbers import plain

    named = "; ".join(
        f"{one.side.value.upper()} {plain(one.amount) if one.amount is not None else '?'} {one.symbol}, "
        f"client order id {one.client_order_id or one.order_id}"
        for one in doubtful
    )
    verb = "order is" if len(doubtful) == 1 else "orders are"
    pronoun = "it is" if len(doubtful) == 1 else "they are"
    complain(f"{len(doubtful)} {verb} uncertain: {named}; {pronoun} looked up at the next start.")


def _collect_again() -> None:
    # what was loaded so far lives as long as the program: the collector need not walk it between two frames
    gc.freeze()
    gc.enable()
    sys.setswitchinterval(_SWITCH_S)
