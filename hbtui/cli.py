"""The command line: what may be asked, in which words, and with which exit code it ends.

Nothing heavy is imported here: ``hbtui --version`` and wrong usage answer at once.
"""

import argparse
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from hbtui import __version__

__all__ = ["THEMES", "ExitCode", "build_parser", "parse"]


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    """It did what was asked; of an order: the exchange accepted it."""
    FAILED = 1
    """It could not start or go on (a port in use, a terminal too small, a fault in the program)."""
    USAGE = 2
    """The command's words or values are wrong; nothing was sent."""
    CONFIG = 3
    """A file is in the way: of the key, the settings, the journal, the archive, an export; nothing was sent."""
    NETWORK = 4
    """No answer, or none that can be read; of an order: proof that nothing was sent."""
    REFUSED = 5
    """The exchange refused, or the checks before it did; of an order: proof that there is none."""
    UNKNOWN = 6
    """The order's outcome is not known: it may or may not exist. Its client order id is printed."""
    DECLINED = 7
    """The order was not confirmed; nothing was sent."""
    INTERRUPTED = 130
    """Ctrl-C; a screen that a signal ended: 128 and its number."""


THEMES = ("dark", "light", "blue-orange", "ansi")
"""The names of the screen's themes, without loading what they are made of."""

_EXIT_CODES = "exit codes: " + " · ".join(f"{code.value} {code.name.lower()}" for code in ExitCode)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; wrong usage ends the program with code 2 and a sentence on stderr."""
    parser = build_parser()
    asked = parser.parse_args(words)
    if sum(bool(x) for x in (getattr(asked, "demo", 0), getattr(asked, "live", 0), getattr(asked, "exchange", 0))) > 1:
        parser.error("--demo, --live and --exchange exclude each other")
    asked.theme = asked.theme and f"hbtui-{asked.theme}"
    return asked


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of the whole command line."""
    shared = _shared_options()
    parser = argparse.ArgumentParser(
        prog="hbtui",
        description="A full-screen terminal for trading spot on HTX. Without --live it trades on an embedded exchange: "
        "no key, no network, no money.",
        epilog=_EXIT_CODES,
        parents=[shared],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hbtui {__version__}")
    _screen_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands (without one: the screen)")

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=words, description=words, parents=[shared], epilog=_EXIT_CODES, allow_abbrev=False
        )

    _exchange_command(commands)
    _answers_json(add("balances", "Show what the spot account holds."))
    klines = _answers_json(add("klines", "Show the last bars of a symbol, oldest first."))
    klines.add_argument("symbol", metavar="SYMBOL", help="a pair, such as dogeusdt or DOGE/USDT")
    klines.add_argument("period", metavar="PERIOD", help="1min 5min 15min 30min 60min 4hour 1day 1week 1mon 1year")
    klines.add_argument("--size", type=int, default=150, help="how many bars, 1 to 2000 (default 150)")
    from hbtui.order_cli import add_orders

    add_orders(add)
    from hbtui.archive_cli import add_archive

    add_archive(add, shared)
    return parser


def _shared_options() -> argparse.ArgumentParser:
    # SUPPRESS lets an option stand before or behind the command without one default undoing the other
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    where = shared.add_argument_group("where to trade")
    where.add_argument("--demo", action="store_true", help="on the embedded exchange (the default)")
    where.add_argument("--live", action="store_true", help="on HTX, with your key and your money; never otherwise")
    where.add_argument("--exchange", metavar="URL", help="on a running embedded exchange: http://127.0.0.1:PORT")
    where.add_argument("--env", metavar="FILE", type=Path, help="the file with HTX_ACCESS_KEY and HTX_SECRET_KEY")
    where.add_argument("--seed", type=int, help="of the embedded market that --demo starts")
    shared.add_argument("--verbose", action="store_true", help="log more (to the log file)")
    return shared


def _screen_options(parser: argparse.ArgumentParser) -> None:
    screen = parser.add_argument_group("the screen")
    screen.add_argument("--symbol", metavar="SYMBOL", default="btcusdt", help="the pair to open with (default btcusdt)")
    screen.add_argument("--period", metavar="PERIOD", default="1min", help="the bars to open with (default 1min)")
    screen.add_argument("--watch", metavar="A,B,C", help="the pairs of the watchlist")
    screen.add_argument("--theme", choices=THEMES, help="the colours to begin with")
    screen.add_argument("--red-up", action="store_true", help="red for up and green for down")


def _exchange_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "Run the embedded exchange alone, on 127.0.0.1: a sandbox that speaks HTX's own protocol."
    command = commands.add_parser("exchange", help=words, description=words, allow_abbrev=False)
    # its own module names its options, and loads no server to do so
    from hbtui.sim.arguments import add_arguments

    add_arguments(command)


def _answers_json(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--json", action="store_true", help="answer with JSON on stdout; numbers are strings")
    return command
