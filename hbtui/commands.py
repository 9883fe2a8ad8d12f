"""The commands for scripts: each one asks, prints an answer on stdout, and says every error on stderr."""

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from hbtui.cli import ExitCode
from hbtui.config import ConfigError
from hbtui.headless import Client
from hbtui.model.account import Balance
from hbtui.model.candle import Candle
from hbtui.model.errors import AnswerError, ExchangeError, NetworkError
from hbtui.model.numbers import plain
from hbtui.model.order import Order, OrderState
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
    except KeyboardInterrupt:
        _complain("Interrupted.")
        return ExitCode.INTERRUPTED
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
    async with Client.open(target) as client:
        return await commands[asked.command](client, asked)


async def _balances(client: Client, asked: Namespace) -> ExitCode:
    balances = await client.balances()
    _print(asked, [_balance_row(balance) for balance in balances], "no currency is held")
    return ExitCode.DONE


async def _klines(client: Client, asked: Namespace) -> ExitCode:
    if not 1 <= asked.size <= 2000:
        message = f"--size must be from 1 to 2000, not {asked.size}."
        raise BadRequest(message)
    candles = await client.klines(read_symbol(asked.symbol), read_period(asked.period), asked.size)
    _print(asked, [_candle_row(candle) for candle in candles], "there are no bars")
    return ExitCode.DONE


async def _orders(client: Client, asked: Namespace) -> ExitCode:
    orders = await client.orders(read_symbol(asked.symbol) if asked.symbol else None)
    _print(asked, [_order_row(order) for order in orders], "no open orders")
    return ExitCode.DONE


async def _order(client: Client, asked: Namespace) -> ExitCode:
    side, order_type = read_type(asked.type)
    amount = read_number("--amount", asked.amount)
    price = None if asked.price is None else read_number("--price", asked.price)
    request = await client.request(side, order_type, read_symbol(asked.symbol), amount, price)
    for warning in client.check(request):
        _complain(f"Note: {warning.text}")
    if not asked.yes and not _is_confirmed(f"{client.describe(request)} on {client.place_name}. Send it? [y/N] "):
        return _complain("Not sent: the order was not confirmed.", ExitCode.DECLINED)
    order = await client.submit(request)
    _print(asked, _order_row(order), "")
    return _verdict(order)


async def _cancel(client: Client, asked: Namespace) -> ExitCode:
    order = await client.cancel(asked.id)
    if order is None:
        return _complain(f"The exchange knows no order {asked.id!r}.", ExitCode.REFUSED)
    _print(asked, _order_row(order), "")
    if order.state in {OrderState.CANCELED, OrderState.PARTIALLY_CANCELED}:
        return ExitCode.DONE
    if order.is_final:
        return _complain(f"Not cancelled: the order is {order.state.value}.", ExitCode.REFUSED)
    return _complain("The exchange took the request, but did not say yet what became of the order.", ExitCode.UNKNOWN)


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


def _is_confirmed(question: str) -> bool:
    """Ask on the terminal; where nobody can answer, the answer is no."""
    if not sys.stdin.isatty():
        _complain("--yes is needed where nobody can be asked.")
        return False
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _complain(text: str, code: ExitCode = ExitCode.FAILED) -> ExitCode:
    print(f"hbtui: {text}", file=sys.stderr)
    return code


def _print(asked: Namespace, answer: Row | Sequence[Row], nothing: str) -> None:
    if asked.json:
        print(json.dumps(answer, indent=None if isinstance(answer, dict) else 1))
        return
    rows = [answer] if isinstance(answer, dict) else list(answer)
    if not rows:
        print(nothing)
        return
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


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
