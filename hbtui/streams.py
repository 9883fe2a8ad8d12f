"""The standard streams: always there, and never the end of a command that nobody can read any more."""

import contextlib
import io
import os
import sys

__all__ = ["answer", "complain", "prepare_streams"]


def prepare_streams() -> None:
    """Open what the caller left closed, and let no locale refuse a character.

    A closed descriptor would be given to the next file that is opened, and what is meant for a person would be
    written into it.
    """
    for number, mode in enumerate(("r", "w", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if mode == "r" else os.O_WRONLY)  # takes the lowest number, this one
    sys.stdin = sys.stdin or _nowhere(0, "r")
    sys.stdout = sys.stdout or _nowhere(1, "w")
    sys.stderr = sys.stderr or _nowhere(2, "w")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def answer(text: str) -> str:
    """Write an answer to stdout; return why that was not possible, or ``""``.

    Where the reader has gone (``hbtui klines … | head``) nothing is left to say, and that is no failure.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up(1)
    except OSError as error:
        _give_up(1)
        return error.strerror or "it cannot be written"
    return ""


def complain(text: str) -> None:
    """Write one sentence to stderr, if anybody can be told."""
    try:
        sys.stderr.write(f"hbtui: {text}\n")
        sys.stderr.flush()
    except OSError:
        _give_up(2)


def _nowhere(number: int, mode: str) -> io.TextIOWrapper:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False)  # type: ignore[return-value]  # text modes only


def _give_up(number: int) -> None:
    """Send what is still in the buffer nowhere: the interpreter writes it at its end, and would fail once more."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
