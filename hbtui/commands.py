"""The commands for scripts: each one asks, prints an answer on stdout, and says every error on stderr."""

import asyncio
import signal
from argparse import Namespace
from collections.abc import Awaitable, Callable

from hbtui.cli import ExitCode
from hbtui.command_answers import answered, balance_row, candle_row, ended, fill_row, order_row, report_row
from hbtui.config import ConfigError
from hbtui.headless import Client
from hbtui.journal_commands import audit, look_after
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError
from hbtui.order_commands import cancel, order, switch
from hbtui.target import Target
from hbtui.trading.ports import JournalError
from hbtui.trading.views import Denied
from hbtui.words import BadRequest, read_period, read_symbol

__all__ = ["run_command"]


def run_command(asked: Namespace, target: Target) -> ExitCode:
    """Run one command to its end; no exception of the program's own gets out."""
    try:
        return asyncio.run(_run(asked, target))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ended("Interrupted.", ExitCode.INTERRUPTED)
    except BadRequest as error:
        return ended(str(error), ExitCode.USAGE)
    except (ConfigError, JournalError) as error:
        return ended(str(error), ExitCode.CONFIG)
    except Denied as error:
        return ended(f"Not sent: {error}", ExitCode.REFUSED)
    except (NetworkError, AnswerError) as error:
        return ended(f"{error.title}: {error} {error.advice}".strip(), ExitCode.NETWORK)
    except ExchangeError as error:
        return ended(f"{error.title}: {error} {error.advice}".strip(), ExitCode.REFUSED)


async def _run(asked: Namespace, target: Target) -> ExitCode:
    commands: dict[str, Callable[[Client, Namespace], Awaitable[ExitCode]]] = {
        "balances": _balances,
        "klines": _klines,
        "order": order,
        "orders": _orders,
        "cancel": cancel,
        "audit": audit,
        "switch": switch,
    }
    _end_by_signals()
    if asked.command == "journal":
        return await look_after(asked, target)
    async with Client.open(target, "command") as client:
        try:
            return await commands[asked.command](client, asked)
        finally:
            for note in client.notes:
                ended(f"Note: {note}")


def _end_by_signals() -> None:
    """Let what ends the process end the command as Ctrl-C does: with the truth about an order on its way."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called by a task
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _balances(client: Client, asked: Namespace) -> ExitCode:
    balances = await client.balances()
    return answered(asked, [balance_row(balance) for balance in balances], "no currency is held")


async def _klines(client: Client, asked: Namespace) -> ExitCode:
    if not 1 <= asked.size <= 2000:
        message = f"--size must be from 1 to 2000, not {asked.size}."
        raise BadRequest(message)
    candles = await client.klines(read_symbol(asked.symbol), read_period(asked.period), asked.size)
    return answered(asked, [candle_row(candle) for candle in candles], "there are no bars")


async def _orders(client: Client, asked: Namespace) -> ExitCode:
    symbol = read_symbol(asked.symbol) if asked.symbol else None
    if asked.fills:
        fills = await client.fills(symbol)
        return answered(asked, [fill_row(fill) for fill in fills], "no fills in the last 48 hours")
    if asked.history:
        reports = await client.finished_orders(symbol)
        return answered(asked, [report_row(one) for one in reports], "no orders ended in the last 48 hours")
    orders = await client.orders(symbol)
    return answered(asked, [order_row(one) for one in orders], "no open orders")
