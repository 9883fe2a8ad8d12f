"""Opens the full-screen terminal on a target and closes everything behind it."""

import contextlib
import gc
import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from hbtui.cli import ExitCode
from hbtui.config import ConfigError
from hbtui.target import Target

if TYPE_CHECKING:
    from hbtui.trading.engine import Engine

__all__ = ["DEFAULT_WATCHLIST", "run_screen"]

DEFAULT_WATCHLIST = (
    "btcusdt", "ethusdt", "solusdt", "xrpusdt", "dogeusdt", "htxusdt", "trxusdt", "adausdt", "ltcusdt", "linkusdt",
)  # fmt: skip
_END_LIMIT_S = 10.0
_START_SWITCH_S, _SWITCH_S = 0.001, sys.getswitchinterval()


def run_screen(asked: Namespace, target: Target) -> ExitCode:
    """Show the trade screen until the person leaves; the terminal is left as it was found."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        _complain("the screen needs a terminal; for scripts there are commands (hbtui --help).")
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
        if target.demo is not None:
            # not before the first frame is out, which it would slow down; what fails is told where it is waited for
            with contextlib.suppress(ConfigError):
                target.demo.start()
        from hbtui.runtime import open_session
        from hbtui.trading.engine import Engine

        engine = Engine(mode=target.mode, watchlist=watchlist, symbol=symbol, period=period, clock=clock)
        engines.append(engine)
        engine.start(lambda: open_session(target))
        return engine

    opening = Opening(mode=target.mode, symbol=symbol, open_front=open_front, when_calm=_collect_again)
    settings = UiSettings(red_up=asked.red_up, theme=asked.theme, log_place=str(target.log_path or ""))
    write_twins(sys.__stderr__)  # the stream that the library draws on
    app = HbtuiApp(opening, now_ms=clock.now_ms, settings=settings)
    try:
        app.run()
    finally:
        for engine in engines:
            engine.stop(_END_LIMIT_S)
    return ExitCode.DONE if not app.return_code else ExitCode.FAILED


def _collect_again() -> None:
    # what was loaded so far lives as long as the program: the collector need not walk it between two frames
    gc.freeze()
    gc.enable()
    sys.setswitchinterval(_SWITCH_S)


def _complain(text: str) -> None:
    print(f"hbtui: {text}", file=sys.stderr)  # noqa: T201 - there is no screen to say it on
