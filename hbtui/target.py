"""Decides, once, where a process trades: what the command line asked for, and nothing that it did not."""

from argparse import Namespace
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from hbtui.config import ConfigError, KeyFile, Places, find_keys, places
from hbtui.demo import DemoExchange
from hbtui.logs import start_logging
from hbtui.model.account import Mode
from hbtui.streams import complain

__all__ = ["Target", "make_target", "target_of"]


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
    """The child that serves this process, in demo; opening a session starts it."""
    log_path: Path | None = None


def target_of(asked: Namespace, stack: ExitStack) -> Target:
    """Turn the command line into a target; what it starts is closed with ``stack``.

    Raises ``ConfigError`` where a key is needed and cannot be used.
    """
    log_path = start_logging(places().logs, is_verbose=getattr(asked, "verbose", False))
    is_live, env = getattr(asked, "live", False), getattr(asked, "env", None)
    if env is not None and not is_live:
        complain("--env is read only with --live; this is the demo.")
    target = make_target(
        stack, live=is_live, exchange=getattr(asked, "exchange", None), env=env, seed=getattr(asked, "seed", None)
    )
    return replace(target, log_path=log_path)


def make_target(
    stack: ExitStack,
    *,
    live: bool = False,
    exchange: str | None = None,
    env: Path | None = None,
    seed: int | None = None,
) -> Target:
    """Decide where to trade. Without ``live`` no key file is ever opened, and the mode is never live."""
    where = places()
    if live and exchange is not None:
        message = "live means HTX itself: it cannot be another exchange at the same time"
        raise ConfigError(message)
    if live:
        return Target(Mode.LIVE, where, key_file=find_keys(env, folder=_current_folder(), config=where.config))
    if exchange is not None:
        return Target(Mode.DEMO, where, exchange_url=exchange)
    return Target(Mode.DEMO, where, demo=stack.enter_context(DemoExchange(seed=seed)))


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:
        message = "The current folder is gone or closed to you: change to another one, and start again."
        raise ConfigError(message) from None
