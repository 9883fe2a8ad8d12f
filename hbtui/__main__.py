"""The program's door: reads the command line, then loads only what was asked for."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from hbtui.cli import ExitCode, parse

__all__ = ["main"]


def main(words: Sequence[str] | None = None) -> int:
    """Run hbtui and return its exit code; no traceback of a foreseen error reaches the person."""
    asked = parse(words)
    _scrub_environment()
    try:
        return int(_run(asked))
    except KeyboardInterrupt:
        print("hbtui: Interrupted.", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # the reader went away (``hbtui klines … | head``): not an error of ours, and nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE


def _run(asked: Namespace) -> ExitCode:
    if asked.command == "exchange":
        from hbtui.sim.arguments import options_from
        from hbtui.sim.command import run

        return ExitCode(run(options_from(asked)))
    from hbtui.config import ConfigError
    from hbtui.words import BadRequest

    try:
        return _run_with_target(asked)
    except BadRequest as error:
        print(f"hbtui: {error}", file=sys.stderr)
        return ExitCode.USAGE
    except ConfigError as error:
        print(f"hbtui: {error}", file=sys.stderr)
        return ExitCode.CONFIG


def _run_with_target(asked: Namespace) -> ExitCode:
    from contextlib import ExitStack

    from hbtui.target import target_of

    with ExitStack() as stack:
        target = target_of(asked, stack)
        if asked.command:
            from hbtui.commands import run_command

            return run_command(asked, target)
        from hbtui.terminal import run_screen

        return run_screen(asked, target)


def _scrub_environment() -> None:
    """Drop the switches by which an environment could press keys, log them, or listen to an encrypted line."""
    for name in list(os.environ):
        if name.startswith("TEXTUAL") or name in {"SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR"}:
            del os.environ[name]


if __name__ == "__main__":
    sys.exit(main())
