"""What the ticket's keys do to its form; pure."""

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from hbtui.model.numbers import EXACT, parse_plain, plain
from hbtui.model.order import OrderType, Side
from hbtui.trading.ticket import TicketContext, TicketForm, TicketReading, linked, read_ticket, share_of

__all__ = [
    "MEANING",
    "TYPE_WORDS",
    "early_price_error",
    "leading_field",
    "nudged_price",
    "usual_operator",
    "with_share",
]

TYPE_WORDS = {
    OrderType.LIMIT: "Limit",
    OrderType.MARKET: "Market",
    OrderType.IOC: "IOC",
    OrderType.FOK: "FOK",
    OrderType.POST_ONLY: "Post",
    OrderType.STOP_LIMIT: "Stop",
    OrderType.STOP_LIMIT_FOK: "Stop FOK",
}
MEANING = {
    OrderType.LIMIT: "rests in the book until filled",
    OrderType.MARKET: "fills now at the book's prices",
    OrderType.IOC: "fills now what it can, then ends",
    OrderType.FOK: "now and whole, or not at all",
    OrderType.POST_ONLY: "only rests, never fills at once",
    OrderType.STOP_LIMIT: "limit order when the last price",
    OrderType.STOP_LIMIT_FOK: "FOK order when the last price",
}
"""Of a stop order the sentence goes on with the operator and the stop price."""


def leading_field(side: Side, kind: OrderType) -> Literal["amount", "total"]:
    """Which field says how much before anything is typed: money for a market buy, else coins."""
    return "total" if kind is OrderType.MARKET and side is Side.BUY else "amount"


def usual_operator(side: Side) -> str:
    """Which way the last price mostly has to go: up to buy a rise, down to sell before a fall."""
    return "gte" if side is Side.BUY else "lte"


def with_share(form: TicketForm, context: TicketContext, percent: int) -> TicketForm:
    """Put a share of what is available into the form, and link the other field to it."""
    text = share_of(context, form, percent)
    if form.is_market_buy:
        return replace(form, total=text, last_edited="total")
    return linked(replace(form, amount=text, last_edited="amount"), context)


def nudged_price(form: TicketForm, context: TicketContext, ticks: int) -> Decimal | None:
    """Move the typed price by some ticks; none typed begins at the own side's best. ``None`` where there is none."""
    price = parse_plain(form.price)
    if price is None:
        best = context.best_bid if form.side is Side.BUY else context.best_ask
        return best if best is not None else context.last
    moved = EXACT.add(price, EXACT.multiply(context.instrument.tick_size, Decimal(ticks)))
    return moved if moved > 0 else None


def early_price_error(form: TicketForm, context: TicketContext, reading: TicketReading) -> str:
    """Say what is wrong with the price alone while no amount is typed: told with the least amount in its place."""
    if not reading.missing or not form.price:
        return ""
    least = plain(Decimal(1).scaleb(-context.instrument.amount_precision))
    return read_ticket(replace(form, amount=least, last_edited="amount"), context).errors.get("price", "")
