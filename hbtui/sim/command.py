"""Running the exchange from the command line: ``python -m hbtui.sim`` and ``hbtui exchange``."""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hbtui.sim.arguments import add_arguments, options_from
from hbtui.sim.options import Options

if TYPE_CHECKING:
    import socket

    from hbtui.sim.server import ExchangeServer

__all__ = ["run", "run_command"]


def run_command(argv: Sequence[str] | None = None) -> int:
    """Read the arguments and run until Ctrl-C; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hbtui.sim", description="HTX's protocol on a loopback port.")
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    return run(options_from(arguments), watch_stdin=arguments.watch_stdin)


def run(options: Options, *, watch_stdin: bool = False) -> int:
    """Serve until Ctrl-C, SIGTERM or (if watched) the end of stdin; prints the ready line; the exit code.

    A port that cannot be had, or a ledger file that cannot be written, is one sentence on stderr and code 1.
    """
    from hbtui.sim.server import ExchangeServer, PortInUse, bound

    try:
        listener = bound(options.port)
    except PortInUse as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        server = ExchangeServer(options)
    except OSError as error:
        listener.close()
        sys.stderr.write(f"The ledger file cannot be written: {error.strerror}: {options.ledger_file}\n")
        return 1
    try:
        asyncio.run(_serve(server, options, listener, watch_stdin=watch_stdin))
    except KeyboardInterrupt:
        # Pressed before the handler stood, or where the system has none: ending is what was asked for.
        return 0
    return 0


async def _serve(server: "ExchangeServer", options: Options, listener: "socket.socket", *, watch_stdin: bool) -> None:
    from hbtui.sim.server import handle_signals, ready_line

    handle_signals(server)
    if watch_stdin:
        loop = asyncio.get_running_loop()
        threading.Thread(target=_watch, args=(lambda: loop.call_soon_threadsafe(server.stop),), daemon=True).start()
    line = ready_line(options, listener.getsockname()[1])
    await server.run(listener, lambda: _announce(line))


def _announce(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _watch(ended: Callable[[], object]) -> None:
    # The bare descriptor: a thread that waits inside sys.stdin would abort the interpreter at its end.
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):
        ended()
