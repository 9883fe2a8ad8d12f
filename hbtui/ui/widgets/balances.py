"""What the account holds: free, in orders, and what it is worth."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from types import MappingProxyType
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from hbtui.model.account import Balance
from hbtui.model.instrument import Instrument
from hbtui.trading.views import BalancesView
from hbtui.ui import text
from hbtui.ui.widgets.panes import Line, LinePane, Run

__all__ = ["BalancesPane"]

_HIDDEN = "•••"
_WIDE = 38  # from here on free, frozen and value stand beside each other
_HIGH = 5
_LARGE = 1000  # from here on what stands behind the point may be left out


class BalancesPane(LinePane, can_focus=True):
    """Shows each currency's free and frozen amounts and its value in USDT, the traded pair first, then by value."""

    HELP = """\
    # Balances

    Up and down scroll. `h` hides the amounts from people behind you. Frozen is what open orders hold.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Scroll up", id="balances.up", show=False),
        Binding("down,j", "move(1)", "Scroll down", id="balances.down", show=False),
    ]

    hidden: reactive[bool] = reactive(False)
    """Whether amounts are shown as dots."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._view = BalancesView()
        self._reserved: Mapping[str, Decimal] = {}
        self._active: Instrument | None = None
        self._first = 0
        self.entitle("Balances")

    def show(
        self, balances: BalancesView, active: Instrument | None, reserved: Mapping[str, Decimal] = MappingProxyType({})
    ) -> None:
        """Show these balances, those of the active pair first, and what orders in doubt may hold of them."""
        if balances is self._view and active is self._active and reserved == self._reserved:
            return
        self._view, self._active, self._reserved = balances, active, reserved
        self.is_faded = balances.is_stale
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """Draw the currencies in sight, and the total on the last line."""
        balances = self._ordered()
        body = [line for balance in balances for line in self._lines(balance, width)]
        has_head = height >= _HIGH
        room = max(0, height - 1 - has_head)
        self._first = max(0, min(self._first, len(body) - room))
        below = len(body) - self._first - room
        self.entitle_soon("Balances", f"{below} more ↓" if below > 0 else "")
        shown: list[Line] = [self._head(width)] if has_head and body else []
        shown += body[self._first : self._first + room]
        shown += [[] for _ in range(height - 1 - len(shown))]
        return [*shown, self._total(width)]

    def action_move(self, step: int) -> None:
        """Scroll by a line."""
        self._first = max(0, self._first + step)
        self.redraw()

    def watch_hidden(self) -> None:
        """Draw with or without amounts."""
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_move(-1)

    def _ordered(self) -> tuple[Balance, ...]:
        active = self._active
        first = (active.quote, active.base) if active else ()
        if self._view.balances is None:
            return ()
        others = [balance for balance in self._view.balances if balance.currency not in first]
        others.sort(key=lambda balance: (-self._view.values.get(balance.currency, Decimal(-1)), balance.currency))
        traded = (self._view.of(currency) for currency in first)
        return (*(balance for balance in traded if balance is not None), *others)

    def _amount(self, number: Decimal | None, width: int) -> str:
        if self.hidden and number is not None:
            return _HIDDEN
        if number is None:
            return text.UNKNOWN
        exact = tuple(text.quantity(number, places) for places in (8, 6, 4, 2))
        whole = (text.grouped(number, 0, ROUND_DOWN),) if number >= _LARGE else ()
        return text.first_fitting((*exact, *whole, text.compact(number)), width)

    def _worth(self, currency: str, width: int) -> str:
        worth = self._view.values.get(currency)
        if worth is None or self.hidden:
            return text.UNKNOWN if worth is None else _HIDDEN
        return text.first_fitting((text.worth(worth), text.compact(worth)), width)

    def _head(self, width: int) -> Line:
        name, free, frozen, worth = self._widths(width)
        held = f"{'frozen':>{frozen}}" if frozen else ""
        return [(f"{'':<{name}}{'free':>{free}}{held}{'≈ USDT':>{worth}}", "muted")]

    def _lines(self, balance: Balance, width: int) -> list[Line]:
        name, free_width, frozen_width, worth_width = self._widths(width)
        is_traded = self._active is not None and balance.currency in {self._active.base, self._active.quote}
        ink = "strong" if is_traded else ""
        label: Run = (text.fitted(balance.currency.upper(), name - 1) + " ", ink)
        free = self._amount(balance.available, free_width).rjust(free_width)
        worth = self._worth(balance.currency, worth_width - 1).rjust(worth_width)
        if frozen_width:
            held = self._amount(balance.frozen, frozen_width - 1) if balance.frozen else "·"
            frozen: Run = (held.rjust(frozen_width), "own" if balance.frozen else "faint")
            return [[label, (free, ink), frozen, (worth, "muted")], *self._doubt(balance, width)]
        lines: list[Line] = [[label, (free, ink), (worth, "muted")], *self._doubt(balance, width)]
        if balance.frozen:
            frozen = (self._amount(balance.frozen, free_width).rjust(free_width), "own")
            lines.append([(" " * name, ""), frozen, (text.fitted(" frozen", worth_width), "muted")])
        return lines

    def _doubt(self, balance: Balance, width: int) -> list[Line]:
        """Say what an order of which nobody is sure may hold: it may be gone from what is shown as free."""
        held = self._reserved.get(balance.currency)
        if held is None:
            return []
        name, free_width, frozen_width, worth_width = self._widths(width)
        amount = f"? {self._amount(held, free_width - 2)}".rjust(free_width)
        words = text.first_fitting(
            (" may be held by orders in doubt", " may be held", " may hold", " ?"), frozen_width + worth_width
        )
        return [[(" " * name, ""), (amount, "warning"), (words, "warning")]]

    def _widths(self, width: int) -> tuple[int, int, int, int]:
        """The width of the name, of free, of frozen (none where it stands on a line of its own) and of the value."""
        longest = max((len(balance.currency) for balance in self._view.balances or ()), default=4)
        name = min(max(5, longest + 1), max(5, width // 4))
        if width < _WIDE:
            worth = min(10, (width - name) // 2 + 1)
            return name, width - name - worth, 0, worth
        worth = (width - name) * 3 // 10
        frozen = (width - name - worth) // 2
        return name, width - name - worth - frozen, frozen, worth

    def _total(self, width: int) -> Line:
        if self._view.balances is None:
            return [("loading …" if not self._view.is_stale else "stale", "muted")]
        total = _HIDDEN if self.hidden and self._view.total is not None else text.worth(self._view.total)
        runs: list[Run] = [("≈ ", "muted"), (total, "strong"), (" USDT", "muted")]
        if self._view.is_stale:
            runs.insert(0, ("stale ", "warning"))
        if self._view.unvalued:
            names = [currency.upper() for currency in self._view.unvalued]
            room = width - sum(len(words) for words, _ in runs) - 1
            short = (f"without {', '.join(names)}", f"without {names[0]} +{len(names) - 1}", f"without {len(names)}")
            runs.append((" " + text.first_fitting(short if len(names) > 1 else short[::2], room), "warning"))
        return runs
