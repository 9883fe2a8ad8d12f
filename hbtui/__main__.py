"""The program's door: reads the command line, then loads only what was asked for."""

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # loaded inside main(), where a Ctrl-C during the loading is met
    from argparse import Namespace
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["main"]

_INTERRUPTED = 130
_FRAMES = 12
"""Of the way to an unforeseen error, so many calls are written to the log."""


def main(words: "Sequence[str] | None" = None) -> int:
    """Run hbtui and return its exit code; no traceback reaches the person, of an unforeseen error neither."""
    sys.excepthook = _tell_fault
    try:
        from hbtui.cli import parse
        from hbtui.streams import prepare_streams

        prepare_streams()
        asked = parse(words)
        _scrub_environment()
        return int(_run(asked))
    except KeyboardInterrupt:
        _tell("Interrupted.")
        return _INTERRUPTED
    except BrokenPipeError:
        return 0  # whoever read the answer has seen enough
    finally:
        # all is said and closed: a late Ctrl-C must neither print nor change how the command ended
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(asked: "Namespace") -> int:
    from hbtui.cli import ExitCode

    if asked.command == "exchange":
        from hbtui.sim.arguments import options_from
        from hbtui.sim.command import run

        return ExitCode(run(options_from(asked), watch_stdin=asked.watch_stdin))
    from hbtui.config import ConfigError
    from hbtui.words import BadRequest

    try:
        if asked.command == "archive":
            from hbtui.archive_commands import run_archive

            return run_archive(asked)
        return _run_with_target(asked)
    except BadRequest as error:
        _tell(str(error))
        return ExitCode.USAGE
    except ConfigError as error:
        _tell(str(error))
        return ExitCode.CONFIG


def _run_with_target(asked: "Namespace") -> int:
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
    """Drop the switches by which an environment could press keys, log them, or listen to an encrypted line.

    An exported size goes too: the terminal itself knows how large it is, and says so when that changes.
    """
    dropped = {"SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "COLUMNS", "LINES"}
    for name in list(os.environ):
        if name.startswith("TEXTUAL") or name in dropped:
            del os.environ[name]


def _tell(text: str) -> None:
    from hbtui.streams import complain

    complain(text)


def _tell_fault(kind: type[BaseException], error: BaseException, trace: "TracebackType | None") -> None:
    """Say in one sentence that the program failed; the log gets the kind of error and the way to it, and no value."""
    if issubclass(kind, KeyboardInterrupt):
        _tell("Interrupted.")
        return
    import logging
    import traceback

    summary = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    way = " < ".join(f"{frame.name} {frame.filename}:{frame.lineno}" for frame in summary[: -_FRAMES - 1 : -1])
    handlers = logging.getLogger().handlers
    if handlers:  # without a log file it would go to the terminal
        logging.getLogger("hbtui").critical("the program failed: %s at %s", kind.__name__, way)
    places = [f" The log is in {one.baseFilename}." for one in handlers if isinstance(one, logging.FileHandler)]
    _tell(f"an error in the program itself ({kind.__name__}): it had to stop.{''.join(places)}")


if __name__ == "__main__":
    sys.exit(main())
