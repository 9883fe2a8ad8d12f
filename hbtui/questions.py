"""Questions to the person at the terminal; where nobody can be asked, the answer is no."""

import asyncio
import sys

from hbtui.streams import complain

__all__ = ["asked_for", "can_ask", "is_confirmed"]


def can_ask() -> bool:
    """Whether a person sits at the other end."""
    return sys.stdin.isatty()


async def is_confirmed(question: str) -> bool:
    """Ask for a y; anything else is a no."""
    if not can_ask():
        complain("--yes is needed where nobody can be asked.")
        return False
    return (await asked_for(f"{question} [y/N] ")).lower() in {"y", "yes"}


async def asked_for(question: str) -> str:
    """Ask, and return the line that is typed, without white space around it."""
    sys.stderr.write(question)
    sys.stderr.flush()
    # waited for on the loop: a plain read would hold back Ctrl-C
    is_answered, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), is_answered.set)
    try:
        await is_answered.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline().strip()
