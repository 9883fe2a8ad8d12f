"""The line above everything: what is at stake, what the market does, and whether the screen can be believed."""

from datetime import tzinfo
from typing import NamedTuple

from hbtui.model.account import Mode
from hbtui.model.book import Quote
from hbtui.model.events import Link, LinkState
from hbtui.model.instrument import Instrument
from hbtui.trading.views import LinkView, View
from hbtui.ui import text
from hbtui.ui.charting.spark import spark
from hbtui.ui.switching import switch_words
from hbtui.ui.widgets.alarms import is_read_only
from hbtui.ui.widgets.panes import Line, LinePane, Run

__all__ = ["HeaderBar", "link_words"]

_GRAVITY = (
    LinkState.REFUSED,
    LinkState.RECONNECTING,
    LinkState.CONNECTING,
    LinkState.SYNCING,
    LinkState.OFF,
    LinkState.LIVE,
)
"""The worst first: that one is shown."""


def link_words(view: View, now_ms: int) -> tuple[str, str]:
    """Say how the worst of the connections is, and with which ink; stale data is said even where all are live."""
    links = [link for link in view.links.values() if _counts(link)]
    if not links:
        return "○ off", "muted"
    worst = min(links, key=lambda link: _GRAVITY.index(link.state))
    if worst.state is LinkState.LIVE:
        stale = [name for name, part in (("book", view.book), ("chart", view.candles)) if part.is_stale]
        if stale:
            return f"◐ {' and '.join(stale)} stale", "warning"
        latency = view.links[Link.MARKET].latency_ms if Link.MARKET in view.links else worst.latency_ms
        return ("● live" if latency is None else f"● live {latency} ms"), "up"
    name = "" if worst.link is Link.MARKET else f"{worst.link.value} "
    if worst.state is LinkState.RECONNECTING:
        lost = text.ago(now_ms - worst.since_ms) if worst.since_ms else ""
        attempt = f"· attempt {worst.attempt}" if worst.attempt else ""
        return " ".join(filter(None, ("◐", f"{name}reconnecting", lost, attempt))), "warning"
    mark = "○" if worst.state in {LinkState.OFF, LinkState.REFUSED} else "◐"
    return f"{mark} {name}{worst.state.value}", "muted" if worst.state is LinkState.OFF else "warning"


def _counts(link: LinkView) -> bool:
    # without a key there is no account to listen to, which is no fault
    return link.link is not Link.ACCOUNT or link.state is not LinkState.OFF


class _Part(NamedTuple):
    """One thing on the line and its forms, the fullest first; the last form may be nothing."""

    name: str
    forms: tuple[tuple[Run, ...], ...]


_SHORTEN = (
    *("spark", "spark", "spark", "range", "account", "spark", "volume", "switch", "clock", "range", "link"),
    *("account", "clock", "doubt", "change", "link", "held"),
)
"""What gives way, in this order, while the line is too long: each time one part takes its next shorter form."""


class HeaderBar(LinePane):
    """Shows mode, pair, price, 24 hours, link, account and time on one line, and less where it is narrow."""

    DEFAULT_CSS = """
    HeaderBar { height: 1; border: none; padding: 0; dock: top; background: $surface; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._view: View | None = None
        self._now_ms = 0
        self._zone: tzinfo | None = None
        self._shown: tuple[object, ...] = ()

    def show(self, view: View, now_ms: int, zone: tzinfo | None = None) -> None:
        """Show the view's venue, quote, bars and links, and the time in ``zone``."""
        parts = (view.venue, view.quote, view.candles, view.links, view.instruments, view.book.is_stale, view.symbol)
        safety = (len(view.orders.uncertain), view.is_halted, view.switch, is_read_only(view))
        shown = (*parts, *safety, now_ms // 1000, zone)
        if len(shown) == len(self._shown) and all(a is b or a == b for a, b in zip(shown, self._shown, strict=True)):
            return
        self._shown = shown
        self._view, self._now_ms, self._zone = view, now_ms, zone
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the line with as much on it as there is room for."""
        if self._view is None:
            return []
        parts = self._parts(self._view)
        forms = {part.name: 0 for part in parts}
        by_name = {part.name: part for part in parts}
        for name in _SHORTEN:
            if _length(parts, forms) <= width:
                break
            forms[name] = min(forms[name] + 1, len(by_name[name].forms) - 1)
        for name in reversed(_SHORTEN):
            longer = {**forms, name: max(0, forms[name] - 1)}
            if _length(parts, longer) <= width:
                forms = longer
        left: list[Run] = []
        right: list[Run] = []
        for part in parts:
            form = part.forms[forms[part.name]]
            if form:
                side = right if part.name in {"link", "switch", "account", "clock"} else left
                side += [*form, ("  ", "")]
        gap = width - sum(text.cells(words) for words, _ in (*left, *right[:-1]))
        return [[*left, (" " * max(0, gap), ""), *right[:-1]]]

    def _parts(self, view: View) -> tuple[_Part, ...]:
        instrument = view.instruments.get(view.symbol)
        quote = _quote(view)
        mode = view.venue.mode
        change = quote.change if quote else None
        ink = "muted" if not change else "up" if change > 0 else "down"
        pair = instrument.name if instrument else view.symbol.upper()
        is_of_pair = view.candles.symbol == view.symbol
        closes = tuple(candle.close for candle in view.candles.candles[-40:]) if is_of_pair else ()
        trend = "up" if closes and closes[-1] >= closes[0] else "down"
        lines = [((spark(closes, size), trend),) if closes else () for size in (40, 24, 16, 8)]
        tail = _account(view)
        clock = text.clock(self._now_ms, self._zone)
        link, link_ink = link_words(view, self._now_ms)
        return (
            _Part("mode", (((f" {mode.value.upper()} ", _BADGE[mode]),),)),
            _Part("halted", ((("HALTED", "warning"),) if view.is_halted else (),)),
            _Part("held", _held(view)),
            _Part("doubt", _doubt(view)),
            _Part("pair", (((pair, "strong"),),)),
            _Part("price", (((text.price(quote.last if quote else None, instrument), f"strong {ink}"),),)),
            _Part("change", (((text.percent(change), ink),), ())),
            _range(view, instrument),
            _Part("volume", ((("V ", "muted"), (text.compact(quote.quote_volume if quote else None), "")), ())),
            _Part("spark", (*lines, ())),
            _Part(
                "link",
                (((link, link_ink),), ((link.split(" · ")[0], link_ink),), ((" ".join(link.split()[:2]), link_ink),)),
            ),
            _switch(view, self._now_ms),
            _Part("account", ((("spot ", "muted"), (tail, "")), ((tail, "muted"),), ())),
            _Part("clock", (((clock, "muted"),), ((clock[:5], "muted"),), ())),
        )


_BADGE = {Mode.DEMO: "demo", Mode.PAPER: "paper", Mode.LIVE: "live"}


def _held(view: View) -> tuple[tuple[Run, ...], ...]:
    """Say beside the mode that another terminal holds the account."""
    return ((("READ-ONLY", "warning"),), (("R/O", "warning"),)) if is_read_only(view) else ((),)


def _doubt(view: View) -> tuple[tuple[Run, ...], ...]:
    """Count the orders that nobody is sure of."""
    number = len(view.orders.uncertain)
    return (((f"? {number} uncertain", "warning"),), ((f"?{number}", "warning"),)) if number else ((),)


def _switch(view: View, now_ms: int) -> _Part:
    """Count down to what the dead man's switch does, and say when putting it off fails."""
    ink = "warning" if view.switch.problem or view.switch.failures else "own"
    forms = tuple(((words, ink),) for words in switch_words(view.switch, now_ms))
    return _Part("switch", forms or ((),))


def _quote(view: View) -> Quote | None:
    # just after another symbol was chosen, the quote is still that of the one before
    return view.quote if view.quote is not None and view.quote.symbol == view.symbol else None


def _account(view: View) -> str:
    account_id = view.venue.account_id
    return text.UNKNOWN if account_id is None else f"…{str(account_id)[-4:]}"


def _range(view: View, instrument: Instrument | None) -> _Part:
    quote = _quote(view)
    high = text.price(quote.high if quote else None, instrument)
    low = text.price(quote.low if quote else None, instrument)
    short: tuple[Run, ...] = (("H ", "muted"), (high, ""), ("  L ", "muted"), (low, ""))
    return _Part("range", ((("24h  ", "muted"), *short), short, ()))


def _length(parts: tuple[_Part, ...], forms: dict[str, int]) -> int:
    shown = [part.forms[forms[part.name]] for part in parts]
    return sum(text.cells(words) for form in shown for words, _ in form) + 2 * (sum(1 for form in shown if form) - 1)
