"""Decides, once, where a process trades: what the command line asked for, and nothing that it did not."""

import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hbtui.config import KeyFile, Places, find_keys, places
from hbtui.demo import DemoExchange
from hbtui.logs import start_logging
from hbtui.model.account import Mode

__all__ = ["Target", "target_of"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to trade, fixed for the life of the process."""

    mode: Mode
    places: Places
    exchange_url: str | None = None
    """A running embedded exchange; ``None`` in demo starts one."""
    key_file: KeyFile | None = None
    """Only in live."""
    demo: DemoExchange | None = None
    """The child that was started for this process, in demo."""
    log_path: Path | None = None


def target_of(asked: Namespace, stack: ExitStack) -> Target:
    """Turn the command line into a target; what it starts is closed with ``stack``.

    Raises ``ConfigError`` where a key is needed and cannot be used. Without ``--live`` no key file is ever opened.
    """
    where = places()
    log_path = start_logging(where.logs, is_verbose=getattr(asked, "verbose", False))
    if getattr(asked, "live", False):
        key_file = find_keys(getattr(asked, "env", None), folder=Path.cwd(), config=where.config)
        return Target(Mode.LIVE, where, key_file=key_file, log_path=log_path)
    if getattr(asked, "env", None) is not None:
        print("hbtui: --env is read only with --live; this is the demo.", file=sys.stderr)  # noqa: T201 - a warning
    if url := getattr(asked, "exchange", None):
        return Target(Mode.DEMO, where, exchange_url=url, log_path=log_path)
    demo = stack.enter_context(DemoExchange(seed=getattr(asked, "seed", None)))
    return Target(Mode.DEMO, where, demo=demo, log_path=log_path)
