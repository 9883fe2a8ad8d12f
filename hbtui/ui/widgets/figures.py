"""What an order would mean, in words and numbers: for the ticket's foot and for the review."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from textual.content import Content

from hbtui.model.account import Balance, Mode
from hbtui.model.instrument import Instrument
from hbtui.model.numbers import plain
from hbtui.model.order import OrderRequest, OrderType, Side
from hbtui.trading.ticket import Preview, TicketContext, TicketForm
from hbtui.trading.views import Caps, VenueView
from hbtui.ui.text import UNKNOWN, compact, first_fitting, grouped, quantity

__all__ = ["STOP_WORDS", "caps_words", "figures", "labelled", "request_lines", "venue_words"]

STOP_WORDS = {"gte": "when the last price rises to", "lte": "when the last price falls to"}
"""Of HTX's operators."""
_LABEL = 8
_DECIMALS = ((1000, 2), (1, 4))
"""From which size on how many decimals are shown; below, eight: the rest of a fill would only be in the way."""


def labelled(lines: Iterable[tuple[str, str]], width: int = _LABEL) -> Content:
    """Put labels and values under each other, the labels quiet; all of it plain text."""
    parts: list[tuple[str, str]] = []
    for label, text in lines:
        parts += [(label.ljust(width), "$muted"), (f"{text}\n", "")]
    return Content.assemble(*parts).rstrip()


def _money(number: Decimal | None, currency: str, places: int | None = None, *, is_about: bool = False) -> str:
    """Write a sum with its currency, cut to as many decimals as matter at its size unless they are given."""
    if number is None:
        return UNKNOWN
    about = "≈ " if is_about and number else ""
    size = abs(number)
    usual = next((digits for least, digits in _DECIMALS if size >= least), 8)
    return f"{about}{quantity(number, usual if places is None else places)} {currency.upper()}"


def figures(form: TicketForm, context: TicketContext | None, preview: Preview) -> Content:
    """Say what is available, what the order brings or costs, its fee, and what would be left."""
    if context is None:
        return labelled([("avail", UNKNOWN), ("fee", UNKNOWN), ("left", UNKNOWN)])
    instrument = context.instrument
    given = _given(form, context)
    available = _money(given.available, given.currency) if given is not None else UNKNOWN
    lines = [("avail", available)]
    if form.type is OrderType.MARKET:
        if form.side is Side.BUY:
            lines.append(("get", _money(preview.amount, instrument.base, instrument.amount_precision, is_about=True)))
        else:
            lines.append(("get", _money(preview.total, instrument.quote, is_about=True)))
    lines.append(("fee", _money(preview.fee, preview.fee_currency, is_about=True)))
    lines.append(("left", _money(preview.left, preview.left_currency)))
    return labelled(lines)


def _given(form: TicketForm, context: TicketContext) -> Balance | None:
    """What the chosen account holds of the currency that is given; ``None`` where that is not known."""
    is_own = form.account_id is None or form.account_id == context.account_id
    if is_own:
        return context.quote if form.side is Side.BUY else context.base
    currency = context.instrument.quote if form.side is Side.BUY else context.instrument.base
    held = context.holdings.get(form.account_id or 0)
    if held is None:
        return None
    nothing = Balance(currency, Decimal(0), Decimal(0))
    return next((one for one in held if one.currency == currency), nothing)


def request_lines(request: OrderRequest, instrument: Instrument, preview: Preview) -> list[tuple[str, str]]:
    """Say every number of a request exactly as it would be sent, with its unit, and then what is about."""
    base, quote = instrument.base, instrument.quote.upper()
    lines = []
    if request.stop_price is not None:
        when = STOP_WORDS.get(request.stop_operator or "", request.stop_operator or UNKNOWN)
        lines.append(("stop", f"{when} {_exact(request.stop_price)} {quote}"))
    if request.is_amount_in_quote:
        lines.append(("spend", f"{_exact(request.amount)} {quote}"))
        lines.append(("get", _money(preview.amount, base, instrument.amount_precision, is_about=True)))
    else:
        lines.append(("amount", f"{_exact(request.amount)} {base.upper()}"))
    if request.price is not None:
        lines.append(("price", f"{_exact(request.price)} {quote}"))
        lines.append(("total", _money(preview.total, quote, 18)))
    elif not request.is_amount_in_quote:
        lines.append(("price", "whatever the book pays"))
        lines.append(("get", _money(preview.total, quote, is_about=True)))
    lines.append(("fee", _money(preview.fee, preview.fee_currency, is_about=True)))
    lines.append(("left", _money(preview.left, preview.left_currency)))
    return lines


def _exact(number: Decimal) -> str:
    """Group the thousands of a number and keep every digit."""
    whole, point, rest = plain(number).partition(".")
    return f"{grouped(Decimal(whole), 0)}{point}{rest}"


def caps_words(caps: Caps, width: int) -> str:
    """Say what may be sent at most, in USDT, as fully as the width allows; empty where there is no cap."""
    amounts = (caps.order_value, caps.open_value, caps.session_value)

    def told(words: tuple[str, str, str], write: Callable[[Decimal], str]) -> str:
        parts = (word.format(write(cap)) for word, cap in zip(words, amounts, strict=True) if cap is not None)
        return " · ".join(parts)

    full = told(("{} an order", "{} open", "{} a day"), _whole)
    short = ("{}", "open {}", "day {}")
    forms = (full, told(("{}", "open {}", "day {}"), _whole), told(short, _short), told(("{}",) * 3, _short))
    return full and first_fitting(tuple(f"caps {form}" for form in forms), width)


def _short(number: Decimal) -> str:
    return compact(number).replace(".0", "")


def _whole(number: Decimal) -> str:
    return grouped(number, 0) if number == number.to_integral_value() else plain(number)


def venue_words(venue: VenueView, account: str) -> str:
    """Say where the order goes: the mode, the host, and the account in words."""
    stake = {Mode.DEMO: "DEMO: play money", Mode.PAPER: "PAPER: play money", Mode.LIVE: "LIVE: real money"}[venue.mode]
    return f"{stake} · {venue.host} · {account}"
