"""The exchange's own options on a command line; loads no server."""

import argparse

from hbtui.sim.options import Options

__all__ = ["add_arguments", "options_from"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the exchange's own options to a parser."""
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--seed", type=int, default=1, help="which synthetic market (default: 1)")
    parser.add_argument("--ledger", metavar="FILE", help="append one JSON line for each thing that happens to an order")
    parser.add_argument("--frozen", action="store_true", help="let the market stand still but for its users")
    parser.add_argument("--control", action="store_true", help="serve /_control: faults on demand, for tests")
    parser.add_argument("--watch-stdin", action="store_true", help="end when the standard input is closed")


def options_from(arguments: argparse.Namespace) -> Options:
    """Make the options that were asked for."""
    return Options(
        port=arguments.port,
        seed=arguments.seed,
        ledger_file=arguments.ledger,
        frozen=arguments.frozen,
        control=arguments.control,
    )
