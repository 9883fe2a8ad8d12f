"""The commands for scripts: each one asks, prints an answer on stdout, and says every error on stderr."""

import asyncio
import json
import signal
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from types import TracebackType

from hbtui.cli import ExitCode
from hbtui.config import ConfigError
from hbtui.headless import Client
from hbtui.model.account import Balance
from hbtui.model.candle import Candle
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError
from hbtui.model.numbers import plain
from hbtui.model.order import Order, OrderState
from hbtui.streams import answer, complain
from hbtui.target import Target
from hbtui.trading.ports import JournalError
from hbtui.trading.views import Denied
from hbtui.words import BadRequest, read_number, read_period, read_symbol, read_type

__all__ = ["run_command"]

Row = dict[str, str | int | None]


def run_command(asked: Namespace, target: Target) -> ExitCode:
    """Run one command to its end; no exception of the program's own gets out."""
    try:
        return asyncio.run(_run(asked, target))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _complain("Interrupted.", ExitCode.INTERRUPTED)
    except BadRequest as error:
        return _complain(str(error), ExitCode.USAGE)
    except (ConfigError, JournalError) as error:
        return _complain(str(error), ExitCode.CONFIG)
    except Denied as error:
        return _complain(f"Not sent: {error}", ExitCode.REFUSED)
    except (NetworkError, AnswerError) as error:
        return _complain(f"{error.title}: {error} {error.advice}".strip(), ExitCode.NETWORK)
    except ExchangeError as error:
        return _complain(f"{error.title}: {error} {error.advice}".strip(), ExitCode.REFUSED)


async def _run(asked: Namespace, target: Target) -> ExitCode:
    commands: dict[str, Callable[[Client, Namespace], Awaitable[ExitCode]]] = {
        "balances": _balances,
        "klines": _klines,
        "order": _order,
        "orders": _orders,
        "cancel": _cancel,
    }
    _end_by_signals()
    async with Client.open(target) as client:
        try:
            return await commands[asked.command](client, asked)
        finally:
            for note in client.notes:
                _complain(f"Note: {note}")


def _end_by_signals() -> None:
    """Let what ends the process end the command as Ctrl-C does: with the truth about an order on its way."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called by a task
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _balances(client: Client, asked: Namespace) -> ExitCode:
    balances = await client.balances()
    return _answered(asked, [_balance_row(balance) for balance in balances], "no currency is held")


async def _klines(client: Client, asked: Namespace) -> ExitCode:
    if not 1 <= asked.size <= 2000:
        message = f"--size must be from 1 to 2000, not {asked.size}."
        raise BadRequest(message)
    candles = await client.klines(read_symbol(asked.symbol), read_period(asked.period), asked.size)
    return _answered(asked, [_candle_row(candle) for candle in candles], "there are no bars")


async def _orders(client: Client, asked: Namespace) -> ExitCode:
    orders = await client.orders(read_symbol(asked.symbol) if asked.symbol else None)
    return _answered(asked, [_order_row(order) for order in orders], "no open orders")


async def _order(client: Client, asked: Namespace) -> ExitCode:
    side, order_type = read_type(asked.type)
    amount = read_number("--amount", asked.amount)
    price = None if asked.price is None else read_number("--price", asked.price)
    request = await client.request(side, order_type, read_symbol(asked.symbol), amount, price)
    for warning in client.check(request):
        _complain(f"Note: {warning.text}")
    if not asked.yes:
        if not await _is_confirmed(f"{client.describe(request)} on {client.place_name}. Send it? [y/N] "):
            return _complain("Not sent: the order was not confirmed.", ExitCode.DECLINED)
        # the question may have stood for an hour: what the checks need is read anew
        request = await client.request(side, order_type, request.symbol, amount, price)
    key = client.new_id()
    with _Told(client, key):
        await client.submit(request, key)
    order = client.handed_over(key)
    assert order is not None  # noqa: S101 - submit() returned, or its exception was taken because of the order
    _tell_order(asked, order)
    return _verdict(order)


class _Told:
    """Holds back whatever ends the command while an order is on its way: its truth is told before anything else."""

    def __init__(self, client: Client, client_order_id: str) -> None:
        self._client = client
        self._client_order_id = client_order_id

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Swallow an exception, Ctrl-C among them, once the order may have been sent."""
        return self._client.handed_over(self._client_order_id) is not None


async def _cancel(client: Client, asked: Namespace) -> ExitCode:
    order = await client.cancel(asked.id)
    if order is None:
        return _complain(f"The exchange knows no order {asked.id!r}.", ExitCode.REFUSED)
    _tell_order(asked, order)
    if order.state in {OrderState.CANCELED, OrderState.PARTIALLY_CANCELED}:
        return ExitCode.DONE
    if order.is_final:
        return _complain(f"Not cancelled: the order is {order.state.value}.", ExitCode.REFUSED)
    if order.state is OrderState.CANCELING:
        text = "The exchange took the request, but did not say yet what became of the order."
    else:
        text = f"Nobody knows whether the exchange took the request: the order was last seen {order.state.value}."
    return _complain(text, ExitCode.UNKNOWN)


def _verdict(order: Order) -> ExitCode:
    """Say what an order's state means for the script that placed it."""
    if order.state is OrderState.NOT_SENT:
        return _complain(f"Not sent: it did not leave this computer ({order.cause}).", ExitCode.NETWORK)
    if order.state in {OrderState.REFUSED, OrderState.NOT_PLACED, OrderState.REJECTED}:
        return _complain(f"Refused: {order.cause or order.state.value}", ExitCode.REFUSED)
    if order.order_id is None or order.state in {OrderState.UNCERTAIN, OrderState.UNPROVEN, OrderState.CONFLICT}:
        return _complain(
            f"The outcome is not known ({order.cause or order.state.value}): the order may or may not exist. "
            f"Do not send it again; its client order id is {order.client_order_id}.",
            ExitCode.UNKNOWN,
        )
    return ExitCode.DONE


async def _is_confirmed(question: str) -> bool:
    """Ask on the terminal; where nobody can answer, the answer is no."""
    if not sys.stdin.isatty():
        _complain("--yes is needed where nobody can be asked.")
        return False
    print(question, end="", file=sys.stderr, flush=True)
    # waited for on the loop: a plain read would hold back Ctrl-C
    is_answered, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), is_answered.set)
    try:
        await is_answered.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _complain(text: str, code: ExitCode = ExitCode.FAILED) -> ExitCode:
    complain(text)
    return code


def _answered(asked: Namespace, rows: Sequence[Row], nothing: str) -> ExitCode:
    problem = answer(json.dumps(rows, indent=1) if asked.json else _table(rows) if rows else nothing)
    return _complain(f"The answer could not be written: {problem}.") if problem else ExitCode.DONE


def _tell_order(asked: Namespace, order: Order) -> None:
    """Print an order; where that fails its ids stand on stderr, and the exit code stays that of the order."""
    row = _order_row(order)
    if problem := answer(json.dumps(row) if asked.json else _table([row])):
        told = f"order id {order.order_id or '—'}, client order id {order.client_order_id or '—'}, {order.state.value}"
        _complain(f"The answer could not be written ({problem}): {told}.")


def _table(rows: Sequence[Row]) -> str:
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in cells)


def _cell(value: str | int | None) -> str:
    return "—" if value is None else str(value)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _balance_row(balance: Balance) -> Row:
    return {
        "currency": balance.currency,
        "available": plain(balance.available),
        "frozen": plain(balance.frozen),
        "total": plain(balance.total),
    }


def _candle_row(candle: Candle) -> Row:
    return {
        "open_ms": candle.open_ms,
        "open": plain(candle.open),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "close": plain(candle.close),
        "base_volume": plain(candle.base_volume),
        "quote_volume": plain(candle.quote_volume),
        "trades": candle.trades,
    }


def _order_row(order: Order) -> Row:
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id or None,
        "symbol": order.symbol,
        "type": order.venue_type,
        "state": order.state.value,
        "amount": _text(order.amount),
        "price": _text(order.price),
        "filled": plain(order.filled_base),
        "filled_value": plain(order.filled_quote),
        "created_ms": order.created_ms or None,
    }
