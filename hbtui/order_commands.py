"""The commands that place and cancel: every order is checked, meant, sent once, and told with its truth."""

import logging
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING

from hbtui.cli import ExitCode
from hbtui.command_answers import answered, ended, tell_orders, verdict, worst
from hbtui.headless import Client
from hbtui.local.client import AnswerLost
from hbtui.model.order import Confirmation, Order, OrderRequest, OrderState
from hbtui.model.text import clean
from hbtui.order_words import OrderWords, read_batch, read_code, read_seconds
from hbtui.questions import asked_for, can_ask, is_confirmed
from hbtui.streams import complain
from hbtui.trading.views import Denied, Finding, Severity
from hbtui.words import BadRequest, read_order_key, read_symbol

if TYPE_CHECKING:
    from hbtui.local.ports import CancelEnd, Judged

__all__ = ["cancel", "order", "switch"]

_MOST_CANCELS = 50
_log = logging.getLogger("hbtui.commands")


async def order(client: Client, asked: Namespace) -> ExitCode:
    """Place one order, or those of a file in one request."""
    words = _words(asked)
    requests = [await client.request(one) for one in words]
    meant = await _meant(client, asked, requests)
    if meant is None:
        return ended("Not sent: the order was not confirmed.", ExitCode.DECLINED)
    keys = [one.client_order_id or client.new_id() for one in words]
    if getattr(asked, "verbose", False):
        for key in keys:
            complain(f"The client order id is {key}.")
    with _Told(client, keys):
        await client.submit(requests, keys, meant)
    orders = [client.handed_over(key) for key in keys]
    # submit() returned, or its exception was taken because an order may have been sent: then all of them may
    known = [one for one in orders if one is not None]
    tell_orders(asked, known, is_list=asked.batch is not None)
    return worst(verdict(one) for one in known)


async def cancel(client: Client, asked: Namespace) -> ExitCode:
    """Cancel orders by their ids, or every open one."""
    if asked.all:
        return await _cancel_all(client, asked)
    if not 1 <= len(asked.ids) <= _MOST_CANCELS or asked.symbol:
        message = f"cancel takes 1 to {_MOST_CANCELS} ids, or --all, with --symbol SYMBOL for one pair."
        raise BadRequest(message)
    for key in asked.ids:
        read_order_key(key)
    try:
        ends = await client.cancel_many(asked.ids)
    except AnswerLost as error:
        return ended(f"{error} Nobody knows whether the exchange took the request.", ExitCode.UNKNOWN)
    if known := [end.order for end in ends if end.order is not None]:
        tell_orders(asked, known, is_list=len(ends) > 1)
    return worst(_cancelled(end) for end in ends)


async def switch(client: Client, asked: Namespace) -> ExitCode:
    """Arm or disarm the dead man's switch, once."""
    seconds = read_seconds(asked.seconds)
    trigger_ms = await client.arm_switch(seconds)
    code = answered(asked, [{"timeout_s": seconds, "trigger_ms": trigger_ms}], "")
    if seconds == 0:
        complain("The dead man's switch is off.")
    else:
        struck = f"{datetime.fromtimestamp(trigger_ms / 1000, UTC).astimezone():%H:%M:%S}" if trigger_ms else "then"
        complain(
            f"HTX cancels EVERY spot order of this user, also those placed elsewhere, at {struck}, unless this command "
            f"is given again before (or with off). Nothing puts it off by itself."
        )
    return code


class _Told:
    """Holds back whatever ends the command while orders are on their way: their truth is told before anything else."""

    def __init__(self, client: Client, client_order_ids: Sequence[str]) -> None:
        self._client = client
        self._client_order_ids = client_order_ids

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Swallow an exception, Ctrl-C among them, once an order may have been sent."""
        is_sent = any(self._client.handed_over(key) is not None for key in self._client_order_ids)
        if is_sent and kind is not None and issubclass(kind, Exception):
            _log.error("ended by %s after an order was handed over", kind.__name__)
        return is_sent


def _words(asked: Namespace) -> tuple[OrderWords, ...]:
    given = (asked.type, asked.symbol, asked.amount, asked.price, asked.stop_price, asked.operator)
    if asked.batch is not None:
        if any(value is not None for value in (*given, asked.client_order_id)) or asked.self_match_prevent:
            message = "--batch FILE names whole orders: nothing of an order stands beside it."
            raise BadRequest(message)
        return read_batch(asked.batch)
    if None in given[:3]:
        message = "an order needs TYPE, SYMBOL and --amount (or --batch FILE)."
        raise BadRequest(message)
    one = OrderWords.read(
        type=asked.type,
        symbol=asked.symbol,
        amount=asked.amount,
        price=asked.price,
        stop_price=asked.stop_price,
        operator=asked.operator,
        account=asked.account or "spot",
        self_match_prevent=asked.self_match_prevent,
        client_order_id=asked.client_order_id,
    )
    return (one,)


async def _meant(client: Client, asked: Namespace, requests: Sequence[OrderRequest]) -> Confirmation | None:
    """Check, and have the person confirm; ``None`` is a no. Raises ``Denied`` for what is not overridden."""
    allowed = frozenset(read_code(code) for code in asked.allow)
    judged = await client.judge(requests)
    allowed |= await _overridden(asked, judged, allowed)
    for finding in dict.fromkeys(one for each in judged for one in each.findings):
        if finding.severity is not Severity.ERROR:
            complain(f"Note: {finding.text}")
    if not asked.yes and not await is_confirmed(_question(client, requests)):
        return None
    # after the question, however long it stood: submit() reads all that the checks need anew
    return client.confirmation(requests, by="command", allowed=allowed, reference=judged[0].reference)


def _question(client: Client, requests: Sequence[OrderRequest]) -> str:
    sentences = [client.describe(request) for request in requests]
    if len(sentences) == 1:
        return f"{sentences[0]} on {client.place_name}. Send it?"
    listed = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
    return f"{listed}\nAll {len(sentences)} on {client.place_name}, in one request. Send them?"


async def _overridden(asked: Namespace, judged: "Sequence[Judged]", allowed: frozenset[str]) -> frozenset[str]:
    """Have the person type what overrides each objection, where there is one to ask; else forbid, and say how."""
    against = [one for each in judged for one in each.findings if _forbids(one, allowed)]
    hopeless = [one for one in against if not one.phrase]
    if hopeless or (against and (asked.yes or not can_ask())):
        for one in () if hopeless else dict.fromkeys(against):
            complain(f"--allow {one.code} sends it all the same: {one.text}.")
        raise Denied(tuple(hopeless or against))
    for one in dict.fromkeys(against):
        typed = await asked_for(f"{one.code}: {one.text}.\nType {one.phrase!r} to send it all the same: ")
        if typed != one.phrase:
            raise Denied((one,))
    return frozenset(one.code for one in against)


def _forbids(finding: Finding, allowed: frozenset[str]) -> bool:
    return finding.severity is Severity.ERROR and not (finding.phrase and finding.code in allowed)


async def _cancel_all(client: Client, asked: Namespace) -> ExitCode:
    if asked.ids:
        message = "cancel takes ids or --all, not both."
        raise BadRequest(message)
    symbol = read_symbol(asked.symbol) if asked.symbol else None
    count = sum(one.is_open for one in await client.orders(symbol))
    where = f" of {symbol}" if symbol else ""
    if not asked.yes and not await is_confirmed(f"Cancel all open orders{where} on {client.place_name} ({count} now)?"):
        return ended("Nothing was cancelled: it was not confirmed.", ExitCode.DECLINED)
    try:
        report = await client.cancel_all(symbol)
    except AnswerLost as error:
        return ended(f"{error} Nobody knows what the exchange took.", ExitCode.UNKNOWN)
    code = answered(asked, [{"asked": report.asked, "remaining": report.remaining}], "")
    if report.remaining or report.problem:
        told = f" ({clean(report.problem)})" if report.problem else ""
        return ended(f"Not everything is known to be cancelled: look at the open orders{told}.", ExitCode.UNKNOWN)
    return code


def _cancelled(end: "CancelEnd") -> ExitCode:
    found = end.order
    if found is None:
        return ended(f"The exchange knows no order {clean(end.key)!r}.", ExitCode.REFUSED)
    if found.state in {OrderState.CANCELED, OrderState.PARTIALLY_CANCELED}:
        return ExitCode.DONE
    if found.is_final:
        return ended(f"Not cancelled: the order is {found.state.value}{_named(found)}.", ExitCode.REFUSED)
    if found.state is OrderState.CANCELING:
        text = f"The exchange took the request, but did not say yet what became of the order{_named(found)}."
    else:
        text = "Nobody knows whether the exchange took the request: "
        text += f"the order was last seen {found.state.value}{_named(found)}."
    return ended(text, ExitCode.UNKNOWN)


def _named(found: Order) -> str:
    return f" ({found.order_id or found.client_order_id})"
