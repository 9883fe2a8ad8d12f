"""The words of the commands that place, cancel and look at orders, and of those that look after their journal."""

import argparse
from collections.abc import Callable
from pathlib import Path

__all__ = ["add_orders"]

Add = Callable[[str, str], argparse.ArgumentParser]


def add_orders(add: Add) -> None:
    """Add the commands; ``add`` makes one from its name and what it does."""
    _order(_answers_json(add("order", "Place one order, or those of a file; ask before it is sent unless --yes.")))
    orders = _answers_json(add("orders", "Show the open and uncertain orders, or what ended in the last 48 hours."))
    orders.add_argument("symbol", metavar="SYMBOL", nargs="?", help="only this pair")
    which = orders.add_mutually_exclusive_group()
    which.add_argument("--history", action="store_true", help="the finished orders instead")
    which.add_argument("--fills", action="store_true", help="the trades with their fees instead")
    cancel = _answers_json(add("cancel", "Ask the exchange to cancel orders, and say what became of each."))
    cancel.add_argument("ids", metavar="ID", nargs="*", help="order ids or client order ids, up to 50")
    cancel.add_argument("--all", action="store_true", help="every open order; asks with their number unless --yes")
    cancel.add_argument("--symbol", metavar="SYMBOL", help="with --all: only of this pair")
    cancel.add_argument("--yes", action="store_true", help="with --all: cancel without asking")
    audit = _answers_json(add("audit", "Show all that the journal holds of one order, from the decision to its end."))
    audit.add_argument("id", metavar="ID", help="the order id or the client order id")
    journal = _answers_json(add("journal", "Check the journals, or set a damaged one aside so that trading can go on."))
    journal.add_argument("action", choices=("check", "set-aside"), metavar="check|set-aside", help="what to do")
    journal.add_argument("--yes", action="store_true", help="set aside without asking")
    switch = _answers_json(
        add("switch", "Arm the dead man's switch once: HTX cancels EVERY spot order when it strikes.")
    )
    switch.add_argument("seconds", metavar="SECONDS|off", help="from now, 30 or more; off disarms it")


def _order(order: argparse.ArgumentParser) -> None:
    order.add_argument(
        "type",
        metavar="TYPE",
        nargs="?",
        help="buy- or sell- with limit, market, ioc, limit-fok, limit-maker, stop-limit or stop-limit-fok",
    )
    order.add_argument("symbol", metavar="SYMBOL", nargs="?", help="a pair, such as dogeusdt or DOGE/USDT")
    order.add_argument("--amount", help="in the base currency; for buy-market what to spend, in quote")
    order.add_argument("--price", help="in the quote currency; not for market orders")
    order.add_argument("--stop-price", metavar="P", help="of a stop order: where it begins to act")
    order.add_argument(
        "--operator", metavar="gte|lte", help="of a stop order: the price rises, or falls, to --stop-price"
    )
    order.add_argument("--account", metavar="A", help="spot (default), margin, cross-margin, c2c-margin, or an id")
    order.add_argument("--self-match-prevent", action="store_true", help="never trade with an order of your own")
    order.add_argument("--client-order-id", metavar="ID", help="your own id, never used before")
    order.add_argument(
        "--allow",
        metavar="CODE",
        action="append",
        default=[],
        help="override this objection (a cap, the price collar …), and no other; may be repeated",
    )
    order.add_argument("--batch", metavar="FILE", type=Path, help="up to 10 orders as JSON, in one request")
    order.add_argument("--yes", action="store_true", help="send without asking; passes no cap and no other objection")


def _answers_json(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--json", action="store_true", help="answer with JSON on stdout; numbers are strings")
    return command
